//! Whether the gateway serves, and why not.
//!
//! What must hold: *ready* is said only while a configuration is loaded and served; a gateway without one answers 503
//! with a reason, never an empty 200. Read by every worker and the operator listener, written by the control side.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::json;

/// The health path of APIM's self-hosted gateway, on the API port and on the operator listener.
pub const STATUS_PATH: &str = "/status-0123456789abcdef";
/// Its newer spelling, which probes use as well.
pub const INTERNAL_STATUS_PATH: &str = "/internal-status-0123456789abcdef";

/// What the gateway is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// Up, but no configuration has arrived yet.
    Starting = 0,
    /// Serving a configuration.
    Ready = 1,
    /// The agent took the configuration away (expired token and no backup, for example).
    Unconfigured = 2,
    /// Told to stop: requests under way are finished, new connections go elsewhere.
    Draining = 3,
}

impl State {
    /// As shown in status bodies and metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Unconfigured => "unconfigured",
            Self::Draining => "draining",
        }
    }

    fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Ready,
            2 => Self::Unconfigured,
            3 => Self::Draining,
            _ => Self::Starting,
        }
    }
}

/// Shared by all threads of the process.
#[derive(Debug)]
pub struct Readiness {
    state: AtomicU8,
    generation: AtomicU64,
    reason: Mutex<Arc<str>>,
}

impl Default for Readiness {
    fn default() -> Self {
        Self {
            state: AtomicU8::new(State::Starting as u8),
            generation: AtomicU64::new(0),
            reason: Mutex::new("No configuration has been received from the agent yet.".into()),
        }
    }
}

impl Readiness {
    /// Whether requests are served; one relaxed load.
    #[inline]
    pub fn is_ready(&self) -> bool {
        self.state.load(Ordering::Relaxed) == State::Ready as u8
    }

    /// What the gateway is doing.
    pub fn state(&self) -> State {
        State::from_code(self.state.load(Ordering::Acquire))
    }

    /// The configuration being served; 0 for none.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Why the gateway is not ready; empty when it is. Takes a lock: not for requests that are served.
    pub fn reason(&self) -> Arc<str> {
        Arc::clone(&self.reason.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Says that this generation is served now. Draining is final and stays.
    pub fn set_ready(&self, generation: u64) {
        self.set(State::Ready, generation, Arc::from(""));
    }

    /// Says that nothing is served, and why.
    pub fn set_unconfigured(&self, reason: Arc<str>) {
        self.set(State::Unconfigured, 0, reason);
    }

    /// Says that the process is going down.
    pub fn set_draining(&self) {
        self.set(State::Draining, self.generation(), "The gateway is shutting down.".into());
    }

    /// Status code and JSON body of the health paths.
    pub fn status_body(&self) -> (u16, String) {
        match self.state() {
            State::Ready => (200, json!({"status": "ready", "generation": self.generation()}).to_string()),
            state => {
                let body = json!({"status": "not ready", "state": state.name(), "reason": &*self.reason()});
                (503, body.to_string())
            }
        }
    }

    /// Body of the 503 that requests get while there is no configuration, in the layout of APIM's own errors.
    pub fn unavailable_body(&self) -> String {
        format!("{{ \"statusCode\": 503, \"message\": {} }}", json!(&*self.reason()))
    }

    fn set(&self, state: State, generation: u64, reason: Arc<str>) {
        // The lock orders writers; readers of the state alone need none.
        let mut current = self.reason.lock().unwrap_or_else(PoisonError::into_inner);
        if self.state() == State::Draining {
            return;
        }
        *current = reason;
        self.generation.store(generation, Ordering::Release);
        self.state.store(state as u8, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_without_configuration_is_not_ready_and_says_why() {
        let readiness = Readiness::default();
        assert!(!readiness.is_ready());
        let (status, body) = readiness.status_body();
        assert_eq!(status, 503);
        assert_eq!(
            body,
            r#"{"status":"not ready","state":"starting","reason":"No configuration has been received from the agent yet."}"#
        );
        readiness.set_unconfigured("The gateway token expired and there is no \"backup\".".into());
        assert_eq!(
            readiness.unavailable_body(),
            r#"{ "statusCode": 503, "message": "The gateway token expired and there is no \"backup\"." }"#
        );
    }

    #[test]
    fn a_served_generation_makes_it_ready_and_taking_it_away_does_not_leave_it_so() {
        let readiness = Readiness::default();
        readiness.set_ready(7);
        assert_eq!(readiness.status_body(), (200, r#"{"status":"ready","generation":7}"#.to_owned()));
        readiness.set_unconfigured("expired".into());
        assert_eq!((readiness.is_ready(), readiness.generation()), (false, 0));
    }

    #[test]
    fn draining_is_final() {
        let readiness = Readiness::default();
        readiness.set_ready(7);
        readiness.set_draining();
        readiness.set_ready(8);
        assert_eq!((readiness.state(), readiness.generation()), (State::Draining, 7));
        assert_eq!(readiness.status_body().0, 503);
    }
}
