//! Parts of a gateway's host names and of its certificate authorities.

use std::collections::BTreeSet;

use postern_bundle::{Authority, Diagnostic, Hostname, Part, PartKey};
use postern_model::{HostnameProperties, Inventory, Name, id::last_segment, inventory::Resource};

use super::file_of;

/// A part to be, and what is to be said of it if it becomes one.
pub(super) struct Compiled {
    pub(super) key: PartKey,
    pub(super) part: Result<Part, Vec<Diagnostic>>,
    pub(super) remarks: Vec<Diagnostic>,
}

/// Those of the gateway resource, by name.
pub(super) fn compile(inventory: &Inventory, gateway: Option<&Name>) -> Vec<Compiled> {
    let Some(gateway) = gateway else { return Vec::new() };
    let mut hosts = BTreeSet::new();
    let hostnames = inventory.gateway_hostnames.iter().filter(|((of, _), _)| of == gateway);
    let hostnames = hostnames.map(|((_, name), resource)| {
        let id = format!("/gateways/{gateway}/hostnameConfigurations/{name}");
        let part = hostname(inventory, name, resource, &mut hosts);
        let file = file_of(&resource.origin, &id);
        let say = |diagnostic: Diagnostic| Diagnostic { file: file.clone(), ..diagnostic };
        Compiled {
            key: PartKey::Hostname(name.as_str().to_owned()),
            part: part.map_err(|(code, message)| vec![say(Diagnostic::error(code, id.clone(), message))]),
            remarks: remarks(&resource.properties, &id).into_iter().map(say).collect(),
        }
    });
    let authorities = inventory.gateway_authorities.iter().filter(|((of, _), _)| of == gateway);
    let authorities = authorities.map(|((_, name), resource)| {
        let id = format!("/gateways/{gateway}/certificateAuthorities/{name}");
        let part = certificate(inventory, name).map(|name| {
            let is_trusted = resource.properties.is_trusted.unwrap_or(false);
            Part::Authority(Authority { name, is_trusted })
        });
        let error = |message| {
            let file = file_of(&resource.origin, &id);
            vec![Diagnostic { file, ..Diagnostic::error("authority-certificate-unknown", id.clone(), message) }]
        };
        Compiled { key: PartKey::Authority(name.as_str().to_owned()), part: part.map_err(error), remarks: Vec::new() }
    });
    hostnames.chain(authorities).collect()
}

/// The part, or code and message of what keeps it from being one.
fn hostname(
    inventory: &Inventory,
    name: &Name,
    resource: &Resource<HostnameProperties>,
    hosts: &mut BTreeSet<String>,
) -> Result<Part, (&'static str, String)> {
    let properties = &resource.properties;
    let host = properties.hostname.as_deref().unwrap_or_default().trim_end_matches('.').to_ascii_lowercase();
    if !is_host(&host) {
        let message =
            format!("{host:?} is not a host name; \"api.example.com\", \"*.example.com\" or \"*\" is expected");
        return Err(("hostname-invalid", message));
    }
    let id = properties.certificate_id.as_deref().unwrap_or_default();
    let certificate = certificate(inventory, &Name::from(last_segment(id)))
        .map_err(|message| ("hostname-certificate-unknown", message))?;
    if !hosts.insert(host.clone()) {
        return Err(("hostname-duplicate", format!("another host name configuration is for {host} already")));
    }
    Ok(Part::Hostname(Hostname {
        name: name.as_str().to_owned(),
        host,
        certificate,
        negotiate_client_certificate: properties.negotiate_client_certificate.unwrap_or(false),
    }))
}

/// The certificate's name as it is written.
fn certificate(inventory: &Inventory, name: &Name) -> Result<String, String> {
    let found = inventory.certificates.get_key_value(name);
    found.map(|(name, _)| name.as_str().to_owned()).ok_or_else(|| format!("there is no certificate {name}"))
}

/// RFC 1123 section 2.1, with `*` for the first label or for everything; underscores occur.
fn is_host(host: &str) -> bool {
    const HOST_BYTES_MAX: usize = 253;
    const LABEL_BYTES_MAX: usize = 63;
    let is_label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    host == "*" || (host.len() <= HOST_BYTES_MAX && host.strip_prefix("*.").unwrap_or(host).split('.').all(is_label))
}

/// What is asked for and cannot be had.
fn remarks(properties: &HostnameProperties, id: &str) -> Vec<Diagnostic> {
    let mut remarks = Vec::new();
    for (asked, name, version) in
        [(properties.tls10_enabled, "tls10Enabled", "1.0"), (properties.tls11_enabled, "tls11Enabled", "1.1")]
    {
        if asked == Some(true) {
            let message =
                format!("`{name}` has no effect: TLS {version} is broken and not offered; callers need TLS 1.2 or 1.3");
            remarks.push(Diagnostic::warning("hostname-tls-version", id, message));
        }
    }
    if properties.http2_enabled == Some(true) {
        let message = "`http2Enabled` has no effect yet: callers get HTTP/1.1";
        remarks.push(Diagnostic::warning("hostname-http2", id, message));
    }
    remarks
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CERTIFICATE: &str =
        "/subscriptions/s/resourceGroups/r/providers/Microsoft.ApiManagement/service/x/certificates/Server";

    fn compiled(resources: &[(&str, serde_json::Value)]) -> Vec<Compiled> {
        let mut inventory = Inventory::new();
        inventory.put("/certificates/server", json!({"data": "AA=="}), "/certificates/server").unwrap();
        for (id, properties) in resources {
            inventory.put(id, properties.clone(), *id).unwrap();
        }
        compile(&inventory, Some(&Name::from("EDGE")))
    }

    #[test]
    fn only_those_of_the_gateway_become_parts() {
        let hostname =
            |host: &str| json!({"hostname": host, "certificateId": CERTIFICATE, "negotiateClientCertificate": true});
        let found = compiled(&[
            ("/gateways/edge/hostnameConfigurations/h1", hostname("API.Example.com")),
            ("/gateways/other/hostnameConfigurations/h2", hostname("other.example.com")),
            ("/gateways/edge/certificateAuthorities/SERVER", json!({"isTrusted": true})),
            ("/gateways/edge/certificateAuthorities/gone", json!({})),
        ]);
        let parts: Vec<_> = found.iter().filter_map(|found| found.part.as_ref().ok()).cloned().collect();
        let expected = Hostname {
            name: "h1".to_owned(),
            host: "api.example.com".to_owned(),
            certificate: "server".to_owned(),
            negotiate_client_certificate: true,
        };
        let authority = Authority { name: "server".to_owned(), is_trusted: true };
        assert_eq!(parts, [Part::Hostname(expected), Part::Authority(authority)]);
        let error = found.iter().find_map(|found| found.part.as_ref().err()).unwrap();
        assert_eq!(
            (error[0].code.as_str(), error[0].message.as_str()),
            ("authority-certificate-unknown", "there is no certificate gone")
        );
    }

    #[test]
    fn hosts_are_names_with_a_wildcard_at_their_beginning_at_most() {
        let long = format!("{}.test", "a".repeat(64));
        for (host, is_one) in [
            ("a", true),
            ("a-b.example_1.com", true),
            ("*.example.com", true),
            ("*", true),
            ("", false),
            ("a..b", false),
            ("a.*.b", false),
            ("**.b", false),
            ("*.", false),
            ("-a.b", false),
            ("a b", false),
            ("a:443", false),
            (&long, false),
        ] {
            assert_eq!(is_host(host), is_one, "{host:?}");
        }
    }

    #[test]
    fn what_cannot_be_had_is_said() {
        let properties = |more: serde_json::Value| {
            let mut properties = json!({"hostname": "a.test", "certificateId": CERTIFICATE});
            properties.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            properties
        };
        let found = compiled(&[
            (
                "/gateways/edge/hostnameConfigurations/a",
                properties(json!({"tls10Enabled": true, "http2Enabled": true})),
            ),
            ("/gateways/edge/hostnameConfigurations/b", properties(json!({}))),
            (
                "/gateways/edge/hostnameConfigurations/c",
                properties(json!({"hostname": "c.test", "tls11Enabled": false})),
            ),
            (
                "/gateways/edge/hostnameConfigurations/d",
                json!({"hostname": "d.test", "certificateId": "/certificates/none"}),
            ),
        ]);
        let codes: Vec<Vec<&str>> = found
            .iter()
            .map(|found| {
                let errors = found.part.as_ref().err().into_iter().flatten();
                errors.chain(&found.remarks).map(|diagnostic| diagnostic.code.as_str()).collect()
            })
            .collect();
        let expected: [&[&str]; 4] = [
            &["hostname-tls-version", "hostname-http2"],
            &["hostname-duplicate"],
            &[],
            &["hostname-certificate-unknown"],
        ];
        assert_eq!(codes, expected);
    }
}
