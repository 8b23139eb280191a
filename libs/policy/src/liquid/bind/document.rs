//! Documents as data.

use std::collections::HashMap;
use std::rc::Rc;

use postern_dotnet::json::{JToken, Scalar};
use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::work::Pace;
use postern_dotnet::xml::{XAttribute, XNode};

use super::Binding;
use crate::liquid::data::{Data, Map, OWN_TEXT};

/// Documents are not looked into deeper than this: conversion recurses, and nobody writes a template for more.
const DATA_DEPTH_MAX: usize = 128;

/// Steps of a turn for a value.
const VALUE_STEPS: u64 = 20;

/// A JSON document. Recursion is bounded by its depth.
pub(super) async fn json(pace: &Pace, token: &JToken, depth: usize) -> Result<Data, String> {
    if depth > DATA_DEPTH_MAX {
        return Err(too_deep());
    }
    pace.take(VALUE_STEPS).await;
    if let Some(scalar) = token.scalar() {
        return Ok(scalar_data(&scalar));
    }
    if token.is_object() {
        let mut entries = Vec::with_capacity(token.count());
        for property in (0..token.count()).filter_map(|at| token.child(at)) {
            let value = match property.property_value() {
                Some(value) => child(pace, &value, depth).await?,
                None => Data::Nil,
            };
            entries.push((Rc::from(property.name().unwrap_or_default().as_str()), value));
        }
        return Ok(Data::Map(Rc::new(Map { entries, folds_case: false })));
    }
    // Looked at one by one: a list of all of them takes milliseconds where they are a million.
    let mut items = Vec::with_capacity(token.count());
    for item in (0..token.count()).filter_map(|at| token.child(at)) {
        items.push(child(pace, &item, depth).await?);
    }
    Ok(Data::list(items))
}

/// A value in an object or array at a depth.
async fn child(pace: &Pace, token: &JToken, depth: usize) -> Result<Data, String> {
    match token.scalar() {
        Some(scalar) if depth < DATA_DEPTH_MAX => {
            pace.take(VALUE_STEPS).await;
            Ok(scalar_data(&scalar))
        }
        _ => Box::pin(json(pace, token, depth + 1)).await,
    }
}

fn too_deep() -> String {
    format!("The body is nested more than {DATA_DEPTH_MAX} deep.")
}

fn scalar_data(scalar: &Scalar) -> Data {
    match scalar {
        Scalar::Null | Scalar::NullString | Scalar::Undefined => Data::Nil,
        Scalar::Boolean(flag) => Data::Bool(*flag),
        Scalar::Date(date) => Data::Date(*date),
        Scalar::Number(number) => number_data(*number, &scalar.to_plain().unwrap_or_default()),
        other => Data::words(&other.to_plain().unwrap_or_default()),
    }
}

fn number_data(number: Number, text: &str) -> Data {
    match number.of() {
        NumberType::Single | NumberType::Double | NumberType::Decimal => {
            text.parse().map_or_else(|_| Data::text(text), Data::Float)
        }
        _ => text.parse().map_or_else(|_| Data::text(text), Data::Integer),
    }
}

/// An element without elements is its text; attributes are `@name`, several elements of a name a list.
pub(super) async fn xml(pace: &Pace, element: &XNode, binding: Binding, depth: usize) -> Result<Data, String> {
    if depth > DATA_DEPTH_MAX {
        return Err(too_deep());
    }
    pace.take(VALUE_STEPS).await;
    let attributes: Vec<_> =
        element.attributes().into_iter().filter(|attribute| !attribute.is_namespace_declaration()).collect();
    let is_nil = |attribute: &XAttribute| {
        let name = attribute.name();
        &**name.local() == "nil" && name.namespace().ends_with("XMLSchema-instance") && attribute.value() == "true"
    };
    if attributes.iter().any(is_nil) {
        return Ok(if binding.nil_is_null { Data::Nil } else { Data::text("") });
    }
    let mut entries: Vec<(Rc<str>, Data)> = attributes
        .iter()
        .map(|attribute| (Rc::from(format!("@{}", attribute.name().local())), Data::text(&attribute.value())))
        .collect();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut groups: Vec<(Rc<str>, Vec<Data>)> = Vec::new();
    // One by one: a list of all of them takes milliseconds where they are hundreds of thousands.
    let mut next = element.first_node();
    while let Some(child) = next {
        next = child.next_node();
        if !child.is_element() {
            continue;
        }
        let name = child.name().map_or_else(String::new, |name| name.local().to_string());
        let value = Box::pin(xml(pace, &child, binding, depth + 1)).await?;
        let place = *places.entry(name.clone()).or_insert_with(|| {
            groups.push((Rc::from(name), Vec::new()));
            groups.len() - 1
        });
        if let Some((_, values)) = groups.get_mut(place) {
            values.push(value);
        }
    }
    let has_elements = !groups.is_empty();
    if !has_elements && entries.is_empty() {
        return Ok(Data::text(&element.value()));
    }
    for (name, mut values) in groups {
        let value = if values.len() > 1 { Data::list(values) } else { values.pop().unwrap_or_default() };
        entries.push((name, value));
    }
    if !has_elements {
        entries.push((OWN_TEXT.into(), Data::text(&element.value())));
    }
    Ok(Data::Map(Rc::new(Map { entries, folds_case: true })))
}
