//! Backend parts.

use postern_bundle::{Backend, BackendCredentials, BackendTls, Diagnostic, Part, Secret};
use postern_model::{BackendProperties, Inventory, Name, inventory::Resource};
use url::Url;

use super::{
    certificates, file_of,
    policies::{self, Written},
    values::NamedValues,
};

/// The part of a backend, or what keeps it from being one.
pub(super) fn compile(
    inventory: &Inventory,
    name: &Name,
    resource: &Resource<BackendProperties>,
    values: &NamedValues,
) -> Result<Part, Vec<Diagnostic>> {
    let id = format!("/backends/{name}");
    let error = |code: &str, message: String| {
        let file = file_of(&resource.origin, &id);
        vec![Diagnostic { file, ..Diagnostic::error(code, id.clone(), message) }]
    };
    let properties = &resource.properties;
    if properties.is_pool() {
        return Err(error("backend-pool-unsupported", "a pool of backends cannot be used yet".to_owned()));
    }
    let fill = |text: &str| policies::fill_in(&Written { text, origin: &resource.origin, id: &id }, values);
    let url = fill(properties.url.as_deref().unwrap_or_default())?;
    check_url(&url).map_err(|reason| error("backend-url-invalid", format!("the backend's URL {url:?} {reason}")))?;
    let mut credentials = BackendCredentials::default();
    if let Some(given) = &properties.credentials {
        let filled = |texts: &Vec<postern_model::Secret>| -> Result<Vec<Secret>, Vec<Diagnostic>> {
            texts.iter().map(|text| fill(text.expose()).map(Secret::new)).collect()
        };
        for (header, texts) in given.header.iter().flatten() {
            credentials.headers.push((header.clone(), filled(texts)?));
        }
        for (parameter, texts) in given.query.iter().flatten() {
            credentials.query.push((parameter.clone(), filled(texts)?));
        }
        if let Some(authorization) = given.authorization.as_ref().filter(|given| !given.scheme.is_empty()) {
            let parameter = Secret::new(fill(authorization.parameter.expose())?);
            credentials.authorization = Some((authorization.scheme.clone(), parameter));
        }
        let (ids, thumbprints) = (given.certificate_ids.as_deref(), given.certificate.as_deref());
        credentials.certificate = certificates::of_backend(inventory, ids, thumbprints)
            .map_err(|message| error("backend-certificate-unknown", message))?;
    }
    let tls = BackendTls {
        validate_chain: properties.validate_certificate_chain(),
        validate_name: properties.validate_certificate_name(),
        authorities_pem: None,
    };
    Ok(Part::Backend(Backend { name: name.as_str().to_owned(), url, tls, credentials }))
}

/// A base URL: absolute, of a scheme the gateway speaks, without query (APIM refuses one since 2024) and fragment.
pub(super) fn check_url(text: &str) -> Result<(), String> {
    let url = Url::parse(text).map_err(|error| format!("is not valid: {error}"))?;
    if !matches!(url.scheme(), "http" | "https" | "ws" | "wss") {
        return Err(format!("has the scheme {:?}; http, https, ws and wss can be used", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("has no host".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment".to_owned());
    }
    Ok(())
}
