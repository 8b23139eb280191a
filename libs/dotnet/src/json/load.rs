//! `JToken.Parse`, `JObject.Parse`, `JArray.Parse`: tokens of the reader made a document.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use super::members::{PlainValue, Source, Span};
use super::places::{LOCATED_BYTES_MAX, place};
use super::reader::{Reader, Token};
use super::token::{Content, JToken, Node};
use super::{JTokenType, Scalar, plain};
use crate::work::{Work, items, take};
use crate::{Exception, Text};

/// `FloatParseHandling`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FloatParseHandling {
    /// Numbers with a point or exponent are `double`.
    #[default]
    Double,
    /// They are `decimal`.
    Decimal,
}

/// How a document is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadSettings {
    /// What numbers with a point or exponent become.
    pub floats: FloatParseHandling,
    /// Whether strings that look like ISO dates become dates (`DateParseHandling.DateTime`, the default).
    pub parse_dates: bool,
    /// Whether tokens keep where they stood in the text ([`JToken::read_at`](super::JToken::read_at)): those that `DeserializeObject` gives do not.
    pub places: bool,
}

impl Default for LoadSettings {
    fn default() -> LoadSettings {
        LoadSettings { floats: FloatParseHandling::Double, parse_dates: true, places: true }
    }
}

/// `JToken.Parse(text)`.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse(text: &str) -> Result<JToken, Exception> {
    parse_with(text, LoadSettings::default())
}

/// `JToken.Parse(text)` with other settings of the reader.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse_with(text: &str, settings: LoadSettings) -> Result<JToken, Exception> {
    match plain::load(text, settings, None) {
        Some(token) => Ok(token),
        None => read(text, settings),
    }
}

/// The same with the reader alone.
pub(super) fn read(text: &str, settings: LoadSettings) -> Result<JToken, Exception> {
    Reading::new(settings, None).finish(text)
}

/// `JObject.Parse(text)`.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse_object(text: &str) -> Result<JToken, Exception> {
    parse_container(text, JTokenType::Object)
}

/// `JArray.Parse(text)`.
///
/// # Errors
/// `JsonReaderException`.
pub fn parse_array(text: &str) -> Result<JToken, Exception> {
    parse_container(text, JTokenType::Array)
}

fn parse_container(text: &str, of: JTokenType) -> Result<JToken, Exception> {
    let first = if of == JTokenType::Object { b'{' } else { b'[' };
    if let Some(token) = plain::load(text, LoadSettings::default(), Some(first)) {
        return Ok(token);
    }
    Reading::new(LoadSettings::default(), Some(of)).finish(text)
}

/// A byte takes 8 ns in real documents, 17 where all values have one digit.
const STEPS_PER_BYTE: u64 = 1;

/// A text that is read in pieces.
pub struct Loading {
    text: Text,
    settings: LoadSettings,
    /// What the document must be.
    of: Option<JTokenType>,
    stage: Stage,
}

enum Stage {
    Plain(plain::Place),
    Read(Reading),
}

impl Loading {
    /// Begins `JObject.Parse` (`JTokenType::Object`), `JArray.Parse` (`JTokenType::Array`) or `JToken.Parse` (`None`).
    #[must_use]
    pub fn new(text: Text, settings: LoadSettings, of: Option<JTokenType>) -> Loading {
        let first = of.map(|of| if of == JTokenType::Object { b'{' } else { b'[' });
        let stage = match plain::begin(&text, settings, first) {
            Some(place) => Stage::Plain(place),
            None => Stage::Read(Reading::new(settings, of)),
        };
        Loading { text, settings, of, stage }
    }
}

impl Work for Loading {
    type Output = Result<JToken, Exception>;

    fn step(&mut self, steps: &mut u64) -> Option<Result<JToken, Exception>> {
        let (bytes, before) = (items(*steps, STEPS_PER_BYTE), self.offset());
        let done = self.go_on(bytes);
        let after = if done.is_some() { self.text.len() } else { self.offset() };
        take(steps, after.saturating_sub(before), STEPS_PER_BYTE);
        done
    }
}

impl Loading {
    fn offset(&self) -> usize {
        match &self.stage {
            Stage::Plain(place) => place.offset(),
            Stage::Read(reading) => reading.reader.offset(),
        }
    }

    fn go_on(&mut self, bytes: usize) -> Option<Result<JToken, Exception>> {
        // Reading from the start is what comes next where a text is not plain.
        let mut reading = match std::mem::replace(&mut self.stage, Stage::Read(Reading::new(self.settings, self.of))) {
            Stage::Plain(place) => match plain::go_on(&self.text, self.settings, place, bytes) {
                Some(plain::Reached::End(token)) => return Some(Ok(token)),
                Some(plain::Reached::Paused(place)) => {
                    self.stage = Stage::Plain(place);
                    return None;
                }
                None => Reading::new(self.settings, self.of),
            },
            Stage::Read(reading) => reading,
        };
        let done = reading.go_on(&self.text, bytes).transpose();
        self.stage = Stage::Read(reading);
        done
    }
}

/// A document that is read with the reader.
struct Reading {
    /// Without its text.
    reader: Reader<'static>,
    of: Option<JTokenType>,
    places: Places,
    part: Part,
}

/// Which part of a text is being read.
enum Part {
    Start,
    /// Comments before a container.
    Head,
    Document(Open),
    /// Behind the document only comments may follow.
    Tail(JToken),
}

/// A document whose end was not reached.
struct Open {
    root: Rc<Node>,
    class: &'static str,
    start_depth: usize,
    open: Vec<Rc<Node>>,
    name: Option<Text>,
    /// The place of the property that is being read.
    named_at: u32,
    places: Places,
}

/// Whether tokens keep where they stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Places {
    Kept,
    Left,
}

impl Places {
    /// The place of the token that was just read.
    fn of(self, reader: &Reader<'_>) -> u32 {
        match self {
            Places::Kept => place(reader.offset()),
            Places::Left => 0,
        }
    }
}

impl Reading {
    fn new(settings: LoadSettings, of: Option<JTokenType>) -> Reading {
        let places = if settings.places { Places::Kept } else { Places::Left };
        Reading { reader: Reader::new("", settings), of, places, part: Part::Start }
    }

    fn finish(mut self, text: &str) -> Result<JToken, Exception> {
        loop {
            if let Some(token) = self.go_on(text, usize::MAX)? {
                return Ok(token);
            }
        }
    }

    /// Reads about `bytes` bytes further, whole tokens.
    fn go_on(&mut self, text: &str, bytes: usize) -> Result<Option<JToken>, Exception> {
        let mut reader = std::mem::replace(&mut self.reader, Reader::new("", LoadSettings::default())).over(text);
        let pause_at = reader.offset().saturating_add(bytes);
        let done = self.run(&mut reader, pause_at);
        self.reader = reader.over("");
        if let Ok(Some(root)) = &done
            && self.places == Places::Kept
            && text.len() <= LOCATED_BYTES_MAX
        {
            root.node.keep_text(&Source::new(text));
        }
        done
    }

    fn run(&mut self, reader: &mut Reader<'_>, pause_at: usize) -> Result<Option<JToken>, Exception> {
        loop {
            let next = match &mut self.part {
                Part::Start => {
                    if !reader.read()? {
                        return Err(reader.error(&format!("Error reading {} from JsonReader.", class_of(self.of))));
                    }
                    Part::Head
                }
                Part::Head => {
                    while self.of.is_some() && matches!(reader.token, Token::Comment(_)) {
                        if !reader.read()? {
                            break;
                        }
                        if reader.offset() >= pause_at {
                            return Ok(None);
                        }
                    }
                    begin(reader, self.of, self.places)?
                }
                Part::Document(document) => match load(reader, document, pause_at)? {
                    Some(token) => Part::Tail(token),
                    None => return Ok(None),
                },
                Part::Tail(token) => {
                    while reader.read()? {
                        if reader.offset() >= pause_at {
                            return Ok(None);
                        }
                    }
                    return Ok(Some(token.clone()));
                }
            };
            self.part = next;
        }
    }
}

fn class_of(of: Option<JTokenType>) -> &'static str {
    match of {
        None => "JToken",
        Some(JTokenType::Object) => "JObject",
        Some(_) => "JArray",
    }
}

/// What begins with the first token.
fn begin(reader: &mut Reader<'_>, of: Option<JTokenType>, places: Places) -> Result<Part, Exception> {
    let fits = match of {
        Some(JTokenType::Object) => reader.token == Token::StartObject,
        Some(_) => reader.token == Token::StartArray,
        None => true,
    };
    if !fits {
        let (class, found) = (class_of(of), reader.token_name());
        let what = if of == Some(JTokenType::Object) { "an object" } else { "an array" };
        let message = format!("Error reading {class} from JsonReader. Current JsonReader item is not {what}: {found}");
        return Err(reader.error(&message));
    }
    Ok(match reader.token.clone() {
        Token::StartObject | Token::StartArray | Token::StartConstructor(_) => Part::Document(enter(reader, places)?),
        Token::Value(value) => Part::Tail(JToken::value(value)),
        Token::Comment(text) => Part::Tail(JToken::value(Scalar::Comment(text))),
        _ => {
            let message = format!("Error reading JToken from JsonReader. Unexpected token: {}", reader.token_name());
            return Err(reader.error(&message));
        }
    })
}

/// Begins with the container that the reader has just entered (`ReadTokenFrom`).
fn enter(reader: &mut Reader<'_>, places: Places) -> Result<Open, Exception> {
    let root = Node::new(container(&reader.token)?);
    root.place.set(places.of(reader));
    let class = JToken::from_node(root.clone()).class_name();
    let start_depth = reader.depth();
    if !reader.read()? {
        return Err(reader.error(&format!("Error reading {class} from JsonReader.")));
    }
    Ok(Open { open: vec![root.clone()], root, class, start_depth, name: None, named_at: 0, places })
}

/// Goes on with a container; `None` at a pause.
fn load(reader: &mut Reader<'_>, document: &mut Open, pause_at: usize) -> Result<Option<JToken>, Exception> {
    let Open { root, class, start_depth, open, name, named_at, places } = document;
    while let Some(parent) = open.last() {
        match std::mem::replace(&mut reader.token, Token::None) {
            start @ (Token::StartObject | Token::StartArray | Token::StartConstructor(_)) => {
                let node = attach(parent, name.take(), container(&start)?, (*named_at, places.of(reader)));
                open.push(node);
            }
            Token::EndObject | Token::EndArray | Token::EndConstructor => {
                open.pop();
                if open.is_empty() {
                    break;
                }
            }
            Token::PropertyName(text) => {
                *name = Some(text);
                *named_at = places.of(reader);
            }
            Token::Value(value) => attach_value(parent, name.take(), value, (*named_at, places.of(reader))),
            Token::None | Token::Comment(_) => {}
        }
        if !reader.read()? {
            break;
        }
        if reader.offset() >= pause_at {
            return Ok(None);
        }
    }
    if reader.depth() > *start_depth {
        return Err(reader.error(&format!("Unexpected end of content while loading {class}.")));
    }
    Ok(Some(JToken::from_node(root.clone())))
}

/// An empty container. A constructor has to have a name, which the original checks only here.
fn container(token: &Token) -> Result<Content, Exception> {
    Ok(match token {
        Token::StartConstructor(name) if name.is_empty() => {
            return Err(Exception::argument("name", "Constructor name cannot be empty."));
        }
        Token::StartArray => Content::Array(RefCell::default(), OnceCell::new()),
        Token::StartConstructor(name) => {
            Content::Constructor { name: Box::new(RefCell::new(name.clone())), items: RefCell::default() }
        }
        _ => Content::Object(RefCell::default()),
    })
}

/// Adds a token to a container; a property that is there already is replaced in its place. Gives what was added. `places`: of a property, and of the
/// token.
pub(super) fn attach(parent: &Rc<Node>, name: Option<Text>, content: Content, places: (u32, u32)) -> Rc<Node> {
    let Content::Object(members) = &parent.content else {
        let value = Node::child_of(parent, parent.len(), content, places.1);
        parent.push(value.clone());
        return value;
    };
    let name = name.unwrap_or_default();
    let mut members = members.borrow_mut();
    let known = members.place_of(parent, &name);
    let (property, value) = Node::property_of(parent, known.unwrap_or(members.len()), name, content, places);
    match known {
        None => members.push(property),
        Some(place) => members.replace(place, property).iter().for_each(|old| old.detach()),
    }
    value
}

/// Adds a value to a container; a property that is there already is replaced in its place.
pub(super) fn attach_value(parent: &Rc<Node>, name: Option<Text>, value: Scalar, places: (u32, u32)) {
    attach(parent, name, Content::Value(RefCell::new(value)), places);
}

/// Adds a member to an object as it stands in the text; one that is there already is replaced in its place.
pub(super) fn attach_plain(parent: &Rc<Node>, source: &Rc<Source>, name: Span, value: PlainValue) {
    let Content::Object(members) = &parent.content else { return };
    let mut members = members.borrow_mut();
    if members.place_of(parent, source.at(name)).is_none() {
        members.push_plain(parent, source, name, value);
        return;
    }
    drop(members);
    let read_at = if parent.place.get() == 0 { 0 } else { name.behind_quote() };
    attach_value(parent, Some(source.at(name).into()), value.scalar(source), (read_at, read_at));
}
