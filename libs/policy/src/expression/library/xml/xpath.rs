//! `System.Xml.XPath.Extensions`, and the namespaces that XPath expressions name.

use std::any::Any;
use std::cell::RefCell;
use std::rc::Rc;

use postern_dotnet::xml::{XPath, XPathItem, XPathValue};
use postern_dotnet::{Exception, ExceptionType, Text};

use super::values::{attribute_value, node, node_value, nodes, x_element};
use crate::expression::array::Array;
use crate::expression::library::Library;
use crate::expression::library::pieces::work;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

/// A `XmlNamespaceManager`: prefixes with their namespaces.
#[derive(Default)]
pub(in crate::expression::library) struct NamespaceManager(RefCell<Vec<(Text, Text)>>);

impl Object for NamespaceManager {
    fn of(&self) -> Type {
        Type::named("System.Xml.XmlNamespaceManager")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

impl NamespaceManager {
    fn lookup(&self, prefix: &str) -> Option<Text> {
        let declared = self.0.borrow();
        declared.iter().rev().find(|(known, _)| known == prefix).map(|(_, namespace)| namespace.clone())
    }
}

/// A `NameTable`, which only has to exist.
struct NameTable;

impl Object for NameTable {
    fn of(&self) -> Type {
        Type::named("System.Xml.NameTable")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// `new NameTable()`
pub(in crate::expression::library) fn name_table() -> Value {
    Value::object(NameTable)
}

pub(super) fn declare(library: &mut Library) {
    library.declare("interface System.Xml.IXmlNamespaceResolver");
    library.declare("class System.Xml.XmlNameTable");
    library.declare("class System.Xml.NameTable : XmlNameTable").constructor("()", |_| Ok(name_table()));
    library
        .declare("class System.Xml.XmlNamespaceManager : IXmlNamespaceResolver")
        .constructor("(XmlNameTable nameTable)", |_| Ok(Value::object(NamespaceManager::default())))
        .method("void AddNamespace(string prefix, string uri)", |call| {
            let (prefix, uri) = (call.required_text(1, "prefix")?, call.required_text(2, "uri")?);
            call.machine.charge_memory(prefix.len() + uri.len())?;
            call.this::<NamespaceManager>()?.0.borrow_mut().push((prefix, uri));
            Ok(Value::Null)
        })
        .method("string LookupNamespace(string prefix)", |call| {
            let prefix = call.required_text(1, "prefix")?;
            Ok(call.this::<NamespaceManager>()?.lookup(&prefix).into())
        })
        .method("bool HasNamespace(string prefix)", |call| {
            let prefix = call.required_text(1, "prefix")?;
            Ok(Value::Bool(call.this::<NamespaceManager>()?.lookup(&prefix).is_some()))
        });
    library
        .declare("static class System.Xml.XPath.Extensions")
        .method("static XElement XPathSelectElement(this XNode node, string expression)", first)
        .method(
            "static XElement XPathSelectElement(this XNode node, string expression, IXmlNamespaceResolver resolver)",
            first,
        )
        .method("static IEnumerable<XElement> XPathSelectElements(this XNode node, string expression)", all)
        .method(
            "static IEnumerable<XElement> XPathSelectElements(this XNode node, string expression, \
             IXmlNamespaceResolver resolver)",
            all,
        )
        .method("static object XPathEvaluate(this XNode node, string expression)", evaluate)
        .method(
            "static object XPathEvaluate(this XNode node, string expression, IXmlNamespaceResolver resolver)",
            evaluate,
        );
}

/// Compiles the expression that is the argument at `index`, with the resolver behind it, and evaluates it: in pieces, so the native must not have
/// changed anything.
pub(in crate::expression::library) fn run(
    call: &mut Call<'_, '_>,
    index: usize,
    parameter: &str,
    item: &XPathItem,
) -> Result<XPathValue, Thrown> {
    let text = call.required_text(index, parameter)?;
    let resolver = call.object::<NamespaceManager>(index + 1);
    let value = work(call.machine, |machine| {
        machine.charge(text.len() * 8)?;
        let resolve = |prefix: &str| resolver.as_ref().and_then(|resolver| resolver.lookup(prefix));
        Ok(XPath::compile(&text, &resolve)?.evaluating(item))
    })?;
    Ok(value?)
}

fn selected(call: &mut Call<'_, '_>) -> Result<Vec<postern_dotnet::xml::XNode>, Thrown> {
    let node = node(call, 0)?;
    let XPathValue::Nodes(items) = run(call, 1, "expression", &XPathItem::Node(node))? else {
        let message = "The XPath expression evaluated to unexpected type.";
        return Err(Exception::new(ExceptionType::InvalidOperation, message).into());
    };
    let elements = items.into_iter().map(|item| match item {
        XPathItem::Node(node) if node.is_element() => Ok(node),
        other => {
            let of = match other {
                XPathItem::Attribute(_) => "System.Xml.Linq.XAttribute".to_owned(),
                XPathItem::Node(node) => super::super::full_name(&node_value(node).of()),
                XPathItem::Namespace { .. } => "System.Xml.Linq.XAttribute".to_owned(),
            };
            let message = format!("The XPath expression evaluated to unexpected type {of}.");
            Err(Thrown::from(Exception::new(ExceptionType::InvalidOperation, message)))
        }
    });
    elements.collect()
}

fn first(call: &mut Call<'_, '_>) -> Answer {
    Ok(node_value(selected(call)?.into_iter().next()))
}

fn all(call: &mut Call<'_, '_>) -> Answer {
    let found = selected(call)?;
    nodes(call.machine, x_element(), found)
}

fn evaluate(call: &mut Call<'_, '_>) -> Answer {
    let item = XPathItem::Node(node(call, 0)?);
    let value = run(call, 1, "expression", &item)?;
    plain(call.machine, value)
}

/// A value of XPath as one of the language: nodes are objects of System.Xml.Linq.
fn plain(machine: &mut Machine<'_>, value: XPathValue) -> Answer {
    Ok(match value {
        XPathValue::Nodes(items) => {
            machine.charge_memory(items.len() * size_of::<Value>() * 2)?;
            let values = items.into_iter().map(|item| match item {
                XPathItem::Node(node) => node_value(node),
                XPathItem::Attribute(attribute) => attribute_value(attribute),
                XPathItem::Namespace { uri, .. } => uri.into(),
            });
            Value::object(Array::values(Type::Object, values.collect()))
        }
        XPathValue::Number(number) => Value::Double(number),
        XPathValue::Boolean(value) => Value::Bool(value),
        other => other.to_text().into(),
    })
}
