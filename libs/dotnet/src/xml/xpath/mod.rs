//! XPath 1.0 over trees of System.Xml.Linq.
//!
//! An own evaluator, because the trees are own ones. Adjacent text counts as one text node and namespace declarations are no attributes, as
//! XPath's data model has it. What must hold: recursion follows the expression, whose depth is bounded, never the document; every node that
//! is looked at is paid for.

mod ast;
mod axes;
mod compare;
mod evaluate;
mod functions;
mod item;
mod lexer;
mod navigation;
mod parse;
#[cfg(test)]
mod tests;
mod text;
mod value;

pub(in crate::xml) use ast::{Axis, Expr, NodeTest, Step};
pub(in crate::xml) use axes::passes;
pub(in crate::xml) use evaluate::{Budget, Context, Environment, Evaluating, NoEnvironment};
pub(in crate::xml) use functions::is_core_function;
pub use item::Item;
pub(in crate::xml) use item::{children, is_same};
pub(in crate::xml) use navigation::ordered as in_order;
pub(in crate::xml) use parse::Parser;
pub use value::XPathValue;

use super::limits::XPATH_BYTES_MAX;
use crate::work::{Paced, in_one_go};
use crate::{Exception, ExceptionType, Text};

/// A compiled expression.
#[derive(Debug)]
pub struct XPath {
    pub(in crate::xml) root: Expr,
}

impl XPath {
    /// Compiles an expression; `resolve` gives the namespaces of prefixes. `XPathException` tells what is wrong.
    pub fn compile(text: &str, resolve: &dyn Fn(&str) -> Option<Text>) -> Result<XPath, Exception> {
        if text.len() > XPATH_BYTES_MAX {
            return Err(exception("The expression is too long."));
        }
        let mut parser = Parser::new(text, resolve)?;
        let root = parser.expression()?;
        parser.end()?;
        Ok(XPath { root })
    }

    /// Its value with a node as the context.
    pub fn evaluate(self, node: &Item) -> Result<XPathValue, Exception> {
        in_one_go(self.evaluating(node))
    }

    /// The same in pieces.
    #[must_use]
    pub fn evaluating(self, node: &Item) -> Paced<Result<XPathValue, Exception>> {
        let node = node.clone();
        Paced::new(|pace| async move {
            let budget = Budget::new(pace);
            let (current, environment) = (node.clone(), &NoEnvironment);
            let context = Context { node, position: 1, size: 1, current, environment, budget: &budget };
            self.root.evaluate(&context).await
        })
    }
}

pub(in crate::xml) fn exception(message: impl Into<std::borrow::Cow<'static, str>>) -> Exception {
    Exception::new(ExceptionType::XPath, message)
}
