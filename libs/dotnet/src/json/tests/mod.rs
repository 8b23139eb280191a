//! Behaviour compared with the real library: the tables were printed by Newtonsoft.Json 6 under Mono; where version 13 differs (positions
//! after line ends, `.NET 8`'s number texts, newer features of paths) by reading its source.

mod cast;
mod hostile;
mod pieces;
mod plain;
mod table;
mod token;
mod tree;
mod write;

use crate::Exception;

/// The value, or class and message of the exception, on one line.
fn shown(result: Result<impl AsRef<str>, Exception>) -> String {
    let escaped = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\r', "\\r");
        text.replace('\t', "\\t").replace('\0', "\\0")
    };
    match result {
        Ok(text) => format!("= {}", escaped(text.as_ref())),
        Err(error) => {
            let class = error.of.name().rsplit('.').next().unwrap_or_default();
            format!("! {class}: {}", escaped(&error.message))
        }
    }
}
