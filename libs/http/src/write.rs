//! Heads back to bytes: what both directions share, and response heads.
//!
//! Received field lines are copied as maximal runs: a run is broken only by a line that is removed, so an untouched head is
//! one `memcpy`. What may not be copied is decided from sets of ids; names are compared only for edited or
//! `Connection`-listed fields without an id. Framing fields are written from [`BodyLength`] alone.

use thiserror::Error;

use crate::header_id::{HOP_BY_HOP, set};
use crate::scan::is_value;
use crate::status::{forbids_framing, has_no_body};
use crate::{BodyLength, Header, HeaderEdits, HeaderId, Headers, ResponseHead};

/// Why a head cannot be written. Nothing has been appended then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The method is no token.
    #[error("invalid method")]
    Method,
    /// The target holds a byte that would end or split it.
    #[error("invalid request target")]
    Target,
    /// The host is no `host[:port]`, see [`crate::Authority`].
    #[error("invalid host")]
    Host,
    /// One of the `X-Forwarded-*` values holds a byte that may not stand in a header value.
    #[error("invalid forwarding header")]
    Forwarded,
    /// The status is not between 100 and 999.
    #[error("invalid status")]
    Status,
    /// The reason phrase holds a control byte.
    #[error("invalid reason phrase")]
    Reason,
    /// A header of a local response has an invalid name or value.
    #[error("invalid header")]
    Header,
}

/// What a response says about the connection to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionHeader {
    /// Nothing: an HTTP/1.1 connection that stays open.
    Implicit,
    /// `Connection: close`.
    Close,
    /// `Connection: keep-alive`, for HTTP/1.0 clients that asked for it.
    KeepAlive,
    /// `Connection: Upgrade`; the received Upgrade field is kept. For 101.
    Upgrade,
}

/// The parts of a response head that do not come from the received fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseFraming<'a> {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase; may be empty.
    pub reason: &'a [u8],
    /// How the body is sent. `None` is for HEAD, 1xx, 204 and 304 only: a received Content-Length is kept, because it says
    /// what the body would be; where policy has made another status of a 1xx, 204 or 304 it becomes 0. 1xx and 204 never
    /// carry framing fields (RFC 9110 §8.6), whatever stands here.
    pub body: BodyLength,
    /// `false`: neither a length nor a coding is told, whatever `body` says. For the response to HEAD when nobody knows what the
    /// body of GET would be (RFC 9110 §8.6).
    pub tells_length: bool,
    /// The Connection field. `UntilClose` bodies make it `Close`.
    pub connection: ConnectionHeader,
}

/// Appends the head of a response: `head` as parsed from `buffer`, with these edits. The version is always HTTP/1.1
/// (RFC 9112 §2.3: a proxy sends its own).
///
/// # Errors
/// See [`WriteError`].
pub fn write_response_head(
    out: &mut Vec<u8>,
    buffer: &[u8],
    head: &ResponseHead,
    edits: &HeaderEdits,
    framing: &ResponseFraming<'_>,
) -> Result<(), WriteError> {
    write_status_line(out, framing.status, framing.reason)?;

    let body = match framing.body {
        // A 204 or 304 that policy turned into something else has no body, and must say so: no length would mean "until
        // close", and the length of a 304 is that of another response.
        BodyLength::None if has_no_body(head.status) && !has_no_body(framing.status) => BodyLength::Exact(0),
        body => body,
    };
    let tells_length = framing.tells_length && !forbids_framing(framing.status);
    let length_stays = match body {
        _ if !tells_length => false,
        BodyLength::None => true,
        BodyLength::Exact(_) => body == head.body,
        BodyLength::Chunked | BodyLength::UntilClose => false,
    };
    let mut left_out = HOP_BY_HOP;
    if !length_stays {
        left_out |= HeaderId::ContentLength.bit();
    }
    if body != BodyLength::Chunked {
        left_out |= HeaderId::Trailer.bit();
    }
    if framing.connection == ConnectionHeader::Upgrade {
        left_out &= !HeaderId::Upgrade.bit();
    }
    copy_fields(out, buffer, &head.headers, edits, left_out);
    write_added(out, edits, left_out | HeaderId::ContentLength.bit());
    if tells_length && !length_stays {
        write_length(out, body);
    }
    write_connection(out, framing.connection, body);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Framing is the serialiser's: edits neither hide nor add these.
const FRAMING: u64 = set(&[HeaderId::ContentLength, HeaderId::TransferEncoding]);

/// Copies the received lines that stay, in runs.
pub(crate) fn copy_fields(out: &mut Vec<u8>, buffer: &[u8], headers: &Headers, edits: &HeaderEdits, left_out: u64) {
    let left_out = left_out | (edits.hidden_ids() & !FRAMING);
    let stays = |header: &Header| match header.id {
        HeaderId::Other => !header.hop_by_hop && !edits.hides_other(buffer, header),
        id => left_out & id.bit() == 0,
    };
    // Only `Connection` names others that are meant for it.
    let is_whole = !headers.contains_any(left_out | HeaderId::Connection.bit()) && !edits.hides_others();
    if is_whole {
        return out.extend_from_slice(headers.lines().of(buffer));
    }
    let mut run = headers.line(0);
    run.end = run.start;
    for (index, header) in headers.iter().enumerate() {
        let line = headers.line(index);
        if stays(header) {
            run.end = line.end;
        } else {
            out.extend_from_slice(run.of(buffer));
            run.start = line.end;
            run.end = line.end;
        }
    }
    out.extend_from_slice(run.of(buffer));
}

/// Writes the lines the edits add, but those in `left_out`.
pub(crate) fn write_added(out: &mut Vec<u8>, edits: &HeaderEdits, left_out: u64) {
    for (name, value) in edits.added_lines(left_out) {
        write_field(out, name, value);
    }
}

pub(crate) fn write_field(out: &mut Vec<u8>, name: &[u8], value: &[u8]) {
    out.extend_from_slice(name);
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

/// Writes the field that delimits the body, if one does.
pub(crate) fn write_length(out: &mut Vec<u8>, body: BodyLength) {
    match body {
        BodyLength::Exact(bytes) => {
            out.extend_from_slice(b"Content-Length: ");
            write_number(out, bytes);
            out.extend_from_slice(b"\r\n");
        }
        BodyLength::Chunked => out.extend_from_slice(b"Transfer-Encoding: chunked\r\n"),
        BodyLength::None | BodyLength::UntilClose => {}
    }
}

pub(crate) fn write_connection(out: &mut Vec<u8>, connection: ConnectionHeader, body: BodyLength) {
    let connection = if body == BodyLength::UntilClose { ConnectionHeader::Close } else { connection };
    out.extend_from_slice(match connection {
        ConnectionHeader::Implicit => b"",
        ConnectionHeader::Close => b"Connection: close\r\n",
        ConnectionHeader::KeepAlive => b"Connection: keep-alive\r\n",
        ConnectionHeader::Upgrade => b"Connection: Upgrade\r\n",
    });
}

pub(crate) fn write_status_line(out: &mut Vec<u8>, status: u16, reason: &[u8]) -> Result<(), WriteError> {
    if !(100..=999).contains(&status) {
        return Err(WriteError::Status);
    }
    if !is_safe(reason) {
        return Err(WriteError::Reason);
    }
    let mut start = *b"HTTP/1.1 000 ";
    for (place, unit) in [(9, 100), (10, 10), (11, 1)] {
        start[place] += (status / unit % 10) as u8;
    }
    out.extend_from_slice(&start);
    out.extend_from_slice(reason);
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// Writes a number in decimal.
pub(crate) fn write_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

/// Whether `bytes` can stand in a line we write.
pub(crate) fn is_safe(bytes: &[u8]) -> bool {
    is_value(bytes)
}

#[cfg(test)]
mod tests;
