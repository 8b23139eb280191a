//! A caller that sends any bytes and reads exactly one response after the other.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection};

use crate::limits::HANG;

/// A response as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Status line, header lines and the empty line.
    pub head: String,
    /// Without chunk framing.
    pub body: Vec<u8>,
}

impl Response {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.head, self.text()))
    }

    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).into_iter().next()
    }

    /// All headers of this name.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let lines = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).collect()
    }
}

/// What a connection does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// The other side ended the stream in order.
    Closed,
    /// The other side sent a TCP reset.
    Reset,
    /// Bytes that no one asked for.
    Talks,
}

/// A connection to a server.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    tls: Option<Box<ClientConnection>>,
    unread: Vec<u8>,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Self {
        Self::try_connect(address).unwrap()
    }

    pub fn try_connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(HANG))?;
        stream.set_write_timeout(Some(HANG))?;
        Ok(Client { stream, tls: None, unread: Vec::new() })
    }

    /// Connects and does the TLS handshake, asking for the host `name`.
    pub fn try_connect_tls(address: SocketAddr, name: &str, config: Arc<ClientConfig>) -> io::Result<Self> {
        let mut client = Self::try_connect(address)?;
        let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
        let mut tls = ClientConnection::new(config, name).map_err(io::Error::other)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut client.stream)?;
        }
        client.tls = Some(Box::new(tls));
        Ok(client)
    }

    /// The certificate that the server showed, in DER.
    pub fn server_certificate(&self) -> Vec<u8> {
        let chain = self.tls.as_ref().and_then(|tls| tls.peer_certificates()).unwrap();
        chain.first().map(|certificate| certificate.to_vec()).unwrap()
    }

    /// How many certificates the server showed.
    pub fn server_chain_length(&self) -> usize {
        self.tls.as_ref().and_then(|tls| tls.peer_certificates()).unwrap().len()
    }

    /// The state of the TLS connection.
    pub fn tls(&self) -> &ClientConnection {
        self.tls.as_ref().unwrap()
    }

    /// Changes the keys of what is sent and asks the server to change its own (TLS 1.3).
    pub fn change_keys(&mut self) {
        self.tls.as_mut().unwrap().refresh_traffic_keys().unwrap();
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.stream).write_all(bytes),
            None => self.stream.write_all(bytes),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.tls {
            Some(tls) => rustls::Stream::new(&mut **tls, &mut self.stream).read(buffer),
            None => self.stream.read(buffer),
        }
    }

    /// The local port: how the gateway sees this caller.
    pub fn local_address(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    pub fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends all of `bytes`.
    pub fn send(&mut self, bytes: &[u8]) {
        self.write_all(bytes).unwrap();
    }

    /// Sends what the other side still takes: it may have refused the request before its end.
    pub fn send_as_far_as_possible(&mut self, bytes: &[u8]) {
        let _ = self.write_all(bytes);
    }

    /// Ends the sending half.
    pub fn finish(&mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
    }

    /// Ends the connection with a TCP reset.
    pub fn reset(self) {
        socket2::SockRef::from(&self.stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
    }

    /// `GET path` with a Host and these headers, and its response.
    pub fn get(&mut self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.request("GET", path, headers, b"")
    }

    /// A request with a Host, and its response.
    pub fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        self.try_request(method, path, headers, body).unwrap()
    }

    /// As [`Client::request`]; connection failures are the caller's to judge.
    pub fn try_request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<Response> {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let head = format!("{method} {path} HTTP/1.1\r\nHost: gateway.test\r\n{headers}{length}\r\n");
        self.write_all(&[head.as_bytes(), body].concat())?;
        self.try_read_response_to(method)
    }

    /// The next final response to a request other than HEAD.
    pub fn read_response(&mut self) -> Response {
        self.read_response_to("GET")
    }

    /// The next final response to a request with this method.
    pub fn read_response_to(&mut self, method: &str) -> Response {
        self.try_read_response_to(method).unwrap()
    }

    pub fn try_read_response_to(&mut self, method: &str) -> io::Result<Response> {
        loop {
            let head = self.read_head()?;
            let status = status(&head)?;
            if (100..200).contains(&status) && status != 101 {
                continue;
            }
            let body =
                if method == "HEAD" || matches!(status, 101 | 204 | 304) { Vec::new() } else { self.read_body(&head)? };
            return Ok(Response { status, head, body });
        }
    }

    /// The next head, interim or final, up to and with its empty line.
    pub fn read_head(&mut self) -> io::Result<String> {
        let end = loop {
            if let Some(position) = self.unread.windows(4).position(|window| window == b"\r\n\r\n") {
                break position + 4;
            }
            self.fill()?;
        };
        Ok(String::from_utf8_lossy(&self.unread.drain(..end).collect::<Vec<u8>>()).into_owned())
    }

    /// Waits for the end of the connection.
    pub fn fate(&mut self) -> Fate {
        if !self.unread.is_empty() {
            return Fate::Talks;
        }
        let mut byte = [0];
        match self.read(&mut byte) {
            Ok(0) => Fate::Closed,
            Ok(_) => {
                self.unread.push(byte[0]);
                Fate::Talks
            }
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => Fate::Reset,
            Err(error) => panic!("the connection stays open: {error}"),
        }
    }

    /// What is left on the connection until it ends, and whether it ended in order.
    pub fn read_to_end(&mut self) -> (Vec<u8>, Fate) {
        loop {
            match self.fill() {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return (std::mem::take(&mut self.unread), Fate::Closed);
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
                    return (std::mem::take(&mut self.unread), Fate::Reset);
                }
                Err(error) => panic!("the connection stays open: {error}"),
            }
        }
    }

    /// What has arrived, or what arrives next.
    pub fn read_some(&mut self) -> io::Result<String> {
        if self.unread.is_empty() {
            self.fill()?;
        }
        Ok(String::from_utf8_lossy(&std::mem::take(&mut self.unread)).into_owned())
    }

    /// Reads exactly `length` bytes, counting only.
    pub fn count_bytes(&mut self, length: u64) -> io::Result<u64> {
        let mut left = length.saturating_sub(self.unread.len() as u64);
        self.unread.drain(..self.unread.len().min(usize::try_from(length).unwrap_or(usize::MAX)));
        let mut buffer = vec![0; 256 * 1024];
        while left > 0 {
            let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            match self.read(&mut buffer[..wanted])? {
                0 => break,
                count => left -= count as u64,
            }
        }
        Ok(length - left)
    }

    fn fill(&mut self) -> io::Result<()> {
        let mut buffer = [0; 64 * 1024];
        match self.read(&mut buffer)? {
            0 => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the connection ended after {:?}", String::from_utf8_lossy(&self.unread)),
            )),
            count => {
                self.unread.extend_from_slice(&buffer[..count]);
                Ok(())
            }
        }
    }

    fn read_body(&mut self, head: &str) -> io::Result<Vec<u8>> {
        let field = |name: &str| {
            let mut lines = head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
            lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
        };
        if field("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return self.read_chunks();
        }
        if let Some(length) = field("content-length") {
            let length = length.parse().map_err(|_| io::ErrorKind::InvalidData)?;
            return self.read_exact(length);
        }
        let (body, fate) = self.read_to_end();
        if fate == Fate::Closed { Ok(body) } else { Err(io::ErrorKind::ConnectionReset.into()) }
    }

    fn read_exact(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < length {
            self.fill()?;
        }
        Ok(self.unread.drain(..length).collect())
    }

    fn read_chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.read_line()?;
            let size = usize::from_str_radix(line.split(';').next().unwrap_or_default(), 16);
            let size = size.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, format!("chunk size {line:?}")))?;
            if size == 0 {
                while !self.read_line()?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.read_exact(size)?);
            if !self.read_line()?.is_empty() {
                return Err(io::ErrorKind::InvalidData.into());
            }
        }
    }

    /// The next line without its CRLF.
    fn read_line(&mut self) -> io::Result<String> {
        let end = loop {
            if let Some(position) = self.unread.windows(2).position(|window| window == b"\r\n") {
                break position;
            }
            self.fill()?;
        };
        let line: Vec<u8> = self.unread.drain(..end + 2).collect();
        Ok(String::from_utf8_lossy(&line[..end]).into_owned())
    }
}

fn status(head: &str) -> io::Result<u16> {
    let code = head.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5)).and_then(|code| code.parse().ok());
    code.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no status line: {head:?}")))
}
