//! Ciphertext as it arrives.
//!
//! What must hold: it holds a buffer only while there is ciphertext that the session has not taken, or a read is in flight.

use std::io;
use std::rc::Rc;

use monoio::io::OwnedReadHalf;
use monoio::net::TcpStream;

use crate::io::buffers::Buffers;
use crate::io::socket::read_plain;

/// The receiving side of the TCP connection with what was read and not yet taken.
#[derive(Debug)]
pub(super) struct Inlet {
    half: OwnedReadHalf<TcpStream>,
    ciphertext: Vec<u8>,
    /// How much of `ciphertext` was taken.
    taken: usize,
    /// The last read filled its buffer: more is to be expected, so the next one gets a large one.
    is_busy: bool,
    has_ended: bool,
    buffers: Rc<Buffers>,
}

impl Inlet {
    pub(super) fn new(half: OwnedReadHalf<TcpStream>, buffers: &Rc<Buffers>) -> Self {
        let buffers = Rc::clone(buffers);
        Self { half, ciphertext: Vec::new(), taken: 0, is_busy: false, has_ended: false, buffers }
    }

    /// Whether everything that was read has been taken.
    pub(super) fn is_empty(&self) -> bool {
        self.taken == self.ciphertext.len()
    }

    /// Whether the peer will send no more.
    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// One read, when everything was taken. Nothing more comes of it after the peer's end.
    pub(super) async fn fill(&mut self) -> io::Result<()> {
        self.give_back();
        if self.has_ended {
            return Ok(());
        }
        let buffer = if self.is_busy { self.buffers.large() } else { self.buffers.small() };
        let (result, buffer) = read_plain(&mut self.half, buffer).await;
        self.is_busy = buffer.len() == buffer.capacity();
        self.ciphertext = buffer;
        self.has_ended = result? == 0;
        Ok(())
    }

    /// Lets `take` have what is left; it says how much it took.
    pub(super) fn take(&mut self, take: impl FnOnce(&[u8]) -> io::Result<usize>) -> io::Result<()> {
        self.taken += take(self.ciphertext.get(self.taken..).unwrap_or_default())?;
        if self.is_empty() {
            self.give_back();
        }
        Ok(())
    }

    fn give_back(&mut self) {
        self.taken = 0;
        self.buffers.give_back(std::mem::take(&mut self.ciphertext));
    }
}

impl Drop for Inlet {
    fn drop(&mut self) {
        self.give_back();
    }
}
