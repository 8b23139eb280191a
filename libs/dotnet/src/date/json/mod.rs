//! Dates as Newtonsoft.Json reads and writes them with its default settings.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{parse_iso, parse_iso_offset};
pub use write::{write, write_offset, write_time_span};
