//! What a program asks its host to do, and what the host answers. Policies do no I/O: they return an [`Effect`] and are resumed with
//! the [`Outcome`].

use std::sync::Arc;

use postern_dotnet::jwt::KeySet;
use smallvec::SmallVec;

use crate::cached::{CacheHit, CacheItem};
use crate::exchange::Side;
use crate::last_error::LastError;

pub use offload::{Job, JobKind, Offload};

pub use llm::{
    Embedding, Encoding, Nearest, PutNearest, TokenBalance, TokenLimit, TokenRate, TokenSpend, TokenTexts,
    TokensCounted,
};

mod llm;
mod offload;

/// Why [`Run::advance`](crate::Run::advance) came back.
#[derive(Debug)]
pub enum Advance {
    /// The section has run to its end; enter the next one.
    SectionEnd,
    /// The exchange's response is complete: send it. No further section runs.
    Respond,
    /// Do this, then call [`Run::resume`](crate::Run::resume).
    Perform(Effect),
    /// An error: [`Run::last_error`](crate::Run::last_error) is set and the exchange holds the default response. Enter
    /// [`Section::OnError`](crate::Section::OnError) unless that is where it happened, then send the response.
    Failed,
}

/// Something only the host can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the request to the backend and receive the response's head (all of it when buffering is asked for).
    Forward(ForwardOptions),
    /// Count one call against limits.
    Count(CountRequest),
    /// Count calls against one limit as far as there is room. Answered with [`Outcome::Counted`].
    CountSome(CountSome),
    /// Check quotas and count against them. Answered with [`Outcome::QuotaCounted`].
    Quota(Box<QuotaRequest>),
    /// Look a key up in the cache. Answered with [`Outcome::Cached`].
    CacheGet {
        /// Digest of the key.
        key: u128,
    },
    /// Put something into the cache. Answered with [`Outcome::Done`], also when there is no room for it.
    CachePut {
        /// Digest of the key.
        key: u128,
        /// What is stored.
        item: Arc<CacheItem>,
        /// How long it is kept, in seconds; at least 1.
        duration_s: u64,
    },
    /// Remove a key from the cache. Answered with [`Outcome::Done`], also when it was not there.
    CacheRemove {
        /// Digest of the key.
        key: u128,
    },
    /// An expression or a policy takes long: let other requests run, then go on. Answered with [`Outcome::Done`].
    Yield,
    /// Do this on another thread. Answered with [`Outcome::Done`], also when the job broke off, or [`Outcome::NotTaken`].
    Offload(Offload),
    /// Read a body to its end and keep it, so that [`Exchange::body`](crate::Exchange::body) gives it. Answered with [`Outcome::Done`] or
    /// [`Outcome::ForwardFailed`].
    ReadBody(Side),
    /// The same, and take its content codings off, so that [`Exchange::content`](crate::Exchange::content) gives it. Answered as `ReadBody`; a body
    /// that is not what its codings say is a failure too.
    ReadContent(Side),
    /// Go on after so many milliseconds. Answered with [`Outcome::Done`].
    Sleep(u64),
    /// Send a request of its own. Answered with [`Outcome::Sent`].
    Send(Box<HttpRequest>),
    /// Take one of a number of places, or be refused at once. Answered with [`Outcome::Acquired`]. A place that is not given back is free when
    /// the exchange ends.
    Acquire {
        /// Identity of the group of places.
        key: u128,
        /// How many there are.
        max: u32,
    },
    /// Take the place of the one who does something that others wait for, or learn who has it. Answered with [`Outcome::Led`]; given back with
    /// [`Effect::Release`], else free when the exchange ends.
    Lead {
        /// What is done.
        key: u128,
    },
    /// Give the place taken last back. Answered with [`Outcome::Done`].
    Release {
        /// Identity of the group of places.
        key: u128,
    },
    /// A token of the identity the host runs as. Answered with [`Outcome::Token`].
    Token(Box<TokenRequest>),
    /// The keys of OpenID providers. Answered with [`Outcome::Keys`].
    Keys(Box<KeysRequest>),
    /// Do these at the same time; they are [`Send`](Effect::Send) and [`Token`](Effect::Token) only. Answered with [`Outcome::Parallel`].
    Parallel {
        /// At least one.
        effects: Vec<Effect>,
        /// The first one to end is enough; the others are broken off.
        any: bool,
    },
    /// An event for a logger of the service, which nobody waits for. Answered with [`Outcome::Done`].
    Emit(Box<Event>),
    /// A message for a queue or topic. Answered with [`Outcome::Delivered`].
    Deliver(Box<Event>),
    /// Count the tokens of texts. Answered with [`Outcome::TokenCount`].
    CountTokens(Box<TokenTexts>),
    /// Count tokens against limits. Answered with [`Outcome::Spent`].
    SpendTokens(Box<TokenSpend>),
    /// Look for what means the same. Answered with [`Outcome::Cached`].
    Nearest(Box<Nearest>),
    /// Keep something to be found by what it means. Answered with [`Outcome::Done`], also when there is no room for it.
    PutNearest(Box<PutNearest>),
}

impl Effect {
    /// Whether it may be done while others are: it touches nothing of the exchange.
    pub(crate) fn is_independent(&self) -> bool {
        matches!(self, Effect::Send(_) | Effect::Token(_))
    }
}

/// What a managed identity is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    /// Whom the token is for: a URL or an id.
    pub resource: Box<str>,
    /// The identity to use; `None`: that of the system.
    pub client_id: Option<Box<str>>,
}

/// Whose keys are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysRequest {
    /// URLs of OpenID configuration documents.
    pub urls: Box<[Box<str>]>,
    /// A key was not among those given: look again, if that is allowed.
    pub renew: bool,
}

/// The keys of OpenID providers.
#[derive(Debug, Clone)]
pub struct ProviderKeys {
    /// Keys and issuers of all of them.
    pub keys: Arc<KeySet>,
    /// Asking for renewal would bring nothing else now. Always so in the answer to a request for renewal.
    pub is_fresh: bool,
}

impl PartialEq for ProviderKeys {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.keys, &other.keys) && self.is_fresh == other.is_fresh
    }
}

impl Eq for ProviderKeys {}

/// An event for a logger: `log-to-eventhub` and `send-service-bus-message`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Event {
    /// The policy's element name.
    pub source: Box<str>,
    /// The logger, queue or topic.
    pub target: Box<str>,
    /// Attributes of the policy that say how it is sent.
    pub settings: Vec<(Box<str>, Box<str>)>,
    /// Names and values of properties of the message's own.
    pub properties: Vec<(Box<str>, Box<str>)>,
    /// The message.
    pub message: Vec<u8>,
}

/// A client certificate that a policy chooses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum ClientCertificate {
    /// A certificate of the service, without case.
    Id(Box<str>),
    /// The one of the service's certificates with this SHA-1 thumbprint, without case.
    Thumbprint(Box<str>),
    /// Its bytes: PFX with private key.
    Given {
        /// PFX.
        bytes: Box<[u8]>,
        /// Of the PFX; empty for none.
        password: Box<str>,
    },
}

impl std::fmt::Debug for ClientCertificate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ClientCertificate::Id(id) => write!(formatter, "Id({id})"),
            ClientCertificate::Thumbprint(thumbprint) => write!(formatter, "Thumbprint({thumbprint})"),
            ClientCertificate::Given { bytes, .. } => write!(formatter, "Given({} bytes)", bytes.len()),
        }
    }
}

/// An HTTP proxy that a policy chooses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct HttpProxy {
    /// `http://host:port`.
    pub url: Box<str>,
    /// User name and password for Basic authentication.
    pub credentials: Option<(Box<str>, Box<str>)>,
}

impl std::fmt::Debug for HttpProxy {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "HttpProxy({})", self.url)
    }
}

/// Who does what [`Effect::Lead`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lead {
    /// This request: the place is taken.
    First,
    /// Another one; the number is a different one each time that the place is taken.
    Behind(u64),
    /// It is taken, and this request has one itself: whoever it would wait for may wait for it, or be itself.
    MustNotWait,
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The backend's response is now the exchange's response.
    Forwarded,
    /// No response from the backend.
    ForwardFailed(ForwardFailure),
    /// The limits were checked and, when none was exceeded, all counters incremented.
    Counted(CountResult),
    /// The quotas were checked and, when none was exceeded, counted against.
    QuotaCounted(QuotaResult),
    /// What the cache has under a key; `None`: nothing, or nothing any more.
    Cached(Option<CacheHit>),
    /// What was asked for is done.
    Done,
    /// The response to a request of its own, or why there is none.
    Sent(Result<Box<HttpResponse>, SendFailure>),
    /// More jobs wait for threads than may: this one is not done.
    NotTaken,
    /// Whether a place was free; it is taken then.
    Acquired(bool),
    /// Whether this request is the one to do it.
    Led(Lead),
    /// The service has the message, or why not.
    Delivered(Result<(), SendFailure>),
    /// A token, or why there is none.
    Token(Result<Box<str>, SendFailure>),
    /// Keys, or why there are none.
    Keys(Result<ProviderKeys, Box<str>>),
    /// What became of each of the effects; `None`: it was broken off.
    Parallel(Vec<Option<Outcome>>),
    /// How many tokens the texts have together.
    TokenCount(u64),
    /// The limits of tokens were checked and, when none was exceeded, the tokens counted.
    Spent(TokenBalance),
}

/// A request that a policy sends (`send-request` and others).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpRequest {
    /// A token.
    pub method: Box<str>,
    /// Absolute, `http://` or `https://`; with [`backend`](HttpRequest::backend) what comes behind its base URL.
    pub url: Box<str>,
    /// Id of the backend resource to send it to.
    pub backend: Option<Box<str>>,
    /// Header lines in order; framing and `Host` follow by themselves unless `Host` is here.
    pub headers: Vec<(Box<str>, Vec<u8>)>,
    /// Body; `None` for none at all.
    pub body: Option<Vec<u8>>,
    /// Longest wait for the whole response, in milliseconds.
    pub timeout_ms: u64,
    /// The client certificate to present.
    pub certificate: Option<ClientCertificate>,
    /// The proxy to go over.
    pub proxy: Option<HttpProxy>,
    /// Nobody waits for the response.
    pub one_way: bool,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Reason phrase as received.
    pub reason: Box<str>,
    /// Header lines in order.
    pub headers: Vec<(Box<str>, Vec<u8>)>,
    /// Body, content codings undone as far as they are known.
    pub body: Vec<u8>,
}

/// Why a request of a policy got no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SendFailure {
    /// It took too long: reason `Timeout`, else `BackendConnectionFailure`.
    pub timed_out: bool,
    /// For the operator.
    pub message: Box<str>,
}

/// The attributes of `forward-request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForwardOptions {
    /// Longest wait for the response's head, in milliseconds; default 300,000.
    pub timeout_ms: u64,
    /// Longest wait for `100 Continue`, in milliseconds; `None`: the host's default.
    pub continue_timeout_ms: Option<u64>,
    /// Follow redirects of the backend instead of handing them to the caller.
    pub follow_redirects: bool,
    /// Read the whole request body before sending.
    pub buffer_request_body: bool,
    /// Read in 8 KB chunks before passing on (`true`, the default); `false` hands on every byte at once (server-sent events).
    pub buffer_response: bool,
    /// Status 400–599 is an error: `on-error` runs. Judged by the policy itself; the host needs not look.
    pub fail_on_error_status_code: bool,
}

impl Default for ForwardOptions {
    fn default() -> Self {
        ForwardOptions {
            timeout_ms: 300_000,
            continue_timeout_ms: None,
            follow_redirects: false,
            buffer_request_body: false,
            buffer_response: true,
            fail_on_error_status_code: false,
        }
    }
}

/// Why forwarding gave no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardFailure {
    /// No response head within `timeout`: reason `Timeout`.
    Timeout,
    /// Unreachable, refused, reset, unusable response, TLS: reason `BackendConnectionFailure`. The text is for the operator and for
    /// `context.LastError.Message`, never for the caller.
    Connection(String),
    /// The caller went away: reason `ClientConnectionFailure`.
    ClientGone,
    /// Anything else, stated by the host (open circuit breaker, body too large, …), with the status the caller gets.
    Other {
        /// Status of the default response.
        status: u16,
        /// Reason and message; source and place are those of the policy.
        error: LastError,
    },
}

/// Limits of one call; all are checked first, and only when none is exceeded each is incremented by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountRequest {
    /// One to three limits.
    pub limits: SmallVec<[Limit; 3]>,
}

/// At most `calls` calls in any `window_s` seconds (sliding window).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Identity of the counter: stable over restarts, configuration changes and machines.
    pub key: u128,
    /// Calls allowed in the window.
    pub calls: u64,
    /// Length of the window in seconds, 1–300.
    pub window_s: u32,
}

/// Up to `increment` calls against one limit: allowed when there was room for at least one; what does not fit is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountSome {
    /// The limit.
    pub limit: Limit,
    /// Calls to count; 0 only looks.
    pub increment: u64,
    /// The request has been answered already: nobody is refused any more.
    pub late: bool,
}

/// Quotas of one call; all are checked first, and only when none is exceeded `increment` is added to each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaRequest {
    /// One to three quotas.
    pub quotas: SmallVec<[Quota; 1]>,
    /// Calls to count; 0 only looks.
    pub increment: u64,
    /// Calls that this request has counted already against the one quota asked about: they are not held against it.
    pub counted: u64,
    /// The request has been answered already: it is counted whatever the limits say.
    pub late: bool,
}

/// At most so many calls or bytes in a fixed period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Identity of the counter: stable over restarts, configuration changes and machines.
    pub key: u128,
    /// Calls allowed in a period.
    pub calls: Option<u64>,
    /// Bytes allowed in a period.
    pub bytes: Option<u64>,
    /// Length of a period in seconds; 0: it never ends.
    pub period_s: u64,
    /// Start of the first period, in seconds since 1970; periods before it are counted backwards.
    pub start_s: i64,
}

/// Answer to a [`QuotaRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuotaResult {
    /// What is used up; `None`: the call may proceed (and has been counted).
    pub exceeded: Option<QuotaKind>,
    /// Whole seconds, rounded up, until the quota is replenished; `None`: never, or nothing is exceeded.
    pub retry_after_s: Option<u64>,
}

/// What a quota counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaKind {
    /// `calls`.
    Calls,
    /// `bandwidth`.
    Bytes,
}

/// Answer to a [`CountRequest`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountResult {
    /// Whether the call may proceed (and has been counted).
    pub allowed: bool,
    /// Least number of calls left over all limits, after this one; 0 when not allowed.
    pub remaining: u64,
    /// Whole seconds, rounded up, until a further call can succeed; 0 when allowed.
    pub retry_after_s: u32,
    /// Index in `limits` of the limit that was exceeded (the one that frees last), or that has least left.
    pub which: u8,
}
