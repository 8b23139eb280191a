//! Reading part by part, with pauses between nodes.

use super::super::node::XNode;
use super::{DtdProcessing, LoadOptions, Reader, root_of, too_long};
use crate::work::{Work, items, take};
use crate::{Exception, Text};

/// A byte takes 30 to 50 nanoseconds where the text is all markup.
const STEPS_PER_BYTE: u64 = 4;

/// A text that is read in pieces.
pub struct Loading {
    text: Text,
    reading: Reading,
    is_element: bool,
}

impl Loading {
    /// Begins `XDocument.Parse(text, options)`.
    #[must_use]
    pub fn document(text: Text, options: LoadOptions) -> Loading {
        Loading { text, reading: Reading::new(options, DtdProcessing::Parse), is_element: false }
    }

    /// Begins `XElement.Parse(text, options)`.
    #[must_use]
    pub fn element(text: Text, options: LoadOptions) -> Loading {
        Loading { is_element: true, ..Loading::document(text, options) }
    }

    /// Also notes where parts stand.
    #[must_use]
    pub fn with_places(mut self) -> Loading {
        self.reading.reader.places = Some(Vec::new());
        self
    }

    /// A document type is an error, as for `XmlReader` by default.
    #[must_use]
    pub fn prohibiting_dtd(mut self) -> Loading {
        self.reading.dtd = DtdProcessing::Prohibit;
        self
    }

    /// Where the parts stood, once everything is read: byte offsets, in the order of the text, of the name of each start tag, the names of its
    /// attributes, each text, and the name in each end tag. Behind a document type with entities they stand elsewhere.
    pub fn take_places(&mut self) -> Vec<u32> {
        self.reading.reader.places.take().unwrap_or_default()
    }

    fn go_on(&mut self, bytes: usize) -> Result<Option<XNode>, Exception> {
        too_long(&self.text)?;
        match self.reading.go_on(&self.text, bytes)? {
            Some(document) if self.is_element => root_of(&document).map(Some),
            done => Ok(done),
        }
    }
}

impl Work for Loading {
    type Output = Result<XNode, Exception>;

    fn step(&mut self, steps: &mut u64) -> Option<Result<XNode, Exception>> {
        let before = self.reading.reader.position;
        let done = self.go_on(items(*steps, STEPS_PER_BYTE)).transpose();
        take(steps, self.reading.reader.position.saturating_sub(before), STEPS_PER_BYTE);
        done
    }
}

/// A document under way.
pub(super) struct Reading {
    /// Without its text.
    reader: Reader<'static>,
    options: LoadOptions,
    dtd: DtdProcessing,
    /// The text behind the document type with its entities expanded: it is read in the place of the rest.
    expanded: Option<String>,
    part: Part,
}

/// Which part of a document is being read.
#[derive(Clone, Copy)]
enum Part {
    Beginning,
    BeforeDocumentType,
    BeforeRoot,
    Root,
    AfterRoot,
}

impl Reading {
    pub(super) fn new(options: LoadOptions, dtd: DtdProcessing) -> Reading {
        let reader = Reader::new("", &XNode::document(None), options);
        Reading { reader, options, dtd, expanded: None, part: Part::Beginning }
    }

    /// Reads about `bytes` bytes further, whole nodes.
    pub(super) fn go_on(&mut self, text: &str, bytes: usize) -> Result<Option<XNode>, Exception> {
        let expanded = self.expanded.take();
        let document = self.reader.document.clone();
        let mut fresh = Reader::new("", &document, self.options);
        fresh.places = self.reader.places.as_ref().map(|_| Vec::new());
        let reader = std::mem::replace(&mut self.reader, fresh);
        let mut reader = reader.over(expanded.as_deref().unwrap_or(text));
        let pause_at = reader.position.saturating_add(bytes);
        let done = self.run(&mut reader, pause_at);
        if self.expanded.is_some() {
            // It was expanded just now.
            return done.map(|_| None);
        }
        self.reader = reader.over("");
        self.expanded = expanded;
        done.map(|is_done| is_done.then_some(document))
    }

    /// Whether the document ended.
    fn run(&mut self, reader: &mut Reader<'_>, pause_at: usize) -> Result<bool, Exception> {
        loop {
            if reader.position >= pause_at {
                return Ok(false);
            }
            self.part = match self.part {
                Part::Beginning => {
                    reader.beginning()?;
                    Part::BeforeDocumentType
                }
                Part::BeforeDocumentType => {
                    reader.space_between()?;
                    if reader.sees("<!DOCTYPE") {
                        self.expanded = reader.document_type(self.dtd)?;
                        self.part = Part::BeforeRoot;
                        if self.expanded.is_some() {
                            return Ok(false);
                        }
                        Part::BeforeRoot
                    } else if reader.prolog_item()? {
                        Part::BeforeDocumentType
                    } else {
                        Part::BeforeRoot
                    }
                }
                Part::BeforeRoot => {
                    reader.space_between()?;
                    if reader.prolog_item()? {
                        Part::BeforeRoot
                    } else {
                        reader.root()?;
                        Part::Root
                    }
                }
                Part::Root if reader.content(pause_at)? => Part::AfterRoot,
                Part::Root => return Ok(false),
                Part::AfterRoot => {
                    reader.space_between()?;
                    if reader.rest().is_empty() {
                        return Ok(true);
                    }
                    if !reader.prolog_item()? {
                        return reader.not_at_the_end();
                    }
                    Part::AfterRoot
                }
            };
        }
    }
}
