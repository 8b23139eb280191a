//! Certificate parts.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_bundle::{Certificate, Diagnostic, Part, Secret};
use postern_model::{CertificateProperties, Inventory, Name, id::last_segment, inventory::Resource};

use super::file_of;

/// The part of a certificate, or what keeps it from being one.
pub(super) fn compile(name: &Name, resource: &Resource<CertificateProperties>) -> Result<Part, Vec<Diagnostic>> {
    let id = format!("/certificates/{name}");
    let error = |code: &str, message: String| {
        vec![Diagnostic { file: file_of(&resource.origin, &id), ..Diagnostic::error(code, id.clone(), message) }]
    };
    let properties = &resource.properties;
    let Some(data) = properties.data.as_ref().map(postern_model::Secret::expose).filter(|data| !data.is_empty()) else {
        let message = match &properties.key_vault {
            Some(_) => "a certificate in a key vault cannot be fetched; upload it as PKCS#12",
            None => "the certificate has no data: its private key is not known",
        };
        return Err(error("certificate-without-data", message.to_owned()));
    };
    let password = properties.password.as_ref().map_or("", postern_model::Secret::expose);
    let bytes = STANDARD.decode(data).map_err(|_| error("certificate-invalid", "its data is not base64".to_owned()))?;
    let read = postern_policy::Certificate::read(&bytes, password)
        .map_err(|exception| error("certificate-invalid", format!("it cannot be read: {}", exception.message)))?;
    Ok(Part::Certificate(Certificate {
        name: name.as_str().to_owned(),
        thumbprint: read.thumbprint(),
        data: Secret::new(data),
        password: Secret::new(password),
    }))
}

/// The name of the certificate that a backend names by id or, without ids, by thumbprint.
pub(super) fn of_backend(
    inventory: &Inventory,
    ids: Option<&[String]>,
    thumbprints: Option<&[String]>,
) -> Result<Option<String>, String> {
    let bare = |text: &str| -> String { text.chars().filter(char::is_ascii_hexdigit).collect() };
    if let Some(id) = ids.and_then(<[String]>::first) {
        let name = Name::from(last_segment(id));
        return match inventory.certificates.get_key_value(&name) {
            Some((name, _)) => Ok(Some(name.as_str().to_owned())),
            None => Err(format!("there is no certificate {name}")),
        };
    }
    let Some(wanted) = thumbprints.and_then(<[String]>::first) else { return Ok(None) };
    let has_it = |resource: &Resource<CertificateProperties>| {
        resource.properties.thumbprint.as_deref().is_some_and(|known| bare(known).eq_ignore_ascii_case(&bare(wanted)))
    };
    match inventory.certificates.iter().find(|(_, resource)| has_it(resource)) {
        Some((name, _)) => Ok(Some(name.as_str().to_owned())),
        None => Err(format!("there is no certificate with the thumbprint {wanted}")),
    }
}
