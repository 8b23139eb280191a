//! Settings of `postern-agent run`: TOML file, environment and flags, the last one wins. APIM's own setting names are accepted as
//! they are (`config.service.endpoint`, `config.service.auth`, `gateway.name`, `telemetry.logs.std`, …).

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use clap::Args;
use postern_model::{Name, Secret};
use thiserror::Error;

use crate::{
    files, limits,
    source::{SourceAddress, endpoint},
    token::TokenSource,
};

/// Flags of `run`.
#[derive(Args, Clone, Debug, Default)]
pub struct RunFlags {
    /// Unix socket of the gateway [setting: socket; env: POSTERN_SOCKET; default: /run/postern/gateway.sock]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Where configuration comes from: endpoint:URL or apiops:DIR; may be repeated, the later one wins [setting: sources; env: POSTERN_SOURCES, separated by spaces]
    #[arg(long = "source", value_name = "SOURCE")]
    pub sources: Vec<String>,
    /// Expose only APIs assigned to this gateway resource [setting: gateway.name]
    #[arg(long, value_name = "NAME")]
    pub gateway: Option<String>,
    /// File with the gateway token; read again for each request [setting: token-file; env: POSTERN_GATEWAY_TOKEN or config.service.auth holds the token itself]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Folder of the encrypted backup and its key [setting: data; env: POSTERN_AGENT_DATA, STATE_DIRECTORY]
    #[arg(long, visible_alias = "backup", value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// APIOps overrides (configuration.<env>.yaml), laid over apiops: sources [setting: overrides]
    #[arg(long, value_name = "FILE")]
    pub overrides: Option<PathBuf>,
    /// Settings file (TOML) [env: POSTERN_AGENT_CONFIG]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Form of the log on standard error: text, json or none [setting: telemetry.logs.std]
    #[arg(long, value_name = "FORM")]
    pub log_format: Option<String>,
    /// Least level of the log: debug, info, warn, error [setting: telemetry.logs.std.level]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,
}

/// Checked settings.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The gateway's socket.
    pub socket: PathBuf,
    /// Sources, the later one wins.
    pub sources: Vec<SourceAddress>,
    /// Gateway resource to filter by.
    pub gateway: Option<Name>,
    /// Where the gateway token is.
    pub token: TokenSource,
    /// Folder of the backup; `None` = none is kept.
    pub data: Option<PathBuf>,
    /// Overrides for APIOps sources.
    pub overrides: Option<PathBuf>,
    /// `config.service.endpoint.disableCertificateValidation`.
    pub accept_invalid_certificates: bool,
    /// Form of the log.
    pub log_format: LogFormat,
    /// Least level of the log.
    pub log_level: tracing::Level,
}

/// `telemetry.logs.std`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Nothing is logged.
    None,
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why the settings cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("the settings file cannot be used: {0}")]
    File(#[from] files::FileError),
    /// The file is no TOML.
    #[error("{}: {error}", path.display())]
    Toml {
        /// Which.
        path: PathBuf,
        /// Where and why.
        error: Box<toml::de::Error>,
    },
    /// A setting has a value that makes no sense.
    #[error("{name}: {reason}")]
    Value {
        /// Name of the setting.
        name: &'static str,
        /// Why.
        reason: String,
    },
}

/// Where the gateway's socket is in an installation.
const SOCKET_DEFAULT: &str = "/run/postern/gateway.sock";

impl Settings {
    /// Puts the layers together. `environment` gives a variable of the process.
    pub fn new(flags: RunFlags, environment: &dyn Fn(&str) -> Option<String>) -> Result<Settings, SettingsError> {
        let environment = &|name: &str| environment(name).filter(|value| !value.is_empty());
        let config = flags.config.clone().or_else(|| environment("POSTERN_AGENT_CONFIG").map(PathBuf::from));
        let layers = Layers { file: config.as_deref().map(read_toml).transpose()?.unwrap_or_default(), environment };
        let token = token(&flags, &layers)?;
        let sources = sources(&flags, &layers)?;
        let log_format_text = flags.log_format.or_else(|| layers.text("telemetry.logs.std", "POSTERN_LOG_FORMAT"));
        let log_level_text = flags.log_level.or_else(|| layers.text("telemetry.logs.std.level", "POSTERN_LOG_LEVEL"));
        let data = flags.data.or_else(|| layers.path("data", "POSTERN_AGENT_DATA"));
        Ok(Settings {
            socket: flags.socket.or_else(|| layers.path("socket", "POSTERN_SOCKET")).unwrap_or(SOCKET_DEFAULT.into()),
            sources,
            gateway: flags.gateway.or_else(|| layers.text("gateway.name", "POSTERN_GATEWAY")).map(Name::new),
            token,
            // systemd gives a list of folders; the first is the agent's.
            data: data.or_else(|| environment("STATE_DIRECTORY")?.split(':').next().map(PathBuf::from)),
            overrides: flags.overrides.or_else(|| layers.path("overrides", "POSTERN_OVERRIDES")),
            accept_invalid_certificates: layers.flag("config.service.endpoint.disableCertificateValidation")?,
            log_format: log_format(log_format_text.as_deref())?,
            log_level: log_level(log_level_text.as_deref())?,
        })
    }
}

struct Layers<'a> {
    /// Dotted names.
    file: BTreeMap<String, toml::Value>,
    environment: &'a dyn Fn(&str) -> Option<String>,
}

impl Layers<'_> {
    /// The setting `name`: its own name or `variable` in the environment, then the file.
    fn text(&self, name: &str, variable: &str) -> Option<String> {
        let environment = (self.environment)(variable).or_else(|| (self.environment)(name));
        environment.or_else(|| self.file.get(name).map(plain))
    }

    fn path(&self, name: &str, variable: &str) -> Option<PathBuf> {
        self.text(name, variable).map(PathBuf::from)
    }

    fn flag(&self, name: &'static str) -> Result<bool, SettingsError> {
        match self.text(name, name).map(|text| text.to_ascii_lowercase()).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(other) => Err(SettingsError::Value { name, reason: format!("{other:?} is neither true nor false") }),
        }
    }
}

fn sources(flags: &RunFlags, layers: &Layers<'_>) -> Result<Vec<SourceAddress>, SettingsError> {
    let invalid = |reason| SettingsError::Value { name: "source", reason };
    let texts: Vec<String> = if flags.sources.is_empty() {
        match (layers.environment)("POSTERN_SOURCES") {
            Some(list) => list.split_whitespace().map(str::to_owned).collect(),
            None => match layers.file.get("sources") {
                Some(toml::Value::Array(list)) => list.iter().map(plain).collect(),
                Some(one) => vec![plain(one)],
                None => Vec::new(),
            },
        }
    } else {
        flags.sources.clone()
    };
    if !texts.is_empty() {
        return texts.iter().map(|text| text.parse().map_err(invalid)).collect();
    }
    match layers.text("config.service.endpoint", "POSTERN_ENDPOINT") {
        Some(url) => Ok(vec![SourceAddress::Endpoint(endpoint::base_url(&url).map_err(invalid)?)]),
        None => Err(invalid("no source is given: use --source endpoint:URL or --source apiops:DIR".to_owned())),
    }
}

/// `config.service.auth` is the token, or `key` with the token in `config.service.auth.key`.
fn token(flags: &RunFlags, layers: &Layers<'_>) -> Result<TokenSource, SettingsError> {
    if let Some(path) = &flags.token_file {
        return Ok(TokenSource::File(path.clone()));
    }
    if let Some(token) = (layers.environment)("POSTERN_GATEWAY_TOKEN") {
        return Ok(TokenSource::Text(Secret::new(token)));
    }
    let auth = layers.text("config.service.auth", "config.service.auth");
    match auth.as_deref().map(str::trim) {
        Some("key") | None => {}
        Some(scheme @ ("azureAdApp" | "workloadIdentity")) => {
            let reason =
                format!("{scheme} authenticates to Azure; a configuration endpoint of Postern takes a gateway token");
            return Err(SettingsError::Value { name: "config.service.auth", reason });
        }
        Some(token) => return Ok(TokenSource::Text(Secret::new(token))),
    }
    if let Some(token) = layers.text("config.service.auth.key", "config.service.auth.key") {
        return Ok(TokenSource::Text(Secret::new(token)));
    }
    Ok(layers.path("token-file", "POSTERN_TOKEN_FILE").map_or(TokenSource::Missing, TokenSource::File))
}

fn log_format(text: Option<&str>) -> Result<LogFormat, SettingsError> {
    match text {
        None | Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        Some("none") => Ok(LogFormat::None),
        Some(other) => {
            let reason = format!("{other:?} is none of none, text and json");
            Err(SettingsError::Value { name: "telemetry.logs.std", reason })
        }
    }
}

/// APIM's names: `all`, `debug`, `info`, `warn`, `error`, `fatal`.
fn log_level(text: Option<&str>) -> Result<tracing::Level, SettingsError> {
    Ok(match text {
        Some("all") => tracing::Level::TRACE,
        Some("debug") => tracing::Level::DEBUG,
        None | Some("info") => tracing::Level::INFO,
        Some("warn") => tracing::Level::WARN,
        Some("error" | "fatal") => tracing::Level::ERROR,
        Some(other) => {
            let reason = format!("{other:?} is none of all, debug, info, warn, error and fatal");
            return Err(SettingsError::Value { name: "telemetry.logs.std.level", reason });
        }
    })
}

fn read_toml(path: &Path) -> Result<BTreeMap<String, toml::Value>, SettingsError> {
    let text = files::read_text(path, limits::SMALL_FILE_BYTES_MAX)?;
    let table: toml::Table =
        toml::from_str(&text).map_err(|error| SettingsError::Toml { path: path.to_owned(), error: Box::new(error) })?;
    let mut flat = BTreeMap::new();
    flatten("", table, &mut flat);
    Ok(flat)
}

/// Tables become dotted names. The depth is bounded by the parser.
fn flatten(prefix: &str, table: toml::Table, flat: &mut BTreeMap<String, toml::Value>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(table) => flatten(&name, table, flat),
            value => drop(flat.insert(name, value)),
        }
    }
}

fn plain(value: &toml::Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(flags: RunFlags, environment: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let lookup = |name: &str| {
            environment.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        };
        Settings::new(flags, &lookup)
    }

    fn source(text: &str) -> RunFlags {
        RunFlags { sources: vec![text.to_owned()], ..RunFlags::default() }
    }

    #[test]
    fn apim_names_are_accepted_as_they_are() {
        let settings = settings(
            RunFlags::default(),
            &[
                ("config.service.endpoint", "contoso.configuration.example.net"),
                ("config.service.auth", "GatewayKey contosogw&202701011200&abc="),
                ("gateway.name", "contosogw"),
                ("telemetry.logs.std", "json"),
                ("telemetry.logs.std.level", "warn"),
                ("config.service.endpoint.disableCertificateValidation", "true"),
            ],
        )
        .unwrap();
        let sources: Vec<String> = settings.sources.iter().map(ToString::to_string).collect();
        assert_eq!(sources, ["endpoint:https://contoso.configuration.example.net/"]);
        assert_eq!(settings.token.read().unwrap().gateway(), "contosogw");
        assert_eq!(settings.gateway, Some(Name::from("contosogw")));
        assert_eq!((settings.log_format, settings.log_level), (LogFormat::Json, tracing::Level::WARN));
        assert!(settings.accept_invalid_certificates);
    }

    #[test]
    fn a_key_may_stand_in_a_setting_of_its_own() {
        let environment = [("config.service.auth", "key"), ("config.service.auth.key", "gw&202701011200&abc=")];
        assert_eq!(settings(source("apiops:x"), &environment).unwrap().token.read().unwrap().gateway(), "gw");
        let entra = [("config.service.auth", "azureAdApp")];
        assert!(settings(source("apiops:x"), &entra).is_err());
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("agent.toml");
        let text = "socket = \"/file\"\nsources = [\"apiops:/file\"]\ndata = \"/file\"\ngateway.name = \"file\"\n[telemetry.logs]\nstd = \"json\"\n";
        std::fs::write(&file, text).unwrap();
        let flags = RunFlags { config: Some(file), socket: Some("/flag".into()), ..RunFlags::default() };
        let settings = settings(flags, &[("POSTERN_SOCKET", "/env"), ("gateway.name", "env")]).unwrap();
        assert_eq!(settings.socket, PathBuf::from("/flag"));
        assert_eq!(settings.gateway, Some(Name::from("env")));
        assert_eq!(settings.sources, [SourceAddress::Apiops("/file".into())]);
        assert_eq!((settings.data, settings.log_format), (Some("/file".into()), LogFormat::Json));
    }

    #[test]
    fn the_backup_folder_is_the_one_of_systemd_when_none_is_named() {
        let given = settings(source("apiops:x"), &[("STATE_DIRECTORY", "/var/lib/postern-agent")]).unwrap();
        assert_eq!(given.data, Some("/var/lib/postern-agent".into()));
        assert_eq!(settings(source("apiops:x"), &[]).unwrap().data, None);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_name_of_the_setting() {
        assert!(settings(RunFlags::default(), &[]).unwrap_err().to_string().contains("no source is given"));
        let error = settings(source("apiops:x"), &[("telemetry.logs.std", "logfmt")]).unwrap_err();
        assert!(error.to_string().starts_with("telemetry.logs.std"));
    }
}
