//! `XmlConvert.EncodeName` and `DecodeName`: names that XML does not allow.

use super::super::chars;

/// A name in which `_x0020_` and its like stand for characters that names cannot contain. Colons stay.
pub(super) fn encode_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (index, c) in name.char_indices() {
        let first = index == 0;
        let valid = c == ':' || if first { chars::is_name_start(c) } else { chars::is_name(c) };
        let looks_encoded = c == '_' && escape_at(name.get(index..).unwrap_or_default()).is_some();
        if valid && !looks_encoded {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("_x{unit:04X}_"));
        }
    }
    out
}

/// The name that an encoded one stands for.
pub(super) fn decode_name(name: &str) -> String {
    if !name.contains("_x") {
        return name.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        if let Some(unit) = escape_at(rest) {
            units.push(unit);
            rest = rest.get("_x0000_".len()..).unwrap_or_default();
        } else {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
    }
    String::from_utf16_lossy(&units)
}

/// The unit of an escape at the start of a text.
fn escape_at(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    if text.as_bytes().get(6) != Some(&b'_') || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}
