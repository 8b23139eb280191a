//! `cors`: lets browsers call an API from other origins: answers preflight requests and marks responses.
//!
//! ```xml
//! <cors allow-credentials="false" terminate-unmatched-request="true">
//!   <allowed-origins><origin>*|scheme://host:port</origin>+</allowed-origins>
//!   <allowed-methods preflight-result-max-age="0"><method>*|VERB</method>+</allowed-methods>
//!   <allowed-headers><header>*|name</header>+</allowed-headers>
//!   <expose-headers><header>name</header>*</expose-headers>
//! </cors>
//! ```
//! Inbound, once per section. Without `allowed-methods`: GET and POST. `allowed-headers` is required in the documentation, but documents in
//! use leave it out; then no header is allowed. A preflight request is answered by the policy alone, `200 OK`
//! without body, with CORS headers if origin, method and headers are allowed; other policies do not run. An actual request with an allowed
//! origin gets its headers on whatever response it ends with. One with another origin: GET and HEAD end with an empty `200 OK` if
//! `terminate-unmatched-request` (default `true`, as its description says; its table says `false`), anything else goes on without headers.
//! The first policy that decides is the only one that applies.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, optional,
};
use crate::diagnostic::quote;
use crate::exchange::{Exchange, Side};
use crate::limits;
use crate::policy::{Policy, PolicyContext, PolicyKind, Step};
use crate::program::Program;
use crate::reader::Element;
use crate::run::{Preflight, RunState};
use crate::section::{Section, Sections};

static ORIGIN: ElementRule = ElementRule { element: "origin", attributes: &[], content: text(ValueRule::NonEmpty) };
static METHOD: ElementRule = ElementRule { element: "method", attributes: &[], content: text(ValueRule::Token) };
static HEADER: ElementRule = ElementRule { element: "header", attributes: &[], content: text(ValueRule::Token) };

const fn text(value: ValueRule) -> Content {
    Content::Text(TextRule { expression: Expression::Allowed, value })
}

static ALLOWED_ORIGINS: ElementRule = ElementRule {
    element: "allowed-origins",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &ORIGIN, occurs: Occurs::Some }]),
};
static ALLOWED_METHODS: ElementRule = ElementRule {
    element: "allowed-methods",
    attributes: &[optional("preflight-result-max-age", Expression::Allowed, ValueRule::Integer(0, u32::MAX as u64))],
    content: Content::Children(&[ChildRule { rule: &METHOD, occurs: Occurs::Some }]),
};
static ALLOWED_HEADERS: ElementRule = ElementRule {
    element: "allowed-headers",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &HEADER, occurs: Occurs::Some }]),
};
static EXPOSE_HEADERS: ElementRule = ElementRule {
    element: "expose-headers",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &HEADER, occurs: Occurs::Any }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "cors",
        attributes: &[
            optional("allow-credentials", Expression::Allowed, ValueRule::Boolean),
            optional("terminate-unmatched-request", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Children(&[
            ChildRule { rule: &ALLOWED_ORIGINS, occurs: Occurs::One },
            ChildRule { rule: &ALLOWED_METHODS, occurs: Occurs::Optional },
            ChildRule { rule: &ALLOWED_HEADERS, occurs: Occurs::Optional },
            ChildRule { rule: &EXPOSE_HEADERS, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Late,
    build,
};

/// The compiled policy.
#[derive(Debug)]
pub(crate) struct Cors {
    allow_credentials: bool,
    terminate_unmatched_request: bool,
    origins: Allowed,
    methods: Allowed,
    headers: Allowed,
    /// Comma-separated; empty when nothing is exposed.
    expose_headers: Box<str>,
    max_age_s: Box<str>,
}

/// A list of allowed names.
#[derive(Debug)]
enum Allowed {
    /// `*`.
    Any,
    /// These; `joined` is how they are sent.
    Only { names: Box<[Box<str>]>, joined: Box<str> },
}

impl Allowed {
    fn new(names: Vec<Box<str>>) -> Allowed {
        if names.iter().any(|name| &**name == "*") {
            return Allowed::Any;
        }
        let joined = names.join(",").into();
        Allowed::Only { names: names.into(), joined }
    }

    /// Methods are case-sensitive (RFC 9110 section 9.1).
    fn has_method(&self, method: &[u8]) -> bool {
        match self {
            Allowed::Any => true,
            Allowed::Only { names, .. } => names.iter().any(|name| name.as_bytes() == method),
        }
    }

    fn has_header(&self, header: &[u8]) -> bool {
        match self {
            Allowed::Any => true,
            Allowed::Only { names, .. } => names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(header)),
        }
    }

    fn has_origin(&self, origin: &[u8]) -> bool {
        match self {
            Allowed::Any => true,
            Allowed::Only { .. } if origin.len() > limits::ORIGIN_BYTES_MAX => false,
            Allowed::Only { names, .. } => {
                let origin = without_default_port(origin);
                names.iter().any(|name| name.as_bytes().eq_ignore_ascii_case(origin))
            }
        }
    }
}

/// An omitted port is 80 or 443 by scheme, so a written one of that value is left out.
fn without_default_port(origin: &[u8]) -> &[u8] {
    let has = |scheme: &[u8]| origin.get(..scheme.len()).is_some_and(|head| head.eq_ignore_ascii_case(scheme));
    let port: &[u8] = if has(b"https://") {
        b":443"
    } else if has(b"http://") {
        b":80"
    } else {
        return origin;
    };
    origin.strip_suffix(port).unwrap_or(origin)
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let names = |list: &str| -> Vec<Box<str>> {
        let items = element.child(list).map_or(&[][..], |list| list.children.as_slice());
        items.iter().map(|item| item.text.text.trim().into()).collect()
    };
    let methods: Vec<Box<str>> = names("allowed-methods").into_iter().map(method).collect();
    let max_age = element.child("allowed-methods").and_then(|methods| methods.owned("preflight-result-max-age"));
    let methods = if methods.is_empty() { vec!["GET".into(), "POST".into()] } else { methods };
    let allow_credentials = element.flag("allow-credentials", false);
    if element.child("allowed-headers").is_none() {
        let message = "without `<allowed-headers>` no request header is allowed but the simple ones";
        builder.warning(element.offset, "cors-headers", message, None);
    }
    let origins = origins(element.child("allowed-origins")?, allow_credentials, builder)?;
    Built::policy(Cors {
        allow_credentials,
        terminate_unmatched_request: element.flag("terminate-unmatched-request", true),
        origins,
        methods: Allowed::new(methods),
        headers: Allowed::new(names("allowed-headers")),
        expose_headers: names("expose-headers").join(",").into(),
        max_age_s: max_age.unwrap_or_else(|| "0".into()),
    })
}

/// Browsers send the common methods in capitals however a script wrote them (Fetch section 2.2.1), so that is how they compare.
fn method(written: Box<str>) -> Box<str> {
    const NORMALISED: &[&str] = &["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"];
    NORMALISED.iter().find(|method| method.eq_ignore_ascii_case(&written)).map_or(written, |method| (*method).into())
}

fn origins(list: &Element, allow_credentials: bool, builder: &mut Builder<'_, '_>) -> Option<Allowed> {
    let any = list.children.iter().find(|origin| origin.text.text.trim() == "*");
    if let Some(any) = any {
        if list.children.len() > 1 {
            builder.error(any.offset, "value-invalid", "`*` must be the only `<origin>`");
            return None;
        }
        if allow_credentials {
            let message = "browsers refuse credentials for origin `*`; name the origins";
            builder.warning(any.offset, "cors-credentials", message, None);
        }
        return Some(Allowed::Any);
    }
    let mut names = Vec::with_capacity(list.children.len());
    for origin in &list.children {
        let written = origin.text.text.trim();
        if written != "null" && !written.contains("://") {
            let message = format!("origin {} matches nothing: an origin has a scheme", quote(written));
            builder.warning(origin.offset, "cors-origin", message, Some(format!("https://{written}")));
        } else if let Some((scheme, rest)) = written.split_once("://")
            && let Some((host, path)) = rest.split_once('/')
            && !path.is_empty()
        {
            let message = format!("origin {} matches nothing: an origin has no path", quote(written));
            builder.warning(origin.offset, "cors-origin", message, Some(format!("{scheme}://{host}")));
        }
        let origin = without_default_port(written.trim_end_matches('/').as_bytes());
        names.push(String::from_utf8_lossy(origin).into());
    }
    Some(Allowed::new(names))
}

impl Cors {
    /// Headers that preflight and actual responses have in common.
    fn common_headers(&self, origin: &[u8], mut put: impl FnMut(&str, &[u8])) {
        match self.origins {
            Allowed::Any => put("Access-Control-Allow-Origin", b"*"),
            Allowed::Only { .. } => put("Access-Control-Allow-Origin", origin),
        }
        if self.allow_credentials {
            put("Access-Control-Allow-Credentials", b"true");
        }
    }

    /// Whether a preflight request may be followed by the request it announces.
    fn permits(&self, exchange: &dyn Exchange, origin: &[u8]) -> bool {
        let method = exchange.header(Side::Request, "Access-Control-Request-Method");
        let mut headers = true;
        exchange.header_values(Side::Request, "Access-Control-Request-Headers", &mut |line| {
            let mut names = line.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).filter(|name| !name.is_empty());
            headers &= names.all(|name| self.headers.has_header(name));
        });
        self.origins.has_origin(origin) && method.is_none_or(|method| self.methods.has_method(method)) && headers
    }

    /// Answers a permitted preflight request.
    fn answer(&self, exchange: &mut dyn Exchange, state: &mut RunState) {
        let out = &mut state.final_headers;
        if let Some(origin) = exchange.header(Side::Request, "Origin") {
            self.common_headers(origin, |name, value| out.set(name, value));
        }
        match &self.methods {
            Allowed::Only { joined, .. } => out.set("Access-Control-Allow-Methods", joined.as_bytes()),
            Allowed::Any => {
                if let Some(method) = exchange.header(Side::Request, "Access-Control-Request-Method") {
                    out.set("Access-Control-Allow-Methods", method);
                }
            }
        }
        match &self.headers {
            Allowed::Only { joined, .. } => out.set("Access-Control-Allow-Headers", joined.as_bytes()),
            Allowed::Any => {
                exchange.header_values(Side::Request, "Access-Control-Request-Headers", &mut |line| {
                    out.append("Access-Control-Allow-Headers", line);
                });
            }
        }
        out.set("Access-Control-Max-Age", self.max_age_s.as_bytes());
        if let Allowed::Only { .. } = self.origins {
            out.append("Vary", b"Origin");
        }
        out.apply(exchange);
    }
}

/// Answers a preflight request (`OPTIONS` with `Origin`) from the `cors` policies that are direct children of inbound.
pub(crate) fn preflight(program: &Program, exchange: &mut dyn Exchange, state: &mut RunState) -> Preflight {
    if exchange.method() != b"OPTIONS" || exchange.header(Side::Request, "Origin").is_none() {
        return Preflight::NotHandled;
    }
    let mut configured = false;
    let mut chosen = None;
    for instruction in program.instructions(Section::Inbound) {
        let PolicyKind::Cors(cors) = instruction.node.policy.kind() else { continue };
        configured = true;
        if exchange.header(Side::Request, "Origin").is_some_and(|origin| cors.permits(exchange, origin)) {
            chosen = Some(cors);
            break;
        }
        if cors.terminate_unmatched_request {
            break;
        }
    }
    if !configured {
        return Preflight::NotHandled;
    }
    exchange.begin_response();
    if let Some(cors) = chosen {
        cors.answer(exchange, state);
    }
    Preflight::Answered
}

impl Policy for Cors {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let PolicyContext { exchange, state, .. } = context;
        let Some(origin) = exchange.header(Side::Request, "Origin") else { return Step::Next };
        if state.cors_decided {
            return Step::Next;
        }
        if self.origins.has_origin(origin) {
            state.cors_decided = true;
            let out = &mut state.final_headers;
            self.common_headers(origin, |name, value| out.set(name, value));
            if !self.expose_headers.is_empty() {
                out.set("Access-Control-Expose-Headers", self.expose_headers.as_bytes());
            }
            if let Allowed::Only { .. } = self.origins {
                out.append("Vary", b"Origin");
            }
            return Step::Next;
        }
        let simple = matches!(exchange.method(), b"GET" | b"HEAD");
        if simple && self.terminate_unmatched_request {
            exchange.begin_response();
            return Step::Respond;
        }
        Step::Next
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Cors(self)
    }
}

#[cfg(test)]
mod tests;
