//! The log: events on standard error, for people or one JSON object a line.

use std::io;

use tracing_subscriber::{EnvFilter, fmt};

use crate::settings::LogFormat;

/// Starts logging for this process. Call once.
pub fn start(format: LogFormat, level: tracing::Level) {
    // The level is for our own events; what libraries say below `warn` would drown them.
    let filter = EnvFilter::new(format!("warn,postern_agent={level}"));
    let builder = fmt().with_writer(io::stderr).with_env_filter(filter).with_target(false);
    match format {
        LogFormat::None => {}
        LogFormat::Text => builder.with_ansi(io::IsTerminal::is_terminal(&io::stderr())).init(),
        LogFormat::Json => builder.json().init(),
    }
}
