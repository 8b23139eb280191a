//! The log: events on standard error, for people or one JSON object a line.

use std::io;

use tracing_subscriber::fmt;

use crate::settings::LogFormat;

/// Starts logging for this process. Call once.
pub fn start(format: LogFormat, level: tracing::Level) {
    let builder = fmt().with_writer(io::stderr).with_max_level(level).with_target(false);
    match format {
        LogFormat::None => {}
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).init(),
        LogFormat::Json => builder.json().init(),
    }
}
