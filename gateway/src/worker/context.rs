//! What a worker's connections share. One per worker, reached through an `Rc`; no part of it crosses threads.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use postern_http::{HeaderEdits, Headers, Limits};

use super::{Active, ReplyTo, Shared, Wheel};
use crate::client::{Names, Pools};
use crate::effect::counters::KeyCache;
use crate::effect::dropped::Dropped;
use crate::effect::events::Events;
use crate::effect::offload::Offloads;
use crate::effect::one_way::OneWay;
use crate::exchange::Scratch;
use crate::io::{Buffers, Notify, Sockets};
use crate::observe::access_log::AccessLog;
use crate::observe::metrics::WorkerMetrics;
use crate::observe::readiness::Readiness;
use crate::settings::Settings;

/// Scratch spaces kept for reuse, one per request in flight.
const SCRATCH_KEPT: usize = 256;

/// The worker's state.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) settings: Arc<Settings>,
    pub(crate) http_limits: Limits,
    pub(crate) metrics: Arc<WorkerMetrics>,
    pub(crate) log: RefCell<AccessLog>,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) wheel: Wheel,
    pub(crate) sockets: Rc<Sockets>,
    pub(crate) buffers: Rc<Buffers>,
    pub(crate) pools: Pools,
    pub(crate) names: Names,
    pub(crate) offloads: Offloads,
    pub(crate) key_cache: RefCell<KeyCache>,
    /// The headers of a response that is not the backend's.
    pub(crate) no_headers: Headers,
    /// Stands for the changes of a message that nothing was changed of.
    pub(crate) no_edits: HeaderEdits,
    pub(crate) events: Events,
    pub(crate) one_way: Rc<OneWay>,
    pub(crate) dropped: Dropped,
    pub(crate) clock: Clock,
    #[allow(clippy::vec_box, reason = "a scratch is handed out by pointer; moving its kilobytes would cost a copy")]
    scratches: RefCell<Vec<Box<Scratch>>>,
    active: RefCell<Option<Rc<Active>>>,
    draining: Cell<bool>,
    connections: Cell<usize>,
    /// Told when the last connection ended.
    pub(crate) empty: Notify,
    ids: Cell<u128>,
}

impl Context {
    pub(crate) fn new(parts: Parts, reply_to: ReplyTo) -> Rc<Self> {
        let names = Names::new(Arc::clone(&parts.shared), reply_to.clone());
        let limits = &parts.settings.limits;
        let http_limits = Limits {
            line_bytes: u32::try_from(limits.line_bytes_max).unwrap_or(u32::MAX),
            head_bytes: u32::try_from(limits.head_bytes_max).unwrap_or(u32::MAX),
            headers: limits.header_count_max,
            ..Limits::default()
        };
        Rc::new(Self {
            http_limits,
            pools: Pools::new(limits.upstream_idle_per_address),
            one_way: Rc::new(OneWay::new(parts.settings.workers)),
            settings: parts.settings,
            metrics: parts.metrics,
            log: RefCell::new(parts.log),
            readiness: parts.readiness,
            shared: parts.shared,
            wheel: Wheel::new(Instant::now()),
            sockets: Rc::default(),
            buffers: Rc::default(),
            names,
            offloads: Offloads::new(reply_to),
            key_cache: RefCell::default(),
            no_headers: Headers::default(),
            no_edits: HeaderEdits::default(),
            events: Events::default(),
            dropped: Dropped::default(),
            clock: Clock::new(),
            scratches: RefCell::default(),
            active: RefCell::default(),
            draining: Cell::new(false),
            connections: Cell::new(0),
            empty: Notify::default(),
            ids: Cell::new(seed()),
        })
    }

    /// The configuration in force, or `None` before the first one and after it was taken away.
    pub(crate) fn active(&self) -> Option<Rc<Active>> {
        self.active.borrow().clone()
    }

    pub(crate) fn set_active(&self, active: Option<Rc<Active>>) {
        // The old one is dropped after the borrow ended: its last reference may free a lot.
        let old = self.active.replace(active);
        drop(old);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.get()
    }

    pub(crate) fn set_draining(&self) {
        self.draining.set(true);
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.get()
    }

    pub(crate) fn connection_opened(&self) {
        self.connections.set(self.connections.get() + 1);
    }

    pub(crate) fn connection_closed(&self) {
        self.connections.set(self.connections.get().saturating_sub(1));
        if self.connections.get() == 0 {
            self.empty.notify_all();
        }
    }

    /// The work space of one request.
    pub(crate) fn take_scratch(&self) -> Box<Scratch> {
        self.scratches.borrow_mut().pop().unwrap_or_default()
    }

    pub(crate) fn give_back_scratch(&self, scratch: Box<Scratch>) {
        let mut scratches = self.scratches.borrow_mut();
        if scratches.len() < SCRATCH_KEPT {
            scratches.push(scratch);
        }
    }

    /// A request id: random enough never to meet another one, made without a system call. Version 4, RFC 9562.
    pub(crate) fn next_request_id(&self) -> u128 {
        const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
        const VERSION: u128 = 0xf000_u128 << 64;
        const VARIANT: u128 = 0xc000_u128 << 48;
        let state = self.ids.get().wrapping_mul(MULTIPLIER).wrapping_add(1);
        self.ids.set(state);
        let mixed = (state ^ (state >> 64)).wrapping_mul(MULTIPLIER);
        let mixed = mixed ^ (mixed >> 67);
        (mixed & !VERSION & !VARIANT) | (0x4000_u128 << 64) | (0x8000_u128 << 48)
    }

    /// `limit`, or what is left of the whole exchange's time if that is less.
    pub(crate) fn within_total(&self, began: Instant, limit: Duration) -> Duration {
        match self.settings.limits.total_timeout {
            Some(total) => limit.min(total.saturating_sub(began.elapsed())),
            None => limit,
        }
    }
}

/// What of [`super::WorkerConfig`] the context keeps.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) settings: Arc<Settings>,
    pub(crate) metrics: Arc<WorkerMetrics>,
    pub(crate) log: AccessLog,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) shared: Arc<Shared>,
}

/// Wall-clock time without a system call per request: an anchor, corrected at every tick.
#[derive(Debug)]
pub(crate) struct Clock {
    anchor: Cell<(Instant, u64)>,
    /// `Date` of local responses (RFC 9110 section 6.6.1), renewed every second.
    date: RefCell<[u8; 29]>,
    date_second: Cell<u64>,
}

impl Clock {
    fn new() -> Self {
        let clock = Self {
            anchor: Cell::new((Instant::now(), 0)),
            date: RefCell::new(*b"Thu, 01 Jan 1970 00:00:00 GMT"),
            date_second: Cell::new(0),
        };
        clock.tick(Instant::now());
        clock
    }

    /// Reads the wall clock.
    pub(crate) fn tick(&self, now: Instant) {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.anchor.set((now, u64::try_from(unix.as_micros()).unwrap_or(0)));
        if self.date_second.get() != unix.as_secs() {
            self.date_second.set(unix.as_secs());
            *self.date.borrow_mut() = http_date(unix.as_secs());
        }
    }

    /// The last tick.
    pub(crate) fn coarse_now(&self) -> Instant {
        self.anchor.get().0
    }

    /// Microseconds since 1970.
    pub(crate) fn unix_us(&self, at: Instant) -> u64 {
        let (anchor, unix_us) = self.anchor.get();
        match at.checked_duration_since(anchor) {
            Some(since) => unix_us.saturating_add(micros(since)),
            None => unix_us.saturating_sub(micros(anchor.saturating_duration_since(at))),
        }
    }

    /// Whole seconds since 1970, now.
    pub(crate) fn unix_s(&self) -> i64 {
        i64::try_from(self.unix_us(Instant::now()) / 1_000_000).unwrap_or(i64::MAX)
    }

    pub(crate) fn date(&self) -> [u8; 29] {
        *self.date.borrow()
    }
}

/// The microseconds of a duration; those of a program's life fit. In 64 bits: `as_micros` computes in 128.
pub(crate) fn micros(duration: Duration) -> u64 {
    duration.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(duration.subsec_micros()))
}

/// IMF-fixdate, RFC 9110 section 5.6.7.
fn http_date(unix_s: u64) -> [u8; 29] {
    use std::io::Write;
    const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = i64::try_from(unix_s).ok().and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok());
    let at = at.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    let mut out = *b"Thu, 01 Jan 1970 00:00:00 GMT";
    let day = DAYS.get(usize::from(at.weekday().number_days_from_monday())).copied().unwrap_or("Mon");
    let month = MONTHS.get(usize::from(u8::from(at.month())).wrapping_sub(1)).copied().unwrap_or("Jan");
    // The text is as long as the array for every year of four digits.
    let _ = write!(
        out.as_mut_slice(),
        "{day}, {:02} {month} {:04} {:02}:{:02}:{:02} GMT",
        at.day(),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    );
    out
}

fn seed() -> u128 {
    use std::hash::BuildHasher;
    // The standard library's hasher keys come from the system's random source.
    let state = std::collections::hash_map::RandomState::new();
    u128::from(state.hash_one(1)) << 64 | u128::from(state.hash_one(2)) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_rfc_9110_shows() {
        assert_eq!(&http_date(784_111_777), b"Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(&http_date(951_782_400), b"Tue, 29 Feb 2000 00:00:00 GMT");
    }

    #[test]
    fn the_clock_tells_times_before_and_after_its_anchor() {
        let clock = Clock::new();
        let (anchor, unix_us) = clock.anchor.get();
        assert_eq!(clock.unix_us(anchor + Duration::from_millis(5)), unix_us + 5_000);
        assert_eq!(clock.unix_us(anchor - Duration::from_millis(5)), unix_us - 5_000);
    }
}
