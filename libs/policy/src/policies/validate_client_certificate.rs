//! `validate-client-certificate`: the caller's TLS certificate must be valid and, if any are given, one of the identities.
//!
//! `<validate-client-certificate validate-revocation="true" validate-trust="true" validate-not-before="true" validate-not-after="true"
//! ignore-error="false"><identities><identity thumbprint serial-number common-name subject dns-name issuer-subject issuer-thumbprint
//! issuer-certificate-id/>+</identities>?</validate-client-certificate>` – everything optional and literal; inbound. All that an identity states
//! must fit; one identity is enough. `issuer-thumbprint` names a certificate of the service or one that the caller sent along, `issuer-certificate-id` one
//! of the service, and either must have signed the caller's. With `validate-trust` the certificate leads to an authority of the system or to one
//! of the gateway (`certificateAuthorities`). `validate-revocation` goes by
//! the lists that the gateway was given in its settings; none is fetched, and what is on no list is not revoked. With `ignore-error` the request goes on whatever is found.

use std::time::Duration;

use postern_dotnet::crypto::{Certificate, NameType, RevocationLists};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional,
};
use crate::exchange::{Exchange, Revocation};
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

static IDENTITY: ElementRule = ElementRule {
    element: "identity",
    attributes: &[
        optional("thumbprint", Expression::Forbidden, ValueRule::NonEmpty),
        optional("serial-number", Expression::Forbidden, ValueRule::NonEmpty),
        optional("common-name", Expression::Forbidden, ValueRule::NonEmpty),
        optional("subject", Expression::Forbidden, ValueRule::NonEmpty),
        optional("dns-name", Expression::Forbidden, ValueRule::NonEmpty),
        optional("issuer-subject", Expression::Forbidden, ValueRule::NonEmpty),
        optional("issuer-thumbprint", Expression::Forbidden, ValueRule::NonEmpty),
        optional("issuer-certificate-id", Expression::Forbidden, ValueRule::NonEmpty),
    ],
    content: Content::Empty,
};
static IDENTITIES: ElementRule = ElementRule {
    element: "identities",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &IDENTITY, occurs: Occurs::Some }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-client-certificate",
        attributes: &[
            optional("validate-revocation", Expression::Forbidden, ValueRule::Boolean),
            optional("validate-trust", Expression::Forbidden, ValueRule::Boolean),
            optional("validate-not-before", Expression::Forbidden, ValueRule::Boolean),
            optional("validate-not-after", Expression::Forbidden, ValueRule::Boolean),
            optional("ignore-error", Expression::Forbidden, ValueRule::Boolean),
        ],
        content: Content::Children(&[ChildRule { rule: &IDENTITIES, occurs: Occurs::Optional }]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build,
};

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "named after the attributes")]
struct ValidateClientCertificate {
    revocation: bool,
    trust: bool,
    not_before: bool,
    not_after: bool,
    ignore_error: bool,
    /// Empty: any certificate.
    identities: Box<[Identity]>,
}

#[derive(Debug)]
struct Identity {
    thumbprint: Option<String>,
    serial_number: Option<String>,
    common_name: Option<Box<str>>,
    subject: Option<String>,
    dns_name: Option<Box<str>>,
    issuer_subject: Option<String>,
    issuer_thumbprint: Option<String>,
    issuer_certificate_id: Option<Box<str>>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let mut identities = Vec::new();
    for identity in element.children_named("identities").flat_map(|list| &list.children) {
        identities.push(Identity::from(identity, builder)?);
    }
    Built::policy(ValidateClientCertificate {
        revocation: element.flag("validate-revocation", true),
        trust: element.flag("validate-trust", true),
        not_before: element.flag("validate-not-before", true),
        not_after: element.flag("validate-not-after", true),
        ignore_error: element.flag("ignore-error", false),
        identities: identities.into(),
    })
}

impl Identity {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Identity> {
        let given = |name: &str| element.attribute(name).is_some();
        if given("issuer-certificate-id") && (given("issuer-subject") || given("issuer-thumbprint")) {
            let message = "`issuer-certificate-id` excludes the other attributes of the issuer";
            builder.error(element.offset, "attribute-conflict", message);
            return None;
        }
        let hexadecimal = |name: &str| element.literal(name).map(hexadecimal);
        let serial_number = element.literal("serial-number").map(serial_number);
        let name = |name: &str| element.literal(name).map(distinguished_name);
        Some(Identity {
            thumbprint: hexadecimal("thumbprint"),
            serial_number,
            common_name: element.owned("common-name"),
            subject: name("subject"),
            dns_name: element.owned("dns-name"),
            issuer_subject: name("issuer-subject"),
            issuer_thumbprint: hexadecimal("issuer-thumbprint"),
            issuer_certificate_id: element.owned("issuer-certificate-id"),
        })
    }

    fn fits(&self, certificate: &Certificate, exchange: &dyn Exchange, at_s: u64) -> bool {
        let fits = |wanted: &Option<String>, found: &dyn Fn() -> String| {
            wanted.as_ref().is_none_or(|wanted| *wanted == found())
        };
        fits(&self.thumbprint, &|| certificate.thumbprint())
            && fits(&self.serial_number, &|| serial_number(&certificate.serial_number()))
            && fits(&self.subject, &|| distinguished_name(certificate.subject()))
            && fits(&self.issuer_subject, &|| distinguished_name(certificate.issuer()))
            && self
                .common_name
                .as_ref()
                .is_none_or(|name| certificate.name_info(NameType::Simple, false).eq_ignore_ascii_case(name))
            && self.dns_name.as_ref().is_none_or(|name| has_dns_name(certificate, name))
            && self.fits_issuer(certificate, exchange, at_s)
    }

    fn fits_issuer(&self, certificate: &Certificate, exchange: &dyn Exchange, at_s: u64) -> bool {
        let read = |id: &str| {
            let (bytes, password) = exchange.certificate(id)?;
            Certificate::read(bytes, password).ok()
        };
        // A trusted certificate leads to itself, but it is its own issuer only if it says so.
        let is_other =
            |issuer: &Certificate| certificate.is_self_issued() || issuer.thumbprint() != certificate.thumbprint();
        let issued_by = |issuer: Certificate| {
            let unrevoked = RevocationLists::default();
            is_other(&issuer) && certificate.verify_trust(&[], std::slice::from_ref(&issuer), &unrevoked, at_s).is_ok()
        };
        if let Some(id) = &self.issuer_certificate_id {
            return read(id).is_some_and(issued_by);
        }
        let Some(thumbprint) = &self.issuer_thumbprint else { return true };
        if certificate.is_self_issued() {
            return certificate.thumbprint() == *thumbprint;
        }
        let mut known: Vec<Certificate> = exchange.certificate_ids().iter().filter_map(|id| read(id)).collect();
        exchange.client_issuers(&mut |der| known.extend(Certificate::from_der(der).ok()));
        known.into_iter().find(|issuer| issuer.thumbprint() == *thumbprint).is_some_and(issued_by)
    }
}

/// Digits only, in upper case.
fn hexadecimal(text: &str) -> String {
    text.chars().filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_uppercase()).collect()
}

/// The same without leading zeros: whether the one that keeps the number positive is written differs between tools.
fn serial_number(text: &str) -> String {
    hexadecimal(text).trim_start_matches('0').to_owned()
}

/// A distinguished name with one space behind each comma, as .NET writes it, in lower case: types and most values compare without case.
fn distinguished_name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut skip = false;
    for character in text.trim().chars() {
        match character {
            ' ' if skip && !quoted => continue,
            '"' => quoted = !quoted,
            _ => {}
        }
        skip = matches!(character, ',' | '=') && !quoted;
        if character == ',' || character == '=' {
            while !quoted && out.ends_with(' ') {
                out.pop();
            }
        }
        out.extend(character.to_lowercase());
    }
    out
}

fn has_dns_name(certificate: &Certificate, name: &str) -> bool {
    certificate.dns_names().iter().any(|known| known.eq_ignore_ascii_case(name))
        || certificate.name_info(NameType::Dns, false).eq_ignore_ascii_case(name)
}

impl ValidateClientCertificate {
    /// The error: reason and message.
    fn validate(&self, exchange: &dyn Exchange) -> Result<(), (&'static str, &'static str)> {
        let der = exchange.client_certificate();
        let der = der.ok_or(("ClientCertificateNotFound", "Client certificate is missing."))?;
        let invalid = |_| ("ClientCertificateInvalid", "Client certificate is malformed.");
        let certificate = Certificate::from_der(der).map_err(invalid)?;
        let now_s = i64::try_from(exchange.unix_time().as_secs()).unwrap_or(i64::MAX);
        if self.not_before && now_s < certificate.not_before_s() {
            return Err(("ClientCertificateNotYetValid", "Client certificate is not valid yet."));
        }
        if self.not_after && now_s > certificate.not_after_s() {
            return Err(("ClientCertificateExpired", "Client certificate has expired."));
        }
        let revocation = if self.revocation { Revocation::Checked } else { Revocation::Ignored };
        // What the dates are not to be checked for does not fail the path either: it is looked at as of a day that they allow.
        let mut at_s = now_s;
        if !self.not_after {
            at_s = at_s.min(certificate.not_after_s());
        }
        if !self.not_before {
            at_s = at_s.max(certificate.not_before_s());
        }
        let at_s = u64::try_from(at_s).unwrap_or(0);
        if self.trust && !exchange.trusts(&certificate, revocation, Duration::from_secs(at_s)) {
            return Err(("ClientCertificateNotTrusted", "Client certificate is not trusted."));
        }
        if self.identities.is_empty()
            || self.identities.iter().any(|identity| identity.fits(&certificate, exchange, at_s))
        {
            return Ok(());
        }
        Err(("ClientCertificateIdentityNotMatched", "Client certificate is none of the identities."))
    }
}

impl Policy for ValidateClientCertificate {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match self.validate(context.exchange) {
            Err((reason, message)) if !self.ignore_error => Step::Fail(Box::new(Failure {
                reason: reason.into(),
                message: message.into(),
                response: DefaultResponse::Message { status: 401, message: "Invalid client certificate.".into() },
            })),
            _ => Step::Next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::distinguished_name;
    use crate::testing::{Expect, MemoryExchange, check};

    fn refused(policy: &str, exchange: MemoryExchange, reason: &str, message: &str) {
        let expected = [
            Expect::Response(401, "{ \"statusCode\": 401, \"message\": \"Invalid client certificate.\" }"),
            Expect::LastError(Some((reason, message))),
        ];
        check(policy, exchange, &expected);
    }

    #[test]
    fn without_a_good_certificate_the_request_is_refused_unless_errors_are_ignored() {
        let policy = "<validate-client-certificate/>";
        refused(policy, MemoryExchange::get("/"), "ClientCertificateNotFound", "Client certificate is missing.");
        let broken = MemoryExchange { client_certificate: Some(vec![1, 2]), ..MemoryExchange::get("/") };
        refused(policy, broken, "ClientCertificateInvalid", "Client certificate is malformed.");
        let ignoring = "<validate-client-certificate ignore-error='true'/>";
        check(ignoring, MemoryExchange::get("/"), &[Expect::LastError(None), Expect::EffectCount(1)]);
    }

    /// `libs/dotnet/fixtures/certificates`, as `openssl x509` tells it: valid from 2026-11-27 to 2126-11-03.
    const LEAF: &[u8] = include_bytes!("../../../dotnet/fixtures/certificates/leaf.der");
    const ISSUER: &[u8] = include_bytes!("../../../dotnet/fixtures/certificates/ca.pem");
    /// 2030 and 2024, in seconds since 1970, and one past the end.
    const GOOD_S: u64 = 1_893_456_000;
    const EARLY_S: u64 = 1_714_566_645;
    const LATE_S: u64 = 4_954_000_000;

    fn bearing(now_s: u64, trusts_all: bool) -> MemoryExchange {
        MemoryExchange {
            client_certificate: Some(LEAF.to_vec()),
            certificates: vec![("ca".to_owned(), ISSUER.to_vec()), ("leaf".to_owned(), LEAF.to_vec())],
            unix_time: std::time::Duration::from_secs(now_s),
            trusts_all,
            ..MemoryExchange::get("/")
        }
    }

    #[test]
    fn each_rule_holds_unless_it_is_switched_off() {
        for (now_s, trusted, rule, reason) in [
            (GOOD_S, true, "validate-trust", None),
            (EARLY_S, true, "validate-not-before", Some("ClientCertificateNotYetValid")),
            (LATE_S, true, "validate-not-after", Some("ClientCertificateExpired")),
            (GOOD_S, false, "validate-trust", Some("ClientCertificateNotTrusted")),
        ] {
            let of = |attributes: &str, expected: Option<&str>| {
                let policy = format!(
                    "<policies><inbound><validate-client-certificate {attributes}/></inbound><on-error><set-variable name='r' \
                     value='@(context.LastError.Reason)'/></on-error></policies>"
                );
                check(&policy, bearing(now_s, trusted), &[Expect::Variable("r", expected)]);
            };
            of("", reason);
            of(&format!("{rule}='true'"), reason);
            of(&format!("{rule}='false'"), None);
            of("ignore-error='true'", None);
        }
    }

    #[test]
    fn all_that_an_identity_states_must_fit_and_one_identity_is_enough() {
        for (identities, fits) in [
            ("<identity/>", true),
            ("<identity thumbprint='62C545FFA364C3DA533C30C4750C5E67EB175D2B'/>", true),
            ("<identity thumbprint='62c545ffa364c3da533c30c4750c5e67eb175d2b'/>", true),
            ("<identity thumbprint='62C545FFA364C3DA533C30C4750C5E67EB175D2C'/>", false),
            ("<identity serial-number='9A01'/>", true),
            ("<identity serial-number='9A02'/>", false),
            ("<identity common-name='client.example.com'/>", true),
            ("<identity common-name='other.example.com'/>", false),
            ("<identity dns-name='one.example.com'/>", true),
            ("<identity dns-name='two.example.com'/>", true),
            ("<identity dns-name='three.example.com'/>", false),
            ("<identity issuer-subject='CN=Test Authority, O=Postern Test, C=DE'/>", true),
            ("<identity issuer-subject='CN=Test Authority'/>", false),
            ("<identity issuer-certificate-id='ca'/>", true),
            ("<identity issuer-certificate-id='leaf'/>", false),
            ("<identity issuer-certificate-id='none'/>", false),
            ("<identity common-name='client.example.com' serial-number='9A02'/>", false),
            ("<identity serial-number='9A02'/><identity serial-number='9A01'/>", true),
        ] {
            let policy = format!(
                "<validate-client-certificate><identities>{identities}</identities></validate-client-certificate>"
            );
            let error = ("ClientCertificateIdentityNotMatched", "Client certificate is none of the identities.");
            check(&policy, bearing(GOOD_S, true), &[Expect::LastError((!fits).then_some(error))]);
        }
    }

    #[test]
    fn names_compare_without_case_and_spaces_between_their_parts() {
        let expected = "cn=contoso,o=\"contoso, inc.\",c=us";
        for name in ["CN=contoso, O=\"Contoso, Inc.\", C=US", "cn = contoso,O=\"contoso, inc.\" , c=us"] {
            assert_eq!(distinguished_name(name), expected, "{name}");
        }
    }

    #[test]
    fn attributes_and_identities_are_checked() {
        for (policy, codes) in [
            ("<validate-client-certificate validate-trust='@(true)'/>", &["expression-not-allowed"][..]),
            ("<validate-client-certificate><identities/></validate-client-certificate>", &["element-missing"]),
            (
                "<validate-client-certificate><identities><identity issuer-certificate-id='a' issuer-subject='b'/>\
                 </identities></validate-client-certificate>",
                &["attribute-conflict"],
            ),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
