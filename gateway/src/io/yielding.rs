//! Fairness between the tasks of a worker. The runtime has no budget of its own: an operation that is ready at once does
//! not end a task's turn, so a fast transfer could keep all others waiting.
//!
//! What must hold: who yields goes on only after the runtime has looked for what became ready in the meantime, sockets and timers alike.
//! A task that wakes itself while it runs does not achieve that: monoio puts it at the front of its queue, before those that were woken long ago, and
//! looks at no timer as long as the queue has a task. So whoever yields leaves its waker here and knocks on a socket of the worker's own; the task that
//! reads from it, woken by the driver like any other, wakes them.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::task::{Poll, Waker};

/// Operations of one transfer in a row; at 64 KiB each that is about a tenth of a millisecond of copying.
const BURST: u32 = 16;

thread_local! {
    static YIELDED: Yielded = const { Yielded { knock: RefCell::new(None), has_knocked: Cell::new(false), waiting: RefCell::new(Vec::new()) } };
}

/// The tasks of this worker that have yielded.
struct Yielded {
    /// What is written here wakes the task that calls [`wake_yielded`]; `None`: there is no such task on this thread.
    knock: RefCell<Option<UnixStream>>,
    has_knocked: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// Names the socket, which must not block, from whose other end a task of this thread reads and calls [`wake_yielded`] whenever something comes.
pub(crate) fn set_knock(socket: UnixStream) {
    YIELDED.with(|yielded| {
        yielded.has_knocked.set(false);
        *yielded.knock.borrow_mut() = Some(socket);
    });
}

/// Lets all that have yielded go on.
pub(crate) fn wake_yielded() {
    let waiting = YIELDED.with(|yielded| {
        yielded.has_knocked.set(false);
        std::mem::take(&mut *yielded.waiting.borrow_mut())
    });
    waiting.into_iter().for_each(Waker::wake);
}

/// Has `waker` woken in the next turn of the runtime's loop. `false`: nobody would do it.
fn wake_later(waker: &Waker) -> bool {
    YIELDED.with(|yielded| {
        if !yielded.has_knocked.get() {
            let knock = yielded.knock.borrow();
            if knock.as_ref().is_none_or(|mut socket| socket.write(&[0]).is_err()) {
                return false;
            }
            yielded.has_knocked.set(true);
        }
        yielded.waiting.borrow_mut().push(waker.clone());
        true
    })
}

/// Counts operations and gives the other tasks their turn now and then.
#[derive(Debug, Default)]
pub(crate) struct Turns(u32);

impl Turns {
    /// To be called once per operation.
    pub(crate) async fn next(&mut self) {
        self.0 += 1;
        if self.0 >= BURST {
            self.0 = 0;
            yield_now().await;
        }
    }
}

/// Lets the worker's other tasks run, and what its sockets and timers have ready.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|task| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        if !wake_later(task.waker()) {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    })
    .await;
}
