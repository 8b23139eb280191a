//! The maps of the exchange: headers, query parameters, URL parameters, variables, certificates.

use std::rc::Rc;

use postern_dotnet::Text;
use postern_dotnet::crypto::Certificate;

use super::{Part, PartObject, text_of, url};
use crate::exchange::{Exchange, Side};
use crate::expression::array::Array;
use crate::expression::library::{CertificateObject, pair};
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Dictionary, Enumerator, Object};
use crate::expression::value::Value;

/// The values of a header, or `None` without it.
pub(super) fn header(exchange: &dyn Exchange, side: Side, name: &str) -> Option<Vec<Text>> {
    let mut values = Vec::new();
    exchange.header_values(side, name, &mut |value| values.push(lossy(value)));
    (!values.is_empty()).then_some(values)
}

pub(super) fn lossy(bytes: &[u8]) -> Text {
    match std::str::from_utf8(bytes) {
        Ok(text) => Text::new(text),
        Err(_) => Text::from(String::from_utf8_lossy(bytes).into_owned()),
    }
}

/// A parameter of the operation's URL template, decoded.
pub(super) fn matched_parameter(exchange: &dyn Exchange, name: &str) -> Option<Value> {
    exchange.matched_parameter(name).map(decoded)
}

fn decoded(value: &[u8]) -> Value {
    Value::from(percent_decoded(value))
}

/// Percent-encoding undone.
pub(super) fn percent_decoded(bytes: &[u8]) -> String {
    if !bytes.contains(&b'%') {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, behind)) = rest.split_first() {
        let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        match (first, hex(behind.first()), hex(behind.get(1))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                out.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn names_of_headers(exchange: &dyn Exchange, side: Side) -> Vec<Value> {
    let mut names: Vec<Value> = Vec::new();
    exchange.headers(side, &mut |name, _| {
        let known = |value: &Value| matches!(value, Value::String(text) if text.as_bytes().eq_ignore_ascii_case(name));
        if !names.iter().any(known) {
            names.push(text_of(name));
        }
    });
    names
}

impl Dictionary for PartObject {
    fn get(&self, machine: &Machine<'_>, key: &Value) -> Option<Value> {
        let Value::String(name) = key else { return None };
        let exchange = &*machine.host.exchange;
        match self.0 {
            Part::Headers(side) => header(exchange, side, name).map(|values| Value::object(Array::texts(values))),
            Part::Query | Part::OriginalQuery => {
                url::of_part(self.0, exchange).parameter(name).map(|values| Value::object(Array::texts(values)))
            }
            Part::MatchedParameters => matched_parameter(exchange, name),
            Part::Variables => machine.host.variables.get(name).map(|value| machine.variable_box(name, value.clone())),
            Part::Certificates => {
                let (bytes, password) = exchange.certificate(name)?;
                let certificate = Certificate::read(bytes, password).ok()?;
                Some(Value::object(CertificateObject(certificate)))
            }
            _ => None,
        }
    }

    fn keys(&self, machine: &Machine<'_>) -> Vec<Value> {
        let exchange = &*machine.host.exchange;
        match self.0 {
            Part::Headers(side) => names_of_headers(exchange, side),
            Part::Query | Part::OriginalQuery => {
                url::of_part(self.0, exchange).parameter_names().into_iter().map(Value::from).collect()
            }
            Part::MatchedParameters => {
                let mut names = Vec::new();
                exchange.matched_parameters(&mut |name, _| names.push(Value::from(name)));
                names
            }
            Part::Variables => machine.host.variables.iter().map(|(name, _)| Value::from(name)).collect(),
            Part::Certificates => exchange.certificate_ids().iter().map(|id| Value::from(&**id)).collect(),
            _ => Vec::new(),
        }
    }
}

/// A walk over the pairs of a map. The names are those at its start.
pub(super) struct Walk {
    map: Rc<dyn Object>,
    names: Option<std::vec::IntoIter<Value>>,
}

impl Walk {
    pub(super) fn new(map: Rc<dyn Object>) -> Walk {
        Walk { map, names: None }
    }
}

impl Enumerator for Walk {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        let Some(map) = self.map.dictionary() else { return Ok(None) };
        let names = self.names.get_or_insert_with(|| map.keys(machine).into_iter());
        let Some(name) = names.next() else { return Ok(None) };
        let value = map.get(machine, &name).unwrap_or_default();
        Ok(Some(pair::of_map(&self.map.of(), name, value)))
    }
}
