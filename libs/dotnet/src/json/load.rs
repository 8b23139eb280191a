//! `JToken.Parse`, `JObject.Parse`, `JArray.Parse`: tokens of the reader made a document.

use std::cell::RefCell;
use std::rc::Rc;

use super::reader::{Reader, Token};
use super::token::{Content, JToken, Node};
use super::{JTokenType, Scalar, plain};
use crate::{Exception, Text};

/// `FloatParseHandling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FloatParseHandling {
    /// Numbers with a point or exponent are `double`.
    #[default]
    Double,
    /// They are `decimal`.
    Decimal,
}

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadSettings {
    /// What numbers with a point or exponent become.
    pub floats: FloatParseHandling,
    /// Whether strings that look like ISO dates become dates (`DateParseHandling.DateTime`, the default).
    pub parse_dates: bool,
}

impl Default for LoadSettings {
    fn default() -> LoadSettings {
        LoadSettings { floats: FloatParseHandling::Double, parse_dates: true }
    }
}

/// `JToken.Parse(text)`.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse(text: &str) -> Result<JToken, Exception> {
    parse_with(text, LoadSettings::default())
}

/// `JToken.Parse(text)` with other settings of the reader.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse_with(text: &str, settings: LoadSettings) -> Result<JToken, Exception> {
    match plain::load(text, settings, None) {
        Some(token) => Ok(token),
        None => read(text, settings),
    }
}

/// The same with the reader alone.
pub(super) fn read(text: &str, settings: LoadSettings) -> Result<JToken, Exception> {
    let mut reader = Reader::new(text, settings);
    if !reader.read()? {
        return Err(reader.error("Error reading JToken from JsonReader."));
    }
    let token = match reader.token.clone() {
        Token::StartObject | Token::StartArray | Token::StartConstructor(_) => load(&mut reader)?,
        Token::Value(value) => JToken::value(value),
        Token::Comment(text) => JToken::value(Scalar::Comment(text)),
        _ => {
            let message = format!("Error reading JToken from JsonReader. Unexpected token: {}", reader.token_name());
            return Err(reader.error(&message));
        }
    };
    finish(&mut reader, token)
}

/// `JObject.Parse(text)`.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse_object(text: &str) -> Result<JToken, Exception> {
    parse_container(text, JTokenType::Object)
}

/// `JArray.Parse(text)`.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse_array(text: &str) -> Result<JToken, Exception> {
    parse_container(text, JTokenType::Array)
}

fn parse_container(text: &str, of: JTokenType) -> Result<JToken, Exception> {
    let first = if of == JTokenType::Object { b'{' } else { b'[' };
    if let Some(token) = plain::load(text, LoadSettings::default(), Some(first)) {
        return Ok(token);
    }
    let (class, what) = if of == JTokenType::Object { ("JObject", "an object") } else { ("JArray", "an array") };
    let mut reader = Reader::new(text, LoadSettings::default());
    if !reader.read()? {
        return Err(reader.error(&format!("Error reading {class} from JsonReader.")));
    }
    while matches!(reader.token, Token::Comment(_)) {
        if !reader.read()? {
            break;
        }
    }
    let fits = match of {
        JTokenType::Object => reader.token == Token::StartObject,
        _ => reader.token == Token::StartArray,
    };
    if !fits {
        let found = reader.token_name();
        let message = format!("Error reading {class} from JsonReader. Current JsonReader item is not {what}: {found}");
        return Err(reader.error(&message));
    }
    let token = load(&mut reader)?;
    finish(&mut reader, token)
}

/// Behind the document only comments may follow.
fn finish(reader: &mut Reader<'_>, token: JToken) -> Result<JToken, Exception> {
    while reader.read()? {}
    Ok(token)
}

/// Reads the container that the reader has just entered (`ReadTokenFrom`).
fn load(reader: &mut Reader<'_>) -> Result<JToken, Exception> {
    let root = Node::new(container(&reader.token)?);
    let class = JToken::from_node(root.clone()).class_name();
    let start_depth = reader.depth();
    if !reader.read()? {
        return Err(reader.error(&format!("Error reading {class} from JsonReader.")));
    }
    let mut open = vec![root.clone()];
    let mut name: Option<Text> = None;
    while let Some(parent) = open.last() {
        match std::mem::replace(&mut reader.token, Token::None) {
            start @ (Token::StartObject | Token::StartArray | Token::StartConstructor(_)) => {
                let node = attach(parent, name.take(), container(&start)?);
                open.push(node);
            }
            Token::EndObject | Token::EndArray | Token::EndConstructor => {
                open.pop();
                if open.is_empty() {
                    break;
                }
            }
            Token::PropertyName(text) => name = Some(text),
            Token::Value(value) => {
                attach(parent, name.take(), Content::Value(RefCell::new(value)));
            }
            Token::None | Token::Comment(_) => {}
        }
        if !reader.read()? {
            break;
        }
    }
    if reader.depth() > start_depth {
        return Err(reader.error(&format!("Unexpected end of content while loading {class}.")));
    }
    Ok(JToken::from_node(root))
}

/// An empty container. A constructor has to have a name, which the original checks only here.
fn container(token: &Token) -> Result<Content, Exception> {
    Ok(match token {
        Token::StartConstructor(name) if name.is_empty() => {
            return Err(Exception::argument("name", "Constructor name cannot be empty."));
        }
        Token::StartArray => Content::Array(RefCell::default()),
        Token::StartConstructor(name) => {
            Content::Constructor { name: Box::new(RefCell::new(name.clone())), items: RefCell::default() }
        }
        _ => Content::Object(RefCell::default()),
    })
}

/// Adds a value to a container; a property that is there already is replaced in its place. Gives the value.
pub(super) fn attach(parent: &Rc<Node>, name: Option<Text>, content: Content) -> Rc<Node> {
    let Content::Object(members) = &parent.content else {
        let value = Node::child_of(parent, parent.len(), content);
        parent.push(value.clone());
        return value;
    };
    let name = name.unwrap_or_default();
    let mut members = members.borrow_mut();
    // Nothing was removed while loading, so the hint is exact; a document of duplicates stays linear.
    let known = members.find(&name).map(|known| known.slot.get());
    let place = known.unwrap_or(members.list.len());
    let property = Node::child_of(parent, place, Content::Property { name, value: RefCell::new(None) });
    let value = Node::child_of(&property, 0, content);
    property.push(value.clone());
    if known.is_none() {
        members.push(property);
    } else if let Some(old) = members.replace(place, property) {
        old.detach();
    }
    value
}
