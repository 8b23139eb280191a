//! Loggers: where events of `log-to-eventhub` go.

use serde::{Deserialize, Serialize};

use crate::secret::Secret;

/// A logger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logger {
    /// Resource name: what `logger-id` says, without case.
    pub name: String,
    /// Where it writes.
    pub target: LoggerTarget,
}

/// Where a logger writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LoggerTarget {
    /// An event hub.
    EventHub(EventHub),
    /// Application Insights.
    ApplicationInsights {
        /// `connectionString`, or one made of `instrumentationKey`; an APIOps directory may have neither.
        connection: Option<Secret>,
    },
    /// Azure Monitor; the gateway's own log stands in for it.
    AzureMonitor,
}

/// An event hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventHub {
    /// `https://<namespace>` (`http://` for an emulator on this machine), without slash at the end.
    pub endpoint: String,
    /// Name of the hub.
    pub hub: String,
    /// How the gateway proves who it is.
    pub credential: HubCredential,
}

/// Who writes to a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HubCredential {
    /// A shared access key.
    Key {
        /// Its name.
        name: String,
        /// The key as text: its bytes sign.
        key: Secret,
    },
    /// The managed identity of the gateway's host.
    Identity {
        /// The identity; `None`: that of the system.
        client_id: Option<String>,
    },
}
