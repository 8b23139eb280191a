//! Request heads towards a backend: the received fields with edits, hop-by-hop fields removed, and the fields a proxy adds.
//!
//! Removed besides the hop-by-hop fields of RFC 9110 §7.6.1: `TE` (the gateway forwards trailers but does not ask for
//! them: `TE` would need `Connection: TE`, which some servers answer with a closed connection), `Proxy-Authorization`
//! (meant for us), `HTTP2-Settings`. `Trailer` stays with a chunked body, for the trailers do.

use crate::header_id::{HOP_BY_HOP, set};
use crate::octets::{is_request_target, is_token};
use crate::target::Authority;
use crate::write::{copy_fields, is_safe, write_added, write_length};
use crate::{BodyLength, HeaderEdits, HeaderId, RequestHead, WriteError};

/// The request line to send: policies may have changed both parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLine<'a> {
    /// The method's token.
    pub method: &'a [u8],
    /// Path and query, beginning with `/`; `*` for OPTIONS.
    pub path_and_query: &'a [u8],
}

/// Whose word counts for `X-Forwarded-Proto` and `X-Forwarded-Host`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// The sender may be anyone: ours replace what came. `Forwarded`, `X-Forwarded-Port`, `X-Real-IP`, `X-Original-URL` and
    /// `X-Rewrite-URL` are dropped, because backends that believe in them would believe the client.
    Replace,
    /// The sender is a proxy of ours: what came stays, ours are added only where they are absent.
    Keep,
}

/// The parts of a forwarded head that do not come from the received fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForwardHeaders<'a> {
    /// Value of Host, `host[:port]`. A Host set by edits is not looked at: the caller decides.
    pub host: Authority<'a>,
    /// How the body is sent; `UntilClose` is no request framing and is sent as chunked.
    pub body: BodyLength,
    /// Whether `Expect: 100-continue` is sent.
    pub expect_continue: bool,
    /// Whether the received Upgrade field is forwarded, with `Connection: Upgrade`.
    pub upgrade: bool,
    /// Address of the client, appended to the received `X-Forwarded-For` list.
    pub forwarded_for: Option<&'a [u8]>,
    /// `http` or `https`, for `X-Forwarded-Proto`.
    pub forwarded_proto: Option<&'a [u8]>,
    /// The authority the client asked for, for `X-Forwarded-Host`.
    pub forwarded_host: Option<&'a [u8]>,
    /// Whose word counts.
    pub trust: Trust,
}

/// Appends the head of a request to a backend: `head` as parsed from `buffer`, with these edits.
///
/// A forwarding field that edits set or removed is the policy's; nothing is added for it.
///
/// # Errors
/// See [`WriteError`].
pub fn write_request_head(
    out: &mut Vec<u8>,
    buffer: &[u8],
    head: &RequestHead,
    line: &RequestLine<'_>,
    edits: &HeaderEdits,
    forward: &ForwardHeaders<'_>,
) -> Result<(), WriteError> {
    check(line, forward)?;
    let body = if forward.body == BodyLength::UntilClose { BodyLength::Chunked } else { forward.body };
    let length_stays = body == head.body && matches!(body, BodyLength::Exact(_));
    let left_out = left_out(head, edits, forward, body, length_stays);

    out.extend_from_slice(line.method);
    out.push(b' ');
    out.extend_from_slice(line.path_and_query);
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    out.extend_from_slice(forward.host.bytes());
    out.extend_from_slice(b"\r\n");
    copy_fields(out, buffer, &head.headers, edits, left_out);
    write_added(out, edits, NEVER_ADDED | left_out & HeaderId::Trailer.bit());
    if !length_stays {
        write_length(out, body);
    }
    write_forwarded_for(out, buffer, head, edits, forward);
    write_forwarded(out, head, edits, forward, HeaderId::XForwardedProto, forward.forwarded_proto);
    write_forwarded(out, head, edits, forward, HeaderId::XForwardedHost, forward.forwarded_host);
    if forward.expect_continue {
        out.extend_from_slice(b"Expect: 100-continue\r\n");
    }
    if forward.upgrade {
        out.extend_from_slice(b"Connection: Upgrade\r\n");
    }
    out.extend_from_slice(b"\r\n");
    Ok(())
}

/// What edits cannot add: hop-by-hop fields, and what [`ForwardHeaders`] decides.
const NEVER_ADDED: u64 = HOP_BY_HOP | set(&[HeaderId::Host, HeaderId::ContentLength, HeaderId::Expect]);

/// Fields about the client that only a trusted sender may set.
const IDENTITY: u64 = set(&[
    HeaderId::Forwarded,
    HeaderId::XForwardedProto,
    HeaderId::XForwardedHost,
    HeaderId::XForwardedPort,
    HeaderId::XRealIp,
    HeaderId::XOriginalUrl,
    HeaderId::XRewriteUrl,
]);

/// The received fields that are not copied, besides those the edits hide.
fn left_out(
    head: &RequestHead,
    edits: &HeaderEdits,
    forward: &ForwardHeaders<'_>,
    body: BodyLength,
    length_stays: bool,
) -> u64 {
    let mut ids = HOP_BY_HOP | set(&[HeaderId::Host, HeaderId::Expect]);
    if forward.upgrade && head.upgrade {
        ids &= !HeaderId::Upgrade.bit();
    }
    if !length_stays {
        ids |= HeaderId::ContentLength.bit();
    }
    if body != BodyLength::Chunked {
        ids |= HeaderId::Trailer.bit();
    }
    if forward.trust == Trust::Replace {
        ids |= IDENTITY;
    }
    if forward.forwarded_for.is_some() && edits.touched_ids() & HeaderId::XForwardedFor.bit() == 0 {
        ids |= HeaderId::XForwardedFor.bit(); // written anew, as one line
    }
    ids
}

/// Appends the client to the received list, in one line: backends that read only one line then see all of it.
fn write_forwarded_for(
    out: &mut Vec<u8>,
    buffer: &[u8],
    head: &RequestHead,
    edits: &HeaderEdits,
    forward: &ForwardHeaders<'_>,
) {
    let Some(client) = forward.forwarded_for else { return };
    if edits.touched_ids() & HeaderId::XForwardedFor.bit() != 0 {
        return;
    }
    out.extend_from_slice(b"X-Forwarded-For: ");
    for received in head.headers.all(HeaderId::XForwardedFor).filter(|header| !header.value.is_empty()) {
        out.extend_from_slice(received.value.of(buffer));
        out.extend_from_slice(b", ");
    }
    out.extend_from_slice(client);
    out.extend_from_slice(b"\r\n");
}

/// Writes one of the other forwarding fields, unless policy or a trusted sender has already said it.
fn write_forwarded(
    out: &mut Vec<u8>,
    head: &RequestHead,
    edits: &HeaderEdits,
    forward: &ForwardHeaders<'_>,
    id: HeaderId,
    value: Option<&[u8]>,
) {
    let Some(value) = value else { return };
    let kept = forward.trust == Trust::Keep && head.headers.contains(id);
    if kept || edits.touched_ids() & id.bit() != 0 {
        return;
    }
    if id == HeaderId::XForwardedProto {
        out.extend_from_slice(b"X-Forwarded-Proto: ");
    } else {
        out.extend_from_slice(b"X-Forwarded-Host: ");
    }
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

fn check(line: &RequestLine<'_>, forward: &ForwardHeaders<'_>) -> Result<(), WriteError> {
    if !is_token(line.method) {
        return Err(WriteError::Method);
    }
    if !is_request_target(line.path_and_query) {
        return Err(WriteError::Target);
    }
    let forwarded = [forward.forwarded_for, forward.forwarded_proto, forward.forwarded_host];
    if !forwarded.into_iter().flatten().all(is_safe) {
        return Err(WriteError::Forwarded);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
