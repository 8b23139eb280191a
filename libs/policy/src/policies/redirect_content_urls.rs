//! `redirect-content-urls`: rewrites links in the body, so that they lead to the gateway instead of the backend (outbound), or the other way
//! round (inbound).
//!
//! `<redirect-content-urls/>` – no attributes; inbound and outbound. The backend's base URL is the one the request is sent to, without what the
//! gateway appends; the gateway's is that of the API. Links count with and without the port that their scheme has anyway, and with slashes as
//! JSON may escape them (`https:\/\/`). Headers such as `Location` are left alone.

use crate::definition::{ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Once};
use crate::effect::Outcome;
use crate::exchange::{Exchange, Side, UrlParts};
use crate::policies::message_body::{Replacing, put_replaced, replace, side_of};
use crate::policies::{IN_OUT, in_turns};
use crate::policy::{Policy, PolicyContext, Step};
use crate::section::Section;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "redirect-content-urls", attributes: &[], content: Content::Empty },
    sections: IN_OUT,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Late,
    build: |_, _| Built::policy(RedirectContentUrls),
};

#[derive(Debug)]
struct RedirectContentUrls;

/// Base URLs without a slash at the end: the usual one first, then the one with the port written out.
type Bases = Vec<String>;

fn bases(url: &UrlParts<'_>, path: &str) -> Bases {
    let path = path.trim_matches('/');
    let slash = if path.is_empty() { "" } else { "/" };
    let usual = if url.scheme.eq_ignore_ascii_case("https") { 443 } else { 80 };
    let with_port = format!("{}://{}:{}{slash}{path}", url.scheme, url.host, url.port);
    if url.port == usual {
        vec![format!("{}://{}{slash}{path}", url.scheme, url.host), with_port]
    } else {
        vec![with_port]
    }
}

/// `None`: a URL is not known.
fn both(exchange: &dyn Exchange) -> Option<(Bases, Bases)> {
    let (backend, original) = (exchange.backend_url(), exchange.original_url());
    if backend.host.is_empty() || original.host.is_empty() {
        return None;
    }
    let base = backend.path.strip_suffix(exchange.path()).unwrap_or_default();
    Some((bases(&backend, &String::from_utf8_lossy(base)), bases(&original, exchange.api().path)))
}

/// The URL ends here, or a path, query or fragment follows: `https://a.test` is not the start of `https://a.test.evil`.
fn ends(behind: &[u8]) -> bool {
    !behind.first().is_some_and(|next| next.is_ascii_alphanumeric() || b"-._~:@%".contains(next) || !next.is_ascii())
        // The full stop that ends a sentence.
        || matches!(behind, [b'.'] | [b'.', b' ' | b'\n' | b'\r' | b'<', ..])
}

fn rewriting(context: &PolicyContext<'_>) -> Option<Replacing> {
    let side = context.side();
    // What cannot be read stays as it is.
    if context.exchange.is_coded(side) {
        return None;
    }
    let (backend, gateway) = both(context.exchange)?;
    let (from, to) = match side {
        Side::Request => (gateway, backend),
        Side::Response => (backend, gateway),
    };
    let to = to.first().filter(|to| !from.contains(to))?;
    let escaped = |url: &String| url.replace('/', "\\/");
    let pairs = from.iter().flat_map(|from| [(from.clone(), to.clone()), (escaped(from), escaped(to))]);
    Some(replace(context.exchange.content(side)?.to_vec(), pairs.collect(), |_, behind| ends(behind)))
}

impl Policy for RedirectContentUrls {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let work = rewriting(context);
        in_turns::begin(context, Ok(work), put_replaced)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        in_turns::resume::<Replacing>(context, put_replaced)
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        Some(side_of(section))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn links_in_the_response_lead_to_the_gateway() {
        for (api_path, body, made) in [
            ("", "https://backend.test/a?b", "https://gateway.test/a?b"),
            ("echo/v1", "<a href=\"https://backend.test/a\">", "<a href=\"https://gateway.test/echo/v1/a\">"),
            ("echo", "https://backend.test", "https://gateway.test/echo"),
            (
                "echo",
                "https://backend.test/ https://backend.test.",
                "https://gateway.test/echo/ https://gateway.test/echo.",
            ),
            ("echo", "https://backend.test:443/a", "https://gateway.test/echo/a"),
            ("echo", "{\"u\":\"https:\\/\\/backend.test\\/a\"}", "{\"u\":\"https:\\/\\/gateway.test\\/echo\\/a\"}"),
            ("echo", "https://backend.test.evil/a", "https://backend.test.evil/a"),
            ("echo", "https://backend.test:8443/a", "https://backend.test:8443/a"),
            ("echo", "http://backend.test/a //backend.test/a", "http://backend.test/a //backend.test/a"),
        ] {
            let exchange = MemoryExchange {
                api_path: api_path.to_owned(),
                backend_response: (200, Vec::new(), body.into()),
                ..MemoryExchange::get("/a")
            };
            let policy = "<policies><outbound><redirect-content-urls/></outbound></policies>";
            check(policy, exchange, &[Expect::Response(200, made)]);
        }
    }

    #[test]
    fn links_in_the_request_lead_to_the_backend() {
        let exchange = MemoryExchange {
            api_path: "echo".to_owned(),
            request_body: Some(b"https://gateway.test/echo/a https://gateway.test/other".to_vec()),
            ..MemoryExchange::get("/a")
        };
        let expected = [Expect::RequestBody("https://backend.test/a https://gateway.test/other")];
        check("<redirect-content-urls/>", exchange, &expected);
    }

    #[test]
    fn the_policy_has_neither_attributes_nor_other_places() {
        check("<redirect-content-urls a='b'/>", MemoryExchange::get("/"), &[Expect::Codes(&["unknown-attribute"])]);
        let backend = "<policies><backend><redirect-content-urls/></backend></policies>";
        check(backend, MemoryExchange::get("/"), &[Expect::Codes(&["wrong-section"])]);
    }
}
