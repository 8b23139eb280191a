//! `postern-agent`: brings configuration to a gateway (`run`), or checks it where it is written (`check`).

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use postern_agent::{
    check::{self, CheckFlags},
    logging, run,
    settings::{RunFlags, Settings},
};

/// Brings configuration to a gateway, or checks it where it is written.
#[derive(Parser)]
#[command(name = "postern-agent", version)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Keeps a gateway configured from its sources
    Run(RunFlags),
    /// Checks policy documents or an APIOps directory; exits with 1 when there are errors
    #[command(after_long_help = check::HELP)]
    Check(CheckFlags),
}

/// Bad usage or settings, as clap's own.
const EXIT_USAGE: u8 = 2;

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Check(flags) => check::main(&flags),
        Command::Run(flags) => match Settings::new(flags, &|name| std::env::var(name).ok()) {
            Ok(settings) => run_agent(settings),
            Err(error) => {
                eprintln!("postern-agent: {error}");
                ExitCode::from(EXIT_USAGE)
            }
        },
    }
}

fn run_agent(settings: Settings) -> ExitCode {
    logging::start(settings.log_format, settings.log_level);
    // Two threads: one may be compiling while the other keeps talking to the gateway and to systemd.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let result = runtime.map_err(anyhow::Error::from).and_then(|runtime| {
        let result = runtime.block_on(run::run(settings));
        runtime.shutdown_timeout(std::time::Duration::from_secs(1));
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "agent cannot go on");
            ExitCode::FAILURE
        }
    }
}
