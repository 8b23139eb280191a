//! The text of a body: its characters may be encoded otherwise than in UTF-8.
//!
//! In this order it is said by a byte order mark, by `charset` of the media type (RFC 9110 section 8.3.2), and in XML by the declaration (XML 1.0
//! section 4.3.3 and appendix F). Nothing said, or nothing known, is UTF-8. What is no character of the encoding becomes U+FFFD. Decoding goes through
//! some hundred megabytes a second or more, so a body of usual size takes no turns.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::exchange::{Exchange, Side};

/// How far the declaration of XML is looked for; it has a version, a name of an encoding and a word.
const DECLARATION_BYTES_MAX: usize = 256;

/// How the body of a message is encoded, as far as something besides the body says so.
pub(crate) fn of_message(exchange: &dyn Exchange, side: Side) -> Option<Charset> {
    if exchange.is_body_set(side) {
        return Some(Charset::Of(UTF_8));
    }
    exchange.header(side, "Content-Type").and_then(named)
}

/// The text of a body whose media type names `charset`, without its byte order mark.
pub(crate) fn text(body: &[u8], charset: Option<Charset>) -> Cow<'_, str> {
    let (encoding, body) = match Encoding::for_bom(body) {
        Some((encoding, length)) => (Charset::Of(encoding), body.get(length..).unwrap_or_default()),
        None => (charset.or_else(|| declared(body)).unwrap_or(Charset::Of(UTF_8)), body),
    };
    match encoding {
        Charset::Of(encoding) => encoding.decode_without_bom_handling(body).0,
        Charset::Latin1 => encoding_rs::mem::decode_latin1(body),
    }
}

/// The same for a body that may be consumed.
pub(crate) fn into_text(body: Vec<u8>, charset: Option<Charset>) -> String {
    match text(&body, charset) {
        Cow::Owned(text) => text,
        Cow::Borrowed(text) if text.len() == body.len() => String::from_utf8(body).unwrap_or_default(),
        Cow::Borrowed(text) => text.to_owned(),
    }
}

/// An encoding of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// One of those of the web.
    Of(&'static Encoding),
    /// As the standard has it. The encodings of the web take this name for windows-1252.
    Latin1,
}

fn labelled(label: &[u8]) -> Option<Charset> {
    let label = label.trim_ascii();
    let is = |name: &str| label.eq_ignore_ascii_case(name.as_bytes());
    if ["iso-8859-1", "iso_8859-1", "latin1"].into_iter().any(is) {
        return Some(Charset::Latin1);
    }
    if is("us-ascii") || is("ascii") {
        return Some(Charset::Of(UTF_8));
    }
    Encoding::for_label_no_replacement(label).map(Charset::Of)
}

/// `charset` of a media type: the value of `Content-Type`.
pub(crate) fn named(content_type: &[u8]) -> Option<Charset> {
    content_type.split(|byte| *byte == b';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_at_checked(parameter.iter().position(|byte| *byte == b'=')?)?;
        let value = value.strip_prefix(b"=")?.trim_ascii();
        let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
        if name.trim_ascii().eq_ignore_ascii_case(b"charset") { labelled(value) } else { None }
    })
}

/// What a declaration of XML says, or how it is written.
fn declared(body: &[u8]) -> Option<Charset> {
    match body {
        [b'<', 0, b'?', 0, ..] => return Some(Charset::Of(UTF_16LE)),
        [0, b'<', 0, b'?', ..] => return Some(Charset::Of(UTF_16BE)),
        _ => {}
    }
    let declaration = body.strip_prefix(b"<?xml")?;
    let declaration = declaration.get(..DECLARATION_BYTES_MAX.min(declaration.len()))?;
    let declaration = declaration.get(..memchr::memmem::find(declaration, b"?>")?)?;
    let behind = declaration.get(memchr::memmem::find(declaration, b"encoding")? + b"encoding".len()..)?;
    let value = behind.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (quote, value) = value.split_first()?;
    let label = value.get(..value.iter().position(|byte| byte == quote)?)?;
    match labelled(label)? {
        // It was read byte by byte, so it is not what it says.
        Charset::Of(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => None,
        charset => Some(charset),
    }
}

#[cfg(test)]
mod tests {
    use super::{into_text, named, text};
    use crate::run::Run;
    use crate::testing::{MemoryExchange, compile_one, drive};

    #[test]
    fn the_encoding_is_the_one_said_first() {
        let utf16 = |text: &str, mark: &[u8]| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            mark.iter().copied().chain(units).collect()
        };
        let latin = |text: &str| -> Vec<u8> { text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect() };
        for (body, content_type, expected) in [
            (b"a\xc3\xa9".to_vec(), None, "aé"),
            (b"\xef\xbb\xbfa".to_vec(), Some("text/plain"), "a"),
            (b"a\xe9b".to_vec(), None, "a\u{fffd}b"),
            (latin("aé\u{80}"), Some("text/plain; charset=iso-8859-1"), "aé\u{80}"),
            (latin("aé"), Some("text/plain; format=flowed; Charset = \"Latin1\""), "aé"),
            (b"a\x80".to_vec(), Some("text/plain;charset=windows-1252"), "a€"),
            (b"\x83e\x83X\x83g".to_vec(), Some("text/plain;charset=Shift_JIS"), "テスト"),
            (b"a\xc3\xa9".to_vec(), Some("text/plain;charset=us-ascii"), "aé"),
            (b"a\xc3\xa9".to_vec(), Some("text/plain;charset=nobody-knows"), "aé"),
            (utf16("aé", b"\xff\xfe"), Some("text/plain;charset=utf-8"), "aé"),
            (utf16("aé", b""), Some("text/plain;charset=utf-16"), "aé"),
            (utf16("<?xml version='1.0'?><é/>", b""), None, "<?xml version='1.0'?><é/>"),
            (
                latin("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><é/>"),
                None,
                "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><é/>",
            ),
            (
                latin("<?xml version='1.0' encoding = 'latin1' standalone='no'?><é/>"),
                Some("application/xml"),
                "<?xml version='1.0' encoding = 'latin1' standalone='no'?><é/>",
            ),
            (
                "<?xml version='1.0' encoding='latin1'?><é/>".as_bytes().to_vec(),
                Some("text/xml;charset=utf-8"),
                "<?xml version='1.0' encoding='latin1'?><é/>",
            ),
            (
                "<?xml version='1.0' encoding='utf-16'?><é/>".as_bytes().to_vec(),
                None,
                "<?xml version='1.0' encoding='utf-16'?><é/>",
            ),
            (b"<?xml encoding='".to_vec(), None, "<?xml encoding='"),
        ] {
            let charset = content_type.and_then(|value: &str| named(value.as_bytes()));
            assert_eq!(text(&body, charset), expected, "{content_type:?}");
            assert_eq!(into_text(body, charset), expected);
        }
    }
    #[test]
    fn policies_and_expressions_read_the_characters_that_were_sent() {
        const XML: &[u8] = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><a>\xe9</a>";
        let made = |policy: &str, content_type: &str, body: &[u8]| {
            let mut exchange = MemoryExchange::get("/").header_line("Content-Type", content_type);
            exchange.request_body = Some(body.to_vec());
            let (program, diagnostics) = compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
            assert!(diagnostics.is_empty(), "{diagnostics:#?}");
            drive(&program, &mut exchange, &mut Run::new());
            String::from_utf8(exchange.request_body.unwrap_or_default()).unwrap()
        };
        let set = |code: &str| format!("<set-body>@({code})</set-body>");
        let stylesheet = "<xsl:stylesheet version='1.0' xmlns:xsl='http://www.w3.org/1999/XSL/Transform'><xsl:output method='text'/>\
                          <xsl:template match='/'><xsl:value-of select='a'/></xsl:template></xsl:stylesheet>";
        for (policy, content_type, body, expected) in [
            (set("context.Request.Body.As<XElement>().Value"), "application/xml", XML, "é"),
            (set("context.Request.Body.As<string>()"), "text/plain;charset=iso-8859-1", b"\xe9", "é"),
            (
                set("(string)context.Request.Body.As<JObject>()[\"a\"]"),
                "application/json;charset=windows-1252",
                b"{\"a\":\"\x80\"}",
                "€",
            ),
            (set("context.Request.Body.As<byte[]>().Length.ToString()"), "text/plain;charset=iso-8859-1", b"\xe9", "1"),
            (
                "<xml-to-json kind='direct' apply='always' consider-accept-header='false'/>".to_owned(),
                "application/xml",
                XML,
                "{\"?xml\":{\"@version\":\"1.0\",\"@encoding\":\"iso-8859-1\"},\"a\":\"é\"}",
            ),
            (format!("<xsl-transform>{stylesheet}</xsl-transform>"), "application/xml", XML, "é"),
            ("<set-body template=\"liquid\">{{body.a}}</set-body>".to_owned(), "application/xml", XML, "é"),
            // What a policy has set is UTF-8, whatever the headers say.
            (
                "<set-body>@(\"é\")</set-body><set-body>@(context.Request.Body.As<string>() + \"!\")</set-body>"
                    .to_owned(),
                "text/plain;charset=iso-8859-1",
                b"x",
                "é!",
            ),
        ] {
            assert_eq!(made(&policy, content_type, body), expected, "{policy}");
        }
    }
}
