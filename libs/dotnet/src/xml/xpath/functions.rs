//! The core function library.

use std::borrow::Cow;

use super::super::name::{XML_NAMESPACE, XName};
use super::evaluate::Context;
use super::item::Item;
use super::text;
use super::value::XPathValue;
use super::{exception, navigation};
use crate::{Exception, Text};

/// Names with the least and the greatest number of arguments.
const FUNCTIONS: &[(&str, usize, usize)] = &[
    ("boolean", 1, 1),
    ("ceiling", 1, 1),
    ("concat", 2, usize::MAX),
    ("contains", 2, 2),
    ("count", 1, 1),
    ("false", 0, 0),
    ("floor", 1, 1),
    ("id", 1, 1),
    ("lang", 1, 1),
    ("last", 0, 0),
    ("local-name", 0, 1),
    ("name", 0, 1),
    ("namespace-uri", 0, 1),
    ("normalize-space", 0, 1),
    ("not", 1, 1),
    ("number", 0, 1),
    ("position", 0, 0),
    ("round", 1, 1),
    ("starts-with", 2, 2),
    ("string", 0, 1),
    ("string-length", 0, 1),
    ("substring", 2, 3),
    ("substring-after", 2, 2),
    ("substring-before", 2, 2),
    ("sum", 1, 1),
    ("translate", 3, 3),
    ("true", 0, 0),
];

/// Whether XPath itself has a function of this name.
pub(in crate::xml) fn is_core_function(local: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == local)
}

/// Calls a function.
pub(super) fn call(name: &XName, arguments: &[XPathValue], context: &Context<'_>) -> Result<XPathValue, Exception> {
    let local = name.local().as_str();
    let known = FUNCTIONS.iter().find(|(known, ..)| name.namespace().is_empty() && *known == local);
    let Some((_, least, greatest)) = known else {
        let found = context.environment.function(name, arguments, context)?;
        return found.ok_or_else(|| exception(format!("'{local}()' is an unknown XSLT function.")));
    };
    if arguments.len() < *least || arguments.len() > *greatest {
        let message = format!("Function '{local}' in '{local}()' has an invalid number of arguments.");
        return Err(exception(message));
    }
    let length: usize = arguments.iter().map(size).sum();
    context.budget.take(length / 16)?;
    match local {
        "last" => Ok(number(context.size)),
        "position" => Ok(number(context.position)),
        "count" | "sum" | "id" => nodes(local, arguments, context),
        "local-name" | "name" | "namespace-uri" => names(local, arguments, context),
        "true" => Ok(XPathValue::Boolean(true)),
        "false" => Ok(XPathValue::Boolean(false)),
        "not" => Ok(XPathValue::Boolean(!first(arguments, context).to_boolean())),
        "boolean" => Ok(XPathValue::Boolean(first(arguments, context).to_boolean())),
        "lang" => Ok(XPathValue::Boolean(lang(&context.node, &first(arguments, context).to_text()))),
        "number" => Ok(XPathValue::Number(first(arguments, context).to_number())),
        "floor" => Ok(XPathValue::Number(first(arguments, context).to_number().floor())),
        "ceiling" => Ok(XPathValue::Number(first(arguments, context).to_number().ceil())),
        "round" => Ok(XPathValue::Number(text::round(first(arguments, context).to_number()))),
        _ => Ok(text::call(local, arguments, &first(arguments, context))),
    }
}

#[allow(clippy::cast_precision_loss, reason = "positions are far below 2^53")]
fn number(value: usize) -> XPathValue {
    XPathValue::Number(value as f64)
}

/// The work that an argument's text is worth.
fn size(value: &XPathValue) -> usize {
    match value {
        XPathValue::Text(text) => text.len(),
        _ => 16,
    }
}

/// The first argument, or the context node in its place.
fn first<'a>(arguments: &'a [XPathValue], context: &Context<'_>) -> Cow<'a, XPathValue> {
    match arguments.first() {
        Some(value) => Cow::Borrowed(value),
        None => Cow::Owned(XPathValue::Nodes(vec![context.node.clone()])),
    }
}

fn nodes(local: &str, arguments: &[XPathValue], context: &Context<'_>) -> Result<XPathValue, Exception> {
    let argument = first(arguments, context);
    if local == "id" {
        return Ok(XPathValue::Nodes(by_id(&argument, context)?));
    }
    let items = match &*argument {
        XPathValue::Nodes(items) => items.as_slice(),
        XPathValue::Fragment(node) => &[Item::Node(node.clone())],
        _ => {
            return Err(exception(format!(
                "The argument to function '{local}' in '{local}()' cannot be converted to a node-set."
            )));
        }
    };
    if local == "count" {
        return Ok(number(items.len()));
    }
    context.budget.take(items.len())?;
    Ok(XPathValue::Number(items.iter().map(|item| super::value::text_number(&item.value())).sum()))
}

/// Elements whose `id` attribute, or `xml:id`, is one of the names. There are no document types that would declare others.
fn by_id(argument: &XPathValue, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let texts: Vec<Text> = match argument {
        XPathValue::Nodes(items) => items.iter().map(Item::value).collect(),
        other => vec![other.to_text()],
    };
    let wanted: Vec<&str> = texts.iter().flat_map(|text| text.split_ascii_whitespace()).collect();
    let Item::Node(root) = context.node.root() else { return Ok(Vec::new()) };
    let xml_id = XName::trusted(Text::new_static(XML_NAMESPACE), Text::new_static("id"));
    let all = root.descendants_and_self(None);
    context.budget.take(all.len())?;
    let found = all.into_iter().filter(|element| {
        let id = element.attribute(&xml_id).map(|attribute| attribute.value());
        id.is_some_and(|id| wanted.contains(&id.as_str()))
    });
    context.budget.at_once(navigation::ordered(found.map(Item::Node).collect(), context.budget))
}

fn names(local: &str, arguments: &[XPathValue], context: &Context<'_>) -> Result<XPathValue, Exception> {
    let item = match arguments.first() {
        None => Some(context.node.clone()),
        Some(XPathValue::Nodes(items)) => items.first().cloned(),
        Some(_) => {
            return Err(exception(format!(
                "The argument to function '{local}' in '{local}()' cannot be converted to a node-set."
            )));
        }
    };
    let Some(item) = item else { return Ok(XPathValue::Text(Text::default())) };
    let name = item.name();
    let text = match local {
        "local-name" => name.map(|name| name.local().clone()).unwrap_or_default(),
        "namespace-uri" => name.map(|name| name.namespace().clone()).unwrap_or_default(),
        _ => item.qualified_name(),
    };
    Ok(XPathValue::Text(text))
}

/// Whether the nearest `xml:lang` is the language or a part of it.
fn lang(item: &Item, wanted: &str) -> bool {
    let name = XName::trusted(Text::new_static(XML_NAMESPACE), Text::new_static("lang"));
    let mut current = Some(item.clone());
    while let Some(item) = current {
        if let Item::Node(node) = &item
            && let Some(attribute) = node.attribute(&name)
        {
            let (found, wanted) = (attribute.value().to_ascii_lowercase(), wanted.to_ascii_lowercase());
            return found == wanted || found.starts_with(&format!("{wanted}-"));
        }
        current = item.parent();
    }
    false
}
