//! `ip-filter`: lets callers in, or keeps them out, by address.
//!
//! `<ip-filter action="allow|forbid"><address>ip</address>*<address-range from="ip" to="ip"/>*</ip-filter>` – `action` and at least one
//! address or range required; inbound. Ranges include both ends; IPv4 and IPv6; an IPv4 address written as IPv6 (`::ffff:a.b.c.d`) is the
//! IPv4 address. CIDR notation is not part of the policy. A caller without a known address is denied by `allow` and passes `forbid`.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, TextRule,
    ValueRule, required,
};
use crate::diagnostic::quote;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::{Element, Value};
use crate::section::Sections;

static ADDRESS: ElementRule = ElementRule {
    element: "address",
    attributes: &[],
    content: Content::Text(TextRule { expression: Expression::Allowed, value: ValueRule::NonEmpty }),
};
static ADDRESS_RANGE: ElementRule = ElementRule {
    element: "address-range",
    attributes: &[
        required("from", Expression::Allowed, ValueRule::NonEmpty),
        required("to", Expression::Allowed, ValueRule::NonEmpty),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "ip-filter",
        attributes: &[required("action", Expression::Allowed, ValueRule::OneOf(&["allow", "forbid"]))],
        content: Content::ChildrenInAnyOrder(&[
            ChildRule { rule: &ADDRESS, occurs: Occurs::Any },
            ChildRule { rule: &ADDRESS_RANGE, occurs: Occurs::Any },
        ]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::LateIf(has_addresses),
    build,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Allow,
    Forbid,
}

#[derive(Debug)]
struct IpFilter {
    action: Action,
    v4: Ranges<Ipv4Addr>,
    v6: Ranges<Ipv6Addr>,
}

/// Ranges with both ends, sorted and not overlapping.
#[derive(Debug)]
struct Ranges<A>(Box<[(A, A)]>);

impl<A: Ord + Copy> Ranges<A> {
    fn new(mut ranges: Vec<(A, A)>) -> Ranges<A> {
        ranges.sort_unstable();
        ranges.dedup_by(|next, kept| {
            let overlaps = next.0 <= kept.1;
            if overlaps {
                kept.1 = kept.1.max(next.1);
            }
            overlaps
        });
        Ranges(ranges.into())
    }

    fn contains(&self, address: A) -> bool {
        let behind = self.0.partition_point(|(from, _)| *from <= address);
        behind > 0 && self.0[behind - 1].1 >= address
    }
}

fn has_addresses(element: &Element, builder: &mut Builder<'_, '_>) -> bool {
    if element.children.is_empty() {
        let message = "`<ip-filter>` needs at least one `<address>` or `<address-range>`";
        builder.error(element.offset, "element-missing", message);
    }
    !element.children.is_empty()
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    let mut good = true;
    for child in &element.children {
        match ends(child, builder) {
            Some((IpAddr::V4(from), IpAddr::V4(to))) if from <= to => v4.push((from, to)),
            Some((IpAddr::V6(from), IpAddr::V6(to))) if from <= to => v6.push((from, to)),
            Some((from, to)) => {
                good = false;
                let problem = if from.is_ipv4() == to.is_ipv4() {
                    "`from` is above `to`"
                } else {
                    "one end is IPv4, the other IPv6"
                };
                builder.error(
                    child.offset,
                    "value-invalid",
                    format!("the address range {from} – {to} is empty: {problem}"),
                );
            }
            None => good = false,
        }
    }
    let action = if element.literal("action")?.eq_ignore_ascii_case("allow") { Action::Allow } else { Action::Forbid };
    good.then(|| Built::policy(IpFilter { action, v4: Ranges::new(v4), v6: Ranges::new(v6) })).flatten()
}

fn ends(child: &Element, builder: &mut Builder<'_, '_>) -> Option<(IpAddr, IpAddr)> {
    if child.name == "address" {
        let address = address(&child.text, builder)?;
        return Some((address, address));
    }
    let from = address(&child.attribute("from")?.value, builder);
    let to = address(&child.attribute("to")?.value, builder);
    Some((from?, to?))
}

fn address(value: &Value, builder: &mut Builder<'_, '_>) -> Option<IpAddr> {
    let text = value.text.trim();
    match text.parse::<IpAddr>() {
        Ok(address) => Some(address.to_canonical()),
        Err(_) => {
            let suggestion = cidr(text).map(|(from, to)| {
                format!("CIDR notation is not supported; write <address-range from=\"{from}\" to=\"{to}\" />")
            });
            let message = format!("expected an IPv4 or IPv6 address, found {}", quote(text));
            builder.error_with(value.offset, "value-invalid", message, suggestion);
            None
        }
    }
}

/// First and last address of a CIDR block.
fn cidr(text: &str) -> Option<(IpAddr, IpAddr)> {
    let (address, length) = text.split_once('/')?;
    let length: u32 = length.parse().ok()?;
    match address.parse().ok()? {
        IpAddr::V4(address) if length <= 32 => {
            let mask = u32::MAX.checked_shr(length).unwrap_or(0);
            let bits = address.to_bits();
            Some((Ipv4Addr::from_bits(bits & !mask).into(), Ipv4Addr::from_bits(bits | mask).into()))
        }
        IpAddr::V6(address) if length <= 128 => {
            let mask = u128::MAX.checked_shr(length).unwrap_or(0);
            let bits = address.to_bits();
            Some((Ipv6Addr::from_bits(bits & !mask).into(), Ipv6Addr::from_bits(bits | mask).into()))
        }
        _ => None,
    }
}

fn denied(reason: &'static str, message: impl Into<Cow<'static, str>>) -> Step {
    let response = DefaultResponse::Message { status: 403, message: "Forbidden".into() };
    Step::Fail(Box::new(Failure { reason: reason.into(), message: message.into(), response }))
}

impl Policy for IpFilter {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let caller = context.exchange.caller_ip().map(|address| address.to_canonical());
        let listed = match caller {
            Some(IpAddr::V4(address)) => self.v4.contains(address),
            Some(IpAddr::V6(address)) => self.v6.contains(address),
            None => false,
        };
        match (self.action, caller, listed) {
            (Action::Allow, _, true) | (Action::Forbid, _, false) => Step::Next,
            (Action::Forbid, _, true) => denied("CallerIpBlocked", "Caller IP address is blocked. Access denied."),
            (Action::Allow, Some(caller), false) => {
                denied("CallerIpNotAllowed", format!("Caller IP address {caller} is not allowed. Access denied."))
            }
            (Action::Allow, None, false) => {
                denied("FailedToParseCallerIP", "Failed to establish IP address for the caller. Access denied.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    const LIST: &str = "<address>10.0.0.5</address><address-range from=\"192.168.0.10\" to=\"192.168.0.20\"/>\
                        <address-range from=\"192.168.0.15\" to=\"192.168.0.30\"/><address>2001:db8::1</address>\
                        <address-range from=\"2001:db8:1::\" to=\"2001:db8:1::ff\"/>";
    const BODY: &str = "{ \"statusCode\": 403, \"message\": \"Forbidden\" }";

    fn from(caller: Option<&str>) -> MemoryExchange {
        MemoryExchange { caller_ip: caller.map(|caller| caller.parse().unwrap()), ..MemoryExchange::get("/") }
    }

    #[test]
    fn ranges_hold_both_ends_in_both_families() {
        for (caller, listed) in [
            ("10.0.0.5", true),
            ("10.0.0.6", false),
            ("192.168.0.9", false),
            ("192.168.0.10", true),
            ("192.168.0.30", true),
            ("192.168.0.31", false),
            ("2001:db8::1", true),
            ("2001:db8:1::", true),
            ("2001:db8:1::ff", true),
            ("2001:db8:1::100", false),
            ("::ffff:10.0.0.5", true),
            ("::ffff:10.0.0.6", false),
        ] {
            let allow = format!("<ip-filter action=\"allow\">{LIST}</ip-filter>");
            let forbid = format!("<ip-filter action=\"forbid\">{LIST}</ip-filter>");
            check(&allow, from(Some(caller)), &[Expect::EffectCount(usize::from(listed))]);
            check(&forbid, from(Some(caller)), &[Expect::EffectCount(usize::from(!listed))]);
        }
    }

    #[test]
    fn each_denial_has_its_reason_and_the_same_body() {
        for (action, caller, reason, message) in [
            (
                "allow",
                Some("10.0.0.6"),
                "CallerIpNotAllowed",
                "Caller IP address 10.0.0.6 is not allowed. Access denied.",
            ),
            ("Forbid", Some("10.0.0.5"), "CallerIpBlocked", "Caller IP address is blocked. Access denied."),
            ("allow", None, "FailedToParseCallerIP", "Failed to establish IP address for the caller. Access denied."),
        ] {
            let expected = [
                Expect::Response(403, BODY),
                Expect::ResponseHeader("Content-Type", &["application/json"]),
                Expect::LastError(Some((reason, message))),
            ];
            check(&format!("<ip-filter action=\"{action}\">{LIST}</ip-filter>"), from(caller), &expected);
        }
        check(&format!("<ip-filter action=\"forbid\">{LIST}</ip-filter>"), from(None), &[Expect::EffectCount(1)]);
    }

    #[test]
    fn wrong_addresses_and_attributes_are_refused() {
        for (policy, code) in [
            ("<ip-filter action='allow'/>", "element-missing"),
            ("<ip-filter><address>10.0.0.1</address></ip-filter>", "attribute-missing"),
            ("<ip-filter action='deny'><address>10.0.0.1</address></ip-filter>", "value-invalid"),
            ("<ip-filter action='allow'><address>10.0.0</address></ip-filter>", "value-invalid"),
            ("<ip-filter action='allow'><address>10.0.0.0/8</address></ip-filter>", "value-invalid"),
            ("<ip-filter action='allow'><address-range from='10.0.0.2' to='10.0.0.1'/></ip-filter>", "value-invalid"),
            ("<ip-filter action='allow'><address-range from='10.0.0.2' to='::1'/></ip-filter>", "value-invalid"),
            ("<ip-filter action='allow'><address-range from='10.0.0.2'/></ip-filter>", "attribute-missing"),
            ("<ip-filter action='allow'><address>@(a)</address></ip-filter>", "expression-invalid"),
            ("<ip-filter action='allow'><adress>10.0.0.1</adress></ip-filter>", "unknown-element"),
            (
                "<policies><outbound><ip-filter action='allow'><address>1.1.1.1</address></ip-filter></outbound></policies>",
                "wrong-section",
            ),
        ] {
            check(policy, from(None), &[Expect::Codes(&[code])]);
        }
    }

    #[test]
    fn cidr_is_answered_with_the_range_to_write() {
        for (block, range) in [
            ("10.1.2.3/8", "from=\"10.0.0.0\" to=\"10.255.255.255\""),
            ("0.0.0.0/0", "from=\"0.0.0.0\" to=\"255.255.255.255\""),
            ("10.0.0.1/32", "from=\"10.0.0.1\" to=\"10.0.0.1\""),
            ("2001:db8::/126", "from=\"2001:db8::\" to=\"2001:db8::3\""),
        ] {
            let (_, diagnostics) = crate::testing::compile_one(&format!(
                "<policies><inbound><ip-filter action='allow'><address>{block}</address></ip-filter></inbound></policies>"
            ));
            let suggestion = diagnostics[0].suggestion.as_deref().unwrap_or("");
            assert!(suggestion.contains(range), "{block}: {suggestion}");
        }
    }
}
