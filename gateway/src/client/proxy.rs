//! Backends behind an HTTP proxy: requests in absolute form for `http`, a tunnel for `https` (RFC 9110 sections 7.1 and 9.3.6).
//!
//! What must hold: a proxy sees no more of an `https` request than host and port; its credentials go to it alone.

use std::io;
use std::time::Duration;

use postern_http::{Method, Parsed, ResponseHead};

use crate::io::Socket;
use crate::snapshot::{Proxy, Scheme, Upstream};
use crate::worker::{Context, Cut};

/// Turns a request, head and all, into one for the upstream's proxy, if it has one that reads requests.
pub(crate) fn address(request: &mut Vec<u8>, upstream: &Upstream) {
    let Some(proxy) = upstream.proxy.as_deref().filter(|_| upstream.scheme == Scheme::Http) else { return };
    let Some(target) = memchr::memchr(b' ', request).map(|space| space + 1) else { return };
    request.splice(target..target, upstream.origin.iter().copied());
    let Some(line_end) = memchr::memchr(b'\n', request).map(|end| end + 1) else { return };
    request.splice(line_end..line_end, authorization(proxy));
}

fn authorization(proxy: &Proxy) -> Vec<u8> {
    match &proxy.authorization {
        Some(value) => format!("Proxy-Authorization: {value}\r\n").into_bytes(),
        None => Vec::new(),
    }
}

/// Has the proxy connect to the upstream; afterwards the socket is one to the upstream itself.
pub(super) async fn tunnel(
    context: &Context,
    upstream: &Upstream,
    proxy: &Proxy,
    socket: &mut Socket,
) -> io::Result<()> {
    let host = if upstream.host.contains(':') { format!("[{}]", upstream.host) } else { upstream.host.to_string() };
    let port = upstream.port;
    let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n").into_bytes();
    request.extend_from_slice(&authorization(proxy));
    request.extend_from_slice(b"\r\n");
    socket.arm(&context.wheel, context.settings.limits.connect_timeout.max(Duration::from_secs(1)), Cut::Both);
    socket.writer.write_all(request).await.0?;
    let mut head = ResponseHead::default();
    let mut received = context.buffers.small();
    loop {
        match head.parse(&received, Method::Connect, &context.http_limits) {
            Ok(Parsed::Complete) => break,
            Ok(Parsed::Partial) => {
                if received.len() == received.capacity() {
                    received.reserve(received.len().max(1));
                }
                let (result, buffer) = socket.reader.read(received).await;
                received = buffer;
                if result? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(io::Error::other(format!("the proxy's answer is malformed: {error}"))),
        }
    }
    socket.disarm();
    if !(200..300).contains(&head.status) {
        return Err(io::Error::other(format!("the proxy answered with status {}", head.status)));
    }
    // A server speaks first in no TLS handshake: anything here is not the upstream's.
    if received.len() > head.len {
        return Err(io::Error::other("the proxy sent something behind its answer"));
    }
    context.buffers.give_back(received);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Via;

    #[test]
    fn a_request_for_a_proxy_is_in_absolute_form_and_carries_its_credentials() {
        let written = b"GET /a?b HTTP/1.1\r\nHost: o.test:81\r\n\r\nbody";
        for (url, credentials, expected) in [
            (
                "http://o.test:81",
                Some(("Aladdin".into(), "open sesame".into())),
                "GET http://o.test:81/a?b HTTP/1.1\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\nHost: o.test:81\r\n\r\nbody",
            ),
            ("http://o.test:81", None, "GET http://o.test:81/a?b HTTP/1.1\r\nHost: o.test:81\r\n\r\nbody"),
            ("https://o.test:81", None, "GET /a?b HTTP/1.1\r\nHost: o.test:81\r\n\r\nbody"),
        ] {
            let proxy = postern_policy::HttpProxy { url: "http://p.test:3128".into(), credentials };
            let via = Via { certificate: None, proxy: Some(Proxy::of(&proxy).unwrap().into()) };
            let upstream = Upstream::parse(url).unwrap().over(&via);
            let mut request = written.to_vec();
            address(&mut request, &upstream);
            assert_eq!(String::from_utf8(request).unwrap(), expected);
        }
    }
}
