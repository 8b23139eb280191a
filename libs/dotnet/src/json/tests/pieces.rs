//! What is done in pieces comes to what it comes to in one go, which the other tests are about.

use super::plain::{DOCUMENTS, OTHERS, shown};
use crate::Exception;
use crate::json::{
    Copying, Formatting, JToken, JTokenType, LoadSettings, Loading, Writing, parse, parse_array, parse_object,
};
use crate::work::in_pieces;

const SIZES: &[u64] = &[1, 7, 1000];

/// Freedoms of Newtonsoft.Json and errors in the middle and at the end.
const MORE: &[&str] = &[
    "/*a*/ // b\n /**/ [1] /* c */ // d",
    "/*a*/ {'a':new A(1,[2],{b:3}) /*x*/, b : undefined,} //",
    "/*a",
    "/*a*/ /*b*/",
    "[1,2,[3,{\"a\":[4,5",
    "{\"a\":{\"b\":1},\"a\":{\"c\":2},'d':[,,]}",
    "{\"a\":[1,2,{\"b\":tru}]}",
    "[1,2] [3]",
    "[1] /*x*/ 2",
];

fn told(result: Result<JToken, Exception>) -> String {
    match result {
        Ok(token) => shown(&token),
        Err(error) => format!("{error:?}"),
    }
}

#[test]
fn documents_read_in_pieces_are_the_same() {
    type Parse = fn(&str) -> Result<JToken, Exception>;
    let kinds: [(Option<JTokenType>, Parse); 3] =
        [(None, parse), (Some(JTokenType::Object), parse_object), (Some(JTokenType::Array), parse_array)];
    for text in DOCUMENTS.iter().chain(OTHERS).chain(MORE) {
        for (of, parse) in kinds {
            for size in SIZES {
                let (read, pieces) = in_pieces(Loading::new((*text).into(), LoadSettings::default(), of), *size);
                assert_eq!(told(read), told(parse(text)), "{text} in pieces of {size}");
                assert!(*size > 1 || !DOCUMENTS.contains(text) || of.is_some() || pieces > 10, "{text}: {pieces}");
            }
        }
    }
}

#[test]
fn documents_written_and_copied_in_pieces_are_the_same() {
    let deep = format!("{}1{}", "[{\"a\":".repeat(32), "}]".repeat(32));
    let wide = format!("[{}0]", "{\"a\":[]},".repeat(200));
    // A text that is written in pieces, with what is escaped at all places.
    let long = format!("[\"{}\",{{\"a\":\"{}\"}}]", "\\\"é€\\u2028x".repeat(4000), "\\n".repeat(20_000));
    let texts = [deep.as_str(), wide.as_str(), long.as_str(), "1", "\"a\""];
    for text in DOCUMENTS.iter().chain(MORE).copied().chain(texts) {
        let Ok(token) = parse(text) else { continue };
        let mut nested = token.clone();
        // Deeper than anything that is read.
        for _ in 0..70 {
            let outer = JToken::array();
            outer.add(Some(&nested)).unwrap();
            nested = outer;
        }
        for token in [token, nested] {
            for size in SIZES {
                for formatting in [Formatting::None, Formatting::Indented] {
                    let (written, _) = in_pieces(Writing::new(&token, formatting), *size);
                    assert_eq!(written.unwrap(), token.to_json(formatting).unwrap(), "{text} in pieces of {size}");
                }
                let (copy, _) = in_pieces(Copying::new(&token), *size);
                let copy = copy.unwrap();
                assert!(copy.deep_equals(&token) && copy.parent().is_none(), "{text} in pieces of {size}");
                assert_eq!(shown(&copy), shown(&token.deep_clone().unwrap()), "{text} in pieces of {size}");
            }
        }
    }
    let wide = parse(&wide).unwrap();
    let (_, pieces) = in_pieces(Writing::new(&wide, Formatting::None), 100);
    assert!((10..30).contains(&pieces), "{pieces} for 1,800 bytes");
    let (_, pieces) = in_pieces(Copying::new(&wide), 1000);
    assert!((6..=9).contains(&pieces), "{pieces} for 800 tokens of ten steps");
}

#[test]
fn a_property_is_written_in_pieces_as_well() {
    let property = parse("{\"a\":[1,2]}").unwrap().properties().remove(0);
    let (written, _) = in_pieces(Writing::new(&property, Formatting::Indented), 1);
    assert_eq!(written.unwrap(), property.to_json(Formatting::Indented).unwrap());
}
