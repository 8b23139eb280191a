//! What .NET does, on plain Rust values: the behaviour that policy expressions rely on.
//!
//! Numbers and dates are formatted and parsed as .NET 8 does with the invariant culture, JSON behaves as Newtonsoft.Json, XML as
//! System.Xml.Linq, regular expressions as System.Text.RegularExpressions. What must hold: nothing here knows of policies, expressions or
//! requests; nothing panics on any input; every error is the [`Exception`] that .NET would throw, with its message; every loop over foreign
//! input is bounded by a named limit.
#![forbid(unsafe_code)]

pub mod crypto;
pub mod date;
mod exception;
pub mod garbage;
pub mod json;
pub mod jwt;
pub mod number;
pub mod regex;
mod rope;
mod shards;
pub mod text;
mod text_value;
pub mod uri;
pub mod work;
pub mod xml;

pub use exception::{Exception, ExceptionType, Inner};
pub use rope::{Piece, Rope};
pub use rust_decimal::Decimal;
pub use shards::Shards;
pub use text_value::Text;
