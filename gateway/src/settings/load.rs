//! Finds the values of settings in a file, the environment and flags, and says where a wrong one stands.

use std::ffi::OsString;
use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction, Command};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Settings;
use super::table::{SETTINGS, Setting, set_apim};
use crate::limits::SETTINGS_FILE_BYTES_MAX;

/// Variables of our own begin with this; others of the kind are typing errors and stop the start.
const PREFIX: &str = "POSTERN_GATEWAY_";

/// What the command line came to.
#[derive(Debug)]
pub enum Loaded {
    Run(Box<Settings>),
    /// Help or version: to be printed, and that is all.
    Print(String),
}

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File { path: PathBuf, line: usize },
    Variable(String),
    Flag(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    #[error("{0}")]
    CommandLine(String),
    #[error("settings file {path} cannot be read")]
    ReadFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("settings file {path} is larger than {SETTINGS_FILE_BYTES_MAX} bytes")]
    FileTooLarge { path: PathBuf },
    #[error("{place}: {problem}")]
    Syntax { place: Place, problem: String },
    #[error("{place}: there is no setting `{name}`")]
    Unknown { place: Place, name: String },
    #[error("{place}: setting `{name}`: {problem}, not `{value}`")]
    Value { place: Place, name: String, value: String, problem: String },
    #[error("settings contradict each other: {0}")]
    Relation(String),
}

/// Reads the settings. `arguments` begin with the program's name; `variables` are the whole environment.
///
/// # Errors
/// For anything that is not understood: nothing is silently ignored but variables that are not ours.
pub fn load(
    arguments: impl IntoIterator<Item = OsString>,
    variables: &[(String, String)],
) -> Result<Loaded, SettingsError> {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => return Err(SettingsError::CommandLine(error.to_string())),
        Err(help) => return Ok(Loaded::Print(help.to_string())),
    };
    let mut settings = Settings::default();
    let file = matches.get_one::<String>("config").cloned();
    let config_variable = format!("{PREFIX}CONFIG");
    let variable = || variables.iter().find(|(name, _)| *name == config_variable).map(|(_, path)| path.clone());
    if let Some(path) = file.or_else(variable) {
        read_file(&mut settings, Path::new(&path))?;
    }
    read_variables(&mut settings, variables)?;
    for setting in SETTINGS {
        if let Some(text) = matches.get_one::<String>(setting.name) {
            set(&mut settings, setting, text, Place::Flag(format!("--{}", flag(setting))))?;
        }
    }
    check_relations(&settings)?;
    Ok(Loaded::Run(Box::new(settings)))
}

fn flag(setting: &Setting) -> String {
    setting.name.replace('.', "-")
}

fn variable(setting: &Setting) -> String {
    format!("{PREFIX}{}", setting.name.replace(['.', '-'], "_").to_ascii_uppercase())
}

fn command() -> Command {
    let config = Arg::new("config").long("config").value_name("PATH").help("Settings file (TOML)");
    let arguments = SETTINGS.iter().map(|setting| {
        // Given away for good: clap wants static names, and this runs once per process.
        let flag: &'static str = flag(setting).leak();
        Arg::new(setting.name)
            .long(flag)
            .value_name(setting.value)
            .help(setting.help)
            .action(ArgAction::Set)
            .allow_hyphen_values(true)
    });
    Command::new("postern-gateway")
        .version(env!("CARGO_PKG_VERSION"))
        .about("The data plane of Postern: serves APIs as its agent configures them")
        .after_help(
            "Every setting can also stand in the file (limits.head-timeout) and in the environment \
             (POSTERN_GATEWAY_LIMITS_HEAD_TIMEOUT); flags win over the environment, and that over the file. The setting \
             names of APIM's self-hosted gateway are understood in file and environment.",
        )
        .arg(config)
        .args(arguments)
}

fn set(settings: &mut Settings, setting: &Setting, text: &str, place: Place) -> Result<(), SettingsError> {
    (setting.set)(settings, text).map_err(|problem| value_error(place, setting.name, text, problem))
}

fn value_error(place: Place, name: &str, value: &str, problem: String) -> SettingsError {
    SettingsError::Value { place, name: name.to_owned(), value: value.to_owned(), problem }
}

fn read_variables(settings: &mut Settings, variables: &[(String, String)]) -> Result<(), SettingsError> {
    // APIM's names first: with both set, ours are the more deliberate.
    for (name, text) in variables {
        if let Some(Err(problem)) = set_apim(settings, name, text) {
            return Err(value_error(Place::Variable(name.clone()), name, text, problem));
        }
    }
    for (name, text) in variables.iter().filter(|(name, _)| name.starts_with(PREFIX)) {
        let place = Place::Variable(name.clone());
        match SETTINGS.iter().find(|setting| variable(setting) == *name) {
            Some(setting) => set(settings, setting, text, place)?,
            None if name.strip_prefix(PREFIX) == Some("CONFIG") => {}
            None => return Err(SettingsError::Unknown { place, name: name.clone() }),
        }
    }
    Ok(())
}

fn read_file(settings: &mut Settings, path: &Path) -> Result<(), SettingsError> {
    let failed = |source| SettingsError::ReadFile { path: path.to_owned(), source };
    let mut text = String::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(SETTINGS_FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > SETTINGS_FILE_BYTES_MAX {
        return Err(SettingsError::FileTooLarge { path: path.to_owned() });
    }
    let place = |offset: usize| {
        let line = text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1;
        Place::File { path: path.to_owned(), line }
    };
    let table = DeTable::parse(&text).map_err(|error| SettingsError::Syntax {
        place: place(error.span().map_or(0, |span| span.start)),
        problem: error.message().to_owned(),
    })?;
    let mut values = Vec::new();
    flatten("", table.get_ref(), &mut values);
    for (name, value) in values {
        let place = place(value.span().start);
        let Some(text) = scalar(value.get_ref()) else {
            let problem = format!("setting `{name}`: a text, a number or true/false is expected");
            return Err(SettingsError::Syntax { place, problem });
        };
        if let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) {
            set(settings, setting, &text, place)?;
            continue;
        }
        match set_apim(settings, &name, &text) {
            Some(result) => result.map_err(|problem| value_error(place, &name, &text, problem))?,
            None => return Err(SettingsError::Unknown { place, name }),
        }
    }
    Ok(())
}

/// Nested tables as dotted names, in the order of the file's keys. The depth of tables is bounded by the parser.
fn flatten<'t>(prefix: &str, table: &'t DeTable<'t>, out: &mut Vec<(String, &'t Spanned<DeValue<'t>>)>) {
    for (key, value) in table {
        let name = if prefix.is_empty() { key.get_ref().to_string() } else { format!("{prefix}.{}", key.get_ref()) };
        match value.get_ref() {
            DeValue::Table(inner) => flatten(&name, inner, out),
            _ => out.push((name, value)),
        }
    }
}

fn scalar(value: &DeValue<'_>) -> Option<String> {
    match value {
        DeValue::String(text) => Some(text.to_string()),
        DeValue::Integer(number) => Some(number.as_str().replace('_', "")),
        DeValue::Boolean(value) => Some(value.to_string()),
        _ => None,
    }
}

fn check_relations(settings: &Settings) -> Result<(), SettingsError> {
    let limits = &settings.limits;
    if limits.line_bytes_max > limits.head_bytes_max {
        return Err(SettingsError::Relation("limits.line-bytes-max is larger than limits.head-bytes-max".to_owned()));
    }
    if !settings.client_tls.tls12 && !settings.client_tls.tls13 {
        return Err(SettingsError::Relation("neither TLS 1.2 nor TLS 1.3 is left for backends".to_owned()));
    }
    if let Some((certificate, key)) = &settings.server_tls.files
        && (certificate.as_os_str().is_empty() || key.as_os_str().is_empty())
    {
        let message = "server-tls.certificate-file and server-tls.key-file must be set together";
        return Err(SettingsError::Relation(message.to_owned()));
    }
    if settings.client_tls.suites.as_ref().is_some_and(Vec::is_empty) {
        return Err(SettingsError::Relation("net.client.tls.ciphers.allowed-suites is empty".to_owned()));
    }
    Ok(())
}
