//! The reader itself: one pass over the text, recursion per element level.

use std::ops::Range;

use super::body::Body;
use super::expression::{self, Encoding, Extent};
use super::tree::{Element, Form, Value};
use super::words::{expression_form, first_word, is_name_char, starts_markup, starts_tag};
use super::{entity, expression::Unbalanced};
use crate::diagnostic::{Findings, quote};
use crate::limits;

/// Reads the root element. `None`: syntax errors have been reported.
pub(crate) fn read(text: &str, findings: &mut Findings<'_>) -> Option<Element> {
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let message = format!("the document has {} bytes; {} are allowed", text.len(), limits::DOCUMENT_BYTES_MAX);
        findings.error(0, "document-too-large", message);
        return None;
    }
    let mut reader = Reader {
        text,
        position: 0,
        elements: 0,
        findings,
        faults: 0,
        is_tag_faulty: false,
        is_slash_apart: false,
        open: Vec::new(),
        given_up: Vec::new(),
    };
    let root = reader.document().ok();
    root.filter(|_| reader.faults == 0)
}

/// Reading has stopped; the reason has been reported.
pub(super) struct Stop;

pub(super) struct Reader<'t, 'f, 'l> {
    pub(super) text: &'t str,
    pub(super) position: usize,
    elements: usize,
    pub(super) findings: &'f mut Findings<'l>,
    /// Syntax errors so far: there will be no tree, but what follows is read for further ones.
    pub(super) faults: usize,
    /// The tag being read has a syntax error: further ones in it may come from that.
    pub(super) is_tag_faulty: bool,
    /// It ends with `/ >`, which has been reported.
    pub(super) is_slash_apart: bool,
    /// Names of the elements around the current position.
    pub(super) open: Vec<&'t str>,
    /// Names of elements that were taken as ended before their closing tags, which may still come.
    pub(super) given_up: Vec<&'t str>,
}

/// A value that begins like an expression.
pub(super) enum Found {
    /// It is one; and the length of the text from where reading goes on.
    Code(Value, usize),
    /// It is part of a text.
    Text,
    /// It does not end.
    Broken(Unbalanced),
}

/// Elements whose literal content is a message body: anything may stand in it, also markup.
const RAW_CONTENT: &str = "set-body";
/// The name under which a stylesheet is given, whatever its prefix: the element as it is written, for an XML reader of its own.
pub(crate) const STYLESHEET: &str = "xsl:stylesheet";

fn is_stylesheet(name: &str) -> bool {
    name.ends_with(":stylesheet") || name.ends_with(":transform")
}

impl<'t> Reader<'t, '_, '_> {
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or("")
    }

    pub(super) fn at(&self, prefix: &str) -> bool {
        self.rest().starts_with(prefix)
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    pub(super) fn stop<T>(&mut self, offset: usize, code: &'static str, message: impl Into<String>) -> Result<T, Stop> {
        self.findings.error(offset as u32, code, message);
        Err(Stop)
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    pub(super) fn offset(&self) -> u32 {
        self.position as u32
    }

    pub(super) fn skip_space(&mut self) {
        self.position += self.rest().len() - self.rest().trim_start().len();
    }

    fn document(&mut self) -> Result<Element, Stop> {
        if self.at("\u{feff}") {
            self.position += '\u{feff}'.len_utf8();
        }
        self.skip_between()?;
        if !self.at("<") {
            let found = if self.rest().is_empty() { "nothing".to_owned() } else { quote(first_word(self.rest())) };
            return self.stop(
                self.position,
                "root-missing",
                format!("expected `<policies>` or `<fragment>`, found {found}"),
            );
        }
        let root = self.element(0)?;
        self.skip_between()?;
        while self.at("</") && self.skip_given_up() {
            self.skip_between()?;
        }
        if !self.rest().is_empty() {
            let message = format!("expected the end of the document, found {}", quote(first_word(self.rest())));
            return self.stop(self.position, "content-after-root", message);
        }
        Ok(root)
    }

    /// White space, comments and processing instructions around the root element.
    fn skip_between(&mut self) -> Result<(), Stop> {
        loop {
            self.skip_space();
            if self.at("<!--") {
                self.comment()?;
            } else if self.at("<?") {
                self.instruction()?;
            } else if self.at("<!") {
                self.fault(self.position, "doctype", "a document type declaration is not allowed")?;
                let end = if self.rest().split('>').next().unwrap_or_default().contains('[') { "]>" } else { ">" };
                self.skip_past("<!", end, "doctype", "the document type declaration never ends")?;
            } else {
                return Ok(());
            }
        }
    }

    pub(super) fn comment(&mut self) -> Result<(), Stop> {
        self.skip_past("<!--", "-->", "comment-not-closed", "the comment is never closed with `-->`").map(|_| ())
    }

    fn instruction(&mut self) -> Result<(), Stop> {
        self.skip_past("<?", "?>", "instruction-not-closed", "`<?` is never closed with `?>`").map(|_| ())
    }

    /// Moves behind `close` and returns what stands between.
    pub(super) fn skip_past(
        &mut self,
        open: &str,
        close: &str,
        code: &'static str,
        message: &str,
    ) -> Result<&'t str, Stop> {
        let inside = &self.rest()[open.len()..];
        match inside.find(close) {
            Some(length) => {
                self.position += open.len() + length + close.len();
                Ok(&inside[..length])
            }
            None => self.stop(self.position, code, message),
        }
    }

    /// A name at the current position; empty when there is none.
    pub(super) fn name(&mut self) -> Result<&'t str, Stop> {
        let rest = self.rest();
        let starts = rest.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
        let length = if starts { rest.find(|c: char| !is_name_char(c)).unwrap_or(rest.len()) } else { 0 };
        if length > limits::NAME_BYTES_MAX {
            let message = format!("a name has {length} bytes; {} are allowed", limits::NAME_BYTES_MAX);
            return self.stop(self.position, "name-too-long", message);
        }
        self.position += length;
        Ok(&rest[..length])
    }

    /// The element whose `<` stands at the current position.
    fn element(&mut self, depth: usize) -> Result<Element, Stop> {
        let start = self.position;
        let offset = self.offset();
        if depth >= limits::ELEMENT_DEPTH_MAX {
            let message = format!("elements are nested more than {} deep", limits::ELEMENT_DEPTH_MAX);
            return self.stop(start, "nesting-too-deep", message);
        }
        self.elements += 1;
        if self.elements > limits::ELEMENTS_MAX {
            let message = format!("the document has more than {} elements", limits::ELEMENTS_MAX);
            return self.stop(start, "too-many-elements", message);
        }
        self.position += 1;
        let name = self.name()?;
        if name.is_empty() {
            return self.stop(
                start,
                "element-name",
                "expected an element name after `<`; a literal `<` is written `&lt;`",
            );
        }
        let attributes = self.attributes(name)?;
        let is_slash_apart = std::mem::take(&mut self.is_slash_apart);
        let text = Value::literal(String::new(), self.offset());
        let mut element = Element { name: name.to_owned(), offset, attributes, children: Vec::new(), text };
        if self.at("/>") {
            self.position += 2;
            return Ok(if is_stylesheet(name) { self.as_written(element, start) } else { element });
        }
        self.position += 1;
        if is_slash_apart {
            return Ok(element);
        }
        element.text.offset = self.offset();
        self.open.push(name);
        let element = self.inside(element, start, depth)?;
        self.open.pop();
        Ok(element)
    }

    /// What stands between the tags of the element whose `<` stands at `start`, and the closing tag.
    fn inside(&mut self, mut element: Element, start: usize, depth: usize) -> Result<Element, Stop> {
        if is_stylesheet(&element.name) {
            return self.stylesheet(element, start);
        }
        if element.name == RAW_CONTENT {
            match self.raw_content(&mut element)? {
                Body::Ordinary => {}
                Body::Raw => {
                    self.close(&element)?;
                    return Ok(element);
                }
                Body::Endless => return Ok(element),
            }
        }
        loop {
            self.content(&mut element, depth)?;
            if self.close(&element)? {
                return Ok(element);
            }
        }
    }

    /// The expression whose `@` stands at `start`. `closes` looks at what follows its last bracket and gives the length of the text from
    /// where reading goes on, if the expression may end there.
    pub(super) fn expression(&self, start: usize, form: Form, closes: &dyn Fn(&str) -> Option<usize>) -> Found {
        let mut unbalanced: Option<Unbalanced> = None;
        let mut has_end = false;
        for encoding in [Encoding::Entities, Encoding::Raw] {
            match expression::extent(self.text, start, encoding) {
                Ok(extent) => match closes(&self.text[extent.end..]) {
                    Some(left) => return Found::Code(self.code(&extent, form, encoding), left),
                    None => has_end = true,
                },
                Err(error) => unbalanced = unbalanced.or(Some(error)),
            }
        }
        match unbalanced {
            Some(error) if !has_end => Found::Broken(error),
            _ => Found::Text,
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    fn code(&self, extent: &Extent, form: Form, encoding: Encoding) -> Value {
        let Range { start, end } = extent.code;
        let mut code = entity::Code::new(start as u32);
        let mut position = start;
        for section in &extent.sections {
            let (open, close) = expression::SECTION;
            code.push(&self.text[position..section.start - open.len()], position as u32, encoding);
            code.push(&self.text[section.start..section.end.min(end)], section.start as u32, Encoding::Raw);
            position = section.end + close.len();
        }
        code.push(self.text.get(position..end).unwrap_or_default(), position as u32, encoding);
        let (text, map) = code.done();
        Value { text, offset: start as u32 - 2, end: extent.end as u32, form, map: Some(Box::new(map)) }
    }

    /// Children and text up to the closing tag, which is left standing.
    fn content(&mut self, element: &mut Element, depth: usize) -> Result<(), Stop> {
        loop {
            if self.at("<!--") {
                self.comment()?;
            } else if self.at("<![CDATA[") {
                self.cdata(element)?;
            } else if self.at("<?") {
                self.instruction()?;
            } else if self.at("</") {
                return Ok(());
            } else if self.rest().is_empty() {
                // The elements around it lack their ends for the same reason.
                return self.never_closed(element, self.position);
            } else if starts_markup(self.rest()) {
                let child = self.element(depth + 1)?;
                element.children.push(child);
            } else {
                self.text(element)?;
            }
        }
    }

    /// Text up to the next markup, or an expression that is the element's whole text.
    fn text(&mut self, element: &mut Element) -> Result<(), Stop> {
        let rest = self.rest();
        let start = self.position + rest.len() - rest.trim_start().len();
        if element.text.text.trim().is_empty()
            && element.children.is_empty()
            && let Some(form) = expression_form(&self.text[start..])
        {
            let closes = |behind: &str| {
                let behind = behind.trim_start();
                (behind.starts_with("</") || behind.starts_with("<!--")).then_some(behind.len())
            };
            match self.expression(start, form, &closes) {
                Found::Code(value, left) => {
                    element.text = value;
                    self.position = self.text.len() - left;
                    return Ok(());
                }
                Found::Text => self.remark_on_text_around(start),
                Found::Broken(error) => return self.skip_text_of(&element.name, start, error),
            }
        }
        let mut length = 0;
        loop {
            length += rest[length..].find('<').unwrap_or(rest.len() - length);
            if length >= rest.len() || starts_tag(&rest[length..]) {
                break;
            }
            length += 1;
        }
        self.remark_on_references(&rest[..length], self.position);
        self.append(element, &entity::decode(&rest[..length]));
        self.position += length;
        Ok(())
    }

    fn append(&mut self, element: &mut Element, text: &str) {
        if element.text.is_literal() {
            if element.text.text.trim().is_empty() {
                element.text.offset = self.offset();
            }
            element.text.text.push_str(text);
        } else if !text.trim().is_empty() {
            let message = "text follows the end of the expression; an expression must be the whole value";
            self.findings.error(self.offset(), "expression-not-whole-value", message);
        }
    }

    fn cdata(&mut self, element: &mut Element) -> Result<(), Stop> {
        let open = "<![CDATA[";
        let start = self.position + open.len();
        let inside = self.skip_past(open, "]]>", "cdata-not-closed", "`<![CDATA[` is never closed with `]]>`")?;
        let code_start = start + inside.len() - inside.trim_start().len();
        let code_end = start + inside.trim_end().len();
        let whole = element.text.text.trim().is_empty() && element.text.is_literal() && element.children.is_empty();
        match expression_form(self.text.get(code_start..code_end).unwrap_or("")) {
            Some(form) if whole => match expression::extent(self.text, code_start, Encoding::Raw) {
                Ok(extent) if extent.end == code_end => element.text = self.code(&extent, form, Encoding::Raw),
                _ => self.append(element, inside),
            },
            _ => self.append(element, inside),
        }
        Ok(())
    }
}
