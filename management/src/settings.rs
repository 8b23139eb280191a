//! Settings: a TOML file, then the environment, then flags; the last one wins.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand};
use serde::Deserialize;

use crate::arm::identity::ServiceIdentity;

/// Settings, complete.
#[derive(Clone, Debug)]
pub struct Settings {
    pub data: PathBuf,
    pub listen: SocketAddr,
    pub public_url: Option<String>,
    pub identity: ServiceIdentity,
    pub log: LogFormat,
}

/// Form of the log on stderr.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The management plane of Postern: ARM REST API, store and configuration endpoint.
#[derive(Debug, Parser)]
#[command(name = "postern-management", version)]
pub struct CommandLine {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Prints a gateway token and exits. Works while the server runs.
    Token {
        /// Name of the gateway resource.
        #[arg(long, default_value = "default")]
        gateway: String,
        /// Days until the token expires, 1 to 30.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=30))]
        days: i64,
    },
}

/// Options of all commands. Each is also an environment variable and a key of the file.
#[derive(Clone, Debug, Default, Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// TOML file with settings.
    #[arg(long, env = "POSTERN_MANAGEMENT_CONFIG", global = true)]
    #[serde(skip)]
    pub config: Option<PathBuf>,
    /// Folder of the store and the operator's token [default: ./data].
    #[arg(long, env = "POSTERN_MANAGEMENT_DATA", global = true)]
    pub data: Option<PathBuf>,
    /// Address to listen on; port 0 takes a free one [default: 127.0.0.1:7070].
    #[arg(long, env = "POSTERN_MANAGEMENT_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// URL clients reach this server under, when it stands behind a proxy.
    #[arg(long, env = "POSTERN_MANAGEMENT_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// Azure subscription id in ARM paths (a GUID).
    #[arg(long, env = "POSTERN_MANAGEMENT_SUBSCRIPTION_ID")]
    pub subscription_id: Option<String>,
    /// Resource group in ARM paths.
    #[arg(long, env = "POSTERN_MANAGEMENT_RESOURCE_GROUP")]
    pub resource_group: Option<String>,
    /// Name of the service in ARM paths.
    #[arg(long, env = "POSTERN_MANAGEMENT_SERVICE_NAME")]
    pub service_name: Option<String>,
    /// Location of the service.
    #[arg(long, env = "POSTERN_MANAGEMENT_LOCATION")]
    pub location: Option<String>,
    /// Form of the log on stderr.
    #[arg(long, env = "POSTERN_MANAGEMENT_LOG", value_enum)]
    pub log: Option<LogFormat>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("the settings file {file} cannot be read")]
    Read { file: String, source: std::io::Error },
    #[error("the settings file {file} is not valid: {reason}")]
    Parse { file: String, reason: String },
    #[error("{name} '{value}' is not valid: {reason}")]
    Value { name: &'static str, value: String, reason: &'static str },
}

impl Settings {
    /// Merges file and options (which hold the environment already).
    pub fn of(options: Options) -> Result<Self, SettingsError> {
        let file = match &options.config {
            Some(file) => read(file)?,
            None => Options::default(),
        };
        let identity = identity(&options, &file)?;
        Ok(Self {
            data: options.data.or(file.data).unwrap_or_else(|| PathBuf::from("data")),
            listen: options.listen.or(file.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 7070))),
            public_url: options.public_url.or(file.public_url),
            identity,
            log: options.log.or(file.log).unwrap_or_default(),
        })
    }

    /// Default settings on a data folder, with a free port.
    pub fn on(data: impl Into<PathBuf>) -> Self {
        Self {
            data: data.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            identity: ServiceIdentity::default(),
            log: LogFormat::default(),
        }
    }
}

fn read(file: &Path) -> Result<Options, SettingsError> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|source| SettingsError::Read { file: name.clone(), source })?;
    toml::from_str(&text).map_err(|error| SettingsError::Parse { file: name, reason: error.to_string() })
}

fn identity(options: &Options, file: &Options) -> Result<ServiceIdentity, SettingsError> {
    let default = ServiceIdentity::default();
    let pick = |option: &Option<String>, file: &Option<String>, default: String| {
        option.clone().or_else(|| file.clone()).unwrap_or(default)
    };
    let identity = ServiceIdentity {
        subscription: pick(&options.subscription_id, &file.subscription_id, default.subscription),
        resource_group: pick(&options.resource_group, &file.resource_group, default.resource_group),
        name: pick(&options.service_name, &file.service_name, default.name),
        location: pick(&options.location, &file.location, default.location),
    };
    let wrong = |name, value: &str, reason| SettingsError::Value { name, value: value.to_owned(), reason };
    if uuid::Uuid::try_parse(&identity.subscription).is_err() || identity.subscription.len() != 36 {
        return Err(wrong("subscription-id", &identity.subscription, "it must be a GUID"));
    }
    let name = identity.name.as_bytes();
    let is_name = name.len() <= 50
        && name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.last().is_some_and(u8::is_ascii_alphanumeric)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    if !is_name {
        return Err(wrong(
            "service-name",
            &identity.name,
            "it must be a letter, then letters, digits and dashes, at most 50",
        ));
    }
    if identity.resource_group.is_empty() || identity.resource_group.contains('/') {
        return Err(wrong("resource-group", &identity.resource_group, "it must be one path segment"));
    }
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::{Options, Settings, SettingsError};

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("management.toml");
        std::fs::write(&file, "data = \"/from/file\"\nservice-name = \"from-file\"\n").expect("written");
        let options = Options { config: Some(file), service_name: Some("from-flag".into()), ..Options::default() };
        let settings = Settings::of(options).expect("good");
        assert_eq!(settings.data.to_str(), Some("/from/file"));
        assert_eq!(settings.identity.name, "from-flag");
        assert_eq!(settings.listen.to_string(), "127.0.0.1:7070");
    }

    #[test]
    fn unknown_keys_and_impossible_names_are_refused() {
        let folder = tempfile::tempdir().expect("folder");
        let file = folder.path().join("management.toml");
        std::fs::write(&file, "dta = \"x\"\n").expect("written");
        let refused = Settings::of(Options { config: Some(file), ..Options::default() });
        assert!(matches!(refused, Err(SettingsError::Parse { .. })));
        for options in [
            Options { subscription_id: Some("none".into()), ..Options::default() },
            Options { service_name: Some("1st".into()), ..Options::default() },
            Options { resource_group: Some("a/b".into()), ..Options::default() },
        ] {
            assert!(matches!(Settings::of(options), Err(SettingsError::Value { .. })));
        }
    }
}
