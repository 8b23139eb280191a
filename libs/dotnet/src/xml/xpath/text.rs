//! String functions. Positions count UTF-16 units, as in .NET.

use std::collections::HashMap;

use super::super::chars;
use super::value::XPathValue;
use crate::Text;

/// Calls a string function; `first` is its first argument or the context node.
pub(super) fn call(local: &str, arguments: &[XPathValue], first: &XPathValue) -> XPathValue {
    let text = first.to_text();
    let argument = |index: usize| arguments.get(index).map(XPathValue::to_text).unwrap_or_default();
    match local {
        "string" => XPathValue::Text(text),
        "concat" => {
            let parts: String = arguments.iter().map(|value| value.to_text().to_string()).collect();
            XPathValue::Text(Text::from(parts))
        }
        "starts-with" => XPathValue::Boolean(text.starts_with(argument(1).as_str())),
        "contains" => XPathValue::Boolean(text.contains(argument(1).as_str())),
        "substring-before" => part(text.split_once(argument(1).as_str()).map(|(before, _)| before)),
        "substring-after" => part(text.split_once(argument(1).as_str()).map(|(_, after)| after)),
        "substring" => substring(&text, arguments),
        "string-length" =>
        {
            #[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
            XPathValue::Number(text.encode_utf16().count() as f64)
        }
        "normalize-space" => {
            let words: Vec<&str> = text.split(chars::is_space).filter(|word| !word.is_empty()).collect();
            XPathValue::Text(Text::from(words.join(" ")))
        }
        _ => translate(&text, &argument(1), &argument(2)),
    }
}

fn part(text: Option<&str>) -> XPathValue {
    XPathValue::Text(text.map(Text::new).unwrap_or_default())
}

/// `round()`: halves toward positive infinity.
pub(super) fn round(number: f64) -> f64 {
    if number.is_nan() || number.is_infinite() { number } else { (number + 0.5).floor() }
}

#[allow(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
fn substring(text: &str, arguments: &[XPathValue]) -> XPathValue {
    let start = round(arguments.get(1).map_or(f64::NAN, XPathValue::to_number));
    let end = match arguments.get(2) {
        Some(length) => start + round(length.to_number()),
        None => f64::INFINITY,
    };
    let units = text.encode_utf16().enumerate().filter(|(index, _)| {
        let position = *index as f64 + 1.0;
        position >= start && position < end
    });
    let units: Vec<u16> = units.map(|(_, unit)| unit).collect();
    XPathValue::Text(Text::from(String::from_utf16_lossy(&units)))
}

fn translate(text: &str, from: &str, to: &str) -> XPathValue {
    let mut mapping: HashMap<char, Option<char>> = HashMap::new();
    let mut to = to.chars();
    for c in from.chars() {
        // The first mention of a character counts.
        let becomes = to.next();
        mapping.entry(c).or_insert(becomes);
    }
    let mapped: String = text.chars().filter_map(|c| mapping.get(&c).copied().unwrap_or(Some(c))).collect();
    XPathValue::Text(Text::from(mapped))
}
