//! One line per request, as APIM's self-hosted gateway writes it (`GatewayLogs`), in JSON or in its text form.
//!
//! What must hold: recording neither blocks nor (in steady state) allocates: a worker formats into a batch of its own and
//! hands full batches to the one writer thread; when that thread is behind, records are dropped and counted. Values of
//! subscription keys in query strings never reach the log.

use postern_http::Version;

use super::json;
use super::log_writer::Batches;
use crate::limits::{LOG_BATCH_BYTES, LOG_VALUE_BYTES_MAX};
use crate::snapshot::Scheme;

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
    /// As text.
    pub caller_ip: &'a [u8],
    /// Where the gateway is, as its configuration says; the setting `region` stands in when it says nothing.
    pub region: &'a str,
    pub method: &'a [u8],
    pub scheme: Scheme,
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
    /// These three as [`names_in_json`] wrote them once for all requests; empty: from the fields themselves.
    pub names_in_json: &'a [u8],
    pub product: &'a str,
    pub subscription: &'a str,
    pub client_protocol: Option<Version>,
    pub backend_protocol: Option<Version>,
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

/// The date and time of the current millisecond as text: formatting it is the dearest part of a record, and many records share it.
#[derive(Debug)]
struct Clock {
    unix_ms: u64,
    text: [u8; 24],
}

impl Default for Clock {
    fn default() -> Self {
        Self { unix_ms: 0, text: *b"1970-01-01T00:00:00.000Z" }
    }
}

impl Clock {
    /// `2025-01-24T09:45:41.035Z`
    #[inline]
    fn text(&mut self, unix_us: u64) -> &[u8; 24] {
        let unix_ms = unix_us / 1_000;
        if unix_ms != self.unix_ms {
            self.set(unix_ms);
        }
        &self.text
    }

    #[cold]
    fn set(&mut self, unix_ms: u64) {
        let second = unix_ms / 1_000;
        if second != self.unix_ms / 1_000 {
            self.set_second(second);
        }
        json::padded(&mut self.text[20..23], unix_ms % 1_000);
        self.unix_ms = unix_ms;
    }

    fn set_second(&mut self, second: u64) {
        let time = i64::try_from(second).ok().and_then(|unix| time::OffsetDateTime::from_unix_timestamp(unix).ok());
        let time = time.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
        json::padded(&mut self.text[..4], u64::from(time.year().unsigned_abs()));
        for (place, part) in
            [(5, u8::from(time.month())), (8, time.day()), (11, time.hour()), (14, time.minute()), (17, time.second())]
        {
            json::padded(&mut self.text[place..place + 2], u64::from(part));
        }
    }
}

/// The names of what was configured as they stand in a line of JSON: always the same for an operation, so they are made with it.
pub fn names_in_json(api: &str, api_revision: &str, operation: &str) -> Box<[u8]> {
    let mut out = Vec::new();
    write_names(&mut Line::<true> { out: &mut out }, api, api_revision, operation);
    out.into()
}

/// Writes keys and values in one of the two forms. The form is a type parameter and keys are constants, so that each key
/// is a few stores of known size: with calls for every piece, a record took three times as long.
struct Line<'b, const JSON: bool> {
    out: &'b mut Vec<u8>,
}

/// A constant part of a line, in both forms.
type Piece = (&'static [u8], &'static [u8]);

/// What stands before a value, or both where the value is known too. `key!(text …)` opens the value's quotes too, `key!(first …)` opens an object.
macro_rules! key {
    ($name:literal) => {
        (concat!(",\"", $name, "\":").as_bytes(), concat!(", ", $name, ": ").as_bytes())
    };
    ($name:literal $value:literal) => {
        (concat!(",\"", $name, "\":\"", $value, "\"").as_bytes(), concat!(", ", $name, ": \"", $value, "\"").as_bytes())
    };
    (text $name:literal) => {
        (concat!(",\"", $name, "\":\"").as_bytes(), concat!(", ", $name, ": \"").as_bytes())
    };
    (first $name:literal) => {
        (concat!("{\"", $name, "\":").as_bytes(), concat!("{", $name, ": ").as_bytes())
    };
}

impl<const JSON: bool> Line<'_, JSON> {
    #[inline(always)]
    fn piece(&mut self, piece: Piece) {
        self.out.extend_from_slice(if JSON { piece.0 } else { piece.1 });
    }

    #[inline(always)]
    fn number(&mut self, key: Piece, value: u64) {
        self.piece(key);
        json::number(self.out, value);
    }

    /// A value of our own: nothing in it needs escaping.
    #[inline(always)]
    fn word(&mut self, key: Piece, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        self.piece(key);
        self.out.extend_from_slice(value);
        self.out.push(b'"');
    }

    #[inline(always)]
    fn text(&mut self, key: Piece, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        self.piece(key);
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
        if url.len() <= LOG_VALUE_BYTES_MAX && json::is_plain_without_query(url) {
            self.out.extend_from_slice(url);
        } else {
            self.url_with_query(url, key_name);
        }
    }

    fn url_with_query(&mut self, url: &[u8], key_name: &[u8]) {
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
    match level {
        LogLevel::Info => line.piece((b"{\"level\":\"Info\",\"timeGenerated\":\"", b"[Info] ")),
        LogLevel::Warning => line.piece((b"{\"level\":\"Warning\",\"timeGenerated\":\"", b"[Warning] ")),
        LogLevel::Error | LogLevel::Off => line.piece((b"{\"level\":\"Error\",\"timeGenerated\":\"", b"[Error] ")),
    }
    line.out.extend_from_slice(clock.text(record.unix_us));
    if record.is_success() {
        line.piece((
            b"\",\"category\":\"GatewayLogs\",\"isRequestSuccess\":true",
            b" [GatewayLogs], isRequestSuccess: true",
        ));
    } else {
        line.piece((
            b"\",\"category\":\"GatewayLogs\",\"isRequestSuccess\":false",
            b" [GatewayLogs], isRequestSuccess: false",
        ));
    }
    write_request(line, record, region);
    if JSON && !record.names_in_json.is_empty() {
        line.out.extend_from_slice(record.names_in_json);
    } else {
        write_names(line, record.api, record.api_revision, record.operation);
    }
    line.text(key!(text "productId"), record.product.as_bytes());
    line.text(key!(text "apimSubscriptionId"), record.subscription.as_bytes());
    write_backend(line, record);
    if let Some(error) = &record.last_error {
        write_error(line, error);
    }
    line.piece((b"}\n", b"\n"));
}

fn write_request<const JSON: bool>(line: &mut Line<'_, JSON>, record: &AccessRecord<'_>, region: &str) {
    line.number(key!("totalTime"), record.total_us / 1_000);
    line.word(key!(text "callerIpAddress"), record.caller_ip);
    match record.region {
        "" => line.word(key!(text "region"), region.as_bytes()),
        region => line.text(key!(text "region"), region.as_bytes()),
    }
    line.piece(key!(text "correlationId"));
    json::guid(line.out, record.request_id);
    line.out.push(b'"');
    line.text(key!(text "method"), record.method);
    if !record.target.is_empty() {
        match record.scheme {
            Scheme::Http => line.piece((b",\"url\":\"http://", b", url: \"http://")),
            Scheme::Https => line.piece((b",\"url\":\"https://", b", url: \"https://")),
        }
        line.value(record.host);
        line.url(record.target, record.key_query_name);
        line.out.push(b'"');
    }
    line.number(key!("responseCode"), u64::from(record.status));
    line.number(key!("requestSize"), record.request_bytes);
    line.number(key!("responseSize"), record.response_bytes);
    line.piece(key!("cache" "none"));
    line.number(key!("clientTime"), record.client_us / 1_000);
    match record.client_protocol {
        Some(Version::Http11) => line.piece(key!("clientProtocol" "HTTP/1.1")),
        Some(Version::Http10) => line.piece(key!("clientProtocol" "HTTP/1.0")),
        None => {}
    }
}

fn write_names<const JSON: bool>(line: &mut Line<'_, JSON>, api: &str, api_revision: &str, operation: &str) {
    line.text(key!(text "apiId"), api.as_bytes());
    line.text(key!(text "apiRevision"), api_revision.as_bytes());
    line.text(key!(text "operationId"), operation.as_bytes());
}

fn write_backend<const JSON: bool>(line: &mut Line<'_, JSON>, record: &AccessRecord<'_>) {
    if record.backend_url.is_empty() {
        return;
    }
    line.number(key!("backendTime"), record.backend_us / 1_000);
    line.text(key!(text "backendMethod"), record.backend_method);
    line.piece(key!(text "backendUrl"));
    line.url(record.backend_url, record.key_query_name);
    line.out.push(b'"');
    match record.backend_protocol {
        Some(Version::Http11) => line.piece(key!("backendProtocol" "HTTP/1.1")),
        Some(Version::Http10) => line.piece(key!("backendProtocol" "HTTP/1.0")),
        None => {}
    }
    if let Some(status) = record.backend_status {
        line.number(key!("backendResponseCode"), u64::from(status));
    }
}

#[cold]
fn write_error<const JSON: bool>(line: &mut Line<'_, JSON>, error: &LogError<'_>) {
    line.piece(key!("lastError"));
    line.number(key!(first "elapsed"), error.elapsed_us / 1_000);
    line.text(key!(text "source"), error.source.as_bytes());
    line.text(key!(text "reason"), error.reason.as_bytes());
    line.text(key!(text "message"), error.message.as_bytes());
    line.text(key!(text "section"), error.section.as_bytes());
    line.text(key!(text "scope"), error.scope.as_bytes());
    line.text(key!(text "policyId"), error.policy_id.as_bytes());
    line.out.push(b'}');
}

#[cfg(test)]
mod tests;
