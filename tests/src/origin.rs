//! The backend of the tests: an HTTP/1.1 server on plain threads that records every byte it receives and answers with
//! whatever bytes a test wants.
//!
//! It is strict about what it reads: framing it does not understand, or bytes where none may be, are recorded as
//! [`Seen::stray`], never skipped. So "the origin saw exactly this" means all of the bytes.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use crate::wait;

/// What a connection does after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Reads the next request.
    Continue,
    /// Ends the stream in order.
    Close,
    /// Ends it with a TCP reset.
    Reset,
}

/// One request as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Counts from 0 in the order of accepted connections.
    pub connection: usize,
    /// Request line and header lines with the empty line, untouched.
    pub head: Vec<u8>,
    /// The body as it was on the wire, chunk framing included; empty when it was skipped.
    pub body: Vec<u8>,
    /// Bytes that are not a request: an unfinished head, or a body with broken framing.
    pub stray: bool,
}

impl Seen {
    /// Head and body as text, for comparing whole.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&[self.head.as_slice(), &self.body].concat()).into_owned()
    }

    pub fn request_line(&self) -> String {
        let line = self.head.split(|byte| *byte == b'\r').next().unwrap_or_default();
        String::from_utf8_lossy(line).into_owned()
    }

    /// The path and query of the request line.
    pub fn target(&self) -> String {
        self.request_line().split(' ').nth(1).unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<String> {
        header(&self.head, name)
    }

    /// Header lines, without the request line and the empty line.
    pub fn header_lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.head).into_owned();
        text.split("\r\n").skip(1).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

#[derive(Debug, Default)]
struct Shared {
    seen: Mutex<Vec<Seen>>,
    accepted: AtomicUsize,
    open: AtomicUsize,
    stopped: AtomicBool,
    /// Second handles of the open connections, to end them from outside.
    streams: Mutex<BTreeMap<usize, TcpStream>>,
}

/// A running origin; ended with all its connections when dropped.
#[derive(Debug)]
pub struct Origin {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// One connection, as an answering function sees it.
#[derive(Debug)]
pub struct Conversation {
    pub connection: usize,
    stream: TcpStream,
    unread: Vec<u8>,
    shared: Arc<Shared>,
    /// Place in the record of the request being answered.
    record: usize,
    body: Body,
}

/// How much of the current request's body is still on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    Length(u64),
    Chunked,
    Read,
}

impl Origin {
    /// Answers every request, after its body, with 200 and `ok`.
    pub fn start() -> Self {
        Self::with(|_, conversation| conversation.ok(b"ok"))
    }

    /// Answers with what `answer` does; it is called once for each request head.
    pub fn with(answer: impl Fn(&Seen, &mut Conversation) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (of_threads, answer) = (shared.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if of_threads.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (shared, answer) = (of_threads.clone(), answer.clone());
                let connection = shared.accepted.fetch_add(1, Ordering::SeqCst);
                shared.open.fetch_add(1, Ordering::SeqCst);
                shared.streams().insert(connection, stream.try_clone().unwrap());
                thread::spawn(move || {
                    let _ = stream.set_nodelay(true);
                    let body = Body::Read;
                    let mut conversation =
                        Conversation { connection, stream, unread: Vec::new(), shared, record: 0, body };
                    // A gateway that goes away in the middle is a case of its own, not a failure of the origin.
                    let reset = matches!(conversation.serve(&*answer), Ok(Then::Reset));
                    conversation.shared.streams().remove(&connection);
                    if !reset {
                        let _ = conversation.stream.shutdown(Shutdown::Both);
                    }
                    conversation.shared.open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Origin { address, shared }
    }

    /// Answers nothing before the sender is dropped, then each request with this status.
    pub fn blocked(status: u16) -> (Self, Sender<()>) {
        let (release, released) = channel::<()>();
        let released = Mutex::new(released);
        let origin = Self::with(move |_, conversation| {
            let _ = released.lock().unwrap().recv();
            conversation.answer_after_body(&response(status, &[], b""))
        });
        (origin, release)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Connections accepted so far.
    pub fn connection_count(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Connections that are open now.
    pub fn open_count(&self) -> usize {
        self.shared.open.load(Ordering::SeqCst)
    }

    /// Every request so far, in the order in which the heads were complete.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared.seen().clone()
    }

    /// Forgets what was seen.
    pub fn clear(&self) {
        self.shared.seen().clear();
    }

    /// Waits for as many requests.
    pub fn wait_for(&self, count: usize) -> Vec<Seen> {
        wait::until(&format!("{count} requests at the origin"), || {
            let seen = self.seen();
            (seen.len() >= count).then_some(seen)
        })
    }

    /// Closes every open connection, as a backend does that restarts. New ones are accepted.
    pub fn close_connections(&self) {
        for stream in self.shared.streams().values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Origin {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees the mark.
        let _ = TcpStream::connect(self.address);
        self.close_connections();
    }
}

impl Shared {
    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.seen.lock().unwrap()
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<usize, TcpStream>> {
        self.streams.lock().unwrap()
    }
}

impl Conversation {
    fn serve(&mut self, answer: &dyn Fn(&Seen, &mut Self) -> Then) -> io::Result<Then> {
        while let Some(seen) = self.read_head()? {
            match answer(&seen, self) {
                Then::Continue => self.skip_body()?,
                Then::Close => return Ok(Then::Close),
                Then::Reset => {
                    // The reset is sent when the last handle of the socket is gone.
                    socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO))?;
                    return Ok(Then::Reset);
                }
            }
        }
        Ok(Then::Close)
    }

    /// 200 with a body, after the request's own body.
    pub fn ok(&mut self, body: &[u8]) -> Then {
        self.answer_after_body(&response(200, &[], body))
    }

    /// Reads the request's body, then sends `bytes`.
    pub fn answer_after_body(&mut self, bytes: &[u8]) -> Then {
        if self.read_body().is_err() || self.send(bytes).is_err() { Then::Close } else { Then::Continue }
    }

    /// Sends `bytes` as they are.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes)
    }

    /// Reads the body and records it as it is on the wire.
    pub fn read_body(&mut self) -> io::Result<Vec<u8>> {
        let mut wire = Vec::new();
        let mut content = Vec::new();
        let outcome = self.body_into(&mut |framed, data| {
            wire.extend_from_slice(framed);
            content.extend_from_slice(data);
        });
        let mut seen = self.shared.seen();
        if let Some(record) = seen.get_mut(self.record) {
            record.body = wire;
            record.stray |= outcome.is_err();
        }
        outcome.map(|()| content)
    }

    /// Reads the rest of the body without keeping it; returns the number of content bytes.
    pub fn count_body(&mut self) -> io::Result<u64> {
        let mut count = 0;
        self.body_into(&mut |_, data| count += data.len() as u64)?;
        Ok(count)
    }

    fn skip_body(&mut self) -> io::Result<()> {
        self.count_body().map(|_| ())
    }

    /// Waits until the other side ends the connection; returns the bytes that came before.
    pub fn wait_for_end(&mut self) -> Vec<u8> {
        let mut rest = std::mem::take(&mut self.unread);
        let _ = self.stream.read_to_end(&mut rest);
        rest
    }

    /// Reads more into `unread`; `false` at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        let mut buffer = [0; 64 * 1024];
        let count = self.stream.read(&mut buffer)?;
        self.unread.extend_from_slice(&buffer[..count]);
        Ok(count > 0)
    }

    fn read_head(&mut self) -> io::Result<Option<Seen>> {
        let end = loop {
            if let Some(position) = find(&self.unread, b"\r\n\r\n") {
                break position + 4;
            }
            // A stream that ends between requests is in order; in the middle of a head it is not.
            let more = self.fill();
            if !matches!(more, Ok(true)) {
                if !self.unread.is_empty() {
                    let head = std::mem::take(&mut self.unread);
                    self.record(Seen { connection: self.connection, head, body: Vec::new(), stray: true });
                }
                return more.map(|_| None);
            }
        };
        let head: Vec<u8> = self.unread.drain(..end).collect();
        let framing = framing(&head);
        self.body = framing.unwrap_or(Body::Read);
        let seen = Seen { connection: self.connection, head, body: Vec::new(), stray: framing.is_none() };
        self.record(seen.clone());
        Ok(Some(seen))
    }

    fn record(&mut self, seen: Seen) {
        let mut all = self.shared.seen();
        self.record = all.len();
        all.push(seen);
    }

    /// Reads the rest of the body; `piece` gets the bytes of the wire and the content among them.
    fn body_into(&mut self, piece: &mut dyn FnMut(&[u8], &[u8])) -> io::Result<()> {
        match std::mem::replace(&mut self.body, Body::Read) {
            Body::Read => Ok(()),
            Body::Length(length) => self.exact_into(length, piece),
            Body::Chunked => loop {
                let line = self.line()?;
                let digits = line.split(|byte| matches!(byte, b';' | b'\r')).next().unwrap_or_default();
                let size = std::str::from_utf8(digits).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
                let size = size.ok_or(io::ErrorKind::InvalidData)?;
                piece(&line, &[]);
                if size == 0 {
                    break self.trailers(piece);
                }
                self.exact_into(size, piece)?;
                let end = self.line()?;
                piece(&end, &[]);
                if end != b"\r\n" {
                    break Err(io::ErrorKind::InvalidData.into());
                }
            },
        }
    }

    fn trailers(&mut self, piece: &mut dyn FnMut(&[u8], &[u8])) -> io::Result<()> {
        loop {
            let line = self.line()?;
            piece(&line, &[]);
            if line == b"\r\n" {
                return Ok(());
            }
        }
    }

    fn exact_into(&mut self, length: u64, piece: &mut dyn FnMut(&[u8], &[u8])) -> io::Result<()> {
        let mut left = length;
        while left > 0 {
            if self.unread.is_empty() && !self.fill()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let count = self.unread.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            piece(&self.unread[..count], &self.unread[..count]);
            self.unread.drain(..count);
            left -= count as u64;
        }
        Ok(())
    }

    /// The next line with its line end.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        loop {
            if let Some(position) = self.unread.iter().position(|byte| *byte == b'\n') {
                return Ok(self.unread.drain(..=position).collect());
            }
            if !self.fill()? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

/// A response with a Content-Length.
pub fn response(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!("HTTP/1.1 {status} Origin\r\ncontent-length: {}\r\n{headers}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// One framing or none: everything that could be read in two ways is `None`.
fn framing(head: &[u8]) -> Option<Body> {
    let text = std::str::from_utf8(head).ok()?;
    let values = |name: &str| -> Vec<&str> {
        let lines = text.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    };
    match (values("content-length").as_slice(), values("transfer-encoding").as_slice()) {
        ([], []) => Some(Body::Read),
        ([length], []) => length.parse().ok().map(Body::Length),
        ([], [coding]) if coding.eq_ignore_ascii_case("chunked") => Some(Body::Chunked),
        _ => None,
    }
}

fn header(head: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes.windows(needle.len()).position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    #[test]
    fn every_request_is_recorded_as_it_was_on_the_wire() {
        let origin = Origin::start();
        let mut client = Client::connect(origin.address());
        let requests = [
            "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
            "PUT /b HTTP/1.1\r\ncontent-length: 3\r\n\r\nabc",
            "POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2;e\r\nab\r\n0\r\nT: 1\r\n\r\n",
        ];
        client.send(requests.concat().as_bytes());
        for _ in requests {
            assert_eq!(client.read_response().body, b"ok");
        }
        let seen: Vec<String> = origin.seen().iter().map(Seen::text).collect();
        assert_eq!(seen, requests);
        assert!(origin.seen().iter().all(|seen| !seen.stray && seen.connection == 0));
    }

    #[test]
    fn what_is_not_one_whole_request_is_recorded_as_stray() {
        let cases = [
            "GET /half HTTP/1.1\r\nHost",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n",
        ];
        for case in cases {
            let origin = Origin::start();
            let mut client = Client::connect(origin.address());
            client.send(case.as_bytes());
            client.finish();
            let seen = wait::until("stray bytes", || origin.seen().into_iter().find(|seen| seen.stray));
            assert!(case.starts_with(&seen.text()), "{case:?} {:?}", seen.text());
        }
    }
}
