//! The request that `send-request` and `send-one-way-request` describe.

use crate::builder::Builder;
use crate::definition::{
    AttributeRule, ChildRule, Content, ElementRule, Expression, Occurs, TextRule, ValueRule, optional,
};
use crate::effect::{Effect, HttpRequest};
use crate::exchange::{Exchange, Side};
use crate::expression::value::Value;
use crate::given::Given;
use crate::limits;
use crate::policies::authentication_basic::{self, AuthenticationBasic};
use crate::policies::authentication_certificate::{self, AuthenticationCertificate};
use crate::policies::authentication_managed_identity::{self, ManagedIdentity};
use crate::policies::proxy::{self, Proxy};
use crate::policies::set_body::{self, Begun, SetBody};
use crate::policies::set_header::{self, Lines, SetHeader};
use crate::policy::PolicyContext;
use crate::reader::Element;
use crate::section::Section;

static URL: ElementRule = ElementRule {
    element: "set-url",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::NonEmpty }),
};
static METHOD: ElementRule = ElementRule {
    element: "set-method",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Token }),
};

pub(in crate::policies) const MODE: AttributeRule =
    optional("mode", Expression::Allowed, ValueRule::OneOf(&["new", "copy"]));
pub(in crate::policies) const TIMEOUT: AttributeRule =
    optional("timeout", Expression::Allowed, ValueRule::Integer(1, limits::FORWARD_TIMEOUT_SECONDS_MAX));

pub(in crate::policies) const CHILDREN: Content = Content::Children(&[
    ChildRule { rule: &URL, occurs: Occurs::Optional },
    ChildRule { rule: &METHOD, occurs: Occurs::Optional },
    ChildRule { rule: &set_header::RULE, occurs: Occurs::Any },
    ChildRule { rule: &set_body::RULE, occurs: Occurs::Optional },
    ChildRule { rule: &authentication_basic::RULE, occurs: Occurs::Optional },
    ChildRule { rule: &authentication_certificate::RULE, occurs: Occurs::Optional },
    ChildRule { rule: &authentication_managed_identity::RULE, occurs: Occurs::Optional },
    ChildRule { rule: &proxy::RULE, occurs: Occurs::Optional },
]);

/// Ways to say who sends the request; it has one at most.
const AUTHENTICATIONS: [&str; 3] = [
    authentication_basic::RULE.element,
    authentication_certificate::RULE.element,
    authentication_managed_identity::RULE.element,
];

/// Default `timeout` in seconds.
const TIMEOUT_S: u64 = 60;

/// Headers of the caller's request that are not part of a copy: those of its connection, and `Accept-Encoding`, since what a policy reads
/// should not be compressed.
const NOT_COPIED: &[&str] = &["Host", "Expect", "Accept-Encoding", "Proxy-Authorization", "Proxy-Connection"];

#[derive(Debug)]
pub(super) struct Request {
    /// `None`: `new`.
    mode: Option<Given<Box<str>>>,
    url: Option<Given<Box<str>>>,
    method: Option<Given<Box<str>>>,
    headers: Box<[SetHeader]>,
    body: Option<SetBody>,
    basic: Option<AuthenticationBasic>,
    certificate: Option<AuthenticationCertificate>,
    identity: Option<ManagedIdentity>,
    proxy: Option<Proxy>,
    timeout: Given<u64>,
}

impl Request {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Request> {
        let mode = builder.text_attribute(element, "mode")?;
        if element.child("set-url").is_none() && mode.as_ref().is_none_or(|mode| mode.literal().is_some_and(is_new)) {
            let message = format!("`<{}>` without `<set-url>` fails unless mode=\"copy\"", element.name);
            builder.warning(element.offset, "url-missing", message, Some("add <set-url>".to_owned()));
        }
        if let [_, second, ..] = &*element.children.iter().filter(|child| authenticates(child)).collect::<Vec<_>>() {
            let message = format!("`<{}>` takes one of {}", element.name, AUTHENTICATIONS.join(", "));
            let suggestion = format!("remove all but one; `<{}>` is the second", second.name);
            builder.error_with(second.offset, "element-conflict", message, Some(suggestion));
            return None;
        }
        let mut headers = Vec::new();
        for header in element.children_named("set-header") {
            headers.extend(SetHeader::from(header, builder)?);
        }
        let text = |name: &str, builder: &mut Builder<'_, '_>| match element.child(name) {
            Some(child) => builder.text(&child.text).map(Some),
            None => Some(None),
        };
        Some(Request {
            mode,
            url: text("set-url", builder)?,
            method: text("set-method", builder)?,
            headers: headers.into(),
            body: child(element, "set-body", builder, SetBody::from)?,
            basic: child(element, "authentication-basic", builder, AuthenticationBasic::from)?,
            certificate: child(element, "authentication-certificate", builder, AuthenticationCertificate::from)?,
            identity: child(element, "authentication-managed-identity", builder, ManagedIdentity::from)?,
            proxy: child(element, "proxy", builder, Proxy::from)?,
            timeout: builder.number_attribute(element, "timeout")?.unwrap_or(Given::Literal(TIMEOUT_S)),
        })
    }

    /// The body of the caller's request must be in hand for a copy. It is not copied when the response is being made.
    pub(super) fn needs_body(&self, section: Section) -> Option<Side> {
        let may_copy = self.mode.as_ref().is_some_and(|mode| !mode.literal().is_some_and(is_new));
        (may_copy && self.body.is_none() && copies_body(section)).then_some(Side::Request)
    }

    /// What the body of the message says, for a template.
    pub(super) fn needs_content(&self, section: Section) -> Option<Side> {
        self.body.as_ref().and_then(|body| body.body_needed(section))
    }

    /// The token to be had first, if there is one.
    pub(super) fn token(&self, values: &[Value]) -> Option<Effect> {
        self.identity.as_ref().map(|identity| identity.effect(values))
    }

    /// Whether the request is sent without a token when there is none.
    pub(super) fn ignores_token_error(&self, values: &[Value]) -> bool {
        self.identity.as_ref().is_some_and(|identity| identity.ignores_error(values))
    }

    /// The body of its own. `None`: it has none.
    pub(super) fn begin_body(&self, context: &mut PolicyContext<'_>) -> Option<Begun<Vec<u8>>> {
        self.body.as_ref().map(|body| body.begin(context))
    }

    /// The request with the body of its own. The error: a computed value that cannot be used.
    pub(super) fn compose(
        &self,
        context: &mut PolicyContext<'_>,
        token: Option<&str>,
        own_body: Option<Vec<u8>>,
        one_way: bool,
    ) -> Result<Box<HttpRequest>, String> {
        let values = context.values;
        let timeout_ms = self.timeout.number(values).clamp(1, limits::FORWARD_TIMEOUT_SECONDS_MAX) * 1000;
        let mut request = HttpRequest { one_way, timeout_ms, method: "GET".into(), ..HttpRequest::default() };
        if self.mode.as_ref().is_some_and(|mode| mode.text(values).trim().eq_ignore_ascii_case("copy")) {
            copy(&mut request, context.exchange, self.body.is_none() && copies_body(context.section));
        }
        if let Some(method) = &self.method {
            request.method = method.text(values).trim().into();
        }
        if let Some(url) = &self.url {
            request.url = encoded(url.text(values)).into();
        }
        for header in &self.headers {
            header.apply_to(&mut request.headers, &mut context.state.scratch, values)?;
        }
        if own_body.is_some() {
            request.body = own_body;
        }
        if let Some(basic) = &self.basic {
            Lines::set(&mut request.headers, "Authorization", basic.value(values).as_bytes());
        }
        if let Some(token) = token {
            Lines::set(&mut request.headers, "Authorization", format!("Bearer {token}").as_bytes());
        }
        request.certificate = match &self.certificate {
            Some(certificate) => Some(certificate.chosen(values)?),
            None => None,
        };
        request.proxy = self.proxy.as_ref().map(|proxy| proxy.chosen(values));
        Ok(Box::new(request))
    }
}

/// The part of a child. First `None`: a problem was reported; second: there is no such child.
#[allow(clippy::option_option, reason = "reported and missing are two things")]
fn child<T>(
    element: &Element,
    name: &str,
    builder: &mut Builder<'_, '_>,
    build: fn(&Element, &mut Builder<'_, '_>) -> Option<T>,
) -> Option<Option<T>> {
    match element.child(name) {
        Some(child) => build(child, builder).map(Some),
        None => Some(None),
    }
}

fn authenticates(child: &Element) -> bool {
    AUTHENTICATIONS.contains(&child.name.as_str())
}

fn is_new(mode: &str) -> bool {
    !mode.trim().eq_ignore_ascii_case("copy")
}

fn copies_body(section: Section) -> bool {
    matches!(section, Section::Inbound | Section::Backend)
}

/// Makes the request a copy of the exchange's, with its body or without.
fn copy(request: &mut HttpRequest, exchange: &dyn Exchange, with_body: bool) {
    request.method = String::from_utf8_lossy(exchange.method()).into();
    let url = exchange.backend_url();
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.to_owned() };
    let mut text = format!("{}://{host}:{}{}", url.scheme, url.port, String::from_utf8_lossy(&url.path));
    if !url.query.is_empty() {
        text.push('?');
        text.push_str(&String::from_utf8_lossy(url.query));
    }
    request.url = encoded(&text).into();
    exchange.headers(Side::Request, &mut |name, value| {
        let name = String::from_utf8_lossy(name);
        let is_of_body = name.eq_ignore_ascii_case("Content-Encoding");
        if (with_body || !is_of_body) && !NOT_COPIED.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            Lines::append(&mut request.headers, &name, value);
        }
    });
    if with_body && exchange.has_body(Side::Request) {
        request.body = exchange.body(Side::Request).map(<[u8]>::to_vec);
    }
}

/// A URL as .NET's `Uri` sends it: without fragment, and what may not stand in it percent-encoded.
pub(crate) fn encoded(url: &str) -> String {
    use std::fmt::Write as _;
    let url = url.trim();
    let url = url.split_once('#').map_or(url, |(before, _)| before);
    let mut out = String::with_capacity(url.len());
    for byte in url.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}') {
            out.push(char::from(byte));
        } else {
            // Writing to a string never fails.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
