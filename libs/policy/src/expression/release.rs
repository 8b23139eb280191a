//! Dropping values that may hold values that hold values: code can build chains as long as its memory budget lasts (`o = new[] { o }` in a
//! loop), and dropping them one inside the other would use up the thread's stack. Everything that holds values hands them to [`release`] when
//! it is dropped.

use std::cell::{Cell, RefCell};

use postern_dotnet::garbage;

use super::value::Value;

/// How deep drops nest before values wait in a queue instead.
const DEPTH_MAX: u32 = 32;

#[derive(Default)]
struct Queue {
    depth: Cell<u32>,
    waiting: RefCell<Vec<Value>>,
}

thread_local! {
    static QUEUE: Queue = Queue::default();
}

/// Drops a value without deep recursion, if all that it holds is dropped this way.
pub fn release(value: Value) {
    if !matches!(value, Value::Object(_)) {
        return;
    }
    let mut value = Some(value);
    // While the thread ends there is no queue; then the value drops as any other.
    let _ = QUEUE.try_with(|queue| {
        if let Some(value) = value.take() {
            queue.release(value);
        }
    });
}

/// Values that are dropped together; of more, the rest is dropped in later turns.
const TOGETHER: usize = 4096;

/// Drops many values.
pub fn release_all(values: &mut Vec<Value>) {
    if values.len() > TOGETHER && values.iter().any(|value| matches!(value, Value::Object(_) | Value::String(_))) {
        garbage::free(std::mem::take(values), |value, _| {
            // A value may be a document.
            let before = garbage::freed();
            release(value);
            garbage::freed().wrapping_sub(before)
        });
        return;
    }
    for value in values.drain(..) {
        release(value);
    }
}

impl Queue {
    fn release(&self, value: Value) {
        let depth = self.depth.get();
        if depth >= DEPTH_MAX {
            self.waiting.borrow_mut().push(value);
            return;
        }
        self.depth.set(depth + 1);
        drop(value);
        if depth == 0 {
            // What these hold waits in the same queue when it is too deep.
            loop {
                let next = self.waiting.borrow_mut().pop();
                let Some(next) = next else { break };
                drop(next);
            }
        }
        self.depth.set(depth);
    }
}

#[cfg(test)]
mod tests {
    use super::super::array::Array;
    use super::super::types::Type;
    use super::*;

    #[test]
    fn a_million_arrays_inside_each_other_are_dropped_on_a_small_stack() {
        let thread = std::thread::Builder::new().stack_size(256 * 1024).spawn(|| {
            let mut value = Value::Null;
            for _ in 0..1_000_000 {
                value = Value::object(Array::values(Type::Object, vec![value]));
            }
            drop(value);
        });
        thread.unwrap().join().unwrap();
    }
}
