//! A connected TCP socket, plain or under TLS, in two halves that can be used at the same time.

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use monoio::buf::{IoBuf, IoBufMut};
use monoio::io::{AsyncReadRent, AsyncWriteRent, OwnedReadHalf, OwnedWriteHalf, Splitable};
use monoio::net::TcpStream;
use smallvec::SmallVec;

use super::tls::{self, Accepted, TlsReader, TlsWriter};
use super::{Buffers, Sockets};
use crate::observe::metrics::{Counter, WorkerMetrics};
use crate::sys;
use crate::worker::{Cut, Watch, Wheel};

/// Whose connection it is, for the byte counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From a caller.
    Downstream,
    /// To a backend.
    Upstream,
}

/// An open connection. Dropping it closes it.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) reader: Reader,
    pub(crate) writer: Writer,
    watch: Rc<Watch>,
    fd: RawFd,
    direction: Direction,
    sockets: Rc<Sockets>,
    place: usize,
}

impl Socket {
    pub(crate) fn new(
        stream: TcpStream,
        direction: Direction,
        sockets: &Rc<Sockets>,
        metrics: &Arc<WorkerMetrics>,
    ) -> Self {
        let fd = stream.as_raw_fd();
        let watch = Watch::new(fd);
        let place = sockets.enter(Rc::clone(&watch));
        let (read, write) = stream.into_split();
        let (received, sent) = match direction {
            Direction::Downstream => (Counter::BytesReceived, Counter::BytesSent),
            Direction::Upstream => (Counter::UpstreamBytesReceived, Counter::UpstreamBytesSent),
        };
        Self {
            reader: Reader { transport: ReadTransport::Plain(read), metrics: Arc::clone(metrics), received, total: 0 },
            writer: Writer { transport: WriteTransport::Plain(write), metrics: Arc::clone(metrics), sent, total: 0 },
            watch,
            fd,
            direction,
            sockets: Rc::clone(sockets),
            place,
        }
    }

    /// Does the TLS handshake as client and is a TLS connection from then on.
    ///
    /// # Errors
    /// A refused certificate, an alert, a broken connection.
    pub(crate) async fn connect_tls(
        mut self,
        config: Arc<rustls::ClientConfig>,
        server_name: rustls_pki_types::ServerName<'static>,
        buffers: &Rc<Buffers>,
    ) -> io::Result<Self> {
        let (read, write) = self.take_plain()?;
        let (reader, writer) = tls::connect(read, write, buffers, config, server_name).await?;
        self.put_tls(reader, writer);
        Ok(self)
    }

    /// Does the TLS handshake as server, with the settings that `choose` picks for what the caller says first, and is a
    /// TLS connection from then on.
    ///
    /// # Errors
    /// What is not TLS, an alert, a broken connection.
    pub(crate) async fn accept_tls(
        mut self,
        choose: impl FnOnce(&rustls::server::ClientHello<'_>) -> Arc<rustls::ServerConfig>,
        buffers: &Rc<Buffers>,
    ) -> io::Result<(Self, Accepted)> {
        let (read, write) = self.take_plain()?;
        let (reader, writer, accepted) = tls::accept(read, write, buffers, choose).await?;
        self.put_tls(reader, writer);
        Ok((self, accepted))
    }

    fn take_plain(&mut self) -> io::Result<(OwnedReadHalf<TcpStream>, OwnedWriteHalf<TcpStream>)> {
        let read = std::mem::replace(&mut self.reader.transport, ReadTransport::Taken);
        let write = std::mem::replace(&mut self.writer.transport, WriteTransport::Taken);
        match (read, write) {
            (ReadTransport::Plain(read), WriteTransport::Plain(write)) => Ok((read, write)),
            _ => Err(io::Error::other("TLS within TLS")),
        }
    }

    fn put_tls(&mut self, reader: TlsReader, writer: TlsWriter) {
        self.reader.transport = ReadTransport::Tls(Box::new(reader));
        self.writer.transport = WriteTransport::Tls(Box::new(writer));
    }

    /// The receiving half, for a task that reads while another one writes. Until [`Socket::put_back_reader`], reads fail.
    pub(crate) fn take_reader(&mut self) -> Reader {
        let taken = Reader {
            transport: ReadTransport::Taken,
            metrics: Arc::clone(&self.reader.metrics),
            received: self.reader.received,
            total: 0,
        };
        std::mem::replace(&mut self.reader, taken)
    }

    pub(crate) fn put_back_reader(&mut self, reader: Reader) {
        self.reader = reader;
    }

    /// The sending half, as [`Socket::take_reader`].
    pub(crate) fn take_writer(&mut self) -> Writer {
        let taken = Writer {
            transport: WriteTransport::Taken,
            metrics: Arc::clone(&self.writer.metrics),
            sent: self.writer.sent,
            total: 0,
        };
        std::mem::replace(&mut self.writer, taken)
    }

    pub(crate) fn put_back_writer(&mut self, writer: Writer) {
        self.writer = writer;
    }

    pub(crate) fn watch(&self) -> &Rc<Watch> {
        &self.watch
    }

    #[cfg(test)]
    pub(crate) fn fd(&self) -> RawFd {
        self.fd
    }

    pub(crate) fn arm(&self, wheel: &Wheel, after: Duration, cut: Cut) {
        wheel.arm(&self.watch, after, cut);
    }

    pub(crate) fn disarm(&self) {
        self.watch.disarm();
    }

    /// Whether the deadline passed; then every read and write ends at once.
    pub(crate) fn expired(&self) -> bool {
        self.watch.expired()
    }

    /// Which of these idle connections can be used for a further request, being open and having received nothing unasked: bit i stands for the
    /// i-th, 32 at most.
    pub(crate) fn quiet<'s>(sockets: impl Iterator<Item = &'s Self> + Clone) -> u32 {
        let fds: SmallVec<[RawFd; 32]> = sockets.clone().map(|socket| socket.fd).collect();
        let ready = sockets.enumerate().filter(|(_, socket)| !socket.expired() && !socket.reader.has_plaintext());
        ready.fold(0, |bits, (place, _)| bits | 1 << place) & sys::quiet(&fds)
    }

    /// Sends FIN, under TLS close_notify first. To be called with a deadline set.
    pub(crate) async fn finish_writing(&mut self) {
        if let WriteTransport::Tls(writer) = &mut self.writer.transport {
            writer.say_goodbye().await;
        }
        sys::finish_writing(self.fd);
    }

    /// Whether this is a TLS connection whose peer has still to be told of its end.
    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.writer.transport, WriteTransport::Tls(_))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.watch.close();
        self.sockets.leave(self.place);
        // Callers' connections are counted by their task, which owns more than the socket.
        if self.direction == Direction::Upstream {
            self.writer.metrics.count(Counter::UpstreamClosed);
        }
    }
}

#[derive(Debug)]
enum ReadTransport {
    Plain(OwnedReadHalf<TcpStream>),
    Tls(Box<TlsReader>),
    Taken,
}

#[derive(Debug)]
enum WriteTransport {
    Plain(OwnedWriteHalf<TcpStream>),
    Tls(Box<TlsWriter>),
    Taken,
}

/// The receiving half.
#[derive(Debug)]
pub(crate) struct Reader {
    transport: ReadTransport,
    metrics: Arc<WorkerMetrics>,
    received: Counter,
    total: u64,
}

impl Reader {
    /// Reads once and appends to `buffer`, which must have spare capacity. `Ok(0)` means that the peer closed.
    pub(crate) async fn read(&mut self, buffer: Vec<u8>) -> (io::Result<usize>, Vec<u8>) {
        debug_assert!(buffer.len() < buffer.capacity(), "a read without room looks like the end of the stream");
        let (result, buffer) = match &mut self.transport {
            // As `read_plain`, without the future around it.
            ReadTransport::Plain(half) => {
                let room = buffer.len()..buffer.capacity();
                let (result, slice) = half.read(buffer.slice_mut(room)).await;
                (result, slice.into_inner())
            }
            ReadTransport::Tls(reader) => reader.read(buffer).await,
            ReadTransport::Taken => (Err(io::ErrorKind::NotConnected.into()), buffer),
        };
        self.metrics.count(Counter::IoReads);
        if let Ok(count) = result {
            self.total += count as u64;
            self.metrics.add(self.received, count as u64);
        }
        (result, buffer)
    }

    /// Bytes received since the connection began (under TLS: of plaintext).
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    fn has_plaintext(&self) -> bool {
        match &self.transport {
            ReadTransport::Tls(reader) => reader.has_plaintext(),
            _ => false,
        }
    }
}

/// The sending half.
#[derive(Debug)]
pub(crate) struct Writer {
    transport: WriteTransport,
    metrics: Arc<WorkerMetrics>,
    sent: Counter,
    total: u64,
}

impl Writer {
    /// Writes all of `buffer` and gives it back unchanged.
    pub(crate) async fn write_all(&mut self, buffer: Vec<u8>) -> (io::Result<()>, Vec<u8>) {
        let length = buffer.len();
        let (result, buffer) = self.write_range(buffer, 0, length).await;
        (result, buffer)
    }

    /// Writes `buffer[start..end]` and gives the buffer back unchanged.
    pub(crate) async fn write_range(&mut self, buffer: Vec<u8>, start: usize, end: usize) -> (io::Result<()>, Vec<u8>) {
        let (result, operations, buffer) = match &mut self.transport {
            WriteTransport::Plain(half) => write_plain(half, buffer, start, end).await,
            WriteTransport::Tls(writer) => writer.write_range(buffer, start, end).await,
            WriteTransport::Taken => (Err(io::ErrorKind::NotConnected.into()), 0, buffer),
        };
        self.metrics.add(Counter::IoWrites, operations);
        if result.is_ok() {
            let count = end.saturating_sub(start) as u64;
            self.total += count;
            self.metrics.add(self.sent, count);
        }
        (result, buffer)
    }

    /// Bytes sent since the connection began (under TLS: of plaintext).
    pub(crate) fn total(&self) -> u64 {
        self.total
    }
}

/// One read, appended to `buffer`.
pub(super) async fn read_plain(half: &mut OwnedReadHalf<TcpStream>, buffer: Vec<u8>) -> (io::Result<usize>, Vec<u8>) {
    let start = buffer.len();
    let end = buffer.capacity();
    let (result, slice) = half.read(buffer.slice_mut(start..end)).await;
    (result, slice.into_inner())
}

/// Writes until the range is out. Second: how many operations it took.
///
/// Through the ring even though a direct `send` would nearly always succeed: measured, the direct call costs 10 to 20 %
/// more per request, because the ring's submissions of one loop turn go to the network stack together.
pub(super) async fn write_plain(
    half: &mut OwnedWriteHalf<TcpStream>,
    mut buffer: Vec<u8>,
    mut start: usize,
    end: usize,
) -> (io::Result<()>, u64, Vec<u8>) {
    let mut operations = 0;
    while start < end {
        let (result, slice) = half.write(buffer.slice(start..end)).await;
        buffer = slice.into_inner();
        operations += 1;
        match result {
            Ok(0) => return (Err(io::ErrorKind::WriteZero.into()), operations, buffer),
            Ok(count) => start += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (Err(error), operations, buffer),
        }
    }
    (Ok(()), operations, buffer)
}
