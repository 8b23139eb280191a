//! The gateway's program; everything is in the library.

use std::process::ExitCode;

/// Requests allocate next to nothing; what connections and snapshots allocate comes from one thread and goes back on
/// another, which this allocator handles without a lock.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let text = |text: std::ffi::OsString| text.into_string().ok();
    let variables: Vec<_> = std::env::vars_os().filter_map(|(name, value)| Some((text(name)?, text(value)?))).collect();
    postern_gateway::process::run(std::env::args_os(), &variables)
}
