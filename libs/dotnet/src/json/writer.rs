//! `JsonTextWriter` over tokens: `ToString()`, `ToString(Formatting)`.

use std::rc::Rc;

use super::Scalar;
use super::limits::{DEPTH_MAX, WRITTEN_BYTES_MAX};
use super::members::{Member, PlainValue};
use super::scalar_writer::{escape, write_scalar, write_string};
use super::token::{Content, JToken, Node};
use crate::work::{Work, items, take};
use crate::{Exception, Text};

/// Room that the text of a container begins with: most fit, and for less the allocator takes as long.
const CONTAINER_BYTES: usize = 4096;

/// Between lines of indented JSON: `Environment.NewLine` of the original's self-hosted gateway, which is a Linux container.
pub const NEW_LINE: &str = "\n";

/// `Newtonsoft.Json.Formatting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Formatting {
    /// On one line without spaces.
    None,
    /// Two spaces per level.
    Indented,
}

/// A container whose end is still to be written.
struct Open {
    node: Rc<Node>,
    /// The next child.
    next: usize,
    /// Whether a child other than a comment was written: decides over the comma.
    has_value: bool,
}

impl JToken {
    /// The token as JSON: `ToString(formatting)`.
    ///
    /// # Errors
    /// `OutOfMemoryException` beyond a bound of bytes.
    pub fn to_json(&self, formatting: Formatting) -> Result<String, Exception> {
        let mut out = String::with_capacity(if self.is_container() { CONTAINER_BYTES } else { 0 });
        self.write_to(&mut out, formatting)?;
        Ok(out)
    }

    /// `ToString()`: indented JSON of a container, the plain value of a `JValue`.
    ///
    /// # Errors
    /// As [`JToken::to_json`].
    pub fn to_display(&self) -> Result<Text, Exception> {
        match self.scalar() {
            Some(value) => value.to_plain(),
            None => self.to_json(Formatting::Indented).map(Text::from),
        }
    }

    /// Appends the token as JSON.
    ///
    /// # Errors
    /// As [`JToken::to_json`].
    pub fn write_to(&self, out: &mut String, formatting: Formatting) -> Result<(), Exception> {
        let bytes_max = out.len().saturating_add(WRITTEN_BYTES_MAX);
        Writer { out, formatting, bytes_max, text: None }.node(&self.node, 0)
    }
}

/// `ToString(formatting)` in pieces.
pub struct Writing {
    out: String,
    formatting: Formatting,
    /// What is to be begun.
    token: Option<JToken>,
    open: Vec<Open>,
    /// A long text that is being written.
    text: Option<LongText>,
}

/// A text, and how much of it is written.
type LongText = (Text, usize);

/// Longer texts are written in pieces of about this length.
const TEXT_BYTES: usize = 16 * 1024;

impl Writing {
    /// Begins to write a token.
    #[must_use]
    pub fn new(token: &JToken, formatting: Formatting) -> Writing {
        Writing {
            out: String::with_capacity(CONTAINER_BYTES),
            formatting,
            token: Some(token.clone()),
            open: Vec::new(),
            text: None,
        }
    }

    fn go_on(&mut self, steps: u64) -> Result<(), Exception> {
        let pause_at = self.out.len().saturating_add(items(steps, STEPS_PER_BYTE));
        let (formatting, text) = (self.formatting, Some(&mut self.text));
        let mut writer = Writer { out: &mut self.out, formatting, bytes_max: WRITTEN_BYTES_MAX, text };
        if let Some(token) = self.token.take() {
            self.open.extend(writer.enter(&token.node)?);
        }
        writer.go_on(&mut self.open, 0, pause_at)
    }
}

impl Work for Writing {
    type Output = Result<String, Exception>;

    fn step(&mut self, steps: &mut u64) -> Option<Result<String, Exception>> {
        let before = self.out.len();
        if let Err(exception) = self.go_on(*steps) {
            return Some(Err(exception));
        }
        take(steps, self.out.len() - before, STEPS_PER_BYTE);
        (self.open.is_empty() && self.text.is_none()).then(|| Ok(std::mem::take(&mut self.out)))
    }

    fn bytes_taken(&self) -> usize {
        self.out.len()
    }
}

/// Numbers and short strings take five to ten nanoseconds a byte.
const STEPS_PER_BYTE: u64 = 1;

/// Where JSON goes.
struct Writer<'o> {
    out: &'o mut String,
    formatting: Formatting,
    /// Length that the text must not exceed.
    bytes_max: usize,
    /// Where what is written in pieces puts long texts; `None`: all is written in one go.
    text: Option<&'o mut Option<LongText>>,
}

impl Writer<'_> {
    /// Writes a token whose children stand at the next level. By recursion, which is fastest, as deep as documents are that were read; then with
    /// a list of what is open.
    fn node(&mut self, node: &Rc<Node>, level: usize) -> Result<(), Exception> {
        if level >= DEPTH_MAX {
            return self.deep(node, level);
        }
        match &node.content {
            Content::Value(value) => return write_scalar(&value.borrow(), self.out),
            Content::Property { name, value } => return self.property(name, value.borrow().as_ref(), level),
            _ => self.begin(node),
        }
        let mut has_value = false;
        match &node.content {
            Content::Object(members) => {
                let members = members.borrow();
                for member in members.iter() {
                    self.separate(&mut has_value, false, level + 1)?;
                    match (member, members.source()) {
                        (Member::Plain(name, value), Some(source)) => {
                            self.name(source.at(*name));
                            match value {
                                PlainValue::Text(place) => write_string(source.at(*place), self.out),
                                PlainValue::Scalar(value) => write_scalar(value, self.out)?,
                            }
                        }
                        (Member::Token(property), _) => self.node(property, level + 1)?,
                        (Member::Plain(..), None) => {}
                    }
                }
            }
            Content::Array(items, _) | Content::Constructor { items, .. } => {
                for item in items.borrow().iter() {
                    self.separate(&mut has_value, is_comment(item), level + 1)?;
                    self.node(item, level + 1)?;
                }
            }
            Content::Property { .. } | Content::Value(_) => {}
        }
        self.end(node, has_value, level);
        Ok(())
    }

    /// `"name": value`.
    fn property(&mut self, name: &str, value: Option<&Rc<Node>>, level: usize) -> Result<(), Exception> {
        self.name(name);
        match value {
            Some(value) => self.node(value, level),
            None => {
                self.out.push_str("null");
                Ok(())
            }
        }
    }

    fn name(&mut self, name: &str) {
        self.out.reserve(name.len() + "\"\": ".len());
        self.out.push('"');
        escape(name, '"', self.out);
        self.out.push_str(if self.formatting == Formatting::Indented { "\": " } else { "\":" });
    }

    /// As [`Writer::node`], whatever the depth.
    fn deep(&mut self, node: &Rc<Node>, base: usize) -> Result<(), Exception> {
        let mut open: Vec<Open> = Vec::new();
        open.extend(self.enter(node)?);
        self.go_on(&mut open, base, usize::MAX)
    }

    /// Goes on with what is open until the text is about `pause_at` bytes long.
    fn go_on(&mut self, open: &mut Vec<Open>, base: usize, pause_at: usize) -> Result<(), Exception> {
        loop {
            self.go_on_with_text(pause_at)?;
            if self.out.len() >= pause_at {
                return Ok(());
            }
            let Some(top) = open.last_mut() else { return Ok(()) };
            let Some(child) = top.node.child(top.next) else {
                if let Some(closed) = open.pop() {
                    self.end(&closed.node, closed.has_value, base + open.len());
                }
                continue;
            };
            top.next += 1;
            let mut has_value = top.has_value;
            self.separate(&mut has_value, is_comment(&child), base + open.len())?;
            if let Some(top) = open.last_mut() {
                top.has_value = has_value;
            }
            open.extend(self.enter(&child)?);
        }
    }

    /// Goes on with a long text until all is about `pause_at` bytes long.
    fn go_on_with_text(&mut self, pause_at: usize) -> Result<(), Exception> {
        let Some(place) = &mut self.text else { return Ok(()) };
        while let Some((text, written)) = place.as_mut() {
            if self.out.len() >= pause_at {
                break;
            }
            if self.out.len() > self.bytes_max {
                return Err(Exception::out_of_memory());
            }
            let end = text.ceil_char_boundary(*written + TEXT_BYTES);
            escape(text.get(*written..end).unwrap_or_default(), '"', self.out);
            *written = end;
            if end == text.len() {
                self.out.push('"');
                **place = None;
            }
        }
        Ok(())
    }

    /// Writes a value, or the begin of a long text.
    fn value(&mut self, value: &Scalar) -> Result<(), Exception> {
        match (value, &mut self.text) {
            (Scalar::String(text), Some(place)) if text.len() > TEXT_BYTES => {
                self.out.push('"');
                **place = Some((text.clone(), 0));
                Ok(())
            }
            _ => write_scalar(value, self.out),
        }
    }

    /// Writes a value, or the beginning of a container, which is returned.
    fn enter(&mut self, node: &Rc<Node>) -> Result<Option<Open>, Exception> {
        match &node.content {
            Content::Value(value) => return self.value(&value.borrow()).map(|()| None),
            Content::Property { name, value } => {
                self.name(name);
                let value = value.borrow().clone();
                // The value of a property is no property.
                return match value.filter(|value| !matches!(value.content, Content::Property { .. })) {
                    Some(value) => self.enter(&value),
                    None => {
                        self.out.push_str("null");
                        Ok(None)
                    }
                };
            }
            _ => self.begin(node),
        }
        Ok(Some(Open { node: node.clone(), next: 0, has_value: false }))
    }

    /// The bracket that a container begins with.
    fn begin(&mut self, node: &Node) {
        match &node.content {
            Content::Object(_) => self.out.push('{'),
            Content::Constructor { name, .. } => {
                self.out.push_str("new ");
                self.out.push_str(&name.borrow());
                self.out.push('(');
            }
            _ => self.out.push('['),
        }
    }

    /// The end of a container that stands at `level`. An empty constructor's bracket gets a line of its own, as in Newtonsoft.Json.
    fn end(&mut self, node: &Node, has_value: bool, level: usize) {
        if has_value || matches!(node.content, Content::Constructor { .. }) {
            self.indent(level);
        }
        self.out.push(match &node.content {
            Content::Object(_) => '}',
            Content::Array(..) => ']',
            _ => ')',
        });
    }

    /// What stands before a child: a comma, unless it is the first or a comment, and its line.
    #[inline]
    fn separate(&mut self, has_value: &mut bool, is_comment: bool, level: usize) -> Result<(), Exception> {
        if self.out.len() > self.bytes_max {
            return Err(Exception::out_of_memory());
        }
        if !is_comment {
            if *has_value {
                self.out.push(',');
            }
            *has_value = true;
        }
        self.indent(level);
        Ok(())
    }

    #[inline]
    fn indent(&mut self, level: usize) {
        if self.formatting == Formatting::Indented {
            self.new_line(level);
        }
    }

    fn new_line(&mut self, level: usize) {
        self.out.push_str(NEW_LINE);
        for _ in 0..level {
            self.out.push_str("  ");
        }
    }
}

fn is_comment(node: &Node) -> bool {
    matches!(&node.content, Content::Value(value) if matches!(&*value.borrow(), Scalar::Comment(_)))
}
