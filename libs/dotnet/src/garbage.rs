//! Documents and lists that nobody holds any more, freed in pieces: freeing one of some megabytes takes tens of milliseconds.
//!
//! What must hold: whatever the shape of a tree, dropping it takes no more of the stack than a single node, and on a thread that collects no more
//! time than some thousand nodes. A thread collects once it has called [`collect`]; it must go on doing so. No more than [`WAITING_MAX`] documents
//! wait: who drops them faster than they are collected frees them itself. What is left is freed when the thread ends.

use std::cell::{Cell, RefCell};

/// Nodes that are freed where a document is dropped: about a tenth of a millisecond. Most documents have fewer.
const AT_ONCE: usize = 4096;

/// Documents that wait to be freed; each may be as large as what one request may hold.
const WAITING_MAX: usize = 4;

/// The rest of a document: frees about as many nodes as it is told, takes those off, and says whether all are gone.
type Rest = Box<dyn FnMut(&mut usize) -> bool>;

#[derive(Default)]
struct Garbage {
    is_collected: Cell<bool>,
    rests: RefCell<Vec<Rest>>,
    /// Nodes that were freed on this thread so far.
    freed: Cell<usize>,
}

thread_local! {
    static GARBAGE: Garbage = Garbage::default();
}

/// Frees about so many nodes, of some tens of nanoseconds each, of documents that were dropped on this thread. Called between turns.
pub fn collect(mut nodes: usize) {
    // While the thread ends there is nothing to collect.
    let _ = GARBAGE.try_with(|garbage| {
        garbage.is_collected.set(true);
        while nodes > 0 {
            // Freeing may leave more behind, so nothing is borrowed meanwhile.
            let Some(mut rest) = garbage.rests.borrow_mut().pop() else { break };
            if !rest(&mut nodes) {
                garbage.rests.borrow_mut().push(rest);
            }
        }
    });
}

/// Whether anything waits to be collected.
#[must_use]
pub fn is_waiting() -> bool {
    GARBAGE.try_with(|garbage| !garbage.rests.borrow().is_empty()).unwrap_or(false)
}

/// How many nodes were freed on this thread so far; wraps.
#[must_use]
pub fn freed() -> usize {
    GARBAGE.try_with(|garbage| garbage.freed.get()).unwrap_or(0)
}

/// Frees nodes that were taken out of a tree. `take_apart` frees one, gives its children to the list, and says how many it freed along with it.
pub fn free<N: 'static>(mut pending: Vec<N>, take_apart: fn(N, &mut Vec<N>) -> usize) {
    if free_some(&mut pending, &mut { AT_ONCE }, take_apart) {
        return;
    }
    let mut pending = Some(pending);
    let _ = GARBAGE.try_with(|garbage| {
        if garbage.is_collected.get()
            && let Some(mut pending) = pending.take()
        {
            let rest = Box::new(move |nodes: &mut usize| free_some(&mut pending, nodes, take_apart));
            let mut rests = garbage.rests.borrow_mut();
            rests.push(rest);
            let surplus = (rests.len() > WAITING_MAX).then(|| rests.remove(0));
            drop(rests);
            if let Some(mut surplus) = surplus {
                surplus(&mut { usize::MAX });
            }
        }
    });
    if let Some(mut pending) = pending {
        free_some(&mut pending, &mut { usize::MAX }, take_apart);
    }
}

fn free_some<N>(pending: &mut Vec<N>, nodes: &mut usize, take_apart: fn(N, &mut Vec<N>) -> usize) -> bool {
    while let Some(node) = pending.pop() {
        let freed = 1 + take_apart(node, pending);
        let _ = GARBAGE.try_with(|garbage| garbage.freed.set(garbage.freed.get().wrapping_add(freed)));
        *nodes = nodes.saturating_sub(freed);
        if *nodes == 0 {
            return pending.is_empty();
        }
    }
    true
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
    fn few_documents_wait_however_many_are_dropped() {
        std::thread::spawn(|| {
            collect(1);
            let text = format!("[{}1]", "1,".repeat(10_000));
            for _ in 0..50 {
                drop(crate::json::parse(&text).unwrap());
                assert!(GARBAGE.with(|garbage| garbage.rests.borrow().len()) <= WAITING_MAX);
            }
            let before = freed();
            assert!(turns(1000) > WAITING_MAX);
            assert!(freed() - before > 10_000);
        })
        .join()
        .unwrap();
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
