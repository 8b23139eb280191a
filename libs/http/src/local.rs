//! Responses the gateway makes itself: errors, mocks, `return-response`.

use crate::header_id::HOP_BY_HOP;
use crate::octets::{is_field_value, is_token};
use crate::status::has_no_body;
use crate::write::{ConnectionHeader, write_added, write_connection, write_field, write_length, write_status_line};
use crate::{BodyLength, HeaderEdits, HeaderId, WriteError, reason_phrase};

/// A complete response.
#[derive(Clone, Copy, Debug)]
pub struct LocalResponse<'a> {
    /// Status code, 100 to 999.
    pub status: u16,
    /// Reason phrase; empty for the usual one.
    pub reason: &'a [u8],
    /// Fields to write first. Framing and connection fields are not taken from here.
    pub headers: &'a [(&'a [u8], &'a [u8])],
    /// Fields to write behind them: what the edits add.
    pub edits: &'a HeaderEdits,
    /// The body.
    pub body: &'a [u8],
    /// The body is not sent: the request was HEAD, or somebody else sends it.
    pub head_only: bool,
    /// The head tells the body's length. Not where the request was HEAD and nobody knows what the body of GET would be
    /// (RFC 9110 §8.6).
    pub tells_length: bool,
    /// The Connection field.
    pub connection: ConnectionHeader,
}

/// Appends a response with its body. Statuses that have no body (1xx, 204, 304) are sent without.
///
/// # Errors
/// See [`WriteError`].
pub fn write_local_response(out: &mut Vec<u8>, response: &LocalResponse<'_>) -> Result<(), WriteError> {
    if !response.headers.iter().all(|(name, value)| is_token(name) && is_field_value(value)) {
        return Err(WriteError::Header);
    }
    let reason = match response.reason {
        [] => reason_phrase(response.status).as_bytes(),
        reason => reason,
    };
    write_status_line(out, response.status, reason)?;
    let decided_here = HOP_BY_HOP | HeaderId::ContentLength.bit() | HeaderId::Trailer.bit();
    for (name, value) in response.headers {
        if decided_here & HeaderId::of(name).bit() == 0 {
            write_field(out, name, value);
        }
    }
    write_added(out, response.edits, decided_here);
    let without_body = has_no_body(response.status);
    if !without_body && response.tells_length {
        write_length(out, BodyLength::Exact(response.body.len() as u64));
    }
    write_connection(out, response.connection, BodyLength::None);
    out.extend_from_slice(b"\r\n");
    if !without_body && !response.head_only {
        out.extend_from_slice(response.body);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
