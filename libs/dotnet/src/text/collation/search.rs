//! Searching for what is equal to a text, as ICU does it for .NET.
//!
//! What must hold: a match is made of whole characters with all marks that belong to them; what does not count matches nothing, and a text of nothing
//! else is found at the edge. The search goes on in pieces and looks at every character once, but for repetitions in what is looked for.

use std::collections::VecDeque;
use std::ops::Range;

use super::element::{Case, Element, elements};
use super::weights;
use crate::work::Work;

/// Steps for a character, of ASCII and beyond, and how many comparisons are one step.
const ASCII_STEPS: u64 = 2;
const OTHER_STEPS: u64 = 8;
const COMPARISONS_PER_STEP: u64 = 4;

/// An element of the text that is searched, and its character.
#[derive(Debug, Clone, Copy)]
struct Item {
    element: Element,
    start: usize,
    end: usize,
    /// The first, and the last, element of its character.
    is_first: bool,
    is_last: bool,
}

impl Item {
    /// Whether a match may begin in front of it, or end there.
    fn is_edge(self, is_at_start: bool) -> bool {
        self.is_first && (is_at_start || !self.element.is_mark())
    }
}

/// A search in pieces; it comes to the bytes of the match.
#[derive(Debug)]
pub(in crate::text) struct Search<T> {
    text: T,
    /// What is not looked at yet, in bytes.
    left: Range<usize>,
    begin: usize,
    /// What is looked for, last element first for searches from the end.
    wanted: Vec<Element>,
    case: Case,
    from_end: bool,
    /// The elements at hand, in the direction of the search.
    window: VecDeque<Item>,
    /// From the end: what comes behind the window in the text.
    behind: Option<Item>,
}

impl<T: AsRef<str>> Search<T> {
    pub(in crate::text) fn new(text: T, within: Range<usize>, value: &str, case: Case, from_end: bool) -> Search<T> {
        let mut wanted: Vec<Element> = weights(value, case).collect();
        if from_end {
            wanted.reverse();
        }
        let begin = within.start;
        Search { text, left: within, begin, wanted, case, from_end, window: VecDeque::new(), behind: None }
    }

    /// Takes elements in until there is one more than is looked for, or no more.
    fn fill(&mut self, steps: &mut u64) {
        let mut of_one = Vec::new();
        while self.window.len() <= self.wanted.len() {
            let rest = self.text.as_ref().get(self.left.clone()).unwrap_or_default();
            let mut characters = rest.chars();
            let Some(c) = (if self.from_end { characters.next_back() } else { characters.next() }) else { return };
            *steps = steps.saturating_sub(if c.is_ascii() { ASCII_STEPS } else { OTHER_STEPS });
            let (start, end) = if self.from_end {
                (self.left.end - c.len_utf8(), self.left.end)
            } else {
                (self.left.start, self.left.start + c.len_utf8())
            };
            self.left = if self.from_end { self.left.start..start } else { end..self.left.end };
            elements(c, self.case, |element| of_one.push(element));
            let last = of_one.len().saturating_sub(1);
            let items = of_one.drain(..).enumerate().map(|(index, element)| {
                let (is_first, is_last) = (index == 0, index == last);
                Item { element, start, end, is_first, is_last }
            });
            if self.from_end {
                let mut items: Vec<Item> = items.collect();
                items.reverse();
                self.window.extend(items);
            } else {
                self.window.extend(items);
            }
            if *steps == 0 {
                return;
            }
        }
    }

    /// The match at the front of the window.
    fn matched(&self, steps: &mut u64) -> Option<Range<usize>> {
        let mut compared = 0;
        let is_equal = self.window.len() >= self.wanted.len()
            && self.window.iter().zip(&self.wanted).all(|(item, wanted)| {
                compared += 1;
                item.element == *wanted
            });
        *steps = steps.saturating_sub(compared / COMPARISONS_PER_STEP);
        if !is_equal {
            return None;
        }
        let (front, back) = (self.window.front()?, self.window.get(self.wanted.len().checked_sub(1)?)?);
        let (first, last, behind) = if self.from_end {
            (back, front, self.behind.as_ref())
        } else {
            (front, back, self.window.get(self.wanted.len()))
        };
        let is_whole =
            first.is_edge(first.start == self.begin) && last.is_last && behind.is_none_or(|item| item.is_edge(false));
        is_whole.then_some(first.start..last.end)
    }
}

impl<T: AsRef<str>> Work for Search<T> {
    type Output = Option<Range<usize>>;

    fn step(&mut self, steps: &mut u64) -> Option<Option<Range<usize>>> {
        if self.wanted.is_empty() {
            let edge = if self.from_end { self.left.end } else { self.left.start };
            return Some(Some(edge..edge));
        }
        loop {
            self.fill(steps);
            let is_complete = self.window.len() > self.wanted.len() || self.left.is_empty();
            if is_complete {
                if let Some(found) = self.matched(steps) {
                    return Some(Some(found));
                }
                self.behind = self.window.pop_front();
                if self.behind.is_none() {
                    return Some(None);
                }
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
