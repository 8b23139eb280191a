//! `context` but for its variables.

use std::rc::Rc;

use crate::exchange::{Exchange, Side, UrlParts};
use crate::liquid::data::{Data, Map, OWN_TEXT};
use crate::url;

/// `context.Request`
pub(super) fn request(exchange: &dyn Exchange) -> Data {
    let method = Data::text(&String::from_utf8_lossy(exchange.method()));
    let mut matched = Vec::new();
    exchange.matched_parameters(&mut |name, value| {
        matched.push((Rc::from(name), Data::text(&String::from_utf8_lossy(&url::decode(value)))));
    });
    Data::members(vec![
        ("Url", url_data(&exchange.backend_url())),
        ("OriginalUrl", url_data(&exchange.original_url())),
        ("Method", method.clone()),
        ("OriginalMethod", method),
        ("IpAddress", exchange.caller_ip().map_or(Data::Nil, |ip| Data::text(&ip.to_string()))),
        ("MatchedParameters", Data::Map(Rc::new(Map { entries: matched, folds_case: true }))),
        ("HasBody", Data::Bool(exchange.has_body(Side::Request))),
        ("Headers", headers(exchange, Side::Request)),
    ])
}

/// `context.Response`; `None`: there is none yet.
pub(super) fn response(exchange: &dyn Exchange) -> Option<Data> {
    if !exchange.has_response() {
        return None;
    }
    let status = Data::Integer(i64::from(exchange.status()));
    let method = Data::text(&String::from_utf8_lossy(exchange.method()));
    let headers = headers(exchange, Side::Response);
    Some(Data::members(vec![("StatusCode", status), ("Method", method), ("Headers", headers)]))
}

fn url_data(parts: &UrlParts<'_>) -> Data {
    let (path, query) = (String::from_utf8_lossy(&parts.path), String::from_utf8_lossy(parts.query));
    let question = if query.is_empty() { "" } else { "?" };
    let usual = if parts.scheme == "https" { 443 } else { 80 };
    let port = if parts.port == usual { String::new() } else { format!(":{}", parts.port) };
    let whole = format!("{}://{}{port}{path}{question}{query}", parts.scheme, parts.host);
    let lines = url::parameters(parts.query).map(|given| {
        let value = given.text.get(given.name.len() + 1..).unwrap_or_default();
        (url::decode(given.name), url::decode(value))
    });
    Data::members(vec![
        ("Scheme", Data::text(parts.scheme)),
        ("Host", Data::text(parts.host)),
        ("Port", Data::text(&parts.port.to_string())),
        ("Path", Data::text(&path)),
        ("Query", grouped(lines)),
        ("QueryString", Data::text(&format!("{question}{query}"))),
        ("ToUri", Data::text(&whole)),
        ("ToString", Data::text(&whole)),
        (OWN_TEXT, Data::text(&whole)),
    ])
}

fn headers(exchange: &dyn Exchange, side: Side) -> Data {
    let mut lines = Vec::new();
    exchange.headers(side, &mut |name, value| lines.push((name.to_vec(), value.to_vec())));
    grouped(lines.into_iter())
}

/// Names with their value, or with a list if there are several.
fn grouped(lines: impl Iterator<Item = (Vec<u8>, Vec<u8>)>) -> Data {
    let mut groups: Vec<(String, Vec<Data>)> = Vec::new();
    for (name, value) in lines {
        let (name, value) = (String::from_utf8_lossy(&name), Data::text(&String::from_utf8_lossy(&value)));
        match groups.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
            Some((_, values)) => values.push(value),
            None => groups.push((name.into_owned(), vec![value])),
        }
    }
    let entries = groups.into_iter().map(|(name, mut values)| {
        let value = if values.len() > 1 { Data::list(values) } else { values.pop().unwrap_or_default() };
        (Rc::from(name), value)
    });
    Data::Map(Rc::new(Map { entries: entries.collect(), folds_case: true }))
}
