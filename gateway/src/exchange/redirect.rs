//! `follow-redirects`: the backend's redirect is followed instead of handed to the caller.
//!
//! What must hold: a body that is gone is not promised again, so a redirect that would need it goes to the caller;
//! credentials meant for one host are not sent to another.

use std::rc::Rc;

use postern_http::{BodyLength, HeaderId, Method};
use postern_policy::Exchange as _;

use super::intake::Intake;
use super::{Exchange, Target};
use crate::snapshot::{Scheme, Upstream};

/// Makes the exchange's request the one that a redirect response asks for. `false`: it is none, or it cannot be followed.
pub(super) fn turn_to(exchange: &mut Exchange<'_>, intake: &Intake<'_>) -> bool {
    let status = exchange.response_head.status;
    if !matches!(status, 301 | 302 | 303 | 307 | 308) {
        return false;
    }
    // The next request would need a body that went out as it came in.
    let has_body = !matches!(intake.length(), BodyLength::None | BodyLength::Exact(0)) && !exchange.replaced.body;
    let becomes_get = status == 303 && Method::of(exchange.method()) != Method::Head
        || matches!(status, 301 | 302) && Method::of(exchange.method()) == Method::Post;
    if has_body && !becomes_get {
        return false;
    }
    let Some((upstream, path, query)) = destination(exchange) else { return false };
    if becomes_get {
        exchange.set_method(b"GET");
        exchange.work.change().request_body.clear();
        exchange.work.change().request_content = None;
        exchange.replaced.body = true;
        for name in ["Content-Type", "Content-Encoding", "Content-Language", "Content-Location"] {
            // Names that are tokens can always be removed.
            let _ = exchange.work.change().request_edits.remove(name.as_bytes());
        }
    }
    if upstream.id != current(exchange).map_or(0, |upstream| upstream.id) {
        for name in ["Authorization", "Cookie"] {
            let _ = exchange.work.change().request_edits.remove(name.as_bytes());
        }
        if let Some(previous) = current(exchange) {
            let names: Vec<_> = previous.credentials.headers.iter().map(|(name, _)| name.clone()).collect();
            for name in names {
                let _ = exchange.work.change().request_edits.remove(name.as_bytes());
            }
        }
    }
    exchange.set_path(&path);
    exchange.set_query(&query);
    exchange.target = Target::Url(upstream);
    true
}

fn current<'e>(exchange: &'e Exchange<'_>) -> Option<&'e Upstream> {
    match &exchange.target {
        Target::Configured(upstream) => Some(upstream),
        Target::Url(upstream) => Some(upstream),
        Target::Unusable(_) => None,
    }
}

/// The absolute form of `Location`: where, which path, which query.
fn destination(exchange: &Exchange<'_>) -> Option<(Rc<Upstream>, Vec<u8>, Vec<u8>)> {
    let backend = exchange.backend.as_ref()?;
    let location = exchange.response_head.headers.first(HeaderId::Location)?.value.of(&backend.received);
    let location = std::str::from_utf8(location).ok()?.split('#').next()?;
    let base = current(exchange)?;
    let scheme = if base.scheme == Scheme::Https { "https" } else { "http" };
    let sent = std::str::from_utf8(&exchange.work.url).ok()?;
    let (origin, rest) = if let Some(rest) = location.strip_prefix("//") {
        split_origin(&format!("{scheme}://{rest}"))?
    } else if location.contains("://") {
        split_origin(location)?
    } else {
        let (origin, sent_path) = split_origin(sent)?;
        (origin, resolve(sent_path.split('?').next().unwrap_or("/"), location))
    };
    if !postern_http::is_request_target(rest.as_bytes()) {
        return None;
    }
    let (path, query) = rest.split_once('?').unwrap_or((&rest, ""));
    let upstream = exchange.active.upstream_of(&origin).ok()?;
    Some((upstream, path.as_bytes().to_vec(), query.as_bytes().to_vec()))
}

/// "http://host:1/a?b" → ("http://host:1", "/a?b").
fn split_origin(url: &str) -> Option<(String, String)> {
    let start = url.find("://")? + 3;
    let end = url.get(start..)?.find(['/', '?']).map_or(url.len(), |offset| start + offset);
    let rest = url.get(end..)?;
    let rest = if rest.starts_with('/') { rest.to_owned() } else { format!("/{rest}") };
    Some((url.get(..end)?.to_owned(), rest))
}

/// RFC 3986 section 5.2 for references without scheme and authority. Dot segments are left to the next server.
fn resolve(base_path: &str, reference: &str) -> String {
    if reference.starts_with('/') {
        reference.to_owned()
    } else if reference.is_empty() || reference.starts_with('?') {
        format!("{base_path}{reference}")
    } else {
        let folder = base_path.rfind('/').map_or("", |slash| base_path.get(..slash).unwrap_or_default());
        format!("{folder}/{reference}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_against_what_was_sent() {
        for (base, reference, expected) in [
            ("/a/b", "/c?d", "/c?d"),
            ("/a/b", "c", "/a/c"),
            ("/a/b", "?x=1", "/a/b?x=1"),
            ("/a/", "c/d", "/a/c/d"),
            ("/", "c", "/c"),
        ] {
            assert_eq!(resolve(base, reference), expected, "{base} {reference}");
        }
    }

    #[test]
    fn an_absolute_url_is_split_behind_its_authority() {
        for (url, origin, rest) in [
            ("http://h:1/a?b=/c", "http://h:1", "/a?b=/c"),
            ("https://h", "https://h", "/"),
            ("https://h?q", "https://h", "/?q"),
        ] {
            assert_eq!(split_origin(url), Some((origin.to_owned(), rest.to_owned())));
        }
        assert_eq!(split_origin("/no/origin"), None);
    }
}
