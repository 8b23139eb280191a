use super::*;

fn read(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Settings, String> {
    let arguments = std::iter::once("postern-gateway").chain(arguments.iter().copied()).map(Into::into);
    let variables: Vec<_> = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    match load(arguments, &variables) {
        Ok(Loaded::Run(settings)) => Ok(*settings),
        Ok(Loaded::Print(text)) => Err(text),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a file with this text; its path is cut from messages.
fn read_file(text: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Settings, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap();
    let arguments: Vec<_> = ["--config", path].iter().chain(arguments).copied().collect();
    read(&arguments, variables).map_err(|message| message.replace(path, "FILE"))
}

#[test]
fn without_anything_the_documented_defaults_hold() {
    let settings = read(&[], &[("PATH", "/bin")]).unwrap();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.http.to_string(), "0.0.0.0:8080");
    assert_eq!(settings.operator.to_string(), "127.0.0.1:8090");
}

#[test]
fn the_stable_flags_are_read() {
    let settings = read(
        &[
            "--http",
            "127.0.0.1:0",
            "--operator=127.0.0.1:0",
            "--socket",
            "/tmp/s",
            "--workers",
            "3",
            "--driver",
            "epoll",
            "--access-log",
            "/tmp/a.log",
        ],
        &[],
    )
    .unwrap();
    assert_eq!(settings.http.to_string(), "127.0.0.1:0");
    assert_eq!(settings.socket, PathBuf::from("/tmp/s"));
    assert_eq!(settings.workers.get(), 3);
    assert_eq!(settings.driver, DriverChoice::Epoll);
    assert_eq!(settings.access_log.destination, LogDestination::File("/tmp/a.log".into()));
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let file = "workers = 2\nregion = \"file\"\n[limits]\nhead-timeout = \"1s\"\n";
    let variables = [("POSTERN_GATEWAY_WORKERS", "3"), ("POSTERN_GATEWAY_LIMITS_HEAD_TIMEOUT", "2s")];
    let settings = read_file(file, &["--workers", "4"], &variables).unwrap();
    assert_eq!(settings.workers.get(), 4);
    assert_eq!(settings.limits.head_timeout, Duration::from_secs(2));
    assert_eq!(settings.region, "file");
}

#[test]
fn the_file_may_be_named_by_the_environment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, "region = \"north\"").unwrap();
    let settings = read(&[], &[("POSTERN_GATEWAY_CONFIG", path.to_str().unwrap())]).unwrap();
    assert_eq!(settings.region, "north");
}

#[test]
fn apims_names_are_taken_as_they_are_from_environment_and_file() {
    let settings = read(
        &[],
        &[
            ("telemetry.logs.std", "text"),
            ("telemetry.logs.std.level", "warn"),
            ("net.server.http.forwarded.proto.enabled", "true"),
            ("net.client.tls.ciphers.allowed-suites", "TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384"),
            ("Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Tls13", "false"),
            ("config.service.endpoint", "https://contoso.configuration.azure-api.net"),
            ("config.service.auth", "GatewayKey x"),
        ],
    )
    .unwrap();
    assert_eq!(settings.access_log.format, LogFormat::Text);
    assert_eq!(settings.access_log.level, LogLevel::Warning);
    assert_eq!(settings.events.filter, "warn");
    assert!(settings.forwarded_proto);
    assert_eq!(settings.client_tls.suites.unwrap().len(), 2);
    assert!(!settings.client_tls.tls13);

    // A name that is also the beginning of another needs quotes in TOML.
    let file = "\"telemetry.logs.std\" = \"none\"\n[net.server.http.forwarded.proto]\nenabled = true\n";
    let settings = read_file(file, &[], &[]).unwrap();
    assert_eq!(settings.access_log.destination, LogDestination::Off);
    assert!(settings.forwarded_proto);
    let settings = read_file(file, &["--access-log", "/tmp/a.log"], &[]).unwrap();
    assert_eq!(settings.access_log.destination, LogDestination::File("/tmp/a.log".into()));
}

#[test]
fn a_wrong_value_is_refused_with_its_name_and_place() {
    for (result, message) in [
        (
            read(&["--workers", "many"], &[]),
            "flag --workers: setting `workers`: a whole number from 1 to 1024 is expected, not `many`",
        ),
        (
            read(&["--workers", "0"], &[]),
            "flag --workers: setting `workers`: a whole number from 1 to 1024 is expected, not `0`",
        ),
        (
            read(&[], &[("POSTERN_GATEWAY_DRIVER", "kqueue")]),
            "environment variable POSTERN_GATEWAY_DRIVER: setting `driver`: one of auto, io_uring, epoll is expected, \
             not `kqueue`",
        ),
        (
            read(&[], &[("telemetry.logs.std", "logfmt")]),
            "environment variable telemetry.logs.std: setting `telemetry.logs.std`: one of none, json, text is \
             expected, not `logfmt`",
        ),
        (
            read(&[], &[("POSTERN_GATEWAY_WORKER", "3")]),
            "environment variable POSTERN_GATEWAY_WORKER: there is no setting `POSTERN_GATEWAY_WORKER`",
        ),
        (
            read_file("\n\n[limits]\nhead-timeout = 'soon'", &[], &[]),
            "FILE line 4: setting `limits.head-timeout`: a time such as 30s, 500ms, 2m or 00:00:30 is expected, not \
             `soon`",
        ),
        (read_file("a = 1", &[], &[]), "FILE line 1: there is no setting `a`"),
        (read_file("http = [1]", &[], &[]), "FILE line 1: setting `http`: a text, a number or true/false is expected"),
        (
            read(&["--limits-line-bytes-max", "64KiB"], &[]),
            "settings contradict each other: limits.line-bytes-max is larger than limits.head-bytes-max",
        ),
        (
            read(&[], &[("Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Ssl30", "true")]),
            "environment variable Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Ssl30: \
             setting `Microsoft.WindowsAzure.ApiManagement.Gateway.Security.Backend.Protocols.Ssl30`: only TLS 1.2 and \
             1.3 are spoken to backends; older versions are broken, not `true`",
        ),
    ] {
        assert_eq!(result.unwrap_err(), message);
    }
    assert!(read_file("workers = = 2", &[], &[]).unwrap_err().starts_with("FILE line 1: "));
    assert!(read(&["--config", "/does/not/exist"], &[]).unwrap_err().contains("/does/not/exist"));
    assert!(read(&["--nonsense"], &[]).unwrap_err().contains("--nonsense"));
}

#[test]
fn every_setting_is_in_the_help_with_a_flag() {
    let help = read(&["--help"], &[]).unwrap_err();
    for setting in table::SETTINGS {
        assert!(help.contains(&format!("--{}", setting.name.replace('.', "-"))), "{}", setting.name);
    }
    assert!(read(&["--version"], &[]).unwrap_err().contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_documentation_lists_every_setting() {
    let page = include_str!("../../../docs/operations.md");
    for setting in table::SETTINGS {
        assert!(page.contains(&format!("| `{}` |", setting.name)), "{}", setting.name);
    }
}

#[test]
fn a_file_may_be_as_large_as_the_bound_and_no_larger() {
    let bound = usize::try_from(limits::SETTINGS_FILE_BYTES_MAX).unwrap();
    let start = "region = \"north\"\n#";
    let file = |size: usize| format!("{start}{}", "x".repeat(size - start.len()));
    assert_eq!(read_file(&file(bound), &[], &[]).unwrap().region, "north");
    assert_eq!(read_file(&file(bound + 1), &[], &[]).unwrap_err(), "settings file FILE is larger than 1048576 bytes");
}

#[test]
fn tls_towards_callers_is_off_until_an_address_is_given() {
    let settings = read(&["--https", "127.0.0.1:0", "--limits-handshake-timeout", "3s"], &[]).unwrap();
    assert_eq!(settings.https.unwrap().to_string(), "127.0.0.1:0");
    assert_eq!(settings.limits.handshake_timeout.as_secs(), 3);
    assert_eq!(read(&["--https", "none"], &[]).unwrap(), Settings::default());
    let suites = "TLS_AES_128_GCM_SHA256, TLS_DHE_RSA_WITH_AES_256_GCM_SHA384";
    let settings = read(&[], &[("net.server.tls.ciphers.allowed-suites", suites)]).unwrap();
    assert_eq!(settings.server_tls.suites.unwrap().len(), 2);
    let error = read(&["--server-tls-certificate-file", "/c"], &[]).unwrap_err();
    assert!(error.ends_with("server-tls.certificate-file and server-tls.key-file must be set together"), "{error}");
}
