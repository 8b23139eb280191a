//! What nobody holds any more, freed in pieces: freeing documents and lists of some megabytes takes tens of milliseconds.
//!
//! What must hold: whatever the shape of what is dropped, dropping it takes no more of the stack than a single node, and on a thread that collects
//! all that is dropped between two collections takes no more time than some thousand nodes. A thread collects once it has called [`collect`]; it
//! must go on doing so, and is to make no more in between than what it collects. What is left is freed when the thread ends.

use std::cell::{Cell, RefCell};

/// Nodes that are freed where they are dropped, before the thread collects again: some tenths of a millisecond. What most requests hold is less.
const AT_ONCE: usize = 4096;

/// Nodes of a document that are freed where it is dropped in any case: most documents are small, and putting one aside costs as much.
const ALWAYS_AT_ONCE: usize = 16;

/// With more rests than this, of which each may be as large as what one request may hold, more is freed at a time.
const WAITING_MAX: usize = 4;
/// How many times as much: some milliseconds.
const HASTE: usize = 4;

/// The rest of what was dropped: frees some of it as long as that is [`allowed`], and says whether all is gone.
type Rest = Box<dyn FnMut() -> bool>;

#[derive(Default)]
struct Rests(RefCell<Vec<Rest>>);

impl Drop for Rests {
    fn drop(&mut self) {
        ALLOWED.set(usize::MAX);
        WAITING.set(0);
        for mut rest in std::mem::take(self.0.get_mut()) {
            rest();
        }
    }
}

thread_local! {
    /// Nodes that may still be freed now. A thread that does not collect frees all at once.
    static ALLOWED: Cell<usize> = const { Cell::new(usize::MAX) };
    /// How many rests there are: most collections find none, and this is cheaper to look at.
    static WAITING: Cell<usize> = const { Cell::new(0) };
    static RESTS: Rests = Rests::default();
}

/// Frees about so many nodes, of some tens of nanoseconds each, of what was dropped on this thread. Called between turns.
#[inline]
pub fn collect(nodes: usize) {
    if is_waiting() {
        collect_rests(nodes);
    }
    ALLOWED.set(AT_ONCE);
}

fn collect_rests(nodes: usize) {
    // While the thread ends there is nothing to collect.
    let _ = RESTS.try_with(|rests| {
        let haste = if WAITING.get() > WAITING_MAX { HASTE } else { 1 };
        ALLOWED.set(nodes.saturating_mul(haste));
        while is_allowed() {
            // Freeing may leave more behind, so nothing is borrowed meanwhile.
            let Some(mut rest) = rests.0.borrow_mut().pop() else { break };
            let done = rest();
            if !done {
                rests.0.borrow_mut().push(rest);
            }
            WAITING.set(rests.0.borrow().len());
        }
    });
}

/// Whether anything waits to be collected.
#[inline]
#[must_use]
pub fn is_waiting() -> bool {
    WAITING.get() > 0
}

/// Whether more may be freed before the thread collects again. What must not be freed now is [left](leave).
#[inline]
#[must_use]
pub fn is_allowed() -> bool {
    ALLOWED.get() > 0
}

/// Counts nodes that are freed.
#[inline]
pub fn count(nodes: usize) {
    ALLOWED.set(ALLOWED.get().saturating_sub(nodes));
}

/// Leaves to the next collections what must not be freed now. `free` frees some of it as long as that [is allowed](is_allowed), and says whether all
/// is gone.
pub fn leave(free: impl FnMut() -> bool + 'static) {
    let mut free = Some(free);
    let _ = RESTS.try_with(|rests| {
        if let Some(free) = free.take() {
            rests.0.borrow_mut().push(Box::new(free));
            WAITING.set(rests.0.borrow().len());
        }
    });
    // While the thread ends all is allowed.
    if let Some(mut free) = free {
        free();
    }
}

/// Frees nodes that were taken out of a tree. `take_apart` frees one, gives its children to the list, and says how many it freed along with it.
pub fn free<N: 'static>(mut pending: Vec<N>, take_apart: fn(N, &mut Vec<N>) -> usize) {
    if !free_some(&mut pending, ALWAYS_AT_ONCE, take_apart) {
        leave(move || free_some(&mut pending, 0, take_apart));
    }
}

fn free_some<N>(pending: &mut Vec<N>, mut at_least: usize, take_apart: fn(N, &mut Vec<N>) -> usize) -> bool {
    while is_allowed() || at_least > 0 {
        let Some(node) = pending.pop() else { return true };
        let freed = 1 + take_apart(node, pending);
        count(freed);
        at_least = at_least.saturating_sub(freed);
    }
    pending.is_empty()
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::*;
    use crate::json::JToken;
    use crate::xml::{LoadOptions, XNode};

    /// Turns of so many nodes until all is collected.
    fn turns(nodes: usize) -> usize {
        (1..)
            .find(|_| {
                collect(nodes);
                !is_waiting()
            })
            .unwrap_or_default()
    }

    #[test]
    fn large_documents_are_freed_in_turns() {
        std::thread::spawn(|| {
            let held = Rc::new(());
            let wide = crate::json::parse(&format!("[{}1]", "1,".repeat(100_000))).unwrap();
            let objects = crate::json::parse(&format!("[{}1]", r#"{"a":1,"b":[2]},"#.repeat(20_000))).unwrap();
            let names: String = (0..50_000).map(|index| format!(r#""{index}":1,"#)).collect();
            let names = crate::json::parse(&format!("{{{names}\"z\":[1]}}")).unwrap();
            let xml = format!("<a>{}</a>", "<b>t</b>".repeat(30_000));
            let xml = XNode::parse_document(&xml, LoadOptions::None).unwrap();
            // Freed at once as long as nobody collects.
            drop(wide.deep_clone().unwrap());
            assert!(!is_waiting());
            collect(1);
            for (dropped, least) in [
                (Box::new(wide) as Box<dyn std::any::Any>, 9),
                (Box::new(objects), 9),
                (Box::new(names), 9),
                (Box::new(xml), 5),
            ] {
                drop(dropped);
                assert!(is_waiting());
                let turns = turns(10_000);
                assert!(turns >= least && turns <= 2 * least, "{turns} instead of {least}");
            }
            drop(held);
        })
        .join()
        .unwrap();
    }

    #[test]
    fn what_is_dropped_between_two_collections_shares_what_is_freed_at_once() {
        std::thread::spawn(|| {
            collect(1);
            let text = format!("[{}1]", "1,".repeat(999));
            let documents: Vec<JToken> = (0..100).map(|_| crate::json::parse(&text).unwrap()).collect();
            drop(documents);
            // Of 100,000 nodes.
            let waiting = WAITING.get();
            assert!((100 - AT_ONCE / 1000 - 1..100).contains(&waiting), "{waiting}");
            // More at a time than what is asked for, as so many wait.
            let turns = turns(1000);
            assert!((20..40).contains(&turns), "{turns}");
        })
        .join()
        .unwrap();
    }

    #[test]
    fn what_waits_when_the_thread_ends_is_freed() {
        let held = std::sync::Arc::new(());
        let part = std::sync::Arc::clone(&held);
        let thread = std::thread::spawn(move || {
            collect(1);
            let parts: Vec<_> = (0..10 * AT_ONCE).map(|_| std::sync::Arc::clone(&part)).collect();
            free(parts, |_, _| 0);
            assert!(is_waiting());
        });
        thread.join().unwrap();
        assert_eq!(std::sync::Arc::strong_count(&held), 1);
    }

    #[test]
    fn small_documents_and_parts_that_are_held_stay_out_of_it() {
        std::thread::spawn(|| {
            collect(1);
            drop(crate::json::parse("[1,[2],{\"a\":3}]").unwrap());
            assert!(!is_waiting());
            let document = crate::json::parse(&format!("[{{\"a\":[7]}},{}1]", "[],".repeat(10_000))).unwrap();
            let kept = document.child(0).unwrap().deep_clone().unwrap();
            let part: JToken = document.child(0).unwrap();
            drop(document);
            assert!(!is_waiting(), "a part keeps the whole alive");
            assert_eq!(part.to_json(crate::json::Formatting::None).unwrap(), r#"{"a":[7]}"#);
            drop(part);
            assert!(is_waiting());
            turns(1000);
            assert_eq!(kept.to_json(crate::json::Formatting::None).unwrap(), r#"{"a":[7]}"#);
        })
        .join()
        .unwrap();
    }
}
