//! Distinguished names as text, in the order and with the quotes of `X500DistinguishedName.Name`.

use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use super::super::limits::NAME_COMPONENTS_MAX;
use super::hex_upper;

/// Keys of Windows' X.500 names; others are printed as `OID.1.2.3`.
const KEYS: [(&str, &str); 21] = [
    ("2.5.4.3", "CN"),
    ("2.5.4.4", "SN"),
    ("2.5.4.5", "SERIALNUMBER"),
    ("2.5.4.6", "C"),
    ("2.5.4.7", "L"),
    ("2.5.4.8", "S"),
    ("2.5.4.9", "STREET"),
    ("2.5.4.10", "O"),
    ("2.5.4.11", "OU"),
    ("2.5.4.12", "T"),
    ("2.5.4.13", "Description"),
    ("2.5.4.17", "PostalCode"),
    ("2.5.4.18", "POBox"),
    ("2.5.4.20", "Phone"),
    ("2.5.4.24", "X21Address"),
    ("2.5.4.42", "G"),
    ("2.5.4.43", "I"),
    ("2.5.4.46", "dnQualifier"),
    ("0.9.2342.19200300.100.1.25", "DC"),
    ("1.2.840.113549.1.9.1", "E"),
    ("1.2.840.113549.1.9.2", "unstructuredName"),
];

/// The name's text: the last component first, parts joined with `, `, values of one component with ` + `.
pub(super) fn text(name: &X509Name<'_>) -> String {
    let components: Vec<_> = name.iter_rdn().take(NAME_COMPONENTS_MAX).collect();
    let mut text = String::new();
    for (position, component) in components.iter().rev().enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        for (position, attribute) in component.iter().take(NAME_COMPONENTS_MAX).enumerate() {
            if position > 0 {
                text.push_str(" + ");
            }
            push_attribute(&mut text, attribute);
        }
    }
    text
}

fn push_attribute(text: &mut String, attribute: &AttributeTypeAndValue<'_>) {
    let id = attribute.attr_type().to_id_string();
    match KEYS.iter().find(|(known, _)| *known == id) {
        Some((_, key)) => text.push_str(key),
        None => {
            text.push_str("OID.");
            text.push_str(&id);
        }
    }
    text.push('=');
    let value = value(attribute);
    if needs_quotes(&value) {
        text.push('"');
        text.push_str(&value.replace('"', "\"\""));
        text.push('"');
    } else {
        text.push_str(&value);
    }
}

fn needs_quotes(value: &str) -> bool {
    let blank = |character: char| character == ' ' || ('\t'..='\r').contains(&character);
    value.is_empty()
        || value.starts_with(blank)
        || value.ends_with(blank)
        || value.contains([',', '+', '=', '"', '\n', '<', '>', '#', ';'])
}

/// The attribute's text, whichever of ASN.1's string types holds it; other types as `#` and their bytes.
pub(super) fn value(attribute: &AttributeTypeAndValue<'_>) -> String {
    const BMP_STRING: u32 = 30;
    const UNIVERSAL_STRING: u32 = 28;
    const T61_STRING: u32 = 20;
    const TEXT: [u32; 6] = [12, 18, 19, 22, 25, 26];
    let bytes = attribute.as_slice();
    match attribute.attr_value().tag().0 {
        BMP_STRING => {
            let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            String::from_utf16_lossy(&units)
        }
        UNIVERSAL_STRING => {
            let scalar = |unit: &[u8; 4]| char::from_u32(u32::from_be_bytes(*unit));
            bytes.as_chunks::<4>().0.iter().map(|unit| scalar(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        // .NET reads T61 as UTF-8 first and as Latin-1 otherwise.
        T61_STRING => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.iter().map(|byte| char::from(*byte)).collect(),
        },
        tag if TEXT.contains(&tag) => String::from_utf8_lossy(bytes).into_owned(),
        _ => format!("#{}", hex_upper(bytes)),
    }
}
