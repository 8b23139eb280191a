//! `System.Xml.Linq.Extensions`: methods on sequences of nodes.

use std::ops::ControlFlow;

use postern_dotnet::Exception;
use postern_dotnet::xml::{XName, XNode};

use super::values::{
    attribute_of, attribute_value, charge_walk, name, node_of, node_value, x_attribute, x_element, x_node,
};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::linq::{Source, walk_over};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::release::Held;
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

/// What `find` makes of each node of the first argument, as an array; in turns.
fn found(
    call: &mut Call<'_, '_>,
    of: Type,
    mut find: impl FnMut(&mut Machine<'_>, &XNode, &mut Vec<Value>) -> Result<(), Thrown>,
) -> Answer {
    let mut values = walk_over(
        call,
        |call| {
            let source = call.take(0);
            if source.is_null() {
                return Err(Exception::argument_null("source").into());
            }
            Ok((Source::new(source), Held::default()))
        },
        |machine, values, item| {
            let before = values.len();
            if let Some(node) = node_of(item) {
                find(machine, node, values)?;
            }
            machine.charge_memory((values.len() - before) * size_of::<Value>() * 2)?;
            Ok(ControlFlow::Continue(()))
        },
    )?;
    Ok(Value::object(Array::values(of, std::mem::take(&mut values.0))))
}

/// What an axis finds from each item, with the name that is the second argument if there is one.
fn elements(call: &mut Call<'_, '_>, axis: Axis) -> Answer {
    let (has_name, wanted) = (call.arguments.len() > 1, name(call, 1));
    found(call, x_element(), |machine, node, values| {
        if !has_name || wanted.is_some() {
            charge_walk(machine, node)?;
            values.extend(axis(node, wanted.as_ref()).into_iter().map(node_value));
        }
        Ok(())
    })
}

fn each(call: &mut Call<'_, '_>, of: Type, axis: fn(&XNode) -> Vec<XNode>) -> Answer {
    found(call, of, |machine, node, values| {
        charge_walk(machine, node)?;
        values.extend(axis(node).into_iter().map(node_value));
        Ok(())
    })
}

fn all_attributes(call: &mut Call<'_, '_>) -> Answer {
    let (has_name, wanted) = (call.arguments.len() > 1, name(call, 1));
    found(call, x_attribute(), |machine, node, values| {
        machine.charge(2)?;
        match &wanted {
            Some(name) => values.extend(node.attribute(name).map(attribute_value)),
            None if has_name => {}
            None => values.extend(node.attributes().into_iter().map(attribute_value)),
        }
        Ok(())
    })
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
