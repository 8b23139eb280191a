//! Reading: a strict XML 1.0 reader with namespaces that builds the tree in one pass.
//!
//! It behaves like XmlReader under XDocument.Parse: the same messages at the same places, white space between markup dropped on request,
//! document types read for their entities only, nothing external ever fetched. There is no recursion.

mod declaration;
mod doctype;
mod element;
mod error;
mod pieces;
mod text;

use std::cell::RefCell;

use super::chars;
use super::limits::{DEPTH_MAX, DOCUMENT_BYTES_MAX, NODES_MAX};
use super::name::XML_NAMESPACE;
use super::node::{Data, XNode};
use crate::{Exception, ExceptionType, Text};

/// `LoadOptions`, as far as they change the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoadOptions {
    /// White space between markup is dropped.
    #[default]
    None,
    /// White space is kept.
    PreserveWhitespace,
}

/// Whether a document type declaration is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DtdProcessing {
    /// As XmlReader by default: `XmlException`.
    Prohibit,
    /// As XDocument.Parse: internal entities are expanded within limits.
    Parse,
}

impl XNode {
    /// `XDocument.Parse(text, options)`
    pub fn parse_document(text: &str, options: LoadOptions) -> Result<XNode, Exception> {
        XNode::parse_with(text, options, DtdProcessing::Parse)
    }

    /// Reads a document from a text.
    pub fn parse_with(text: &str, options: LoadOptions, dtd: DtdProcessing) -> Result<XNode, Exception> {
        too_long(text)?;
        let mut reading = Reading::new(options, dtd);
        loop {
            if let Some(document) = reading.go_on(text, usize::MAX)? {
                return Ok(document);
            }
        }
    }

    /// `XElement.Parse(text, options)`: the root, without a parent.
    pub fn parse_element(text: &str, options: LoadOptions) -> Result<XNode, Exception> {
        root_of(&XNode::parse_document(text, options)?)
    }

    /// Reads a document from bytes: UTF-8, or UTF-16 with a byte order mark, or ISO-8859-1 or US-ASCII where the document says so.
    pub fn parse_bytes(bytes: &[u8], options: LoadOptions) -> Result<XNode, Exception> {
        XNode::parse_document(&decode(bytes)?, options)
    }
}

fn too_long(text: &str) -> Result<(), Exception> {
    if text.len() > DOCUMENT_BYTES_MAX {
        return Err(error::nowhere("The input document has exceeded a limit set by MaxCharactersInDocument."));
    }
    Ok(())
}

/// The root element, taken out of its document.
fn root_of(document: &XNode) -> Result<XNode, Exception> {
    let Some(root) = document.root() else { return Err(error::nowhere("Root element is missing.")) };
    root.remove()?;
    Ok(root)
}

/// The text of a document by its byte order mark or its declared encoding.
fn decode(bytes: &[u8]) -> Result<String, Exception> {
    let utf_16 = |unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .map(|pair| unit([pair.first().copied().unwrap_or(0), pair.get(1).copied().unwrap_or(0)]))
            .collect();
        String::from_utf16_lossy(units.get(1..).unwrap_or_default())
    };
    if bytes.starts_with(&[0xff, 0xfe]) {
        return Ok(utf_16(u16::from_le_bytes));
    }
    if bytes.starts_with(&[0xfe, 0xff]) {
        return Ok(utf_16(u16::from_be_bytes));
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    let head = bytes.get(..bytes.len().min(200)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let declared = head.starts_with("<?xml").then(|| head.split("?>").next().unwrap_or_default().to_owned());
    let latin = declared.is_some_and(|declared| declared.contains("iso-8859-1") || declared.contains("windows-1252"));
    if latin {
        return Ok(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    String::from_utf8(bytes.to_vec())
        .map_err(|_| Exception::new(ExceptionType::Xml, "Invalid character in the given encoding. Line 1, position 1."))
}

pub use pieces::Loading;
use pieces::Reading;

/// An element that is still open.
struct Open {
    node: XNode,
    /// Its name as written and where it stands.
    name: (usize, usize),
    /// How many entries of `scope` were there before it.
    scope: usize,
    preserve: bool,
}

/// Prefixes that every document begins with.
const FIRST_SCOPE: [(&str, &str); 2] = [("", ""), ("xml", XML_NAMESPACE)];

struct Reader<'t> {
    text: &'t str,
    position: usize,
    document: XNode,
    open: Vec<Open>,
    /// Prefixes with their namespaces, the innermost last.
    scope: Vec<(Text, Text)>,
    preserve: bool,
    node_count: usize,
    /// Text that has been read but not yet added.
    pending: String,
    pending_is_blank: bool,
    pending_start: usize,
    /// Where parts stand, if that is asked for.
    places: Option<Vec<u32>>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, document: &XNode, options: LoadOptions) -> Reader<'t> {
        Reader {
            text,
            position: 0,
            document: document.clone(),
            open: Vec::new(),
            scope: FIRST_SCOPE.map(|(prefix, uri)| (Text::new_static(prefix), Text::new_static(uri))).to_vec(),
            preserve: options == LoadOptions::PreserveWhitespace,
            node_count: 0,
            pending: String::new(),
            pending_is_blank: true,
            pending_start: 0,
            places: None,
        }
    }

    /// Notes where the next part stands. Offsets fit: the text is bounded.
    fn place(&mut self, offset: usize) {
        if let Some(places) = &mut self.places {
            places.push(u32::try_from(offset).unwrap_or(u32::MAX));
        }
    }

    /// The same reader over another copy of its text; the empty one keeps it while reading pauses.
    fn over(self, text: &str) -> Reader<'_> {
        Reader {
            text,
            position: self.position,
            document: self.document,
            open: self.open,
            scope: self.scope,
            preserve: self.preserve,
            node_count: self.node_count,
            pending: self.pending,
            pending_is_blank: self.pending_is_blank,
            pending_start: self.pending_start,
            places: self.places,
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn sees(&self, prefix: &str) -> bool {
        self.rest().starts_with(prefix)
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn fail<T>(&self, message: impl Into<std::borrow::Cow<'static, str>>) -> Result<T, Exception> {
        Err(error::at(self.text, self.position, message))
    }

    fn fail_at<T>(&self, offset: usize, message: impl Into<std::borrow::Cow<'static, str>>) -> Result<T, Exception> {
        Err(error::at(self.text, offset, message))
    }

    fn skip_space(&mut self) -> usize {
        let rest = self.rest();
        let length = rest.find(|c| !chars::is_space(c)).unwrap_or(rest.len());
        self.position += length;
        length
    }

    /// What stands in front of everything else.
    fn beginning(&mut self) -> Result<(), Exception> {
        if self.sees("\u{feff}") {
            self.position += '\u{feff}'.len_utf8();
        }
        if self.sees("<?xml")
            && !self.text.get(self.position + 5..).is_some_and(|rest| rest.starts_with(chars::is_name))
        {
            let declaration = self.xml_declaration()?;
            self.document.set_declaration(Some(declaration));
        }
        Ok(())
    }

    /// The document type. The rest of the text with its entities expanded is returned if there are any.
    fn document_type(&mut self, dtd: DtdProcessing) -> Result<Option<String>, Exception> {
        if dtd == DtdProcessing::Prohibit {
            let message = "For security reasons DTD is prohibited in this XML document. To enable DTD processing set the \
                           DtdProcessing property on XmlReaderSettings to Parse and pass the settings into XmlReader.Create method.";
            // XmlReader says no place here.
            return Err(error::nowhere(message));
        }
        let (doctype, entities) = self.doctype()?;
        self.document.append_new(Data::DocumentType(RefCell::new(doctype)));
        if entities.is_empty() {
            return Ok(None);
        }
        doctype::expand(self.text, self.position, &entities).map(Some)
    }

    /// White space between the nodes of a document.
    fn space_between(&mut self) -> Result<(), Exception> {
        let start = self.position;
        self.skip_space();
        let space = self.text.get(start..self.position).unwrap_or_default();
        if self.preserve && !space.is_empty() && start > 0 {
            self.add(Data::Text(RefCell::new(Text::from(text::normalized(space)))))?;
        }
        Ok(())
    }

    /// A comment or processing instruction; `false` if something else stands here.
    fn prolog_item(&mut self) -> Result<bool, Exception> {
        if self.sees("<!--") {
            self.comment()?;
        } else if self.sees("<?") {
            self.instruction()?;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    /// The root element's start tag.
    fn root(&mut self) -> Result<(), Exception> {
        if self.rest().is_empty() {
            return Err(error::nowhere("Root element is missing."));
        }
        if self.sees("<!") && !self.sees("<![") {
            return self.fail_at(self.position + 2, "Unexpected end of file while parsing DOCTYPE has occurred.");
        }
        if self.sees("</") {
            return self.fail_at(self.position + 2, "Unexpected end tag.");
        }
        if !self.sees("<") || self.sees("<!") {
            return self.fail("Data at the root level is invalid.");
        }
        self.enough_for_a_tag()?;
        self.start_tag()
    }

    /// Why something may not stand behind the root element.
    fn not_at_the_end<T>(&self) -> Result<T, Exception> {
        self.enough_for_a_tag()?;
        if self.sees("</") {
            return self.fail_at(self.position + 2, "Unexpected end tag.");
        }
        if self.sees("<!DOCTYPE") {
            return self.fail_at(self.position + 2, "Unexpected DTD declaration.");
        }
        if self.sees("<") && !self.sees("<!") {
            return self.fail_at(self.position + 1, "There are multiple root elements.");
        }
        self.fail("Data at the root level is invalid.")
    }

    /// XmlReader looks at four characters before it takes anything outside the root element for a tag.
    fn enough_for_a_tag(&self) -> Result<(), Exception> {
        if self.rest().encode_utf16().nth(3).is_none() {
            return self.fail("Data at the root level is invalid.");
        }
        Ok(())
    }

    /// Everything inside the root element, or up to a pause: whether it ended.
    fn content(&mut self, pause_at: usize) -> Result<bool, Exception> {
        while !self.open.is_empty() {
            if self.position >= pause_at {
                return Ok(false);
            }
            let rest = self.rest();
            let Some(markup) = rest.strip_prefix('<') else {
                self.text_run()?;
                continue;
            };
            match markup.bytes().next() {
                Some(b'/') => self.end_tag()?,
                Some(b'?') => self.instruction()?,
                Some(b'!') => self.bang()?,
                None => return self.unclosed(),
                Some(_) => self.start_tag()?,
            }
        }
        Ok(true)
    }

    fn bang(&mut self) -> Result<(), Exception> {
        if self.sees("<!--") {
            return self.comment();
        }
        if self.sees("<![CDATA[") {
            return self.cdata();
        }
        let inside = self.position + 2;
        if self.sees("<!DOCTYPE") {
            return self.fail_at(inside, "Unexpected DTD declaration.");
        }
        match self.text.get(inside..).and_then(|rest| rest.chars().next()) {
            None => self.unclosed(),
            Some(c) => self
                .fail_at(inside, format!("'{c}' is an unexpected token. The expected token is '<!--' or '<[CDATA['.")),
        }
    }

    /// The text has ended inside an element.
    fn unclosed<T>(&self) -> Result<T, Exception> {
        let names: Vec<&str> =
            self.open.iter().rev().map(|open| self.text.get(open.name.0..open.name.1).unwrap_or_default()).collect();
        let message = format!(
            "Unexpected end of file has occurred. The following elements are not closed: {}.",
            names.join(", ")
        );
        self.fail_at(self.text.len(), message)
    }

    fn count(&mut self) -> Result<(), Exception> {
        self.node_count += 1;
        if self.node_count > NODES_MAX || self.open.len() > DEPTH_MAX {
            return Err(error::nowhere("The input document has exceeded a limit of this reader."));
        }
        Ok(())
    }

    /// Adds a node to the innermost open element.
    fn add(&mut self, data: Data) -> Result<XNode, Exception> {
        self.count()?;
        Ok(self.open.last().map_or(&self.document, |open| &open.node).append_new(data))
    }

    /// Adds the text read so far.
    fn flush(&mut self) -> Result<(), Exception> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let preserve = self.preserve || self.open.last().is_some_and(|open| open.preserve);
        let keep = !self.pending_is_blank || preserve;
        if keep {
            let text = Text::new(&self.pending);
            self.place(self.pending_start);
            self.add(Data::Text(RefCell::new(text)))?;
        }
        self.pending.clear();
        self.pending_is_blank = true;
        Ok(())
    }
}
