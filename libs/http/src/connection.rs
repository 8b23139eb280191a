//! The Connection field (RFC 9110 §7.6.1): what it says about this connection and which fields it takes off the message.
//!
//! Only names *without* an id of their own can be taken off. RFC 9110 forbids senders to list end-to-end fields, and a
//! request with `Connection: host, authorization, x-forwarded-for` is an attempt to make the gateway drop what the backend
//! relies on; such options are ignored (the field is forwarded) rather than refused, because nothing depends on them.

use smallvec::SmallVec;

use crate::limits::CONNECTION_OPTIONS;
use crate::octets::{is_token, trim};
use crate::{HeaderId, Headers, Range};

/// What the Connection fields of a head say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConnectionOptions {
    pub(crate) close: bool,
    pub(crate) keep_alive: bool,
    pub(crate) upgrade: bool,
    /// An option is no token, or there are more than [`CONNECTION_OPTIONS`].
    pub(crate) malformed: bool,
}

/// Reads all Connection fields and marks the fields they name as hop-by-hop.
#[inline]
pub(crate) fn read_options(buffer: &[u8], headers: &mut Headers) -> ConnectionOptions {
    if !headers.contains(HeaderId::Connection) {
        return ConnectionOptions::default();
    }
    let (options, named) = collect(buffer, headers);
    if !named.is_empty() {
        mark(buffer, headers, &named);
    }
    options
}

type Named = SmallVec<[Range; CONNECTION_OPTIONS]>;

fn collect(buffer: &[u8], headers: &Headers) -> (ConnectionOptions, Named) {
    let mut options = ConnectionOptions::default();
    let mut named = Named::new();
    let mut count = 0;
    for header in headers.all(HeaderId::Connection) {
        let mut start = header.value.start as usize;
        for element in header.value.of(buffer).split(|&byte| byte == b',') {
            let leading = element.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let option = trim(element);
            let range = Range::new(start + leading, start + leading + option.len());
            start += element.len() + 1;
            if option.is_empty() {
                continue; // RFC 9110 §5.6.1.2: empty list elements are ignored.
            }
            count += 1;
            if count > CONNECTION_OPTIONS || !is_token(option) {
                options.malformed = true;
                return (options, named);
            }
            match option {
                _ if option.eq_ignore_ascii_case(b"close") => options.close = true,
                _ if option.eq_ignore_ascii_case(b"keep-alive") => options.keep_alive = true,
                _ if option.eq_ignore_ascii_case(b"upgrade") => options.upgrade = true,
                _ if HeaderId::of(option) == HeaderId::Other => named.push(range),
                _ => {}
            }
        }
    }
    (options, named)
}

fn mark(buffer: &[u8], headers: &mut Headers, named: &[Range]) {
    for header in headers.iter_mut().filter(|header| header.id == HeaderId::Other) {
        let name = header.name.of(buffer);
        header.hop_by_hop = named.iter().any(|option| option.of(buffer).eq_ignore_ascii_case(name));
    }
}
