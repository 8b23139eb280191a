//! XML as JSON and back by Newtonsoft.Json's conventions (`@attribute`, `#text`): `JsonConvert.SerializeXNode`, `DeserializeXNode`, and what its
//! XmlNodeConverter, which is always there, makes of nodes elsewhere.

use postern_dotnet::json::{Formatting, JToken, LoadSettings, Loading, Scalar, Writing};
use postern_dotnet::work::Paced;
use postern_dotnet::xml::{XNode, XPathItem, XmlToJson, item_to_json_in_pieces, json_to_document};
use postern_dotnet::{Exception, Text};

use super::super::pieces::work;
use super::super::xml::{attribute_of, node_of, node_value};
use super::super::xml_document::{dom_node, dom_of};
use super::super::{Library, get};
use super::token::formatting;
use super::wrapper::read_bytes;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class Newtonsoft.Json.JsonConvert")
        .method("static string SerializeXNode(XObject node)", |call| serialize(call, 0, false))
        .method("static string SerializeXNode(XObject node, Formatting formatting)", |call| {
            serialize(call, call.constant(1), false)
        })
        .method("static string SerializeXNode(XObject node, Formatting formatting, bool omitRootObject)", |call| {
            serialize(call, call.constant(1), call.bool(2))
        })
        .method("static XDocument DeserializeXNode(string value)", deserialize)
        .method("static XDocument DeserializeXNode(string value, string deserializeRootElementName)", deserialize);
}

/// The node or attribute behind a value, if it is one.
pub(super) fn item_of(value: &Value) -> Option<XPathItem> {
    node_of(value)
        .map(|node| XPathItem::Node(node.clone()))
        .or_else(|| attribute_of(value).map(|attribute| XPathItem::Attribute(attribute.clone())))
        .or_else(|| dom_of(value).cloned())
}

fn serialize(call: &mut Call<'_, '_>, format: i64, omit_root: bool) -> Answer {
    match item_of(call.argument(0)) {
        Some(item) => Ok(text_of(call.machine, item, formatting(format), omit_root)?.into()),
        None => Ok(Value::from("null")),
    }
}

/// The JSON of a node or attribute, in pieces; `omit_root`: that of what its root holds.
///
/// # Errors
/// Exceptions of the conversion, a spent budget, the end of the turn.
pub(super) fn text_of(
    machine: &mut Machine<'_>,
    item: XPathItem,
    formatting: Formatting,
    omit_root: bool,
) -> Result<Text, Thrown> {
    let work = work(machine, |_| {
        Ok(Paced::new(|pace| async move {
            let text = pace.run(item_to_json_in_pieces(item, XmlToJson::default())).await?;
            pace.take_bytes(text.len());
            if formatting == Formatting::None && !omit_root {
                return Ok(Text::from(text));
            }
            pace.take_bytes(read_bytes(&text));
            let mut token = pace.run(Loading::new(text.into(), AS_WRITTEN, None)).await?;
            if omit_root {
                let root = token.properties().last().and_then(JToken::property_value);
                token = root.unwrap_or(token);
            }
            pace.run(Writing::new(&token, formatting)).await.map(Text::from)
        }))
    })?;
    Ok(work?)
}

/// Text of XML stays text.
const AS_WRITTEN: LoadSettings =
    LoadSettings { floats: postern_dotnet::json::FloatParseHandling::Double, parse_dates: false, places: false };

/// What a node or attribute is in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    /// An object.
    Token,
    /// Text that is written as it is, with comments, which objects cannot hold.
    Raw,
}

/// A node or attribute as a token, in pieces.
///
/// # Errors
/// As [`text_of`].
pub(super) fn token_for(machine: &mut Machine<'_>, item: XPathItem, becomes: As) -> Result<JToken, Thrown> {
    let work = work(machine, |_| {
        Ok(Paced::new(|pace| async move {
            let text = pace.run(item_to_json_in_pieces(item, XmlToJson::default())).await?;
            pace.take_bytes(text.len());
            if becomes == As::Raw {
                return Ok(JToken::value(Scalar::Raw(text.into())));
            }
            pace.take_bytes(read_bytes(&text));
            pace.run(Loading::new(text.into(), AS_WRITTEN, None)).await
        }))
    })?;
    Ok(work?)
}

/// A class that XmlNodeConverter reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    Document,
    Element,
    DomDocument,
    DomElement,
    /// Any other node of LINQ to XML, which it does not make.
    Other,
}

/// The class that a type asks for, if it is one of XML.
pub(super) fn wanted(of: &Type) -> Option<Wanted> {
    let Type::Class(id, _) = of else { return None };
    match &*get().class(*id).full_name {
        "System.Xml.Linq.XDocument"
        | "System.Xml.Linq.XContainer"
        | "System.Xml.Linq.XNode"
        | "System.Xml.Linq.XObject" => Some(Wanted::Document),
        "System.Xml.Linq.XElement" => Some(Wanted::Element),
        "System.Xml.XmlDocument" | "System.Xml.XmlNode" => Some(Wanted::DomDocument),
        "System.Xml.XmlElement" => Some(Wanted::DomElement),
        "System.Xml.Linq.XText"
        | "System.Xml.Linq.XCData"
        | "System.Xml.Linq.XComment"
        | "System.Xml.Linq.XAttribute"
        | "System.Xml.Linq.XDocumentType"
        | "System.Xml.Linq.XProcessingInstruction" => Some(Wanted::Other),
        _ => None,
    }
}

/// Reads a JSON text as XML, in pieces.
///
/// # Errors
/// `JsonSerializationException`, `JsonReaderException`, what the names of the nodes fail with, a spent budget, the end of the turn.
pub(super) fn read(machine: &mut Machine<'_>, text: impl Into<Text>, wanted: Wanted) -> Answer {
    let document = document_of(machine, || text.into(), None)?;
    node_as(document, wanted)
}

/// The same of a token.
///
/// # Errors
/// As [`read`].
pub(super) fn read_token(machine: &mut Machine<'_>, token: &JToken, wanted: Wanted) -> Answer {
    let document = work(machine, |_| {
        let writing = Writing::new(token, Formatting::None);
        Ok(Paced::new(|pace| async move {
            let text = pace.run(writing).await?;
            pace.take_bytes(read_bytes(&text));
            pace.run(json_to_document(text, None)).await
        }))
    })?;
    node_as(document?, wanted)
}

fn node_as(document: XNode, wanted: Wanted) -> Answer {
    let element = |document: &XNode| {
        let root = document.root().ok_or_else(Exception::null_reference)?;
        root.remove()?;
        Ok::<_, Exception>(root)
    };
    Ok(match wanted {
        Wanted::Document => node_value(document),
        Wanted::Element => node_value(element(&document)?),
        Wanted::DomDocument => dom_node(document),
        Wanted::DomElement => dom_node(element(&document)?),
        Wanted::Other => Value::Null,
    })
}

fn document_of(machine: &mut Machine<'_>, text: impl FnOnce() -> Text, root: Option<Text>) -> Result<XNode, Thrown> {
    let document = work(machine, |machine| {
        let text = text();
        machine.charge(text.len() / 16)?;
        machine.take_memory(read_bytes(&text))?;
        Ok(json_to_document(text, root))
    })?;
    Ok(document?)
}

fn deserialize(call: &mut Call<'_, '_>) -> Answer {
    let Some(text) = call.text(0).cloned() else {
        return Err(Exception::argument_null("value").into());
    };
    let root = call.text(1).cloned().filter(|root| !root.is_empty());
    let document = document_of(call.machine, || text, root)?;
    Ok(node_value(document))
}
