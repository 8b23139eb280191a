//! An XmlWriter: declares the namespaces that are needed, indents where no text stands.
//!
//! It decides as .NET's writers do (XmlWellFormedWriter for namespaces, the raw text writers for white space), so that output is the same
//! to the byte; line ends are `\n`.

use super::escape;
use crate::work::Pace;
use crate::{Exception, ExceptionType, Rope};

/// How output is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::xml) enum Layout {
    Compact,
    Indented,
}

pub(in crate::xml) struct Writer {
    out: Rope,
    layout: Layout,
    /// Prefixes in scope, the innermost last.
    namespaces: Vec<Declared>,
    open: Vec<Open>,
    /// The start tag is not closed yet.
    in_tag: bool,
    /// Text has been written in this element or before, in one around it: nothing is indented.
    mixed: bool,
    /// Nothing but text has been written since the last text or the beginning.
    after_text: bool,
    /// Nothing has been written since the last start tag was closed.
    at_content_start: bool,
}

struct Declared {
    prefix: String,
    namespace: String,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Written,
    Implied,
    NeedToWrite,
}

struct Open {
    name: String,
    namespace_count: usize,
    mixed: bool,
}

impl Writer {
    pub(in crate::xml) fn new(layout: Layout) -> Writer {
        let declared = |prefix: &str, namespace: &str| Declared {
            prefix: prefix.to_owned(),
            namespace: namespace.to_owned(),
            kind: Kind::Written,
        };
        Writer {
            out: Rope::default(),
            layout,
            namespaces: vec![
                declared("xmlns", super::super::name::XMLNS_NAMESPACE),
                declared("xml", super::super::name::XML_NAMESPACE),
                declared("", ""),
            ],
            open: Vec::new(),
            in_tag: false,
            mixed: false,
            after_text: true,
            at_content_start: false,
        }
    }

    /// Bytes written so far.
    pub(in crate::xml) fn length(&self) -> usize {
        self.out.len()
    }

    pub(in crate::xml) fn finish(mut self) -> Result<String, Exception> {
        self.close_tag()?;
        Ok(self.out.into_whole())
    }

    /// The same in turns.
    pub(in crate::xml) async fn finish_in_pieces(mut self, pace: &Pace) -> Result<String, Exception> {
        self.close_tag()?;
        Ok(self.out.join(pace).await)
    }

    /// Between two nodes: what is written next does not move what was written.
    pub(in crate::xml) fn cut(&mut self) {
        self.out.cut();
    }

    /// Writes markup as it is.
    fn markup(&mut self, text: &str) {
        self.out.end.push_str(text);
        self.after_text = false;
        self.at_content_start = false;
    }

    fn indent(&mut self) {
        if self.layout == Layout::Indented && !self.mixed && !self.after_text {
            self.out.end.push('\n');
            for _ in 0..self.open.len() {
                self.out.end.push_str("  ");
            }
        }
    }

    /// The index of a prefix's declaration in force.
    fn find(&self, prefix: &str) -> Option<usize> {
        self.namespaces.iter().rposition(|declared| declared.prefix == prefix)
    }

    fn lookup_prefix(&self, namespace: &str) -> Option<String> {
        let index = self.namespaces.iter().rposition(|declared| declared.namespace == namespace)?;
        let prefix = &self.namespaces.get(index)?.prefix;
        (self.find(prefix) == Some(index)).then(|| prefix.clone())
    }

    /// How many declarations lie outside the element being started.
    fn outer_count(&self) -> usize {
        self.open.last().map_or(3, |open| open.namespace_count)
    }

    /// Makes a prefix mean a namespace in the element being started.
    fn need(&mut self, prefix: &str, namespace: &str) -> Result<(), Exception> {
        let existing = self.find(prefix).and_then(|index| Some((index, self.namespaces.get(index)?)));
        let kind = match existing {
            Some((index, declared)) if index >= self.outer_count() => {
                if declared.namespace == namespace {
                    return Ok(());
                }
                return Err(redefined(prefix, &declared.namespace, namespace));
            }
            Some((_, declared)) if declared.namespace == namespace => Kind::Implied,
            _ => Kind::NeedToWrite,
        };
        self.namespaces.push(Declared { prefix: prefix.to_owned(), namespace: namespace.to_owned(), kind });
        Ok(())
    }

    /// Starts an element. Without a prefix, one that is in scope is taken, or the default namespace is declared.
    pub(in crate::xml) fn start(
        &mut self,
        prefix: Option<&str>,
        local: &str,
        namespace: &str,
    ) -> Result<(), Exception> {
        self.close_tag()?;
        self.indent();
        let prefix = match prefix {
            Some(prefix) => prefix.to_owned(),
            None => self.lookup_prefix(namespace).unwrap_or_default(),
        };
        let name = if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") };
        self.markup("<");
        self.markup(&name);
        self.open.push(Open { name, namespace_count: self.namespaces.len(), mixed: self.mixed });
        self.in_tag = true;
        self.need(&prefix, namespace)
    }

    /// Declares a prefix, empty for the default namespace, as an attribute.
    pub(in crate::xml) fn declare(&mut self, prefix: &str, namespace: &str) -> Result<(), Exception> {
        let outer = self.outer_count();
        match self.find(prefix) {
            Some(index) if index >= outer => {
                if let Some(declared) = self.namespaces.get_mut(index) {
                    if declared.namespace != namespace {
                        return Err(redefined(prefix, &declared.namespace, namespace));
                    }
                    declared.kind = Kind::Written;
                }
            }
            _ => self.namespaces.push(Declared {
                prefix: prefix.to_owned(),
                namespace: namespace.to_owned(),
                kind: Kind::Written,
            }),
        }
        self.declaration(prefix, namespace)
    }

    fn declaration(&mut self, prefix: &str, namespace: &str) -> Result<(), Exception> {
        self.markup(if prefix.is_empty() { " xmlns" } else { " xmlns:" });
        self.markup(prefix);
        self.value(namespace)
    }

    fn value(&mut self, value: &str) -> Result<(), Exception> {
        self.out.end.push_str("=\"");
        escape::attribute(&mut self.out.end, value)?;
        self.out.end.push('"');
        Ok(())
    }

    /// Writes an attribute of the element being started.
    pub(in crate::xml) fn attribute(
        &mut self,
        prefix: Option<&str>,
        local: &str,
        namespace: &str,
        value: &str,
    ) -> Result<(), Exception> {
        let mut prefix = match prefix {
            Some(prefix) => prefix.to_owned(),
            None => self.lookup_prefix(namespace).unwrap_or_default(),
        };
        if prefix.is_empty() && !namespace.is_empty() {
            prefix = self.generate_prefix();
        }
        self.markup(" ");
        if !prefix.is_empty() {
            self.need(&prefix, namespace)?;
            self.markup(&prefix);
            self.markup(":");
        }
        self.markup(local);
        self.value(value)
    }

    fn generate_prefix(&self) -> String {
        let generated = format!("p{}", self.namespaces.len().saturating_sub(3));
        if self.find(&generated).is_none() {
            return generated;
        }
        let free = (0..=self.namespaces.len()).map(|number| format!("{generated}{number}"));
        free.into_iter().find(|prefix| self.find(prefix).is_none()).unwrap_or(generated)
    }

    /// Ends the start tag if it is still open.
    fn close_tag(&mut self) -> Result<(), Exception> {
        if !self.in_tag {
            return Ok(());
        }
        self.in_tag = false;
        let outer = self.outer_count();
        let needed: Vec<(String, String)> = self
            .namespaces
            .iter()
            .skip(outer)
            .rev()
            .filter(|declared| declared.kind == Kind::NeedToWrite)
            .map(|declared| (declared.prefix.clone(), declared.namespace.clone()))
            .collect();
        for (prefix, namespace) in needed {
            self.declaration(&prefix, &namespace)?;
        }
        self.markup(">");
        self.at_content_start = true;
        self.mixed = self.open.len() > 1 && self.open.last().is_some_and(|open| open.mixed);
        Ok(())
    }

    /// Ends an element; one without content as `<a />`.
    pub(in crate::xml) fn end(&mut self) -> Result<(), Exception> {
        self.close_tag()?;
        if !self.at_content_start {
            return self.end_full();
        }
        self.out.end.pop();
        self.markup(" />");
        self.leave();
        Ok(())
    }

    /// Ends an element with an end tag.
    pub(in crate::xml) fn end_full(&mut self) -> Result<(), Exception> {
        self.close_tag()?;
        let Some(name) = self.open.last().map(|open| open.name.clone()) else { return Ok(()) };
        let at_content_start = self.at_content_start;
        let mixed = self.mixed;
        let depth = self.open.len();
        if self.layout == Layout::Indented && !mixed && !at_content_start && !self.after_text {
            self.out.end.push('\n');
            for _ in 1..depth {
                self.out.end.push_str("  ");
            }
        }
        self.markup("</");
        self.markup(&name);
        self.markup(">");
        self.leave();
        Ok(())
    }

    fn leave(&mut self) {
        if let Some(open) = self.open.pop() {
            self.mixed = open.mixed;
            self.namespaces.truncate(open.namespace_count);
        }
    }

    fn wrote_text(&mut self) {
        self.after_text = true;
        self.at_content_start = false;
        self.mixed = true;
    }

    pub(in crate::xml) fn text(&mut self, text: &str) -> Result<(), Exception> {
        self.close_tag()?;
        escape::text(&mut self.out.end, text)?;
        self.wrote_text();
        Ok(())
    }

    /// Writes text without escaping.
    pub(in crate::xml) fn raw(&mut self, text: &str) -> Result<(), Exception> {
        self.close_tag()?;
        self.out.end.push_str(text);
        self.wrote_text();
        Ok(())
    }

    pub(in crate::xml) fn cdata(&mut self, text: &str) -> Result<(), Exception> {
        self.close_tag()?;
        self.out.end.push_str("<![CDATA[");
        self.out.end.push_str(&text.replace("]]>", "]]]]><![CDATA[>"));
        self.out.end.push_str("]]>");
        self.wrote_text();
        Ok(())
    }

    pub(in crate::xml) fn comment(&mut self, text: &str) -> Result<(), Exception> {
        self.close_tag()?;
        self.indent();
        self.markup("<!--");
        let mut last = ' ';
        for c in text.chars() {
            if last == '-' && c == '-' {
                self.out.end.push(' ');
            }
            self.out.end.push(c);
            last = c;
        }
        self.markup(if last == '-' { " -->" } else { "-->" });
        Ok(())
    }

    pub(in crate::xml) fn instruction(&mut self, target: &str, data: &str) -> Result<(), Exception> {
        self.close_tag()?;
        self.indent();
        self.markup("<?");
        self.markup(target);
        if !data.is_empty() {
            self.markup(" ");
            self.markup(&data.replace("?>", "? >"));
        }
        self.markup("?>");
        Ok(())
    }

    /// Writes a declaration or document type as it is, on a line of its own.
    pub(in crate::xml) fn line(&mut self, text: &str) {
        self.indent();
        self.markup(text);
    }
}

fn redefined(prefix: &str, from: &str, to: &str) -> Exception {
    let message =
        format!("The prefix '{prefix}' cannot be redefined from '{from}' to '{to}' within the same start element tag.");
    Exception::new(ExceptionType::Xml, message)
}
