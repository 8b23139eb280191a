//! Where a token stands in the text that it was read from. Tokens do not keep their places: messages that tell one read the text again.

use super::{LoadSettings, Reader, Token};
use crate::json::JToken;
use crate::json::position::Step;

/// A line, and a position in it in UTF-16 units.
pub type Place = (usize, usize);

/// The places of a token, as `JsonTextReader` tells them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Located {
    /// Behind the name and colon of the property that has it; of the outermost token its beginning.
    pub name: Place,
    /// Behind its first character.
    pub start: Place,
    /// Behind its last character.
    pub end: Place,
}

impl JToken {
    /// Where this token stands in the text of its document. Reads the text up to its end. `None`: it does not stand there.
    #[must_use]
    pub fn located_in(&self, text: &str) -> Option<Located> {
        let steps = self.steps();
        let mut reader = Reader::new(text, LoadSettings::default());
        let mut name = None;
        let mut start = None;
        // The last of several properties with one name is the one that was kept.
        let mut found = None;
        while reader.read().ok()? {
            let depth = reader.positions.len();
            match &reader.token {
                Token::PropertyName(_) if depth == steps.len() && reader.is_at(&steps) => name = Some(reader.at),
                Token::StartObject | Token::StartArray | Token::StartConstructor(_)
                    if depth == steps.len() + 1 && reader.is_at(&steps) =>
                {
                    start = Some(reader.at);
                }
                Token::Value(_) if depth == steps.len() && reader.is_at(&steps) => {
                    found = Some((name, reader.start_of_value() + 1, reader.at));
                }
                Token::EndObject | Token::EndArray | Token::EndConstructor
                    if depth == steps.len() && start.is_some() && reader.is_at(&steps) =>
                {
                    found = Some((name, start.take().unwrap_or_default(), reader.at));
                }
                _ => {}
            }
        }
        let (name, start, end) = found?;
        let mut place = |at: usize| {
            reader.at = at;
            reader.line_and_position()
        };
        Some(Located { name: place(name.unwrap_or(start)), start: place(start), end: place(end) })
    }
}

impl Reader<'_> {
    /// Whether the way to the current token, whose own container may be open, begins with these steps.
    fn is_at(&self, steps: &[Step]) -> bool {
        steps.iter().zip(&self.positions).all(|(step, position)| match step {
            Step::Index(index) => position.of != super::Container::Object && position.index == *index,
            Step::Name(_) => position.of == super::Container::Object && self.step(position) == *step,
        })
    }

    /// Where the value that was just read begins: a string with its quote, anything else behind what cannot be part of it.
    fn start_of_value(&self) -> usize {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let is_outside = |byte: &u8| matches!(byte, b',' | b':' | b'[' | b'(' | b'/') || byte.is_ascii_whitespace();
        match before.last() {
            Some(b'"' | b'\'') => self.at.saturating_sub(1),
            _ => before.iter().rposition(is_outside).map_or(0, |index| index + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::json::{self, Located};

    /// Places that Newtonsoft.Json's messages tell.
    #[test]
    fn tokens_are_found_in_their_text() {
        let text = "{\"a\":1,\n \"b\": {\"c d\":[true, {\"é\":\"x\"}]},\"b2\":\"y\"}";
        let document = json::parse(text).unwrap();
        let place = |path: &str| {
            let found = document.select_token(path, false).ok()??;
            found.located_in(text)
        };
        assert_eq!(document.located_in(text), Some(Located { name: (1, 1), start: (1, 1), end: (2, 41) }));
        assert_eq!(place("a"), Some(Located { name: (1, 5), start: (1, 6), end: (1, 6) }));
        assert_eq!(place("b"), Some(Located { name: (2, 5), start: (2, 7), end: (2, 31) }));
        assert_eq!(place("b['c d'][0]"), Some(Located { name: (2, 15), start: (2, 15), end: (2, 18) }));
        assert_eq!(place("b['c d'][1]['é']").map(|place| place.end), Some((2, 28)));
        assert_eq!(place("b2").map(|place| place.end), Some((2, 40)));
        assert_eq!(json::parse("{\"x\":1}").unwrap().get("x").unwrap().located_in("{}"), None);
        assert_eq!(
            json::parse("{\"a\":1,\"a\":22}").unwrap().get("a").unwrap().located_in("{\"a\":1,\"a\":22}").unwrap().end,
            (1, 13)
        );
    }
}
