//! `postern-bench`: the load-test origin (also the demo backend), the TCP relay that is the floor of every
//! comparison, `compare`, which measures Postern beside nginx and HAProxy on one machine, and `policies`, which
//! measures what policies cost without any socket.
//!
//! A tool, not a service: its servers read trusted input only, and it runs other programs. `perf/README.md` says how
//! to read what it prints.

mod allocations;
mod compare;
mod limits;
mod origin;
mod policies;
mod relay;
mod runtime;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

#[derive(Debug, Parser)]
#[command(name = "postern-bench", version, about = "Load-test origin, TCP relay and comparison with other proxies")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// HTTP/1.1 origin: a fixed body, or with --echo a JSON description of the request
    Origin(origin::Options),
    /// TCP relay without any HTTP: what the machine costs before a proxy does its work
    Relay(relay::Options),
    /// Measure CPU time per request of Postern, nginx, HAProxy and the relay, interleaved
    Compare(compare::Options),
    /// Measure the time and the allocations of policies and expressions, interleaved
    Policies(policies::Options),
}

fn main() -> ExitCode {
    let outcome = run(Arguments::parse().command);
    outcome.unwrap_or_else(|error| {
        eprintln!("postern-bench: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(command: Command) -> Result<ExitCode> {
    runtime::raise_open_file_limit();
    match command {
        Command::Origin(options) => origin::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Relay(options) => relay::run(&options).map(|()| ExitCode::SUCCESS),
        Command::Compare(options) => compare::run(&options),
        Command::Policies(options) => policies::run(&options),
    }
}
