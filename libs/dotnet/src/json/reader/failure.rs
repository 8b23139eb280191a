//! `JsonReaderException`: path, line and position are worked out only when something went wrong.

use super::{Container, Position, Reader, State};
use crate::json::position::{self, Step};
use crate::{Exception, ExceptionType};

/// Line of an offset, and position in it in UTF-16 units.
pub(in crate::json) fn line_and_position(text: &str, at: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let (mut line, mut line_start, mut index) = (1, 0, 0);
    while index < at {
        let ends_line = match bytes.get(index) {
            Some(b'\n') => true,
            // Newtonsoft.Json takes the line feed along only if something follows it.
            Some(b'\r') if bytes.get(index + 1) == Some(&b'\n') && index + 2 < bytes.len() => {
                index += 1;
                true
            }
            Some(b'\r') => true,
            _ => false,
        };
        index += 1;
        if ends_line {
            line += 1;
            line_start = index;
        }
    }
    let before = text.get(line_start..at).unwrap_or_default();
    (line, before.encode_utf16().count())
}

impl Reader<'_> {
    /// The exception with this message at the current place.
    pub(crate) fn error(&self, message: &str) -> Exception {
        let (line, column) = self.line_and_position();
        let message = position::message(message, &self.path(), line, column);
        Exception::new(ExceptionType::JsonReader, message)
    }

    /// A value cannot begin with the next character.
    pub(super) fn unexpected(&self) -> Exception {
        let message = format!("Unexpected character encountered while parsing value: {}.", self.character());
        self.error(&message)
    }

    fn path(&self) -> String {
        let at_start = matches!(self.state, State::ArrayStart | State::ConstructorStart | State::ObjectStart);
        let known = self.positions.len() - usize::from(at_start && !self.positions.is_empty());
        let steps: Vec<Step> = self.positions.iter().take(known).map(|position| self.step(position)).collect();
        position::path(&steps)
    }

    pub(super) fn step(&self, position: &Position) -> Step {
        if position.of != Container::Object {
            return Step::Index(position.index);
        }
        let (start, end) = position.name;
        let mut name = Reader::new(self.text.get(..end).unwrap_or_default(), super::LoadSettings::default());
        name.at = start;
        Step::Name(name.unescaped_to_end())
    }

    /// `LineNumber` and `LinePosition`, the latter in UTF-16 units.
    pub(super) fn line_and_position(&self) -> (usize, usize) {
        let (mut line, position) = line_and_position(self.text, self.at);
        if self.state == State::Start && position == 0 && !matches!(self.token, super::Token::Comment(_)) {
            line = 0;
        }
        (line, position)
    }
}
