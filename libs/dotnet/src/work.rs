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
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
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
            interrupted().await;
        }
        self.spend(steps);
    }

    /// Takes steps for what was done in any case.
    pub fn spend(&self, steps: u64) {
        self.0.steps.set(self.0.steps.get().saturating_sub(steps));
    }

    /// Counts bytes that were taken.
    pub fn take_bytes(&self, bytes: usize) {
        self.0.bytes.set(self.0.bytes.get().saturating_add(bytes));
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
                None => interrupted().await,
            }
        }
    }
}

/// Ends the turn.
async fn interrupted() {
    let mut is_over = true;
    poll_fn(|_| if std::mem::take(&mut is_over) { Poll::Pending } else { Poll::Ready(()) }).await;
}

/// Work that is written as an `async` block, which is nothing but a way to write down where it pauses. It waits for nothing but its next turn:
/// in [`Pace::take`], and between the steps of a work that it does with [`Pace::run`]. What it is woken with does nothing.
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

/// Items that are made one by one, each when it is asked for, by an `async` block as that of [`Paced`].
pub struct Flow<T, E> {
    given: Giver<T>,
    /// Absent after the end and after a failure.
    making: Option<Paced<Result<(), E>>>,
}

/// What a [`Flow`] comes to.
#[derive(Debug, PartialEq, Eq)]
pub enum Came<T> {
    Item(T),
    End,
    /// The turn ended before the next item.
    Pause,
}

/// Takes the items that the block of a [`Flow`] makes.
pub struct Giver<T>(Rc<Cell<Option<T>>>);

impl<T> Giver<T> {
    /// Hands an item on, and waits until the next one is asked for.
    pub async fn give(&self, item: T) {
        self.0.set(Some(item));
        interrupted().await;
    }
}

impl<T, E> fmt::Debug for Flow<T, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Flow").field("making", &self.making).finish_non_exhaustive()
    }
}

impl<T, E> Flow<T, E> {
    /// Items of which none was made.
    pub fn new<F>(make: impl FnOnce(Pace, Giver<T>) -> F) -> Flow<T, E>
    where
        F: Future<Output = Result<(), E>> + 'static,
    {
        let given = Giver(Rc::default());
        let giver = Giver(Rc::clone(&given.0));
        Flow { given, making: Some(Paced::new(|pace| make(pace, giver))) }
    }

    /// Goes on for about so many steps, and takes those that it used.
    ///
    /// # Errors
    /// What the block fails with; behind that is the end.
    pub fn next(&mut self, steps: &mut u64) -> Result<Came<T>, E> {
        let Some(making) = &mut self.making else { return Ok(Came::End) };
        match making.step(steps) {
            Some(result) => {
                self.making = None;
                result.map(|()| Came::End)
            }
            None => Ok(self.given.0.take().map_or(Came::Pause, Came::Item)),
        }
    }

    /// All items, in one go.
    ///
    /// # Errors
    /// What the block fails with.
    pub fn collect(mut self) -> Result<Vec<T>, E> {
        let mut items = Vec::new();
        loop {
            match self.next(&mut { u64::MAX })? {
                Came::Item(item) => items.push(item),
                Came::End => return Ok(items),
                Came::Pause => {}
            }
        }
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

/// Work that may borrow, on a thread of its own: `None` soon after it was called off.
pub(crate) fn unless<F: Future>(is_called_off: &AtomicBool, work: impl FnOnce(Pace) -> F) -> Option<F::Output> {
    /// Steps between two looks: about a millisecond.
    const STEPS: u64 = 100_000;
    let pace = Pace::default();
    let mut work = pin!(work(pace.clone()));
    while !is_called_off.load(Relaxed) {
        pace.0.steps.set(STEPS);
        if let Poll::Ready(output) = work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return Some(output);
        }
    }
    None
}

/// The whole work in one go.
pub fn in_one_go<W: Work>(mut work: W) -> W::Output {
    loop {
        if let Some(output) = work.step(&mut { u64::MAX }) {
            return output;
        }
    }
}

/// What becomes of each item; `each`: steps that one takes.
pub async fn mapped<T, U>(
    pace: &Pace,
    items: impl IntoIterator<Item = T>,
    each: u64,
    mut become_of: impl FnMut(T) -> U,
) -> Vec<U> {
    let items = items.into_iter();
    let mut made = Vec::with_capacity(items.size_hint().0);
    for item in items {
        pace.take(each).await;
        made.push(become_of(item));
    }
    made
}

/// A stable sort in pieces; `each`: steps that a comparison takes. The order must not contradict itself.
pub async fn sorted<T>(pace: &Pace, items: Vec<T>, each: u64, order: impl Fn(&T, &T) -> Ordering) -> Vec<T> {
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
    /// Items that are moved at once.
    const MOVED_AT_ONCE: usize = 256;
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(first), Some(second)) = (left.peek(), right.peek()) {
        let from = if order(first, second) == Ordering::Greater { &mut right } else { &mut left };
        merged.extend(from.next());
        pace.take(each).await;
    }
    // One of them is left.
    let mut rest = left.chain(right);
    loop {
        let before = merged.len();
        merged.extend(rest.by_ref().take(MOVED_AT_ONCE));
        if merged.len() == before {
            return merged;
        }
        pace.take(((merged.len() - before) as u64).saturating_mul(each)).await;
    }
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
    fn items_are_made_when_they_are_asked_for() {
        let made = Rc::new(Cell::new(0));
        let count = Rc::clone(&made);
        let mut flow = Flow::new(|pace, given| async move {
            for number in 0..3 {
                pace.take(10).await;
                count.set(count.get() + 1);
                given.give(number).await;
            }
            Err("broken")
        });
        assert_eq!(made.get(), 0);
        let mut steps = 25;
        assert_eq!(flow.next(&mut steps), Ok(Came::Item(0)));
        assert_eq!((made.get(), steps), (1, 15));
        steps = 0;
        assert_eq!(flow.next(&mut steps), Ok(Came::Pause));
        assert_eq!(made.get(), 1);
        steps = 5;
        assert_eq!(flow.next(&mut steps), Ok(Came::Item(1)));
        assert_eq!(steps, 0);
        assert_eq!(flow.next(&mut { 100 }), Ok(Came::Item(2)));
        assert_eq!(flow.next(&mut { 100 }), Err("broken"));
        assert_eq!(flow.next(&mut { 100 }), Ok(Came::End));
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
    fn work_that_is_called_off_ends() {
        let flag = AtomicBool::new(false);
        assert_eq!(unless(&flag, |pace| sum(pace, 100_000)), Some(4_999_950_000));
        let endless = |pace: Pace| {
            let flag = &flag;
            async move {
                loop {
                    pace.take(100_000).await;
                    flag.store(true, Relaxed);
                }
            }
        };
        assert_eq!(unless(&flag, endless), None::<()>);
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
