//! XContainer.

use postern_dotnet::Exception;
use postern_dotnet::work::Paced;
use postern_dotnet::xml::{Content, XNode};

use super::content::{add, content};
use super::node::{change, charge_attributes, charge_levels, elements, named};
use super::values::{found, name, node, node_value, nodes, x_element, x_node};
use crate::expression::library::Library;
use crate::expression::library::pieces::work;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

fn added(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    add(call, 1, |call| node(call, 0))?;
    Ok(Value::Null)
}

pub(super) fn declare(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XContainer : XNode")
        .getter("XNode FirstNode", |call| Ok(node_value(node(call, 0)?.first_node())))
        .getter("XNode LastNode", |call| Ok(node_value(node(call, 0)?.last_node())))
        .method("XElement Element(XName name)", |call| {
            let Some(name) = name(call, 1) else { return Ok(Value::Null) };
            let node = node(call, 0)?;
            call.machine.charge(node.child_count())?;
            Ok(node_value(node.first_element(&name)))
        })
        .method("IEnumerable<XElement> Elements()", |call| elements(call, XNode::elements, None))
        .method("IEnumerable<XElement> Elements(XName name)", |call| {
            let node = node(call, 0)?;
            call.machine.charge(node.child_count())?;
            named(call, XNode::elements)
        })
        .method("IEnumerable<XNode> Nodes()", |call| {
            let found = node(call, 0)?.nodes();
            nodes(call.machine, x_node(), found)
        })
        .method("IEnumerable<XNode> DescendantNodes()", |call| {
            let node = node(call, 0)?;
            found(call.machine, x_node(), node.descending(false, |_| true))
        })
        .method("IEnumerable<XElement> Descendants()", |call| {
            let node = node(call, 0)?;
            found(call.machine, x_element(), node.descending(false, |node| node.is_named(None)))
        })
        .method("IEnumerable<XElement> Descendants(XName name)", |call| {
            let Some(name) = name(call, 1) else { return named(call, XNode::descendants) };
            let node = node(call, 0)?;
            found(call.machine, x_element(), node.descending(false, move |node| node.is_named(Some(&name))))
        })
        .method("void Add(object content)", added)
        .method("void Add(params object[] content)", added)
        .method("void AddFirst(object content)", |call| change(call, XNode::add_first))
        .method("void AddFirst(params object[] content)", |call| change(call, XNode::add_first))
        .method("void ReplaceNodes(object content)", |call| replaced(call, false))
        .method("void ReplaceNodes(params object[] content)", |call| replaced(call, false))
        .method("void RemoveNodes()", emptied);
}

/// `ReplaceNodes(content)`, or `ReplaceAll` with the attributes, in turns.
pub(super) fn replaced(call: &mut Call<'_, '_>, and_attributes: bool) -> Result<Value, Thrown> {
    let node = node(call, 0)?;
    // The content is walked over in turns before.
    let content = if call.machine.has_paused_in::<Paced<Result<(), Exception>>>() {
        Content::Nothing
    } else {
        let content = content(call, 1, &node, true)?;
        charge_attributes(call.machine, &node, &content)?;
        charge_levels(call.machine, &node, &content)?;
        content
    };
    work(call.machine, |_| Ok(node.replacing(content, and_attributes)))??;
    Ok(Value::Null)
}

/// `RemoveNodes()`.
pub(super) fn emptied(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let node = node(call, 0)?;
    work(call.machine, |_| Ok(node.removing_nodes()))?;
    Ok(Value::Null)
}
