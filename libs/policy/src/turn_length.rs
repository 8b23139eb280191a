//! How long a turn is: the worker's other requests wait for its end.
//!
//! Steps are an estimate, ten nanoseconds each. Some kinds of work take three times as long for what they pay, and machines differ as much; so the
//! clock corrects the steps of the next turn by what the last one took. What must hold: whatever the clock says, a turn gets at least
//! [`STEPS_MIN`] and at most [`TURN_STEPS_MAX`], so work of so many steps comes to its end in so many turns at most.

use std::time::Duration;

use crate::expression::limits::TURN_STEPS_MAX;

/// What a turn may take before the next one gets fewer steps.
const LONG: Duration = Duration::from_millis(2);
/// What a turn is to take.
const WANTED: Duration = Duration::from_millis(1);
/// What a turn may take and the next one gets more steps.
const SHORT: Duration = Duration::from_micros(500);
/// Steps of the turns before one was timed.
const FIRST_STEPS: u64 = TURN_STEPS_MAX / 2;
/// Fewer are not worth being woken for, and a turn that seems so slow was interrupted.
const STEPS_MIN: u64 = TURN_STEPS_MAX / 10;

/// The steps of a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TurnLength {
    steps: u64,
}

impl Default for TurnLength {
    fn default() -> TurnLength {
        TurnLength { steps: FIRST_STEPS }
    }
}

impl TurnLength {
    /// Steps that the next turn gets.
    pub(crate) fn steps(self) -> u64 {
        self.steps
    }

    /// A turn has taken all its steps and so much time.
    pub(crate) fn took(&mut self, time: Duration) {
        if time > LONG {
            let wanted = u128::from(self.steps) * WANTED.as_nanos() / time.as_nanos();
            self.steps = u64::try_from(wanted).unwrap_or(self.steps).max(STEPS_MIN);
        } else if time <= SHORT {
            self.steps = (self.steps * 2).min(TURN_STEPS_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The steps of turns that take so many nanoseconds a step.
    fn steps_at(ns_per_step: u64) -> Vec<u64> {
        let mut length = TurnLength::default();
        let turn = |_| {
            let steps = length.steps();
            length.took(Duration::from_nanos(steps * ns_per_step));
            steps
        };
        (0..5).map(turn).collect()
    }

    #[test]
    fn turns_come_to_take_about_a_millisecond() {
        for (ns_per_step, expected) in [
            (10, [50_000, 100_000, 100_000, 100_000, 100_000]),
            (15, [50_000; 5]),
            (40, [50_000; 5]),
            (50, [50_000, 20_000, 20_000, 20_000, 20_000]),
            (80, [50_000, 12_500, 12_500, 12_500, 12_500]),
            (10_000, [50_000, 10_000, 10_000, 10_000, 10_000]),
            (0, [50_000, 100_000, 100_000, 100_000, 100_000]),
        ] {
            assert_eq!(steps_at(ns_per_step), expected, "{ns_per_step} ns");
        }
    }

    #[test]
    fn a_turn_that_was_interrupted_shortens_only_a_few_others() {
        let mut length = TurnLength::default();
        length.took(Duration::from_secs(1));
        let mut turns = 0;
        while length.steps() < TURN_STEPS_MAX {
            length.took(Duration::from_nanos(length.steps() * 5));
            turns += 1;
        }
        assert_eq!(turns, 4);
    }
}
