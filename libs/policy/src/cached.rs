//! What a cache keeps: values and responses in a form that may go from one worker to another.
//!
//! Values of expressions belong to the thread that made them, so what is stored is a copy of them, and what comes back is a new value equal to
//! it. JSON goes in and out as its text, as it does between APIM and Redis.

use std::sync::Arc;

use postern_dotnet::date::{DateTime, DateTimeOffset, TimeSpan};
use postern_dotnet::json::{self, Formatting};
use postern_dotnet::{Decimal, Text};

use crate::effect::HttpResponse;
use crate::expression::array::Array;
use crate::expression::library::context::StoredResponse;
use crate::expression::library::dates::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue};
use crate::expression::library::guid::GuidValue;
use crate::expression::library::json::wrapper::TokenValue;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Deepest nesting of arrays that is stored; the copying recurses, and nobody writes so deep a type.
const ARRAY_DEPTH_MAX: usize = 8;

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
        CachedValue::copy(value, ARRAY_DEPTH_MAX)
    }

    fn copy(value: &Value, depth: usize) -> Result<CachedValue, String> {
        Ok(match value {
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
            Value::Object(_) => CachedValue::copy_object(value, depth)?,
        })
    }

    fn copy_object(value: &Value, depth: usize) -> Result<CachedValue, String> {
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
        match value.downcast_ref::<Array>() {
            Some(array) => CachedValue::copy_array(array, depth),
            None => Err(value.of().to_string()),
        }
    }

    fn copy_array(array: &Array, depth: usize) -> Result<CachedValue, String> {
        if let Some(bytes) = array.as_bytes() {
            return Ok(CachedValue::Bytes(bytes.to_vec().into()));
        }
        let (true, Some(depth)) = (array.lengths().len() <= 1, depth.checked_sub(1)) else {
            return Err("an array with several dimensions".to_owned());
        };
        let values = array.to_vec().iter().map(|value| CachedValue::copy(value, depth)).collect::<Result<_, _>>()?;
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
        }
    }

    fn size(&self) -> usize {
        let more = match self {
            CachedValue::String(text) | CachedValue::Json(text) => text.len(),
            CachedValue::Bytes(bytes) => bytes.len(),
            CachedValue::Response(response) => {
                let headers: usize = response.headers.iter().map(|(name, value)| name.len() + value.len() + 48).sum();
                size_of::<HttpResponse>() + response.body.len() + headers
            }
            CachedValue::Array(array) => array.values.iter().map(CachedValue::size).sum(),
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
    fn what_belongs_to_a_request_cannot_be_stored() {
        let exception = postern_dotnet::Exception::null_reference();
        let value = Value::object(crate::expression::exception::ExceptionObject(std::sync::Arc::new(exception)));
        assert!(CachedValue::from_value(&value).is_err());
    }
}
