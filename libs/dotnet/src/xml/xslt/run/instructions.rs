//! Running bodies.

use super::super::super::limits::XSLT_NESTING_MAX;
use super::super::super::name::XName;
use super::super::super::node::NodeKind;
use super::super::super::xpath::{Item, XPathValue, children};
use super::super::exception;
use super::super::number::{self, Numbering};
use super::super::sheet::{Apply, Avt, AvtPart, Body, Instruction, Literal, Scope};
use super::{Builder, Focus, Transformer};
use crate::{Exception, Text};

impl Transformer<'_> {
    /// Runs instructions; the variables they declare end with them.
    pub(super) fn run_body(&self, body: &Body, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        let mark = self.locals.borrow().len();
        for instruction in body {
            self.budget.take(1)?;
            self.run_one(instruction, focus, out)?;
        }
        self.locals.borrow_mut().truncate(mark);
        Ok(())
    }

    fn run_one(&self, instruction: &Instruction, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        match instruction {
            Instruction::Text { text, raw: false } => out.text(text),
            Instruction::Text { text, raw: true } => out.raw(text),
            Instruction::ValueOf { select, raw } => {
                let value = select.evaluate(&self.context(focus))?.to_text();
                self.budget.take(value.len() / 16)?;
                if *raw { out.raw(&value) } else { out.text(&value) }
            }
            Instruction::CopyOf(select) => self.copy_of(&select.evaluate(&self.context(focus))?, out),
            Instruction::Copy { sets, body } => self.copy(sets, body, focus, out),
            Instruction::Literal(literal) => self.literal(literal, focus, out),
            Instruction::ApplyTemplates(apply) => self.apply(apply, focus, out),
            Instruction::CallTemplate { name, parameters } => {
                let arguments = self.arguments(parameters, focus)?;
                self.call_named(name, focus, &arguments, out)
            }
            Instruction::ForEach { select, sorts, body } => {
                let nodes = select.nodes(&self.context(focus))?;
                let nodes = self.sorted(nodes, sorts, focus)?;
                let size = nodes.len();
                for (index, node) in nodes.into_iter().enumerate() {
                    self.run_body(body, &Focus { node, position: index + 1, size }, out)?;
                }
                Ok(())
            }
            Instruction::If { test, body } => {
                if test.evaluate(&self.context(focus))?.to_boolean() {
                    self.run_body(body, focus, out)
                } else {
                    Ok(())
                }
            }
            Instruction::Choose { branches, otherwise } => {
                for (test, body) in branches {
                    if test.evaluate(&self.context(focus))?.to_boolean() {
                        return self.run_body(body, focus, out);
                    }
                }
                self.run_body(otherwise, focus, out)
            }
            Instruction::Variable(variable) => {
                let value = self.value(&variable.value, focus)?;
                self.locals.borrow_mut().push((variable.name.clone(), value));
                Ok(())
            }
            other => self.run_constructor(other, focus, out),
        }
    }

    /// Instructions that make nodes with computed names or content.
    fn run_constructor(&self, instruction: &Instruction, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        match instruction {
            Instruction::Element { name, namespace, scope, sets, body } => {
                let (name, prefix) = self.computed_name(name, namespace.as_ref(), scope, focus, NameOf::Element)?;
                let declared = [(prefix, name.namespace().clone())];
                out.start(name, &declared)?;
                self.attribute_sets(sets, focus, out, 0)?;
                self.run_body(body, focus, out)?;
                out.end();
                Ok(())
            }
            Instruction::Attribute { name, namespace, scope, body } => {
                let (name, prefix) = self.computed_name(name, namespace.as_ref(), scope, focus, NameOf::Attribute)?;
                let value = self.text_of(body, focus)?;
                out.attribute(&name, Some(&prefix), &value)
            }
            Instruction::Comment(body) => {
                let text = self.text_of(body, focus)?;
                out.comment(&text)
            }
            Instruction::Target { name, body } => {
                let (name, data) = (self.avt(name, focus)?, self.text_of(body, focus)?);
                out.instruction(&name, data.trim_start())
            }
            Instruction::Number(numbering) => {
                let text = self.numbered(numbering, focus)?;
                out.text(&text)
            }
            Instruction::Message { body, terminates } => {
                let text = self.text_of(body, focus)?;
                if *terminates { Err(exception(format!("Transform terminated: '{text}'."))) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// The text that a body gives.
    fn text_of(&self, body: &Body, focus: &Focus) -> Result<Text, Exception> {
        let mut fragment = Builder::new();
        self.run_body(body, focus, &mut fragment)?;
        Ok(fragment.finish().value())
    }

    /// The value of an attribute value template.
    pub(super) fn avt(&self, avt: &Avt, focus: &Focus) -> Result<Text, Exception> {
        if let [AvtPart::Text(text)] = avt.0.as_slice() {
            return Ok(text.clone());
        }
        let mut out = String::new();
        for part in &avt.0 {
            match part {
                AvtPart::Text(text) => out.push_str(text),
                AvtPart::Expr(expr) => out.push_str(&expr.evaluate(&self.context(focus))?.to_text()),
            }
        }
        self.budget.take(out.len() / 16)?;
        Ok(Text::from(out))
    }

    fn copy_of(&self, value: &XPathValue, out: &mut Builder) -> Result<(), Exception> {
        match value {
            XPathValue::Nodes(nodes) => {
                for node in nodes {
                    self.pay_copy(node)?;
                    out.copy(node)?;
                }
                Ok(())
            }
            XPathValue::Fragment(fragment) => {
                let root = Item::Node(fragment.clone());
                self.pay_copy(&root)?;
                out.copy(&root)
            }
            other => out.text(&other.to_text()),
        }
    }

    fn pay_copy(&self, item: &Item) -> Result<(), Exception> {
        match item {
            Item::Node(node) => self.budget.take(node.node_count()),
            _ => self.budget.take(1),
        }
    }

    /// `xsl:copy`: the node without attributes and content.
    fn copy(&self, sets: &[XName], body: &Body, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        match &focus.node {
            Item::Node(node) if node.is_element() => {
                let Some(name) = node.name() else { return Ok(()) };
                let namespaces = node.namespaces_in_scope();
                out.start(name, &namespaces)?;
                self.attribute_sets(sets, focus, out, 0)?;
                self.run_body(body, focus, out)?;
                out.end();
                Ok(())
            }
            Item::Node(node) if node.kind() == NodeKind::Document => self.run_body(body, focus, out),
            other => out.copy(other),
        }
    }

    fn literal(&self, literal: &Literal, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        out.start(literal.name.clone(), &literal.namespaces)?;
        self.attribute_sets(&literal.sets, focus, out, 0)?;
        for (name, value) in &literal.attributes {
            let value = self.avt(value, focus)?;
            out.attribute(name, None, &value)?;
        }
        self.run_body(&literal.body, focus, out)?;
        out.end();
        Ok(())
    }

    /// Adds the attributes of sets; sets that use each other end at a depth.
    fn attribute_sets(&self, sets: &[XName], focus: &Focus, out: &mut Builder, depth: usize) -> Result<(), Exception> {
        for name in sets {
            let Some(set) = self.sheet.attribute_sets.get(name) else {
                return Err(exception(format!("A reference to attribute set '{}' cannot be resolved.", name.local())));
            };
            if depth > XSLT_NESTING_MAX {
                return Err(exception(format!(
                    "Circular reference in the definition of the attribute set '{}'.",
                    name.local()
                )));
            }
            self.attribute_sets(&set.uses, focus, out, depth + 1)?;
            self.run_body(&set.body, focus, out)?;
        }
        Ok(())
    }

    fn apply(&self, apply: &Apply, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        let nodes = match (&apply.select, &focus.node) {
            (Some(select), _) => select.nodes(&self.context(focus))?,
            (None, Item::Node(node)) => children(node).into_iter().map(Item::Node).collect(),
            (None, _) => Vec::new(),
        };
        let nodes = self.sorted(nodes, &apply.sorts, focus)?;
        let arguments = self.arguments(&apply.parameters, focus)?;
        self.apply_to(nodes, apply.mode.as_ref(), &arguments, out)
    }

    /// The name that `xsl:element` or `xsl:attribute` computes, and its prefix.
    fn computed_name(
        &self,
        name: &Avt,
        namespace: Option<&Avt>,
        scope: &Scope,
        focus: &Focus,
        of: NameOf,
    ) -> Result<(XName, Text), Exception> {
        let written = self.avt(name, focus)?;
        let (prefix, local) = written.split_once(':').unwrap_or(("", &written));
        let in_scope = |prefix: &str| scope.iter().find(|(known, _)| known == prefix).map(|(_, uri)| uri.clone());
        let uri = match namespace {
            Some(namespace) => self.avt(namespace, focus)?,
            None if prefix == "xml" => Text::new_static(super::super::super::name::XML_NAMESPACE),
            None if prefix.is_empty() && of == NameOf::Attribute => Text::default(),
            None if prefix.is_empty() => in_scope("").unwrap_or_default(),
            None => in_scope(prefix).ok_or_else(|| exception(format!("Prefix '{prefix}' is not defined.")))?,
        };
        let prefix = if of == NameOf::Attribute && prefix.is_empty() && !uri.is_empty() { "ns0" } else { prefix };
        Ok((XName::new(&uri, local).map_err(|error| exception(error.message))?, Text::new(prefix)))
    }

    fn numbered(&self, numbering: &Numbering, focus: &Focus) -> Result<String, Exception> {
        let numbers = numbering.numbers(&self.context(focus))?;
        let format = match &numbering.format {
            Some(format) => self.avt(format, focus)?,
            None => Text::new_static("1"),
        };
        let grouping = match (&numbering.grouping_separator, &numbering.grouping_size) {
            (Some(separator), Some(size)) => {
                let separator = self.avt(separator, focus)?.chars().next();
                let size = self.avt(size, focus)?.trim().parse().ok();
                separator.zip(size)
            }
            _ => None,
        };
        Ok(number::format(&numbers, &format, grouping))
    }
}

/// What a name is for: attributes without a prefix are in no namespace.
#[derive(Clone, Copy, PartialEq, Eq)]
enum NameOf {
    Element,
    Attribute,
}
