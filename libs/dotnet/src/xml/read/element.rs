//! Tags, attributes and namespaces.

use super::super::attribute::XAttribute;
use super::super::chars;
use super::super::limits::{ATTRIBUTES_MAX, NAMESPACES_MAX};
use super::super::name::{XML_NAMESPACE, XMLNS_NAMESPACE, XName};
use super::super::node::{Data, XNode};
use super::{FIRST_SCOPE, Open, Reader, error};
use crate::{Exception, Text};

/// A name as written: where it starts, and its parts.
#[derive(Clone, Copy)]
struct Qualified<'t> {
    start: usize,
    prefix: &'t str,
    local: &'t str,
}

/// An attribute before its prefix is resolved.
struct Raw<'t> {
    name: Qualified<'t>,
    /// Where its value starts, with the quote.
    value_start: usize,
    value: String,
}

impl<'t> Reader<'t> {
    /// A name that stands at the current position.
    fn qualified(&mut self) -> Result<Qualified<'t>, Exception> {
        let start = self.position;
        let first = self.nc_name(start)?;
        if !self.sees(":") {
            return Ok(Qualified { start, prefix: "", local: first });
        }
        self.position += 1;
        let local = self.nc_name(self.position)?;
        if self.sees(":") {
            return self.fail("The ':' character, hexadecimal value 0x3A, cannot be included in a name.");
        }
        Ok(Qualified { start, prefix: first, local })
    }

    fn nc_name(&mut self, start: usize) -> Result<&'t str, Exception> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return self.fail("Unexpected end of file while parsing Name has occurred.");
        };
        if !chars::is_name_start(first) {
            let shown = chars::describe(first);
            let (shown, code) = shown.rsplit_once(", ").unwrap_or_default();
            return self.fail(format!("Name cannot begin with the {shown} character, {code}."));
        }
        let length = rest.find(|c| !chars::is_name(c)).unwrap_or(rest.len());
        self.position = start + length;
        Ok(rest.get(..length).unwrap_or_default())
    }

    /// `<name attributes>` or `<name attributes/>`
    pub(super) fn start_tag(&mut self) -> Result<(), Exception> {
        self.flush()?;
        self.position += 1;
        let name = self.qualified()?;
        let name_end = self.position;
        let scope = self.scope.len();
        let attributes = self.attributes()?;
        self.declare(&attributes)?;
        self.place(name.start);
        for attribute in &attributes {
            self.place(attribute.name.start);
        }
        let namespace = self.namespace(name.prefix, name.start)?;
        let node = self.add(Data::element(XName::trusted(namespace, Text::new(name.local))))?;
        let inherited = self.open.last().is_some_and(|open| open.preserve);
        let preserve = self.add_attributes(&node, attributes)?.unwrap_or(inherited);
        if self.sees("/>") {
            self.position += 2;
            self.scope.truncate(scope);
        } else {
            self.position += 1;
            self.open.push(Open { node, name: (name.start, name_end), scope, preserve });
        }
        Ok(())
    }

    /// Attributes up to `>` or `/>`, which is left standing.
    fn attributes(&mut self) -> Result<Vec<Raw<'t>>, Exception> {
        let mut attributes = Vec::new();
        let mut first = true;
        loop {
            let space = self.skip_space();
            if self.sees(">") || self.sees("/>") {
                return Ok(attributes);
            }
            let Some(next) = self.peek() else {
                if first {
                    return self.fail("Unexpected end of file while parsing Name has occurred.");
                }
                return self.fail("Unexpected end of file has occurred.");
            };
            if next == '/' {
                self.position += 1;
                let found = self.peek().map(String::from);
                return match found {
                    Some(c) => self.fail(format!("'{c}' is an unexpected token. The expected token is '>'.")),
                    None => self.fail("Unexpected end of file has occurred."),
                };
            }
            if space == 0 {
                if first {
                    let shown = chars::describe(next);
                    let (shown, code) = shown.rsplit_once(", ").unwrap_or_default();
                    return self.fail(format!("The {shown} character, {code}, cannot be included in a name."));
                }
                return self.fail(format!("'{next}' is an unexpected token. Expecting white space."));
            }
            first = false;
            self.count()?;
            if attributes.len() == ATTRIBUTES_MAX {
                return self.fail(format!("An element has more than {ATTRIBUTES_MAX} attributes."));
            }
            attributes.push(self.attribute()?);
        }
    }

    fn attribute(&mut self) -> Result<Raw<'t>, Exception> {
        let name = self.qualified()?;
        self.skip_space();
        match self.peek() {
            Some('=') => self.position += 1,
            None => return self.fail("Unexpected end of file while parsing Name has occurred."),
            Some(c) => return self.fail(format!("'{c}' is an unexpected token. The expected token is '='.")),
        }
        self.skip_space();
        let value_start = self.position;
        let quote = match self.peek() {
            Some(quote @ ('"' | '\'')) => quote,
            None => return self.fail("Unexpected end of file has occurred."),
            Some(c) => {
                return self.fail(format!("'{c}' is an unexpected token. The expected token is '\"' or '''."));
            }
        };
        self.position += 1;
        let value = self.attribute_value(quote)?;
        Ok(Raw { name, value_start, value })
    }

    /// The value up to and including its closing quote.
    fn attribute_value(&mut self, quote: char) -> Result<String, Exception> {
        let mut value = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .find(|c: char| c == quote || matches!(c, '&' | '<' | '\t' | '\n' | '\r') || !chars::is_xml(c))
                .unwrap_or(rest.len());
            value.push_str(rest.get(..plain).unwrap_or_default());
            self.position += plain;
            match self.peek() {
                None => return self.fail("There is an unclosed literal string."),
                Some(c) if c == quote => {
                    self.position += 1;
                    return Ok(value);
                }
                Some('&') => value.push_str(&self.reference()?),
                Some('\r') => {
                    self.position += if self.sees("\r\n") { 2 } else { 1 };
                    value.push(' ');
                }
                Some('\t' | '\n') => {
                    self.position += 1;
                    value.push(' ');
                }
                Some(c) if c == '<' => {
                    return self.fail(format!("{}, is an invalid attribute character.", chars::describe(c)));
                }
                Some(c) => return self.fail(format!("{}, is an invalid character.", chars::describe(c))),
            }
        }
    }

    /// Takes the namespace declarations among attributes into scope.
    fn declare(&mut self, attributes: &[Raw<'t>]) -> Result<(), Exception> {
        for attribute in attributes {
            let Qualified { start, prefix, local } = attribute.name;
            let declared = match (prefix, local) {
                ("", "xmlns") => "",
                ("xmlns", local) => local,
                _ => continue,
            };
            let namespace = attribute.value.as_str();
            if declared == "xml" && namespace != XML_NAMESPACE {
                let message = format!(
                    "Prefix \"xml\" is reserved for use by XML and can be mapped only to namespace name \"{XML_NAMESPACE}\"."
                );
                return self.fail_at(start, message);
            }
            if declared == "xmlns" {
                return self.fail_at(start, "Prefix \"xmlns\" is reserved for use by XML.");
            }
            if namespace == XMLNS_NAMESPACE || declared != "xml" && namespace == XML_NAMESPACE {
                let message = format!(
                    "Prefix '{declared}' cannot be mapped to namespace name reserved for \"xml\" or \"xmlns\"."
                );
                return self.fail_at(attribute.value_start + 1, message);
            }
            if namespace.is_empty() && !declared.is_empty() {
                return self.fail_at(attribute.value_start, "Invalid namespace declaration.");
            }
            if self.scope.len() == FIRST_SCOPE.len() + NAMESPACES_MAX {
                return self.fail_at(start, format!("More than {NAMESPACES_MAX} namespace declarations are in scope."));
            }
            self.scope.push((Text::new(declared), Text::new(namespace)));
        }
        Ok(())
    }

    /// The namespace of a prefix that stands at an offset.
    fn namespace(&self, prefix: &str, offset: usize) -> Result<Text, Exception> {
        if prefix == "xmlns" {
            return Ok(Text::new_static(XMLNS_NAMESPACE));
        }
        match self.scope.iter().rev().find(|(known, _)| known == prefix) {
            Some((_, namespace)) => Ok(namespace.clone()),
            None => Err(error::at(self.text, offset, format!("'{prefix}' is an undeclared prefix."))),
        }
    }

    /// Adds attributes to an element. Returns what `xml:space` says about its content.
    fn add_attributes(&self, node: &XNode, attributes: Vec<Raw<'t>>) -> Result<Option<bool>, Exception> {
        let mut preserve = None;
        let many = attributes.len() > MANY;
        let mut seen = std::collections::HashSet::new();
        for attribute in attributes {
            let Qualified { start, prefix, local } = attribute.name;
            let namespace = if prefix.is_empty() { Text::default() } else { self.namespace(prefix, start)? };
            if prefix == "xml" && local == "space" {
                preserve = Some(attribute.value == "preserve");
            }
            let name = XName::trusted(namespace, Text::new(local));
            let known = if many { !seen.insert(name.clone()) } else { node.attribute(&name).is_some() };
            if known {
                let written = if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
                return self.fail_at(start, format!("'{written}' is a duplicate attribute name."));
            }
            node.append_attribute(&XAttribute::new(name, attribute.value));
        }
        Ok(preserve)
    }

    /// `</name>`
    pub(super) fn end_tag(&mut self) -> Result<(), Exception> {
        self.flush()?;
        self.position += 2;
        let start = self.position;
        let Some(open) = self.open.last() else { return self.fail("Unexpected end tag.") };
        let expected = self.text.get(open.name.0..open.name.1).unwrap_or_default();
        let (line, position) = (open.name.0, open.scope);
        let rest = self.rest();
        let length = rest.find(|c| !chars::is_name(c) && c != ':').unwrap_or(rest.len());
        let found = rest.get(..length).unwrap_or_default();
        if found != expected || rest.len() == length {
            if rest.len() == length {
                return self.unclosed();
            }
            self.qualified()?;
            let (line, column) = error::place(self.text, line);
            let message = format!(
                "The '{expected}' start tag on line {line} position {column} does not match the end tag of '{found}'."
            );
            return self.fail_at(start, message);
        }
        self.place(start);
        self.position += length;
        self.skip_space();
        match self.peek() {
            Some('>') => self.position += 1,
            None => return self.unclosed(),
            Some(c) => return self.fail(format!("'{c}' is an unexpected token. The expected token is '>'.")),
        }
        self.scope.truncate(position);
        if let Some(open) = self.open.pop() {
            // Content that was dropped white space is still content: `<a> </a>` is written as `<a></a>`.
            open.node.mark_not_empty();
        }
        Ok(())
    }
}

/// From how many attributes on duplicates are looked up in a set.
const MANY: usize = 16;
