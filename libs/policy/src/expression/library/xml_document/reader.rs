//! XmlReader: a walk over a document that has been read.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use postern_dotnet::xml::{DtdProcessing, LoadOptions, NodeKind, XNode, XPathItem};
use postern_dotnet::{Exception, Text};

use super::super::string_io::take_rest;
use super::super::values::{constant, int};
use super::super::xml::{charge_walk, copy_of, node_value};
use super::document::attribute_named;
use super::node::name;
use super::values::outer_xml;
use crate::expression::library::Library;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

type Answer = Result<Value, Thrown>;

/// A stop of the reader.
#[derive(Clone)]
enum Stop {
    Node(XNode),
    /// The end tag of an element.
    End(XNode),
}

/// All stops in order, and where the reader is: before the first one at 0.
struct Reader {
    stops: Vec<Stop>,
    position: Cell<usize>,
}

impl Object for Reader {
    fn of(&self) -> Type {
        Type::named("System.Xml.XmlReader")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

impl Reader {
    fn new(document: &XNode) -> Reader {
        let mut stops = Vec::new();
        let mut pending: Vec<Stop> = document.nodes().into_iter().rev().map(Stop::Node).collect();
        while let Some(stop) = pending.pop() {
            if let Stop::Node(node) = &stop
                && node.is_element()
                && !node.is_empty()
            {
                pending.push(Stop::End(node.clone()));
                pending.extend(node.nodes().into_iter().rev().map(Stop::Node));
            }
            stops.push(stop);
        }
        Reader { stops, position: Cell::new(0) }
    }

    fn stop(&self) -> Option<&Stop> {
        self.stops.get(self.position.get().checked_sub(1)?)
    }

    fn node(&self) -> Option<&XNode> {
        match self.stop()? {
            Stop::Node(node) | Stop::End(node) => Some(node),
        }
    }

    /// `Read()`
    fn advance(&self) -> bool {
        let next = (self.position.get() + 1).min(self.stops.len() + 1);
        self.position.set(next);
        next <= self.stops.len()
    }

    fn at_end(&self) -> bool {
        self.position.get() > self.stops.len()
    }

    /// Moves behind the element that begins here.
    fn skip(&self) {
        let Some(Stop::Node(node)) = self.stop().cloned() else {
            self.advance();
            return;
        };
        if node.is_element() && !node.is_empty() {
            while let Some(stop) = self.stop()
                && !matches!(stop, Stop::End(end) if end.is(&node))
            {
                self.advance();
            }
        }
        self.advance();
    }
}

pub(super) fn declare(library: &mut Library) {
    library.declare("class System.Xml.XmlReader : IDisposable");
    creation(library);
    state(library);
    moves(library);
}

fn creation(library: &mut Library) {
    library
        .declare("class System.Xml.XmlReader : IDisposable")
        .method("static XmlReader Create(TextReader input)", |call| {
            let text = take_rest(call.argument(0)).ok_or_else(|| Exception::argument_null("input"))?;
            let markup = text.bytes().filter(|byte| matches!(byte, b'<' | b'=')).count();
            call.machine.charge_memory(text.len().saturating_add(markup.saturating_mul(400)))?;
            let document = XNode::parse_with(&text, LoadOptions::PreserveWhitespace, DtdProcessing::Prohibit)?;
            Ok(Value::object(Reader::new(&document)))
        })
        .method("void Close()", |_| Ok(Value::Null))
        .method("void Dispose()", |_| Ok(Value::Null));
    library.declare("class System.Xml.Linq.XNode : XObject").method(
        "static XNode ReadFrom(XmlReader reader)",
        |call| {
            let reader = reader(call)?;
            let Some(Stop::Node(node)) = reader.stop().cloned() else {
                let message = "The XmlReader state should be Interactive.";
                return Err(Exception::new(postern_dotnet::ExceptionType::InvalidOperation, message).into());
            };
            let copy = copy_of(call.machine, &node)?;
            reader.skip();
            Ok(node_value(copy))
        },
    );
}

fn state(library: &mut Library) {
    library
        .declare("class System.Xml.XmlReader : IDisposable")
        .getter("bool EOF", |call| Ok(Value::Bool(reader(call)?.at_end())))
        .getter("string Name", |call| {
            let name =
                reader(call)?.node().filter(|node| !node.is_text()).map(|node| name(&XPathItem::Node(node.clone())));
            Ok(name.filter(|name| !name.starts_with('#')).unwrap_or_default().into())
        })
        .getter("string LocalName", |call| {
            let name = reader(call)?.node().and_then(XNode::name);
            Ok(name.map(|name| name.local().clone()).unwrap_or_default().into())
        })
        .getter("string NamespaceURI", |call| {
            let name = reader(call)?.node().and_then(XNode::name);
            Ok(name.map(|name| name.namespace().clone()).unwrap_or_default().into())
        })
        .getter("string Value", |call| Ok(reader(call)?.node().and_then(XNode::own_value).unwrap_or_default().into()))
        .getter("XmlNodeType NodeType", |call| {
            let kind = match reader(call)?.stop() {
                None => 0,
                Some(Stop::End(_)) => 15,
                Some(Stop::Node(node)) if is_white_space(node) => 13,
                Some(Stop::Node(node)) => node.kind() as i64,
            };
            Ok(constant("System.Xml.XmlNodeType", kind))
        })
        .getter("bool IsEmptyElement", |call| {
            let reader = reader(call)?;
            Ok(Value::Bool(matches!(reader.stop(), Some(Stop::Node(node)) if node.is_empty())))
        })
        .getter("bool HasAttributes", |call| Ok(Value::Bool(reader(call)?.node().is_some_and(XNode::has_attributes))))
        .getter("int Depth", |call| Ok(int(reader(call)?.node().map_or(0, |node| node.ancestors(None).len()))))
        .method("string GetAttribute(string name)", attribute)
        .indexer("string this[string name]", attribute)
        .method("bool IsStartElement()", |call| Ok(Value::Bool(to_content(&*reader(call)?) == Some(true))))
        .method("bool IsStartElement(string name)", |call| {
            let wanted = call.required_text(1, "name")?;
            let reader = reader(call)?;
            let starts = to_content(&reader) == Some(true);
            Ok(Value::Bool(starts && reader.node().is_some_and(|node| name(&XPathItem::Node(node.clone())) == wanted)))
        });
}

fn is_white_space(node: &XNode) -> bool {
    node.kind() == NodeKind::Text && node.value().trim().is_empty()
}

fn reader(call: &Call<'_, '_>) -> Result<Rc<Reader>, Thrown> {
    call.this::<Reader>()
}

fn attribute(call: &mut Call<'_, '_>) -> Answer {
    let wanted: Text = call.required_text(1, "name")?;
    let reader = reader(call)?;
    let found = reader.node().and_then(|node| attribute_named(node, &wanted));
    Ok(found.map(|item| item.value()).into())
}

/// Moves to the next text or tag if the reader is elsewhere; whether a start tag is there.
fn to_content(reader: &Reader) -> Option<bool> {
    if reader.position.get() == 0 {
        reader.advance();
    }
    loop {
        match reader.stop()? {
            Stop::End(_) => return Some(false),
            Stop::Node(node) if node.is_element() => return Some(true),
            Stop::Node(node) if node.is_text() && !is_white_space(node) => return Some(false),
            Stop::Node(_) => {
                reader.advance();
            }
        }
    }
}

fn moves(library: &mut Library) {
    library
        .declare("class System.Xml.XmlReader : IDisposable")
        .method("bool Read()", |call| {
            call.machine.charge(1)?;
            Ok(Value::Bool(reader(call)?.advance()))
        })
        .method("XmlNodeType MoveToContent()", |call| {
            let reader = reader(call)?;
            call.machine.charge(reader.stops.len() / 16 + 1)?;
            let kind = match to_content(&reader) {
                None => 0,
                Some(true) => 1,
                Some(false) => match reader.stop() {
                    Some(Stop::Node(node)) => node.kind() as i64,
                    _ => 15,
                },
            };
            Ok(constant("System.Xml.XmlNodeType", kind))
        })
        .method("void Skip()", |call| {
            let reader = reader(call)?;
            call.machine.charge(reader.stops.len() / 16 + 1)?;
            reader.skip();
            Ok(Value::Null)
        })
        .method("bool ReadToFollowing(string name)", |call| {
            let wanted = call.required_text(1, "name")?;
            let reader = reader(call)?;
            while reader.advance() {
                call.machine.charge(1)?;
                if matches!(reader.stop(), Some(Stop::Node(node)) if node.is_element()
                    && name(&XPathItem::Node(node.clone())) == wanted)
                {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        })
        .method("string ReadElementContentAsString()", |call| {
            let reader = reader(call)?;
            let Some(Stop::Node(node)) = reader.stop().cloned() else { return Ok(Value::text("")) };
            charge_walk(call.machine, &node)?;
            reader.skip();
            let value = node.value();
            call.machine.charge_memory(value.len())?;
            Ok(value.into())
        })
        .method("string ReadInnerXml()", |call| {
            let reader = reader(call)?;
            let Some(Stop::Node(node)) = reader.stop().cloned() else { return Ok(Value::text("")) };
            reader.skip();
            Ok(outer_xml(call.machine, &node.nodes())?.into())
        })
        .method("string ReadOuterXml()", |call| {
            let reader = reader(call)?;
            let Some(Stop::Node(node)) = reader.stop().cloned() else { return Ok(Value::text("")) };
            reader.skip();
            Ok(outer_xml(call.machine, &[node])?.into())
        });
}
