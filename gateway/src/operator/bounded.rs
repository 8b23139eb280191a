//! A reader that ends a connection whose request is too long: monoio-http itself has no bound for a head, and panics on
//! header names past 64 KiB.

use std::cell::Cell;
use std::io;
use std::rc::Rc;

use monoio::BufResult;
use monoio::buf::{IoBufMut, IoVecBufMut};
use monoio::io::AsyncReadRent;

use crate::limits::OPERATOR_REQUEST_BYTES_MAX;

/// Bytes that may still arrive before the next request is complete.
#[derive(Debug, Clone)]
pub(super) struct Allowance(Rc<Cell<usize>>);

impl Allowance {
    pub(super) fn new() -> Self {
        Self(Rc::new(Cell::new(OPERATOR_REQUEST_BYTES_MAX)))
    }

    /// A request was read: the next one gets the full allowance.
    pub(super) fn renew(&self) {
        self.0.set(OPERATOR_REQUEST_BYTES_MAX);
    }

    fn check(&self) -> io::Result<()> {
        if self.0.get() > 0 { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "request too long")) }
    }

    fn take(&self, result: &io::Result<usize>) {
        self.0.set(self.0.get().saturating_sub(*result.as_ref().unwrap_or(&0)));
    }
}

#[derive(Debug)]
pub(super) struct Bounded<R> {
    pub(super) inner: R,
    pub(super) allowance: Allowance,
}

impl<R: AsyncReadRent> AsyncReadRent for Bounded<R> {
    async fn read<T: IoBufMut>(&mut self, buffer: T) -> BufResult<usize, T> {
        if let Err(error) = self.allowance.check() {
            return (Err(error), buffer);
        }
        let (result, buffer) = self.inner.read(buffer).await;
        self.allowance.take(&result);
        (result, buffer)
    }

    async fn readv<T: IoVecBufMut>(&mut self, buffers: T) -> BufResult<usize, T> {
        if let Err(error) = self.allowance.check() {
            return (Err(error), buffers);
        }
        let (result, buffers) = self.inner.readv(buffers).await;
        self.allowance.take(&result);
        (result, buffers)
    }
}
