//! Frames: `[u32 little-endian length][u8 kind][postcard payload]`, the length counting kind and payload.
//!
//! Encoder and decoder are pure: bytes in, messages out. A decoder that met an error stays in it: after a bad frame nothing
//! that follows can be trusted, the connection has to be closed.

use std::marker::PhantomData;

use serde::{Serialize, de::DeserializeOwned};
use thiserror::Error;

use crate::{
    limits,
    message::{AgentMessage, GatewayMessage, PROTOCOL},
};

/// Bytes before the kind.
const LENGTH_BYTES: usize = 4;

/// A message that has a frame.
pub trait Message: Sized {
    /// Appends kind and payload.
    fn write(&self, out: Vec<u8>) -> Result<Vec<u8>, postcard::Error>;
    /// Reads a payload of the given kind.
    fn read(kind: u8, payload: &[u8]) -> Result<Self, FrameError>;
}

/// Turns messages into bytes.
#[derive(Debug, Default)]
pub struct Encoder;

impl Encoder {
    /// Appends the frame of `message` to `out`; on an error `out` is as before.
    pub fn encode<M: Message>(message: &M, out: &mut Vec<u8>) -> Result<(), FrameError> {
        let start = out.len();
        let mut frame = std::mem::take(out);
        frame.extend_from_slice(&[0; LENGTH_BYTES]);
        // `postcard::to_extend` hands the buffer back only when it succeeds, so the payload is made on its own.
        let payload = message.write(Vec::new());
        let result = payload.map_err(FrameError::Encoding).and_then(|payload| {
            if payload.len() > limits::FRAME_BYTES_MAX {
                return Err(FrameError::TooLarge { bytes: payload.len() });
            }
            frame.extend_from_slice(&payload);
            let length = u32::try_from(payload.len()).map_err(|_| FrameError::TooLarge { bytes: payload.len() })?;
            if let Some(prefix) = frame.get_mut(start..start + LENGTH_BYTES) {
                prefix.copy_from_slice(&length.to_le_bytes());
            }
            Ok(())
        });
        if result.is_err() {
            frame.truncate(start);
        }
        *out = frame;
        result
    }

    /// The frame of one message.
    pub fn frame<M: Message>(message: &M) -> Result<Vec<u8>, FrameError> {
        let mut out = Vec::new();
        Encoder::encode(message, &mut out)?;
        Ok(out)
    }
}

/// Turns bytes into messages, however they are cut.
#[derive(Debug)]
pub struct Decoder<M> {
    buffer: Vec<u8>,
    start: usize,
    failed: bool,
    message: PhantomData<fn() -> M>,
}

impl<M: Message> Default for Decoder<M> {
    fn default() -> Self {
        Decoder { buffer: Vec::new(), start: 0, failed: false, message: PhantomData }
    }
}

impl<M: Message> Decoder<M> {
    /// An empty decoder.
    pub fn new() -> Decoder<M> {
        Decoder::default()
    }

    /// Adds bytes as they came. Take all messages out before adding more: what is kept is then at most one frame.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next complete message; `None` = more bytes are needed.
    pub fn next_message(&mut self) -> Result<Option<M>, FrameError> {
        if self.failed {
            return Err(FrameError::Failed);
        }
        let result = self.take_frame();
        self.failed = result.is_err();
        result
    }

    /// Whether bytes of an incomplete frame are waiting: at the end of a connection this means it was cut.
    pub fn is_partial(&self) -> bool {
        self.start < self.buffer.len()
    }

    fn take_frame(&mut self) -> Result<Option<M>, FrameError> {
        let pending = self.buffer.get(self.start..).unwrap_or_default();
        let Some((prefix, rest)) = pending.split_first_chunk::<LENGTH_BYTES>() else { return Ok(None) };
        let length = u32::from_le_bytes(*prefix) as usize;
        if length > limits::FRAME_BYTES_MAX {
            return Err(FrameError::TooLarge { bytes: length });
        }
        if length == 0 {
            return Err(FrameError::Empty);
        }
        let Some(frame) = rest.get(..length) else { return Ok(None) };
        let Some((kind, payload)) = frame.split_first() else { return Err(FrameError::Empty) };
        let message = M::read(*kind, payload)?;
        self.start += LENGTH_BYTES + length;
        Ok(Some(message))
    }
}

/// Why a frame cannot be read or written.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum FrameError {
    /// Over [`limits::FRAME_BYTES_MAX`].
    #[error("a frame of {bytes} bytes is larger than {max}", max = limits::FRAME_BYTES_MAX)]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// A frame without a kind.
    #[error("a frame is empty")]
    Empty,
    /// A kind this side does not know.
    #[error("frame kind {kind:#04x} is unknown here")]
    UnknownKind {
        /// The byte.
        kind: u8,
    },
    /// The payload is not the message its kind says.
    #[error("a frame of kind {kind:#04x} does not hold its message")]
    Payload {
        /// The byte.
        kind: u8,
        /// What the decoder said.
        #[source]
        error: postcard::Error,
    },
    /// Bytes follow the message inside its frame.
    #[error("{bytes} bytes follow the message in a frame of kind {kind:#04x}")]
    Trailing {
        /// The byte.
        kind: u8,
        /// How many.
        bytes: usize,
    },
    /// The peer speaks another version.
    #[error("the peer speaks protocol {theirs}, this program {ours}: install the same version of gateway and agent", ours = PROTOCOL)]
    Protocol {
        /// The peer's version.
        theirs: u16,
    },
    /// A message could not be written.
    #[error("a message could not be encoded")]
    Encoding(#[source] postcard::Error),
    /// An earlier frame was bad.
    #[error("an earlier frame on this connection was bad")]
    Failed,
}

mod kind {
    pub(super) const AGENT_HELLO: u8 = 0x01;
    pub(super) const BEGIN: u8 = 0x02;
    pub(super) const PUT: u8 = 0x03;
    pub(super) const DROP: u8 = 0x04;
    pub(super) const COMMIT: u8 = 0x05;
    pub(super) const PING: u8 = 0x06;
    pub(super) const UNCONFIGURE: u8 = 0x07;
    pub(super) const GATEWAY_HELLO: u8 = 0x81;
    pub(super) const APPLIED: u8 = 0x82;
    pub(super) const REJECTED: u8 = 0x83;
    pub(super) const STATS: u8 = 0x84;
    pub(super) const HEALTH: u8 = 0x85;
    pub(super) const PONG: u8 = 0x86;
}

impl Message for AgentMessage {
    fn write(&self, out: Vec<u8>) -> Result<Vec<u8>, postcard::Error> {
        match self {
            AgentMessage::Hello(hello) => append(out, kind::AGENT_HELLO, hello),
            AgentMessage::Begin(begin) => append(out, kind::BEGIN, begin),
            AgentMessage::Put(put) => append(out, kind::PUT, put),
            AgentMessage::Drop(key) => append(out, kind::DROP, key),
            AgentMessage::Commit(commit) => append(out, kind::COMMIT, commit),
            AgentMessage::Ping(number) => append(out, kind::PING, number),
            AgentMessage::Unconfigure(reason) => append(out, kind::UNCONFIGURE, reason),
        }
    }

    fn read(kind: u8, payload: &[u8]) -> Result<Self, FrameError> {
        Ok(match kind {
            kind::AGENT_HELLO => AgentMessage::Hello(read_hello(kind, payload)?),
            kind::BEGIN => AgentMessage::Begin(read(kind, payload)?),
            kind::PUT => AgentMessage::Put(read(kind, payload)?),
            kind::DROP => AgentMessage::Drop(read(kind, payload)?),
            kind::COMMIT => AgentMessage::Commit(read(kind, payload)?),
            kind::PING => AgentMessage::Ping(read(kind, payload)?),
            kind::UNCONFIGURE => AgentMessage::Unconfigure(read(kind, payload)?),
            kind => return Err(FrameError::UnknownKind { kind }),
        })
    }
}

impl Message for GatewayMessage {
    fn write(&self, out: Vec<u8>) -> Result<Vec<u8>, postcard::Error> {
        match self {
            GatewayMessage::Hello(hello) => append(out, kind::GATEWAY_HELLO, hello),
            GatewayMessage::Applied(applied) => append(out, kind::APPLIED, applied),
            GatewayMessage::Rejected(rejected) => append(out, kind::REJECTED, rejected),
            GatewayMessage::Stats(stats) => append(out, kind::STATS, stats),
            GatewayMessage::Health(health) => append(out, kind::HEALTH, health),
            GatewayMessage::Pong(number) => append(out, kind::PONG, number),
        }
    }

    fn read(kind: u8, payload: &[u8]) -> Result<Self, FrameError> {
        Ok(match kind {
            kind::GATEWAY_HELLO => GatewayMessage::Hello(read_hello(kind, payload)?),
            kind::APPLIED => GatewayMessage::Applied(read(kind, payload)?),
            kind::REJECTED => GatewayMessage::Rejected(read(kind, payload)?),
            kind::STATS => GatewayMessage::Stats(read(kind, payload)?),
            kind::HEALTH => GatewayMessage::Health(read(kind, payload)?),
            kind::PONG => GatewayMessage::Pong(read(kind, payload)?),
            kind => return Err(FrameError::UnknownKind { kind }),
        })
    }
}

fn append<T: Serialize>(mut out: Vec<u8>, kind: u8, value: &T) -> Result<Vec<u8>, postcard::Error> {
    out.push(kind);
    postcard::to_extend(value, out)
}

/// A greeting of another version may have any shape after its first field, so that field decides before the rest is read.
fn read_hello<T: DeserializeOwned>(kind: u8, payload: &[u8]) -> Result<T, FrameError> {
    let (theirs, _) = postcard::take_from_bytes::<u16>(payload).map_err(|error| FrameError::Payload { kind, error })?;
    if theirs == PROTOCOL { read(kind, payload) } else { Err(FrameError::Protocol { theirs }) }
}

fn read<T: DeserializeOwned>(kind: u8, payload: &[u8]) -> Result<T, FrameError> {
    let (value, rest) = postcard::take_from_bytes(payload).map_err(|error| FrameError::Payload { kind, error })?;
    if rest.is_empty() { Ok(value) } else { Err(FrameError::Trailing { kind, bytes: rest.len() }) }
}
