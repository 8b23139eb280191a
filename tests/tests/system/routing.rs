//! Which operation a request meets (`facts/apim.md` 10.2, `docs/decisions/0002`), seen from outside.

use postern_bundle::{Api, ApiVersion, Operation, VersionScheme};
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, inbound, open_api, operation};

/// An operation that answers itself with its own name.
fn named(method: &str, template: &str) -> Operation {
    let mut operation = operation(method, template);
    operation.policy = answer(template);
    operation
}

fn answer(text: &str) -> Option<postern_bundle::PolicySource> {
    let text = text.replace('{', "&#123;").replace('&', "&amp;").replace("&amp;#123;", "&#123;");
    inbound(&format!("<return-response><set-status code=\"200\"/><set-body>{text}</set-body></return-response>"))
}

/// An API at `path` whose one operation answers with `text`.
fn answering(name: &str, path: &str, text: &str) -> Api {
    let mut api = open_api(name, "http://127.0.0.1:9");
    api.path = path.to_owned();
    api.operations = vec![operation("GET", "/x")];
    api.policy = answer(text);
    api
}

fn ask(gateway: &Gateway, path: &str, headers: &[(&str, &str)]) -> String {
    let answer = gateway.get(path, headers);
    if answer.status == 200 { answer.text() } else { answer.status.to_string() }
}

on_both_drivers! {
    fn literals_go_before_parameters_and_parameters_before_wildcards(driver) {
        let mut api = open_api("shop", "http://127.0.0.1:9");
        let templates = [
            "/items/new", "/items/{id}", "/items/{id}/parts", "/files/{*rest}", "/*", "/search?q={q}", "/search",
        ];
        api.operations = templates.iter().map(|template| named("GET", template)).collect();
        api.operations.push(named("POST", "/items/new"));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let cases = [
            ("/shop/items/new", "/items/new"), ("/shop/items/NEW", "/items/new"), ("/shop/items/new/", "/items/new"),
            ("/shop/items/7", "/items/{id}"), ("/shop/items/7/parts", "/items/{id}/parts"),
            ("/shop/items/7/other", "/*"), ("/shop/files/a/b/c", "/files/{*rest}"), ("/shop/other", "/*"), ("/shop/search?q=1", "/search?q={q}"),
            ("/shop/search", "/search"), ("/shop/search?z=1", "/search"),
        ];
        for (path, template) in cases {
            assert_eq!(ask(&gateway, path, &[]), template, "{path}");
        }
    }

    fn the_longest_api_path_wins(driver) {
        let apis = vec![
            answering("root", "", "root"), answering("a", "a", "a"), answering("ab", "a/b", "a/b"),
            answering("abc", "a/b/c", "a/b/c"),
        ];
        let gateway = Gateway::with(driver, &Configuration { apis, ..Configuration::default() });
        let cases = [
            ("/x", "root"), ("/a/x", "a"), ("/a/b/x", "a/b"), ("/A/B/C/x", "a/b/c"), ("/ab/x", "404"), ("/a/c/x", "404"),
        ];
        for (path, expected) in cases {
            assert_eq!(ask(&gateway, path, &[]), expected, "{path}");
        }
    }

    fn versions_are_chosen_by_segment_header_or_query(driver) {
        let versioned = |name: &str, path: &str, value: &str, scheme: VersionScheme| {
            let mut api = answering(name, path, name);
            api.version = Some(ApiVersion { set: format!("{path}-set"), value: value.to_owned(), scheme });
            api
        };
        let header = || VersionScheme::Header("Api-Version".to_owned());
        let query = || VersionScheme::Query("api-version".to_owned());
        let apis = vec![
            versioned("seg", "seg", "", VersionScheme::Segment),
            versioned("seg-v1", "seg", "v1", VersionScheme::Segment),
            versioned("seg-v2", "seg", "v2", VersionScheme::Segment), versioned("head-v1", "head", "v1", header()),
            versioned("head-v2", "head", "v2", header()), versioned("query-v1", "query", "v1", query()),
            versioned("query-v2", "query", "v2", query()),
        ];
        let gateway = Gateway::with(driver, &Configuration { apis, ..Configuration::default() });
        assert_eq!(ask(&gateway, "/seg/x", &[]), "seg");
        assert_eq!(ask(&gateway, "/seg/v1/x", &[]), "seg-v1");
        assert_eq!(ask(&gateway, "/seg/v2/x", &[]), "seg-v2");
        assert_eq!(ask(&gateway, "/seg/v3/x", &[]), "404");
        assert_eq!(ask(&gateway, "/head/x", &[("api-version", "v1")]), "head-v1");
        assert_eq!(ask(&gateway, "/head/x", &[("Api-Version", "v2")]), "head-v2");
        assert_eq!(ask(&gateway, "/query/x?api-version=v1", &[]), "query-v1");
        assert_eq!(ask(&gateway, "/query/x?a=b&api-version=v2", &[]), "query-v2");
        let missing = gateway.get("/head/x", &[]);
        assert_eq!((missing.status, missing.body.len()), (404, 0));
    }

    fn revisions_are_reached_by_their_number_and_the_current_one_without(driver) {
        let revision = |number: &str, is_current: bool| {
            let mut api = answering("shop", "shop", &format!("revision {number}"));
            api.revision = number.to_owned();
            api.is_current = is_current;
            if !is_current {
                api.name = format!("shop;rev={number}");
            }
            api
        };
        let apis = vec![revision("1", false), revision("2", true), revision("3", false)];
        let gateway = Gateway::with(driver, &Configuration { apis, ..Configuration::default() });
        let cases = [
            ("/shop/x", "revision 2"), ("/shop;rev=1/x", "revision 1"), ("/shop;rev=2/x", "revision 2"),
            ("/shop;rev=3/x", "revision 3"), ("/shop;rev=4/x", "404"),
        ];
        for (path, expected) in cases {
            assert_eq!(ask(&gateway, path, &[]), expected, "{path}");
        }
    }

    fn only_the_configured_hosts_are_served(driver) {
        let mut configuration = Configuration::of(answering("shop", "shop", "shop"));
        configuration.service.hosts = vec!["api.example.com".to_owned(), "*.example.org".to_owned()];
        let gateway = Gateway::with(driver, &configuration);
        let ask = |host: &str| {
            let mut client = gateway.client();
            client.send(format!("GET /shop/x HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes());
            client.read_response().status
        };
        let cases = [
            ("api.example.com", 200), ("API.Example.COM", 200), ("api.example.com:8080", 200), ("a.example.org", 200),
            ("other.example.com", 404), ("example.org", 404), ("api.example.com.evil.test", 404),
        ];
        for (host, status) in cases {
            assert_eq!(ask(host), status, "{host}");
        }
    }

    fn the_backend_gets_the_rest_of_the_path_below_its_own(driver) {
        let origin = Origin::start();
        let mut api = open_api("shop", &format!("{}/base/v3/", origin.url()));
        api.operations = vec![operation("GET", "/*"), operation("GET", "/")];
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let cases = [
            ("/shop/x/y?z=1", "/base/v3/x/y?z=1"), ("/shop/x/", "/base/v3/x/"), ("/shop;rev=1/x", "/base/v3/x"),
        ];
        for (path, target) in cases {
            origin.clear();
            assert_eq!(gateway.get(path, &[]).status, 200, "{path}");
            assert_eq!(origin.seen()[0].target(), target, "{path}");
        }
    }
}
