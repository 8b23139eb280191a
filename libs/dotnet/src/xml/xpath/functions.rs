//! The core function library.

use std::borrow::Cow;
use std::collections::HashSet;

use super::super::name::{XML_NAMESPACE, XName};
use super::evaluate::{BYTES_PER_STEP, Context};
use super::exception;
use super::item::Item;
use super::text;
use super::value::XPathValue;
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

/// Those that take nodes as their text.
const OF_TEXTS: [&str; 15] = [
    "ceiling",
    "concat",
    "contains",
    "floor",
    "lang",
    "normalize-space",
    "number",
    "round",
    "starts-with",
    "string",
    "string-length",
    "substring",
    "substring-after",
    "substring-before",
    "translate",
];

/// Whether XPath itself has a function of this name.
pub(in crate::xml) fn is_core_function(local: &str) -> bool {
    FUNCTIONS.iter().any(|(known, ..)| *known == local)
}

/// Calls a function. What the text of nodes is taken of becomes that text.
pub(super) async fn call(
    name: &XName,
    arguments: &mut Vec<XPathValue>,
    context: &Context<'_>,
) -> Result<XPathValue, Exception> {
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
    if OF_TEXTS.contains(&local) {
        if arguments.is_empty() {
            arguments.push(XPathValue::Nodes(vec![context.node.clone()]));
        }
        for argument in arguments.iter_mut() {
            if matches!(argument, XPathValue::Nodes(_) | XPathValue::Fragment(_)) {
                *argument = XPathValue::Text(argument.read(context.budget).await?);
            }
        }
    }
    let length: usize = arguments.iter().map(size).sum();
    context.budget.take(length / 16)?;
    context.budget.pause().await;
    match local {
        "last" => Ok(number(context.size)),
        "position" => Ok(number(context.position)),
        "count" | "sum" => nodes(local, arguments, context).await,
        "id" => Box::pin(by_id(&first(arguments, context), context)).await.map(XPathValue::Nodes),
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

async fn nodes(local: &str, arguments: &[XPathValue], context: &Context<'_>) -> Result<XPathValue, Exception> {
    let argument = first(arguments, context);
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
    let mut sum = 0.0;
    for item in items {
        let text = item.read(context.budget).await?;
        context.budget.take(1 + text.len() / BYTES_PER_STEP)?;
        context.budget.pause().await;
        sum += super::value::text_number(&text);
    }
    Ok(XPathValue::Number(sum))
}

/// Elements whose `id` attribute, or `xml:id`, is one of the names. There are no document types that would declare others.
async fn by_id(argument: &XPathValue, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let budget = context.budget;
    let mut texts: Vec<Text> = Vec::new();
    match argument {
        XPathValue::Nodes(items) => {
            for item in items {
                texts.push(item.read(budget).await?);
            }
        }
        other => texts.push(other.read(budget).await?),
    }
    let mut wanted: HashSet<&str> = HashSet::new();
    for word in texts.iter().flat_map(|text| text.split_ascii_whitespace()) {
        budget.take(1 + word.len() / BYTES_PER_STEP)?;
        budget.pause().await;
        wanted.insert(word);
    }
    let Item::Node(root) = context.node.root() else { return Ok(Vec::new()) };
    let xml_id = XName::trusted(Text::new_static(XML_NAMESPACE), Text::new_static("id"));
    let mut found = Vec::new();
    let mut current = Some(root.clone());
    while let Some(node) = current {
        budget.take(1)?;
        budget.pause().await;
        let id = node.attribute(&xml_id).map(|attribute| attribute.value());
        if id.is_some_and(|id| wanted.contains(id.as_str())) {
            found.push(Item::Node(node.clone()));
        }
        current = node.following(&root, true);
    }
    // They were found in order, each once.
    Ok(found)
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
