//! Every bound of the gateway's control side, and the defaults of what an operator may bound: one name, one number, one reason.
//!
//! What must hold: nothing that grows with foreign input is without a line here. Relations between limits are checked
//! at compile time below.

use std::time::Duration;

// ---- defaults of `limits.*` settings (see `settings::RequestLimits`) ----

/// A caller that needs longer than this for one request head is stuck or hostile (slow-loris).
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// A TLS handshake is a few messages of a program, not of a person; one that takes longer only holds its place.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Longer than the idle limit of common load balancers in front (60 s), so that they close first and no request is lost.
pub const KEEP_ALIVE_TIMEOUT: Duration = Duration::from_secs(75);
/// No byte of a body moved for this long: the caller is gone, whatever its socket says.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(60);
/// A backend that does not accept within this time is down; three SYNs have been sent by then.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Shorter than the keep-alive limit of common servers (nginx 75 s), so that we close first.
pub const UPSTREAM_IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// Idle connections one worker keeps to one backend address: enough for a thousand concurrent requests on a core.
pub const UPSTREAM_IDLE_PER_ADDRESS: usize = 1024;
/// Idle connections that one system call looks at before they are taken: about as many requests as a worker has in one turn of its loop.
pub const UPSTREAMS_PER_LOOK: usize = 16;
/// How long such a look is believed: a turn of the loop under load, so that requests of one turn share it.
pub const UPSTREAM_LOOK_VALID: Duration = Duration::from_micros(300);
/// Open callers' connections per worker: two descriptors each (with the upstream one) stay below a limit of 131,072.
pub const CONNECTIONS_MAX: usize = 65_536;
/// RFC 9112 section 3 asks for at least 8,000 bytes.
pub const LINE_BYTES_MAX: usize = 8 * 1024;
/// Four lines of full length; large cookies and tokens fit, memory per stuck connection stays small.
pub const HEAD_BYTES_MAX: usize = 32 * 1024;
/// As many as Apache and nginx accept in practice.
pub const HEADER_COUNT_MAX: usize = 100;
/// APIM's bound for bodies that a policy makes the gateway hold in memory.
pub const BUFFERED_BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
/// Time that requests under way get after SIGTERM; below systemd's default of 90 s before it kills.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(30);

// ---- settings ----

/// A settings file is written by hand; past this size it is another file given by mistake.
pub const SETTINGS_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// One thread per core; no machine has more, and a typo must not start a million threads.
pub const WORKERS_MAX: usize = 1024;
/// Timeouts past a day are typing errors (and stay far from overflow when added to a clock).
pub const TIMEOUT_MAX: Duration = Duration::from_secs(24 * 3600);

// ---- workers and their supervision ----

/// Longest time between two beats of a healthy worker's [`crate::worker::Heartbeat`].
pub const HEARTBEAT: Duration = Duration::from_secs(1);
/// A worker without a beat for this long is reported as stuck, and systemd's watchdog gets no more pings.
pub const WORKER_STUCK: Duration = Duration::from_secs(5);
/// A worker has to say within this time whether it could start; building a ring takes milliseconds.
pub const WORKER_START: Duration = Duration::from_secs(10);
/// Wait before the first restart of a worker that died: none would hide a crash loop at full speed.
pub const RESTART_BACKOFF_MIN: Duration = Duration::from_millis(10);
/// Wait between restarts of a worker that dies again and again.
pub const RESTART_BACKOFF_MAX: Duration = Duration::from_secs(5);
/// A worker that lived this long starts again at the smallest wait.
pub const RESTART_BACKOFF_RESET: Duration = Duration::from_secs(60);
/// How often the supervisor looks at heartbeats and pings systemd when no event wakes it.
pub const SUPERVISOR_TICK: Duration = Duration::from_millis(500);
/// After the drain deadline, workers get this long to return before the process exits without them.
pub const DRAIN_GRACE: Duration = Duration::from_secs(1);
/// How long a start waits for its port: a killed predecessor's rings are gone within tens of milliseconds.
pub const BIND_PATIENCE: Duration = Duration::from_secs(2);
/// Pause between two looks whether the port is free.
pub const BIND_RETRY: Duration = Duration::from_millis(20);
/// Pending connections the kernel keeps per listener (it caps the number at net.core.somaxconn).
pub const LISTEN_BACKLOG: i32 = 4096;

/// Sockets that a worker goes through at each tick in search of callers that are gone: a fraction of a millisecond, and all 131,072 twice within seven
/// seconds.
pub const LOOKED_AT_PER_TICK: usize = 4096;
/// How long `on-error` may take for a caller that is gone: its policies may log, but nobody waits for what they do.
pub const LAST_WORDS: Duration = Duration::from_secs(5);

// ---- control socket ----

/// An agent must say hello within this time, else the place is freed for the next one.
pub const AGENT_HELLO: Duration = Duration::from_secs(5);
/// A write to the agent that blocks this long means that it hangs.
pub const AGENT_WRITE: Duration = Duration::from_secs(10);
/// How often statistics and health go to the agent.
pub const AGENT_REPORT: Duration = Duration::from_secs(5);
/// How long a commit waits for every worker to serve it before it is acknowledged with a warning.
pub const APPLY_WAIT: Duration = Duration::from_secs(10);
/// Bytes read from the agent's socket at once: one system call per large part.
pub const AGENT_READ_BYTES: usize = 64 * 1024;
/// Diagnostics kept and reported of one generation: past this the operator has one problem, not a thousand.
pub const DIAGNOSTICS_MAX: usize = 1000;

// ---- observation ----

/// APIs with a series of their own in the metrics; later ones are counted together as `_other`.
pub const SERIES_APIS_MAX: usize = 1_000;
/// Operations with a series of their own; later ones are counted together as operation `_other` of their API.
pub const SERIES_OPERATIONS_MAX: usize = 10_000;
/// Access-log bytes a worker collects before it hands them over: about 100 records, one channel operation.
pub const LOG_BATCH_BYTES: usize = 64 * 1024;
/// Batches in flight to the log writer over all workers (16 MiB at most); past it records are dropped and counted.
pub const LOG_BATCHES_MAX: usize = 128;
/// How long the end of a full batch waits in the log writer for the rest of its block: a batch comes at every tick if there is anything to write.
pub const LOG_HELD_MAX: Duration = Duration::from_millis(200);
/// Bytes of one foreign value (URL, error message) that an access-log record shows; the rest is cut.
pub const LOG_VALUE_BYTES_MAX: usize = 4 * 1024;

/// Combinations of dimensions of `emit-metric` with a series of their own; values of later ones are dropped and counted.
pub const EMITTED_SERIES_MAX: usize = 10_000;
/// Characters of a name or value of `emit-metric` that are kept: dimensions come from requests.
pub const EMITTED_VALUE_CHARS_MAX: usize = 256;

// ---- services of policies ----

/// Default of `cache.bytes-max`: thirty responses of the greatest length (2 MiB), or a hundred thousand tokens.
pub const CACHE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Calls one request may count as for `rate-limit-by-key`: 20 ms of work for the worker.
pub const INCREMENT_MAX: u64 = 1 << 20;
/// Keys of `llm-token-limit` whose tokens of the last minute are counted: about 150 bytes each, and 16 for each request of that minute at most.
/// A further key is not counted, and a warning says so.
pub const TOKEN_KEYS_MAX: usize = 1 << 20;
/// Counters of quotas at one time, about 100 bytes each; calls of further keys are not counted.
pub const QUOTA_KEYS_MAX: usize = 4 << 20;
/// Requests of `send-one-way-request` under way on one worker, each with a connection of its own: as many as a worker keeps idle to one address.
pub const ONE_WAY_MAX: usize = 1024;
/// All workers together use up no more than one in so many of the files that the process may open: callers and backends need most of them.
pub const ONE_WAY_FILES_SHARE: u64 = 4;
/// Bytes of a response that nobody waits for which are read and thrown away, so that its connection can be used again: what arrives with or right
/// behind a head. A new connection costs less than more of them.
pub const UNWANTED_BYTES_MAX: usize = 16 * 1024;
/// How long those are waited for; the request keeps its place meanwhile.
pub const UNWANTED_WAIT: Duration = Duration::from_secs(1);
/// Bytes of their bodies: eight of the largest that a policy can hold.
pub const ONE_WAY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Events of loggers that one worker holds until they are delivered, and their bytes: some seconds of a busy gateway while its hub is away.
pub const EVENT_QUEUE_MAX: usize = 10_000;
/// Bytes of the above.
pub const EVENT_QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A single logger leaves one in so many of these events and bytes to the others, whose hubs may be there when its own is away.
pub const EVENT_QUEUE_RESERVE: usize = 4;
/// Partitions that events of one logger leave for at the same time, each over a connection of its own: enough for the 32 partitions of a hub, and a
/// partition key with a thousand values takes not a thousand connections.
pub const EVENT_LANES_PER_TARGET_MAX: usize = 32;
/// The same of all loggers: two that hang. Past it each logger still has one.
pub const EVENT_LANES_MAX: usize = 64;
/// How often it is told what was dropped: a flood of it must not become a flood of warnings.
pub const DROPPED_TOLD_EVERY: Duration = Duration::from_secs(10);
/// Loggers and hosts that are told by their name then; requests may name any number of hosts.
pub const DROPPED_NAMES_MAX: usize = 8;
/// Events that leave in one request.
pub const EVENT_BATCH_MAX: usize = 100;
/// Bytes of messages in one request of several; with its frame it stays below the 256 KB of the smallest tier unless most of it is escaped.
pub const EVENT_BATCH_BYTES_MAX: usize = 200 * 1024;
/// Longest that a request waits for a message of its own to be taken, in seconds, all attempts together: its caller waits too.
pub const DELIVERY_SECONDS_MAX: u64 = 60;
/// Times that an event is sent before it counts as lost.
pub const EVENT_ATTEMPTS_MAX: u32 = 4;
/// How often counters of quotas are saved: a crash loses no more than what was counted within this time.
pub const QUOTA_SAVE: Duration = Duration::from_secs(1);
/// How long the end of the process waits for the last save.
pub const QUOTA_FINISH: Duration = Duration::from_secs(5);

// ---- operator listener ----

/// Head and body of one operator request; its requests have no bodies.
pub const OPERATOR_REQUEST_BYTES_MAX: usize = 16 * 1024;
/// Connections to the operator listener at one time: scrapers and probes are few.
pub const OPERATOR_CONNECTIONS_MAX: usize = 64;
/// Longest silence of a connection to the operator listener: scrapers come back within a minute, and may keep theirs.
pub const OPERATOR_IDLE: Duration = Duration::from_secs(75);
/// A scraper has this long to take one answer.
pub const OPERATOR_WRITE: Duration = Duration::from_secs(30);

const _: () = assert!(EVENT_LANES_PER_TARGET_MAX < EVENT_LANES_MAX, "one logger never holds all connections");
const _: () = assert!(RESTART_BACKOFF_MIN.as_millis() < RESTART_BACKOFF_MAX.as_millis());
const _: () = assert!(HEARTBEAT.as_millis() * 2 < WORKER_STUCK.as_millis(), "one late beat is not a stuck worker");
const _: () = assert!(LINE_BYTES_MAX <= HEAD_BYTES_MAX);
const _: () = assert!(SERIES_APIS_MAX <= SERIES_OPERATIONS_MAX);
const _: () = assert!(LOG_VALUE_BYTES_MAX * 6 <= LOG_BATCH_BYTES, "a value may grow six-fold when escaped");
