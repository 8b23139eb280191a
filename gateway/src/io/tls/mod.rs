//! TLS over one TCP connection, as client and as server: `rustls` makes and reads the records, this folder moves them.
//!
//! What must hold: only one task at a time writes ciphertext, else records would arrive out of order. The right to write
//! is the session's outlet, which is taken out of the shared state for the length of a write; the reading half, which now and
//! then has to answer something (a key update), leaves it to the writer when it is busy. No borrow of the session is
//! held across an await. Ciphertext is in pooled buffers: a connection has one only while an operation is under way.

mod accept;
mod inlet;

use std::cell::RefCell;
use std::io::{self, BufRead, Write};
use std::rc::Rc;
use std::sync::Arc;

use monoio::io::{OwnedReadHalf, OwnedWriteHalf};
use monoio::net::TcpStream;
use rustls::{ClientConfig, ClientConnection, Connection};
use rustls_pki_types::ServerName;

pub(crate) use accept::Accepted;
pub(super) use accept::accept;
use inlet::Inlet;

use super::Notify;
use super::buffers::{Buffers, LARGE_BYTES, SMALL_BYTES};
use super::socket::write_plain;

/// Plaintext that is encrypted and written at a time: its records fit into a large buffer.
const PLAINTEXT_BYTES: usize = LARGE_BYTES - 1024;
/// What a record adds at most (RFC 8446 section 5.2: 256 bytes; the suites in use add about 40).
const RECORD_OVERHEAD: usize = 256;

/// What both halves share.
#[derive(Debug)]
struct Session {
    connection: RefCell<Connection>,
    /// The sending side of the TCP connection: whoever has it may write.
    outlet: RefCell<Option<OwnedWriteHalf<TcpStream>>>,
    /// Told when the outlet is there again.
    outlet_returned: Notify,
    buffers: Rc<Buffers>,
}

/// The outlet, taken out of its session until this is dropped.
struct Holder<'a> {
    session: &'a Session,
    outlet: Option<OwnedWriteHalf<TcpStream>>,
}

impl Drop for Holder<'_> {
    fn drop(&mut self) {
        *self.session.outlet.borrow_mut() = self.outlet.take();
        self.session.outlet_returned.notify_all();
    }
}

impl Session {
    fn new(connection: Connection, outlet: OwnedWriteHalf<TcpStream>, buffers: &Rc<Buffers>) -> Rc<Self> {
        Rc::new(Self {
            connection: RefCell::new(connection),
            outlet: RefCell::new(Some(outlet)),
            outlet_returned: Notify::default(),
            buffers: Rc::clone(buffers),
        })
    }

    fn hold_outlet(&self) -> Option<Holder<'_>> {
        let outlet = self.outlet.borrow_mut().take()?;
        Some(Holder { session: self, outlet: Some(outlet) })
    }

    /// Sends what `rustls` has to say, unless a writer is at it: that one will take it along.
    async fn answer(&self) -> io::Result<()> {
        match self.hold_outlet() {
            Some(holder) => self.flush(holder, 0).await.0,
            None => Ok(()),
        }
    }

    /// Sends what `rustls` has to say, about `plaintext_bytes` of it. Second: how many operations it took.
    async fn send(&self, plaintext_bytes: usize) -> (io::Result<()>, u64) {
        loop {
            match self.hold_outlet() {
                Some(holder) => return self.flush(holder, plaintext_bytes).await,
                None => self.outlet_returned.notified().await,
            }
        }
    }

    async fn flush(&self, mut holder: Holder<'_>, plaintext_bytes: usize) -> (io::Result<()>, u64) {
        let Some(outlet) = &mut holder.outlet else { return (Ok(()), 0) };
        let is_small = plaintext_bytes + RECORD_OVERHEAD <= SMALL_BYTES;
        let mut ciphertext = if is_small { self.buffers.small() } else { self.buffers.large() };
        let mut operations = 0;
        let mut result = Ok(());
        while result.is_ok() && self.fill(&mut ciphertext) {
            let length = ciphertext.len();
            let (written, count, buffer) = write_plain(outlet, ciphertext, 0, length).await;
            ciphertext = buffer;
            ciphertext.clear();
            operations += count;
            result = written;
        }
        self.buffers.give_back(ciphertext);
        (result, operations)
    }

    /// Moves records into `ciphertext`; whether there are any.
    fn fill(&self, ciphertext: &mut Vec<u8>) -> bool {
        let mut connection = self.connection.borrow_mut();
        while connection.wants_write() {
            // Writing into a Vec cannot fail; an error would mean that there is nothing more.
            if connection.write_tls(ciphertext).is_err() {
                break;
            }
        }
        !ciphertext.is_empty()
    }

    /// Exchanges messages until the handshake is complete.
    async fn shake_hands(&self, inlet: &mut Inlet) -> io::Result<()> {
        self.answer().await?;
        while self.connection.borrow().is_handshaking() {
            self.receive(inlet).await?;
            if inlet.has_ended() && self.connection.borrow().is_handshaking() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    /// Takes in the next piece of ciphertext, reading it if the last one is used up, and answers what has to be answered.
    async fn receive(&self, inlet: &mut Inlet) -> io::Result<()> {
        if inlet.is_empty() {
            inlet.fill().await?;
        }
        let processed = self.process(inlet);
        if !matches!(processed, Ok(false)) {
            // On an error, the alert that says why; the error itself matters more than whether that arrives.
            let sent = self.answer().await;
            processed?;
            sent?;
        }
        Ok(())
    }

    /// Whether there is something to answer.
    fn process(&self, inlet: &mut Inlet) -> io::Result<bool> {
        let mut connection = self.connection.borrow_mut();
        inlet.take(|mut rest| connection.read_tls(&mut rest))?;
        connection.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(connection.wants_write())
    }
}

/// The receiving half of a TLS connection.
#[derive(Debug)]
pub(super) struct TlsReader {
    session: Rc<Session>,
    inlet: Inlet,
}

/// Why no more plaintext can be had at the moment.
enum Dry {
    /// More ciphertext is needed, or more room.
    ForNow,
    /// The peer said that it will send no more.
    ForGood,
}

impl TlsReader {
    /// As [`super::Reader::read`]. A connection that ends without close_notify is an error: the body may be cut short.
    pub(super) async fn read(&mut self, mut buffer: Vec<u8>) -> (io::Result<usize>, Vec<u8>) {
        let start = buffer.len();
        loop {
            let taken = self.take_plaintext(&mut buffer);
            let count = buffer.len() - start;
            match taken {
                Ok(Dry::ForGood) => return (Ok(count), buffer),
                // Everything that arrived together is delivered together.
                Ok(Dry::ForNow) if count > 0 && (self.inlet.is_empty() || buffer.len() == buffer.capacity()) => {
                    return (Ok(count), buffer);
                }
                Ok(Dry::ForNow) => {}
                // What was decrypted before the connection broke is delivered first; the error comes again.
                Err(_) if count > 0 => return (Ok(count), buffer),
                Err(error) => return (Err(error), buffer),
            }
            match self.session.receive(&mut self.inlet).await {
                Ok(()) => {}
                Err(_) if count > 0 => return (Ok(count), buffer),
                Err(error) => return (Err(error), buffer),
            }
        }
    }

    pub(super) fn has_plaintext(&self) -> bool {
        !self.inlet.is_empty()
            || self.session.connection.borrow_mut().reader().fill_buf().is_ok_and(|bytes| !bytes.is_empty())
    }

    /// Copies decrypted bytes into the room of `buffer`.
    fn take_plaintext(&mut self, buffer: &mut Vec<u8>) -> io::Result<Dry> {
        let mut connection = self.session.connection.borrow_mut();
        while buffer.len() < buffer.capacity() {
            let mut reader = connection.reader();
            let count = match reader.fill_buf() {
                Ok([]) => return Ok(Dry::ForGood),
                Ok(bytes) => {
                    let count = bytes.len().min(buffer.capacity() - buffer.len());
                    buffer.extend_from_slice(bytes.get(..count).unwrap_or_default());
                    count
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Dry::ForNow),
                Err(error) => return Err(error),
            };
            reader.consume(count);
        }
        Ok(Dry::ForNow)
    }
}

/// The sending half of a TLS connection.
#[derive(Debug)]
pub(super) struct TlsWriter {
    session: Rc<Session>,
}

impl TlsWriter {
    /// As [`super::Writer::write_range`]; second: how many operations it took.
    pub(super) async fn write_range(
        &mut self,
        buffer: Vec<u8>,
        mut start: usize,
        end: usize,
    ) -> (io::Result<()>, u64, Vec<u8>) {
        let mut operations = 0;
        while start < end {
            let plaintext = buffer.get(start..end.min(start + PLAINTEXT_BYTES)).unwrap_or_default();
            let taken = self.session.connection.borrow_mut().writer().write(plaintext);
            let length = match taken {
                Ok(count) => count,
                Err(error) => return (Err(error), operations, buffer),
            };
            start += length;
            let (result, count) = self.session.send(length).await;
            operations += count;
            if let Err(error) = result {
                return (Err(error), operations, buffer);
            }
        }
        (Ok(()), operations, buffer)
    }

    /// Says that nothing more will be sent, so that the peer can tell the end from a broken connection (RFC 8446 section 6.1).
    pub(super) async fn say_goodbye(&mut self) {
        self.session.connection.borrow_mut().send_close_notify();
        // A peer that is gone need not be told.
        let _ = self.session.send(0).await;
    }
}

/// The client's handshake.
///
/// # Errors
/// `InvalidData` with what `rustls` says (a refused certificate, an alert), or the connection's own error.
pub(super) async fn connect(
    read: OwnedReadHalf<TcpStream>,
    write: OwnedWriteHalf<TcpStream>,
    buffers: &Rc<Buffers>,
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
) -> io::Result<(TlsReader, TlsWriter)> {
    let connection = ClientConnection::new(config, server_name).map_err(io::Error::other)?;
    let session = Session::new(connection.into(), write, buffers);
    let mut inlet = Inlet::new(read, buffers);
    session.shake_hands(&mut inlet).await?;
    Ok((TlsReader { session: Rc::clone(&session), inlet }, TlsWriter { session }))
}
