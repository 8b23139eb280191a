//! Lists and maps that are dropped: what is large is freed in turns, as documents are ([`garbage`]).
//!
//! What must hold: nothing recurses over what is dropped.

use std::rc::Rc;

use postern_dotnet::garbage;

use super::data::{Data, Items, Map};

/// Values that are freed before the turn may end, and that are not worth more than dropping them.
const AT_ONCE: usize = 256;

/// What is left of a list or map.
enum Left {
    Items(Vec<Data>),
    Entries(Vec<(Rc<str>, Data)>),
}

fn is_container(data: &Data) -> bool {
    matches!(data, Data::List(_) | Data::Map(_))
}

/// Takes the lists and maps that nobody else holds out of a value.
fn drop_one(data: Data, pending: &mut Vec<Left>) {
    match data {
        Data::List(items) => pending.extend(Rc::into_inner(items).map(|mut items| Left::Items(items.take()))),
        Data::Map(map) => {
            pending.extend(Rc::into_inner(map).map(|mut map| Left::Entries(std::mem::take(&mut map.entries))));
        }
        _ => {}
    }
}

/// Frees the last of what is left.
fn take_apart(left: Left, pending: &mut Vec<Left>) -> usize {
    let first = |length: usize| length.saturating_sub(AT_ONCE);
    let (before, after) = match left {
        Left::Items(mut items) => {
            let (length, rest) = (items.len(), first(items.len()));
            let last: Vec<Data> = items.drain(rest..).collect();
            if rest > 0 {
                pending.push(Left::Items(items));
            }
            last.into_iter().for_each(|data| drop_one(data, pending));
            (length, rest)
        }
        Left::Entries(mut entries) => {
            let (length, rest) = (entries.len(), first(entries.len()));
            let last: Vec<(Rc<str>, Data)> = entries.drain(rest..).collect();
            if rest > 0 {
                pending.push(Left::Entries(entries));
            }
            last.into_iter().for_each(|(_, data)| drop_one(data, pending));
            (length, rest)
        }
    };
    before - after
}

impl Drop for Items {
    fn drop(&mut self) {
        if self.len() > AT_ONCE || self.iter().any(is_container) {
            garbage::free(vec![Left::Items(self.take())], take_apart);
        }
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        if self.entries.len() > AT_ONCE || self.entries.iter().any(|(_, data)| is_container(data)) {
            garbage::free(vec![Left::Entries(std::mem::take(&mut self.entries))], take_apart);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Turns of so many values until all is freed.
    fn turns(values: usize) -> usize {
        (1..)
            .find(|_| {
                garbage::collect(values);
                !garbage::is_waiting()
            })
            .unwrap_or_default()
    }

    #[test]
    fn large_lists_and_maps_are_freed_in_turns() {
        std::thread::spawn(|| {
            garbage::collect(1);
            let item = || Data::members(vec![("name", Data::text("n")), ("list", Data::list(vec![Data::Nil]))]);
            let entries = |count: usize| (0..count).map(|at| (Rc::from(at.to_string()), Data::Nil)).collect();
            let deep = (0..100_000).fold(Data::Nil, |inner, _| Data::list(vec![inner]));
            for (dropped, least) in [
                (Data::list((0..100_000).map(Data::Integer).collect()), 9),
                (Data::list(vec![Data::list((0..100_000).map(|_| Data::text("t")).collect())]), 9),
                (Data::list((0..25_000).map(|_| item()).collect()), 9),
                (Data::Map(Rc::new(Map { entries: entries(100_000), folds_case: false })), 9),
                (deep, 9),
            ] {
                drop(dropped);
                assert!(garbage::is_waiting());
                let turns = turns(10_000);
                assert!(turns >= least && turns <= 3 * least, "{turns} instead of {least}");
            }
        })
        .join()
        .unwrap();
    }

    #[test]
    fn what_somebody_else_holds_stays() {
        let inner = Data::list((0..10_000).map(Data::Integer).collect());
        drop(Data::list(vec![inner.clone(), Data::members(vec![("a", inner.clone())])]));
        assert_eq!(inner.size(), 10_000);
        assert_eq!(inner.index(&Data::Integer(-1)).to_text(), "9999");
    }
}
