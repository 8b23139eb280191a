//! The reader itself: one pass over the text, recursion per element level.

use std::ops::Range;

use super::expression::{self, Encoding, Extent};
use super::tree::{Attribute, Element, Form, Value};
use super::{entity, expression::Unbalanced, expression::What};
use crate::diagnostic::{Findings, nearest, quote};
use crate::limits;

/// Reads the root element. `None`: a syntax error has been reported.
pub(crate) fn read(text: &str, findings: &mut Findings<'_>) -> Option<Element> {
    if text.len() > limits::DOCUMENT_BYTES_MAX {
        let message = format!("the document has {} bytes; {} are allowed", text.len(), limits::DOCUMENT_BYTES_MAX);
        findings.error(0, "document-too-large", message);
        return None;
    }
    let mut reader = Reader { text, position: 0, elements: 0, findings };
    reader.document().ok()
}

/// Reading has stopped; the reason has been reported.
struct Stop;

struct Reader<'t, 'f, 'l> {
    text: &'t str,
    position: usize,
    elements: usize,
    findings: &'f mut Findings<'l>,
}

/// Elements whose literal content is a message body: anything may stand in it, also markup.
const RAW_CONTENT: &str = "set-body";
/// The name under which a stylesheet is given, whatever its prefix: the element as it is written, for an XML reader of its own.
pub(crate) const STYLESHEET: &str = "xsl:stylesheet";

fn is_stylesheet(name: &str) -> bool {
    name.ends_with(":stylesheet") || name.ends_with(":transform")
}

impl<'t> Reader<'t, '_, '_> {
    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or("")
    }

    fn at(&self, prefix: &str) -> bool {
        self.rest().starts_with(prefix)
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    fn stop<T>(&mut self, offset: usize, code: &'static str, message: impl Into<String>) -> Result<T, Stop> {
        self.findings.error(offset as u32, code, message);
        Err(Stop)
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    fn offset(&self) -> u32 {
        self.position as u32
    }

    fn skip_space(&mut self) {
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
                return self.stop(self.position, "doctype", "a document type declaration is not allowed");
            } else {
                return Ok(());
            }
        }
    }

    fn comment(&mut self) -> Result<(), Stop> {
        self.skip_past("<!--", "-->", "comment-not-closed", "the comment is never closed with `-->`").map(|_| ())
    }

    fn instruction(&mut self) -> Result<(), Stop> {
        self.skip_past("<?", "?>", "instruction-not-closed", "`<?` is never closed with `?>`").map(|_| ())
    }

    /// Moves behind `close` and returns what stands between.
    fn skip_past(&mut self, open: &str, close: &str, code: &'static str, message: &str) -> Result<&'t str, Stop> {
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
    fn name(&mut self) -> Result<&'t str, Stop> {
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
        let name = self.name()?.to_owned();
        if name.is_empty() {
            return self.stop(
                start,
                "element-name",
                "expected an element name after `<`; a literal `<` is written `&lt;`",
            );
        }
        let attributes = self.attributes(&name)?;
        let text = Value::literal(String::new(), self.offset());
        let mut element = Element { name, offset, attributes, children: Vec::new(), text };
        if self.at("/>") {
            self.position += 2;
            return Ok(if is_stylesheet(&element.name) { self.as_written(element, start) } else { element });
        }
        self.position += 1;
        element.text.offset = self.offset();
        if is_stylesheet(&element.name) {
            return self.stylesheet(element, start);
        }
        if element.name != RAW_CONTENT || !self.raw_content(&mut element)? {
            self.content(&mut element, depth)?;
        }
        self.close(&element)?;
        Ok(element)
    }

    /// Attributes up to `>` or `/>`, which is left standing.
    fn attributes(&mut self, element: &str) -> Result<Vec<Attribute>, Stop> {
        let mut attributes: Vec<Attribute> = Vec::new();
        loop {
            let before = self.position;
            self.skip_space();
            if self.at(">") || self.at("/>") {
                return Ok(attributes);
            }
            if self.rest().is_empty() {
                return self.stop(before, "element-not-closed", format!("`<{element}` is never closed with `>`"));
            }
            if self.position == before {
                let message = format!(
                    "expected white space, `/>` or `>` in `<{element}>`, found {}",
                    quote(first_char(self.rest()))
                );
                return self.stop(self.position, "attribute-syntax", message);
            }
            let attribute = self.attribute(element)?;
            if attributes.iter().any(|other| other.name == attribute.name) {
                let message = format!("attribute `{}` stands twice in `<{element}>`", attribute.name);
                self.findings.error(attribute.offset, "attribute-twice", message);
            } else if attributes.len() >= limits::ATTRIBUTES_MAX {
                let message = format!("`<{element}>` has more than {} attributes", limits::ATTRIBUTES_MAX);
                return self.stop(before, "too-many-attributes", message);
            } else {
                attributes.push(attribute);
            }
        }
    }

    fn attribute(&mut self, element: &str) -> Result<Attribute, Stop> {
        let offset = self.offset();
        let name = self.name()?.to_owned();
        if name.is_empty() {
            let message =
                format!("expected an attribute name in `<{element}>`, found {}", quote(first_char(self.rest())));
            return self.stop(self.position, "attribute-syntax", message);
        }
        self.skip_space();
        if !self.at("=") {
            let message = format!("expected `=` and a quoted value after attribute `{name}` of `<{element}>`");
            return self.stop(self.position, "attribute-syntax", message);
        }
        self.position += 1;
        self.skip_space();
        let quote_character = match self.rest().as_bytes().first() {
            Some(b'"') => '"',
            Some(b'\'') => '\'',
            _ => {
                let message = format!("the value of attribute `{name}` of `<{element}>` must stand in quotes");
                return self.stop(self.position, "attribute-syntax", message);
            }
        };
        self.position += 1;
        let value = self.attribute_value(&name, quote_character)?;
        Ok(Attribute { name, offset, value })
    }

    /// The value up to and including its closing quote.
    fn attribute_value(&mut self, name: &str, quote_character: char) -> Result<Value, Stop> {
        let offset = self.offset();
        let lead = self.rest().len() - self.rest().trim_start().len();
        let start = self.position + lead;
        if let Some(form) = expression_form(&self.text[start..]) {
            let closes = |behind: &str| {
                let behind = behind.trim_start();
                let after = behind.strip_prefix(quote_character)?;
                ends_value(after).then_some(behind.len())
            };
            if let Some((value, left)) = self.expression(start, form, &closes)? {
                self.position = self.text.len() - left + 1;
                return Ok(value);
            }
        }
        let rest = self.rest();
        let Some(mut length) = rest.find(quote_character) else {
            return self.stop(
                self.position - 1,
                "attribute-not-closed",
                format!("the value of attribute `{name}` is never closed"),
            );
        };
        if let Some(at) = ["@(", "@{"].iter().filter_map(|start| rest[..length].find(start)).min() {
            self.remark_on_text_around(self.position + at);
            // The quotes in it do not end the value, as long as the value then ends well.
            if !ends_value(&rest[length + 1..]) {
                length = self.past_expression(self.position + at, quote_character).unwrap_or(length);
            }
        }
        let text = &rest[..length];
        if text.contains('<') && text.contains('\n') {
            let message = format!("the value of attribute `{name}` is not closed on its line");
            return self.stop(self.position - 1, "attribute-not-closed", message);
        }
        self.position += length + 1;
        Ok(Value::literal(entity::decode(text).into_owned(), offset))
    }

    #[allow(clippy::cast_possible_truncation, reason = "documents are shorter than 4 GiB (limits.rs)")]
    fn remark_on_text_around(&mut self, expression: usize) {
        let message = "an expression inside a text is not evaluated: it must be the whole value";
        let suggestion = "write @(\"text\" + …)".to_owned();
        self.findings.warning(expression as u32, "expression-not-whole-value", message, Some(suggestion));
    }

    /// Length of a literal value in which an expression stands at `start`, and perhaps others behind it, up to the quote that ends it.
    fn past_expression(&self, mut start: usize, quote_character: char) -> Option<usize> {
        loop {
            let end = expression::extent(self.text, start, Encoding::Raw).ok()?.end;
            let behind = &self.text[end..];
            let left = behind.find(quote_character)?;
            match ["@(", "@{"].iter().filter_map(|begin| behind[..left].find(begin)).min() {
                Some(next) => start = end + next,
                None => {
                    let is_good = !behind[..left].contains(['<', '\n']) && ends_value(&behind[left + 1..]);
                    return is_good.then_some(end + left - self.position);
                }
            }
        }
    }

    /// The expression whose `@` stands at `start`. `closes` looks at what follows its last bracket and gives the length of the text from
    /// where reading goes on, if the expression may end there. `None`: it may not, so it is part of a text.
    fn expression(
        &mut self,
        start: usize,
        form: Form,
        closes: &dyn Fn(&str) -> Option<usize>,
    ) -> Result<Option<(Value, usize)>, Stop> {
        let mut unbalanced: Option<Unbalanced> = None;
        let mut has_end = false;
        for encoding in [Encoding::Entities, Encoding::Raw] {
            match expression::extent(self.text, start, encoding) {
                Ok(extent) => match closes(&self.text[extent.end..]) {
                    Some(left) => return Ok(Some((self.code(&extent, form, encoding), left))),
                    None => has_end = true,
                },
                Err(error) => unbalanced = unbalanced.or(Some(error)),
            }
        }
        match unbalanced {
            _ if has_end => Ok(None),
            Some(error) => {
                let error = self.never_closed(start, error, closes).unwrap_or(error);
                let bracket = self.text.get(..error.offset).and_then(|text| text.chars().next_back());
                match bracket.filter(|bracket| error.what == What::Open && matches!(bracket, '(' | '[' | '{')) {
                    Some(bracket) => {
                        let message = format!("the `{bracket}` that is opened here in the expression is never closed");
                        self.stop(error.offset - 1, "expression-syntax", message)
                    }
                    None => self.stop(error.offset, "expression-syntax", error.what.describe()),
                }
            }
            None => self.stop(start, "expression-syntax", "the expression does not end"),
        }
    }

    /// Where a bracket is missing, the quote that ends the attribute, or what comes behind the end of the element, is taken for code: then the
    /// bracket is what is wrong.
    fn never_closed(
        &self,
        start: usize,
        error: Unbalanced,
        closes: &dyn Fn(&str) -> Option<usize>,
    ) -> Option<Unbalanced> {
        if error.what == What::Open {
            return None;
        }
        let is_end = self.text.get(error.offset..).is_some_and(|behind| closes(behind).is_some());
        let end = if is_end { error.offset } else { start + self.text.get(start..error.offset)?.find("</")? };
        let before = self.text.get(..end)?;
        expression::extent(before, start, Encoding::Entities).err().filter(|error| error.what == What::Open)
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
                let message = format!("`<{}>` is never closed with `</{0}>`", element.name);
                return self.stop(element.offset as usize, "element-not-closed", message);
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
            if let Some((value, left)) = self.expression(start, form, &closes)? {
                element.text = value;
                self.position = self.text.len() - left;
                return Ok(());
            }
            self.remark_on_text_around(start);
        }
        let mut length = 0;
        loop {
            length += rest[length..].find('<').unwrap_or(rest.len() - length);
            if length >= rest.len() || starts_tag(&rest[length..]) {
                break;
            }
            length += 1;
        }
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

    fn close(&mut self, element: &Element) -> Result<(), Stop> {
        let start = self.position;
        self.position += 2;
        let name = self.name()?;
        self.skip_space();
        if name == element.name && self.at(">") {
            self.position += 1;
            return Ok(());
        }
        let (line, _) = self.findings.locate(element.offset);
        let message = format!("expected `</{}>` for the element opened on line {line}, found `</{name}`", element.name);
        let suggestion = nearest(name, [element.name.as_str()]).map(|name| format!("</{name}>"));
        self.findings.error_with(u32::try_from(start).unwrap_or(u32::MAX), "element-mismatch", message, suggestion);
        Err(Stop)
    }

    /// The rest of a stylesheet that begins at `start`.
    fn stylesheet(&mut self, element: Element, start: usize) -> Result<Element, Stop> {
        loop {
            let Some(length) = self.rest().find('<') else {
                let message = format!("`<{}>` is never closed with `</{0}>`", element.name);
                return self.stop(start, "element-not-closed", message);
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
    fn as_written(&self, mut element: Element, start: usize) -> Element {
        let text = self.text.get(start..self.position).unwrap_or_default();
        element.text = Value::literal(text.to_owned(), element.offset);
        element.name = STYLESHEET.to_owned();
        element.attributes.clear();
        element
    }

    /// The content of a message body element. `false`: it is an expression, CDATA or a `<value>` and reads like any other content.
    fn raw_content(&mut self, element: &mut Element) -> Result<bool, Stop> {
        let start = self.position;
        let mut probe = self.rest().trim_start();
        while let Some(comment) = probe.strip_prefix("<!--") {
            let Some(end) = comment.find("-->") else { break };
            probe = comment[end + 3..].trim_start();
        }
        if expression_form(probe).is_some()
            || ["<![CDATA[", "<value>", "</"].iter().any(|other| probe.starts_with(other))
        {
            return Ok(false);
        }
        let mut text = String::new();
        let mut has_markup = false;
        loop {
            let rest = self.rest();
            let Some(length) = rest.find('<') else {
                let message = format!("`<{}>` is never closed with `</{0}>`", element.name);
                return self.stop(element.offset as usize, "element-not-closed", message);
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
        Ok(true)
    }
}

/// Whether `text` starts with an expression, and of which form.
fn expression_form(text: &str) -> Option<Form> {
    match text.as_bytes() {
        [b'@', b'(', ..] => Some(Form::Expression),
        [b'@', b'{', ..] => Some(Form::Statements),
        _ => None,
    }
}

/// Whether what follows a quote lets it end an attribute.
fn ends_value(text: &str) -> bool {
    text.starts_with(['>', '/', '?']) || text.starts_with(char::is_whitespace) || text.is_empty()
}

fn is_name_char(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ':')
}

/// Whether `text` starts with an opening tag.
fn starts_markup(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('<') && characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
}

/// Whether `text` starts with anything that ends a piece of text.
fn starts_tag(text: &str) -> bool {
    starts_markup(text) || ["</", "<!--", "<![CDATA[", "<?"].iter().any(|tag| text.starts_with(tag))
}

/// Whether `text` starts with the closing tag of `name`.
fn closes(text: &str, name: &str) -> bool {
    text.strip_prefix("</")
        .and_then(|text| text.strip_prefix(name))
        .is_some_and(|behind| behind.trim_start().starts_with('>'))
}

fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or("")
}

fn first_char(text: &str) -> &str {
    text.chars().next().map_or("", |first| &text[..first.len_utf8()])
}
