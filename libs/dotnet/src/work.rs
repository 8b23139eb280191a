//! Work on large values that is done in pieces.
//!
//! What must hold: the pieces together come to what the work comes to in one go, whatever their sizes. The state between two pieces is a value
//! that borrows nothing: one written for it, or an `async` block, whose state the compiler writes ([`Paced`]).

use std::cell::Cell;
use std::cmp::Ordering;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Something that takes long, and what was done of it.
pub trait Work {
    /// What comes out.
    type Output;

    /// Goes on for about so many steps of ten nanoseconds, at least for one item, and takes those that it used; `None`: there is more to do.
    fn step(&mut self, steps: &mut u64) -> Option<Self::Output>;

    /// Bytes that were taken so far.
    fn bytes_taken(&self) -> usize {
        0
    }
}

/// What an `async` block is told of its turn, and tells what it did.
#[derive(Debug, Clone, Default)]
pub struct Pace(Rc<Account>);

#[derive(Debug, Default)]
struct Account {
    steps: Cell<u64>,
    bytes: Cell<usize>,
}

impl Pace {
    /// Takes steps for what is done next. Where those of the turn are spent, that is done in the next turn.
    pub async fn take(&self, steps: u64) {
        if self.0.steps.get() == 0 {
            self.next_turn().await;
        }
        self.0.steps.set(self.0.steps.get().saturating_sub(steps));
    }

    /// Waits for something that happens elsewhere: gives it the rest of the turn.
    pub(crate) async fn wait(&self) {
        self.0.steps.set(0);
        self.next_turn().await;
    }

    /// Ends the turn.
    async fn next_turn(&self) {
        let mut is_over = true;
        poll_fn(|_| if std::mem::take(&mut is_over) { Poll::Pending } else { Poll::Ready(()) }).await;
    }

    /// Counts bytes that were taken.
    pub fn take_bytes(&self, bytes: usize) {
        self.0.bytes.set(self.0.bytes.get().saturating_add(bytes));
    }

    /// Does what cannot wait for another turn, whatever steps it takes.
    pub(crate) fn at_once<F: Future>(&self, work: F) -> Option<F::Output> {
        let left = self.0.steps.replace(u64::MAX);
        let done = pin!(work).poll(&mut Context::from_waker(Waker::noop()));
        let used = u64::MAX - self.0.steps.get();
        self.0.steps.set(left.saturating_sub(used));
        match done {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// Does a work that is a part of this one.
    pub async fn run<W: Work>(&self, mut work: W) -> W::Output {
        loop {
            let (mut steps, before) = (self.0.steps.get(), work.bytes_taken());
            let done = work.step(&mut steps);
            self.0.steps.set(steps);
            self.take_bytes(work.bytes_taken().saturating_sub(before));
            match done {
                Some(output) => return output,
                None => self.next_turn().await,
            }
        }
    }
}

/// Work that is written as an `async` block, which is nothing but a way to write down where it pauses: it waits for [`Pace::take`] only.
pub struct Paced<T> {
    pace: Pace,
    state: Pin<Box<dyn Future<Output = T>>>,
}

impl<T> Paced<T> {
    /// Work that has not begun.
    pub fn new<F: Future<Output = T> + 'static>(work: impl FnOnce(Pace) -> F) -> Paced<T> {
        let pace = Pace::default();
        Paced { state: Box::pin(work(pace.clone())), pace }
    }
}

impl<T> fmt::Debug for Paced<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Paced").field("pace", &self.pace).finish_non_exhaustive()
    }
}

impl<T> Work for Paced<T> {
    type Output = T;

    fn step(&mut self, steps: &mut u64) -> Option<T> {
        self.pace.0.steps.set(*steps);
        let done = self.state.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        *steps = self.pace.0.steps.get();
        match done {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    fn bytes_taken(&self) -> usize {
        self.pace.0.bytes.get()
    }
}

/// Work that may borrow, for a single turn: `None`, and it is gone, if that was too short for it.
pub fn within<F: Future>(steps: u64, work: impl FnOnce(Pace) -> F) -> Option<F::Output> {
    let pace = Pace::default();
    pace.0.steps.set(steps);
    match pin!(work(pace)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

/// The whole work in one go.
pub fn in_one_go<W: Work>(mut work: W) -> W::Output {
    loop {
        if let Some(output) = work.step(&mut { u64::MAX }) {
            return output;
        }
    }
}

/// A stable sort in pieces; `each`: steps that a comparison takes. The order must not contradict itself.
pub(crate) async fn sorted<T>(pace: &Pace, items: Vec<T>, each: u64, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    /// Items that are sorted at once.
    const RUN: usize = 256;
    let mut runs = Vec::with_capacity(items.len() / RUN + 1);
    let mut items = items.into_iter();
    loop {
        let mut run: Vec<T> = items.by_ref().take(RUN).collect();
        if run.is_empty() {
            break;
        }
        pace.take((run.len() as u64 * 8).saturating_mul(each)).await;
        run.sort_by(&order);
        runs.push(run);
    }
    // Neighbours become one, so that equal items keep their places.
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len() / 2 + 1);
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(pace, left, right, each, &order).await,
                None => left,
            });
        }
        runs = merged;
    }
    runs.pop().unwrap_or_default()
}

async fn merge<T>(pace: &Pace, left: Vec<T>, right: Vec<T>, each: u64, order: &impl Fn(&T, &T) -> Ordering) -> Vec<T> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let from = if order(first, second) == Ordering::Greater { &mut right } else { &mut left };
        merged.extend(from.next());
        pace.take(each).await;
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

/// Steps as a number of items that take `each` steps; at least one.
pub(crate) fn items(steps: u64, each: u64) -> usize {
    usize::try_from(steps / each).unwrap_or(usize::MAX).max(1)
}

/// Takes the steps of so many items.
pub(crate) fn take(steps: &mut u64, items: usize, each: u64) {
    *steps = steps.saturating_sub((items as u64).saturating_mul(each));
}

/// The whole work in pieces of so many steps.
#[cfg(test)]
pub(crate) fn in_pieces<W: Work>(mut work: W, steps: u64) -> (W::Output, usize) {
    let mut pieces = 1;
    loop {
        if let Some(output) = work.step(&mut { steps }) {
            return (output, pieces);
        }
        pieces += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers below `end`, three steps each.
    async fn sum(pace: Pace, end: u64) -> u64 {
        let mut sum = 0;
        for number in 0..end {
            pace.take(3).await;
            pace.take_bytes(1);
            sum += number;
        }
        sum
    }

    #[test]
    fn an_async_block_goes_on_where_its_turn_ended() {
        assert_eq!(in_one_go(Paced::new(|pace| sum(pace, 100))), 4950);
        assert_eq!(in_pieces(Paced::new(|pace| sum(pace, 100)), 1), (4950, 100));
        assert_eq!(in_pieces(Paced::new(|pace| sum(pace, 100)), 30), (4950, 10));
        // A turn without steps does one item.
        assert_eq!(in_pieces(Paced::new(|pace| sum(pace, 3)), 0), (3, 4));
    }

    #[test]
    fn sorting_in_pieces_is_stable() {
        let items: Vec<(u32, u32)> = (0..5000).map(|index| (index * 7919 % 13, index)).collect();
        let mut expected = items.clone();
        expected.sort_by_key(|(key, _)| *key);
        let sort = || {
            let items = items.clone();
            Paced::new(|pace| async move { sorted(&pace, items, 2, |left, right| left.0.cmp(&right.0)).await })
        };
        assert_eq!(in_one_go(sort()), expected);
        let (found, pieces) = in_pieces(sort(), 1000);
        assert_eq!(found, expected);
        assert!(pieces > 40, "{pieces}");
        assert_eq!(in_one_go(Paced::new(|pace| async move { sorted(&pace, vec![7_u8], 1, u8::cmp).await })), [7_u8]);
    }

    #[test]
    fn a_single_turn_is_enough_or_not() {
        let end = 10;
        let borrowed = &end;
        assert_eq!(within(30, |pace| async move { sum(pace, *borrowed).await }), Some(45));
        assert_eq!(within(27, |pace| sum(pace, 10)), None);
    }

    #[test]
    fn steps_and_bytes_are_counted() {
        let mut work =
            Paced::new(|pace| async move { pace.run(Paced::new(|pace| sum(pace, 10))).await + sum(pace, 2).await });
        let mut steps = 20;
        assert_eq!(work.step(&mut steps), None);
        assert_eq!((steps, work.bytes_taken()), (0, 7));
        steps = 20;
        assert_eq!(work.step(&mut steps), Some(46));
        assert_eq!((steps, work.bytes_taken()), (5, 12));
    }
}
