//! The coded bodies were made by Python's zlib and gzip modules and by the `brotli` tool.

use super::*;

/// `{"a":"` 40 times `x` `"}`
const CONTENT: &[u8] = b"{\"a\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"}";
const GZIP: &str = "1f8b0800000000000203ab564a54b252aa201228d502005189f2c330000000";
const EMPTY_GZIP: &str = "1f8b080000000000020303000000000000000000";
const ZLIB: &str = "789cab564a54b252aa201228d50200eb4414dc";
const RAW_DEFLATE: &str = "ab564a54b252aa201228d50200";

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |digit: u8| char::from(digit).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// The content, and in how many steps it was made.
fn decode(codings: &str, body: &[u8], max: usize) -> Result<(Vec<u8>, usize), CodingError> {
    let mut decoder = ContentDecoder::new(content_codings([codings.as_bytes()]).unwrap(), max);
    for steps in 1.. {
        if let Some(content) = decoder.step(body)? {
            return Ok((content, steps));
        }
    }
    unreachable!()
}

fn content(codings: &str, body: &[u8]) -> Result<Vec<u8>, CodingError> {
    decode(codings, body, 1 << 20).map(|(content, _)| content)
}

const BROTLI: &str = "1f2f00f88dd462cd19eed42261787b4ba7af24b12710382e8c";
/// 4 MiB of zeros.
const BROTLI_BOMB: &str = "9fffff3ff82700e2b14020f7fe07";
/// `abc` ten times, with `--large_window=30`.
const BROTLI_LARGE_WINDOW: &str = "115e740000900c131b0b6e82a01a";

#[test]
fn every_coding_is_taken_off() {
    for (codings, body, expected) in [
        ("gzip", GZIP, CONTENT),
        ("X-GZip", GZIP, CONTENT),
        ("gzip", EMPTY_GZIP, b""),
        ("deflate", ZLIB, CONTENT),
        ("deflate", RAW_DEFLATE, CONTENT),
        ("br", BROTLI, CONTENT),
        ("br", "3f", b""),
        ("identity", "6162", b"ab"),
        ("identity, gzip", GZIP, CONTENT),
    ] {
        assert_eq!(content(codings, &bytes(body)).as_deref(), Ok(expected), "{codings}");
    }
}

#[test]
fn codings_come_off_last_applied_first() {
    let mut twice = Vec::new();
    let mut compress = flate2::Compress::new(flate2::Compression::fast(), true);
    twice.resize(1000, 0);
    compress.compress(&bytes(BROTLI), &mut twice, flate2::FlushCompress::Finish).unwrap();
    twice.truncate(usize::try_from(compress.total_out()).unwrap());
    assert_eq!(content("br, deflate", &twice).as_deref(), Ok(CONTENT));
    assert_eq!(content("deflate, br", &twice), Err(CodingError::Malformed(ContentCoding::Brotli)));
}

#[test]
fn a_gzip_body_of_several_members_is_one_content() {
    let twice = [bytes(GZIP), bytes(EMPTY_GZIP), bytes(GZIP)].concat();
    assert_eq!(content("gzip", &twice).as_deref(), Ok(&*[CONTENT, CONTENT].concat()));
}

#[test]
fn what_is_not_of_the_coding_is_an_error_wherever_it_breaks() {
    let bodies = [("gzip", GZIP), ("deflate", ZLIB), ("deflate", RAW_DEFLATE), ("br", BROTLI)]
        .map(|(coding, hex)| (coding, bytes(hex)));
    for (coding, body) in &bodies {
        for end in 0..body.len() {
            let error = content(coding, &body[..end]).expect_err("cut short");
            let of = content_codings([coding.as_bytes()]).unwrap()[0];
            // Two bytes tell the two kinds of deflate apart.
            assert!(error == CodingError::Truncated(of) || end < 2, "{coding} {end} {error}");
        }
        let longer = [body, &b"x"[..]].concat();
        assert!(content(coding, &longer).is_err(), "{coding} with a byte behind it");
        assert!(content(coding, b"{\"a\":1}").is_err(), "{coding}");
    }
    let mut damaged = bytes(GZIP);
    damaged[24] ^= 1;
    assert_eq!(content("gzip", &damaged), Err(CodingError::Malformed(ContentCoding::Gzip)), "its checksum");
    assert_eq!(content("br", &bytes(BROTLI_LARGE_WINDOW)), Err(CodingError::Malformed(ContentCoding::Brotli)));
}

#[test]
fn content_is_bounded_and_made_in_steps() {
    let bomb = bytes(BROTLI_BOMB);
    let (all, steps) = decode("br", &bomb, 4 << 20).unwrap();
    assert!(all.len() == 4 << 20 && all.iter().all(|byte| *byte == 0));
    assert!(steps >= (4 << 20) / DECODED_STEP_BYTES, "{steps}");
    assert_eq!(decode("br", &bomb, (4 << 20) - 1), Err(CodingError::TooLong((4 << 20) - 1)));
    for (coding, body) in [("gzip", GZIP), ("deflate", ZLIB), ("br", BROTLI)] {
        assert_eq!(decode(coding, &bytes(body), CONTENT.len()).unwrap().0, CONTENT, "{coding}");
        let short = CONTENT.len() - 1;
        assert_eq!(decode(coding, &bytes(body), short), Err(CodingError::TooLong(short)), "{coding}");
    }
}

#[test]
fn a_step_looks_at_no_more_than_a_piece_of_the_body() {
    // Stored blocks of nothing, then a last one.
    let (empty, last) = ([0, 0, 0, 0xff, 0xff], [1, 0, 0, 0xff, 0xff]);
    let blocks = [empty.repeat(20_000), last.to_vec()].concat();
    let (content, steps) = decode("deflate", &blocks, 1).unwrap();
    assert!(content.is_empty() && steps >= blocks.len() / CODED_STEP_BYTES, "{steps}");
    let members = bytes(EMPTY_GZIP).repeat(10_000);
    let (content, steps) = decode("gzip", &members, 1).unwrap();
    let pieces = members.len().div_ceil(CODED_STEP_BYTES);
    assert!(content.is_empty() && steps >= pieces && steps <= 2 * pieces, "{steps}");
}

#[test]
fn codings_that_are_not_known_are_told() {
    for (values, expected) in [
        (&["gzip"][..], Some(&[ContentCoding::Gzip][..])),
        (&[" deflate ,, BR "], Some(&[ContentCoding::Deflate, ContentCoding::Brotli])),
        (&["gzip", "br"], Some(&[ContentCoding::Gzip, ContentCoding::Brotli])),
        (&["identity", ""], Some(&[])),
        (&[], Some(&[])),
        (&["zstd"], None),
        (&["gzip, gzip, gzip"], None),
        (&["gzip;q=1"], None),
    ] {
        let found = content_codings(values.iter().map(|value| value.as_bytes()));
        assert_eq!(found.as_deref(), expected, "{values:?}");
    }
}
