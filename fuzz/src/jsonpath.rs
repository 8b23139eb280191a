//! JSON and JSONPath, and reading and writing of JSON and XML with pauses.

use postern_dotnet::Exception;
use postern_dotnet::json::{Formatting, JToken, LoadSettings, Loading, Selection, Writing, parse};
use postern_dotnet::work::{Came, Work};
use postern_dotnet::xml;

/// Longest text made of found tokens: a path can find the whole document many times over.
const FOUND_BYTES_MAX: usize = 1 << 20;

/// A path, and behind a separator the document it is applied to. What is written can be read again.
pub fn jsonpath(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (path, document) = super::parts(&text);
    let is_path = JToken::null().selection(path, false).is_ok();
    paused(document);
    let Ok(parsed) = parse(document) else { return };
    // A comment is written with its text as it is, which may end it: as in the original.
    if !text.contains('/')
        && let Ok(written) = parsed.to_json(Formatting::None)
    {
        let again = parse(&written).and_then(|again| again.to_json(Formatting::None));
        assert!(again.is_ok(), "{written} is not read again: {again:?}");
    }
    if !is_path {
        return;
    }
    for error_when_no_match in [false, true] {
        let selected = parsed.select_tokens(path, error_when_no_match);
        if let Ok(selection) = parsed.selection(path, error_when_no_match) {
            let same = match (&selected, &in_turns(&selection)) {
                (Ok(one), Ok(two)) => one.len() == two.len() && one.iter().zip(two).all(|(one, two)| one.is_same(two)),
                (one, two) => one.as_ref().err() == two.as_ref().err(),
            };
            assert!(same, "{path} finds something else in turns");
            if let Some((_, straight)) = selection.follow() {
                assert_eq!(straight.is_ok(), selected.is_ok(), "{path} leads elsewhere at once");
                let found = selected.as_ref().ok().and_then(|found| found.first());
                let straight = straight.ok().flatten();
                assert!(
                    found.map(JToken::address) == straight.map(|token| token.address()),
                    "{path} leads elsewhere at once"
                );
            }
        }
        let mut made = String::new();
        for found in selected.unwrap_or_default() {
            let written = found.write_to(&mut made, Formatting::Indented);
            if written.is_err() || made.len() > FOUND_BYTES_MAX {
                break;
            }
        }
    }
}

/// What a path finds in short turns.
fn in_turns(selection: &Selection) -> Result<Vec<JToken>, Exception> {
    let (mut walk, mut found) = (selection.walk(), Vec::new());
    loop {
        match walk.next(&mut { 100 })? {
            Came::Item(token) => found.push(token),
            Came::End => return Ok(found),
            Came::Pause => {}
        }
    }
}

/// Documents read and written with pauses are those without.
fn paused(document: &str) {
    for steps in [1, 7, 1000] {
        let read = in_pieces(Loading::new(document.into(), LoadSettings::default(), None), steps);
        let compact = |token| in_pieces(Writing::new(&token, Formatting::None), steps);
        let whole = parse(document).and_then(|token| token.to_json(Formatting::None));
        assert_eq!(read.and_then(compact), whole, "JSON in pieces of {steps}");
    }
    let options = xml::LoadOptions::PreserveWhitespace;
    for steps in [1, 1000] {
        let read = in_pieces(xml::Loading::document(document.into(), options), steps);
        let indented = |node| in_pieces(xml::Writing::new(&node, xml::SaveOptions::None), steps);
        let whole = xml::XNode::parse_document(document, options);
        let whole = whole.and_then(|node| node.write(xml::SaveOptions::None));
        assert_eq!(read.and_then(indented), whole, "XML in pieces of {steps}");
    }
}

fn in_pieces<W: Work>(mut work: W, steps: u64) -> W::Output {
    loop {
        if let Some(output) = work.step(&mut { steps }) {
            return output;
        }
    }
}
