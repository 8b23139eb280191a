//! Liquid templates as DotLiquid has them in its C# mode: filters with Pascal-case names, date formats of .NET, booleans in lower case.
//!
//! What must hold: a template is compiled once and shared; rendering ends, whatever the template and the data (limits below), and nests no
//! deeper than the template does.

mod bind;
mod condition;
mod data;
mod filter;
mod freed;
mod lex;
mod markup;
mod operand;
mod parse;
mod render;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod walk;
mod words;
mod write;

pub(crate) use bind::{Binder, Binding, Scope};
pub(crate) use data::Data;

use postern_dotnet::date::DateTime;
use postern_dotnet::work::Pace;

use tree::Node;

/// Blocks within each other; parsing and rendering recurse.
const DEPTH_MAX: usize = 64;
/// Nodes rendered for one message: a loop over everything a request can carry stays far below, a loop within loops does not.
const STEPS_MAX: usize = 1_000_000;
/// Bytes of all texts made while rendering one message, the output included.
const MADE_BYTES_MAX: usize = 2 * crate::limits::MADE_BODY_BYTES_MAX;
/// Items of a range.
const RANGE_MAX: i64 = 100_000;
/// Digits after the point that `Round` and numbers know.
const DIGITS_MAX: i64 = 15;

/// A compiled template.
#[derive(Debug)]
pub(crate) struct Template {
    nodes: Vec<Node>,
    /// Filters that there are not; their input passes through.
    pub(crate) unknown_filters: Vec<String>,
    /// The template may look at the message's body.
    pub(crate) uses_body: bool,
    /// The template may look at `context`.
    pub(crate) uses_context: bool,
}

impl Template {
    /// Compiles a template. The error says what is wrong.
    pub(crate) fn parse(text: &str) -> Result<Template, String> {
        let (nodes, unknown_filters) = parse::parse(text)?;
        // Names are found without case, and these two only by their names.
        let lower = text.to_ascii_lowercase();
        let (uses_body, uses_context) = (lower.contains("body"), lower.contains("context"));
        Ok(Template { nodes, unknown_filters, uses_body, uses_context })
    }

    /// The text it makes. `root` holds what names stand for.
    pub(crate) async fn render(&self, pace: Pace, root: &Data, now: DateTime) -> Result<String, String> {
        render::render(pace, &self.nodes, root, now).await
    }
}
