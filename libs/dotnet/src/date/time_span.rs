//! System.TimeSpan: a signed number of ticks.

/// A duration in steps of 100 ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TimeSpan(i64);

impl TimeSpan {
    /// `TimeSpan.Zero`
    pub const ZERO: TimeSpan = TimeSpan(0);
    /// `TimeSpan.MinValue`
    pub const MIN: TimeSpan = TimeSpan(i64::MIN);
    /// `TimeSpan.MaxValue`
    pub const MAX: TimeSpan = TimeSpan(i64::MAX);

    /// `new TimeSpan(ticks)`, `TimeSpan.FromTicks`
    #[must_use]
    pub const fn from_ticks(ticks: i64) -> TimeSpan {
        TimeSpan(ticks)
    }

    /// `Ticks`
    #[must_use]
    pub const fn ticks(self) -> i64 {
        self.0
    }
}
