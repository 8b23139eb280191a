//! The numbers of one worker.
//!
//! What must hold: a worker is the only writer of its numbers, so that counting is a plain load, add and store (relaxed
//! atomics, no locked instruction, no line shared with another writer); whoever scrapes reads them from another thread
//! and merges. Memory is bounded by [`super::series`] and taken in chunks when a series is first used.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use super::series::{API_PLACES, OPERATION_PLACES, SeriesId};
use crate::worker::Driver;

/// How a request ended, as one word; the label `outcome`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The backend's response went to the caller.
    Forwarded,
    /// The gateway answered because a policy said so, or for itself: mock, return-response, preflight, status.
    Local,
    /// Access, ip-filter, rate-limit, check-header or the like turned the request away.
    Rejected,
    /// No API or operation matched.
    NotFound,
    /// Malformed, too slow, or gone before the end.
    ClientError,
    /// The backend could not be reached, timed out or broke off.
    BackendError,
    /// A policy failed, or the gateway itself, or it has no configuration.
    GatewayError,
}

impl Outcome {
    pub const ALL: [Self; 7] = [
        Self::Forwarded,
        Self::Local,
        Self::Rejected,
        Self::NotFound,
        Self::ClientError,
        Self::BackendError,
        Self::GatewayError,
    ];

    /// The value of the label `outcome`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forwarded => "forwarded",
            Self::Local => "local",
            Self::Rejected => "rejected",
            Self::NotFound => "not_found",
            Self::ClientError => "client_error",
            Self::BackendError => "backend_error",
            Self::GatewayError => "gateway_error",
        }
    }
}

/// Status classes; anything outside 100..=599 counts as 5xx.
pub const STATUS_CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Plain event counts of a worker; `COUNTERS` in [`super::exposition`] gives each its metric name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Counter {
    /// Callers' connections accepted.
    ConnectionsAccepted,
    /// Callers' connections ended, for whatever reason.
    ConnectionsClosed,
    /// `accept` failed (descriptor limit, for example).
    AcceptErrors,
    /// Connections closed at once because `limits.connections-max` were open.
    ConnectionsRefused,
    /// TLS handshakes of callers that came to their end.
    HandshakesCompleted,
    /// TLS handshakes of callers that failed or took too long.
    HandshakesFailed,
    /// Bytes read from callers.
    BytesReceived,
    /// Bytes written to callers.
    BytesSent,
    /// Connections to backends established.
    UpstreamConnects,
    /// Connections to backends that could not be established.
    UpstreamConnectErrors,
    /// Requests sent on a pooled connection.
    UpstreamReuses,
    /// Requests sent again because a reused connection died before the first response byte.
    UpstreamRetries,
    /// Connections to backends ended.
    UpstreamClosed,
    /// Bytes read from backends.
    UpstreamBytesReceived,
    /// Bytes written to backends.
    UpstreamBytesSent,
    /// Connection tasks that panicked and were caught.
    Panics,
    /// Requests ended by one of our time limits.
    RequestTimeouts,
    /// Requests refused as malformed.
    ProtocolErrors,
    /// Requests whose caller went away before it had its response.
    RequestsAborted,
    /// Read operations on sockets: with `IoWrites` the I/O budget of a request.
    IoReads,
    /// Write operations on sockets.
    IoWrites,
    /// Look-ups in the cache that found something.
    CacheHits,
    /// Look-ups in the cache that found nothing.
    CacheMisses,
    /// Entries of the cache driven out by others.
    CacheEvictions,
    /// Requests refused because a quota was used up.
    QuotaRejections,
    /// Events of loggers delivered.
    EventsSent,
    /// Events of loggers that found no room, could not be delivered, or were given up as the worker ended.
    EventsDropped,
    /// Requests of `send-one-way-request` for which there was no room, or that were given up as the worker ended.
    OneWayDropped,
}

const COUNTER_COUNT: usize = Counter::OneWayDropped as usize + 1;

/// One request, at its end.
#[derive(Debug, Clone, Copy)]
pub struct RequestSample {
    pub series: SeriesId,
    /// The status the caller got; 0 when it got none.
    pub status: u16,
    pub outcome: Outcome,
    /// First byte of the request read → last byte of the response written.
    pub total_us: u64,
    /// All work with the backend; `None` when none was called.
    pub backend_us: Option<u64>,
}

/// Upper bounds of the duration buckets in microseconds; APIM's own bounds from 5 ms up to 10 s are among them.
pub const DURATION_BUCKETS_US: [u64; 20] = [
    50,
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
];

/// A number with one writer.
#[derive(Debug, Default)]
struct Cell(AtomicU64);

impl Cell {
    #[inline]
    fn add(&self, n: u64) {
        // One writer: no other store can come between load and store.
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(n), Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts of durations by bucket, and their sum.
#[derive(Debug, Default)]
struct Durations {
    buckets: [Cell; DURATION_BUCKETS_US.len() + 1],
    sum_us: Cell,
}

impl Durations {
    #[inline]
    fn record(&self, us: u64) {
        let bucket = DURATION_BUCKETS_US.partition_point(|&bound| bound < us);
        if let Some(cell) = self.buckets.get(bucket) {
            cell.add(1);
        }
        self.sum_us.add(us);
    }

    fn merge_into(&self, sum: &mut DurationSum) {
        for (total, cell) in sum.buckets.iter_mut().zip(&self.buckets) {
            *total += cell.value();
        }
        sum.sum_us += self.sum_us.value();
    }
}

/// A duration histogram added up over workers. `buckets` are not cumulative; the last one is past every bound.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DurationSum {
    pub buckets: [u64; DURATION_BUCKETS_US.len() + 1],
    pub sum_us: u64,
}

#[derive(Debug, Default)]
struct ApiCells {
    total: Durations,
    backend: Durations,
    gateway: Durations,
    rate_limited: Cell,
}

/// An API's numbers added up over workers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiSum {
    pub total: DurationSum,
    pub backend: DurationSum,
    pub gateway: DurationSum,
    pub rate_limited: u64,
}

/// Requests of one operation: `[status class][outcome]`.
pub type RequestCounts = [[u64; Outcome::ALL.len()]; STATUS_CLASSES.len()];

type RequestCells = [[Cell; Outcome::ALL.len()]; STATUS_CLASSES.len()];

const API_CHUNK: usize = 8;
const OPERATION_CHUNK: usize = 32;

/// Places that exist once they are used: a chunk at a time.
#[derive(Debug)]
struct Chunks<T, const N: usize>(Box<[OnceLock<Box<[T; N]>>]>);

impl<T: Default, const N: usize> Chunks<T, N> {
    fn new(places: usize) -> Self {
        Self((0..places.div_ceil(N)).map(|_| OnceLock::new()).collect())
    }

    #[inline]
    fn place(&self, index: u32) -> Option<&T> {
        let index = index as usize;
        let chunk = self.0.get(index / N)?;
        chunk.get_or_init(|| Box::new(std::array::from_fn(|_| T::default()))).get(index % N)
    }

    /// The place if it was ever used.
    fn used(&self, index: u32) -> Option<&T> {
        let index = index as usize;
        self.0.get(index / N)?.get()?.get(index % N)
    }
}

/// One worker's numbers. Written by that worker only, but for [`WorkerMetrics::square`].
#[derive(Debug)]
pub struct WorkerMetrics {
    counters: [Cell; COUNTER_COUNT],
    apis: Chunks<ApiCells, API_CHUNK>,
    operations: Chunks<RequestCells, OPERATION_CHUNK>,
    generation: AtomicU64,
    swaps: Cell,
    driver: AtomicU8,
}

impl Default for WorkerMetrics {
    fn default() -> Self {
        Self {
            counters: std::array::from_fn(|_| Cell::default()),
            apis: Chunks::new(API_PLACES),
            operations: Chunks::new(OPERATION_PLACES),
            generation: AtomicU64::new(0),
            swaps: Cell::default(),
            driver: AtomicU8::new(0),
        }
    }
}

impl WorkerMetrics {
    /// Counts one finished request.
    #[inline]
    pub fn request(&self, sample: &RequestSample) {
        let class = match sample.status / 100 {
            class @ 1..=5 => usize::from(class) - 1,
            _ => STATUS_CLASSES.len() - 1,
        };
        if let Some(cell) = self.operations.place(sample.series.operation) {
            cell[class][sample.outcome as usize].add(1);
        }
        if let Some(api) = self.apis.place(sample.series.api) {
            let backend_us = sample.backend_us.unwrap_or(0);
            api.total.record(sample.total_us);
            api.gateway.record(sample.total_us.saturating_sub(backend_us));
            if sample.backend_us.is_some() {
                api.backend.record(backend_us);
            }
        }
    }

    /// Counts a request refused by a rate limit (besides its [`RequestSample`]).
    pub fn rate_limited(&self, series: SeriesId) {
        if let Some(api) = self.apis.place(series.api) {
            api.rate_limited.add(1);
        }
    }

    /// Adds to a counter.
    #[inline]
    pub fn add(&self, counter: Counter, n: u64) {
        self.counters[counter as usize].add(n);
    }

    /// Adds one to a counter.
    #[inline]
    pub fn count(&self, counter: Counter) {
        self.add(counter, 1);
    }

    /// Says which configuration this worker serves from now on; 0 for none.
    pub fn set_generation(&self, generation: u64) {
        self.generation.store(generation, Ordering::Release);
        self.swaps.0.store(self.swaps.value() + 1, Ordering::Release);
    }

    /// How often the worker changed what it serves.
    pub fn swaps(&self) -> u64 {
        self.swaps.0.load(Ordering::Acquire)
    }

    /// The configuration this worker serves; 0 for none.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Says which I/O driver the worker runs on.
    pub fn set_driver(&self, driver: Driver) {
        let code = match driver {
            Driver::IoUring => 1,
            Driver::Epoll => 2,
        };
        self.driver.store(code, Ordering::Relaxed);
    }

    /// The I/O driver the worker runs on, once it does.
    pub fn driver(&self) -> Option<Driver> {
        match self.driver.load(Ordering::Relaxed) {
            1 => Some(Driver::IoUring),
            2 => Some(Driver::Epoll),
            _ => None,
        }
    }

    /// The value of a counter.
    pub fn value(&self, counter: Counter) -> u64 {
        self.counters[counter as usize].value()
    }

    /// Open callers' connections and open backend connections.
    pub fn open(&self) -> (u64, u64) {
        let open = |opened, closed| self.value(opened).saturating_sub(self.value(closed));
        (
            open(Counter::ConnectionsAccepted, Counter::ConnectionsClosed),
            open(Counter::UpstreamConnects, Counter::UpstreamClosed),
        )
    }

    /// Closes in the books what died with the worker's thread. Only while that thread is not running.
    pub(crate) fn square(&self) {
        let (downstream, upstream) = self.open();
        self.add(Counter::ConnectionsClosed, downstream);
        self.add(Counter::UpstreamClosed, upstream);
        self.generation.store(0, Ordering::Release);
    }

    /// Adds this worker's requests of an operation to `sum`.
    pub fn merge_requests(&self, id: SeriesId, sum: &mut RequestCounts) {
        let Some(cells) = self.operations.used(id.operation) else { return };
        for (total, cell) in sum.iter_mut().flatten().zip(cells.iter().flatten()) {
            *total += cell.value();
        }
    }

    /// Adds this worker's numbers of an API to `sum`.
    pub fn merge_api(&self, api: u32, sum: &mut ApiSum) {
        let Some(cells) = self.apis.used(api) else { return };
        cells.total.merge_into(&mut sum.total);
        cells.backend.merge_into(&mut sum.backend);
        cells.gateway.merge_into(&mut sum.gateway);
        sum.rate_limited += cells.rate_limited.value();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(status: u16, total_us: u64, backend_us: Option<u64>) -> RequestSample {
        RequestSample {
            series: SeriesId { api: 3, operation: 40 },
            status,
            outcome: Outcome::Forwarded,
            total_us,
            backend_us,
        }
    }

    #[test]
    fn requests_are_counted_by_class_and_outcome() {
        let metrics = WorkerMetrics::default();
        for status in [200, 204, 404, 599, 0, 999] {
            metrics.request(&sample(status, 10, None));
        }
        let mut sum = RequestCounts::default();
        metrics.merge_requests(SeriesId { api: 3, operation: 40 }, &mut sum);
        metrics.merge_requests(SeriesId { api: 3, operation: 40 }, &mut sum);
        assert_eq!(sum.map(|class| class[Outcome::Forwarded as usize]), [0, 4, 0, 2, 6], "merged twice");
    }

    #[test]
    fn a_duration_falls_into_the_bucket_whose_bound_it_does_not_pass() {
        let metrics = WorkerMetrics::default();
        metrics.request(&sample(200, 50, None));
        metrics.request(&sample(200, 51, Some(1)));
        metrics.request(&sample(200, 300_000_001, Some(300_000_001)));
        let mut sum = ApiSum::default();
        metrics.merge_api(3, &mut sum);
        assert_eq!(sum.total.buckets[0], 1);
        assert_eq!(sum.total.buckets[1], 1);
        assert_eq!(sum.total.buckets[DURATION_BUCKETS_US.len()], 1);
        assert_eq!(sum.total.sum_us, 300_000_102);
        assert_eq!(sum.backend.buckets.iter().sum::<u64>(), 2, "requests without a backend are not in its histogram");
        assert_eq!(sum.gateway.sum_us, 100);
    }

    #[test]
    fn ids_past_the_bounds_are_ignored_and_unused_ones_take_no_memory() {
        let metrics = WorkerMetrics::default();
        let beyond = SeriesId { api: u32::MAX, operation: u32::MAX };
        metrics.request(&RequestSample { series: beyond, ..sample(200, 1, None) });
        assert!(metrics.operations.0.iter().all(|chunk| chunk.get().is_none()));
        metrics.request(&sample(200, 1, None));
        assert_eq!(metrics.operations.0.iter().filter(|chunk| chunk.get().is_some()).count(), 1);
    }

    #[test]
    fn a_dead_workers_open_connections_are_closed_in_the_books() {
        let metrics = WorkerMetrics::default();
        metrics.add(Counter::ConnectionsAccepted, 5);
        metrics.add(Counter::ConnectionsClosed, 2);
        metrics.count(Counter::UpstreamConnects);
        metrics.set_generation(7);
        assert_eq!(metrics.open(), (3, 1));
        metrics.square();
        assert_eq!(metrics.open(), (0, 0));
        assert_eq!(metrics.generation(), 0);
    }
}
