//! What the fuzz targets do with their input: any bytes may come, and none may make the product panic, hang, or use memory without bound.
//!
//! Each function is one target; all hold besides that what comes out is what the module in question promises (places inside the text,
//! bounded findings). They need no fuzzer: `libs/policy/tests/fuzz.rs` calls them with seeds and mutations of them on the stable compiler.
#![forbid(unsafe_code)]

mod evaluator;
mod jsonpath;
mod jwt;
mod liquid;
mod odata;
mod parser;
mod reader;
mod xsd;

pub use evaluator::evaluator;
pub use jsonpath::jsonpath;
pub use jwt::jwt;
pub use liquid::liquid;
pub use odata::odata;
pub use parser::parser;
pub use reader::reader;
pub use xsd::xsd;

/// What separates the two parts of an input that has two (a template and its data); seeds are easier to write with a line than with a byte.
const SEPARATOR: &str = "\n====\n";

/// The two parts of an input; the second is empty without a separator.
fn parts(text: &str) -> (&str, &str) {
    text.split_once(SEPARATOR).unwrap_or((text, ""))
}
