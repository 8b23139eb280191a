//! What a body says: its content codings are taken off for policies that look at it.
//!
//! What must hold: the body itself stays as it came, and goes on as it came unless a policy replaces it; content is no longer than a body that a
//! policy may make the gateway hold; a worker decodes for about a millisecond at a time.

use postern_http::{CodingError, ContentCoding, ContentDecoder, content_codings, limits};
use postern_policy::{Exchange as _, ForwardFailure, LastError, Side};
use smallvec::SmallVec;

use super::{Exchange, Source};
use crate::io::yield_now;

/// Codings in the order in which they were applied.
pub(super) type Codings = SmallVec<[ContentCoding; limits::CONTENT_CODINGS]>;

/// Decodes a body that is in hand, if there is something to take off.
pub(super) async fn decode(exchange: &mut Exchange<'_>, side: Side) -> Result<(), ForwardFailure> {
    if exchange.content(side).is_some() {
        return Ok(());
    }
    let Some(codings) = exchange.codings(side) else { return Ok(()) };
    // Taken out meanwhile, so that the exchange is not borrowed over a turn.
    let body = std::mem::take(exchange.body_buffer(side));
    let decoded = decode_all(codings, &body, exchange.context.settings.limits.buffered_body_bytes_max).await;
    *exchange.body_buffer(side) = body;
    match decoded {
        Ok(content) => {
            *exchange.decoded(side) = Some(content);
            Ok(())
        }
        Err(error) => Err(failure(side, error)),
    }
}

/// The content of a body, with turns for other requests in between.
///
/// # Errors
/// The body is not what its codings say, or its content is longer than `bytes_max`.
pub(crate) async fn decode_all(codings: Codings, body: &[u8], bytes_max: usize) -> Result<Vec<u8>, CodingError> {
    let mut decoder = ContentDecoder::new(codings, bytes_max);
    loop {
        match decoder.step(body)? {
            Some(content) => return Ok(content),
            None => yield_now().await,
        }
    }
}

fn failure(side: Side, error: CodingError) -> ForwardFailure {
    match (side, error) {
        (Side::Response, _) => ForwardFailure::Connection(format!("the response cannot be read: {error}")),
        (Side::Request, CodingError::TooLong(_)) => super::forward::too_large(),
        // RFC 9110 section 15.5.1.
        (Side::Request, _) => {
            let message = format!("The request cannot be read: {error}.");
            ForwardFailure::Other {
                status: 400,
                error: LastError::new("forward-request", "RequestBodyMalformed", message),
            }
        }
    }
}

impl Exchange<'_> {
    /// The content codings of a body; none when it cannot be decoded by itself, as a part of one (206).
    pub(super) fn codings(&self, side: Side) -> Option<Codings> {
        let status = match self.response.source {
            Source::Backend => self.response_head.status,
            Source::Local => self.response.status,
        };
        if side == Side::Response && status == 206 {
            return None;
        }
        let (bytes, headers, edits) = self.side(side);
        content_codings(edits.all(bytes, headers, b"Content-Encoding"))
    }
}
