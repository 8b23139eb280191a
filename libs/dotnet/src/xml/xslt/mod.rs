//! XSLT 1.0: what xsl-transform runs.
//!
//! A stylesheet is compiled once (`compile`) and shared between threads; a transformation (`run`) reads the input, follows the templates and
//! writes the result. What a gateway must not do is refused as XslCompiledTransform with default settings refuses it: scripts, `document()`,
//! import and include. What must hold: a transformation ends within its budget of steps, depth and output.

mod compile;
mod format_number;
mod number;
mod output;
mod pattern;
mod run;
mod sheet;
#[cfg(test)]
mod tests;

pub use run::{Transformed, Untransformed};
pub use sheet::Stylesheet;

use crate::{Exception, ExceptionType};

/// The namespace of XSLT.
const XSLT_NAMESPACE: &str = "http://www.w3.org/1999/XSL/Transform";

fn exception(message: impl Into<std::borrow::Cow<'static, str>>) -> Exception {
    Exception::new(ExceptionType::Xslt, message)
}
