//! A small JSON reader. Numbers and order of properties are kept as written; positions are told as Newtonsoft does.

use super::super::limits::JSON_DEPTH_MAX;
use crate::work::Pace;
use crate::{Exception, ExceptionType};

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As written.
    Number(String),
    String(String),
    Array(Items),
    Object(Vec<(String, Json)>),
}

/// The items of an array, which may be a million: they are kept in pieces, so that a longer array moves none of them, and those that were taken
/// out are freed as it goes.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Items(Vec<Vec<Json>>);

/// Items of a piece.
const PIECE_ITEMS: usize = 1024;

impl Items {
    pub(super) fn push(&mut self, item: Json) {
        match self.0.last_mut() {
            Some(last) if last.len() < PIECE_ITEMS => last.push(item),
            _ => self.0.push(vec![item]),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Json> {
        self.0.iter().flatten()
    }
}

impl IntoIterator for Items {
    type Item = Json;
    type IntoIter = std::iter::Flatten<std::vec::IntoIter<Vec<Json>>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().flatten()
    }
}

/// Bytes that are read in one step.
const BYTES_PER_STEP: usize = 2;
/// Steps for a value, and for the name that it has.
const STEPS: u64 = 20;

/// Reads a JSON text.
pub(super) async fn read(pace: &Pace, text: &str) -> Result<Json, Exception> {
    let mut reader = Reader { pace, text, position: 0 };
    let value = reader.value(0).await?;
    reader.space()?;
    if reader.position < text.len() {
        let c = reader.peek().unwrap_or_default();
        return Err(reader.error(&format!("Additional text encountered after finished reading JSON content: {c}.")));
    }
    Ok(value)
}

struct Reader<'t> {
    pace: &'t Pace,
    text: &'t str,
    position: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error(&self, message: &str) -> Exception {
        let before = self.text.get(..self.position).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let position = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count();
        Exception::new(ExceptionType::JsonReader, format!("{message} Path '', line {line}, position {position}."))
    }

    /// White space and comments.
    fn space(&mut self) -> Result<(), Exception> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\u{feff}']);
            self.position += rest.len() - trimmed.len();
            let rest = self.rest();
            let length = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                match rest.find("*/") {
                    Some(end) => end + 2,
                    None => return Err(self.error("Unexpected end while parsing comment.")),
                }
            } else {
                return Ok(());
            };
            self.position += length;
        }
    }

    async fn value(&mut self, depth: usize) -> Result<Json, Exception> {
        if depth > JSON_DEPTH_MAX {
            return Err(self.error(&format!("The reader's MaxDepth of {JSON_DEPTH_MAX} has been exceeded.")));
        }
        self.space()?;
        let before = self.position;
        let read = match self.peek() {
            None => Err(self.error("Unexpected end when reading JSON.")),
            Some('{') => Box::pin(self.object(depth)).await,
            Some('[') => Box::pin(self.array(depth)).await,
            Some('"' | '\'') => self.string().map(Json::String),
            Some(_) => self.word(),
        }?;
        if !matches!(read, Json::Array(_) | Json::Object(_)) {
            self.pace.take(STEPS + ((self.position - before) / BYTES_PER_STEP) as u64).await;
        }
        Ok(read)
    }

    async fn object(&mut self, depth: usize) -> Result<Json, Exception> {
        self.position += 1;
        let mut properties = Vec::new();
        loop {
            self.space()?;
            match self.peek() {
                Some('}') => break,
                Some('"' | '\'') => {}
                None => return Err(self.error("Unexpected end when reading JSON.")),
                Some(c) => return Err(self.error(&format!("Invalid property identifier character: {c}."))),
            }
            let name = self.string()?;
            self.space()?;
            if self.peek() != Some(':') {
                let c = self.peek().map(String::from).unwrap_or_default();
                return Err(
                    self.error(&format!("Invalid character after parsing property name. Expected ':' but got: {c}."))
                );
            }
            self.position += 1;
            let value = self.value(depth + 1).await?;
            properties.push((name, value));
            if !self.more('}')? {
                break;
            }
        }
        self.position += 1;
        Ok(Json::Object(properties))
    }

    async fn array(&mut self, depth: usize) -> Result<Json, Exception> {
        self.position += 1;
        let mut items = Items::default();
        loop {
            self.space()?;
            if self.peek() == Some(']') {
                break;
            }
            items.push(self.value(depth + 1).await?);
            if !self.more(']')? {
                break;
            }
        }
        self.position += 1;
        Ok(Json::Array(items))
    }

    /// Whether another item follows; `close` is left standing.
    fn more(&mut self, close: char) -> Result<bool, Exception> {
        self.space()?;
        match self.peek() {
            Some(',') => {
                self.position += 1;
                Ok(true)
            }
            Some(c) if c == close => Ok(false),
            None => Err(self.error("Unexpected end when reading JSON.")),
            Some(c) => Err(self.error(&format!("After parsing a value an unexpected character was encountered: {c}."))),
        }
    }

    fn string(&mut self) -> Result<String, Exception> {
        let quote = self.peek().unwrap_or_default();
        self.position += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let length = rest.find([quote, '\\']).unwrap_or(rest.len());
            text.push_str(rest.get(..length).unwrap_or_default());
            self.position += length;
            match self.peek() {
                Some('\\') => {}
                Some(_) => {
                    self.position += 1;
                    return Ok(text);
                }
                None => return Err(self.error(&format!("Unterminated string. Expected delimiter: {quote}."))),
            }
            // Escapes that follow each other may be the halves of a pair.
            let mut units: Vec<u16> = Vec::new();
            while self.peek() == Some('\\') {
                self.position += 1;
                units.push(self.escape()?);
            }
            text.push_str(&String::from_utf16_lossy(&units));
        }
    }

    fn escape(&mut self) -> Result<u16, Exception> {
        let Some(c) = self.peek() else { return Err(self.error("Unterminated string. Expected delimiter: \".")) };
        self.position += c.len_utf8();
        let unit = match c {
            'b' => 8,
            't' => 9,
            'n' => 10,
            'f' => 12,
            'r' => 13,
            '"' | '\'' | '\\' | '/' => u16::try_from(u32::from(c)).unwrap_or_default(),
            'u' => {
                let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
                let Some(unit) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) else {
                    return Err(self.error("Unexpected end while parsing unicode escape sequence."));
                };
                self.position += 4;
                unit
            }
            _ => return Err(self.error(&format!("Bad JSON escape sequence: \\{c}."))),
        };
        Ok(unit)
    }

    fn word(&mut self) -> Result<Json, Exception> {
        let rest = self.rest();
        let length =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default().to_owned();
        let value = match word.as_str() {
            "null" => Json::Null,
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            "NaN" | "Infinity" | "-Infinity" => Json::Number(word),
            _ if is_number(&word) => Json::Number(word),
            _ => {
                let c = self.peek().unwrap_or_default();
                return Err(self.error(&format!("Unexpected character encountered while parsing value: {c}.")));
            }
        };
        self.position += length;
        Ok(value)
    }
}

fn is_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit()) && word.parse::<f64>().is_ok()
}
