//! JSON and JSONPath.

use postern_dotnet::json::{Formatting, JPath, parse};

/// Longest text made of found tokens: a path can find the whole document many times over.
const FOUND_BYTES_MAX: usize = 1 << 20;

/// A path, and behind a separator the document it is applied to. What is written can be read again.
pub fn jsonpath(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (path, document) = super::parts(&text);
    let path = JPath::parse(path);
    let Ok(parsed) = parse(document) else { return };
    // A comment is written with its text as it is, which may end it: as in the original.
    if !text.contains('/')
        && let Ok(written) = parsed.to_json(Formatting::None)
    {
        let again = parse(&written).and_then(|again| again.to_json(Formatting::None));
        assert!(again.is_ok(), "{written} is not read again: {again:?}");
    }
    let Ok(path) = path else { return };
    for error_when_no_match in [false, true] {
        let mut made = String::new();
        for found in path.select(&parsed, error_when_no_match).unwrap_or_default() {
            let written = found.write_to(&mut made, Formatting::Indented);
            if written.is_err() || made.len() > FOUND_BYTES_MAX {
                break;
            }
        }
    }
}
