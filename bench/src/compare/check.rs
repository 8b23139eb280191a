//! One request by hand, so that a measurement only starts when a proxy does what the scenario says.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Context, Result, bail};

use crate::limits::{CHECK_RESPONSE_BYTES_MAX, CHECK_TIMEOUT};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body_bytes: usize,
}

/// GETs `path` on a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str, header: Option<(&str, &str)>) -> Result<Answer> {
    let mut stream =
        TcpStream::connect_timeout(&address, CHECK_TIMEOUT).with_context(|| format!("connecting to {address}"))?;
    stream.set_read_timeout(Some(CHECK_TIMEOUT))?;
    let header = header.map(|(name, value)| format!("{name}: {value}\r\n")).unwrap_or_default();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{header}\r\n");
    stream.write_all(request.as_bytes())?;
    let mut response = Vec::new();
    stream.take(CHECK_RESPONSE_BYTES_MAX as u64).read_to_end(&mut response).context("reading the response")?;
    parse(&response)
}

/// Expects a response that was read to the end of its connection and is not chunked.
fn parse(response: &[u8]) -> Result<Answer> {
    let head_bytes =
        response.windows(4).position(|window| window == b"\r\n\r\n").context("no complete response head")? + 4;
    let status = response.strip_prefix(b"HTTP/1.").and_then(|rest| rest.get(2..5)).context("no status line")?;
    let Some(status) = std::str::from_utf8(status).ok().and_then(|digits| digits.parse().ok()) else {
        bail!("no status code in {:?}", String::from_utf8_lossy(&response[..head_bytes]));
    };
    Ok(Answer { status, body_bytes: response.len() - head_bytes })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_and_body_length_are_read() {
        let cases = [
            (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc".as_slice(), Some((200, 3))),
            (b"HTTP/1.0 401 Access Denied\r\n\r\n", Some((401, 0))),
            (b"HTTP/1.1 200 OK\r\ncontent-le", None),
            (b"HTTP/1.1 x\r\n\r\n", None),
            (b"SSH-2.0-OpenSSH\r\n\r\n", None),
            (b"", None),
        ];
        for (response, expected) in cases {
            let answer = parse(response).ok().map(|answer| (answer.status, answer.body_bytes));
            assert_eq!(answer, expected, "{}", String::from_utf8_lossy(response));
        }
    }
}
