//! Effects of the policies for language models: tokens are counted and spent, and answers are found by what they mean.

use std::sync::Arc;

use crate::cached::CacheItem;
use crate::effect::Quota;

/// A vocabulary of tokens, by the name it has at OpenAI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `cl100k_base`: gpt-4, gpt-3.5, text-embedding-3.
    Cl100k,
    /// `o200k_base`: gpt-4o and everything newer.
    O200k,
}

/// Texts whose tokens are to be counted, each by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenTexts {
    /// The vocabulary.
    pub encoding: Encoding,
    /// The texts.
    pub texts: Vec<String>,
}

/// At most so many tokens in any minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenRate {
    /// Identity of the counter: stable over restarts, configuration changes and machines. Limits of different size share it.
    pub key: u128,
    /// Tokens allowed.
    pub per_minute: u64,
}

/// A limit of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenLimit {
    /// `tokens-per-minute`, a sliding window.
    Rate(TokenRate),
    /// `token-quota`; its `calls` are tokens.
    Quota(Quota),
}

/// Tokens that count against a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenSpend {
    /// The limit.
    pub limit: TokenLimit,
    /// How many tokens. At first those that are known before the request is sent, which is refused if they are more than what is left, or if
    /// nothing is left.
    pub tokens: u64,
    /// The request has been answered: nobody is refused any more, and `tokens` take the place of what was counted at first.
    pub counted: Option<TokensCounted>,
}

/// What was counted at first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokensCounted {
    /// How many.
    pub tokens: u64,
    /// When, as [`TokenBalance::at_ms`] said.
    pub at_ms: u64,
    /// Begin of the quota's period then: a later period gets only what came later. 0 for a rate.
    pub period_start_s: i64,
}

/// Answer to a [`TokenSpend`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenBalance {
    /// The request may proceed, and the tokens have been counted.
    pub allowed: bool,
    /// Whole seconds, rounded up, until as many tokens may be had; 0 when allowed.
    pub retry_after_s: u64,
    /// Tokens left.
    pub remaining: u64,
    /// When they were counted, on the host's own clock.
    pub at_ms: u64,
}

/// What a text means, as a vector of length 1.
#[derive(Debug, Clone)]
pub struct Embedding(Arc<[f32]>);

impl Embedding {
    /// The vector brought to length 1. `None`: it has no direction, or holds what is no number.
    #[must_use]
    pub fn new(mut values: Vec<f32>) -> Option<Embedding> {
        let length = values.iter().map(|value| f64::from(*value) * f64::from(*value)).sum::<f64>().sqrt();
        if !length.is_finite() || length == 0.0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation, reason = "the quotient is from -1 to 1")]
        values.iter_mut().for_each(|value| *value = (f64::from(*value) / length) as f32);
        Some(Embedding(values.into()))
    }

    /// The vector.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// How far apart two are: 0 for the same direction, 1 for nothing in common, 2 for the opposite. `None`: of different models.
    #[must_use]
    pub fn distance(&self, other: &Embedding) -> Option<f32> {
        if self.0.len() != other.0.len() {
            return None;
        }
        // Eight sums next to each other are what the compiler turns into vector instructions.
        let mut sums = [0.0f32; 8];
        let (ours, theirs) = (self.0.chunks_exact(8), other.0.chunks_exact(8));
        let rest: f32 = ours.remainder().iter().zip(theirs.remainder()).map(|(one, another)| one * another).sum();
        for (one, another) in ours.zip(theirs) {
            for (sum, (one, another)) in sums.iter_mut().zip(one.iter().zip(another)) {
                *sum += one * another;
            }
        }
        Some(1.0 - (sums.iter().sum::<f32>() + rest))
    }
}

impl PartialEq for Embedding {
    fn eq(&self, other: &Embedding) -> bool {
        self.0.iter().map(|value| value.to_bits()).eq(other.0.iter().map(|value| value.to_bits()))
    }
}

impl Eq for Embedding {}

/// Looks for what was stored under the nearest meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// Only what was stored under the same key is looked at.
    pub partition: u128,
    /// The meaning.
    pub embedding: Embedding,
    /// Greatest distance, in millionths.
    pub distance_max_millionths: u32,
}

/// Stores something under its meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutNearest {
    /// Found only with the same key.
    pub partition: u128,
    /// The meaning.
    pub embedding: Embedding,
    /// What is stored.
    pub item: Arc<CacheItem>,
    /// How long it is kept, in seconds; at least 1.
    pub duration_s: u64,
}

#[cfg(test)]
mod tests {
    use super::Embedding;

    #[test]
    fn distances_are_those_of_the_cosine() {
        let of = |values: &[f32]| Embedding::new(values.to_vec()).unwrap();
        let diagonal = std::f32::consts::FRAC_1_SQRT_2;
        for (one, other, expected) in [
            (&[1.0, 0.0][..], &[5.0, 0.0][..], 0.0),
            (&[1.0, 0.0], &[0.0, 2.0], 1.0),
            (&[1.0, 0.0], &[-3.0, 0.0], 2.0),
            (&[1.0, 0.0], &[1.0, 1.0], 1.0 - diagonal),
            (&[1.0; 19], &[2.0; 19], 0.0),
        ] {
            let distance = of(one).distance(&of(other)).unwrap();
            assert!((distance - expected).abs() < 1e-6, "{one:?} {other:?}: {distance}");
        }
        assert_eq!(of(&[1.0]).distance(&of(&[1.0, 0.0])), None);
        for nothing in [&[][..], &[0.0, 0.0], &[f32::NAN], &[f32::INFINITY]] {
            assert_eq!(Embedding::new(nothing.to_vec()), None);
        }
    }
}
