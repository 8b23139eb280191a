//! Content that is not read as elements: stylesheets, and message bodies with any markup.

use super::entity;
use super::parse::{Reader, STYLESHEET, Stop};
use super::tree::{Element, Value};
use super::words::{closes, expression_form, starts_markup};

/// How a message body is written.
pub(super) enum Body {
    /// As it is: it has been read.
    Raw,
    /// As an expression, CDATA or a `<value>`, which reads like any other content.
    Ordinary,
    /// Without a closing tag, as has been reported.
    Endless,
}

impl Reader<'_, '_, '_> {
    /// The rest of a stylesheet that begins at `start`.
    pub(super) fn stylesheet(&mut self, element: Element, start: usize) -> Result<Element, Stop> {
        let content = self.position;
        loop {
            let Some(length) = self.rest().find('<') else {
                self.never_closed(&element, content)?;
                return Ok(element);
            };
            self.position += length;
            if self.at("<!--") {
                self.comment()?;
            } else if self.at("<![CDATA[") {
                self.skip_past("<![CDATA[", "]]>", "cdata-not-closed", "`<![CDATA[` is never closed with `]]>`")?;
            } else if closes(self.rest(), &element.name) {
                break;
            } else {
                self.position += 1;
            }
        }
        self.close(&element)?;
        Ok(self.as_written(element, start))
    }

    /// The stylesheet that begins at `start` and has just been read.
    pub(super) fn as_written(&self, mut element: Element, start: usize) -> Element {
        let text = self.text.get(start..self.position).unwrap_or_default();
        element.text = Value::literal(text.to_owned(), element.offset);
        element.name = STYLESHEET.to_owned();
        element.attributes.clear();
        element
    }

    /// The content of a message body element, up to its closing tag.
    pub(super) fn raw_content(&mut self, element: &mut Element) -> Result<Body, Stop> {
        let start = self.position;
        let mut probe = self.rest().trim_start();
        while let Some(comment) = probe.strip_prefix("<!--") {
            let Some(end) = comment.find("-->") else { break };
            probe = comment[end + 3..].trim_start();
        }
        if expression_form(probe).is_some()
            || ["<![CDATA[", "<value>", "</"].iter().any(|other| probe.starts_with(other))
        {
            return Ok(Body::Ordinary);
        }
        let mut text = String::new();
        let mut has_markup = false;
        loop {
            let rest = self.rest();
            let Some(length) = rest.find('<') else {
                self.never_closed(element, start)?;
                return Ok(Body::Endless);
            };
            text.push_str(&entity::decode(&rest[..length]));
            self.position += length;
            if self.at("<!--") {
                self.comment()?;
            } else if self.at("<![CDATA[") {
                let message = "`<![CDATA[` is never closed with `]]>`";
                text.push_str(self.skip_past("<![CDATA[", "]]>", "cdata-not-closed", message)?);
            } else if closes(self.rest(), &element.name) {
                break;
            } else {
                has_markup |= starts_markup(self.rest());
                text.push('<');
                self.position += 1;
            }
        }
        // Markup is the body as written; text is text, with references and CDATA resolved, as an XML reader gives it.
        element.text.text = if has_markup { self.text[start..self.position].to_owned() } else { text };
        Ok(Body::Raw)
    }
}
