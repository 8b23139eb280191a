//! One exact sliding window: at most `calls` admissions in any `window` of time, by any number of threads, without a lock.
//!
//! A ring holds the times of the last `calls` admissions. Admission number n takes the place of admission n − calls and is
//! allowed only when that one is a whole window ago. So more than `calls` in a window cannot be admitted, and fewer never
//! are refused.
//!
//! What must hold: a place is claimed by one compare-and-swap from the value that was judged; whoever finds the place of
//! `head` claimed already moves `head` on, so no thread waits for another. A retired window admits nothing any more: its
//! users look the key up again.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Clock of the windows: steps of 64 µs, so that 44 bits last for 35 years.
pub(super) const STEP_US: u64 = 64;
const TIME_BITS: u32 = 44;
const TIME_MASK: u64 = (1 << TIME_BITS) - 1;
/// Laps are compared within these bits: a value that is off by exactly a million laps cannot be met.
const LAP_MASK: u64 = (1 << (u64::BITS - TIME_BITS)) - 1;
/// The time of a place that was given back: older than any window.
const VOID: u64 = 0;
const RETIRED: u64 = 1 << 63;

/// Limits with more calls count as this many: 56,000 calls a second in the longest window (300 s), 128 MiB when full.
pub(super) const CALLS_MAX: u64 = 1 << 24;
/// Rings up to this size are one block; larger ones are taken in pieces as they fill.
const SMALL_RING: usize = 128;
const CHUNK: usize = 64;
const BLOCK: usize = 64;

/// Time since the counters were made, in steps; never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step(u64);

impl Step {
    pub(super) fn from_elapsed(elapsed: Duration) -> Self {
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
        Self((micros / STEP_US + 1) & TIME_MASK)
    }
}

/// What became of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// Admitted as this number.
    Admitted(u64),
    /// Over the limit for this long.
    Refused(Duration),
    /// The window was retired; look the key up again.
    Retired,
}

#[derive(Debug)]
enum Ring {
    Small(Box<[AtomicU64]>),
    Large(Box<[OnceLock<Block>]>),
}

type Chunk = Box<[AtomicU64; CHUNK]>;
type Block = Box<[OnceLock<Chunk>; BLOCK]>;

impl Ring {
    fn new(calls: u64) -> Self {
        let calls = usize::try_from(calls).unwrap_or(usize::MAX);
        if calls <= SMALL_RING {
            Self::Small((0..calls).map(|_| AtomicU64::new(0)).collect())
        } else {
            Self::Large((0..calls.div_ceil(CHUNK * BLOCK)).map(|_| OnceLock::new()).collect())
        }
    }

    /// The place with this index, which is below the ring's size.
    fn place(&self, index: usize) -> Option<&AtomicU64> {
        match self {
            Self::Small(places) => places.get(index),
            Self::Large(blocks) => {
                let block = blocks.get(index / (CHUNK * BLOCK))?;
                let block = block.get_or_init(|| Box::new(std::array::from_fn(|_| OnceLock::new())));
                let chunk = block.get(index / CHUNK % BLOCK)?;
                let chunk = chunk.get_or_init(|| Box::new(std::array::from_fn(|_| AtomicU64::new(0))));
                chunk.get(index % CHUNK)
            }
        }
    }
}

/// The admissions of one key.
#[derive(Debug)]
pub(super) struct Window {
    calls: u64,
    /// In steps, rounded up by one: times are rounded down, so a window is never cut short.
    steps: u64,
    /// Number of admissions so far, with the top bit set once retired.
    head: AtomicU64,
    ring: Ring,
}

impl Window {
    /// `calls` 1 to [`CALLS_MAX`].
    pub(super) fn new(calls: u64, window: Duration) -> Self {
        let calls = calls.clamp(1, CALLS_MAX);
        let steps = u64::try_from(window.as_micros()).unwrap_or(u64::MAX).div_ceil(STEP_US) + 1;
        Self { calls, steps, head: AtomicU64::new(0), ring: Ring::new(calls) }
    }

    /// Whether an admission now would be refused, and for how long. Admits nothing.
    pub(super) fn check(&self, now: Step) -> Result<(), Admission> {
        let head = self.head.load(Ordering::Acquire);
        if head & RETIRED != 0 {
            return Err(Admission::Retired);
        }
        let value = self.load(head);
        if lap_of(value) != self.lap(head) {
            // Claimed by another thread this very moment; admit() judges the next place.
            return Ok(());
        }
        self.wait(head, value, now).map_or(Ok(()), |wait| Err(Admission::Refused(wait)))
    }

    /// Admits one call at `now` or says why not.
    pub(super) fn admit(&self, now: Step) -> Admission {
        loop {
            let head = self.head.load(Ordering::Acquire);
            if head & RETIRED != 0 {
                return Admission::Retired;
            }
            let Some(place) = self.place(head) else { return Admission::Retired };
            let value = place.load(Ordering::Acquire);
            if lap_of(value) != self.lap(head) {
                self.move_on(head);
                continue;
            }
            if let Some(wait) = self.wait(head, value, now) {
                return Admission::Refused(wait);
            }
            let claimed = pack(self.lap(head) + 1, now.0);
            if place.compare_exchange(value, claimed, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
                self.move_on(head);
                // Retired between the claim and the move: the claim is lost with the window, so it is made anew elsewhere.
                return if self.head.load(Ordering::Acquire) == head | RETIRED {
                    Admission::Retired
                } else {
                    Admission::Admitted(head)
                };
            }
        }
    }

    /// Takes an admission back: its place counts as free. (It comes free in its turn: a later refusal can still be too
    /// many, an admission never.)
    pub(super) fn give_back(&self, number: u64, at: Step) {
        if let Some(place) = self.place(number) {
            let lap = self.lap(number) + 1;
            let _ = place.compare_exchange(pack(lap, at.0), pack(lap, VOID), Ordering::AcqRel, Ordering::Relaxed);
        }
    }

    /// Calls that could be admitted at `now`.
    pub(super) fn remaining(&self, now: Step) -> u64 {
        let head = self.head.load(Ordering::Acquire) & !RETIRED;
        let mut low = head.saturating_sub(self.calls);
        let mut high = head;
        // Times grow with numbers, so the first one inside the window is found by halving.
        while low < high {
            let middle = low + (high - low) / 2;
            let time = self.load(middle) & TIME_MASK;
            if time == VOID || self.is_over(time, now) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.calls.saturating_sub(head - low)
    }

    /// Ends the window when its last admission is over. `false`: it is still needed.
    pub(super) fn retire_if_over(&self, now: Step) -> bool {
        let head = self.head.load(Ordering::Acquire);
        if head & RETIRED != 0 {
            return true;
        }
        let over = head == 0 || {
            let time = self.load(head - 1) & TIME_MASK;
            time == VOID || self.is_over(time, now)
        };
        over && self.head.compare_exchange(head, head | RETIRED, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    fn place(&self, number: u64) -> Option<&AtomicU64> {
        self.ring.place(usize::try_from(number % self.calls).unwrap_or(usize::MAX))
    }

    fn load(&self, number: u64) -> u64 {
        self.place(number).map_or(0, |place| place.load(Ordering::Acquire))
    }

    fn move_on(&self, head: u64) {
        let _ = self.head.compare_exchange(head, head + 1, Ordering::AcqRel, Ordering::Relaxed);
    }

    /// How often the ring had been round when admission `number` is judged.
    fn lap(&self, number: u64) -> u64 {
        (number / self.calls) & LAP_MASK
    }

    /// How long admission `head` has to wait for the one before it in its place.
    fn wait(&self, head: u64, value: u64, now: Step) -> Option<Duration> {
        let time = value & TIME_MASK;
        if head < self.calls || time == VOID || self.is_over(time, now) {
            return None;
        }
        let left = (time + self.steps).saturating_sub(now.0).max(1);
        Some(Duration::from_micros(left.saturating_mul(STEP_US)))
    }

    fn is_over(&self, time: u64, now: Step) -> bool {
        now.0 >= time + self.steps
    }
}

fn pack(lap: u64, time: u64) -> u64 {
    ((lap & LAP_MASK) << TIME_BITS) | (time & TIME_MASK)
}

fn lap_of(value: u64) -> u64 {
    value >> TIME_BITS
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::thread;
    use std::time::Instant;

    use super::*;

    fn at(ms: u64) -> Step {
        Step::from_elapsed(Duration::from_millis(ms))
    }

    fn admitted(admission: Admission) -> bool {
        matches!(admission, Admission::Admitted(_))
    }

    #[test]
    fn as_many_calls_as_the_limit_are_admitted_and_no_more() {
        for calls in [1, 2, 5, 127, 128, 129, 4_096, 5_000] {
            let window = Window::new(calls, Duration::from_secs(10));
            let count = (0..calls + 10).filter(|_| admitted(window.admit(at(1)))).count() as u64;
            assert_eq!(count, calls);
            assert_eq!(window.remaining(at(1)), 0);
        }
    }

    #[test]
    fn a_call_is_admitted_again_when_the_oldest_is_a_window_ago() {
        let window = Window::new(2, Duration::from_secs(10));
        assert!(admitted(window.admit(at(0))));
        assert!(admitted(window.admit(at(4_000))));
        assert!(!admitted(window.admit(at(9_999))));
        assert!(admitted(window.admit(at(10_001))));
        assert!(!admitted(window.admit(at(13_999))));
        assert!(admitted(window.admit(at(14_001))));
    }

    #[test]
    fn a_refusal_tells_how_long_it_lasts() {
        let window = Window::new(1, Duration::from_secs(10));
        assert!(admitted(window.admit(at(1_000))));
        let Admission::Refused(wait) = window.admit(at(4_000)) else { panic!("admitted") };
        assert!(wait >= Duration::from_secs(7) && wait < Duration::from_millis(7_001), "{wait:?}");
    }

    #[test]
    fn remaining_counts_what_left_the_window() {
        let window = Window::new(5, Duration::from_secs(10));
        for second in 0..5 {
            assert_eq!(window.remaining(at(second * 1_000)), 5 - second);
            assert!(admitted(window.admit(at(second * 1_000))));
        }
        assert_eq!(window.remaining(at(10_001)), 1);
        assert_eq!(window.remaining(at(12_001)), 3);
        assert_eq!(window.remaining(at(60_000)), 5);
    }

    #[test]
    fn an_admission_given_back_is_free_in_its_turn() {
        let window = Window::new(1, Duration::from_secs(10));
        let Admission::Admitted(number) = window.admit(at(1)) else { panic!("refused") };
        assert!(!admitted(window.admit(at(2))));
        window.give_back(number, at(1));
        assert!(admitted(window.admit(at(3))));
    }

    #[test]
    fn a_window_is_retired_only_when_its_last_admission_is_over() {
        let window = Window::new(3, Duration::from_secs(10));
        assert!(admitted(window.admit(at(5_000))));
        assert!(!window.retire_if_over(at(15_000)));
        assert!(window.retire_if_over(at(15_001)));
        assert_eq!(window.admit(at(15_002)), Admission::Retired);
        assert_eq!(window.check(at(15_002)), Err(Admission::Retired));
    }

    #[test]
    fn laps_may_wrap_around() {
        let window = Window::new(1, Duration::ZERO);
        for number in 0..=LAP_MASK + 10 {
            assert_eq!(window.admit(Step(1 + number * 2)), Admission::Admitted(number));
        }
    }

    /// Threads hammer one window; every admission's time is written down and checked against the definition.
    #[test]
    fn threads_together_never_exceed_the_limit_and_use_it_up() {
        const CALLS: usize = 50;
        let length = Duration::from_millis(20);
        let window = Arc::new(Window::new(CALLS as u64, length));
        let start = Instant::now();
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let window = Arc::clone(&window);
                thread::spawn(move || {
                    let mut times = Vec::new();
                    while start.elapsed() < Duration::from_millis(300) {
                        let now = Step::from_elapsed(start.elapsed());
                        if admitted(window.admit(now)) {
                            times.push(now.0);
                        }
                    }
                    times
                })
            })
            .collect();
        let mut times: Vec<u64> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        times.sort_unstable();
        let steps = length.as_micros() as u64 / STEP_US;
        for pair in times.windows(CALLS + 1) {
            assert!(pair[CALLS] - pair[0] >= steps, "{} calls within {} steps", CALLS + 1, pair[CALLS] - pair[0]);
        }
        assert!(times.len() >= CALLS, "only {} admitted", times.len());
    }
}
