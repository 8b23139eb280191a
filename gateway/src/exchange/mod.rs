//! One request and its response. `serve.rs` reads in the order of things: head → route → access → inbound → forward →
//! outbound → respond → account.
//!
//! What must hold: bytes of the head stay where they were received, changes go to overlays; nothing of one exchange is
//! visible to the next one on the connection; a request that could not be served gets an answer that says why (unless the
//! response had begun, then the connection is broken off); a caller that is gone is waited for nothing; every exchange is accounted for exactly once.

mod account;
mod body;
mod call;
mod content;
mod forward;
mod gone;
mod intake;
mod local;
mod perform;
mod redirect;
mod respond;
mod serve;
mod upload;
mod view;

use std::cell::OnceCell;
use std::rc::Rc;
use std::time::Instant;

use postern_http::{HeaderEdits, RequestHead, ResponseHead};
use postern_policy::{Meter, Run};

pub(crate) use body::transcode;
pub(crate) use content::decode_all;
pub(crate) use local::{Refusal, refuse};
pub(crate) use serve::serve;

use crate::access::Grant;
use crate::connection::Peer;
use crate::effect::places::HeldPlaces;
use crate::io::Socket;
use crate::observe::metrics::Outcome;
use crate::route::RouteMatch;
use crate::snapshot::{Api, Operation, Upstream, Via};
use crate::worker::{Active, Context};
use upload::Upload;

/// What becomes of the caller's connection after an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The next request may come.
    KeepAlive,
    /// Our answer is complete; close so that the caller can read it.
    Close,
    /// Nothing more can be said: the caller is gone or the response broke off.
    Abort,
}

/// Work space of one exchange, reused by the next ones: after a while no exchange allocates.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    pub(crate) head: RequestHead,
    response_head: ResponseHead,
    found: RouteMatch,
    run: Run,
    work: Work,
}

/// What an exchange works with.
#[derive(Debug, Default)]
struct Work {
    /// Absolute URL of the backend request as sent.
    url: Vec<u8>,
    /// Whether `changes` may hold anything: a request that no policy changed does not look at them (decisions/0013).
    is_changed: bool,
    changes: Changes,
}

/// What policies changed.
#[derive(Debug, Default)]
struct Changes {
    request_edits: HeaderEdits,
    response_edits: HeaderEdits,
    method: Vec<u8>,
    path: Vec<u8>,
    query: Vec<u8>,
    request_body: Vec<u8>,
    response_body: Vec<u8>,
    /// What the bodies say, when they are in content codings and were decoded.
    request_content: Option<Vec<u8>>,
    response_content: Option<Vec<u8>>,
    reason: String,
}

/// A buffer that has grown past this is freed after the exchange instead of kept.
const KEPT_BYTES: usize = 64 * 1024;

impl Work {
    fn reset(&mut self) {
        clear(&mut self.url);
        if self.is_changed {
            self.changes.reset();
            self.is_changed = false;
        }
    }

    /// To change something.
    fn change(&mut self) -> &mut Changes {
        self.is_changed = true;
        &mut self.changes
    }
}

impl Changes {
    fn reset(&mut self) {
        self.request_edits.clear();
        self.response_edits.clear();
        self.reason.clear();
        (self.request_content, self.response_content) = (None, None);
        let Self { method, path, query, request_body, response_body, .. } = self;
        for buffer in [method, path, query, request_body, response_body] {
            clear(buffer);
        }
    }

    /// What was decided of the response is taken back; its body's buffer is kept.
    fn forget_response(&mut self) {
        self.response_edits.clear();
        self.response_body.clear();
        self.response_content = None;
        self.reason.clear();
    }
}

fn clear(buffer: &mut Vec<u8>) {
    buffer.clear();
    if buffer.capacity() > KEPT_BYTES {
        *buffer = Vec::new();
    }
}

/// Where the request is to go.
#[derive(Debug, Clone)]
enum Target<'a> {
    /// The API's own backend, or one chosen by id.
    Configured(&'a Upstream),
    /// A URL that a policy or a redirect names.
    Url(Rc<Upstream>),
    /// Not usable; why.
    Unusable(&'static str),
}

/// Which parts of the request a policy replaced, and of which message it named a content coding; their values are in [`Work`].
#[derive(Debug, Clone, Copy, Default)]
struct Replaced {
    method: bool,
    path: bool,
    query: bool,
    body: bool,
    request_coding: bool,
    response_coding: bool,
}

/// Where the response's head comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Backend,
    Local,
}

/// Where the response's body comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Backend,
    Own,
}

/// The response as far as it is decided.
#[derive(Debug, Clone, Copy)]
struct Response {
    source: Source,
    content: Content,
    status: u16,
    /// A policy set the status line; its reason is in [`Work::reason`].
    status_set: bool,
}

/// The connection to the backend after it sent its head.
#[derive(Debug)]
struct Backend {
    socket: Box<Socket>,
    upstream: u64,
    /// The head, and the part of the body that came with it.
    received: Vec<u8>,
    /// The request body, when it is still being sent.
    upload: Option<Upload>,
    /// The body was read to its end, and whether the connection is clean behind it.
    body_read: Option<bool>,
}

/// Instants that the access log and the histograms need.
#[derive(Debug, Clone, Copy)]
struct Times {
    began: Instant,
    backend_began: Option<Instant>,
    /// When the last attempt at a backend began.
    attempt_began: Instant,
    backend_ended: Option<Instant>,
}

/// One request under way.
#[derive(Debug)]
struct Exchange<'a> {
    context: &'a Rc<Context>,
    active: &'a Rc<Active>,
    peer: &'a Peer,
    /// The inbox: begins with the head.
    bytes: &'a [u8],
    head: &'a RequestHead,
    found: &'a RouteMatch,
    work: &'a mut Work,
    response_head: &'a mut ResponseHead,
    api: Option<&'a Api>,
    operation: Option<&'a Operation>,
    grant: Grant,
    target: Target<'a>,
    /// Client certificate and proxy that policies chose.
    via: Option<Box<Via>>,
    replaced: Replaced,
    response: Response,
    backend: Option<Backend>,
    backend_status: Option<u16>,
    times: Times,
    outcome: Outcome,
    request_id: u128,
    request_id_text: OnceCell<String>,
    /// Places of `limit-concurrency` and of values being made that it holds.
    places: HeldPlaces<'a>,
    /// A change that could not be made (a header value with a line break, for example): the exchange fails with it.
    fault: Option<String>,
    /// Reads along while the response's body is sent.
    meter: Option<Box<Meter>>,
}
