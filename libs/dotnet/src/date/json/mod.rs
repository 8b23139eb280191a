//! Dates as Newtonsoft.Json reads and writes them with its default settings.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::parse_iso;
pub use write::write;
