//! The functions that XSLT adds to XPath, and its variables.

use std::collections::HashMap;
use std::rc::Rc;

use super::super::super::name::XName;
use super::super::super::xpath::{Context, Environment, Evaluating, Item, XPathValue, is_same};
use super::super::exception;
use super::super::pattern::key_values;
use super::{KeyIndex, Transformer};
use crate::{Exception, Text};

/// Steps for a node of a key that is freed.
const FREED_STEPS: u64 = 4;

/// Namespaces of `node-set()`.
const NODE_SET_NAMESPACES: [&str; 2] = ["urn:schemas-microsoft-com:xslt", "http://exslt.org/common"];

/// The functions there are, for `function-available()`.
const FUNCTIONS: [&str; 10] = [
    "current",
    "document",
    "element-available",
    "format-number",
    "function-available",
    "generate-id",
    "key",
    "system-property",
    "unparsed-entity-uri",
    "node-set",
];

impl Environment for Transformer<'_> {
    fn variable(&self, name: &XName) -> Option<Result<XPathValue, Exception>> {
        let locals = self.locals.borrow();
        let own = locals.get(self.base.get()..).unwrap_or_default();
        let found = own.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        drop(locals);
        match found {
            Some(value) => Some(Ok(value)),
            None => self.global(name),
        }
    }

    fn pending_variable<'e>(&'e self, name: &'e XName) -> Option<Evaluating<'e>> {
        let variable = self.sheet.globals.iter().find(|variable| variable.name == *name)?;
        Some(Box::pin(self.compute_global(variable)))
    }

    fn long_function<'e>(
        &'e self,
        name: &'e XName,
        arguments: &'e [XPathValue],
        context: &'e Context<'e>,
    ) -> Option<Evaluating<'e>> {
        if !name.is_plain("key") {
            return None;
        }
        Some(Box::pin(async move {
            let key = arguments.first().map(XPathValue::to_text).unwrap_or_default();
            self.key(&key, arguments.get(1), context).await.map(XPathValue::Nodes)
        }))
    }

    fn function(
        &self,
        name: &XName,
        arguments: &[XPathValue],
        context: &Context<'_>,
    ) -> Result<Option<XPathValue>, Exception> {
        let namespace = name.namespace().as_str();
        if NODE_SET_NAMESPACES.contains(&namespace) && name.local() == "node-set" {
            return Ok(arguments.first().map(node_set));
        }
        if !namespace.is_empty() {
            return Ok(None);
        }
        let text = |index: usize| arguments.get(index).map(XPathValue::to_text).unwrap_or_default();
        Ok(Some(match name.local().as_str() {
            "current" => XPathValue::Nodes(vec![context.current.clone()]),
            "generate-id" => {
                let item = match arguments.first() {
                    Some(XPathValue::Nodes(nodes)) => nodes.first().cloned(),
                    Some(_) => None,
                    None => Some(context.node.clone()),
                };
                XPathValue::Text(item.map(|item| id(&item)).unwrap_or_default())
            }
            "format-number" => {
                let format_name = XName::trusted(Text::default(), text(2));
                let formats = &self.sheet.decimal_formats;
                let number = arguments.first().map_or(f64::NAN, XPathValue::to_number);
                let formatted = match formats.get(&format_name) {
                    Some(format) => format.format(number, &text(1))?,
                    None if arguments.len() < 3 => {
                        super::super::format_number::DecimalFormat::default().format(number, &text(1))?
                    }
                    None => return Err(exception(format!("Decimal format '{}' is not defined.", text(2)))),
                };
                XPathValue::Text(Text::from(formatted))
            }
            "system-property" => XPathValue::Text(Text::new_static(match text(0).rsplit(':').next() {
                Some("version") => "1",
                Some("vendor") => "Microsoft",
                Some("vendor-url") => "http://www.microsoft.com",
                _ => "",
            })),
            "element-available" => XPathValue::Boolean(text(0).starts_with("xsl:")),
            "function-available" => {
                let local = text(0);
                let local = local.rsplit(':').next().unwrap_or_default();
                XPathValue::Boolean(FUNCTIONS.contains(&local) || super::super::super::xpath::is_core_function(local))
            }
            "unparsed-entity-uri" => XPathValue::Text(Text::default()),
            "document" => {
                return Err(exception(
                    "Execution of the 'document()' function was prohibited. Use the XsltSettings.EnableDocumentFunction property to \
                     enable it.",
                ));
            }
            _ => return Ok(None),
        }))
    }
}

fn node_set(value: &XPathValue) -> XPathValue {
    match value {
        XPathValue::Fragment(node) => XPathValue::Nodes(vec![Item::Node(node.clone())]),
        other => other.clone(),
    }
}

/// A name that is the same for the same node: its place in the document.
fn id(item: &Item) -> Text {
    let (node, suffix) = match item {
        Item::Node(node) => (Some(node.clone()), String::new()),
        Item::Attribute(attribute) => {
            let parent = attribute.parent();
            let index =
                parent.as_ref().and_then(|parent| parent.attributes().iter().position(|other| other.is(attribute)));
            (parent, format!("A{}", index.unwrap_or_default()))
        }
        Item::Namespace { element, prefix, .. } => (Some(element.clone()), format!("N{prefix}")),
    };
    let path = node.map(|node| node.document_position()).unwrap_or_default();
    let places: Vec<String> = path.iter().map(usize::to_string).collect();
    Text::from(format!("id{}{suffix}", places.join("_")))
}

impl Transformer<'_> {
    /// `key(name, value)`
    async fn key(&self, name: &str, value: Option<&XPathValue>, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
        let local = name.rsplit(':').next().unwrap_or(name);
        let key_name = self.sheet.keys.iter().map(|key| &key.name).find(|known| known.local() == local);
        let Some(key_name) = key_name.cloned() else {
            return Err(exception(format!(
                "A reference to key '{name}' cannot be resolved. An 'xsl:key' of this name must be declared."
            )));
        };
        let index = self.key_index(&key_name, context).await?;
        let wanted = match value {
            Some(value) => key_values(value, &self.budget).await?,
            None => Vec::new(),
        };
        let count = wanted.iter().filter_map(|value| index.get(value)).map(Vec::len).sum();
        let mut found = Vec::with_capacity(count);
        let in_order = wanted.len() == 1;
        for item in wanted.iter().filter_map(|value| index.get(value)).flatten() {
            self.budget.take(1)?;
            self.budget.pause().await;
            found.push(item.clone());
        }
        // Those of one value are in the order in which they were found.
        if in_order { Ok(found) } else { super::super::super::xpath::in_order(found, &self.budget).await }
    }

    /// All nodes of a key by value in document order, found once per transformation.
    async fn key_index(&self, name: &XName, context: &Context<'_>) -> Result<KeyIndex, Exception> {
        match self.keys.borrow().get(name) {
            Some(Some(index)) => return Ok(Rc::clone(index)),
            Some(None) => {
                let message = format!("Circular reference in the definition of the key '{}'.", name.local());
                return Err(exception(message));
            }
            None => {}
        }
        let mut index: HashMap<Text, Vec<Item>> = HashMap::new();
        let Item::Node(document) = &self.source else { return Ok(Rc::new(index)) };
        self.keys.borrow_mut().insert(name.clone(), None);
        self.deeper()?;
        let mut current = document.first_node();
        while let Some(node) = current {
            let attributes = node.attributes().into_iter().map(Item::Attribute);
            for item in std::iter::once(Item::Node(node.clone())).chain(attributes) {
                self.budget.take(1)?;
                self.budget.pause().await;
                self.add_to_index(&mut index, name, &item, context).await?;
            }
            current = node.following(document, true);
        }
        self.depth.set(self.depth.get() - 1);
        let index = Rc::new(index);
        self.keys.borrow_mut().insert(name.clone(), Some(Rc::clone(&index)));
        Ok(index)
    }

    async fn add_to_index(
        &self,
        index: &mut HashMap<Text, Vec<Item>>,
        name: &XName,
        item: &Item,
        context: &Context<'_>,
    ) -> Result<(), Exception> {
        for key in self.sheet.keys.iter().filter(|key| key.name == *name) {
            for pattern in &key.patterns {
                if pattern.matches(item, context).await? {
                    let value = key.value.evaluate(&context.at(item.clone(), 1, 1)).await?;
                    for value in key_values(&value, &self.budget).await? {
                        let items = index.entry(value).or_default();
                        if !items.last().is_some_and(|last| is_same(last, item)) {
                            items.push(item.clone());
                        }
                    }
                    break;
                }
            }
        }
        Ok(())
    }

    /// Frees what was found by keys, in pieces.
    pub(super) async fn discard_keys(&self) {
        let indexes = self.keys.take();
        for index in indexes.into_values().flatten().filter_map(Rc::into_inner) {
            for item in index.into_values().flatten() {
                drop(item);
                self.budget.pace().take(FREED_STEPS).await;
            }
        }
    }
}
