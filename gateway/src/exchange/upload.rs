//! Sending a request body to the backend while it arrives, next to reading the backend's response.
//!
//! What must hold: the task owns the caller's reading half and the backend's sending half and gives both back at its end,
//! so that no read in flight is dropped as long as the connections are to be used; it reads no faster than it writes; a
//! stalled caller or backend is cut off by its watch.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use postern_http::{BodyDecoder, BodyError, BodyLength};

use super::body;
use crate::io::{Reader, Socket, Turns, Writer};
use crate::worker::{Context, Cut, Watch};

/// How an upload ended, with what it had borrowed.
#[derive(Debug)]
pub(super) struct Uploaded {
    pub(super) reader: Reader,
    pub(super) writer: Writer,
    /// What the caller sent after the body.
    pub(super) left_over: Vec<u8>,
    pub(super) result: Result<(), UploadError>,
}

/// Why a request body did not reach the backend.
#[derive(Debug)]
pub(super) enum UploadError {
    /// The caller closed before the end of the body.
    CallerGone,
    /// The caller sent nothing for the body timeout.
    CallerStalled,
    /// The body's framing is malformed.
    Malformed(BodyError),
    /// The body is longer than the gateway takes.
    TooLarge,
    /// The backend takes no more.
    Backend(io::Error),
}

/// An upload under way. Dropping it gives both connections up.
pub(super) struct Upload {
    future: Pin<Box<dyn Future<Output = Uploaded>>>,
}

impl fmt::Debug for Upload {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Upload")
    }
}

/// What an upload needs to know.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Framing of the request as received.
    pub(super) from: BodyLength,
    /// Framing towards the backend.
    pub(super) to: BodyLength,
    /// The backend's time for its head, counted anew from every byte it takes.
    pub(super) backend_patience: Duration,
    /// Longest body.
    pub(super) bytes_max: Option<u64>,
}

impl Upload {
    /// Takes the halves out of both sockets and starts. `received`: the part of the body that came with the head.
    pub(super) fn start(
        context: &Rc<Context>,
        caller: &mut Socket,
        backend: &mut Socket,
        received: &[u8],
        plan: Plan,
    ) -> Self {
        let mut buffer = context.buffers.large();
        buffer.extend_from_slice(received);
        let pump = Pump {
            context: Rc::clone(context),
            caller: Rc::clone(caller.watch()),
            backend: Rc::clone(backend.watch()),
            reader: caller.take_reader(),
            writer: backend.take_writer(),
            decoder: BodyDecoder::with_limits(plan.from, &context.http_limits),
            plan,
            taken: 0,
        };
        Self { future: Box::pin(pump.run(buffer)) }
    }

    /// The task, to be polled next to something else.
    pub(super) fn future(&mut self) -> Pin<&mut (dyn Future<Output = Uploaded> + 'static)> {
        self.future.as_mut()
    }
}

struct Pump {
    context: Rc<Context>,
    caller: Rc<Watch>,
    backend: Rc<Watch>,
    reader: Reader,
    writer: Writer,
    decoder: BodyDecoder,
    plan: Plan,
    taken: u64,
}

impl Pump {
    async fn run(mut self, mut buffer: Vec<u8>) -> Uploaded {
        let mut out = self.context.buffers.large();
        let mut position = 0;
        let mut turns = Turns::default();
        let result = loop {
            turns.next().await;
            let step = self.forward(&buffer, &mut position, out).await;
            let result;
            (result, out) = step;
            match result {
                Ok(true) => break Ok(()),
                Ok(false) => {}
                Err(error) => break Err(error),
            }
            // All of the buffer is consumed when the body has not ended.
            buffer.clear();
            position = 0;
            let read;
            (read, buffer) = self.read(buffer).await;
            if let Err(error) = read {
                break Err(error);
            }
        };
        self.caller.disarm();
        let left_over = buffer.get(position..).unwrap_or_default().to_vec();
        self.context.buffers.give_back(buffer);
        self.context.buffers.give_back(out);
        Uploaded { reader: self.reader, writer: self.writer, left_over, result }
    }

    /// Sends what is in `buffer`. `true`: that was the end.
    async fn forward(
        &mut self,
        buffer: &[u8],
        position: &mut usize,
        mut out: Vec<u8>,
    ) -> (Result<bool, UploadError>, Vec<u8>) {
        out.clear();
        let before = *position;
        let done = match body::transcode(&mut self.decoder, buffer, position, self.plan.to, &mut out) {
            Ok(done) => done,
            Err(error) => return (Err(UploadError::Malformed(error)), out),
        };
        self.taken += (*position - before) as u64;
        if self.plan.bytes_max.is_some_and(|max| self.taken > max) {
            return (Err(UploadError::TooLarge), out);
        }
        if out.is_empty() {
            return (Ok(done), out);
        }
        self.context.wheel.arm(&self.backend, self.context.settings.limits.body_timeout, Cut::Both);
        let (result, out) = self.writer.write_all(out).await;
        self.context.wheel.arm(&self.backend, self.plan.backend_patience, Cut::Both);
        (result.map(|()| done).map_err(UploadError::Backend), out)
    }

    async fn read(&mut self, buffer: Vec<u8>) -> (Result<(), UploadError>, Vec<u8>) {
        self.context.wheel.arm(&self.caller, self.context.settings.limits.body_timeout, Cut::Reading);
        let (result, buffer) = self.reader.read(buffer).await;
        let result = match result {
            _ if self.caller.expired() => Err(UploadError::CallerStalled),
            Ok(count) if count > 0 => Ok(()),
            _ => Err(UploadError::CallerGone),
        };
        (result, buffer)
    }
}
