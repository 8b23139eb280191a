//! Reading of a JSON text that `XmlNodeConverter` makes a document of: with Newtonsoft's reader, and with what the converter refuses while it reads. A text
//! that ends early between two tokens is taken for what is there.

use super::document::metadata_name;
use super::reader::{Items, Json};
use crate::json::{FloatParseHandling, LoadSettings, Reader, Scalar, Token};
use crate::number::Number;
use crate::work::Pace;
use crate::{Exception, ExceptionType, Text};

const NO_OBJECT: &str = "XmlNodeConverter can only convert JSON that begins with an object.";
const MANY_ROOTS: &str = "JSON root object has multiple properties. The root object must have a single property in order to create a valid XML \
                          document. Consider specifying a DeserializeRootElementName.";
const EMPTY_NAME: &str = "XmlNodeConverter cannot convert JSON with an empty property name to XML.";
const NO_VALUE: &str = "Unexpected end when reading JSON.";

/// Bytes that are read in one step.
const BYTES_PER_STEP: usize = 2;
/// Steps for a token.
const STEPS: u64 = 20;

/// What the object is that a text holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Is {
    /// The document: one of its properties is the root element.
    Document,
    /// What stands in a root element with a name from elsewhere.
    Root,
}

/// Reads a JSON text that must be an object, which can be a document.
pub(super) async fn read(pace: &Pace, text: &str, is: Is) -> Result<Json, Exception> {
    let settings = LoadSettings { floats: FloatParseHandling::Double, parse_dates: false, places: false };
    let mut reading = Reading { reader: Reader::new(text, settings), is, open: Vec::new(), refused: None };
    while reading.reader.read()? {
        if !matches!(reading.reader.token, Token::Comment(_)) {
            break;
        }
    }
    if reading.reader.token != Token::StartObject {
        let nothing = matches!(reading.reader.token, Token::None | Token::Comment(_));
        return Err(reading.failure(if nothing { NO_VALUE } else { NO_OBJECT }));
    }
    reading.open.push(Part::object());
    loop {
        let before = reading.reader.offset();
        if !reading.reader.read()? {
            return reading.ended();
        }
        pace.take(STEPS + ((reading.reader.offset() - before) / BYTES_PER_STEP) as u64).await;
        if let Some(whole) = reading.token()? {
            // Only comments may follow.
            while reading.reader.read()? {}
            return Ok(whole);
        }
    }
}

struct Reading<'t> {
    reader: Reader<'t>,
    is: Is,
    /// The containers that are being read, the outermost first.
    open: Vec<Part>,
    /// A property of the root that would be an attribute: refused once its own attributes were read.
    refused: Option<Text>,
}

/// A container that is being read.
enum Part {
    Object {
        properties: Vec<(String, Json)>,
        /// The property that is being read.
        name: Option<Text>,
        /// Whether all properties so far are attributes, which are read before the element is made.
        is_leading: bool,
    },
    Array(Items),
    Constructor(Text, Items),
}

impl Part {
    fn object() -> Part {
        Part::Object { properties: Vec::new(), name: None, is_leading: true }
    }

    fn whole(self) -> Json {
        match self {
            Part::Object { properties, .. } => Json::Object(properties),
            Part::Array(items) => Json::Array(items),
            Part::Constructor(name, items) => Json::Object(vec![(name.to_string(), Json::Array(items))]),
        }
    }
}

/// Whether a property is an attribute.
fn is_attribute(name: &str) -> bool {
    name.starts_with('@') || metadata_name(name).is_some()
}

impl Reading<'_> {
    fn failure(&self, message: &str) -> Exception {
        let mut failure = self.reader.error(message);
        failure.of = ExceptionType::JsonSerialization;
        failure
    }

    /// Takes the token that was just read. The whole, if that was its end.
    fn token(&mut self) -> Result<Option<Json>, Exception> {
        match std::mem::replace(&mut self.reader.token, Token::None) {
            Token::None => {}
            Token::Comment(_) => self.leads_no_more(),
            Token::PropertyName(name) => self.property(name)?,
            start @ (Token::StartObject | Token::StartArray | Token::StartConstructor(_)) => {
                self.reader.token = start.clone();
                self.check_start()?;
                self.open.push(match start {
                    Token::StartArray => Part::Array(Items::default()),
                    Token::StartConstructor(name) => Part::Constructor(name, Items::default()),
                    _ => Part::object(),
                });
            }
            Token::Value(value) => {
                self.check_name()?;
                if self.open.len() == 1 || matches!(self.open.as_slice(), [_, Part::Array(_)]) {
                    self.refuse()?;
                }
                self.add(json_of(value));
            }
            Token::EndObject | Token::EndArray | Token::EndConstructor => {
                if matches!(self.open.as_slice(), [_, Part::Object { .. }]) {
                    self.refuse()?;
                }
                let Some(part) = self.open.pop() else { return Ok(None) };
                if self.open.is_empty() {
                    return Ok(Some(part.whole()));
                }
                self.add(part.whole());
            }
        }
        Ok(None)
    }

    fn property(&mut self, name: Text) -> Result<(), Exception> {
        let depth = self.open.len();
        let Some(Part::Object { properties, name: own, is_leading }) = self.open.last_mut() else { return Ok(()) };
        *is_leading &= is_attribute(&name);
        let is_document = self.is == Is::Document;
        let has_root = is_document && depth == 1 && properties.iter().any(is_root);
        *own = Some(name.clone());
        if has_root {
            return Err(self.failure(MANY_ROOTS));
        }
        if depth == 2 && !is_attribute(&name) {
            self.refuse()?;
        }
        if is_document && depth == 1 && is_attribute(&name) {
            self.refused = Some(name);
        }
        Ok(())
    }

    /// The root has a property that would be an attribute.
    fn refuse(&mut self) -> Result<(), Exception> {
        let Some(name) = self.refused.take() else { return Ok(()) };
        Err(self.failure(&format!(
            "JSON root object has property '{name}' that will be converted to an attribute. A root object cannot have any attribute \
             properties. Consider specifying a DeserializeRootElementName."
        )))
    }

    /// What says something about the object it stands in has a simple value.
    fn check_start(&self) -> Result<(), Exception> {
        self.check_name()?;
        match self.open.last() {
            Some(Part::Object { name: Some(name), is_leading: true, .. })
                if (self.open.len() > 1 || self.is == Is::Root) && metadata_name(name).is_some() =>
            {
                Err(self.failure(&format!("Unexpected JsonToken: {}.", self.reader.token_name())))
            }
            _ => Ok(()),
        }
    }

    fn check_name(&self) -> Result<(), Exception> {
        let name = self.open.iter().rev().find_map(|part| match part {
            Part::Object { name, .. } => Some(name.as_deref()),
            _ => None,
        });
        // The items of an array are elements with its name.
        let is_empty = name.flatten().is_some_and(str::is_empty);
        if is_empty && self.reader.token != Token::StartArray { Err(self.failure(EMPTY_NAME)) } else { Ok(()) }
    }

    fn leads_no_more(&mut self) {
        if let Some(Part::Object { is_leading, .. }) = self.open.last_mut() {
            *is_leading = false;
        }
    }

    /// Adds what is complete to the container around it.
    fn add(&mut self, value: Json) {
        match self.open.last_mut() {
            Some(Part::Object { properties, name, .. }) => {
                properties.push((name.take().unwrap_or_default().to_string(), value));
            }
            Some(Part::Array(items) | Part::Constructor(_, items)) => items.push(value),
            None => {}
        }
    }

    /// The text ends, maybe before the document does.
    fn ended(mut self) -> Result<Json, Exception> {
        match self.open.as_slice() {
            [.., Part::Object { name: Some(_), .. }] => return Err(self.failure(NO_VALUE)),
            [Part::Object { properties, .. }] if properties.is_empty() => return Err(self.failure(NO_VALUE)),
            [_, .., Part::Object { properties, is_leading: true, .. }] => {
                let token = if properties.is_empty() { "StartObject" } else { "None" };
                return Err(self.failure(&format!("Unexpected JsonToken when deserializing node: {token}.")));
            }
            _ => {}
        }
        loop {
            let Some(part) = self.open.pop() else { return Ok(Json::Null) };
            if self.open.is_empty() {
                return Ok(part.whole());
            }
            self.add(part.whole());
        }
    }
}

/// Whether a property of the root is the root element.
fn is_root((name, value): &(String, Json)) -> bool {
    !name.starts_with(['?', '!', '#']) && !matches!(value, Json::Array(items) if items.is_empty())
}

fn json_of(value: Scalar) -> Json {
    match value {
        Scalar::Boolean(value) => Json::Bool(value),
        Scalar::Number(Number::Double(value)) if value.is_nan() => Json::Number("NaN".to_owned()),
        Scalar::Number(Number::Double(value)) if value.is_infinite() => {
            Json::Number(if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned())
        }
        Scalar::Number(Number::Double(value)) => Json::Number(format!("{value:e}")),
        Scalar::Number(number) => Json::Number(number.integer().map(|value| value.to_string()).unwrap_or_default()),
        Scalar::BigInteger(digits) => Json::Number(digits.to_string()),
        Scalar::String(text) => Json::String(text.to_string()),
        _ => Json::Null,
    }
}
