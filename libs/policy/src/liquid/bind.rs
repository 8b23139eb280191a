//! What names in a template stand for: `body` and `context`, as `facts/apim.md` §2.6 has them.
//!
//! What the exchange and its variables hold is looked at first, in turns of its own ([`Binder`]); documents are read and taken apart where the
//! template is rendered ([`Scope::root`]).

mod context;
mod document;

use std::rc::Rc;

use postern_dotnet::date::{DateTime, DateTimeKind, TimeSpan};
use postern_dotnet::json::{self, JToken, LoadSettings};
use postern_dotnet::work::Pace;
use postern_dotnet::xml::{self, LoadOptions, Loading, SaveOptions, XNode};
use postern_dotnet::{Exception, Text};

use super::MADE_BYTES_MAX;
use super::data::{Data, Map};
use crate::charset;
use crate::exchange::{Exchange, Side};
use crate::expression::display;
use crate::expression::library::dates::DateTimeValue;
use crate::expression::library::json::wrapper::TokenValue;
use crate::expression::library::xml::node_of;
use crate::expression::machine::{Host, Machine};
use crate::expression::value::Value;
use crate::policies::Format;
use crate::variables::Variables;

/// How a template sees the exchange.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Binding {
    /// Whose body it is.
    pub(crate) side: Side,
    /// `xsi:nil` is nil, otherwise an empty text.
    pub(crate) nil_is_null: bool,
    /// Texts of JSON that look like dates are dates.
    pub(crate) parse_date: bool,
    /// The template may look at the body.
    pub(crate) uses_body: bool,
    /// The template may look at `context`.
    pub(crate) uses_context: bool,
}

/// What names stand for, but for documents that are yet to be read, and the clock.
#[derive(Debug)]
pub(crate) struct Scope {
    body: BodyText,
    /// Members of `context` but for its variables.
    context: Vec<(&'static str, Data)>,
    variables: Vec<(Rc<str>, Bound)>,
    pub(crate) now: DateTime,
}

/// The body as its type says.
#[derive(Debug, Clone)]
enum BodyText {
    Nothing,
    Json(Text, LoadSettings),
    Xml(Text, Binding),
}

/// What a variable holds.
#[derive(Debug)]
enum Bound {
    Data(Data),
    /// To be taken apart.
    Document(JToken),
    /// To be written as text.
    Json(JToken),
    Xml(XNode),
    List(Vec<Bound>),
}

/// Steps for a variable, or an item of a list that one holds.
const ITEM_STEPS: u64 = 20;
/// Bytes of a value's text that are made in one step.
const BYTES_PER_STEP: usize = 4;

/// Looks at everything that a template may name.
pub(crate) struct Binder {
    scope: Scope,
    /// Variables that are yet to be looked at.
    left: std::vec::IntoIter<(Rc<str>, Value)>,
    /// The list that is being looked at, and what was found in it.
    list: Option<(Rc<str>, Value, Vec<Bound>)>,
    /// Bytes of texts that were made of values.
    made: usize,
}

impl Binder {
    /// Begins.
    pub(crate) fn new(exchange: &dyn Exchange, variables: &Variables, binding: Binding) -> Binder {
        let body = if binding.uses_body { body(exchange, binding) } else { BodyText::Nothing };
        let (mut context, mut left) = (Vec::new(), Vec::new());
        if binding.uses_context {
            context.push(("Request", context::request(exchange)));
            context.extend(context::response(exchange).map(|response| ("Response", response)));
            left.extend(variables.iter().map(|(name, value)| (Rc::from(name), value.clone())));
        }
        let ticks = i64::try_from(exchange.unix_time().as_nanos() / 100).unwrap_or(i64::MAX);
        let now = DateTime::UNIX_EPOCH.add_span(TimeSpan::from_ticks(ticks));
        let now = now.unwrap_or(DateTime::MAX.with_kind(DateTimeKind::Utc));
        let scope = Scope { body, context, variables: Vec::with_capacity(left.len()), now };
        Binder { scope, left: left.into_iter(), list: None, made: 0 }
    }

    /// Goes on for about so many steps; `None`: there is more to do. The error: the texts of the variables are too long.
    pub(crate) fn go_on(
        &mut self,
        exchange: &mut dyn Exchange,
        variables: &mut Variables,
        steps: &mut u64,
    ) -> Option<Result<Scope, String>> {
        loop {
            if self.made > MADE_BYTES_MAX {
                return Some(Err(too_long()));
            }
            if let Some((_, value, items)) = &mut self.list
                && let Value::Object(object) = value
                && let Some(list) = object.list()
            {
                while items.len() < list.len() {
                    if *steps == 0 {
                        return None;
                    }
                    let item = list.get(items.len()).unwrap_or_default();
                    let bound = item_of(&item, exchange, variables);
                    pay(&item, &bound, steps, &mut self.made);
                    if self.made > MADE_BYTES_MAX {
                        return Some(Err(too_long()));
                    }
                    items.push(bound);
                }
            }
            if let Some((name, _, items)) = self.list.take() {
                self.scope.variables.push((name, Bound::List(items)));
            }
            if *steps == 0 {
                return None;
            }
            let Some((name, value)) = self.left.next() else { break };
            let list = match &value {
                Value::Object(object) if value.downcast_ref::<TokenValue>().is_none() => {
                    object.list().map(|list| list.len())
                }
                _ => None,
            };
            match list {
                Some(length) => self.list = Some((name, value, Vec::with_capacity(length))),
                None => {
                    let bound = bound(&value, exchange, variables);
                    pay(&value, &bound, steps, &mut self.made);
                    self.scope.variables.push((name, bound));
                }
            }
        }
        let nothing =
            Scope { body: BodyText::Nothing, context: Vec::new(), variables: Vec::new(), now: self.scope.now };
        Some(Ok(std::mem::replace(&mut self.scope, nothing)))
    }
}

/// What stands for a variable that holds no list.
fn bound(value: &Value, exchange: &mut dyn Exchange, variables: &mut Variables) -> Bound {
    Bound::Data(match value {
        Value::Null => Data::Nil,
        Value::Bool(flag) => Data::Bool(*flag),
        Value::String(text) => Data::words(text),
        Value::Object(_) => {
            if let Some(token) = value.downcast_ref::<TokenValue>() {
                return Bound::Document(token.0.clone());
            }
            if let Some(node) = node_of(value) {
                return Bound::Xml(node.clone());
            }
            match value.downcast_ref::<DateTimeValue>() {
                Some(date) => Data::Date(date.0),
                None => text_of(value, exchange, variables),
            }
        }
        number => {
            let text = text_of(number, exchange, variables);
            if matches!(number, Value::Char(_)) { text } else { text.number().unwrap_or(text) }
        }
    })
}

/// What stands for an item of a list: its text.
fn item_of(value: &Value, exchange: &mut dyn Exchange, variables: &mut Variables) -> Bound {
    if let Some(token) = value.downcast_ref::<TokenValue>()
        && token.0.scalar().is_none()
    {
        return Bound::Json(token.0.clone());
    }
    match node_of(value) {
        Some(node) => Bound::Xml(node.clone()),
        None => Bound::Data(text_of(value, exchange, variables)),
    }
}

/// Takes the steps for what was made of a value, and counts its text unless that is the value's own.
fn pay(value: &Value, bound: &Bound, steps: &mut u64, made: &mut usize) {
    let bytes = match (value, bound) {
        (Value::String(_), _) => 0,
        (_, Bound::Data(data)) => data.bytes(),
        _ => 0,
    };
    *made = made.saturating_add(bytes);
    *steps = steps.saturating_sub(ITEM_STEPS + (bytes / BYTES_PER_STEP) as u64);
}

fn too_long() -> String {
    format!("The variables are longer than {MADE_BYTES_MAX} bytes as text.")
}

/// `ToString()`; what cannot be converted is nothing.
fn text_of(value: &Value, exchange: &mut dyn Exchange, variables: &mut Variables) -> Data {
    let mut machine = Machine::new(Host { exchange, variables, last_error: None });
    display::to_text(value, &mut machine).map_or(Data::Nil, |text| Data::words(&text))
}

fn body(exchange: &dyn Exchange, binding: Binding) -> BodyText {
    let Some(bytes) = exchange.content(binding.side).filter(|bytes| !bytes.trim_ascii().is_empty()) else {
        return BodyText::Nothing;
    };
    let content_type = exchange.header(binding.side, "Content-Type").unwrap_or_default();
    let text = || Text::from(charset::text(bytes, charset::of_message(exchange, binding.side)));
    if Format::Json.is_of(content_type) {
        return BodyText::Json(text(), LoadSettings { parse_dates: binding.parse_date, ..LoadSettings::default() });
    }
    if Format::Xml.is_of(content_type) { BodyText::Xml(text(), binding) } else { BodyText::Nothing }
}

impl Scope {
    /// The root of all names. The error: the body is not what its type says, or something is nested too deeply.
    pub(crate) async fn root(&self, pace: &Pace) -> Result<Data, String> {
        let failed = |exception: Exception| exception.message.to_string();
        let body = match self.body.clone() {
            BodyText::Nothing => Data::Nil,
            BodyText::Json(text, settings) => {
                let token = pace.run(json::Loading::new(text, settings, None)).await.map_err(failed)?;
                document::json(pace, &token, 0).await?
            }
            BodyText::Xml(text, binding) => {
                let document = pace.run(Loading::document(text, LoadOptions::None)).await.map_err(failed)?;
                match document.root() {
                    Some(root) => {
                        let name = root.name().map_or_else(String::new, |name| name.local().to_string());
                        Data::members(vec![(&name, document::xml(pace, &root, binding, 0).await?)])
                    }
                    None => Data::Nil,
                }
            }
        };
        let mut variables = Vec::with_capacity(self.variables.len());
        let mut made = 0;
        for (name, bound) in &self.variables {
            let data = match bound {
                Bound::List(items) => {
                    let mut list = Vec::with_capacity(items.len());
                    for item in items {
                        pace.take(ITEM_STEPS).await;
                        list.push(item.data(pace, &mut made).await?);
                    }
                    Data::list(list)
                }
                single => single.data(pace, &mut made).await?,
            };
            variables.push((Rc::clone(name), data));
        }
        let mut context = self.context.clone();
        let variables = Data::Map(Rc::new(Map { entries: variables, folds_case: false }));
        context.insert(context.len().min(1), ("Variables", variables));
        Ok(Data::members(vec![("body", body), ("context", Data::members(context))]))
    }
}

impl Bound {
    /// As data. `made`: bytes of documents written as text so far. The error: they are too long, or nested too deeply.
    async fn data(&self, pace: &Pace, made: &mut usize) -> Result<Data, String> {
        let failed = |exception: Exception| exception.message.to_string();
        let text = match self {
            Bound::Data(data) => return Ok(data.clone()),
            Bound::Document(token) => return document::json(pace, token, 0).await,
            // There are no lists in lists.
            Bound::List(_) => return Ok(Data::Nil),
            Bound::Json(token) => {
                let text = pace.run(json::Writing::new(token, json::Formatting::Indented)).await.map_err(failed)?;
                Data::words(text)
            }
            Bound::Xml(node) => {
                let text = pace.run(xml::Writing::new(node, SaveOptions::None)).await.map_err(failed)?;
                Data::words(&text)
            }
        };
        *made = made.saturating_add(text.bytes());
        if *made > MADE_BYTES_MAX { Err(too_long()) } else { Ok(text) }
    }
}
