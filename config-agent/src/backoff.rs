//! Growing pauses between attempts, spread so that a thousand agents do not come back in the same second.

use std::time::Duration;

use rand::Rng;

use crate::limits;

/// Doubles from the first to the longest pause.
#[derive(Clone, Debug)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Default for Backoff {
    fn default() -> Self {
        Backoff::new(limits::BACKOFF_FIRST, limits::BACKOFF_MAX)
    }
}

impl Backoff {
    /// Pauses from `first` to `longest`.
    pub fn new(first: Duration, longest: Duration) -> Backoff {
        Backoff { first, longest, next: first }
    }

    /// The next pause: between three quarters and the whole of the current step.
    pub fn next_pause(&mut self) -> Duration {
        let step = self.next;
        self.next = (step * 2).min(self.longest);
        spread(step)
    }

    /// The longest pause, for what only an operator can put right.
    pub fn longest(&self) -> Duration {
        spread(self.longest)
    }

    /// After a success.
    pub fn reset(&mut self) {
        self.next = self.first;
    }
}

fn spread(step: Duration) -> Duration {
    step.mul_f64(rand::rng().random_range(0.75..=1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest_and_start_again_after_a_success() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(30));
        for step in [1, 2, 4, 8, 16, 30, 30] {
            let step = Duration::from_secs(step);
            let pause = backoff.next_pause();
            assert!(pause <= step && pause >= step * 3 / 4, "{pause:?} for {step:?}");
        }
        backoff.reset();
        assert!(backoff.next_pause() <= Duration::from_secs(1));
    }
}
