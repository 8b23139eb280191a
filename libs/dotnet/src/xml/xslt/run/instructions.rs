//! Running bodies.

use std::future::Future;
use std::pin::Pin;

use super::super::super::limits::XSLT_NESTING_MAX;
use super::super::super::name::XName;
use super::super::super::node::NodeKind;
use super::super::super::xpath::{Item, XPathValue};
use super::super::exception;
use super::super::number::{self, Numbering};
use super::super::sheet::{Apply, Avt, AvtPart, Body, Instruction, Literal, Scope};
use super::builder::COMPARED_PER_STEP;
use super::{Builder, Focus, Transformer};
use crate::{Exception, Text};

/// A body that is being run.
pub(super) type Running<'r> = Pin<Box<dyn Future<Output = Result<(), Exception>> + 'r>>;

impl Transformer<'_> {
    /// Runs instructions; the variables they declare end with them.
    pub(super) fn run_body<'r>(&'r self, body: &'r Body, focus: &'r Focus, out: &'r mut Builder) -> Running<'r> {
        Box::pin(self.run_all(body, focus, out))
    }

    async fn run_all(&self, body: &Body, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        let mark = self.locals.borrow().len();
        for instruction in body {
            self.budget.take(1)?;
            self.budget.pause().await;
            self.run_one(instruction, focus, out).await?;
        }
        self.locals.borrow_mut().truncate(mark);
        Ok(())
    }

    async fn run_one(&self, instruction: &Instruction, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        match instruction {
            Instruction::Text { text, raw: false } => out.text(text),
            Instruction::Text { text, raw: true } => out.raw(text),
            Instruction::ValueOf { select, raw } => {
                let value = select.evaluate(&self.context(focus)).await?.read(&self.budget).await?;
                self.budget.take(value.len() / 16)?;
                if *raw { out.raw(&value) } else { out.text(&value) }
            }
            Instruction::CopyOf(select) => {
                let value = select.evaluate(&self.context(focus)).await?;
                self.copy_of(value, out).await
            }
            Instruction::Copy { sets, body } => self.copy(sets, body, focus, out).await,
            Instruction::Literal(literal) => self.literal(literal, focus, out).await,
            Instruction::ApplyTemplates(apply) => self.apply(apply, focus, out).await,
            Instruction::CallTemplate { name, parameters } => {
                let arguments = self.arguments(parameters, focus).await?;
                self.call_named(name, focus, &arguments, out).await
            }
            Instruction::ForEach { select, sorts, body } => {
                let nodes = select.nodes(&self.context(focus)).await?;
                let nodes = self.sorted(nodes, sorts, focus).await?;
                let size = nodes.len();
                for (index, node) in nodes.into_iter().enumerate() {
                    self.run_body(body, &Focus { node, position: index + 1, size }, out).await?;
                }
                Ok(())
            }
            Instruction::If { test, body } => {
                if test.evaluate(&self.context(focus)).await?.to_boolean() {
                    self.run_body(body, focus, out).await
                } else {
                    Ok(())
                }
            }
            Instruction::Choose { branches, otherwise } => {
                for (test, body) in branches {
                    if test.evaluate(&self.context(focus)).await?.to_boolean() {
                        return self.run_body(body, focus, out).await;
                    }
                }
                self.run_body(otherwise, focus, out).await
            }
            Instruction::Variable(variable) => {
                let value = self.value(&variable.value, focus).await?;
                self.locals.borrow_mut().push((variable.name.clone(), value));
                Ok(())
            }
            other => self.run_constructor(other, focus, out).await,
        }
    }

    /// Instructions that make nodes with computed names or content.
    async fn run_constructor(
        &self,
        instruction: &Instruction,
        focus: &Focus,
        out: &mut Builder,
    ) -> Result<(), Exception> {
        match instruction {
            Instruction::Element { name, namespace, scope, sets, body } => {
                let (name, prefix) =
                    self.computed_name(name, namespace.as_ref(), scope, focus, NameOf::Element).await?;
                let declared = [(prefix, name.namespace().clone())];
                out.start(name, &declared)?;
                self.attribute_sets(sets, focus, out, 0).await?;
                self.run_body(body, focus, out).await?;
                out.end();
                Ok(())
            }
            Instruction::Attribute { name, namespace, scope, body } => {
                let (name, prefix) =
                    self.computed_name(name, namespace.as_ref(), scope, focus, NameOf::Attribute).await?;
                let value = self.text_of(body, focus).await?;
                out.attribute(&name, Some(&prefix), &value)
            }
            Instruction::Comment(body) => {
                let text = self.text_of(body, focus).await?;
                out.comment(&text)
            }
            Instruction::Target { name, body } => {
                let (name, data) = (self.avt(name, focus).await?, self.text_of(body, focus).await?);
                out.instruction(&name, data.trim_start())
            }
            Instruction::Number(numbering) => {
                let text = self.numbered(numbering, focus).await?;
                out.text(&text)
            }
            Instruction::Message { body, terminates } => {
                let text = self.text_of(body, focus).await?;
                if *terminates { Err(exception(format!("Transform terminated: '{text}'."))) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }

    /// The text that a body gives.
    async fn text_of(&self, body: &Body, focus: &Focus) -> Result<Text, Exception> {
        let mut fragment = Builder::new();
        self.run_body(body, focus, &mut fragment).await?;
        Item::Node(fragment.finish()).read(&self.budget).await
    }

    /// The value of an attribute value template.
    pub(super) async fn avt(&self, avt: &Avt, focus: &Focus) -> Result<Text, Exception> {
        if let [AvtPart::Text(text)] = avt.0.as_slice() {
            return Ok(text.clone());
        }
        let mut out = String::new();
        for part in &avt.0 {
            match part {
                AvtPart::Text(text) => out.push_str(text),
                AvtPart::Expr(expr) => {
                    let value = expr.evaluate(&self.context(focus)).await?;
                    out.push_str(&value.read(&self.budget).await?);
                }
            }
        }
        self.budget.take(out.len() / 16)?;
        Ok(Text::from(out))
    }

    async fn copy_of(&self, value: XPathValue, out: &mut Builder) -> Result<(), Exception> {
        match value {
            XPathValue::Nodes(nodes) => {
                for node in nodes {
                    out.copy(&node, &self.budget).await?;
                }
                Ok(())
            }
            XPathValue::Fragment(fragment) => out.copy(&Item::Node(fragment), &self.budget).await,
            other => out.text(&other.to_text()),
        }
    }

    /// `xsl:copy`: the node without attributes and content.
    async fn copy(&self, sets: &[XName], body: &Body, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        match &focus.node {
            Item::Node(node) if node.is_element() => {
                let Some(name) = node.name() else { return Ok(()) };
                let namespaces = node.namespaces_in_scope();
                // Each is looked for among all of them.
                self.budget.take(namespaces.len().pow(2) / COMPARED_PER_STEP)?;
                self.budget.pause().await;
                out.start(name, &namespaces)?;
                self.attribute_sets(sets, focus, out, 0).await?;
                self.run_body(body, focus, out).await?;
                out.end();
                Ok(())
            }
            Item::Node(node) if node.kind() == NodeKind::Document => self.run_body(body, focus, out).await,
            other => out.copy(other, &self.budget).await,
        }
    }

    async fn literal(&self, literal: &Literal, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        out.start(literal.name.clone(), &literal.namespaces)?;
        self.attribute_sets(&literal.sets, focus, out, 0).await?;
        for (name, value) in &literal.attributes {
            let value = self.avt(value, focus).await?;
            out.attribute(name, None, &value)?;
        }
        self.run_body(&literal.body, focus, out).await?;
        out.end();
        Ok(())
    }

    /// Adds the attributes of sets; sets that use each other end at a depth.
    async fn attribute_sets(
        &self,
        sets: &[XName],
        focus: &Focus,
        out: &mut Builder,
        depth: usize,
    ) -> Result<(), Exception> {
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
            Box::pin(self.attribute_sets(&set.uses, focus, out, depth + 1)).await?;
            self.run_body(&set.body, focus, out).await?;
        }
        Ok(())
    }

    async fn apply(&self, apply: &Apply, focus: &Focus, out: &mut Builder) -> Result<(), Exception> {
        let nodes = match (&apply.select, &focus.node) {
            (Some(select), _) => select.nodes(&self.context(focus)).await?,
            (None, Item::Node(node)) => self.children(node).await?,
            (None, _) => Vec::new(),
        };
        let nodes = self.sorted(nodes, &apply.sorts, focus).await?;
        let arguments = self.arguments(&apply.parameters, focus).await?;
        self.apply_to(nodes, apply.mode.as_ref(), &arguments, out).await
    }

    /// The name that `xsl:element` or `xsl:attribute` computes, and its prefix.
    async fn computed_name(
        &self,
        name: &Avt,
        namespace: Option<&Avt>,
        scope: &Scope,
        focus: &Focus,
        of: NameOf,
    ) -> Result<(XName, Text), Exception> {
        let written = self.avt(name, focus).await?;
        let (prefix, local) = written.split_once(':').unwrap_or(("", &written));
        let in_scope = |prefix: &str| scope.iter().find(|(known, _)| known == prefix).map(|(_, uri)| uri.clone());
        let uri = match namespace {
            Some(namespace) => self.avt(namespace, focus).await?,
            None if prefix == "xml" => Text::new_static(super::super::super::name::XML_NAMESPACE),
            None if prefix.is_empty() && of == NameOf::Attribute => Text::default(),
            None if prefix.is_empty() => in_scope("").unwrap_or_default(),
            None => in_scope(prefix).ok_or_else(|| exception(format!("Prefix '{prefix}' is not defined.")))?,
        };
        let prefix = if of == NameOf::Attribute && prefix.is_empty() && !uri.is_empty() { "ns0" } else { prefix };
        Ok((XName::new(&uri, local).map_err(|error| exception(error.message))?, Text::new(prefix)))
    }

    async fn numbered(&self, numbering: &Numbering, focus: &Focus) -> Result<String, Exception> {
        let numbers = numbering.numbers(&self.context(focus)).await?;
        let format = match &numbering.format {
            Some(format) => self.avt(format, focus).await?,
            None => Text::new_static("1"),
        };
        let grouping = match (&numbering.grouping_separator, &numbering.grouping_size) {
            (Some(separator), Some(size)) => {
                let separator = self.avt(separator, focus).await?.chars().next();
                let size = self.avt(size, focus).await?.trim().parse().ok();
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
