//! `System.Xml.Linq.Extensions`: methods on sequences of nodes.

use postern_dotnet::Exception;
use postern_dotnet::xml::{XAttribute, XName, XNode};

use super::values::{attribute_of, attributes, charge_walk, name, node_of, nodes, x_element, x_node};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::sequence;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;
type Axis = fn(&XNode, Option<&XName>) -> Vec<XNode>;

pub(super) fn declare(library: &mut Library) {
    library
        .declare("static class System.Xml.Linq.Extensions")
        .method("static IEnumerable<XElement> Elements(this IEnumerable<XContainer> source)", |call| {
            elements(call, XNode::elements)
        })
        .method("static IEnumerable<XElement> Elements(this IEnumerable<XContainer> source, XName name)", |call| {
            elements(call, XNode::elements)
        })
        .method("static IEnumerable<XElement> Descendants(this IEnumerable<XContainer> source)", |call| {
            elements(call, XNode::descendants)
        })
        .method("static IEnumerable<XElement> Descendants(this IEnumerable<XContainer> source, XName name)", |call| {
            elements(call, XNode::descendants)
        })
        .method("static IEnumerable<XElement> DescendantsAndSelf(this IEnumerable<XElement> source)", |call| {
            elements(call, XNode::descendants_and_self)
        })
        .method(
            "static IEnumerable<XElement> DescendantsAndSelf(this IEnumerable<XElement> source, XName name)",
            |call| elements(call, XNode::descendants_and_self),
        )
        .method("static IEnumerable<XElement> Ancestors(this IEnumerable<XNode> source)", |call| {
            elements(call, XNode::ancestors)
        })
        .method("static IEnumerable<XElement> Ancestors(this IEnumerable<XNode> source, XName name)", |call| {
            elements(call, XNode::ancestors)
        })
        .method("static IEnumerable<XElement> AncestorsAndSelf(this IEnumerable<XElement> source)", |call| {
            elements(call, XNode::ancestors_and_self)
        })
        .method(
            "static IEnumerable<XElement> AncestorsAndSelf(this IEnumerable<XElement> source, XName name)",
            |call| elements(call, XNode::ancestors_and_self),
        )
        .method("static IEnumerable<XNode> Nodes(this IEnumerable<XContainer> source)", |call| {
            each(call, x_node(), XNode::nodes)
        })
        .method("static IEnumerable<XNode> DescendantNodes(this IEnumerable<XContainer> source)", |call| {
            each(call, x_node(), XNode::descendant_nodes)
        })
        .method("static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source)", all_attributes)
        .method(
            "static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source, XName name)",
            all_attributes,
        )
        .method("static IEnumerable<T> InDocumentOrder<T>(this IEnumerable<T> source)", in_document_order)
        .method("static void Remove(this IEnumerable<XAttribute> source)", remove)
        .method("static void Remove(this IEnumerable<XNode> source)", remove);
}

/// The items of the first argument.
fn source(call: &mut Call<'_, '_>) -> Result<Vec<Value>, Thrown> {
    let source = call.take(0);
    if source.is_null() {
        return Err(Exception::argument_null("source").into());
    }
    sequence::collect(&source, call.machine)
}

/// What an axis finds from each item, with the name that is the second argument if there is one.
fn elements(call: &mut Call<'_, '_>, axis: Axis) -> Answer {
    let has_name = call.arguments.len() > 1;
    let wanted = name(call, 1);
    let items = source(call)?;
    let mut found = Vec::new();
    if !has_name || wanted.is_some() {
        for item in items.iter().filter_map(node_of) {
            charge_walk(call.machine, item)?;
            found.extend(axis(item, wanted.as_ref()));
        }
    }
    nodes(call.machine, x_element(), found)
}

fn each(call: &mut Call<'_, '_>, of: Type, axis: fn(&XNode) -> Vec<XNode>) -> Answer {
    let mut found = Vec::new();
    for item in source(call)?.iter().filter_map(node_of) {
        charge_walk(call.machine, item)?;
        found.extend(axis(item));
    }
    nodes(call.machine, of, found)
}

fn all_attributes(call: &mut Call<'_, '_>) -> Answer {
    let has_name = call.arguments.len() > 1;
    let wanted = name(call, 1);
    let mut found: Vec<XAttribute> = Vec::new();
    for item in source(call)?.iter().filter_map(node_of) {
        match &wanted {
            Some(name) => found.extend(item.attribute(name)),
            None if has_name => {}
            None => found.extend(item.attributes()),
        }
    }
    attributes(call.machine, found)
}

fn in_document_order(call: &mut Call<'_, '_>) -> Answer {
    let of = call.type_argument(0);
    let mut items = source(call)?;
    call.machine.charge(items.len().saturating_mul(64))?;
    items.sort_by_cached_key(|item| node_of(item).map(XNode::document_position));
    Ok(Value::object(Array::values(of, items)))
}

fn remove(call: &mut Call<'_, '_>) -> Answer {
    for item in source(call)? {
        if let Some(attribute) = attribute_of(&item) {
            attribute.remove();
        } else if let Some(node) = node_of(&item) {
            node.remove()?;
        }
    }
    Ok(Value::Null)
}
