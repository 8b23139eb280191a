//! One attempt to get a response head from a backend: send the request, read heads until the final one.
//!
//! What must hold: the backend's read in flight is never dropped while the connection may be used further; interim
//! responses go to the caller in their order; the request body goes on arriving while the head is awaited.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, ready};
use std::time::Duration;

use monoio::time::Sleep;
use postern_http::{
    BodyLength, CONTINUE, ConnectionHeader, HeaderEdits, Limits, Method, Parsed, ResponseError, ResponseFraming,
    ResponseHead, Version, write_response_head,
};

use super::intake::Intake;
use super::upload::{Plan, Upload, UploadError, Uploaded};
use crate::io::Socket;
use crate::worker::{Context, Cut};

/// Interim responses to one request. A backend that sends more is not waiting for anything; it floods.
const INTERIM_MAX: u32 = 32;

/// Why an attempt gave no response.
#[derive(Debug)]
pub(super) enum CallError {
    /// The connection ended before the first byte of a response: a reused one may have been closed by the backend just
    /// when the request was sent.
    Unanswered(io::Error),
    /// No head within the policy's timeout.
    TimedOut,
    /// The connection ended within the head.
    BrokenOff,
    Malformed(ResponseError),
    TooManyInterim,
    /// `101 Switching Protocols`, though no upgrade was asked for.
    UnaskedUpgrade,
    /// The request body could not be had.
    Upload(UploadError),
    /// The caller did not take an interim response.
    CallerGone,
}

/// One attempt's ingredients.
#[derive(Debug)]
pub(super) struct Call<'c, 'i> {
    pub(super) context: &'c Rc<Context>,
    pub(super) caller: &'c mut Socket,
    pub(super) backend: &'c mut Socket,
    pub(super) intake: &'c mut Intake<'i>,
    /// The body that is to be sent while it arrives; `None` when it is in the request bytes already.
    pub(super) stream: Option<Plan>,
    /// A complete body that is sent behind the request bytes; empty when it is in them. Left as it was.
    pub(super) body: Vec<u8>,
    pub(super) caller_version: Version,
    /// The method that was sent: decides whether the response has a body.
    pub(super) method: Method,
    pub(super) timeout: Duration,
    pub(super) continue_timeout: Duration,
}

/// What an attempt that succeeded leaves behind.
#[derive(Debug)]
pub(super) struct Answer {
    /// The final head, and what came after it.
    pub(super) received: Vec<u8>,
    /// The request body is still on its way.
    pub(super) upload: Option<Upload>,
}

/// State while heads are awaited.
struct Waiting {
    upload: Option<Upload>,
    /// Runs while the caller waits for `100 Continue` and the backend has not said it yet.
    continue_due: Option<Pin<Box<Sleep>>>,
    interim: u32,
}

enum Event {
    Read(io::Result<usize>, Vec<u8>),
    Uploaded(Uploaded),
    ContinueDue,
}

impl Call<'_, '_> {
    /// Sends `request` (the head, and what is not in `body` of a body that is complete) and reads the response's head into `head`.
    pub(super) async fn run(&mut self, request: Vec<u8>, head: &mut ResponseHead) -> Result<Answer, CallError> {
        self.backend.arm(&self.context.wheel, self.timeout, Cut::Both);
        let (mut written, request) = self.backend.writer.write_all(request).await;
        // Used by the next request while this one waits: still in the processor's cache.
        self.context.buffers.give_back(request);
        if written.is_ok() && !self.body.is_empty() {
            (written, self.body) = self.backend.writer.write_all(std::mem::take(&mut self.body)).await;
        }
        // A backend may answer and close without reading on: what it said still counts.
        if let Err(error) = written
            && self.stream.is_none()
        {
            return Err(self.ended(error));
        }
        self.await_head(head).await
    }

    fn ended(&self, error: io::Error) -> CallError {
        if self.backend.expired() { CallError::TimedOut } else { CallError::Unanswered(error) }
    }

    async fn await_head(&mut self, head: &mut ResponseHead) -> Result<Answer, CallError> {
        // An attempt that broke off within a head must leave nothing of it behind.
        head.reset();
        let mut waiting = Waiting { upload: None, continue_due: None, interim: 0 };
        if self.stream.is_some() {
            if self.intake.expects_continue() {
                waiting.continue_due = Some(Box::pin(monoio::time::sleep(self.continue_timeout)));
            } else {
                self.start_upload(&mut waiting);
            }
        }
        let mut received = self.context.buffers.small();
        loop {
            match head.parse(&received, self.method, &response_limits(self.context)) {
                Ok(Parsed::Complete) if head.is_interim() => {
                    received = Box::pin(self.pass_interim(head, received, &mut waiting)).await?;
                    continue;
                }
                Ok(Parsed::Complete) if head.status == 101 => return Err(CallError::UnaskedUpgrade),
                Ok(Parsed::Complete) => {
                    self.backend.disarm();
                    return Ok(Answer { received, upload: waiting.upload });
                }
                Ok(Parsed::Partial) => {}
                Err(error) => return Err(CallError::Malformed(error)),
            }
            if received.len() == received.capacity() {
                // The parser refuses heads past its limit, so this doubles a few times at most.
                received.reserve(received.len());
            }
            let had_some = !received.is_empty();
            let result;
            (result, received) = if waiting.upload.is_none() && waiting.continue_due.is_none() {
                self.backend.reader.read(received).await
            } else {
                Box::pin(self.read_alongside(received, &mut waiting)).await?
            };
            match result {
                Ok(count) if count > 0 => {}
                _ if self.backend.expired() => return Err(CallError::TimedOut),
                _ if had_some => return Err(CallError::BrokenOff),
                Ok(_) => return Err(CallError::Unanswered(io::ErrorKind::UnexpectedEof.into())),
                Err(error) => return Err(CallError::Unanswered(error)),
            }
        }
    }

    /// One read from the backend, while upload and timer go on.
    async fn read_alongside(
        &mut self,
        received: Vec<u8>,
        waiting: &mut Waiting,
    ) -> Result<(io::Result<usize>, Vec<u8>), CallError> {
        // The reading half is taken out so that the rest of the socket can be used while the read is in flight.
        let mut reader = self.backend.take_reader();
        let outcome = {
            let mut read = pin!(reader.read(received));
            loop {
                match next_event(read.as_mut(), waiting).await {
                    Event::Read(result, received) => break Ok((result, received)),
                    Event::ContinueDue => {
                        waiting.continue_due = None;
                        if self.caller_version == Version::Http11 {
                            self.tell_caller(CONTINUE).await?;
                        }
                        self.start_upload(waiting);
                    }
                    Event::Uploaded(uploaded) => {
                        waiting.upload = None;
                        if let Err(error) = self.take_back(uploaded) {
                            break Err(error);
                        }
                    }
                }
            }
        };
        self.backend.put_back_reader(reader);
        outcome
    }

    fn start_upload(&mut self, waiting: &mut Waiting) {
        if let Some(plan) = self.stream {
            self.intake.hand_over();
            let received = self.intake.received();
            waiting.upload = Some(Upload::start(self.context, self.caller, self.backend, received, plan));
        }
    }

    /// Puts an ended upload's halves back. An error of the backend's side is left to the read, which knows more.
    fn take_back(&mut self, uploaded: Uploaded) -> Result<(), CallError> {
        self.caller.put_back_reader(uploaded.reader);
        self.backend.put_back_writer(uploaded.writer);
        match uploaded.result {
            Ok(()) => {
                self.intake.finish(uploaded.left_over);
                self.backend.arm(&self.context.wheel, self.timeout, Cut::Both);
                Ok(())
            }
            Err(UploadError::Backend(_)) => Ok(()),
            Err(error) => Err(CallError::Upload(error)),
        }
    }

    /// Hands an interim response on and forgets it. RFC 9110 section 15.2: not to HTTP/1.0 callers.
    async fn pass_interim(
        &mut self,
        head: &mut ResponseHead,
        mut received: Vec<u8>,
        waiting: &mut Waiting,
    ) -> Result<Vec<u8>, CallError> {
        waiting.interim += 1;
        if waiting.interim > INTERIM_MAX {
            return Err(CallError::TooManyInterim);
        }
        let is_continue = head.status == 100;
        // A 100 that nobody waits for (we have asked for none, or the body is on its way) goes no further.
        let wanted = !is_continue || waiting.continue_due.is_some();
        if self.caller_version == Version::Http11 && wanted {
            let mut out = Vec::new();
            let framing = ResponseFraming {
                status: head.status,
                reason: head.reason.of(&received),
                body: BodyLength::None,
                tells_length: true,
                connection: ConnectionHeader::Implicit,
            };
            if write_response_head(&mut out, &received, head, &HeaderEdits::default(), &framing).is_ok() {
                self.tell_caller(&out).await?;
            }
        }
        if is_continue && waiting.continue_due.take().is_some() {
            self.start_upload(waiting);
        }
        received.drain(..head.len);
        Ok(received)
    }

    async fn tell_caller(&mut self, bytes: &[u8]) -> Result<(), CallError> {
        let (result, _) = self.caller.writer.write_all(bytes.to_vec()).await;
        result.map_err(|_| CallError::CallerGone)
    }
}

async fn next_event(
    mut read: Pin<&mut impl Future<Output = (io::Result<usize>, Vec<u8>)>>,
    waiting: &mut Waiting,
) -> Event {
    poll_fn(|task| {
        // The upload first: when both have ended, the end of the body came before the answer to it.
        if let Some(upload) = &mut waiting.upload
            && let Poll::Ready(uploaded) = upload.future().poll(task)
        {
            return Poll::Ready(Event::Uploaded(uploaded));
        }
        if let Poll::Ready((result, received)) = read.as_mut().poll(task) {
            return Poll::Ready(Event::Read(result, received));
        }
        if let Some(timer) = &mut waiting.continue_due {
            ready!(timer.as_mut().poll(task));
            return Poll::Ready(Event::ContinueDue);
        }
        Poll::Pending
    })
    .await
}

/// Heads of responses may be as long as heads of requests.
fn response_limits(context: &Context) -> Limits {
    context.http_limits
}
