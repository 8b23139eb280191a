//! TLS as client over one TCP connection: `rustls` makes and reads the records, this file moves them.
//!
//! What must hold: only one task at a time writes ciphertext, else records would arrive out of order. The right to write
//! is the [`Outlet`], which is taken out of the shared state for the length of a write; the reading half, which now and
//! then has to answer something (a key update), leaves it to the writer when it is busy. No borrow of the session is
//! held across an await.

use std::cell::RefCell;
use std::io::{self, BufRead, Write};
use std::rc::Rc;
use std::sync::Arc;

use monoio::io::{OwnedReadHalf, OwnedWriteHalf};
use monoio::net::TcpStream;
use rustls::{ClientConfig, ClientConnection};
use rustls_pki_types::ServerName;

use super::socket::{read_plain, write_plain};

/// Ciphertext is read in pieces of at most a record (16 KiB and its overhead, RFC 8446 section 5.2).
const RECORD_BYTES: usize = 16 * 1024 + 512;

/// The sending side of the TCP connection with its ciphertext buffer.
#[derive(Debug)]
struct Outlet {
    half: OwnedWriteHalf<TcpStream>,
    ciphertext: Vec<u8>,
}

#[derive(Debug)]
struct Session {
    connection: RefCell<ClientConnection>,
    outlet: RefCell<Option<Outlet>>,
}

impl Session {
    /// Sends what `rustls` has to say, unless a writer is at it: that one will take it along.
    async fn flush(&self) -> (io::Result<()>, u64) {
        let Some(mut outlet) = self.outlet.borrow_mut().take() else { return (Ok(()), 0) };
        let mut operations = 0;
        let mut result = Ok(());
        while result.is_ok() && self.fill(&mut outlet.ciphertext) {
            let length = outlet.ciphertext.len();
            let (written, count, buffer) = write_plain(&mut outlet.half, outlet.ciphertext, 0, length).await;
            outlet.ciphertext = buffer;
            outlet.ciphertext.clear();
            operations += count;
            result = written;
        }
        *self.outlet.borrow_mut() = Some(outlet);
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
}

/// The receiving half of a TLS connection.
#[derive(Debug)]
pub(super) struct TlsReader {
    session: Rc<Session>,
    half: OwnedReadHalf<TcpStream>,
    ciphertext: Vec<u8>,
    /// How much of `ciphertext` the session has taken.
    taken: usize,
    ended: bool,
}

impl TlsReader {
    /// As [`super::Reader::read`]. A connection that ends without close_notify is an error: the body may be cut short.
    pub(super) async fn read(&mut self, mut buffer: Vec<u8>) -> (io::Result<usize>, Vec<u8>) {
        loop {
            match self.take_plaintext(&mut buffer) {
                Ok(None) => {}
                Ok(Some(count)) => return (Ok(count), buffer),
                Err(error) => return (Err(error), buffer),
            }
            if let Err(error) = self.receive().await {
                return (Err(error), buffer);
            }
        }
    }

    pub(super) fn has_plaintext(&self) -> bool {
        self.taken < self.ciphertext.len()
            || self.session.connection.borrow_mut().reader().fill_buf().is_ok_and(|bytes| !bytes.is_empty())
    }

    /// Copies decrypted bytes into the room of `buffer`. `None`: more ciphertext is needed. 0: the peer closed.
    fn take_plaintext(&mut self, buffer: &mut Vec<u8>) -> io::Result<Option<usize>> {
        let mut connection = self.session.connection.borrow_mut();
        let mut copied = 0;
        while buffer.len() < buffer.capacity() {
            let mut reader = connection.reader();
            let count = match reader.fill_buf() {
                Ok([]) => return Ok(Some(copied)),
                Ok(bytes) => {
                    let count = bytes.len().min(buffer.capacity() - buffer.len());
                    buffer.extend_from_slice(bytes.get(..count).unwrap_or_default());
                    count
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    return Ok((copied > 0).then_some(copied));
                }
                // What was decrypted before the connection broke is delivered first.
                Err(_) if copied > 0 => return Ok(Some(copied)),
                Err(error) => return Err(error),
            };
            reader.consume(count);
            copied += count;
        }
        Ok(Some(copied))
    }

    /// One read of ciphertext, if the last one is used up, and what follows from it.
    async fn receive(&mut self) -> io::Result<()> {
        if self.taken == self.ciphertext.len() && !self.ended {
            let mut buffer = std::mem::take(&mut self.ciphertext);
            buffer.clear();
            self.taken = 0;
            buffer.reserve_exact(RECORD_BYTES);
            let (result, buffer) = read_plain(&mut self.half, buffer).await;
            self.ciphertext = buffer;
            self.ended = result? == 0;
        }
        let answer_due = self.process()?;
        if answer_due {
            self.session.flush().await.0?;
        }
        Ok(())
    }

    fn process(&mut self) -> io::Result<bool> {
        let mut connection = self.session.connection.borrow_mut();
        let mut rest = self.ciphertext.get(self.taken..).unwrap_or_default();
        let count = connection.read_tls(&mut rest)?;
        self.taken += count;
        connection.process_new_packets().map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(connection.wants_write())
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
            let plaintext = buffer.get(start..end).unwrap_or_default();
            let taken = self.session.connection.borrow_mut().writer().write(plaintext);
            match taken {
                Ok(count) => start += count,
                Err(error) => return (Err(error), operations, buffer),
            }
            let (result, count) = self.session.flush().await;
            operations += count;
            if let Err(error) = result {
                return (Err(error), operations, buffer);
            }
        }
        (Ok(()), operations, buffer)
    }
}

/// The client's handshake.
///
/// # Errors
/// `InvalidData` with what `rustls` says (a refused certificate, an alert), or the connection's own error.
pub(super) async fn handshake(
    read: OwnedReadHalf<TcpStream>,
    write: OwnedWriteHalf<TcpStream>,
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
) -> io::Result<(TlsReader, TlsWriter)> {
    let connection = ClientConnection::new(config, server_name).map_err(io::Error::other)?;
    let session = Rc::new(Session {
        connection: RefCell::new(connection),
        outlet: RefCell::new(Some(Outlet { half: write, ciphertext: Vec::new() })),
    });
    let mut reader =
        TlsReader { session: Rc::clone(&session), half: read, ciphertext: Vec::new(), taken: 0, ended: false };
    session.flush().await.0?;
    while session.connection.borrow().is_handshaking() {
        if let Err(error) = reader.receive().await {
            // The alert that says why; the error itself matters more than whether it arrives.
            let _ = session.flush().await;
            return Err(error);
        }
        if reader.ended && session.connection.borrow().is_handshaking() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok((reader, TlsWriter { session }))
}
