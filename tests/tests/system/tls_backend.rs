//! `https` backends: whose certificate is believed, and under which name.

use postern_bundle::{Backend, BackendCredentials, BackendTls, Secret};
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::service::{Configuration, inbound, open_api};
use postern_tests::tls::{Authority, TlsOrigin};

/// A gateway whose API `a` goes to one backend with these rules.
fn gateway(driver: Driver, url: &str, tls: BackendTls) -> Gateway {
    let mut api = open_api("a", "http://127.0.0.1:9/never");
    api.policy = inbound("<set-backend-service backend-id=\"secure\"/>");
    let credentials = BackendCredentials {
        headers: vec![("X-Secret".to_owned(), vec![Secret::new("s1")])],
        query: vec![("code".to_owned(), vec![Secret::new("s2")])],
        authorization: Some(("Basic".to_owned(), Secret::new("eA=="))),
        certificate: None,
    };
    let backend = Backend { name: "secure".to_owned(), url: url.to_owned(), tls, credentials };
    Gateway::with(driver, &Configuration { backends: vec![backend], ..Configuration::of(api) })
}

fn trusting(authority: &Authority) -> BackendTls {
    BackendTls { authorities_pem: Some(authority.pem.clone()), ..BackendTls::default() }
}

on_both_drivers! {
    fn a_certificate_of_a_trusted_authority_is_believed_and_its_connection_reused(driver) {
        let authority = Authority::new();
        let origin = TlsOrigin::start(&authority, &["localhost"]);
        let gateway = gateway(driver, &format!("https://localhost:{}/base", origin.port()), trusting(&authority));
        let mut client = gateway.client();
        for _ in 0..10 {
            assert_eq!(client.get("/a/x?y=z", &[]).text(), "secure");
        }
        let seen = origin.seen();
        assert_eq!(seen.len(), 10);
        assert_eq!(seen[0].server_name.as_deref(), Some("localhost"));
        let head = &seen[0].head;
        assert!(head.starts_with("GET /base/x?y=z&code=s2 HTTP/1.1\r\n"), "{head}");
        let host = format!("Host: localhost:{}", origin.port());
        for line in [host.as_str(), "X-Secret: s1", "Authorization: Basic eA=="] {
            assert!(head.to_lowercase().contains(&format!("\r\n{}\r\n", line.to_lowercase())), "{line}: {head}");
        }
        let connections: std::collections::BTreeSet<usize> = seen.iter().map(|seen| seen.connection).collect();
        assert_eq!(connections.len(), 1);
    }

    fn a_certificate_that_is_not_believed_gets_no_request(driver) {
        let (authority, other) = (Authority::new(), Authority::new());
        let origin = TlsOrigin::start(&authority, &["localhost"]);
        let wrong_name = TlsOrigin::start(&authority, &["elsewhere.test"]);
        let cases = [
            ("unknown authority", format!("https://localhost:{}", origin.port()), BackendTls::default()),
            ("another authority", format!("https://localhost:{}", origin.port()), trusting(&other)),
            ("another name", format!("https://localhost:{}", wrong_name.port()), trusting(&authority)),
            ("an address not in it", format!("https://127.0.0.1:{}", origin.port()), trusting(&authority)),
        ];
        for (what, url, tls) in cases {
            let answer = gateway(driver, &url, tls).get("/a/x", &[]);
            assert!(matches!(answer.status, 500 | 502), "{what}: {}", answer.head);
        }
        assert_eq!((origin.seen(), wrong_name.seen()), (vec![], vec![]));
    }

    fn checks_can_be_switched_off_one_by_one(driver) {
        let authority = Authority::new();
        let origin = TlsOrigin::start(&authority, &["elsewhere.test"]);
        let url = format!("https://localhost:{}", origin.port());
        let name_off = BackendTls { validate_name: false, ..trusting(&authority) };
        let name_off_only = BackendTls { validate_name: false, ..BackendTls::default() };
        let both_off = BackendTls { validate_chain: false, validate_name: false, authorities_pem: None };
        assert_eq!(gateway(driver, &url, name_off).get("/a/x", &[]).text(), "secure");
        assert_eq!(gateway(driver, &url, both_off).get("/a/x", &[]).text(), "secure");
        assert_ne!(gateway(driver, &url, name_off_only).get("/a/x", &[]).status, 200);
    }
}
