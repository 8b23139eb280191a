//! Fairness between the tasks of a worker. The runtime has no budget of its own: an operation that is ready at once does
//! not end a task's turn, so a fast transfer could keep all others waiting.

use std::future::poll_fn;
use std::task::Poll;

/// Operations of one transfer in a row; at 64 KiB each that is about a tenth of a millisecond of copying.
const BURST: u32 = 16;

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

/// Lets the worker's other tasks run.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    poll_fn(|task| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
