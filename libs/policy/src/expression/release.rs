//! Dropping values that may hold values that hold values: code can build chains as long as its memory budget lasts (`o = new[] { o }` in a
//! loop), and dropping them one inside the other would use up the thread's stack; and it can build so many of them that dropping them all would hold
//! the worker. Everything that holds values hands them to [`release`] when it is dropped.
//!
//! What must hold: values are dropped only as long as that is [allowed](garbage::is_allowed). The others wait here for the next turns, however they
//! nest.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use postern_dotnet::garbage;

use super::value::Value;

/// How deep drops nest before values wait in a queue instead.
const DEPTH_MAX: u32 = 32;

/// Values that are no objects take so much less time to drop than those.
const SCALARS_PER_NODE: usize = 32;

/// A longer rest of a list is not moved.
const MOVED_MAX: usize = 64;

/// Empty while nothing is dropped or left to be dropped, so that nothing is lost when the thread ends.
struct Queue {
    depth: Cell<u32>,
    waiting: RefCell<ManuallyDrop<Vec<Value>>>,
    /// Long lists of which only a part is dropped.
    lists: RefCell<ManuallyDrop<Vec<Vec<Value>>>>,
    /// What waits is freed when the thread collects.
    is_left: Cell<bool>,
}

thread_local! {
    static QUEUE: Queue = const {
        Queue {
            depth: Cell::new(0),
            waiting: RefCell::new(ManuallyDrop::new(Vec::new())),
            lists: RefCell::new(ManuallyDrop::new(Vec::new())),
            is_left: Cell::new(false),
        }
    };
}

/// Drops a value without deep recursion, if all that it holds is dropped this way.
pub fn release(value: Value) {
    if matches!(&value, Value::Object(object) if Rc::strong_count(object) == 1) {
        QUEUE.with(|queue| queue.release(value));
    }
}

/// Drops many values; the list is empty then.
pub fn release_all(values: &mut Vec<Value>) {
    if !values.is_empty() {
        QUEUE.with(|queue| queue.release_all(values));
    }
}

/// Values that are released when they are dropped: for whatever holds many.
#[derive(Debug, Default)]
pub(crate) struct Held(pub(crate) Vec<Value>);

impl Drop for Held {
    fn drop(&mut self) {
        release_all(&mut self.0);
    }
}

impl Deref for Held {
    type Target = Vec<Value>;

    fn deref(&self) -> &Vec<Value> {
        &self.0
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut Vec<Value> {
        &mut self.0
    }
}

impl Queue {
    fn release(&self, value: Value) {
        let depth = self.depth.get();
        if depth < DEPTH_MAX && garbage::is_allowed() {
            self.depth.set(depth + 1);
            garbage::count(1);
            drop(value);
            self.depth.set(depth);
        } else {
            self.waiting.borrow_mut().push(value);
        }
        if depth == 0 {
            self.go_on();
        }
    }

    fn release_all(&self, values: &mut Vec<Value>) {
        let depth = self.depth.get();
        self.depth.set(depth + 1);
        if depth < DEPTH_MAX {
            self.release_some(values);
        }
        self.depth.set(depth);
        if values.len() > MOVED_MAX {
            self.lists.borrow_mut().push(std::mem::take(values));
        } else {
            self.waiting.borrow_mut().append(values);
        }
        if depth == 0 {
            self.go_on();
        }
    }

    /// Drops values of a list as long as that is allowed.
    fn release_some(&self, values: &mut Vec<Value>) {
        let mut scalars = 0;
        while garbage::is_allowed()
            && let Some(value) = values.pop()
        {
            match &value {
                Value::Object(object) if Rc::strong_count(object) == 1 => self.release(value),
                Value::Object(_) | Value::String(_) => garbage::count(1),
                _ => {
                    scalars += 1;
                    if scalars % SCALARS_PER_NODE == 0 {
                        garbage::count(1);
                    }
                }
            }
        }
    }

    /// Drops what waits as long as that is allowed, and leaves the rest; whether there is none.
    fn go_on(&self) -> bool {
        if self.waiting.borrow().is_empty() && self.lists.borrow().is_empty() {
            return true;
        }
        self.depth.set(1);
        while garbage::is_allowed() {
            // Dropping may leave more behind, so nothing is borrowed meanwhile.
            let next = self.waiting.borrow_mut().pop();
            if let Some(value) = next {
                garbage::count(1);
                drop(value);
                continue;
            }
            let next = self.lists.borrow_mut().pop();
            let Some(mut values) = next else { break };
            self.release_some(&mut values);
            if !values.is_empty() {
                self.lists.borrow_mut().push(values);
            }
        }
        self.depth.set(0);
        let is_done = self.waiting.borrow().is_empty() && self.lists.borrow().is_empty();
        if !is_done && !self.is_left.replace(true) {
            garbage::leave(|| {
                QUEUE.with(|queue| {
                    let is_done = queue.go_on();
                    queue.is_left.set(!is_done);
                    is_done
                })
            });
        }
        is_done
    }
}

#[cfg(test)]
mod tests;
