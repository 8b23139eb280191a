//! One line per request, as APIM's self-hosted gateway writes it (`GatewayLogs`), in JSON or in its text form.
//!
//! What must hold: recording neither blocks nor (in steady state) allocates: a worker formats into a batch of its own and
//! hands full batches to the one writer thread; when that thread is behind, records are dropped and counted. Values of
//! subscription keys in query strings never reach the log.

use std::net::IpAddr;

use super::json;
use super::log_writer::Batches;
use crate::limits::{LOG_BATCH_BYTES, LOG_VALUE_BYTES_MAX};

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// One JSON object a line.
    #[default]
    Json,
    /// `[Info] time [GatewayLogs], key: value, …`, the text form of APIM's gateway.
    Text,
}

/// Which records are written, by their level: the access log's part of `telemetry.logs.std.level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum LogLevel {
    /// Every request.
    #[default]
    Info,
    /// Requests that failed: status ≥ 400.
    Warning,
    /// Requests that failed by an error: status ≥ 500, or an error during processing.
    Error,
    /// None.
    Off,
}

impl LogLevel {
    fn name(self) -> &'static str {
        match self {
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Error | Self::Off => "Error",
        }
    }
}

/// The error that ended a request's normal processing: APIM's `context.LastError`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LogError<'a> {
    /// Time into the request.
    pub elapsed_us: u64,
    pub source: &'a str,
    pub reason: &'a str,
    pub message: &'a str,
    pub section: &'a str,
    pub scope: &'a str,
    pub policy_id: &'a str,
}

/// One request, at its end. Empty strings and `None` leave their field out.
#[derive(Debug, Clone, Copy, Default)]
pub struct AccessRecord<'a> {
    /// When the request began, microseconds since 1970.
    pub unix_us: u64,
    pub total_us: u64,
    pub backend_us: u64,
    /// Time spent on the caller's I/O.
    pub client_us: u64,
    /// Printed as a GUID: `correlationId`, and `activityId` in error bodies.
    pub request_id: u128,
    pub caller_ip: Option<IpAddr>,
    /// Where the gateway is, as its configuration says; the setting `region` stands in when it says nothing.
    pub region: &'a str,
    pub method: &'a [u8],
    pub scheme: &'static str,
    pub host: &'a [u8],
    /// Path and query as received.
    pub target: &'a [u8],
    /// The status that the caller got; 0 when it got none.
    pub status: u16,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub api: &'a str,
    pub api_revision: &'a str,
    pub operation: &'a str,
    pub product: &'a str,
    pub subscription: &'a str,
    /// Of our own naming (`HTTP/1.1`), as the backend's.
    pub client_protocol: &'static str,
    pub backend_protocol: &'static str,
    pub backend_method: &'a [u8],
    /// Absolute, as sent.
    pub backend_url: &'a [u8],
    pub backend_status: Option<u16>,
    /// The query parameter that carries subscription keys: its value is masked in both URLs.
    pub key_query_name: &'a [u8],
    pub last_error: Option<LogError<'a>>,
}

impl AccessRecord<'_> {
    /// APIM counts statuses below 400 as successful.
    pub fn is_success(&self) -> bool {
        (100..400).contains(&self.status)
    }

    fn level(&self) -> LogLevel {
        match self.status {
            _ if self.last_error.is_some() => LogLevel::Error,
            100..400 => LogLevel::Info,
            400..500 => LogLevel::Warning,
            _ => LogLevel::Error,
        }
    }
}

/// A worker's end of the access log.
#[derive(Debug)]
pub struct AccessLog {
    batches: Option<Batches>,
    format: LogFormat,
    level: LogLevel,
    /// Escaped.
    region: Box<str>,
    clock: Clock,
    batch: Vec<u8>,
    records: u32,
}

impl AccessLog {
    /// A log whose records go nowhere.
    pub fn off() -> Self {
        Self::new(None, LogFormat::Json, LogLevel::Off, "")
    }

    pub(super) fn new(batches: Option<Batches>, format: LogFormat, level: LogLevel, region: &str) -> Self {
        let enabled = batches.is_some() && level != LogLevel::Off;
        let mut escaped = Vec::new();
        json::escaped(&mut escaped, region.as_bytes());
        let region = String::from_utf8_lossy(&escaped).into();
        // Room for the record that makes the batch full, so that the buffer does not grow in normal operation.
        let capacity = if enabled { LOG_BATCH_BYTES + LOG_VALUE_BYTES_MAX } else { 0 };
        Self {
            batches: batches.filter(|_| enabled),
            format,
            level,
            region,
            clock: Clock::default(),
            batch: Vec::with_capacity(capacity),
            records: 0,
        }
    }

    /// Whether records are written at all: a caller may save itself the work of filling one.
    #[inline]
    pub fn enabled(&self) -> bool {
        self.batches.is_some()
    }

    /// Adds one request to the batch; hands the batch over when it is full.
    pub fn record(&mut self, record: &AccessRecord<'_>) {
        let level = record.level();
        if self.batches.is_none() || level < self.level {
            return;
        }
        let out = &mut self.batch;
        match self.format {
            LogFormat::Json => write_line(&mut Line::<true> { out }, record, level, &self.region, &mut self.clock),
            LogFormat::Text => write_line(&mut Line::<false> { out }, record, level, &self.region, &mut self.clock),
        }
        self.records += 1;
        if self.batch.len() >= LOG_BATCH_BYTES {
            self.flush();
        }
    }

    /// Hands over what has been recorded. To be called regularly, so that the last records before a pause get out.
    pub fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        if let Some(batches) = &self.batches {
            batches.hand_over(&mut self.batch, self.records);
        }
        self.batch.clear();
        self.records = 0;
    }
}

impl Drop for AccessLog {
    fn drop(&mut self) {
        self.flush();
    }
}

/// The date and time of the current second as text: formatting it is the dearest part of a record, and it changes once a
/// second.
#[derive(Debug, Default)]
struct Clock {
    second: u64,
    text: Vec<u8>,
}

impl Clock {
    /// `2025-01-24T09:45:41.035Z`
    #[inline]
    fn write(&mut self, out: &mut Vec<u8>, unix_us: u64) {
        let second = unix_us / 1_000_000;
        if second != self.second || self.text.is_empty() {
            self.set(second);
        }
        out.extend_from_slice(&self.text);
        json::padded(out, unix_us % 1_000_000 / 1_000, 3);
        out.push(b'Z');
    }

    #[cold]
    fn set(&mut self, second: u64) {
        self.second = second;
        self.text.clear();
        let time = i64::try_from(second).ok().and_then(|unix| time::OffsetDateTime::from_unix_timestamp(unix).ok());
        let time = time.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        json::padded(&mut self.text, u64::from(time.year().unsigned_abs()), 4);
        for (separator, part) in [
            (b'-', u8::from(time.month())),
            (b'-', time.day()),
            (b'T', time.hour()),
            (b':', time.minute()),
            (b':', time.second()),
        ] {
            self.text.push(separator);
            json::padded(&mut self.text, u64::from(part), 2);
        }
        self.text.push(b'.');
    }
}

/// Writes keys and values in one of the two forms. The form is a type parameter and keys are constants, so that each key
/// is a few stores of known size: with calls for every piece, a record took three times as long.
struct Line<'b, const JSON: bool> {
    out: &'b mut Vec<u8>,
}

/// What stands before a value, in both forms. `key!(first …)` opens an object.
macro_rules! key {
    ($name:literal) => {
        (concat!(",\"", $name, "\":").as_bytes(), concat!(", ", $name, ": ").as_bytes())
    };
    (first $name:literal) => {
        (concat!("{\"", $name, "\":").as_bytes(), concat!("{", $name, ": ").as_bytes())
    };
}

type Key = (&'static [u8], &'static [u8]);

impl<const JSON: bool> Line<'_, JSON> {
    #[inline(always)]
    fn key(&mut self, key: Key) {
        self.out.extend_from_slice(if JSON { key.0 } else { key.1 });
    }

    #[inline(always)]
    fn raw(&mut self, key: Key, value: &'static [u8]) {
        self.key(key);
        self.out.extend_from_slice(value);
    }

    #[inline(always)]
    fn number(&mut self, key: Key, value: u64) {
        self.key(key);
        json::number(self.out, value);
    }

    /// A value of our own: nothing in it needs escaping.
    #[inline(always)]
    fn word(&mut self, key: Key, value: &str) {
        if value.is_empty() {
            return;
        }
        self.key(key);
        self.out.push(b'"');
        self.out.extend_from_slice(value.as_bytes());
        self.out.push(b'"');
    }

    #[inline(always)]
    fn text(&mut self, key: Key, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        self.key(key);
        self.out.push(b'"');
        self.value(value);
        self.out.push(b'"');
    }

    /// The inside of a string, cut at the bound.
    #[inline]
    fn value(&mut self, value: &[u8]) {
        match value.get(..LOG_VALUE_BYTES_MAX) {
            Some(cut) if cut.len() < value.len() => {
                json::escaped(self.out, cut);
                self.out.extend_from_slice("…".as_bytes());
            }
            _ => json::escaped(self.out, value),
        }
    }

    /// The inside of a string: a URL, or the end of one, with the value of the key parameter masked.
    #[inline]
    fn url(&mut self, url: &[u8], key_name: &[u8]) {
        let query = if key_name.is_empty() { None } else { memchr::memchr(b'?', url) };
        match query.map(|at| url.split_at(at + 1)) {
            Some((path, query)) if path.len() < LOG_VALUE_BYTES_MAX => self.masked(path, query, key_name),
            _ => self.value(url),
        }
    }

    fn masked(&mut self, path: &[u8], query: &[u8], key_name: &[u8]) {
        json::escaped(self.out, path);
        let mut left = LOG_VALUE_BYTES_MAX - path.len();
        for (index, pair) in query.split(|&byte| byte == b'&').enumerate() {
            if index > 0 {
                self.out.push(b'&');
            }
            let name = pair.split(|&byte| byte == b'=').next().unwrap_or_default();
            let secret = name.len() < pair.len() && same_name(name, key_name);
            let shown = if secret { name } else { pair };
            json::escaped(self.out, shown.get(..left).unwrap_or(shown));
            if shown.len() >= left {
                self.out.extend_from_slice("…".as_bytes());
                return;
            }
            left -= shown.len();
            if secret {
                self.out.extend_from_slice(b"=***");
            }
        }
    }
}

/// Whether a query parameter's name, percent-encoded as it may be, is `name`; case does not matter.
fn same_name(encoded: &[u8], name: &[u8]) -> bool {
    let mut rest = encoded;
    let mut expected = name.iter();
    loop {
        let byte = match rest {
            [] => return expected.next().is_none(),
            [b'%', high, low, tail @ ..] => {
                let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                let (Some(high), Some(low)) = (digit(*high), digit(*low)) else { return false };
                rest = tail;
                high << 4 | low
            }
            [byte, tail @ ..] => {
                rest = tail;
                *byte
            }
        };
        if !expected.next().is_some_and(|expected| expected.eq_ignore_ascii_case(&byte)) {
            return false;
        }
    }
}

fn write_line<const JSON: bool>(
    line: &mut Line<'_, JSON>,
    record: &AccessRecord<'_>,
    level: LogLevel,
    region: &str,
    clock: &mut Clock,
) {
    if JSON {
        line.out.extend_from_slice(b"{\"level\":\"");
        line.out.extend_from_slice(level.name().as_bytes());
        line.out.extend_from_slice(b"\",\"timeGenerated\":\"");
        clock.write(line.out, record.unix_us);
        line.out.extend_from_slice(b"\",\"category\":\"GatewayLogs\"");
    } else {
        line.out.push(b'[');
        line.out.extend_from_slice(level.name().as_bytes());
        line.out.extend_from_slice(b"] ");
        clock.write(line.out, record.unix_us);
        line.out.extend_from_slice(b" [GatewayLogs]");
    }
    write_request(line, record, region);
    write_configuration(line, record);
    write_backend(line, record);
    if let Some(error) = &record.last_error {
        write_error(line, error);
    }
    line.out.extend_from_slice(if JSON { b"}\n" } else { b"\n" });
}

fn write_request<const JSON: bool>(line: &mut Line<'_, JSON>, record: &AccessRecord<'_>, region: &str) {
    line.raw(key!("isRequestSuccess"), if record.is_success() { b"true" } else { b"false" });
    line.number(key!("totalTime"), record.total_us / 1_000);
    if let Some(ip) = record.caller_ip {
        line.key(key!("callerIpAddress"));
        line.out.push(b'"');
        json::address(line.out, ip);
        line.out.push(b'"');
    }
    match record.region {
        "" => line.word(key!("region"), region),
        region => line.text(key!("region"), region.as_bytes()),
    }
    line.key(key!("correlationId"));
    json::guid(line.out, record.request_id);
    line.text(key!("method"), record.method);
    if !record.target.is_empty() {
        line.key(key!("url"));
        line.out.push(b'"');
        line.out.extend_from_slice(record.scheme.as_bytes());
        line.out.extend_from_slice(b"://");
        line.value(record.host);
        line.url(record.target, record.key_query_name);
        line.out.push(b'"');
    }
    line.number(key!("responseCode"), u64::from(record.status));
    line.number(key!("requestSize"), record.request_bytes);
    line.number(key!("responseSize"), record.response_bytes);
    line.raw(key!("cache"), b"\"none\"");
    line.number(key!("clientTime"), record.client_us / 1_000);
    line.word(key!("clientProtocol"), record.client_protocol);
}

fn write_configuration<const JSON: bool>(line: &mut Line<'_, JSON>, record: &AccessRecord<'_>) {
    line.text(key!("apiId"), record.api.as_bytes());
    line.text(key!("apiRevision"), record.api_revision.as_bytes());
    line.text(key!("operationId"), record.operation.as_bytes());
    line.text(key!("productId"), record.product.as_bytes());
    line.text(key!("apimSubscriptionId"), record.subscription.as_bytes());
}

fn write_backend<const JSON: bool>(line: &mut Line<'_, JSON>, record: &AccessRecord<'_>) {
    if record.backend_url.is_empty() {
        return;
    }
    line.number(key!("backendTime"), record.backend_us / 1_000);
    line.text(key!("backendMethod"), record.backend_method);
    line.key(key!("backendUrl"));
    line.out.push(b'"');
    line.url(record.backend_url, record.key_query_name);
    line.out.push(b'"');
    line.word(key!("backendProtocol"), record.backend_protocol);
    if let Some(status) = record.backend_status {
        line.number(key!("backendResponseCode"), u64::from(status));
    }
}

#[cold]
fn write_error<const JSON: bool>(line: &mut Line<'_, JSON>, error: &LogError<'_>) {
    line.key(key!("lastError"));
    line.number(key!(first "elapsed"), error.elapsed_us / 1_000);
    line.text(key!("source"), error.source.as_bytes());
    line.text(key!("reason"), error.reason.as_bytes());
    line.text(key!("message"), error.message.as_bytes());
    line.text(key!("section"), error.section.as_bytes());
    line.text(key!("scope"), error.scope.as_bytes());
    line.text(key!("policyId"), error.policy_id.as_bytes());
    line.out.push(b'}');
}

#[cfg(test)]
mod tests;
