//! One agent's connection: bytes in, messages, answers out.
//!
//! What must hold: whatever arrives, the worst that happens is that this connection is closed and its open generation
//! forgotten.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use postern_bundle::{AgentMessage, Decoder, Encoder, FrameError, GatewayHello, GatewayMessage, PROTOCOL};

use super::configuration::Current;
use super::report;
use crate::limits::{AGENT_HELLO, AGENT_READ_BYTES, AGENT_REPORT, AGENT_WRITE};
use crate::observe::state::ProcessState;

/// Why a connection is closed.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error("the agent closed the connection")]
    Closed,
    #[error("the agent closed the connection within a message")]
    Cut,
    #[error("the agent sent something that is no message")]
    Frame(#[source] FrameError),
    #[error("the agent did not begin with a hello")]
    NoHello,
    #[error("a message for the agent could not be encoded")]
    Encode(#[source] FrameError),
    #[error("reading from the agent failed")]
    Read(#[source] io::Error),
    #[error("writing to the agent failed")]
    Write(#[source] io::Error),
}

/// A connected agent.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) stream: UnixStream,
    decoder: Decoder<AgentMessage>,
    buffer: Box<[u8]>,
    greeted: bool,
    opened: Instant,
    reported: Instant,
    fingerprint: Option<report::Fingerprint>,
}

impl Session {
    pub(super) fn new(stream: UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let now = Instant::now();
        let buffer = vec![0; AGENT_READ_BYTES].into_boxed_slice();
        Ok(Self {
            stream,
            decoder: Decoder::new(),
            buffer,
            greeted: false,
            opened: now,
            reported: now,
            fingerprint: None,
        })
    }

    /// Reads what is there and acts on every message that is complete.
    pub(super) fn read(&mut self, current: &mut Current, state: &ProcessState) -> Result<(), SessionError> {
        let count = match self.stream.read(&mut self.buffer) {
            Ok(0) if self.decoder.is_partial() => return Err(SessionError::Cut),
            Ok(0) => return Err(SessionError::Closed),
            Ok(count) => count,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => {
                return Ok(());
            }
            Err(error) => return Err(SessionError::Read(error)),
        };
        self.decoder.push(self.buffer.get(..count).unwrap_or_default());
        loop {
            match self.decoder.next_message() {
                Ok(Some(message)) => self.handle(message, current, state)?,
                Ok(None) => return Ok(()),
                Err(error) => {
                    // An agent of another version learns from our hello what it has met.
                    if matches!(error, FrameError::Protocol { .. }) {
                        self.send(&hello(current))?;
                    }
                    return Err(SessionError::Frame(error));
                }
            }
        }
    }

    fn handle(
        &mut self,
        message: AgentMessage,
        current: &mut Current,
        state: &ProcessState,
    ) -> Result<(), SessionError> {
        match message {
            AgentMessage::Hello(agent) => {
                tracing::info!(version = agent.version, "agent connected");
                self.greeted = true;
                self.send(&hello(current))?;
                self.report_health(state)
            }
            _ if !self.greeted => Err(SessionError::NoHello),
            AgentMessage::Ping(number) => self.send(&GatewayMessage::Pong(number)),
            AgentMessage::Unconfigure(reason) => {
                current.unconfigure(&reason);
                self.report_health(state)
            }
            message => match current.stage(message) {
                Ok(None) => Ok(()),
                Ok(Some(applied)) => {
                    self.send(&GatewayMessage::Applied(applied))?;
                    self.report_health(state)
                }
                Err(rejected) => self.send(&GatewayMessage::Rejected(rejected)),
            },
        }
    }

    /// Reports what is due: health when something changed, health and numbers regularly.
    pub(super) fn tick(&mut self, state: &ProcessState) -> Result<(), SessionError> {
        if !self.greeted {
            return if self.opened.elapsed() < AGENT_HELLO { Ok(()) } else { Err(SessionError::NoHello) };
        }
        if self.reported.elapsed() >= AGENT_REPORT {
            self.reported = Instant::now();
            self.report_health(state)?;
            return self.send(&GatewayMessage::Stats(report::stats(state)));
        }
        if self.fingerprint.as_ref() != Some(&report::fingerprint(state)) {
            self.report_health(state)?;
        }
        Ok(())
    }

    fn report_health(&mut self, state: &ProcessState) -> Result<(), SessionError> {
        self.fingerprint = Some(report::fingerprint(state));
        self.send(&GatewayMessage::Health(report::health(state)))
    }

    /// Blocks, but not for longer than a living agent takes to read.
    fn send(&mut self, message: &GatewayMessage) -> Result<(), SessionError> {
        let frame = Encoder::frame(message).map_err(SessionError::Encode)?;
        let written = (|| {
            self.stream.set_nonblocking(false)?;
            self.stream.set_write_timeout(Some(AGENT_WRITE))?;
            self.stream.write_all(&frame)?;
            self.stream.set_nonblocking(true)
        })();
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset => SessionError::Closed,
            _ => SessionError::Write(error),
        })
    }
}

fn hello(current: &Current) -> GatewayMessage {
    let in_force = current.in_force();
    GatewayMessage::Hello(GatewayHello {
        protocol: PROTOCOL,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        pid: std::process::id(),
        generation: in_force.map(|(generation, _)| generation),
        root_hash: in_force.map(|(_, root_hash)| root_hash),
    })
}
