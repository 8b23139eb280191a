//! What `DeserializeObject` and `ToObject` say of values that do not fit.

use postern_dotnet::json::{self, JToken, LOCATED_BYTES_MAX, Place, Scalar};
use postern_dotnet::{Exception, ExceptionType};

use super::super::full_name;
use super::deserialize::Maker;
use super::xml;
use crate::expression::machine::Thrown;
use crate::expression::types::Type;

/// The place that a message names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum At {
    /// Behind the first character of the token.
    Start,
    /// The first character of the token, which is still to be read: in arrays the path is that of the item before it.
    Before,
    /// Behind the token.
    End,
    /// Behind the name of the property that has the token.
    Name,
}

/// Bytes of a text that are read again in one step.
const LOCATED_BYTES_PER_STEP: usize = 2;

impl Maker<'_, '_> {
    /// `Error converting value …`
    pub(super) fn unconverted(&mut self, token: &JToken, of: &Type) -> Thrown {
        let shown = match token.scalar() {
            Some(Scalar::String(text)) => format!("\"{text}\""),
            Some(value) if value.is_null() => "{null}".to_owned(),
            Some(value) => value.to_plain().map(|text| text.to_string()).unwrap_or_default(),
            None => String::new(),
        };
        self.unconverted_as(token, &shown, of)
    }

    /// The same for what a reader has made of the token.
    pub(super) fn unconverted_as(&mut self, token: &JToken, shown: &str, of: &Type) -> Thrown {
        let message = format!("Error converting value {shown} to type '{}'. ", full_name(of));
        self.failure(token, &message, At::End)
    }

    /// `Cannot deserialize the current JSON …` for what lists and dictionaries are not made of.
    pub(super) fn incompatible(&mut self, token: &JToken, of: &Type) -> Thrown {
        match (token.is_array(), token.is_object()) {
            (true, _) => self.wrong_kind(token, of, OBJECT),
            (_, true) => self.wrong_kind(token, of, ARRAY),
            _ => self.unconverted(token, of),
        }
    }

    /// The same for objects and arrays where a simple value is wanted.
    pub(super) fn no_primitive(&mut self, token: &JToken, of: &Type) -> Thrown {
        self.wrong_kind(token, of, "primitive value (e.g. string, number, boolean, null)")
    }

    fn wrong_kind(&mut self, token: &JToken, of: &Type, needs: &str) -> Thrown {
        let to = full_name(of);
        let (is, advice) = if token.is_array() {
            (
                ARRAY,
                "or change the deserialized type to an array or a type that implements a collection interface (e.g. ICollection, IList) \
                 like List<T> that can be deserialized from a JSON array. JsonArrayAttribute can also be added to the type to force it \
                 to deserialize from a JSON array.",
            )
        } else {
            (
                OBJECT,
                "or change the deserialized type so that it is a normal .NET type (e.g. not a primitive type like integer, not a \
                 collection type like an array or List<T>) that can be deserialized from a JSON object. JsonObjectAttribute can also be \
                 added to the type to force it to deserialize from a JSON object.",
            )
        };
        let line = json::NEW_LINE;
        let message = format!(
            "Cannot deserialize the current JSON {is} into type '{to}' because the type requires a JSON {needs} to deserialize \
             correctly.{line}To fix this error either change the JSON to a JSON {needs} {advice}{line}"
        );
        // The reader has looked for metadata in the first property by then.
        match token.properties().first().and_then(JToken::property_value) {
            _ if token.is_array() => self.failure(token, &message, At::Start),
            Some(first) => self.failure(&first, &message, At::Name),
            None => self.failure(token, &message, At::End),
        }
    }

    /// What `XmlNodeConverter` says of a token that it cannot make a node of.
    pub(super) fn check_xml(&mut self, token: &JToken, wanted: xml::Wanted) -> Result<(), Thrown> {
        if !token.is_object() {
            let at = if token.is_array() { At::Start } else { At::End };
            let message = "XmlNodeConverter can only convert JSON that begins with an object. ";
            return Err(self.failure(token, message, at));
        }
        if wanted == xml::Wanted::Other {
            let message =
                "XmlNodeConverter only supports deserializing XDocument, XElement, XContainer, XNode or XObject. ";
            return Err(self.failure(token, message, At::Start));
        }
        let mut has_root = false;
        for value in token.property_values() {
            let name = value.parent().and_then(|property| property.name()).unwrap_or_default();
            if has_root {
                let message = "JSON root object has multiple properties. The root object must have a single property in order to create a valid \
                               XML document. Consider specifying a DeserializeRootElementName. ";
                return Err(self.failure(&value, message, At::Name));
            }
            if name.starts_with('@') || matches!(&*name, "$id" | "$ref" | "$type" | "$value") {
                let message = format!(
                    "JSON root object has property '{name}' that will be converted to an attribute. A root object cannot have any attribute \
                     properties. Consider specifying a DeserializeRootElementName. "
                );
                return Err(match value.property_values().first() {
                    Some(first) => self.failure(first, &message, At::Name),
                    None => self.failure(&value, &message, At::End),
                });
            }
            let is_element = !name.starts_with(['?', '!', '#']);
            has_root |= is_element && (value.has_values() || !value.is_array());
        }
        Ok(())
    }

    pub(super) fn failure(&mut self, token: &JToken, message: &str, at: At) -> Thrown {
        Exception::new(ExceptionType::JsonSerialization, self.located(token, message, at)).into()
    }

    pub(super) fn reader_failure(&mut self, token: &JToken, message: &str, at: At) -> Thrown {
        Exception::new(ExceptionType::JsonReader, self.located(token, message, at)).into()
    }

    /// The message with path, line and position, if these are known.
    fn located(&mut self, token: &JToken, message: &str, at: At) -> String {
        let path = if at == At::Before { token.path_before() } else { token.path() };
        let place = match self.text {
            Some(text) => self.place_in(text, token, at),
            None => self.place_of(token, at),
        };
        match place {
            Some((line, position)) => format!("{message}Path '{path}', line {line}, position {position}."),
            None => format!("{message}Path '{path}'."),
        }
    }

    /// Where the token stands in the text that is being read.
    fn place_in(&mut self, text: &str, token: &JToken, at: At) -> Option<Place> {
        self.charge_search(text.len())?;
        let place = token.located_in(text)?;
        Some(match at {
            At::Start | At::Before => place.start,
            At::End => place.end,
            At::Name => place.name,
        })
    }

    /// Where it stood in the text that it was read from: a reader of tokens knows one place of each.
    fn place_of(&mut self, token: &JToken, at: At) -> Option<Place> {
        let token = if at == At::Name { token.parent()? } else { token.clone() };
        self.charge_search(token.read_from_bytes())?;
        token.read_at()
    }

    /// `None`: the text is too long to be searched for a place.
    fn charge_search(&mut self, bytes: usize) -> Option<()> {
        if bytes > LOCATED_BYTES_MAX {
            return None;
        }
        self.machine.charge(bytes / LOCATED_BYTES_PER_STEP).ok()
    }
}

const ARRAY: &str = "array (e.g. [1,2,3])";
const OBJECT: &str = "object (e.g. {\"name\":\"value\"})";
