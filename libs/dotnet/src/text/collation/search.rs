//! Searching for what is equal to a text, as ICU does it for .NET.
//!
//! What must hold: a match is made of whole characters with all marks that belong to them; what does not count matches nothing, and a text of nothing
//! else is found at the edge. The search goes on in pieces, needs no memory but for what is looked for, and looks at every character once, but for
//! where a match might have begun.

use std::ops::Range;
use std::rc::Rc;

use super::element::{Case, Element, elements};
use super::weights;
use crate::work::Work;

/// Steps for a character, of ASCII and beyond.
const ASCII_STEPS: u64 = 2;
const OTHER_STEPS: u64 = 8;

/// A search in pieces; it comes to the bytes of the match.
#[derive(Debug)]
pub(in crate::text) struct Search<T> {
    text: T,
    within: Range<usize>,
    /// What is looked for, last element first for searches from the end.
    wanted: Rc<Vec<Element>>,
    case: Case,
    from_end: bool,
    /// Where no match was tried yet, in bytes.
    left: Range<usize>,
    /// From the end: a mark stands behind it, which belongs to the character before.
    is_before_mark: bool,
    attempt: Option<Attempt>,
    /// The elements of the character at hand, in the direction of the search.
    parts: Vec<Element>,
}

/// A match that may be one.
#[derive(Debug)]
struct Attempt {
    /// Its character that is met first, and the one met last so far.
    first: Range<usize>,
    last: Range<usize>,
    /// The one met last begins with a mark.
    ends_with_mark: bool,
    /// How many elements are as they should be, and what is not looked at yet.
    equal: usize,
    rest: Range<usize>,
}

impl<T: AsRef<str>> Search<T> {
    pub(in crate::text) fn new(text: T, within: Range<usize>, value: &str, case: Case, from_end: bool) -> Search<T> {
        let mut wanted: Vec<Element> = weights(value, case).collect();
        if from_end {
            wanted.reverse();
        }
        Search::of(text, within, Rc::new(wanted), case, from_end)
    }

    /// For these elements, the last first for searches from the end.
    pub(in crate::text) fn of(
        text: T,
        within: Range<usize>,
        wanted: Rc<Vec<Element>>,
        case: Case,
        from_end: bool,
    ) -> Search<T> {
        let left = within.clone();
        let (is_before_mark, attempt, parts) = (false, None, Vec::new());
        Search { text, within, wanted, case, from_end, left, is_before_mark, attempt, parts }
    }

    /// Takes the next character of what is left and gives its bytes.
    fn take(&mut self, left: &mut Range<usize>, steps: &mut u64) -> Option<Range<usize>> {
        let mut characters = self.text.as_ref().get(left.clone())?.chars();
        let c = if self.from_end { characters.next_back() } else { characters.next() }?;
        *steps = steps.saturating_sub(if c.is_ascii() { ASCII_STEPS } else { OTHER_STEPS });
        let parts = &mut self.parts;
        parts.clear();
        elements(c, self.case, |element| parts.push(element));
        if self.from_end {
            parts.reverse();
            let start = left.end - c.len_utf8();
            return Some(start..std::mem::replace(&mut left.end, start));
        }
        let end = left.start + c.len_utf8();
        Some(std::mem::replace(&mut left.start, end)..end)
    }

    /// Whether the character at hand begins with a mark.
    fn is_mark(&self) -> bool {
        let first = if self.from_end { self.parts.last() } else { self.parts.first() };
        first.is_some_and(|element| element.is_mark())
    }

    /// Goes on to where a match may begin; `None` at the end.
    fn begin(&mut self, steps: &mut u64) -> Option<()> {
        let mut left = self.left.clone();
        let first = self.take(&mut left, steps)?;
        self.left = left.clone();
        if self.parts.is_empty() {
            return Some(());
        }
        let is_mark = self.is_mark();
        let is_edge = if self.from_end { !self.is_before_mark } else { first.start == self.within.start || !is_mark };
        if is_edge && self.parts.first() == self.wanted.first() {
            let rest = if self.from_end { left.start..first.end } else { first.start..left.end };
            self.attempt = Some(Attempt { first: first.clone(), last: first, ends_with_mark: is_mark, equal: 0, rest });
        }
        self.is_before_mark = is_mark;
        Some(())
    }

    /// Compares one more character; whether it is a match once that is known.
    fn go_on(&mut self, attempt: &mut Attempt, steps: &mut u64) -> Option<bool> {
        let is_complete = attempt.equal == self.wanted.len();
        if is_complete && self.from_end {
            return Some(!attempt.ends_with_mark || attempt.last.start == self.within.start);
        }
        let Some(character) = self.take(&mut attempt.rest, steps) else {
            if !is_complete {
                // Behind it there is even less.
                self.left = self.left.end..self.left.end;
            }
            return Some(is_complete);
        };
        if self.parts.is_empty() {
            return None;
        }
        if is_complete {
            // What follows.
            return Some(!self.is_mark());
        }
        let end = attempt.equal + self.parts.len();
        if self.wanted.get(attempt.equal..end) != Some(self.parts.as_slice()) {
            return Some(false);
        }
        (attempt.equal, attempt.last, attempt.ends_with_mark) = (end, character, self.is_mark());
        None
    }
}

impl<T: AsRef<str>> Work for Search<T> {
    type Output = Option<Range<usize>>;

    fn step(&mut self, steps: &mut u64) -> Option<Option<Range<usize>>> {
        if self.wanted.is_empty() {
            let edge = if self.from_end { self.within.end } else { self.within.start };
            return Some(Some(edge..edge));
        }
        loop {
            match self.attempt.take() {
                None => {
                    if self.begin(steps).is_none() {
                        return Some(None);
                    }
                }
                Some(mut attempt) => match self.go_on(&mut attempt, steps) {
                    Some(true) if self.from_end => return Some(Some(attempt.last.start..attempt.first.end)),
                    Some(true) => return Some(Some(attempt.first.start..attempt.last.end)),
                    Some(false) => {}
                    None => self.attempt = Some(attempt),
                },
            }
            if *steps == 0 {
                return None;
            }
        }
    }
}

/// The elements of a text from its end.
fn weights_from_end(text: &str, case: Case) -> impl Iterator<Item = Element> {
    let mut parts = Vec::new();
    let mut characters = text.chars();
    std::iter::from_fn(move || {
        while parts.is_empty() {
            elements(characters.next_back()?, case, |element| parts.push(element));
        }
        parts.pop()
    })
}

/// `StartsWith`: the elements of the beginning are those of the value, and no mark follows.
pub(in crate::text) fn starts_with(text: &str, value: &str, case: Case) -> bool {
    let mut elements = weights(text, case);
    weights(value, case).all(|wanted| elements.next() == Some(wanted))
        && (value.is_empty() || elements.next().is_none_or(|next| !next.is_mark()))
}

/// `EndsWith`: the elements of the end are those of the value, whatever is before.
pub(in crate::text) fn ends_with(text: &str, value: &str, case: Case) -> bool {
    let mut elements = weights_from_end(text, case);
    weights_from_end(value, case).all(|wanted| elements.next() == Some(wanted))
}
