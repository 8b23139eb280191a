//! Where bytes stand in a text: in pieces, in time that grows with both, whatever they are.

use std::ops::Range;

use memchr::memmem::{Finder, FinderRev};

use crate::work::Pace;

/// Bytes that are looked through between two places where the turn may end.
const WINDOW: usize = 16 * 1024;
/// Bytes that are looked through in one step, and the steps to begin with.
const BYTES_PER_STEP: usize = 8;
const BEGIN_STEPS: u64 = 4;
/// What is longer is looked for with a table that is made in pieces: preparing a `Finder` takes some nanoseconds a byte.
const AT_ONCE_MAX: usize = 16 * 1024;
/// Bytes that are compared in one step with a table.
const TABLE_BYTES_PER_STEP: usize = 4;

/// What is looked for, from the begin or from the end.
pub(super) struct Pattern<'p> {
    bytes: &'p [u8],
    how: How<'p>,
}

enum How<'p> {
    First(Box<Finder<'p>>),
    Last(FinderRev<'p>),
    /// Knuth, Morris and Pratt: for each byte how many of the first are also the last up to it. Counted from the end for searches from the end.
    Table {
        borders: Vec<u32>,
        from_end: bool,
    },
}

impl<'p> Pattern<'p> {
    pub(super) async fn new(pace: &Pace, bytes: &'p [u8], from_end: bool) -> Pattern<'p> {
        let how = if bytes.len() > AT_ONCE_MAX {
            How::Table { borders: borders(pace, bytes, from_end).await, from_end }
        } else {
            pace.take((bytes.len() / TABLE_BYTES_PER_STEP) as u64).await;
            if from_end { How::Last(FinderRev::new(bytes)) } else { How::First(Box::new(Finder::new(bytes))) }
        };
        Pattern { bytes, how }
    }

    /// Where the first, or last, match within a part of the text begins.
    pub(super) async fn find(&self, pace: &Pace, text: &[u8], within: Range<usize>) -> Option<usize> {
        pace.take(BEGIN_STEPS).await;
        let overlap = self.bytes.len().saturating_sub(1);
        let Range { mut start, mut end } = within;
        let part = |range: Range<usize>| text.get(range).unwrap_or_default();
        match &self.how {
            How::First(finder) => loop {
                let window = part(start..end.min(start + WINDOW + overlap));
                let found = finder.find(window);
                pace.take((found.unwrap_or(window.len()) / BYTES_PER_STEP) as u64).await;
                if found.is_some() || start + window.len() >= end {
                    return found.map(|found| start + found);
                }
                start += WINDOW;
            },
            How::Last(finder) => loop {
                let first = end.saturating_sub(WINDOW + overlap).max(start);
                let found = finder.rfind(part(first..end));
                pace.take(((end - first - found.unwrap_or(0)) / BYTES_PER_STEP) as u64).await;
                if found.is_some() || first == start {
                    return found.map(|found| first + found);
                }
                end = end.saturating_sub(WINDOW);
            },
            How::Table { borders, from_end } => {
                let passed = self.passed(pace, part(start..end), borders, *from_end).await?;
                Some(if *from_end { end - passed } else { start + passed - self.bytes.len() })
            }
        }
    }

    /// How many bytes of a text are passed when the first match ends.
    async fn passed(&self, pace: &Pace, text: &[u8], borders: &[u32], from_end: bool) -> Option<usize> {
        let mut equal = 0;
        for passed in 0..text.len() {
            if passed % WINDOW == 0 {
                pace.take((WINDOW / TABLE_BYTES_PER_STEP) as u64).await;
            }
            equal = go_on(self.bytes, borders, equal, nth(text, passed, from_end), from_end);
            if equal == self.bytes.len() {
                return Some(passed + 1);
            }
        }
        None
    }
}

/// A byte counted from the begin or the end.
fn nth(bytes: &[u8], index: usize, from_end: bool) -> Option<u8> {
    let index = if from_end { bytes.len().checked_sub(index + 1)? } else { index };
    bytes.get(index).copied()
}

/// How many bytes of the pattern are equal with one more of the text, when so many were before it: not all.
fn go_on(pattern: &[u8], borders: &[u32], mut equal: usize, byte: Option<u8>, from_end: bool) -> usize {
    loop {
        if nth(pattern, equal, from_end) == byte {
            return equal + 1;
        }
        if equal == 0 {
            return 0;
        }
        equal = borders.get(equal - 1).map_or(0, |border| *border as usize);
    }
}

async fn borders(pace: &Pace, pattern: &[u8], from_end: bool) -> Vec<u32> {
    pace.take_bytes(pattern.len() * size_of::<u32>());
    let mut borders = Vec::with_capacity(pattern.len());
    let mut equal = 0;
    for index in 0..pattern.len() {
        if index % WINDOW == 0 {
            pace.take((WINDOW / TABLE_BYTES_PER_STEP) as u64).await;
        }
        if index > 0 {
            equal = go_on(pattern, &borders, equal, nth(pattern, index, from_end), from_end);
        }
        borders.push(u32::try_from(equal).unwrap_or(u32::MAX));
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Paced, in_pieces};

    /// Where the first and the last match are, and in how many pieces of so many steps they are found.
    fn both(text: &str, value: &str, steps: u64) -> ([Option<usize>; 2], usize) {
        let mut all = 0;
        let found = [false, true].map(|from_end| {
            let (text, value) = (text.to_owned(), value.to_owned());
            let search = Paced::new(move |pace| async move {
                let pattern = Pattern::new(&pace, value.as_bytes(), from_end).await;
                pattern.find(&pace, text.as_bytes(), 0..text.len()).await
            });
            let (found, pieces) = in_pieces(search, steps);
            all += pieces;
            found
        });
        (found, all)
    }

    #[test]
    fn matches_are_found_across_windows() {
        let blank = " ".repeat(3 * WINDOW);
        for value in ["", "x", "xyz", &"xyxy".repeat(100), &"x".repeat(AT_ONCE_MAX), &"xy".repeat(AT_ONCE_MAX)] {
            for before in [0, 1, WINDOW - 2, WINDOW - 1, WINDOW, WINDOW + 1, 2 * WINDOW + 7] {
                let text = format!("{}{value}{}{value}{}", &blank[..before], &blank[..40], &blank[..before / 2]);
                let expected = [text.find(value), text.rfind(value)];
                assert_eq!(both(&text, value, 1000).0, expected, "{} {before}", value.len());
                let other = format!("{value}z");
                assert_eq!(both(&text, &other, 1000).0, [None; 2], "{} {before}", other.len());
            }
        }
    }

    #[test]
    fn what_repeats_itself_is_found_as_well() {
        // Beginnings of the pattern that lead on after a mismatch.
        for piece in ["a", "ab", "aab", "abcab"] {
            let value = format!("{}b{}", piece.repeat(AT_ONCE_MAX), &piece[..1]);
            for text in [
                format!("{piece}{value}"),
                format!("{value}{}", &value[1..]),
                format!("{}{value}{value}", &value[..value.len() - 1]),
                value[1..].to_owned(),
            ] {
                assert_eq!(both(&text, &value, 5000).0, [text.find(&value), text.rfind(&value)], "{piece}");
            }
        }
    }

    #[test]
    fn long_searches_take_turns_and_no_longer_than_both_texts_are() {
        let text = "a".repeat(1_000_000);
        for (length, least, most) in [(3, 20, 40), (10_000, 30, 60), (400_000, 50, 90), (999_990, 75, 120)] {
            let value = format!("{}b{}", &text[..length / 2], &text[..length / 2]);
            let (found, pieces) = both(&text, &value, 10_000);
            assert_eq!(found, [None; 2]);
            assert!((least..most).contains(&pieces), "{length}: {pieces} pieces");
        }
    }
}
