//! `JsonConvert.SerializeXNode`, `DeserializeXNode`: XML as JSON and back, by Newtonsoft.Json's conventions (`@attribute`, `#text`).

use postern_dotnet::Exception;
use postern_dotnet::xml::{JsonToXml, LoadOptions, XNode, XmlToJson, json_to_xml, node_to_json};

use super::super::Library;
use super::super::xml::{node_of, node_value};
use super::token::formatting;
use super::wrapper::{charge_read, json_text};
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

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

fn serialize(call: &mut Call<'_, '_>, format: i64, omit_root: bool) -> Result<Value, Thrown> {
    let Some(node) = node_of(call.argument(0)).cloned() else {
        return Ok(Value::from("null"));
    };
    let text = node_to_json(&node, XmlToJson::default())?;
    call.machine.charge_memory(text.len())?;
    if format == 0 && !omit_root {
        return Ok(text.into());
    }
    charge_read(call.machine, &text)?;
    let mut token = postern_dotnet::json::parse(&text)?;
    if omit_root {
        let root = token.properties().last().and_then(postern_dotnet::json::JToken::property_value);
        token = root.unwrap_or(token);
    }
    Ok(json_text(call.machine, &token, formatting(format))?.into())
}

fn deserialize(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Some(text) = call.text(0).cloned() else {
        return Err(Exception::argument_null("value").into());
    };
    charge_read(call.machine, &text)?;
    let options = JsonToXml { namespace_separator: ":".to_owned(), is_strict: true, ..JsonToXml::default() };
    let text = match call.text(1) {
        Some(root) => {
            let mut wrapped = String::from("{");
            postern_dotnet::json::write_string(root, &mut wrapped);
            wrapped.push(':');
            wrapped.push_str(&text);
            wrapped.push('}');
            wrapped.into()
        }
        None => text,
    };
    let document = json_to_xml(&text, &options)?;
    call.machine.charge_memory(document.len())?;
    Ok(node_value(XNode::parse_document(&document, LoadOptions::None)?))
}
