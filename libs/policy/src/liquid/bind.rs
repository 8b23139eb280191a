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
use postern_dotnet::xml::{LoadOptions, Loading};
use postern_dotnet::{Exception, Text};

use super::data::{Data, Map};
use crate::exchange::{Exchange, Side};
use crate::expression::display;
use crate::expression::library::dates::DateTimeValue;
use crate::expression::library::json::wrapper::TokenValue;
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
    Document(JToken),
}

/// Steps for an item of a list that a variable holds.
const ITEM_STEPS: u64 = 20;

/// Looks at everything that a template may name.
pub(crate) struct Binder {
    scope: Scope,
    /// Variables that are yet to be looked at.
    left: std::vec::IntoIter<(Rc<str>, Value)>,
    /// The list that is being looked at, and what was found in it.
    list: Option<(Rc<str>, Value, Vec<Data>)>,
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
        Binder { scope, left: left.into_iter(), list: None }
    }

    /// Goes on for about so many steps; `None`: there is more to do.
    pub(crate) fn go_on(
        &mut self,
        exchange: &mut dyn Exchange,
        variables: &mut Variables,
        steps: &mut u64,
    ) -> Option<Scope> {
        loop {
            if let Some((_, value, items)) = &mut self.list
                && let Value::Object(object) = value
                && let Some(list) = object.list()
            {
                while items.len() < list.len() {
                    if *steps == 0 {
                        return None;
                    }
                    *steps = steps.saturating_sub(ITEM_STEPS);
                    items.push(text_of(&list.get(items.len()).unwrap_or_default(), exchange, variables));
                }
            }
            if let Some((name, _, items)) = self.list.take() {
                self.scope.variables.push((name, Bound::Data(Data::list(items))));
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
                    self.scope.variables.push((name, bound));
                }
            }
        }
        let nothing =
            Scope { body: BodyText::Nothing, context: Vec::new(), variables: Vec::new(), now: self.scope.now };
        Some(std::mem::replace(&mut self.scope, nothing))
    }
}

/// What stands for a variable that holds no list.
fn bound(value: &Value, exchange: &mut dyn Exchange, variables: &mut Variables) -> Bound {
    Bound::Data(match value {
        Value::Null => Data::Nil,
        Value::Bool(flag) => Data::Bool(*flag),
        Value::String(text) => Data::text(text),
        Value::Object(_) => {
            if let Some(token) = value.downcast_ref::<TokenValue>() {
                return Bound::Document(token.0.clone());
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

/// `ToString()`; what cannot be converted is nothing.
fn text_of(value: &Value, exchange: &mut dyn Exchange, variables: &mut Variables) -> Data {
    let mut machine = Machine::new(Host { exchange, variables, last_error: None });
    display::to_text(value, &mut machine).map_or(Data::Nil, |text| Data::text(&text))
}

fn body(exchange: &dyn Exchange, binding: Binding) -> BodyText {
    let Some(bytes) = exchange.content(binding.side).filter(|bytes| !bytes.trim_ascii().is_empty()) else {
        return BodyText::Nothing;
    };
    let content_type = exchange.header(binding.side, "Content-Type").unwrap_or_default();
    let text = || Text::from(String::from_utf8_lossy(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)));
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
        for (name, bound) in &self.variables {
            let data = match bound {
                Bound::Data(data) => data.clone(),
                Bound::Document(token) => document::json(pace, token, 0).await?,
            };
            variables.push((Rc::clone(name), data));
        }
        let mut context = self.context.clone();
        let variables = Data::Map(Rc::new(Map { entries: variables, folds_case: false }));
        context.insert(context.len().min(1), ("Variables", variables));
        Ok(Data::members(vec![("body", body), ("context", Data::members(context))]))
    }
}
