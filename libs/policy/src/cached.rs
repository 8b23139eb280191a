//! What a cache keeps: values and responses in a form that may go from one worker to another.
//!
//! Values of expressions belong to the thread that made them, so what is stored is a copy of them, and what comes back is a new value equal to
//! it. JSON goes in and out as its text, as it does between APIM and Redis; so does XML.

mod collection;

use std::sync::Arc;

use collection::StoredCollection;
use postern_dotnet::date::{DateTime, DateTimeOffset, TimeSpan};
use postern_dotnet::json::{self, Formatting};
use postern_dotnet::uri::{Uri, UriKind};
use postern_dotnet::xml::{LoadOptions, NodeKind, SaveOptions, XNode};
use postern_dotnet::{Decimal, Exception, Text};

use crate::effect::HttpResponse;
use crate::expression::array::Array;
use crate::expression::library::context::StoredResponse;
use crate::expression::library::dates::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue};
use crate::expression::library::guid::GuidValue;
use crate::expression::library::json::wrapper::TokenValue;
use crate::expression::library::uri::UriObject;
use crate::expression::library::xml::{node_of, node_value};
use crate::expression::limits::MEMORY_BYTES_MAX;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Deepest nesting of arrays and collections that is stored; the copying recurses, and nobody writes so deep a type. One that holds itself ends here.
const DEPTH_MAX: usize = 8;
/// Most that a value with all its copies may take, in bytes: what an expression may use, so that only what stands in many places at once reaches it.
const BYTES_MAX: usize = MEMORY_BYTES_MAX;

/// What is found under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheHit {
    /// What was stored.
    pub item: Arc<CacheItem>,
    /// Whole seconds since then.
    pub age_s: u64,
}

/// What is stored under a key.
#[derive(Debug, PartialEq, Eq)]
pub enum CacheItem {
    /// Of `cache-store-value`.
    Value(CachedValue),
    /// Of `cache-store`.
    Response(CachedResponse),
}

impl CacheItem {
    /// About how much memory it takes, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            CacheItem::Value(value) => value.size(),
            CacheItem::Response(response) => response.size(),
        }
    }
}

/// A response that was kept whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedResponse {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub reason: Box<str>,
    /// Header lines in order, without those of the connection.
    pub headers: Vec<(Box<str>, Box<[u8]>)>,
    /// The body as received.
    pub body: Box<[u8]>,
    /// How long it is kept, in seconds.
    pub duration_s: u64,
}

impl CachedResponse {
    fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
        size_of::<CachedResponse>() + self.body.len() + headers
    }
}

/// A value of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CachedValue {
    /// Inside of arrays only: null itself is not stored.
    Null,
    /// `bool`.
    Bool(bool),
    /// `char`.
    Char(u16),
    /// Whole numbers, by type.
    SByte(i8),
    /// `byte`.
    Byte(u8),
    /// `short`.
    Short(i16),
    /// `ushort`.
    UShort(u16),
    /// `int`.
    Int(i32),
    /// `uint`.
    UInt(u32),
    /// `long`.
    Long(i64),
    /// `ulong`.
    ULong(u64),
    /// `float`, its bits.
    Float(u32),
    /// `double`, its bits.
    Double(u64),
    /// `decimal`.
    Decimal(Decimal),
    /// `string`.
    String(Box<str>),
    /// `byte[]`.
    Bytes(Box<[u8]>),
    /// A `JToken`, its text.
    Json(Box<str>),
    /// `DateTime`.
    DateTime(DateTime),
    /// `DateTimeOffset`.
    DateTimeOffset(SameOffset),
    /// `TimeSpan`.
    TimeSpan(TimeSpan),
    /// `Guid`.
    Guid(StoredGuid),
    /// An `IResponse`.
    Response(Box<HttpResponse>),
    /// An array with one dimension.
    Array(StoredArray),
    /// A `Uri`, its text.
    Uri(Box<str>),
    /// An `XDocument`, its text.
    Document(Box<str>),
    /// An `XElement`, its text.
    Element(Box<str>),
    /// A list, set, dictionary, tuple or anonymous object.
    Collection(StoredCollection),
}

/// What copying may still use.
#[derive(Debug, Clone, Copy)]
struct Room {
    depth: usize,
    bytes: usize,
}

impl Room {
    /// That for what is inside of a value.
    fn inside(&self) -> Result<Room, String> {
        let depth = self.depth.checked_sub(1).ok_or("a value nested so deep")?;
        Ok(Room { depth, bytes: self.bytes })
    }

    fn take(&mut self, bytes: usize) -> Result<(), String> {
        self.bytes = self.bytes.checked_sub(bytes).ok_or("a value that large")?;
        Ok(())
    }
}

/// An array's type of elements and elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredArray {
    element: Type,
    values: Vec<CachedValue>,
}

/// A `DateTimeOffset`.
#[derive(Debug, Clone, Copy)]
pub struct SameOffset(DateTimeOffset);

impl PartialEq for SameOffset {
    fn eq(&self, other: &SameOffset) -> bool {
        self.0 == other.0
    }
}

impl Eq for SameOffset {}

/// A `Guid`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredGuid(GuidValue);

impl CachedValue {
    /// A copy of a value.
    ///
    /// # Errors
    /// The name of its type, when values of that type cannot be stored.
    pub fn from_value(value: &Value) -> Result<CachedValue, String> {
        CachedValue::copy(value, &mut Room { depth: DEPTH_MAX, bytes: BYTES_MAX })
    }

    fn copy(value: &Value, room: &mut Room) -> Result<CachedValue, String> {
        let copied = match value {
            Value::Null => CachedValue::Null,
            Value::Bool(value) => CachedValue::Bool(*value),
            Value::Char(value) => CachedValue::Char(*value),
            Value::SByte(value) => CachedValue::SByte(*value),
            Value::Byte(value) => CachedValue::Byte(*value),
            Value::Short(value) => CachedValue::Short(*value),
            Value::UShort(value) => CachedValue::UShort(*value),
            Value::Int(value) => CachedValue::Int(*value),
            Value::UInt(value) => CachedValue::UInt(*value),
            Value::Long(value) => CachedValue::Long(*value),
            Value::ULong(value) => CachedValue::ULong(*value),
            Value::Float(value) => CachedValue::Float(value.to_bits()),
            Value::Double(value) => CachedValue::Double(value.to_bits()),
            Value::Decimal(value) => CachedValue::Decimal(*value),
            Value::String(text) => CachedValue::String(text.as_str().into()),
            Value::Object(_) => CachedValue::copy_object(value, room)?,
        };
        room.take(match &copied {
            // What is inside has been paid for.
            CachedValue::Array(_) | CachedValue::Collection(_) => size_of::<CachedValue>(),
            copied => copied.size(),
        })?;
        Ok(copied)
    }

    fn copy_object(value: &Value, room: &mut Room) -> Result<CachedValue, String> {
        if let Some(token) = value.downcast_ref::<TokenValue>() {
            let text = token.0.to_json(Formatting::None).map_err(|exception| exception.message.to_string())?;
            return Ok(CachedValue::Json(text.into()));
        }
        if let Some(value) = value.downcast_ref::<DateTimeValue>() {
            return Ok(CachedValue::DateTime(value.0));
        }
        if let Some(value) = value.downcast_ref::<DateTimeOffsetValue>() {
            return Ok(CachedValue::DateTimeOffset(SameOffset(value.0)));
        }
        if let Some(value) = value.downcast_ref::<TimeSpanValue>() {
            return Ok(CachedValue::TimeSpan(value.0));
        }
        if let Some(value) = value.downcast_ref::<GuidValue>() {
            return Ok(CachedValue::Guid(StoredGuid(*value)));
        }
        if let Some(stored) = value.downcast_ref::<StoredResponse>() {
            let response = HttpResponse { body: stored.body(), ..stored.response.clone() };
            return Ok(CachedValue::Response(Box::new(response)));
        }
        if let Some(uri) = value.downcast_ref::<UriObject>() {
            return Ok(CachedValue::Uri(uri.0.original_string().into()));
        }
        if let Some(node) = node_of(value) {
            return CachedValue::copy_xml(node);
        }
        if let Some(array) = value.downcast_ref::<Array>() {
            return CachedValue::copy_array(array, room);
        }
        StoredCollection::copy(value, room)?.map(CachedValue::Collection).ok_or_else(|| value.of().to_string())
    }

    fn copy_xml(node: &XNode) -> Result<CachedValue, String> {
        let message = |exception: Exception| exception.message.to_string();
        let text = node.write(SaveOptions::DisableFormatting).map_err(message)?;
        match node.kind() {
            NodeKind::Element => Ok(CachedValue::Element(text.as_str().into())),
            NodeKind::Document => {
                let declaration = node.declaration().map(|declaration| declaration.to_string()).unwrap_or_default();
                let text = [declaration.as_str(), text.as_str()].concat();
                // Documents can be made that are none when they are read: one without an element.
                XNode::parse_document(&text, LoadOptions::PreserveWhitespace).map_err(message)?;
                Ok(CachedValue::Document(text.into()))
            }
            kind => Err(format!("an XML node of kind {}", kind.name())),
        }
    }

    fn copy_all(values: &[Value], room: &mut Room) -> Result<Vec<CachedValue>, String> {
        let mut inside = room.inside()?;
        let values = values.iter().map(|value| CachedValue::copy(value, &mut inside)).collect();
        room.bytes = inside.bytes;
        values
    }

    fn copy_array(array: &Array, room: &mut Room) -> Result<CachedValue, String> {
        if let Some(bytes) = array.as_bytes() {
            return Ok(CachedValue::Bytes(bytes.to_vec().into()));
        }
        if array.lengths().len() > 1 {
            return Err("an array with several dimensions".to_owned());
        }
        let values = CachedValue::copy_all(&array.to_vec(), room)?;
        Ok(CachedValue::Array(StoredArray { element: array.element().clone(), values }))
    }

    /// A new value equal to the one stored.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            CachedValue::Null => Value::Null,
            CachedValue::Bool(value) => Value::Bool(*value),
            CachedValue::Char(value) => Value::Char(*value),
            CachedValue::SByte(value) => Value::SByte(*value),
            CachedValue::Byte(value) => Value::Byte(*value),
            CachedValue::Short(value) => Value::Short(*value),
            CachedValue::UShort(value) => Value::UShort(*value),
            CachedValue::Int(value) => Value::Int(*value),
            CachedValue::UInt(value) => Value::UInt(*value),
            CachedValue::Long(value) => Value::Long(*value),
            CachedValue::ULong(value) => Value::ULong(*value),
            CachedValue::Float(bits) => Value::Float(f32::from_bits(*bits)),
            CachedValue::Double(bits) => Value::Double(f64::from_bits(*bits)),
            CachedValue::Decimal(value) => Value::Decimal(*value),
            CachedValue::String(text) => Value::String(Text::new(text)),
            CachedValue::Bytes(bytes) => Value::object(Array::bytes(bytes.to_vec())),
            // It was written by the same library.
            CachedValue::Json(text) => json::parse(text).map_or(Value::Null, |token| Value::object(TokenValue(token))),
            CachedValue::DateTime(value) => (*value).into(),
            CachedValue::DateTimeOffset(value) => value.0.into(),
            CachedValue::TimeSpan(value) => (*value).into(),
            CachedValue::Guid(value) => Value::object(value.0),
            CachedValue::Response(response) => Value::object(StoredResponse::new((**response).clone())),
            CachedValue::Array(array) => Value::object(Array::values(
                array.element.clone(),
                array.values.iter().map(CachedValue::to_value).collect(),
            )),
            CachedValue::Uri(text) => {
                Uri::parse(text, UriKind::RelativeOrAbsolute).map_or(Value::Null, |uri| Value::object(UriObject(uri)))
            }
            CachedValue::Document(text) => {
                XNode::parse_document(text, LoadOptions::PreserveWhitespace).map_or(Value::Null, node_value)
            }
            CachedValue::Element(text) => {
                XNode::parse_element(text, LoadOptions::PreserveWhitespace).map_or(Value::Null, node_value)
            }
            CachedValue::Collection(collection) => collection.to_value(),
        }
    }

    fn size(&self) -> usize {
        let more = match self {
            CachedValue::String(text)
            | CachedValue::Json(text)
            | CachedValue::Uri(text)
            | CachedValue::Document(text)
            | CachedValue::Element(text) => text.len(),
            CachedValue::Bytes(bytes) => bytes.len(),
            CachedValue::Response(response) => {
                let headers: usize = response.headers.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
                size_of::<HttpResponse>() + response.body.len() + headers
            }
            CachedValue::Array(array) => array.values.iter().map(CachedValue::size).sum(),
            CachedValue::Collection(collection) => collection.size(),
            _ => 0,
        };
        size_of::<CachedValue>() + more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(value: &Value) -> Value {
        // Over another thread, as between workers.
        let stored = CachedValue::from_value(value).unwrap();
        let stored = std::thread::spawn(move || stored).join().unwrap();
        stored.to_value()
    }

    #[test]
    fn plain_values_come_back_equal_and_of_the_same_type() {
        let values = [
            Value::Bool(true),
            Value::Char(65),
            Value::SByte(-1),
            Value::Byte(1),
            Value::Short(-2),
            Value::UShort(2),
            Value::Int(-3),
            Value::UInt(3),
            Value::Long(i64::MIN),
            Value::ULong(u64::MAX),
            Value::Float(1.5),
            Value::Double(f64::NAN),
            Value::Decimal(Decimal::new(125, 2)),
            Value::from("text"),
            Value::from(""),
            DateTimeOffset::UNIX_EPOCH.utc_date_time().into(),
            TimeSpan::from_ticks(50_000_000).into(),
        ];
        for value in values {
            let again = back(&value);
            assert!(again.equals(&value), "{value:?} {again:?}");
            assert_eq!(again.of(), value.of());
        }
    }

    #[test]
    fn bytes_arrays_and_documents_come_back_with_the_same_content() {
        let bytes = back(&Value::object(Array::bytes(vec![0, 255, 7])));
        assert_eq!(bytes.downcast_ref::<Array>().unwrap().as_bytes().unwrap().to_vec(), [0, 255, 7]);
        let texts = back(&Value::object(Array::texts(["a", "b"])));
        assert_eq!(texts.of(), Type::array_of(Type::String));
        assert!(texts.downcast_ref::<Array>().unwrap().to_vec()[1].equals(&Value::from("b")));
        let text = "{\"a\":[1,2.5,null,\"x\"],\"b\":{\"c\":true}}";
        let document = back(&Value::object(TokenValue(json::parse(text).unwrap())));
        assert_eq!(document.downcast_ref::<TokenValue>().unwrap().0.to_json(Formatting::None).unwrap(), text);
    }

    #[test]
    fn responses_keep_status_headers_and_body() {
        let response = HttpResponse {
            status: 201,
            reason: "Created".into(),
            headers: vec![("X".into(), b"1".to_vec())],
            body: b"body".to_vec(),
        };
        let again = back(&Value::object(StoredResponse::new(response.clone())));
        let again = again.downcast_ref::<StoredResponse>().unwrap();
        assert_eq!((again.response.status, again.body()), (201, b"body".to_vec()));
        assert_eq!(again.response.headers, response.headers);
    }

    #[test]
    fn uris_and_xml_come_back_with_the_same_text() {
        for text in ["https://a.test/b?c=%20#d", "../b"] {
            let uri = Uri::parse(text, UriKind::RelativeOrAbsolute).unwrap();
            let again = back(&Value::object(UriObject(uri)));
            assert_eq!(again.downcast_ref::<UriObject>().unwrap().0.original_string(), text);
        }
        let text = "<?xml version=\"1.0\" encoding=\"utf-8\"?><a> <b xmlns=\"urn:b\">1 &lt; 2</b></a>";
        let again = back(&node_value(XNode::parse_document(text, LoadOptions::PreserveWhitespace).unwrap()));
        let node = node_of(&again).unwrap();
        assert_eq!((node.kind(), node.declaration().is_some()), (NodeKind::Document, true));
        let written = node.write(SaveOptions::DisableFormatting).unwrap();
        assert_eq!(written.as_str(), "<a> <b xmlns=\"urn:b\">1 &lt; 2</b></a>");
        let again = back(&node_value(XNode::parse_element("<a>1</a>", LoadOptions::PreserveWhitespace).unwrap()));
        assert_eq!(node_of(&again).unwrap().kind(), NodeKind::Element);
    }

    #[test]
    fn what_belongs_to_a_request_cannot_be_stored() {
        let exception = postern_dotnet::Exception::null_reference();
        let value = Value::object(crate::expression::exception::ExceptionObject(std::sync::Arc::new(exception)));
        assert!(CachedValue::from_value(&value).is_err());
    }
}
