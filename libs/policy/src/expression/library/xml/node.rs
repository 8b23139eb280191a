//! XObject and XNode.

use std::cmp::Ordering;

use postern_dotnet::xml::{Content, SaveOptions, XName, XNode};
use postern_dotnet::{Exception, ExceptionType};

use super::super::values::constant;
use super::content::content;
use super::values::{
    attribute_of, charge_walk, copy_of, name, node, node_of, node_value, nodes, written_in_pieces, x_element, x_node,
};
use crate::expression::library::Library;
use crate::expression::library::pieces::work;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

pub(super) fn declare(library: &mut Library) {
    for header in [
        "class System.Xml.Linq.XObject",
        "class System.Xml.Linq.XNode : XObject",
        "class System.Xml.Linq.XContainer : XNode",
        "class System.Xml.Linq.XElement : XContainer",
        "class System.Xml.Linq.XDocument : XContainer",
        "class System.Xml.Linq.XDocumentType : XNode",
        "class System.Xml.Linq.XDeclaration",
        "class System.Xml.Linq.XAttribute : XObject",
        "sealed class System.Xml.Linq.XNodeDocumentOrderComparer : IComparer<XNode>",
        "sealed class System.Xml.Linq.XNodeEqualityComparer : IEqualityComparer<XNode>",
    ] {
        library.declare(header);
    }
    objects(library);
    relatives(library);
    changes(library);
    comparers(library);
}

fn objects(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XObject")
        .getter("XElement Parent", |call| {
            let value = call.argument(0);
            let parent = match attribute_of(value) {
                Some(attribute) => attribute.parent(),
                None => node_of(value).and_then(XNode::parent),
            };
            Ok(node_value(parent))
        })
        .getter("XDocument Document", |call| {
            let depth = node_of(call.argument(0)).map_or(0, XNode::depth);
            call.machine.charge(depth)?;
            let value = call.argument(0);
            let document = match attribute_of(value) {
                Some(attribute) => attribute.parent().and_then(|parent| parent.owner_document()),
                None => node_of(value).and_then(XNode::owner_document),
            };
            Ok(node_value(document))
        })
        .getter("string BaseUri", |_| Ok(Value::text("")))
        .getter("XmlNodeType NodeType", |call| {
            let kind = node_of(call.argument(0)).map_or(2, |node| node.kind() as i64);
            Ok(constant("System.Xml.XmlNodeType", kind))
        })
        .operator("static bool operator ==(XObject left, XObject right)", |call| Ok(Value::Bool(same(call))))
        .operator("static bool operator !=(XObject left, XObject right)", |call| Ok(Value::Bool(!same(call))));
}

/// Identity: an object of the language is made anew each time a node is asked for.
fn same(call: &Call<'_, '_>) -> bool {
    let (left, right) = (call.argument(0), call.argument(1));
    match (left.is_null(), right.is_null()) {
        (false, false) => left.equals(right),
        (left, right) => left && right,
    }
}

fn relatives(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XNode : XObject")
        .getter("XNode NextNode", |call| Ok(node_value(node(call, 0)?.next_node())))
        .getter("XNode PreviousNode", |call| Ok(node_value(node(call, 0)?.previous_node())))
        .method("IEnumerable<XElement> Ancestors()", |call| elements(call, XNode::ancestors, None))
        .method("IEnumerable<XElement> Ancestors(XName name)", |call| named(call, XNode::ancestors))
        .method("IEnumerable<XElement> ElementsAfterSelf()", |call| elements(call, XNode::elements_after_self, None))
        .method("IEnumerable<XElement> ElementsAfterSelf(XName name)", |call| named(call, XNode::elements_after_self))
        .method("IEnumerable<XElement> ElementsBeforeSelf()", |call| elements(call, XNode::elements_before_self, None))
        .method("IEnumerable<XElement> ElementsBeforeSelf(XName name)", |call| named(call, XNode::elements_before_self))
        .method("IEnumerable<XNode> NodesAfterSelf()", |call| {
            let found = node(call, 0)?.nodes_after_self();
            nodes(call.machine, x_node(), found)
        })
        .method("IEnumerable<XNode> NodesBeforeSelf()", |call| {
            let found = node(call, 0)?.nodes_before_self();
            nodes(call.machine, x_node(), found)
        })
        .method("bool IsAfter(XNode node)", |call| Ok(Value::Bool(order(call)? == Ordering::Greater)))
        .method("bool IsBefore(XNode node)", |call| Ok(Value::Bool(order(call)? == Ordering::Less)))
        .method("static int CompareDocumentOrder(XNode n1, XNode n2)", |call| Ok(Value::Int(order(call)? as i32)))
        .method("static bool DeepEquals(XNode n1, XNode n2)", |call| deep_equals(call, 0))
        .method("void Save(TextWriter textWriter)", |call| save(call, SaveOptions::None))
        .method("void Save(TextWriter textWriter, SaveOptions options)", |call| {
            let options = save_options(call, 2);
            save(call, options)
        })
        .method("string ToString()", |call| to_text(call, SaveOptions::None))
        .method("string ToString(SaveOptions options)", |call| {
            let options = save_options(call, 1);
            to_text(call, options)
        });
}

/// Elements that an axis finds, with a name if one is given.
pub(super) fn elements(
    call: &mut Call<'_, '_>,
    axis: fn(&XNode, Option<&XName>) -> Vec<XNode>,
    name: Option<&XName>,
) -> Answer {
    let node = node(call, 0)?;
    let found = axis(&node, name);
    nodes(call.machine, x_element(), found)
}

/// Elements with the name that is the argument; a null name finds nothing.
pub(super) fn named(call: &mut Call<'_, '_>, axis: fn(&XNode, Option<&XName>) -> Vec<XNode>) -> Answer {
    match name(call, 1) {
        Some(name) => elements(call, axis, Some(&name)),
        None => nodes(call.machine, x_element(), Vec::new()),
    }
}

pub(super) fn save_options(call: &Call<'_, '_>, index: usize) -> SaveOptions {
    if call.constant(index) & 1 == 1 { SaveOptions::DisableFormatting } else { SaveOptions::None }
}

fn to_text(call: &mut Call<'_, '_>, options: SaveOptions) -> Answer {
    let node = node(call, 0)?;
    Ok(written_in_pieces(call.machine, &node, options)?.into())
}

/// `Save`, which documents and elements have.
fn save(call: &mut Call<'_, '_>, options: SaveOptions) -> Answer {
    let node = node(call, 0)?;
    charge_walk(call.machine, &node)?;
    let text = node.save(options)?;
    call.machine.charge_memory(text.len())?;
    if super::super::string_io::append(call.argument(1), &text)? {
        Ok(Value::Null)
    } else {
        Err(Exception::argument_null("textWriter").into())
    }
}

fn order(call: &mut Call<'_, '_>) -> Result<Ordering, Thrown> {
    compare(call, 0)
}

fn compare(call: &mut Call<'_, '_>, first: usize) -> Result<Ordering, Thrown> {
    let (left, right) = (node_of(call.argument(first)), node_of(call.argument(first + 1)));
    let steps = left.map_or(0, XNode::depth).saturating_add(right.map_or(0, XNode::depth)).saturating_mul(8);
    call.machine.charge(steps)?;
    let (left, right) = (node_of(call.argument(first)), node_of(call.argument(first + 1)));
    match (left, right) {
        (Some(left), Some(right)) => left
            .compare_document_order(right)
            .ok_or_else(|| Exception::new(ExceptionType::InvalidOperation, "A common ancestor is missing.").into()),
        (left, right) => Ok(left.is_some().cmp(&right.is_some())),
    }
}

fn deep_equals(call: &mut Call<'_, '_>, first: usize) -> Answer {
    let (left, right) = (node_of(call.argument(first)).cloned(), node_of(call.argument(first + 1)).cloned());
    let (Some(left), Some(right)) = (&left, &right) else {
        return Ok(Value::Bool(left.is_none() && right.is_none()));
    };
    Ok(Value::Bool(work(call.machine, |_| Ok(left.comparing(right)))?))
}

fn changes(library: &mut Library) {
    library
        .declare("class System.Xml.Linq.XNode : XObject")
        .method("void AddAfterSelf(object content)", |call| change(call, XNode::add_after_self))
        .method("void AddAfterSelf(params object[] content)", |call| change(call, XNode::add_after_self))
        .method("void AddBeforeSelf(object content)", |call| change(call, XNode::add_before_self))
        .method("void AddBeforeSelf(params object[] content)", |call| change(call, XNode::add_before_self))
        .method("void ReplaceWith(object content)", |call| change(call, XNode::replace_with))
        .method("void ReplaceWith(params object[] content)", |call| change(call, XNode::replace_with))
        .method("void Remove()", |call| {
            let node = node(call, 0)?;
            charge_shift(call.machine, node.parent().as_ref())?;
            node.remove()?;
            Ok(Value::Null)
        });
}

/// Pays for moving the children of a node by one.
fn charge_shift(machine: &mut Machine<'_>, parent: Option<&XNode>) -> Result<(), Thrown> {
    machine.charge(parent.map_or(0, XNode::child_count) / 4)
}

/// Pays for looking at the attributes of an element, one after the other.
pub(super) fn charge_search(machine: &mut Machine<'_>, element: &XNode) -> Result<(), Thrown> {
    machine.charge(element.attribute_count() / 2)
}

/// Pays for comparing attributes that are added with those that are there, and with each other.
pub(super) fn charge_attributes(machine: &mut Machine<'_>, element: &XNode, added: &Content) -> Result<(), Thrown> {
    let count = match added {
        Content::Many(contents) => contents.iter().filter(|content| matches!(content, Content::Attribute(_))).count(),
        _ => 1,
    };
    machine.charge(count.saturating_mul(element.attribute_count() + count) / 4)
}

/// Pays for the walk up from a node that is to hold others: they are looked for among those it lies in.
pub(super) fn charge_levels(machine: &mut Machine<'_>, node: &XNode, added: &Content) -> Result<(), Thrown> {
    let has_children = |content: &Content| matches!(content, Content::Node(node) if node.child_count() > 0);
    let count = match added {
        Content::Many(contents) => contents.iter().filter(|content| has_children(content)).count(),
        content => usize::from(has_children(content)),
    };
    if count == 0 { Ok(()) } else { machine.charge(count.saturating_mul(node.depth())) }
}

/// Changes `this` with the content that is the argument.
pub(super) fn change(call: &mut Call<'_, '_>, change: fn(&XNode, Content) -> Result<(), Exception>) -> Answer {
    let node = node(call, 0)?;
    let content = content(call, 1, &node, false)?;
    charge_shift(call.machine, Some(&node))?;
    charge_shift(call.machine, node.parent().as_ref())?;
    charge_attributes(call.machine, &node, &content)?;
    charge_levels(call.machine, &node, &content)?;
    change(&node, content)?;
    Ok(Value::Null)
}

fn comparers(library: &mut Library) {
    library
        .declare("sealed class System.Xml.Linq.XNodeDocumentOrderComparer : IComparer<XNode>")
        .constructor("()", |_| Ok(Value::object(super::leaves::Comparer::Order)))
        .method("int Compare(XNode x, XNode y)", |call| Ok(Value::Int(compare(call, 1)? as i32)));
    library
        .declare("sealed class System.Xml.Linq.XNodeEqualityComparer : IEqualityComparer<XNode>")
        .constructor("()", |_| Ok(Value::object(super::leaves::Comparer::Equality)))
        .method("bool Equals(XNode x, XNode y)", |call| deep_equals(call, 1))
        .method("int GetHashCode(XNode obj)", |call| {
            let name = node_of(call.argument(1)).and_then(XNode::name);
            let hash = super::values::name_value(name).hash_code();
            #[allow(clippy::cast_possible_truncation, reason = "a hash: any 32 bits of it do")]
            Ok(Value::Int(hash as i32))
        });
    library
        .declare("class System.Xml.Linq.XNode : XObject")
        .getter("static XNodeDocumentOrderComparer DocumentOrderComparer", |_| {
            Ok(Value::object(super::leaves::Comparer::Order))
        })
        .getter("static XNodeEqualityComparer EqualityComparer", |_| {
            Ok(Value::object(super::leaves::Comparer::Equality))
        });
}

/// A copy of a node, paid for.
pub(super) fn copied(call: &mut Call<'_, '_>, parameter: &str) -> Answer {
    let Some(node) = node_of(call.argument(0)).cloned() else {
        return Err(Exception::argument_null(parameter).into());
    };
    copy_of(call.machine, &node).map(node_value)
}
