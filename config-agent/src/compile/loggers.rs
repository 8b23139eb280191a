//! Logger parts.

use postern_bundle::{Diagnostic, EventHub, HubCredential, Logger, LoggerTarget, Part, Secret};
use postern_model::{LoggerProperties, Name, inventory::Resource};
use url::Url;

use super::{
    file_of,
    policies::{self, Written},
    values::NamedValues,
};

/// The part of a logger, or what keeps it from being one.
pub(super) fn compile(
    name: &Name,
    resource: &Resource<LoggerProperties>,
    values: &NamedValues,
) -> Result<Part, Vec<Diagnostic>> {
    let id = format!("/loggers/{name}");
    let error = |message: String| {
        let file = file_of(&resource.origin, &id);
        vec![Diagnostic { file, ..Diagnostic::error("logger-invalid", id.clone(), message) }]
    };
    let properties = &resource.properties;
    let credential = |name: &str| -> Result<Option<String>, Vec<Diagnostic>> {
        let Some(text) = properties.credential(name) else { return Ok(None) };
        let filled = policies::fill_in(&Written { text: text.expose(), origin: &resource.origin, id: &id }, values)?;
        Ok(Some(filled).filter(|text| !text.trim().is_empty()))
    };
    let target = match properties.logger_type.as_deref().unwrap_or_default().to_ascii_lowercase().as_str() {
        "azureeventhub" => {
            let given = Given {
                hub: credential("name")?,
                connection: credential("connectionString")?,
                address: credential("endpointAddress")?,
                client_id: credential("identityClientId")?,
            };
            LoggerTarget::EventHub(event_hub(given).map_err(error)?)
        }
        "applicationinsights" => {
            let connection = match (credential("connectionString")?, credential("instrumentationKey")?) {
                (Some(connection), _) => Some(connection),
                (None, key) => key.map(|key| format!("InstrumentationKey={key}")),
            };
            LoggerTarget::ApplicationInsights { connection: connection.map(Secret::new) }
        }
        "azuremonitor" => LoggerTarget::AzureMonitor,
        other => return Err(error(format!("the type {other:?} is not known"))),
    };
    Ok(Part::Logger(Logger { name: name.as_str().to_owned(), target }))
}

/// The credentials of an event hub with their named values filled in.
struct Given {
    hub: Option<String>,
    connection: Option<String>,
    address: Option<String>,
    client_id: Option<String>,
}

fn event_hub(given: Given) -> Result<EventHub, String> {
    let Some(connection) = given.connection else {
        let address = given.address.ok_or("it has neither a connection string nor an endpoint address")?;
        let client_id = given.client_id.filter(|id| !id.eq_ignore_ascii_case("SystemAssigned"));
        return Ok(EventHub {
            endpoint: endpoint(&address)?,
            hub: given.hub.ok_or("it does not name its hub")?,
            credential: HubCredential::Identity { client_id },
        });
    };
    let part = |name: &str| {
        let mut parts = connection.split(';').filter_map(|part| part.split_once('='));
        parts.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
    };
    let missing = |name: &str| format!("its connection string has no {name}");
    Ok(EventHub {
        endpoint: endpoint(&part("Endpoint").ok_or_else(|| missing("Endpoint"))?)?,
        hub: part("EntityPath").or(given.hub).ok_or("it does not name its hub")?,
        credential: HubCredential::Key {
            name: part("SharedAccessKeyName").ok_or_else(|| missing("SharedAccessKeyName"))?,
            key: Secret::new(part("SharedAccessKey").ok_or_else(|| missing("SharedAccessKey"))?),
        },
    })
}

/// `sb://ns.servicebus.windows.net/` → `https://ns.servicebus.windows.net`. Without TLS only to this machine: the token is a secret.
fn endpoint(address: &str) -> Result<String, String> {
    let wrong = || format!("the endpoint {address:?} is not a host");
    let text = if address.contains("://") { address.to_owned() } else { format!("sb://{address}") };
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let rest = rest.trim_end_matches('/');
    let scheme = if scheme.eq_ignore_ascii_case("http") { "http" } else { "https" };
    let url = Url::parse(&format!("{scheme}://{rest}")).map_err(|_| wrong())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
    if url.path() != "/" || url.query().is_some() || !url.username().is_empty() {
        return Err(wrong());
    }
    if scheme == "http" && !matches!(host, "localhost" | "127.0.0.1" | "[::1]") {
        return Err(format!("the endpoint {address:?} is not encrypted; only one on this machine may be without TLS"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(connection: Option<&str>, hub: Option<&str>, address: Option<&str>) -> Given {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Given {
            hub: owned(hub),
            connection: owned(connection),
            address: owned(address),
            client_id: owned(Some("SystemAssigned")),
        }
    }

    #[test]
    fn connection_strings_are_taken_apart() {
        let key = |key: &str| HubCredential::Key { name: "send".to_owned(), key: Secret::new(key) };
        let text =
            "Endpoint=sb://ns.servicebus.windows.net/;SharedAccessKeyName=send;SharedAccessKey=a2V5PT0=;EntityPath=own";
        let hub = event_hub(given(Some(text), Some("named"), None)).unwrap();
        assert_eq!((hub.endpoint.as_str(), hub.hub.as_str()), ("https://ns.servicebus.windows.net", "own"));
        assert_eq!(hub.credential, key("a2V5PT0="));
        let local = "endpoint=http://127.0.0.1:5300;sharedaccesskeyname=send; SharedAccessKey=k";
        let hub = event_hub(given(Some(local), Some("named"), None)).unwrap();
        assert_eq!(
            (hub.endpoint.as_str(), hub.hub.as_str(), hub.credential),
            ("http://127.0.0.1:5300", "named", key("k"))
        );
        let hub = event_hub(given(None, Some("h"), Some("ns.servicebus.windows.net"))).unwrap();
        assert_eq!(hub.endpoint, "https://ns.servicebus.windows.net");
        assert_eq!(hub.credential, HubCredential::Identity { client_id: None });
    }

    #[test]
    fn what_is_missing_or_unsafe_is_named() {
        for (connection, hub, address, message) in [
            (None, Some("h"), None, "it has neither a connection string nor an endpoint address"),
            (Some("SharedAccessKeyName=s;SharedAccessKey=k"), Some("h"), None, "its connection string has no Endpoint"),
            (
                Some("Endpoint=sb://a/;SharedAccessKeyName=s"),
                Some("h"),
                None,
                "its connection string has no SharedAccessKey",
            ),
            (Some("Endpoint=sb://a/;SharedAccessKeyName=s;SharedAccessKey=k"), None, None, "it does not name its hub"),
            (
                Some("Endpoint=http://a.test/;SharedAccessKeyName=s;SharedAccessKey=k"),
                Some("h"),
                None,
                "the endpoint \"http://a.test/\" is not encrypted; only one on this machine may be without TLS",
            ),
            (None, Some("h"), Some("a/b"), "the endpoint \"a/b\" is not a host"),
        ] {
            assert_eq!(event_hub(given(connection, hub, address)).unwrap_err(), message);
        }
    }
}
