//! What systemd is told: that the process is up, what it does, that it goes down, and (watchdog) that it is alive.
//!
//! What must hold: the watchdog gets a ping only while every worker answers, so that a gateway with a stuck worker is
//! restarted by systemd and not forgotten.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use sd_notify::NotifyState;

use crate::observe::state::ProcessState;
use crate::supervisor::{Supervisor, summary};

/// The link to systemd; does nothing when the process is not its service.
#[derive(Debug)]
pub struct Systemd {
    /// Half of what systemd waits for a ping.
    interval: Option<Duration>,
    pinged: Cell<Option<Instant>>,
    status: RefCell<String>,
}

impl Systemd {
    /// Reads what systemd put into the environment.
    pub fn find() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        // As sd_watchdog_enabled(3): without WATCHDOG_PID it is meant for us (sd-notify's own function then says no).
        let ours = number("WATCHDOG_PID").is_none_or(|pid| pid == u64::from(std::process::id()));
        let timeout = number("WATCHDOG_USEC").filter(|timeout_us| ours && *timeout_us > 0);
        let interval = timeout.map(|timeout_us| Duration::from_micros(timeout_us / 2).max(Duration::from_millis(1)));
        Self { interval, pinged: Cell::new(None), status: RefCell::default() }
    }

    /// How often the watchdog is to be pinged.
    pub fn interval(&self) -> Option<Duration> {
        self.interval
    }

    /// The sockets are bound and the workers run.
    pub fn ready(&self, state: &ProcessState) {
        notify(&[NotifyState::Ready]);
        self.report(state);
    }

    /// The process is on its way out.
    pub fn stopping(&self) {
        notify(&[NotifyState::Stopping]);
    }

    /// A new status line if it changed; a ping if one is due and deserved.
    pub fn report(&self, state: &ProcessState) {
        let status = summary(state);
        if *self.status.borrow() != status {
            notify(&[NotifyState::Status(&status)]);
            self.status.replace(status);
        }
        let now = Instant::now();
        let due = self
            .interval
            .is_some_and(|interval| self.pinged.get().is_none_or(|pinged| now.duration_since(pinged) >= interval));
        if due && Supervisor::all_alive(state) {
            notify(&[NotifyState::Watchdog]);
            self.pinged.set(Some(now));
        }
    }
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(false, states) {
        tracing::warn!(%error, "systemd could not be told");
    }
}
