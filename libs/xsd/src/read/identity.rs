//! Identity constraints: `key`, `unique` and `keyref` with their paths.

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::{Kind, Read, Reader, Spot, Wrong};
use crate::component::{Constraint, ConstraintKind};
use crate::validate::identity::{Path, Test};

impl Reader<'_> {
    pub(super) fn constraint(&mut self, spot: Spot) -> Read<()> {
        let name = self.target_name(spot)?;
        let kind = match self.local(spot) {
            "key" => ConstraintKind::Key,
            "unique" => ConstraintKind::Unique,
            _ => match self.reference(spot, "refer")? {
                Some(refer) => ConstraintKind::KeyRef(refer),
                None => return self.fail(spot, "The required attribute 'refer' is missing."),
            },
        };
        // A document may come in by several ways.
        match self.globals.get(&(Kind::Constraint, name.clone())) {
            Some(known) if !self.documents_are_same(*known, spot) => {
                let shown = crate::validate::message::qualified(&name);
                return self.fail(spot, format!("The identity constraint '{shown}' has already been declared."));
            }
            _ => {
                self.globals.insert((Kind::Constraint, name.clone()), spot);
            }
        }
        let mut selector = Vec::new();
        let mut fields = Vec::new();
        for child in self.children(spot) {
            let text = self.attribute(child, "xpath").unwrap_or_default();
            match self.local(child) {
                "selector" if selector.is_empty() && fields.is_empty() => selector = self.paths(child, &text, false)?,
                "field" => fields.push((text.clone(), self.paths(child, &text, true)?)),
                _ => {
                    self.unsupported(child);
                    return Err(Wrong);
                }
            }
        }
        if selector.is_empty() || fields.is_empty() {
            return self.fail(spot, "An identity constraint must have a selector and a field.");
        }
        self.constraints.push(Constraint { name, kind, refer: None, selector, fields });
        self.constraint_spots.push(spot);
        Ok(())
    }

    /// The subset of XPath of XML Schema part 1, section 3.11.6.
    fn paths(&mut self, spot: Spot, text: &str, is_field: bool) -> Read<Vec<Path>> {
        let mut paths = Vec::new();
        for alternative in text.split('|') {
            match self.path(spot, alternative.trim(), is_field)? {
                Some(path) => paths.push(path),
                None if !is_field && alternative.contains('@') => {
                    let message = format!(
                        "'{text}' is an invalid XPath for selector. Selector cannot have an XPath selection with an attribute node."
                    );
                    return self.fail(spot, message);
                }
                None => return self.fail(spot, format!("'{text}' is an invalid XPath for selector or field.")),
            }
        }
        Ok(paths)
    }

    fn path(&mut self, spot: Spot, text: &str, is_field: bool) -> Read<Option<Path>> {
        let compact: String = text.split_ascii_whitespace().collect();
        let (anywhere, rest) = match compact.strip_prefix(".//") {
            Some(rest) => (true, rest),
            None => (false, compact.as_str()),
        };
        let mut path = Path { anywhere, steps: Vec::new(), attribute: None };
        if rest.is_empty() {
            return Ok(None);
        }
        for step in rest.split('/') {
            if path.attribute.is_some() || step.is_empty() {
                return Ok(None);
            }
            let attribute = step.strip_prefix('@').or_else(|| step.strip_prefix("attribute::"));
            let name = attribute.or_else(|| step.strip_prefix("child::")).unwrap_or(step);
            if name == "." && attribute.is_none() {
                continue;
            }
            let Some(test) = self.name_test(spot, name)? else { return Ok(None) };
            match attribute {
                Some(_) if is_field => path.attribute = Some(test),
                Some(_) => return Ok(None),
                None => path.steps.push(test),
            }
        }
        Ok(Some(path))
    }

    fn name_test(&mut self, spot: Spot, text: &str) -> Read<Option<Test>> {
        if text == "*" {
            return Ok(Some(Test::Any));
        }
        // Names without a prefix have no namespace here.
        let (prefix, local) = text.split_once(':').unwrap_or(("", text));
        let namespace = if prefix.is_empty() {
            Text::default()
        } else {
            match self.document(spot.schema).and_then(|document| document.namespace(spot.node, prefix)) {
                Some(namespace) => namespace,
                None => return self.fail(spot, format!("Namespace prefix '{prefix}' is not defined.")),
            }
        };
        if local == "*" {
            return Ok(Some(Test::Namespace(namespace)));
        }
        Ok(XName::new(&namespace, local).ok().map(Test::Name))
    }
}
