//! `JsonConvert.SerializeXNode`, `DeserializeXNode`: XML as JSON and back, by Newtonsoft.Json's conventions (`@attribute`, `#text`).

use postern_dotnet::json::{JToken, LoadSettings, Loading, Writing};
use postern_dotnet::work::Paced;
use postern_dotnet::xml::{
    JsonToXml, LoadOptions, Loading as XmlLoading, XmlToJson, json_to_xml, node_to_json_in_pieces,
};
use postern_dotnet::{Exception, Text};

use super::super::Library;
use super::super::pieces::work;
use super::super::xml::{node_of, node_value};
use super::token::formatting;
use super::wrapper::read_bytes;
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
    let work = work(call.machine, |_| {
        Ok(Paced::new(|pace| async move {
            let text = pace.run(node_to_json_in_pieces(&node, XmlToJson::default())).await?;
            pace.take_bytes(text.len());
            if format == 0 && !omit_root {
                return Ok(text.into());
            }
            pace.take_bytes(read_bytes(&text));
            let mut token = pace.run(Loading::new(text.into(), LoadSettings::default(), None)).await?;
            if omit_root {
                let root = token.properties().last().and_then(JToken::property_value);
                token = root.unwrap_or(token);
            }
            pace.run(Writing::new(&token, formatting(format))).await.map(Text::from)
        }))
    })?;
    Ok(work.map(Value::String)?)
}

fn deserialize(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let Some(text) = call.text(0).cloned() else {
        return Err(Exception::argument_null("value").into());
    };
    let root = call.text(1).cloned();
    let document = work(call.machine, |machine| {
        machine.charge(text.len() / 16)?;
        machine.take_memory(read_bytes(&text))?;
        let options = JsonToXml { namespace_separator: ":".to_owned(), is_strict: true, ..JsonToXml::default() };
        let text = match root {
            Some(root) => {
                let mut wrapped = String::from("{");
                postern_dotnet::json::write_string(&root, &mut wrapped);
                wrapped.push(':');
                wrapped.push_str(&text);
                wrapped.push('}');
                wrapped.into()
            }
            None => text,
        };
        Ok(Paced::new(|pace| async move {
            let document = pace.run(json_to_xml(text, options)).await?;
            pace.run(XmlLoading::document(document.into(), LoadOptions::None)).await
        }))
    })?;
    Ok(node_value(document?))
}
