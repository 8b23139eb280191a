//! XElement.

use postern_dotnet::xml::{Content, LoadOptions, Loading, XNode};
use postern_dotnet::{Exception, Text};

use super::container::{emptied, replaced};
use super::content::{add, optional_plain, required_plain};
use super::node::{change, charge_search, copied, elements, named};
use super::values::{
    attribute_value, attributes, charge_walk, found, name, name_value, namespace, namespace_value, node, node_value,
    nodes, read_text, required_name, x_element, x_node,
};
use crate::expression::library::Library;
use crate::expression::library::pieces::{ONE_GO_NODES_MAX, work};
use crate::expression::library::string_io::take_rest;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

const HEADER: &str = "class System.Xml.Linq.XElement : XContainer";

pub(super) fn declare(library: &mut Library) {
    creation(library);
    properties(library);
    axes(library);
    changes(library);
}

fn creation(library: &mut Library) {
    library
        .declare(HEADER)
        .constructor("(XName name)", |call| Ok(node_value(XNode::element(required_name(call, 0)?))))
        .constructor("(XName name, object content)", with_content)
        .constructor("(XName name, params object[] content)", with_content)
        .constructor("(XElement other)", |call| copied(call, "other"))
        .method("static XElement Parse(string text)", |call| {
            parse(call, XNode::parse_element, Loading::element, LoadOptions::None)
        })
        .method("static XElement Parse(string text, LoadOptions options)", |call| {
            let options = load_options(call, 1);
            parse(call, XNode::parse_element, Loading::element, options)
        })
        .method("static XElement Load(TextReader textReader)", |call| load(call, LoadOptions::None))
        .method("static XElement Load(TextReader textReader, LoadOptions options)", |call| {
            let options = load_options(call, 1);
            load(call, options)
        })
        .getter("static IEnumerable<XElement> EmptySequence", |call| nodes(call.machine, x_element(), Vec::new()));
}

fn with_content(call: &mut Call<'_, '_>) -> Answer {
    add(call, 1, |call| Ok(XNode::element(required_name(call, 0)?))).map(node_value)
}

/// `Parse`: reads the text that is the first argument.
pub(super) fn parse(
    call: &mut Call<'_, '_>,
    parse: fn(&str, LoadOptions) -> Result<XNode, Exception>,
    begin: fn(Text, LoadOptions) -> Loading,
    options: LoadOptions,
) -> Answer {
    let text = call.required_text(0, "s")?;
    read_text(call.machine, &text, parse, begin, options).map(node_value)
}

/// `Load`: reads what a reader has not given out yet.
fn load(call: &mut Call<'_, '_>, options: LoadOptions) -> Answer {
    // After a pause it has been taken, and reading goes on.
    let text = match call.machine.is_resumed() {
        true => Text::default(),
        false => take_rest(call.argument(0)).ok_or_else(|| Exception::argument_null("textReader"))?,
    };
    read_text(call.machine, &text, XNode::parse_element, Loading::element, options).map(node_value)
}

pub(super) fn load_options(call: &Call<'_, '_>, index: usize) -> LoadOptions {
    if call.constant(index) & 1 == 1 { LoadOptions::PreserveWhitespace } else { LoadOptions::None }
}

fn properties(library: &mut Library) {
    library
        .declare(HEADER)
        .getter("XName Name", |call| Ok(name_value(node(call, 0)?.name())))
        .setter("XName Name", |call| {
            let name = name(call, 1).ok_or_else(|| Exception::argument_null("value"))?;
            node(call, 0)?.set_name(name);
            Ok(Value::Null)
        })
        .getter("string Value", |call| Ok(value(call, 0)?.into()))
        .setter("string Value", |call| {
            let value = call.required_text(1, "value")?;
            node(call, 0)?.set_value(&value);
            Ok(Value::Null)
        })
        .getter("bool IsEmpty", |call| Ok(Value::Bool(node(call, 0)?.is_empty())))
        .getter("bool HasAttributes", |call| Ok(Value::Bool(node(call, 0)?.has_attributes())))
        .getter("bool HasElements", |call| {
            let node = node(call, 0)?;
            call.machine.charge(node.child_count())?;
            Ok(Value::Bool(node.has_elements()))
        })
        .getter("XAttribute FirstAttribute", |call| {
            Ok(attribute_value(searched(call)?.attributes().into_iter().next()))
        })
        .getter("XAttribute LastAttribute", |call| Ok(attribute_value(searched(call)?.attributes().pop())))
        .method("XAttribute Attribute(XName name)", |call| {
            let Some(name) = name(call, 1) else { return Ok(Value::Null) };
            Ok(attribute_value(searched(call)?.attribute(&name)))
        })
        .method("IEnumerable<XAttribute> Attributes()", |call| {
            let found = searched(call)?.attributes();
            attributes(call.machine, found)
        })
        .method("IEnumerable<XAttribute> Attributes(XName name)", |call| {
            let name = name(call, 1);
            let element = searched(call)?;
            let found = name.and_then(|name| element.attribute(&name));
            attributes(call.machine, found.into_iter().collect())
        })
        .method("XNamespace GetDefaultNamespace()", |call| Ok(namespace_value(within(call)?.default_namespace())))
        .method("XNamespace GetNamespaceOfPrefix(string prefix)", |call| {
            let prefix = call.required_text(1, "prefix")?;
            Ok(namespace_value(within(call)?.namespace_of_prefix(&prefix)))
        })
        .method("string GetPrefixOfNamespace(XNamespace ns)", |call| {
            let namespace = namespace(call, 1).ok_or_else(|| Exception::argument_null("ns"))?;
            Ok(within(call)?.prefix_of_namespace(&namespace).into())
        });
}

/// `this`, after paying for a look at all its attributes.
fn searched(call: &mut Call<'_, '_>) -> Result<XNode, Thrown> {
    let element = node(call, 0)?;
    charge_search(call.machine, &element)?;
    Ok(element)
}

/// `this`, after paying for a look at all elements that it lies in.
fn within(call: &mut Call<'_, '_>) -> Result<XNode, Thrown> {
    let element = searched(call)?;
    call.machine.charge(element.depth().saturating_mul(4))?;
    Ok(element)
}

/// `Value`, paid for.
pub(super) fn value(call: &mut Call<'_, '_>, index: usize) -> Result<Text, Thrown> {
    let node = node(call, index)?;
    if call.machine.is_resumed() || node.node_count_within(ONE_GO_NODES_MAX) > ONE_GO_NODES_MAX {
        let value = work(call.machine, |_| Ok(node.valuing()))?;
        call.machine.charge_memory(value.len())?;
        return Ok(value);
    }
    charge_walk(call.machine, &node)?;
    let value = node.value();
    call.machine.charge_memory(value.len())?;
    Ok(value)
}

fn axes(library: &mut Library) {
    library
        .declare(HEADER)
        .method("IEnumerable<XElement> AncestorsAndSelf()", |call| elements(call, XNode::ancestors_and_self, None))
        .method("IEnumerable<XElement> AncestorsAndSelf(XName name)", |call| named(call, XNode::ancestors_and_self))
        .method("IEnumerable<XElement> DescendantsAndSelf()", |call| {
            let node = node(call, 0)?;
            found(call.machine, x_element(), node.descending(true, |node| node.is_named(None)))
        })
        .method("IEnumerable<XElement> DescendantsAndSelf(XName name)", |call| {
            let Some(name) = name(call, 1) else { return named(call, XNode::descendants_and_self) };
            let node = node(call, 0)?;
            found(call.machine, x_element(), node.descending(true, move |node| node.is_named(Some(&name))))
        })
        .method("IEnumerable<XNode> DescendantNodesAndSelf()", |call| {
            let node = node(call, 0)?;
            found(call.machine, x_node(), node.descending(true, |_| true))
        });
}

fn changes(library: &mut Library) {
    library
        .declare(HEADER)
        .method("void SetAttributeValue(XName name, object value)", |call| {
            let name = required_name(call, 1)?;
            let value = optional_plain(call, 2)?;
            searched(call)?.set_attribute_value(&name, value);
            Ok(Value::Null)
        })
        .method("void SetElementValue(XName name, object value)", |call| {
            let name = required_name(call, 1)?;
            let value = optional_plain(call, 2)?;
            let node = node(call, 0)?;
            call.machine.charge(node.child_count())?;
            node.set_element_value(&name, value)?;
            Ok(Value::Null)
        })
        .method("void SetValue(object value)", |call| {
            let value = required_plain(call, 1)?;
            node(call, 0)?.set_value(&value);
            Ok(Value::Null)
        })
        .method("void RemoveAll()", |call| {
            node(call, 0)?.remove_attributes();
            emptied(call)
        })
        .method("void RemoveAttributes()", |call| {
            node(call, 0)?.remove_attributes();
            Ok(Value::Null)
        })
        .method("void ReplaceAll(object content)", |call| replaced(call, true))
        .method("void ReplaceAll(params object[] content)", |call| replaced(call, true))
        .method("void ReplaceAttributes(object content)", |call| change(call, replace_attributes))
        .method("void ReplaceAttributes(params object[] content)", |call| change(call, replace_attributes));
}

fn replace_attributes(element: &XNode, content: Content) -> Result<(), Exception> {
    element.replace_attributes(content)
}
