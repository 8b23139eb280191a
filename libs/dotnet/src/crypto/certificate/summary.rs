//! The short names of a certificate: `GetNameInfo`.

use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::x509::X509Name;

use super::super::limits::NAME_COMPONENTS_MAX;
use super::name;

/// `X509NameType`, with its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "named after the members of the enumeration")]
pub enum NameType {
    Simple = 0,
    Email = 1,
    Upn = 2,
    Dns = 3,
    DnsFromAlternative = 4,
    Url = 5,
}

/// The names that can be asked for, of subject or issuer.
#[derive(Default)]
pub(super) struct Names {
    simple: String,
    email: String,
    upn: String,
    dns: String,
    url: String,
    alternative_dns: Vec<String>,
}

const COMMON_NAME: &str = "2.5.4.3";
const EMAIL: &str = "1.2.840.113549.1.9.1";
/// Where the simple name is looked for, in this order.
const SIMPLE: [&str; 4] = [COMMON_NAME, "2.5.4.11", "2.5.4.10", EMAIL];
/// userPrincipalName, Microsoft.
const UPN: &str = "1.3.6.1.4.1.311.20.2.3";

impl Names {
    /// From the distinguished name, and the extension of alternative names if there is one.
    pub(super) fn read(subject: &X509Name<'_>, alternative: &[GeneralName<'_>]) -> Names {
        let mut names = Names::default();
        for general in alternative.iter().take(ALTERNATIVE_NAMES_MAX) {
            names.add(general);
        }
        let component = |id: &str| {
            let attributes = subject.iter_attributes().take(NAME_COMPONENTS_MAX);
            let last = attributes.filter(|attribute| attribute.attr_type().to_id_string() == id).last();
            last.map(name::value)
        };
        names.dns = names.alternative_dns.first().cloned().or_else(|| component(COMMON_NAME)).unwrap_or_default();
        if let Some(simple) = SIMPLE.iter().find_map(|id| component(id)) {
            names.simple = simple;
        } else if !names.email.is_empty() {
            names.simple.clone_from(&names.email);
        } else {
            names.simple.clone_from(&names.dns);
        }
        if names.email.is_empty() {
            names.email = component(EMAIL).unwrap_or_default();
        }
        names
    }

    fn add(&mut self, general: &GeneralName<'_>) {
        match general {
            GeneralName::RFC822Name(address) if self.email.is_empty() => (*address).clone_into(&mut self.email),
            GeneralName::DNSName(name) => self.alternative_dns.push((*name).to_owned()),
            GeneralName::URI(url) if self.url.is_empty() => (*url).clone_into(&mut self.url),
            GeneralName::OtherName(id, value) if self.upn.is_empty() && id.to_id_string() == UPN => {
                self.upn = explicit_text(value).unwrap_or_default();
            }
            _ => {}
        }
    }

    pub(super) fn of(&self, name: NameType) -> &str {
        match name {
            NameType::Simple => &self.simple,
            NameType::Email => &self.email,
            NameType::Upn => &self.upn,
            NameType::Dns => &self.dns,
            NameType::DnsFromAlternative => self.alternative_dns.first().map_or("", String::as_str),
            NameType::Url => &self.url,
        }
    }

    pub(super) fn dns(&self) -> &[String] {
        &self.alternative_dns
    }
}

/// Alternative names looked at: large shared certificates have hundreds.
const ALTERNATIVE_NAMES_MAX: usize = 4096;

/// The names in an extension of alternative names; none if it is another extension or unreadable.
pub(super) fn alternative<'a>(parsed: &'a ParsedExtension<'a>) -> &'a [GeneralName<'a>] {
    match parsed {
        ParsedExtension::SubjectAlternativeName(names) => &names.general_names,
        ParsedExtension::IssuerAlternativeName(names) => &names.general_names,
        _ => &[],
    }
}

/// `[0] EXPLICIT UTF8String`, short form: what a UPN is wrapped in.
fn explicit_text(value: &[u8]) -> Option<String> {
    let (_, outer) = x509_parser::der_parser::der::parse_der(value).ok()?;
    let text = match &outer.content {
        x509_parser::der_parser::ber::BerObjectContent::Unknown(any) => any.data,
        _ => outer.as_slice().ok()?,
    };
    let (_, inner) = x509_parser::der_parser::der::parse_der(text).ok()?;
    inner.as_str().ok().map(str::to_owned)
}
