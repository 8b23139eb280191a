//! What `xml-to-json` and `json-to-xml` have in common: whether a body is converted, and what becomes of its `Content-Type`.
//!
//! `apply` looks at the message's `Content-Type`, `consider-accept-header` at the request's `Accept`; a missing `Accept` asks for anything
//! (RFC 9110 section 12.5.1). An empty body is left alone.

use postern_dotnet::xml::MADE_BYTES_MAX;
use postern_dotnet::{Exception, ExceptionType};

use crate::builder::Builder;
use crate::charset;
use crate::exchange::{Exchange, Side};
use crate::expression::value::Value;
use crate::given::Given;
use crate::limits::MADE_BODY_BYTES_MAX;
use crate::policies::message_body::{failure, too_long};
use crate::policy::{Failure, PolicyContext};
use crate::reader::Element;

const _: () = assert!(MADE_BYTES_MAX == MADE_BODY_BYTES_MAX, "a conversion ends where a body would be too long");

/// What a body is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Xml,
}

impl Format {
    fn media_type(self) -> &'static [u8] {
        match self {
            Format::Json => b"application/json",
            Format::Xml => b"application/xml",
        }
    }

    /// Whether a media type, without parameters, is of the format: `application/json`, `text/json`, `application/problem+json`.
    fn is(self, media_type: &str) -> bool {
        let word = match self {
            Format::Json => "json",
            Format::Xml => "xml",
        };
        let subtype = media_type.split_once('/').map_or("", |(_, subtype)| subtype).to_ascii_lowercase();
        subtype.strip_suffix(word).is_some_and(|rest| rest.is_empty() || rest.ends_with('+'))
    }

    /// Whether a header value names the format.
    pub(crate) fn is_of(self, content_type: &[u8]) -> bool {
        let text = String::from_utf8_lossy(content_type);
        self.is(text.split(';').next().unwrap_or_default().trim())
    }

    /// Whether the request takes responses of the format.
    fn is_accepted(self, exchange: &dyn Exchange) -> bool {
        let (mut given, mut accepted) = (false, false);
        exchange.header_values(Side::Request, "Accept", &mut |line| {
            for range in String::from_utf8_lossy(line).split(',').map(str::trim).filter(|range| !range.is_empty()) {
                given = true;
                let mut parts = range.split(';').map(str::trim);
                let media_type = parts.next().unwrap_or_default();
                let refused = parts.any(|part| part.strip_prefix("q=").is_some_and(|q| q.parse::<f32>() == Ok(0.0)));
                let any = ["*/*", "application/*", "text/*"].contains(&media_type);
                accepted |= !refused && (any || self.is(media_type));
            }
        });
        accepted || !given
    }
}

/// The attributes both policies have.
#[derive(Debug)]
pub(super) struct Conditions {
    apply: Given<Box<str>>,
    consider_accept: Given<bool>,
}

impl Conditions {
    /// `None`: a problem was reported.
    pub(super) fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Conditions> {
        Some(Conditions {
            apply: builder.text_attribute(element, "apply")??,
            consider_accept: builder.flag_attribute(element, "consider-accept-header", true)?,
        })
    }

    /// The body as `from`, if it is to be converted to `to`.
    pub(super) fn body(
        &self,
        context: &PolicyContext<'_>,
        from: Format,
        to: Format,
    ) -> Result<Option<String>, Box<Failure>> {
        let (side, values) = (context.side(), context.values);
        let if_typed = match from {
            Format::Json => "content-type-json",
            Format::Xml => "content-type-xml",
        };
        let always = word(&self.apply, values, "apply", &[("always", true), (if_typed, false)])?;
        let exchange = &*context.exchange;
        let is_typed = || exchange.header(side, "Content-Type").is_some_and(|content_type| from.is_of(content_type));
        if !(always || is_typed()) || (self.consider_accept.flag(values) && !to.is_accepted(exchange)) {
            return Ok(None);
        }
        let charset = charset::of_message(exchange, side);
        let text = exchange.content(side).map(|body| charset::text(body, charset).into_owned());
        Ok(text.filter(|text| !text.trim().is_empty()))
    }
}

/// Puts the converted body in place.
pub(super) fn put(
    context: &mut PolicyContext<'_>,
    to: Format,
    made: Result<String, Exception>,
) -> Result<(), Box<Failure>> {
    let made = made.map_err(|exception| cannot_convert(&exception))?;
    let side = context.side();
    context.exchange.put_body(side, made.into_bytes());
    context.exchange.set_header(side, "Content-Type", to.media_type());
    Ok(())
}

/// The body is not what it was taken for.
pub(super) fn cannot_convert(exception: &Exception) -> Box<Failure> {
    match exception.of {
        ExceptionType::OutOfMemory => too_long(),
        _ => failure("BodyConversionFailure", exception.message.to_string()),
    }
}

/// One of several words, without case.
pub(super) fn word<T: Copy>(
    given: &Given<Box<str>>,
    values: &[Value],
    attribute: &str,
    words: &[(&str, T)],
) -> Result<T, Box<Failure>> {
    let text = given.text(values).trim();
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        let message = format!("attribute `{attribute}` must be one of {known}");
        Box::new(Failure::unusable_value(message))
    })
}
