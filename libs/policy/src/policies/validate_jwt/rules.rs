//! What the policy demands of a token: audiences, issuers, claims, lifetime.

use std::borrow::Cow;

use postern_dotnet::jwt::{ClaimMatch, RequiredClaim, Rules};

use crate::builder::Builder;
use crate::definition::{ChildRule, Content, ElementRule, Expression, Occurs, TextRule, ValueRule, optional, required};
use crate::expression::value::Value;
use crate::given::Given;
use crate::policy::PolicyContext;
use crate::reader::Element;

const TEXT: Content = Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::Text });
static AUDIENCE: ElementRule = ElementRule { element: "audience", attributes: &[], content: TEXT };
static ISSUER: ElementRule = ElementRule { element: "issuer", attributes: &[], content: TEXT };
static VALUE: ElementRule = ElementRule { element: "value", attributes: &[], content: TEXT };
static CLAIM: ElementRule = ElementRule {
    element: "claim",
    attributes: &[
        required("name", Expression::Allowed, ValueRule::NonEmpty),
        optional("match", Expression::Allowed, ValueRule::OneOf(&["all", "any"])),
        optional("separator", Expression::Allowed, ValueRule::Text),
    ],
    content: Content::Children(&[ChildRule { rule: &VALUE, occurs: Occurs::Any }]),
};
pub(in crate::policies) static AUDIENCES: ElementRule = ElementRule {
    element: "audiences",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &AUDIENCE, occurs: Occurs::Some }]),
};
pub(super) static ISSUERS: ElementRule = ElementRule {
    element: "issuers",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &ISSUER, occurs: Occurs::Some }]),
};
pub(in crate::policies) static REQUIRED_CLAIMS: ElementRule = ElementRule {
    element: "required-claims",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &CLAIM, occurs: Occurs::Some }]),
};

#[derive(Debug)]
pub(super) struct RuleSource {
    audiences: Vec<Given<Box<str>>>,
    issuers: Vec<Given<Box<str>>>,
    claims: Vec<Claim>,
    require_expiration_time: Given<bool>,
    require_signed_tokens: Given<bool>,
    clock_skew: Option<Given<Box<str>>>,
    tenant_templates: bool,
    /// Made once if nothing of them is an expression.
    prepared: Option<Rules>,
}

#[derive(Debug)]
struct Claim {
    name: Given<Box<str>>,
    matching: Option<Given<Box<str>>>,
    separator: Option<Given<Box<str>>>,
    values: Vec<Given<Box<str>>>,
}

/// The texts of the children of `list`, a child of `element`.
pub(in crate::policies) fn texts(
    element: &Element,
    list: &str,
    builder: &mut Builder<'_, '_>,
) -> Option<Vec<Given<Box<str>>>> {
    element.children_named(list).flat_map(|list| &list.children).map(|child| builder.text(&child.text)).collect()
}

impl RuleSource {
    /// `more_audiences`: allowed besides those of the element. `None`: a problem was reported.
    pub(super) fn from(
        element: &Element,
        builder: &mut Builder<'_, '_>,
        more_audiences: Vec<Given<Box<str>>>,
        tenant_templates: bool,
    ) -> Option<RuleSource> {
        let mut audiences = texts(element, "audiences", builder)?;
        audiences.extend(more_audiences);
        let mut claims = Vec::new();
        for claim in element.children_named("required-claims").flat_map(|list| &list.children) {
            claims.push(Claim {
                name: builder.text_attribute(claim, "name")??,
                matching: builder.text_attribute(claim, "match")?,
                separator: match claim.attribute("separator") {
                    Some(separator) => Some(builder.exact_text(&separator.value)?),
                    None => None,
                },
                values: claim.children.iter().map(|value| builder.text(&value.text)).collect::<Option<_>>()?,
            });
        }
        let clock_skew = builder.text_attribute(element, "clock-skew")?;
        if let Some(attribute) = element.attribute("clock-skew")
            && let Some(Given::Literal(text)) = &clock_skew
            && seconds(text).is_none()
        {
            let message = "attribute `clock-skew` must be a number of seconds or a time span such as 00:05:00";
            builder.error(attribute.value.offset, "value-invalid", message);
            return None;
        }
        let mut rules = RuleSource {
            audiences,
            issuers: texts(element, "issuers", builder)?,
            claims,
            require_expiration_time: builder.flag_attribute(element, "require-expiration-time", true)?,
            require_signed_tokens: builder.flag_attribute(element, "require-signed-tokens", true)?,
            clock_skew,
            tenant_templates,
            prepared: None,
        };
        if rules.is_literal() {
            rules.prepared = Some(rules.made(&[]).ok()?);
        }
        Some(rules)
    }

    fn is_literal(&self) -> bool {
        let claims = self.claims.iter().flat_map(|claim| {
            let attributes = [Some(&claim.name), claim.matching.as_ref(), claim.separator.as_ref()];
            attributes.into_iter().flatten().chain(&claim.values)
        });
        let mut texts = self.audiences.iter().chain(&self.issuers).chain(&self.clock_skew).chain(claims);
        let flags = [&self.require_expiration_time, &self.require_signed_tokens];
        texts.all(|text| text.literal().is_some()) && flags.iter().all(|flag| matches!(flag, Given::Literal(_)))
    }

    /// The error: a computed value that cannot be used.
    pub(super) fn rules(&self, context: &PolicyContext<'_>) -> Result<Cow<'_, Rules>, String> {
        match &self.prepared {
            Some(rules) => Ok(Cow::Borrowed(rules)),
            None => self.made(context.values).map(Cow::Owned),
        }
    }

    fn made(&self, values: &[Value]) -> Result<Rules, String> {
        let list = |texts: &[Given<Box<str>>]| texts.iter().map(|text| text.text(values).trim().into()).collect();
        let skew = self.clock_skew.as_ref().map_or("0", |skew| skew.text(values));
        let claim = |claim: &Claim| RequiredClaim {
            name: claim.name.text(values).trim().into(),
            values: claim.values.iter().map(|value| value.text(values).trim().into()).collect(),
            matching: match &claim.matching {
                Some(matching) if matching.text(values).trim().eq_ignore_ascii_case("any") => ClaimMatch::Any,
                _ => ClaimMatch::All,
            },
            separator: claim.separator.as_ref().map_or("", |separator| separator.text(values)).into(),
        };
        Ok(Rules {
            audiences: list(&self.audiences),
            issuers: list(&self.issuers),
            tenant_templates: self.tenant_templates,
            required_claims: self.claims.iter().map(claim).collect(),
            require_expiration_time: self.require_expiration_time.flag(values),
            require_signed_tokens: self.require_signed_tokens.flag(values),
            clock_skew_s: seconds(skew).ok_or_else(|| format!("`clock-skew` is no time span: {skew}"))?,
        })
    }
}

/// A number of seconds, or `[d.]hh:mm:ss`.
fn seconds(text: &str) -> Option<u32> {
    let text = text.trim();
    if !text.contains(':') {
        return text.parse().ok();
    }
    let (days, time) = match text.split_once('.') {
        Some((days, time)) if time.contains(':') => (days.parse::<u32>().ok()?, time),
        _ => (0, text),
    };
    let mut parts = time.split(':').map(|part| part.parse::<u32>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    days.checked_mul(86_400)?.checked_add(hours * 3600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_skew_is_seconds_or_a_time_span() {
        for (text, expected) in [
            ("0", Some(0)),
            (" 300 ", Some(300)),
            ("00:05:00", Some(300)),
            ("01:02", Some(3720)),
            ("1.00:00:01", Some(86_401)),
            ("-1", None),
            ("five", None),
            ("24:00:00", None),
            ("00:60:00", None),
            ("1:2:3:4", None),
            ("99999.00:00:00", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
