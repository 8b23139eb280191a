//! Whole searches: host, path, version, revision, operation, on snapshots built from bundles.

use postern_bundle::{Service, VersionScheme};

use super::*;
use crate::route::PathError;
use crate::route::random::Random;
use crate::snapshot::Snapshot;
use crate::snapshot::fixture::{Fixture, api, versioned};

/// `METHOD target` with an optional host and headers.
#[derive(Clone, Default)]
struct Request<'a> {
    line: &'a str,
    host: &'a str,
    headers: &'a [(&'a str, &'a str)],
    websocket: bool,
}

impl<'a> From<&'a str> for Request<'a> {
    fn from(line: &'a str) -> Self {
        Self { line, ..Self::default() }
    }
}

/// What was found, in words: `api operation forward-path`, with parameters as ` name=value`; or the error.
fn find(snapshot: &Snapshot, request: &Request<'_>) -> Result<String, NotFound> {
    let (method, target) = request.line.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let header = |name: &str| {
        let found = request.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_bytes())
    };
    let route = RouteRequest {
        host: request.host.as_bytes(),
        method: method.as_bytes(),
        path: path.as_bytes(),
        query: query.as_bytes(),
        websocket: request.websocket,
        header: &header,
    };
    let mut found = RouteMatch::default();
    snapshot.table().find(&route, &mut found)?;
    let api = snapshot.api(found.api().unwrap());
    let operation = api.operation(found.operation().unwrap());
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let forward = text(found.forward_path(path.as_bytes()));
    let mut words = format!("{} [{}] {forward}", api.id(), operation.id());
    for index in 0..found.parameter_count() {
        if let Some((name, value)) = found.parameter(index, api, path.as_bytes(), query.as_bytes()) {
            words += &format!(" {name}={}", text(value));
            assert_eq!(found.named(&name.to_uppercase(), api, path.as_bytes(), query.as_bytes()), Some(value));
        }
    }
    if found.preflight() {
        words += " preflight";
    }
    let whole = text(found.api_path(path.as_bytes())) + &forward;
    assert_eq!(whole, text(found.path(path.as_bytes())));
    assert_eq!(found.series(), operation.series());
    Ok(words)
}

#[track_caller]
fn check(snapshot: &Snapshot, table: &[(&str, Result<&str, NotFound>)]) {
    for (line, expected) in table {
        assert_eq!(find(snapshot, &(*line).into()).as_deref(), expected.as_deref(), "{line}");
    }
}

#[test]
fn the_longest_prefix_at_a_segment_boundary_wins_in_any_case() {
    let apis = [
        api("root", "", &["GET /*"]),
        api("shop", "shop", &["GET /items", "GET /admin/users"]),
        api("admin", "shop/admin", &["GET /users"]),
        api("deep", "x/y/z", &["GET /"]),
    ];
    check(
        &Fixture::of(apis).snapshot(),
        &[
            ("GET /shop/items", Ok("shop [GET /items] /items")),
            ("GET /SHOP/Items", Ok("shop [GET /items] /Items")),
            ("GET /shop/admin/users", Ok("admin [GET /users] /users")),
            // No way back to a shorter prefix: another API never answers for a missing operation.
            ("GET /shop/admin/other", Err(NotFound::Operation)),
            ("GET /shop/other", Err(NotFound::Operation)),
            ("GET /shop", Err(NotFound::Operation)),
            ("GET /shopping", Ok("root [GET /*] /shopping *=shopping")),
            ("GET /x/y/z", Ok("deep [GET /] ")),
            ("GET /x/y/z/", Ok("deep [GET /] /")),
            ("GET /x/y", Ok("root [GET /*] /x/y *=x/y")),
            ("GET /", Ok("root [GET /*] / *=")),
            ("GET ", Ok("root [GET /*] / *=")),
        ],
    );
}

#[test]
fn without_an_api_at_the_root_an_unknown_path_is_no_api() {
    let snapshot = Fixture::of([api("a", "a", &["GET /x"])]).snapshot();
    check(
        &snapshot,
        &[
            ("GET /b/x", Err(NotFound::Api)),
            ("GET /", Err(NotFound::Api)),
            ("GET *", Err(NotFound::Api)),
            ("OPTIONS *", Err(NotFound::Api)),
            ("GET a/x", Err(NotFound::Api)),
            ("POST /a/x", Err(NotFound::Operation)),
            ("HEAD /a/x", Err(NotFound::Operation)),
        ],
    );
    let empty = Fixture::default().snapshot();
    check(&empty, &[("GET /a", Err(NotFound::Api))]);
}

#[test]
fn a_missing_operation_tells_the_api_and_no_series() {
    let snapshot = Fixture::of([api("a", "a", &["GET /x"])]).snapshot();
    let mut found = RouteMatch::default();
    let header = |_: &str| None;
    let mut request =
        RouteRequest { host: b"", method: b"GET", path: b"/a/x", query: b"", websocket: false, header: &header };
    assert_eq!(snapshot.table().find(&request, &mut found), Ok(()));
    request.path = b"/a/y";
    assert_eq!(snapshot.table().find(&request, &mut found), Err(NotFound::Operation));
    assert_eq!(snapshot.api(found.api().unwrap()).id(), "a");
    assert_eq!((found.operation(), found.series()), (None, SeriesId::UNMATCHED));
    request.path = b"/";
    assert_eq!(snapshot.table().find(&request, &mut found), Err(NotFound::Api));
    assert_eq!((found.api(), found.parameter_count()), (None, 0));
}

#[test]
fn the_normalised_path_is_matched_and_forwarded() {
    let apis = [api("a", "a", &["GET /x/{p}", "GET /~t"]), api("secret", "secret", &["GET /*"])];
    check(
        &Fixture::of(apis).snapshot(),
        &[
            ("GET /a//x/1", Ok("a [GET /x/{p}] /x/1 p=1")),
            ("GET /a/./x/%31", Ok("a [GET /x/{p}] /x/1 p=1")),
            ("GET /a/x/1%2F2", Ok("a [GET /x/{p}] /x/1%2F2 p=1%2F2")),
            ("GET /a/%7et", Ok("a [GET /~t] /~t")),
            ("GET /%61/x/1/", Ok("a [GET /x/{p}] /x/1/ p=1")),
            ("GET /a/x/../../secret/k", Ok("secret [GET /*] /k *=k")),
            ("GET /a/%2e%2e/secret/k", Ok("secret [GET /*] /k *=k")),
            ("GET /a/x/..%2f..%2fsecret", Err(NotFound::Path(PathError::HiddenSegment))),
            ("GET /a%2Fx/1", Err(NotFound::Api)),
            ("GET /a/x/%", Err(NotFound::Path(PathError::Escape))),
            ("GET /a/x/%00", Err(NotFound::Path(PathError::Nul))),
        ],
    );
}

#[test]
fn a_version_is_named_by_segment_header_or_query() {
    let header = || VersionScheme::Header("Api-Version".into());
    let query = || VersionScheme::Query("api version".into());
    let apis = [
        versioned(api("s1", "seg", &["GET /x"]), VersionScheme::Segment, "v1"),
        versioned(api("s2", "seg", &["GET /x"]), VersionScheme::Segment, "v2"),
        versioned(api("s0", "seg", &["GET /x", "GET /v3"]), VersionScheme::Segment, ""),
        versioned(api("h1", "head", &["GET /x"]), header(), "1"),
        versioned(api("h2", "head", &["GET /x"]), header(), "2022-01-01"),
        versioned(api("q1", "query", &["GET /x"]), query(), "V 1"),
        versioned(api("q0", "query", &["GET /x"]), query(), ""),
    ];
    let snapshot = Fixture::of(apis).snapshot();
    check(
        &snapshot,
        &[
            ("GET /seg/v1/x", Ok("s1 [GET /x] /x")),
            ("GET /seg/V2/x", Ok("s2 [GET /x] /x")),
            ("GET /seg/x", Ok("s0 [GET /x] /x")),
            ("GET /seg/v3", Ok("s0 [GET /v3] /v3")),
            ("GET /head/x", Err(NotFound::Version)),
            ("GET /query/x", Ok("q0 [GET /x] /x")),
            ("GET /query/x?api%20version=v+1", Err(NotFound::Api)),
            ("GET /query/x?a=1&API+version=v%201", Ok("q1 [GET /x] /x")),
            ("GET /query/x?api+version=2", Err(NotFound::Api)),
            ("GET /query/x?api+version=", Ok("q0 [GET /x] /x")),
        ],
    );
    let with =
        |headers: &[(&str, &str)]| find(&snapshot, &Request { line: "GET /head/x", headers, ..Request::default() });
    assert_eq!(with(&[("api-version", " 2022-01-01 ")]).as_deref(), Ok("h2 [GET /x] /x"));
    assert_eq!(with(&[("API-VERSION", "1")]).as_deref(), Ok("h1 [GET /x] /x"));
    assert_eq!(with(&[("Api-Version", "3")]), Err(NotFound::Api));
    assert_eq!(with(&[("Api-Version", "")]), Err(NotFound::Version));
}

#[test]
fn a_revision_is_reached_at_the_end_of_the_api_path_only() {
    let apis = [
        api("echo", "echo", &["GET /x", "GET /y;rev=2"]),
        api("echo;rev=2", "echo", &["GET /x"]),
        api("echo;rev=10", "echo", &["GET /x"]),
        api("sub", "echo/sub", &["GET /x"]),
        versioned(api("v", "ver", &["GET /x"]), VersionScheme::Segment, "v1"),
        versioned(api("v;rev=2", "ver", &["GET /x"]), VersionScheme::Segment, "v1"),
        versioned(api("h", "head", &["GET /x"]), VersionScheme::Header("v".into()), "1"),
        versioned(api("h;rev=2", "head", &["GET /x"]), VersionScheme::Header("v".into()), "1"),
        api("root", "", &["GET /x"]),
        api("root;rev=3", "", &["GET /x"]),
    ];
    let snapshot = Fixture::of(apis).snapshot();
    check(
        &snapshot,
        &[
            ("GET /echo/x", Ok("echo [GET /x] /x")),
            ("GET /echo;rev=1/x", Ok("echo [GET /x] /x")),
            ("GET /echo;rev=2/x", Ok("echo;rev=2 [GET /x] /x")),
            ("GET /ECHO;REV=2/x", Ok("echo;rev=2 [GET /x] /x")),
            ("GET /echo;rev=10/x", Ok("echo;rev=10 [GET /x] /x")),
            ("GET /echo;rev=3/x", Err(NotFound::Api)),
            ("GET /echo;rev=/x", Err(NotFound::Api)),
            ("GET /echo;rev=2/sub/x", Err(NotFound::Operation)),
            ("GET /echo/y;rev=2", Ok("echo [GET /y;rev=2] /y;rev=2")),
            // Not the place of a revision: a path parameter, which the backend gets.
            ("GET /echo/x;rev=2", Ok("echo [GET /x] /x;rev=2")),
            ("GET /echo;other=2/x", Ok("echo [GET /x] /x")),
            ("GET /echo%3Brev=2/x", Err(NotFound::Operation)),
            ("GET /ver/v1;rev=2/x", Ok("v;rev=2 [GET /x] /x")),
            ("GET /ver/v1/x", Ok("v [GET /x] /x")),
            ("GET /x", Ok("root [GET /x] /x")),
            ("GET /;rev=3/x", Ok("root;rev=3 [GET /x] /x")),
            ("GET /;rev=4/x", Err(NotFound::Api)),
        ],
    );
    let request = Request { line: "GET /head;rev=2/x", headers: &[("V", "1")], ..Request::default() };
    assert_eq!(find(&snapshot, &request).as_deref(), Ok("h;rev=2 [GET /x] /x"));
}

#[test]
fn an_api_path_that_no_request_can_have_is_reported() {
    let longest = ["a"; crate::route::limits::TEMPLATE_SEGMENTS_MAX].join("/");
    let report = |path: &str| {
        let bundle = Fixture::of([api("a", path, &["GET /x"])]).bundle(1);
        let (_, diagnostics) = Snapshot::build(None, &bundle, &mut Arc::default());
        diagnostics.into_iter().map(|diagnostic| (diagnostic.code, diagnostic.scope)).collect::<Vec<_>>()
    };
    assert_eq!((report(&longest), report("a.b/~c/\u{e9}")), (vec![], vec![]));
    let refused = vec![("api-path".to_owned(), "/apis/a".to_owned())];
    for path in [&format!("{longest}/a"), "a/../b", "a;rev=2", "a\\b", "a?b"] {
        assert_eq!(report(path), refused, "{path}");
    }
}

#[test]
fn only_configured_hosts_are_served() {
    let mut fixture = Fixture::of([api("a", "a", &["GET /x"])]);
    fixture.service =
        Some(Service { hosts: vec!["api.example.com".into(), "*.example.org".into()], ..Service::default() });
    let snapshot = fixture.snapshot();
    let on = |host: &str| find(&snapshot, &Request { line: "GET /a/x", host, ..Request::default() });
    assert!(on("API.example.com:8443").is_ok() && on("x.example.org").is_ok());
    assert_eq!((on("other.example.com"), on("")), (Err(NotFound::Api), Err(NotFound::Api)));
}

#[test]
fn a_preflight_meets_the_operation_it_asks_for_unless_there_is_one_for_options() {
    let apis = [api("a", "a", &["GET /x", "PUT /x", "GET /own", "OPTIONS /own", "* /all"]), api("b", "b", &["GET /x"])];
    let snapshot = Fixture::of(apis).snapshot();
    let cors = |line, method| {
        let headers = [("Origin", "https://o"), ("Access-Control-Request-Method", method)];
        find(&snapshot, &Request { line, headers: &headers, ..Request::default() })
    };
    assert_eq!(cors("OPTIONS /a/x", "PUT").as_deref(), Ok("a [PUT /x] /x preflight"));
    assert_eq!(cors("OPTIONS /a/x", "DELETE").as_deref(), Ok("a [GET /x] /x preflight"));
    assert_eq!(cors("OPTIONS /a/own", "GET").as_deref(), Ok("a [OPTIONS /own] /own"));
    assert_eq!(cors("OPTIONS /a/all", "GET").as_deref(), Ok("a [* /all] /all preflight"));
    assert_eq!(cors("OPTIONS /a/y", "GET"), Err(NotFound::Operation));
    assert_eq!(cors("GET /a/x", "PUT").as_deref(), Ok("a [GET /x] /x"));
    check(
        &snapshot,
        &[
            ("OPTIONS /a/x", Err(NotFound::Operation)),
            ("OPTIONS /a/own", Ok("a [OPTIONS /own] /own")),
            ("OPTIONS /a/all", Ok("a [* /all] /all")),
        ],
    );
    let origin_only = Request { line: "OPTIONS /b/x", headers: &[("Origin", "https://o")], ..Request::default() };
    assert_eq!(find(&snapshot, &origin_only).as_deref(), Ok("b [GET /x] /x preflight"));
}

#[test]
fn a_websocket_api_may_share_the_path_of_an_http_api() {
    let mut socket = api("socket", "chat", &["GET /"]);
    socket.kind = "websocket".into();
    let snapshot = Fixture::of([api("rest", "chat", &["GET /"]), socket, api("plain", "p", &["GET /"])]).snapshot();
    let at = |line, websocket| find(&snapshot, &Request { line, websocket, ..Request::default() });
    assert_eq!(at("GET /chat", true).as_deref(), Ok("socket [GET /] "));
    assert_eq!(at("GET /chat", false).as_deref(), Ok("rest [GET /] "));
    assert_eq!(at("GET /p", true).as_deref(), Ok("plain [GET /] "));
}

#[test]
fn the_steps_of_a_search_are_the_same_among_10_and_among_20_000_operations() {
    let most = |apis: usize, operations: usize| {
        let texts: Vec<String> = (0..operations).map(|i| format!("GET /res{i}/{{id}}/details")).collect();
        let lines: Vec<&str> = texts.iter().map(String::as_str).collect();
        let list = (0..apis).map(|i| {
            versioned(api(&format!("api{i}"), &format!("team{}/api{i}", i % 7), &lines), VersionScheme::Segment, "v1")
        });
        let snapshot = Fixture::of(list).snapshot();
        assert_eq!(snapshot.operation_count(), apis * operations);
        let table = snapshot.table();
        let mut found = RouteMatch::default();
        let mut steps = 0;
        for (i, k) in (0..apis).flat_map(|i| [(i, 0), (i, operations - 1)]) {
            let path = format!("/team{}/api{i}/v1/res{k}/42/details", i % 7);
            let header = |_: &str| None;
            let request = RouteRequest {
                host: b"localhost",
                method: b"GET",
                path: path.as_bytes(),
                query: b"",
                websocket: false,
                header: &header,
            };
            table.find(&request, &mut found).unwrap();
            steps += found.steps();
        }
        f64::from(steps) / (apis * 2) as f64
    };
    // Averages: a single search may meet a run of collisions in either table.
    let (few, many, many_apis) = (most(1, 10), most(10, 2_000), most(2_000, 10));
    assert!(few >= 9.0, "{few}");
    assert!(many <= few + 3.0 && many_apis <= few + 3.0, "{few} steps, {many} and {many_apis} with 20,000 operations");
}

#[test]
fn a_longest_prefix_search_agrees_with_a_linear_one_on_random_prefixes() {
    let segments = ["a", "b", "c", "api"];
    let mut random = Random::new(3);
    for round in 0..300 {
        let mut paths = std::collections::BTreeSet::new();
        for _ in 0..1 + random.below(8) {
            let path: Vec<&str> = (0..random.below(4)).map(|_| random.pick(&segments)).collect();
            paths.insert(path.join("/"));
        }
        let names: Vec<String> = paths.iter().map(|path| format!("n-{}", path.replace('/', "-"))).collect();
        let list = names.iter().zip(&paths).map(|(name, path)| api(name, path, &["GET /*"]));
        let snapshot = Fixture::of(list).snapshot();
        for _ in 0..20 {
            let path: String = (0..random.below(6)).map(|_| format!("/{}", random.pick(&segments))).collect();
            let fits = |prefix: &&String| {
                prefix.is_empty() || path == format!("/{prefix}") || path.starts_with(&format!("/{prefix}/"))
            };
            let expected = paths.iter().filter(fits).max_by_key(|prefix| prefix.len());
            let line = format!("GET {path}");
            let found = find(&snapshot, &line.as_str().into());
            let prefix = |words: &str| words.split(' ').next().map(|name| name["n-".len()..].replace('-', "/"));
            assert_eq!(found.ok().as_deref().and_then(prefix), expected.cloned(), "round {round}: {path} in {paths:?}");
        }
    }
}
