//! The gateway's program; everything is in the library.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: postern_gateway::Counting = postern_gateway::Counting;

fn main() -> ExitCode {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    let variables: Vec<_> = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect();
    postern_gateway::process::run(std::env::args_os(), &variables)
}
