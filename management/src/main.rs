//! `postern-management`: reads its settings, opens the store, serves until SIGTERM.

#![forbid(unsafe_code)]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use postern_management::clock::now;
use postern_management::kinds::gateway;
use postern_management::operator_token::OperatorToken;
use postern_management::server::{App, listen, serve};
use postern_management::settings::{Command, CommandLine, LogFormat, Settings};
use postern_management::store::Store;
use sd_notify::NotifyState;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> ExitCode {
    match start(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Not `{:?}`: the operator wants the reason, not a backtrace.
            #[allow(clippy::print_stderr, reason = "the log may not be set up yet")]
            {
                eprintln!("postern-management: {error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn start(line: CommandLine) -> anyhow::Result<()> {
    let settings = Settings::of(line.options)?;
    start_log(settings.log);
    match line.command {
        Some(Command::Token { gateway, days }) => print_token(&settings, &gateway, days).await,
        None => run(settings).await,
    }
}

async fn run(settings: Settings) -> anyhow::Result<()> {
    let app = App::open(&settings).await?;
    let listener = listen(settings.listen).await?;
    let address = listener.local_addr().context("the bound address cannot be read")?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    say(&json!({
        "ready": true, "component": "management", "listen": address.to_string(),
        "token_file": OperatorToken::path(&settings.data), "pid": std::process::id(),
    }));
    notify(&[NotifyState::Ready]);
    tokio::spawn(ping_watchdog(app.clone()));
    let end = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("stopping");
        notify(&[NotifyState::Stopping]);
    };
    serve(app, listener, end).await.context("the server failed")
}

/// Pings systemd while the store answers: a process that cannot read its store is no use, and systemd restarts it.
async fn ping_watchdog(app: App) {
    let mut interval_us = 0;
    if !sd_notify::watchdog_enabled(false, &mut interval_us) {
        return;
    }
    let mut ticks = tokio::time::interval(Duration::from_micros(interval_us / 2));
    loop {
        ticks.tick().await;
        match app.store.created().await {
            Ok(_) => notify(&[NotifyState::Watchdog]),
            Err(error) => tracing::error!(error = %error, "the store does not answer; no watchdog ping"),
        }
    }
}

async fn print_token(settings: &Settings, name: &str, days: i64) -> anyhow::Result<()> {
    // A wrong folder must not become a new service whose token nobody accepts.
    anyhow::ensure!(Store::exists(&settings.data), "there is no store in {}", settings.data.display());
    let app = App::open(settings).await?;
    let mut reader = app.store.reader().await?;
    let resource = gateway::find(&mut reader, name).await?;
    let resource = resource.with_context(|| format!("there is no gateway resource '{name}'"))?;
    // A minute less than the limit, so that the clock cannot move past it in between.
    let expiry = now() + time::Duration::days(days) - time::Duration::minutes(1);
    let token = gateway::token(&resource, "primary", expiry, now())?;
    drop(reader);
    app.store.close().await;
    #[allow(clippy::print_stdout, reason = "the token is the output of this command")]
    {
        println!("{token}");
    }
    Ok(())
}

/// One line of JSON on stdout: scripts and tests wait for it.
fn say(ready: &serde_json::Value) {
    #[allow(clippy::print_stdout, reason = "the ready line is a contract")]
    {
        println!("{ready}");
    }
}

/// Without a service manager there is nobody to tell, which is no error.
fn notify(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, state) {
        tracing::warn!(error = %error, "the service manager cannot be told");
    }
}

fn start_log(format: LogFormat) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("POSTERN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.with_ansi(false).init(),
        LogFormat::Json => builder.json().init(),
    }
}
