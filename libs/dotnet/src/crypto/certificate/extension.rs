//! Extensions of a certificate as `X509ExtensionCollection` has them, with the texts that OpenSSL prints: .NET takes them from there on Linux.

use std::fmt::Write as _;
use std::net::IpAddr;

use x509_parser::extensions::{GeneralName, ParsedExtension};

use super::Certificate;
use super::name;

/// An extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension {
    /// Its object identifier.
    pub id: String,
    /// Whether who does not know it must refuse the certificate.
    pub is_critical: bool,
    /// The encoded value.
    pub value: Vec<u8>,
    /// `Format(…)`: OpenSSL's text, or hexadecimal digits.
    pub text: String,
}

/// OpenSSL's names of extensions.
const NAMES: &[(&str, &str)] = &[
    ("2.5.29.9", "X509v3 Subject Directory Attributes"),
    ("2.5.29.14", "X509v3 Subject Key Identifier"),
    ("2.5.29.15", "X509v3 Key Usage"),
    ("2.5.29.16", "X509v3 Private Key Usage Period"),
    ("2.5.29.17", "X509v3 Subject Alternative Name"),
    ("2.5.29.18", "X509v3 Issuer Alternative Name"),
    ("2.5.29.19", "X509v3 Basic Constraints"),
    ("2.5.29.30", "X509v3 Name Constraints"),
    ("2.5.29.31", "X509v3 CRL Distribution Points"),
    ("2.5.29.32", "X509v3 Certificate Policies"),
    ("2.5.29.33", "X509v3 Policy Mappings"),
    ("2.5.29.35", "X509v3 Authority Key Identifier"),
    ("2.5.29.36", "X509v3 Policy Constraints"),
    ("2.5.29.37", "X509v3 Extended Key Usage"),
    ("2.5.29.54", "X509v3 Inhibit Any Policy"),
    ("1.3.6.1.5.5.7.1.1", "Authority Information Access"),
    ("1.3.6.1.5.5.7.1.11", "Subject Information Access"),
    ("1.3.6.1.4.1.11129.2.4.2", "CT Precertificate SCTs"),
];

/// OpenSSL's names of purposes.
const PURPOSES: &[(&str, &str)] = &[
    ("2.5.29.37.0", "Any Extended Key Usage"),
    ("1.3.6.1.5.5.7.3.1", "TLS Web Server Authentication"),
    ("1.3.6.1.5.5.7.3.2", "TLS Web Client Authentication"),
    ("1.3.6.1.5.5.7.3.3", "Code Signing"),
    ("1.3.6.1.5.5.7.3.4", "E-mail Protection"),
    ("1.3.6.1.5.5.7.3.5", "IPSec End System"),
    ("1.3.6.1.5.5.7.3.6", "IPSec Tunnel"),
    ("1.3.6.1.5.5.7.3.7", "IPSec User"),
    ("1.3.6.1.5.5.7.3.8", "Time Stamping"),
    ("1.3.6.1.5.5.7.3.9", "OCSP Signing"),
    ("1.3.6.1.4.1.311.10.3.4", "Microsoft Encrypted File System"),
    ("1.3.6.1.4.1.311.20.2.2", "Microsoft Smartcard Login"),
    ("2.16.840.1.113730.4.1", "Netscape Server Gated Crypto"),
];

/// The name of an extension's or purpose's identifier.
#[must_use]
pub fn extension_name(id: &str) -> Option<&'static str> {
    NAMES.iter().chain(PURPOSES).find(|(known, _)| *known == id).map(|(_, name)| *name)
}

impl Certificate {
    /// `Extensions`, in the certificate's order.
    #[must_use]
    pub fn extensions(&self) -> Vec<Extension> {
        let Ok((_, parsed)) = x509_parser::parse_x509_certificate(self.der()) else { return Vec::new() };
        let extension = |found: &x509_parser::extensions::X509Extension<'_>| Extension {
            id: found.oid.to_id_string(),
            is_critical: found.critical,
            value: found.value.to_vec(),
            text: text(found.parsed_extension()).unwrap_or_else(|| hexadecimal(found.value, "")),
        };
        parsed.extensions().iter().map(extension).collect()
    }

    /// `MatchesHostname`, for a name that is valid: a host, or an address.
    #[must_use]
    pub fn matches_host(&self, host: &str, with_wildcards: bool, with_common_name: bool) -> bool {
        let address: Option<IpAddr> = host.parse().ok();
        let host = host.strip_suffix('.').unwrap_or(host);
        let mut names = 0_usize;
        if let Ok((_, parsed)) = x509_parser::parse_x509_certificate(self.der()) {
            let alternatives = parsed.extensions().iter().filter_map(|extension| match extension.parsed_extension() {
                ParsedExtension::SubjectAlternativeName(names) => Some(&names.general_names),
                _ => None,
            });
            for name in alternatives.flatten() {
                let matches = match (name, address) {
                    (GeneralName::DNSName(name), None) => matches_name(host, name, with_wildcards),
                    (GeneralName::IPAddress(bytes), Some(IpAddr::V4(address))) => *bytes == address.octets(),
                    (GeneralName::IPAddress(bytes), Some(IpAddr::V6(address))) => *bytes == address.octets(),
                    _ => continue,
                };
                if matches {
                    return true;
                }
                names += 1;
            }
        }
        let common_name = self.name_info(super::NameType::Simple, false);
        with_common_name && names == 0 && matches_name(host, common_name, with_wildcards && address.is_none())
    }
}

/// Whether a host has a name of a certificate; a star stands for one label, the first.
fn matches_name(host: &str, name: &str, with_wildcards: bool) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    match (name.strip_prefix("*."), host.split_once('.')) {
        (Some(rest), Some((_, behind))) if with_wildcards => behind.eq_ignore_ascii_case(rest),
        _ => host.eq_ignore_ascii_case(name),
    }
}

/// OpenSSL's text of an extension; `None` if it is not one of the usual.
fn text(extension: &ParsedExtension<'_>) -> Option<String> {
    Some(match extension {
        ParsedExtension::BasicConstraints(constraints) => {
            let length = constraints.path_len_constraint.map(|length| format!(", pathlen:{length}"));
            format!("CA:{}{}", if constraints.ca { "TRUE" } else { "FALSE" }, length.unwrap_or_default())
        }
        ParsedExtension::KeyUsage(usage) => listed(&[
            (usage.digital_signature(), "Digital Signature"),
            (usage.non_repudiation(), "Non Repudiation"),
            (usage.key_encipherment(), "Key Encipherment"),
            (usage.data_encipherment(), "Data Encipherment"),
            (usage.key_agreement(), "Key Agreement"),
            (usage.key_cert_sign(), "Certificate Sign"),
            (usage.crl_sign(), "CRL Sign"),
            (usage.encipher_only(), "Encipher Only"),
            (usage.decipher_only(), "Decipher Only"),
        ]),
        ParsedExtension::SubjectKeyIdentifier(key) => hexadecimal(key.0, ":"),
        ParsedExtension::AuthorityKeyIdentifier(key) if key.authority_cert_serial.is_none() => {
            hexadecimal(key.key_identifier.as_ref()?.0, ":")
        }
        ParsedExtension::SubjectAlternativeName(names) => general_names(&names.general_names)?,
        ParsedExtension::IssuerAlternativeName(names) => general_names(&names.general_names)?,
        ParsedExtension::CertificatePolicies(policies) => {
            if policies.iter().any(|policy| policy.policy_qualifiers.is_some()) {
                return None;
            }
            joined(policies.iter().map(|policy| format!("Policy: {}", policy.policy_id.to_id_string())))
        }
        ParsedExtension::ExtendedKeyUsage(usage) => {
            let purpose = |id: &str| extension_name(id).map_or_else(|| id.to_owned(), str::to_owned);
            let known = [
                (usage.any, "Any Extended Key Usage"),
                (usage.server_auth, "TLS Web Server Authentication"),
                (usage.client_auth, "TLS Web Client Authentication"),
                (usage.code_signing, "Code Signing"),
                (usage.email_protection, "E-mail Protection"),
                (usage.time_stamping, "Time Stamping"),
                (usage.ocsp_signing, "OCSP Signing"),
            ];
            let known = known.into_iter().filter(|(has, _)| *has).map(|(_, name)| name.to_owned());
            joined(known.chain(usage.other.iter().map(|id| purpose(&id.to_id_string()))))
        }
        _ => return None,
    })
}

fn listed(items: &[(bool, &str)]) -> String {
    joined(items.iter().filter(|(has, _)| *has).map(|(_, name)| (*name).to_owned()))
}

fn joined(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(", ")
}

/// `DNS:a, IP Address:1.2.3.4`; `None` if there is a name of a form that is not usual.
fn general_names(names: &[GeneralName<'_>]) -> Option<String> {
    let shown: Option<Vec<String>> = names.iter().map(general_name).collect();
    Some(shown?.join(", "))
}

fn general_name(name: &GeneralName<'_>) -> Option<String> {
    Some(match name {
        GeneralName::RFC822Name(text) => format!("email:{text}"),
        GeneralName::DNSName(text) => format!("DNS:{text}"),
        GeneralName::URI(text) => format!("URI:{text}"),
        GeneralName::RegisteredID(id) => format!("Registered ID:{}", id.to_id_string()),
        GeneralName::OtherName(..) => "othername:<unsupported>".to_owned(),
        GeneralName::DirectoryName(directory) => format!("DirName:{}", name::text(directory)),
        GeneralName::IPAddress(bytes) => match (<[u8; 4]>::try_from(*bytes), <[u8; 16]>::try_from(*bytes)) {
            (Ok([a, b, c, d]), _) => format!("IP Address:{a}.{b}.{c}.{d}"),
            (_, Ok(bytes)) => {
                let groups = std::net::Ipv6Addr::from(bytes).segments().map(|group| format!("{group:X}"));
                format!("IP Address:{}", groups.join(":"))
            }
            _ => "IP Address:<invalid>".to_owned(),
        },
        _ => return None,
    })
}

fn hexadecimal(bytes: &[u8], between: &str) -> String {
    let mut text = String::with_capacity(bytes.len() * (2 + between.len()));
    for (at, byte) in bytes.iter().enumerate() {
        let _ = write!(text, "{}{byte:02X}", if at == 0 { "" } else { between });
    }
    text
}
