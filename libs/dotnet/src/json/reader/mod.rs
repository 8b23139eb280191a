//! `JsonTextReader` in the dialect and with the messages of Newtonsoft.Json 13.
//!
//! Beyond JSON it takes single quotes, bare property names, comments, empty elements (`[1,,2]`), a comma before the end, `NaN`,
//! `Infinity`, `undefined`, hexadecimal and octal integers, constructors and raw control characters.

mod failure;
mod locate;
mod number;
mod scan;
mod string;

use super::Scalar;
use super::limits::DEPTH_MAX;
use crate::{Exception, Text};

pub(super) use failure::line_and_position;
pub(super) use string::{find_either, may_be_date, string_value};

pub use locate::{Located, Place};

pub use super::load::{FloatParseHandling, LoadSettings, Loading, parse, parse_array, parse_object, parse_with};

/// The token that was read last.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    None,
    StartObject,
    StartArray,
    StartConstructor(Text),
    PropertyName(Text),
    Comment(Text),
    Value(Scalar),
    EndObject,
    EndArray,
    EndConstructor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Object,
    Array,
    Constructor,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Property,
    ObjectStart,
    Object,
    ArrayStart,
    Array,
    ConstructorStart,
    Constructor,
    PostValue,
    Finished,
}

/// Where in a container the reader is; only messages need it.
#[derive(Debug, Clone, Copy)]
struct Position {
    of: Container,
    /// -1 before the first element.
    index: i64,
    /// The current property's name: its place in the text.
    name: (usize, usize),
}

/// Reads tokens from a text.
pub(crate) struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    /// Offset of the next byte.
    at: usize,
    state: State,
    pub(crate) token: Token,
    positions: Vec<Position>,
    float_parse: FloatParseHandling,
    parse_dates: bool,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str, settings: LoadSettings) -> Reader<'a> {
        Reader {
            text,
            bytes: text.as_bytes(),
            at: 0,
            state: State::Start,
            token: Token::None,
            positions: Vec::with_capacity(8),
            float_parse: settings.floats,
            parse_dates: settings.parse_dates,
        }
    }

    /// The same reader over another copy of its text; the empty one keeps it while reading pauses.
    pub(super) fn over(self, text: &str) -> Reader<'_> {
        Reader {
            text,
            bytes: text.as_bytes(),
            at: self.at,
            state: self.state,
            token: self.token,
            positions: self.positions,
            float_parse: self.float_parse,
            parse_dates: self.parse_dates,
        }
    }

    /// Offset of the next byte.
    pub(crate) fn offset(&self) -> usize {
        self.at
    }

    /// `Read()`: whether there was another token.
    pub(crate) fn read(&mut self) -> Result<bool, Exception> {
        loop {
            match self.state {
                State::Start
                | State::Property
                | State::Array
                | State::ArrayStart
                | State::Constructor
                | State::ConstructorStart => return self.parse_value(),
                State::Object | State::ObjectStart => return self.parse_object(),
                State::PostValue => {
                    if self.parse_post_value()? {
                        return Ok(true);
                    }
                }
                State::Finished => return self.parse_after_end(),
            }
        }
    }

    /// `Depth`.
    pub(super) fn depth(&self) -> usize {
        let starts = matches!(self.token, Token::StartObject | Token::StartArray | Token::StartConstructor(_));
        if starts { self.positions.len().saturating_sub(1) } else { self.positions.len() }
    }

    /// The name of the last token's type.
    pub(crate) fn token_name(&self) -> &'static str {
        match &self.token {
            Token::None => "None",
            Token::StartObject => "StartObject",
            Token::StartArray => "StartArray",
            Token::StartConstructor(_) => "StartConstructor",
            Token::PropertyName(_) => "PropertyName",
            Token::Comment(_) => "Comment",
            Token::Value(value) => value.token_type().name(),
            Token::EndObject => "EndObject",
            Token::EndArray => "EndArray",
            Token::EndConstructor => "EndConstructor",
        }
    }

    fn parse_after_end(&mut self) -> Result<bool, Exception> {
        self.skip_white();
        match self.peek() {
            None => {
                self.token = Token::None;
                Ok(false)
            }
            Some(b'/') => self.parse_comment(),
            Some(_) => {
                let message =
                    format!("Additional text encountered after finished reading JSON content: {}.", self.character());
                Err(self.error(&message))
            }
        }
    }

    fn parse_object(&mut self) -> Result<bool, Exception> {
        self.skip_white();
        match self.peek() {
            None => Ok(false),
            Some(b'}') => self.close(Container::Object),
            Some(b'/') => self.parse_comment(),
            Some(_) => self.parse_property(),
        }
    }

    /// Goes on behind a value: `false` after a comma, or at the end of the text.
    fn parse_post_value(&mut self) -> Result<bool, Exception> {
        self.skip_white();
        match self.peek() {
            None => {
                self.state = State::Finished;
                Ok(false)
            }
            Some(b'}') => self.close(Container::Object),
            Some(b']') => self.close(Container::Array),
            Some(b')') => self.close(Container::Constructor),
            Some(b'/') => self.parse_comment(),
            Some(b',') => {
                self.at += 1;
                self.state = match self.positions.last().map(|position| position.of) {
                    None => State::Finished,
                    Some(Container::Object) => State::Object,
                    Some(Container::Array) => State::Array,
                    Some(Container::Constructor) => State::Constructor,
                };
                Ok(false)
            }
            Some(_) => {
                let message =
                    format!("After parsing a value an unexpected character was encountered: {}.", self.character());
                Err(self.error(&message))
            }
        }
    }

    fn parse_value(&mut self) -> Result<bool, Exception> {
        self.skip_white();
        let Some(byte) = self.peek() else {
            return Ok(false);
        };
        match byte {
            b'"' | b'\'' => self.parse_string(byte),
            b'{' => self.open(Container::Object, Token::StartObject, State::ObjectStart),
            b'[' => self.open(Container::Array, Token::StartArray, State::ArrayStart),
            b'0'..=b'9' | b'.' => self.parse_number(),
            b'-' if self.bytes.get(self.at + 1) == Some(&b'I') => self.parse_infinity("-Infinity", f64::NEG_INFINITY),
            b'-' => self.parse_number(),
            b't' => self.parse_word("true", Scalar::Boolean(true), "Error parsing boolean value."),
            b'f' => self.parse_word("false", Scalar::Boolean(false), "Error parsing boolean value."),
            b'n' => match self.bytes.get(self.at + 1) {
                Some(b'u') => self.parse_word("null", Scalar::Null, "Error parsing null value."),
                Some(b'e') => self.parse_constructor(),
                Some(_) => Err(self.unexpected()),
                None => {
                    self.at += 1;
                    Err(self.error("Unexpected end when reading JSON."))
                }
            },
            b'u' => self.parse_word("undefined", Scalar::Undefined, "Error parsing undefined value."),
            b'N' => self.parse_infinity("NaN", f64::NAN),
            b'I' => self.parse_infinity("Infinity", f64::INFINITY),
            b'/' => self.parse_comment(),
            b']' => self.close(Container::Array),
            b')' => self.close(Container::Constructor),
            // The comma stays: it also ends the missing element.
            b',' => Ok(self.set_value(Scalar::Undefined)),
            _ if self.character().is_numeric() => self.parse_number(),
            _ => Err(self.unexpected()),
        }
    }

    /// Sets a value as the current token.
    fn set_value(&mut self, value: Scalar) -> bool {
        self.token = Token::Value(value);
        self.after_value();
        true
    }

    /// `SetPostValueState` with the index counted on.
    fn after_value(&mut self) {
        self.count_on();
        self.state = if self.positions.is_empty() { State::Finished } else { State::PostValue };
    }

    fn count_on(&mut self) {
        if let Some(position) = self.positions.last_mut().filter(|position| position.of != Container::Object) {
            position.index += 1;
        }
    }

    fn open(&mut self, of: Container, token: Token, state: State) -> Result<bool, Exception> {
        self.at += 1;
        self.token = token;
        self.state = state;
        self.count_on();
        self.positions.push(Position { of, index: -1, name: (0, 0) });
        if self.positions.len() > DEPTH_MAX {
            return Err(self.error(&format!("The reader's MaxDepth of {DEPTH_MAX} has been exceeded.")));
        }
        Ok(true)
    }

    fn close(&mut self, of: Container) -> Result<bool, Exception> {
        self.at += 1;
        let (token, name) = match of {
            Container::Object => (Token::EndObject, "EndObject"),
            Container::Array => (Token::EndArray, "EndArray"),
            Container::Constructor => (Token::EndConstructor, "EndConstructor"),
        };
        self.token = token;
        let closed = self.positions.pop().map(|position| position.of);
        if closed != Some(of) {
            let closed = match closed {
                None => "None",
                Some(Container::Object) => "Object",
                Some(Container::Array) => "Array",
                Some(Container::Constructor) => "Constructor",
            };
            return Err(self.error(&format!("JsonToken {name} is not valid for closing JsonType {closed}.")));
        }
        self.state = if self.positions.is_empty() { State::Finished } else { State::PostValue };
        Ok(true)
    }
}
