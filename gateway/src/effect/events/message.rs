//! Events as requests of the REST interfaces of Event Hubs and Service Bus. Pure.
//!
//! `POST <endpoint>/<hub>/messages`, or `…/<hub>/partitions/<id>/messages`; one event is the body as it is, several are a list of
//! `{"Body", "BrokerProperties", "UserProperties"}`. Access is shown by a shared access signature or a token of an identity.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern_bundle::EventHub;
use postern_dotnet::crypto::{HashAlgorithm, Hmac};
use postern_dotnet::json::write_string;
use postern_policy::Event;

/// How long a signature is good: one is made for each request.
const SIGNATURE_SECONDS: i64 = 3600;
const SINGLE: &str = "application/atom+xml;type=entry;charset=utf-8";
const BATCH: &str = "application/vnd.microsoft.servicebus.json";

/// Events that leave one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Lane {
    Hub { logger: Box<str>, partition_id: Option<Box<str>>, partition_key: Option<Box<str>> },
    Bus { endpoint: Box<str>, entity: Box<str>, client_id: Option<Box<str>> },
}

impl fmt::Display for Lane {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Lane::Hub { logger, .. } => write!(out, "logger {logger}"),
            Lane::Bus { endpoint, entity, .. } => write!(out, "{endpoint}/{entity}"),
        }
    }
}

fn setting<'e>(event: &'e Event, name: &str) -> Option<&'e str> {
    event.settings.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
}

impl Lane {
    pub(super) fn hub(event: &Event) -> Lane {
        Lane::Hub {
            logger: event.target.to_ascii_lowercase().into(),
            partition_id: setting(event, "partition-id").map(Into::into),
            partition_key: setting(event, "partition-key").map(Into::into),
        }
    }

    /// Who takes its events: a logger, or a namespace.
    pub(super) fn target(&self) -> &str {
        match self {
            Lane::Hub { logger, .. } => logger,
            Lane::Bus { endpoint, .. } => endpoint,
        }
    }

    /// Whether its target is one of the operator's, not one that requests name.
    pub(super) fn is_configured(&self) -> bool {
        matches!(self, Lane::Hub { .. })
    }

    /// `None`: no namespace is named, or it is none.
    pub(super) fn bus(event: &Event) -> Option<Lane> {
        let namespace = setting(event, "namespace")?.trim().trim_end_matches('/');
        let is_host =
            |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b));
        // Without TLS only to an emulator on this machine: the token is a secret.
        let local = namespace.strip_prefix("http://").filter(|rest| {
            ["127.0.0.1", "localhost", "[::1]"]
                .iter()
                .any(|host| rest.strip_prefix(host).is_some_and(|port| port.is_empty() || port.starts_with(':')))
        });
        let endpoint = match local {
            Some(host) if is_host(host) => format!("http://{host}"),
            _ => {
                let host = ["https://", "sb://"].iter().find_map(|scheme| namespace.strip_prefix(scheme));
                let host = host.unwrap_or(namespace);
                is_host(host).then(|| format!("https://{host}"))?
            }
        };
        Some(Lane::Bus {
            endpoint: endpoint.into(),
            entity: event.target.clone(),
            client_id: setting(event, "client-id").map(Into::into),
        })
    }
}

pub(super) fn hub_url(hub: &EventHub, partition_id: Option<&str>) -> String {
    let mut url = format!("{}/{}", hub.endpoint, encoded(&hub.hub));
    if let Some(id) = partition_id {
        url.push_str("/partitions/");
        url.push_str(&encoded(id));
    }
    url + "/messages"
}

/// Slashes in the name of an entity part its path.
pub(super) fn bus_url(endpoint: &str, entity: &str) -> String {
    let path: Vec<String> = entity.split('/').filter(|part| !part.is_empty()).map(encoded).collect();
    format!("{endpoint}/{}/messages", path.join("/"))
}

/// `SharedAccessSignature sr=…&sig=…&se=…&skn=…`: the key's HMAC-SHA256 over resource and end.
pub(super) fn signature(hub: &EventHub, key_name: &str, key: &str, now_s: i64) -> String {
    let resource = encoded(&format!("{}/{}", hub.endpoint, hub.hub).to_lowercase());
    let ends = now_s + SIGNATURE_SECONDS;
    let signed = Hmac::sign(HashAlgorithm::Sha256, key.as_bytes(), format!("{resource}\n{ends}").as_bytes());
    let signature = encoded(&STANDARD.encode(signed));
    format!("SharedAccessSignature sr={resource}&sig={signature}&se={ends}&skn={}", encoded(key_name))
}

/// RFC 3986: everything but unreserved characters is encoded.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// A header line.
type Line = (Box<str>, Vec<u8>);

/// Header lines and body.
pub(super) fn compose(lane: &Lane, events: &[Event]) -> (Vec<Line>, Vec<u8>) {
    let header = |name: &str, value: &str| -> Line { (name.into(), value.as_bytes().to_vec()) };
    if let [event] = events
        && (event.properties.is_empty() || std::str::from_utf8(&event.message).is_err())
    {
        let mut headers = vec![header("Content-Type", SINGLE)];
        headers.extend(broker_properties(lane, event).map(|properties| header("BrokerProperties", &properties)));
        return (headers, event.message.clone());
    }
    let mut body = String::from("[");
    for event in events {
        body.push_str(if body.len() == 1 { "{\"Body\":" } else { ",{\"Body\":" });
        write_string(&String::from_utf8_lossy(&event.message), &mut body);
        if let Some(properties) = broker_properties(lane, event) {
            body.push_str(",\"BrokerProperties\":");
            body.push_str(&properties);
        }
        if !event.properties.is_empty() {
            body.push_str(",\"UserProperties\":");
            body.push_str(&object(event.properties.iter().map(|(name, value)| (&**name, &**value))));
        }
        body.push('}');
    }
    body.push(']');
    (vec![header("Content-Type", BATCH)], body.into_bytes())
}

/// Names and texts as a JSON object; ASCII only, because it may become a header.
fn object<'p>(pairs: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let mut out = String::from("{");
    for (name, value) in pairs {
        if out.len() > 1 {
            out.push(',');
        }
        write_string(name, &mut out);
        out.push(':');
        write_string(value, &mut out);
    }
    out.push('}');
    let mut ascii = String::with_capacity(out.len());
    for character in out.chars() {
        if character.is_ascii() {
            ascii.push(character);
        } else {
            let mut units = [0; 2];
            character.encode_utf16(&mut units).iter().for_each(|unit| ascii.push_str(&format!("\\u{unit:04x}")));
        }
    }
    ascii
}

fn broker_properties(lane: &Lane, event: &Event) -> Option<String> {
    if let Lane::Hub { partition_key, .. } = lane {
        return partition_key.as_deref().map(|key| object([("PartitionKey", key)].into_iter()));
    }
    let texts = [("MessageId", "message-id"), ("SessionId", "session-id")];
    let named = texts.iter().filter_map(|(name, attribute)| Some((*name, setting(event, attribute)?)));
    let mut properties = object(named);
    if let Some(seconds) = setting(event, "time-to-live").and_then(seconds) {
        properties.pop();
        properties.push_str(if properties.len() > 1 { ",\"TimeToLive\":" } else { "\"TimeToLive\":" });
        properties.push_str(&format!("{seconds}}}"));
    }
    (properties.len() > 2).then_some(properties)
}

/// A number of seconds, or a time span `[d.]hh:mm:ss`.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if !text.contains(':') {
        return text.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0);
    }
    let (days, clock) = match text.split_once('.') {
        Some((days, clock)) if clock.contains(':') => (days.parse::<u32>().ok()?, clock),
        _ => (0, text),
    };
    let mut parts = clock.split(':');
    let (hours, minutes): (u32, u32) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let seconds: f64 = parts.next().unwrap_or("0").parse().ok()?;
    (parts.next().is_none() && seconds >= 0.0)
        .then(|| f64::from(days) * 86_400.0 + f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + seconds)
}

#[cfg(test)]
mod tests {
    use postern_bundle::{HubCredential, Secret};

    use super::*;

    fn hub(endpoint: &str) -> EventHub {
        let credential = HubCredential::Key { name: "send".to_owned(), key: Secret::new("k") };
        EventHub { endpoint: endpoint.to_owned(), hub: "Events 1".to_owned(), credential }
    }

    fn event(settings: &[(&str, &str)], properties: &[(&str, &str)], message: &[u8]) -> Event {
        let pairs =
            |list: &[(&str, &str)]| list.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        Event {
            source: "x".into(),
            target: "Orders/in".into(),
            settings: pairs(settings),
            properties: pairs(properties),
            message: message.to_vec(),
        }
    }

    #[test]
    fn urls_and_signatures_are_those_of_the_rest_interface() {
        let hub = hub("https://NS.servicebus.windows.net");
        assert_eq!(hub_url(&hub, None), "https://NS.servicebus.windows.net/Events%201/messages");
        assert_eq!(hub_url(&hub, Some("3")), "https://NS.servicebus.windows.net/Events%201/partitions/3/messages");
        assert_eq!(bus_url("https://b", "Orders/in"), "https://b/Orders/in/messages");
        let given = signature(&hub, "send", "k", 1_700_000_000);
        // python3: hmac.new(b"k", b"https%3A%2F%2Fns.servicebus.windows.net%2Fevents%201\n1700003600", "sha256")
        let resource = "https%3A%2F%2Fns.servicebus.windows.net%2Fevents%201";
        assert_eq!(
            given,
            format!(
                "SharedAccessSignature sr={resource}&sig=6ma0nOL1XPXSiAHQO0TU3832drK51RTTZWDzj8V553k%3D&se=1700003600&skn=send"
            )
        );
    }

    #[test]
    fn one_event_is_the_body_and_several_are_a_list() {
        let one = event(&[("partition-key", "k\u{e9}")], &[], b"\xffraw");
        let (headers, body) = compose(&Lane::hub(&one), std::slice::from_ref(&one));
        assert_eq!(body, b"\xffraw");
        assert_eq!(headers[0], ("Content-Type".into(), SINGLE.into()));
        assert_eq!(headers[1], ("BrokerProperties".into(), br#"{"PartitionKey":"k\u00e9"}"#.to_vec()));
        let two = [event(&[("partition-key", "k")], &[], b"a\"b"), event(&[("partition-key", "k")], &[], b"c")];
        let (headers, body) = compose(&Lane::hub(&two[0]), &two);
        assert_eq!(headers, [("Content-Type".into(), BATCH.into())]);
        let expected = r#"[{"Body":"a\"b","BrokerProperties":{"PartitionKey":"k"}},{"Body":"c","BrokerProperties":{"PartitionKey":"k"}}]"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }

    #[test]
    fn messages_of_a_bus_carry_their_properties() {
        let settings =
            [("namespace", "ns.test"), ("message-id", "m"), ("session-id", "s"), ("time-to-live", "00:05:00")];
        let message = event(&settings, &[("p", "1")], b"body");
        let lane = Lane::bus(&message).unwrap();
        let (_, body) = compose(&lane, std::slice::from_ref(&message));
        let expected = r#"[{"Body":"body","BrokerProperties":{"MessageId":"m","SessionId":"s","TimeToLive":300},"UserProperties":{"p":"1"}}]"#;
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        for (text, expected) in
            [("90", Some(90.0)), ("1.00:00:01", Some(86_401.0)), ("01:00", Some(3600.0)), ("x", None), ("-1", None)]
        {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }

    #[test]
    fn a_namespace_is_a_host_and_is_reached_over_tls_unless_it_is_this_machine() {
        for (namespace, endpoint) in [
            ("ns.servicebus.windows.net", Some("https://ns.servicebus.windows.net")),
            ("sb://ns.test/", Some("https://ns.test")),
            ("http://127.0.0.1:5300", Some("http://127.0.0.1:5300")),
            ("http://ns.test", None),
            ("http://127.0.0.1.evil.test", None),
            ("ns.test/path", None),
            ("user@ns.test", None),
            ("", None),
        ] {
            let lane = Lane::bus(&event(&[("namespace", namespace)], &[], b""));
            let found = lane.map(|lane| match lane {
                Lane::Bus { endpoint, .. } => endpoint,
                Lane::Hub { .. } => "hub".into(),
            });
            assert_eq!(found.as_deref(), endpoint, "{namespace}");
        }
        assert_eq!(Lane::bus(&event(&[], &[], b"")), None);
    }
}
