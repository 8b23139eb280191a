//! Moving body bytes from one framing to another.

use std::ops::Range;

use postern_http::{BodyDecoder, BodyError, BodyLength, encode_chunk_header, encode_last_chunk};

/// Decodes what is in `received` from `position` on, and appends it to `out` in the framing `to`. `position` moves past
/// what was consumed. `true`: the body has ended; its end is in `out`.
///
/// # Errors
/// Framing that is not what RFC 9112 section 7.1 says.
pub(crate) fn transcode(
    decoder: &mut BodyDecoder,
    received: &[u8],
    position: &mut usize,
    to: BodyLength,
    out: &mut Vec<u8>,
) -> Result<bool, BodyError> {
    transcode_with(decoder, received, position, to, out, |_| ())
}

/// As [`transcode`]; `see` is shown the body's bytes.
///
/// # Errors
/// As [`transcode`].
pub(super) fn transcode_with(
    decoder: &mut BodyDecoder,
    received: &[u8],
    position: &mut usize,
    to: BodyLength,
    out: &mut Vec<u8>,
    mut see: impl FnMut(&[u8]),
) -> Result<bool, BodyError> {
    loop {
        let input = received.get(*position..).unwrap_or_default();
        let decoded = decoder.decode(input)?;
        let data = decoded.data.of(input);
        if !data.is_empty() {
            see(data);
            append(data, to, out);
        }
        *position += decoded.consumed;
        if decoded.done {
            if to == BodyLength::Chunked {
                encode_last_chunk(decoder.trailers(), out);
            }
            return Ok(true);
        }
        if *position >= received.len() {
            return Ok(false);
        }
    }
}

/// For bodies that go out as they came: the bytes in `received` from `position` on that belong to the body. `position`
/// moves past them. Second: the body has ended.
///
/// # Errors
/// As [`transcode`].
pub(super) fn pass(
    decoder: &mut BodyDecoder,
    received: &[u8],
    position: &mut usize,
) -> Result<(Range<usize>, bool), BodyError> {
    let start = *position;
    let input = received.get(start..).unwrap_or_default();
    let decoded = decoder.decode(input)?;
    *position += decoded.consumed;
    Ok((start..start + decoded.data.len(), decoded.done))
}

fn append(data: &[u8], to: BodyLength, out: &mut Vec<u8>) {
    if to == BodyLength::Chunked {
        encode_chunk_header(data.len() as u64, out);
        out.extend_from_slice(data);
        out.extend_from_slice(b"\r\n");
    } else {
        out.extend_from_slice(data);
    }
}

/// Whether bytes of `from` are sent as they are under the framing `to`.
pub(super) fn is_verbatim(from: BodyLength, to: BodyLength) -> bool {
    matches!((from, to), (BodyLength::Exact(_) | BodyLength::UntilClose, BodyLength::Exact(_) | BodyLength::UntilClose))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(from: BodyLength, to: BodyLength, input: &[u8]) -> (Vec<u8>, usize, bool) {
        let (mut out, mut position) = (Vec::new(), 0);
        let done = transcode(&mut BodyDecoder::new(from), input, &mut position, to, &mut out).unwrap();
        (out, position, done)
    }

    #[test]
    fn a_body_of_known_length_stops_at_its_end() {
        let (out, position, done) = all(BodyLength::Exact(3), BodyLength::Exact(3), b"abcGET /");
        assert_eq!((out.as_slice(), position, done), (b"abc".as_slice(), 3, true));
    }

    #[test]
    fn chunks_are_taken_apart_and_made_anew() {
        let input = b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nrest";
        let (out, position, done) = all(BodyLength::Chunked, BodyLength::Chunked, input);
        assert_eq!((out.as_slice(), done), (b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n".as_slice(), true));
        assert_eq!(&input[position..], b"rest");
        let (out, _, done) = all(BodyLength::Chunked, BodyLength::UntilClose, input);
        assert_eq!((out.as_slice(), done), (b"abcde".as_slice(), true));
    }

    #[test]
    fn an_unfinished_body_is_told_as_such() {
        let (out, position, done) = all(BodyLength::Chunked, BodyLength::Chunked, b"5\r\nab");
        assert_eq!((out.as_slice(), position, done), (b"2\r\nab\r\n".as_slice(), 5, false));
    }
}
