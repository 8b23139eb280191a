//! Templates: which one a node gets, and calling it.

use std::future::Future;
use std::pin::Pin;

use super::super::super::name::XName;
use super::super::super::node::{NodeKind, XNode};
use super::super::super::xpath::{Item, XPathValue, children};
use super::super::exception;
use super::super::sheet::{Binding, Template, Variable};
use super::{Builder, Focus, Global, Transformer};
use crate::{Exception, Text};

/// Parameters of a call with their values.
pub(super) type Arguments = [(XName, XPathValue)];

impl Transformer<'_> {
    /// Applies the best rule to a node, or the built-in one.
    pub(super) async fn apply_rules(
        &self,
        focus: &Focus,
        mode: Option<&XName>,
        arguments: &Arguments,
        out: &mut Builder,
    ) -> Result<(), Exception> {
        let context = self.context(focus);
        for rule in &self.sheet.rules {
            if rule.mode.as_ref() == mode && rule.pattern.matches(&focus.node, &context).await? {
                let Some(template) = self.sheet.templates.get(rule.template) else { continue };
                return self.call(template, focus, arguments, out).await;
            }
        }
        self.built_in(focus, mode, out).await
    }

    async fn built_in(&self, focus: &Focus, mode: Option<&XName>, out: &mut Builder) -> Result<(), Exception> {
        match &focus.node {
            Item::Node(node) if matches!(node.kind(), NodeKind::Element | NodeKind::Document) => {
                self.deeper()?;
                let nodes = self.children(node).await?;
                Box::pin(self.apply_to(nodes, mode, &[], out)).await?;
                self.depth.set(self.depth.get() - 1);
                Ok(())
            }
            Item::Node(node) if node.is_text() => out.text(&focus.node.value()),
            Item::Attribute(attribute) => out.text(&attribute.value()),
            _ => Ok(()),
        }
    }

    /// The children of a node. Boxed as what copies nodes is.
    pub(super) fn children<'r>(
        &'r self,
        node: &'r XNode,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<Item>, Exception>> + 'r>> {
        Box::pin(async move {
            let mut nodes = Vec::with_capacity(node.child_count());
            for child in children(node) {
                self.budget.take(1)?;
                self.budget.pause().await;
                nodes.push(Item::Node(child));
            }
            Ok(nodes)
        })
    }

    pub(super) async fn apply_to(
        &self,
        nodes: Vec<Item>,
        mode: Option<&XName>,
        arguments: &Arguments,
        out: &mut Builder,
    ) -> Result<(), Exception> {
        let size = nodes.len();
        for (index, node) in nodes.into_iter().enumerate() {
            self.budget.take(1)?;
            self.budget.pause().await;
            self.apply_rules(&Focus { node, position: index + 1, size }, mode, arguments, out).await?;
        }
        Ok(())
    }

    /// One call deeper. Who comes back from it takes one off `depth`.
    pub(super) fn deeper(&self) -> Result<(), Exception> {
        let depth = self.depth.get() + 1;
        if depth > self.depth_max {
            self.too_deep.set(true);
            return Err(exception("The templates of the stylesheet call each other too deeply."));
        }
        self.depth.set(depth);
        Ok(())
    }

    /// Runs a template with variables of its own.
    pub(super) async fn call(
        &self,
        template: &Template,
        focus: &Focus,
        arguments: &Arguments,
        out: &mut Builder,
    ) -> Result<(), Exception> {
        self.deeper()?;
        let (base, mark) = (self.base.get(), self.locals.borrow().len());
        self.base.set(mark);
        for parameter in &template.parameters {
            let given = arguments.iter().find(|(name, _)| *name == parameter.name).map(|(_, value)| value.clone());
            let value = match given {
                Some(value) => value,
                None => self.value(&parameter.value, focus).await?,
            };
            self.locals.borrow_mut().push((parameter.name.clone(), value));
        }
        self.run_body(&template.body, focus, out).await?;
        self.locals.borrow_mut().truncate(mark);
        self.base.set(base);
        self.depth.set(self.depth.get() - 1);
        Ok(())
    }

    pub(super) async fn call_named(
        &self,
        name: &XName,
        focus: &Focus,
        arguments: &Arguments,
        out: &mut Builder,
    ) -> Result<(), Exception> {
        let template = self.sheet.named.get(name).and_then(|index| self.sheet.templates.get(*index));
        match template {
            Some(template) => self.call(template, focus, arguments, out).await,
            None => Err(exception(format!("The named template '{}' does not exist.", name.local()))),
        }
    }

    /// The values of `xsl:with-param`s.
    pub(super) async fn arguments(
        &self,
        parameters: &[Variable],
        focus: &Focus,
    ) -> Result<Vec<(XName, XPathValue)>, Exception> {
        let mut arguments = Vec::with_capacity(parameters.len());
        for parameter in parameters {
            arguments.push((parameter.name.clone(), self.value(&parameter.value, focus).await?));
        }
        Ok(arguments)
    }

    /// The value of a variable.
    pub(super) async fn value(&self, binding: &Binding, focus: &Focus) -> Result<XPathValue, Exception> {
        match binding {
            Binding::Empty => Ok(XPathValue::Text(Text::default())),
            Binding::Select(select) => select.evaluate(&self.context(focus)).await,
            Binding::Body(body) => {
                let mut fragment = Builder::new();
                self.run_body(body, focus, &mut fragment).await?;
                Ok(XPathValue::Fragment(fragment.finish()))
            }
        }
    }

    /// The value of a global variable or parameter that was computed; it is when it is first asked for.
    pub(super) fn global(&self, name: &XName) -> Option<Result<XPathValue, Exception>> {
        match self.globals.borrow().get(name)? {
            Global::Value(value) => Some(Ok(value.clone())),
            Global::Pending => {
                let message = format!("Circular reference in the definition of the variable '{}'.", name.local());
                Some(Err(exception(message)))
            }
        }
    }

    /// Computes the value of a global variable or parameter.
    pub(super) async fn compute_global(&self, variable: &Variable) -> Result<XPathValue, Exception> {
        let name = &variable.name;
        self.globals.borrow_mut().insert(name.clone(), Global::Pending);
        let given = self.parameters.iter().find(|(given, _)| variable.is_parameter && name.is_plain(given));
        let value = match given {
            Some((_, value)) => XPathValue::Text(Text::new(value)),
            None => {
                let focus = Focus { node: self.source.clone(), position: 1, size: 1 };
                // Global variables see no local ones. One that needs the next is as deep as a call.
                self.deeper()?;
                let base = self.base.replace(self.locals.borrow().len());
                let value = self.value(&variable.value, &focus).await;
                self.base.set(base);
                self.depth.set(self.depth.get() - 1);
                value?
            }
        };
        self.globals.borrow_mut().insert(name.clone(), Global::Value(value.clone()));
        Ok(value)
    }
}
