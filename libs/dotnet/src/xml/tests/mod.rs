mod construction;
mod pieces;
mod table;

use super::*;
use crate::ExceptionType;

fn element(text: &str) -> XNode {
    XNode::parse_element(text, LoadOptions::None).unwrap()
}

fn name(expanded: &str) -> XName {
    XName::parse(expanded).unwrap()
}

#[test]
fn documents_are_written_as_dotnet_writes_them() {
    let mut wrong = Vec::new();
    for (text, indented, compact) in table::WRITTEN {
        let document = XNode::parse_document(text, LoadOptions::None).unwrap();
        let got = document.write(SaveOptions::None).unwrap();
        if got != *indented {
            wrong.push(format!("{text:?}: expected {indented:?}, got {got:?}"));
        }
        let document = XNode::parse_document(text, LoadOptions::PreserveWhitespace).unwrap();
        let got = document.write(SaveOptions::DisableFormatting).unwrap();
        if got != *compact {
            wrong.push(format!("{text:?} compact: expected {compact:?}, got {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn errors_have_the_message_and_place_of_dotnet() {
    let mut wrong = Vec::new();
    for (text, expected) in table::READ {
        let got = match XNode::parse_document(text, LoadOptions::None) {
            Ok(document) => format!("= {}", document.write(SaveOptions::DisableFormatting).unwrap()),
            Err(exception) => {
                assert_eq!(exception.of, ExceptionType::Xml);
                format!("! {}", exception.message)
            }
        };
        if got != *expected {
            wrong.push(format!("{text:?}:\n  expected {expected:?},\n  got      {got:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn entities_are_expanded_within_limits() {
    let parse = |text: &str| XNode::parse_document(text, LoadOptions::None).map(|document| document.root().unwrap());
    let text = "<!DOCTYPE a [<!ENTITY x \"<b>t&y;</b>\"><!ENTITY y '&#38;amp;'><!ENTITY q '\"'>]><a c='&q;&y;'>&x;</a>";
    assert_eq!(
        parse(text).unwrap().write(SaveOptions::DisableFormatting).unwrap(),
        "<a c=\"&quot;&amp;\"><b>t&amp;</b></a>"
    );
    assert_eq!(parse("<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>").unwrap().value(), "");
    assert_eq!(parse("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>").unwrap().value(), "");
    let own = "<!DOCTYPE a [<!ENTITY x '&y;'><!ENTITY y '&x;'>]><a>&x;</a>";
    assert!(parse(own).unwrap_err().message.contains("references itself"));
    let mut laughs = "<!DOCTYPE a [<!ENTITY l0 'lol'>".to_owned();
    for level in 1..20 {
        laughs.push_str(&format!("<!ENTITY l{level} '{}'>", format!("&l{};", level - 1).repeat(10)));
    }
    laughs.push_str("]><a>&l19;</a>");
    assert_eq!(
        parse(&laughs).unwrap_err().message,
        "The input document has exceeded a limit set by MaxCharactersFromEntities."
    );
    let prohibited = XNode::parse_with("<!DOCTYPE a><a/>", LoadOptions::None, DtdProcessing::Prohibit).unwrap_err();
    assert_eq!(
        prohibited.message,
        "For security reasons DTD is prohibited in this XML document. To enable DTD processing set the DtdProcessing property on \
         XmlReaderSettings to Parse and pass the settings into XmlReader.Create method."
    );
}

#[test]
fn depth_is_bounded_when_reading_and_harmless_otherwise() {
    let deep = "<a>".repeat(100_000);
    assert_eq!(XNode::parse_document(&deep, LoadOptions::None).unwrap_err().of, ExceptionType::Xml);
    let mut node = XNode::element(name("a"));
    for _ in 0..200_000 {
        let outer = XNode::element(name("a"));
        outer.append_child(&node);
        node = outer;
    }
    let copy = node.deep_clone();
    assert!(node.deep_equals(&copy));
    assert_eq!(node.value(), "");
    assert_eq!(node.descendants(None).len(), 200_000);
    assert!(node.write(SaveOptions::DisableFormatting).unwrap().starts_with("<a><a>"));
}

#[test]
fn bytes_are_decoded_by_their_mark_or_declaration() {
    let utf16: Vec<u8> = "\u{feff}<a>é</a>".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
    for bytes in [&utf16[..], latin, "\u{feff}<a>é</a>".as_bytes(), "<a>é</a>".as_bytes()] {
        let document = XNode::parse_bytes(bytes, LoadOptions::None).unwrap();
        assert_eq!(document.root().unwrap().value(), "é");
    }
    assert!(XNode::parse_bytes(b"<a>\xff</a>", LoadOptions::None).is_err());
}

#[test]
fn random_markup_neither_panics_nor_hangs() {
    let pieces = [
        "<a",
        ">",
        "</a>",
        "/>",
        " b='",
        "'",
        "&",
        ";",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<?",
        "?>",
        "x",
        "é",
        "<!DOCTYPE a",
        "[",
        "]",
        "<!ENTITY x 'y'",
        "xmlns:p=\"u\"",
        "p:",
        "\u{1}",
        "\r",
        " ",
    ];
    let mut seed = 7_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    for _ in 0..30_000 {
        let text: String = (0..random(16)).map(|_| pieces[random(pieces.len())]).collect();
        if let Ok(document) = XNode::parse_document(&text, LoadOptions::PreserveWhitespace) {
            let _ = document.write(SaveOptions::None);
        }
    }
}

#[test]
fn attributes_and_namespaces_are_bounded_at_their_limits() {
    let attributes = |count: usize| (0..count).map(|at| format!(" a{at}=''")).collect::<String>();
    let namespaces = |count: usize| (0..count).map(|at| format!(" xmlns:n{at}='u'")).collect::<String>();
    let read = |text: &str| XNode::parse_document(text, LoadOptions::None).map(drop).map_err(|error| error.message);
    assert_eq!(read(&format!("<r{}/>", attributes(2048))), Ok(()));
    let message = read(&format!("<r{}/>", attributes(2049))).unwrap_err();
    assert!(message.starts_with("An element has more than 2048 attributes."), "{message}");
    // Those of the elements around count, those of elements that are closed do not.
    let outer = namespaces(511);
    assert_eq!(read(&format!("<r{outer}><a xmlns='b'/><a xmlns='c'/></r>")), Ok(()));
    let message = read(&format!("<r{outer}><a xmlns='b'><c xmlns='d'/></a></r>")).unwrap_err();
    assert!(message.starts_with("More than 512 namespace declarations are in scope."), "{message}");
}
