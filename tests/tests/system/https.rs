//! The HTTPS listener: handshakes, what requests look like behind it, and callers that do not speak TLS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use postern_tests::client::{Client, Fate};
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::limits::HANG;
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, inbound, open_api};
use postern_tests::tls::{Authority, Caller};
use postern_tests::wait;

fn options(driver: Driver) -> Options {
    Options::new(driver).argument("--https").argument("127.0.0.1:0")
}

fn gateway(driver: Driver, origin: &Origin) -> Gateway {
    Gateway::with_options(&options(driver), &Configuration::of(open_api("a", &origin.url())))
}

fn handshakes(gateway: &Gateway, result: &str) -> f64 {
    gateway.metrics().sum("postern_tls_handshakes_total", &[("result", result)])
}

on_both_drivers! {
    fn requests_over_tls_are_served_on_one_connection_and_say_https(driver) {
        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(
            "<choose><when condition='@(context.Request.OriginalUrl.Scheme == \"https\")'><set-header name=\"X-Url\">\
             <value>@(context.Request.OriginalUrl.ToString() + \" \" + context.Request.OriginalUrl.Port)</value></set-header></when></choose>",
        );
        let gateway = Gateway::with_options(&options(driver), &Configuration::of(api));
        let mut client = gateway.tls_client("localhost", &Caller::default());
        for _ in 0..20 {
            assert_eq!(client.get("/a/x", &[]).status, 200);
        }
        let seen = origin.seen();
        assert_eq!(seen.len(), 20);
        assert_eq!(seen[0].header("x-forwarded-proto").as_deref(), Some("https"));
        assert_eq!(seen[0].header("x-url").as_deref(), Some("https://gateway.test/a/x 443"));
        assert_eq!(handshakes(&gateway, "completed"), 1.0);
        let record = &gateway.wait_for_log("/a/x", 20)[0];
        assert!(record["url"].as_str().unwrap().starts_with("https://gateway.test"), "{record}");
        // The other listener goes on as before.
        assert_eq!(gateway.get("/a/y", &[]).status, 200);
        assert_eq!(origin.seen()[20].header("x-forwarded-proto").as_deref(), Some("http"));
    }

    fn without_a_certificate_the_gateway_makes_one_for_its_host(driver) {
        let origin = Origin::start();
        let gateway = gateway(driver, &origin);
        let certificate = gateway.tls_client("localhost", &Caller::default()).server_certificate();
        let text = String::from_utf8_lossy(&certificate).into_owned();
        assert!(text.contains("localhost") && text.contains("Postern self-signed"));
        let other = Gateway::unconfigured(&options(driver));
        assert_ne!(other.tls_client("localhost", &Caller::default()).server_certificate(), certificate);
    }

    fn certificate_and_chain_of_the_settings_are_shown(driver) {
        let root = Authority::named("root.test");
        let between = root.intermediate("between.test");
        let identity = between.issue(&["api.test"]).followed_by(&between);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("identity.pem");
        std::fs::write(&path, &identity.pem).unwrap();
        let options = options(driver)
            .argument("--server-tls-certificate-file").argument(&path)
            .argument("--server-tls-key-file").argument(&path);
        let gateway = Gateway::unconfigured(&options);
        let client = gateway.tls_client("api.test", &Caller::default());
        assert_eq!(client.server_certificate(), identity.chain[0].to_vec());
        assert_eq!(client.server_chain_length(), 2);
    }

    fn both_versions_and_http_1_1_only_are_spoken(driver) {
        let origin = Origin::start();
        let gateway = gateway(driver, &origin);
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            let caller = Caller { version: Some(version), protocols, ..Caller::default() };
            let mut client = gateway.tls_client("localhost", &caller);
            assert_eq!(client.get("/a/x", &[]).status, 200);
            assert_eq!(client.tls().protocol_version(), Some(version.version));
            assert_eq!(client.tls().alpn_protocol(), Some(&b"http/1.1"[..]));
        }
        // RFC 7301 section 3.2: no protocol in common is a fatal alert.
        let only_h2 = Caller { protocols: vec![b"h2".to_vec()], ..Caller::default() };
        let refused = gateway.try_tls_client("localhost", &only_h2).unwrap_err().to_string();
        assert!(refused.contains("NoApplicationProtocol"), "{refused}");
    }

    fn a_second_connection_resumes_the_session_on_whatever_worker(driver) {
        let origin = Origin::start();
        let gateway = gateway(driver, &origin);
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let config = Caller { version: Some(version), ..Caller::default() }.config();
            let connect = || {
                let mut client = Client::try_connect_tls(gateway.https.unwrap(), "localhost", config.clone()).unwrap();
                assert_eq!(client.get("/a/x", &[]).status, 200);
                client.tls().handshake_kind().unwrap()
            };
            assert_eq!(connect(), rustls::HandshakeKind::Full);
            for _ in 0..8 {
                assert_eq!(connect(), rustls::HandshakeKind::Resumed, "{version:?}");
            }
        }
    }

    fn bodies_of_a_megabyte_pass_both_ways(driver) {
        let body: Vec<u8> = (0..1_048_576u32).map(|index| (index % 251) as u8).collect();
        let expected = body.clone();
        let origin = Origin::with(move |_, conversation| {
            let body = conversation.read_body().unwrap_or_default();
            let intact = body == expected;
            conversation.ok(if intact { &expected } else { b"damaged" })
        });
        let gateway = gateway(driver, &origin);
        let mut client = gateway.tls_client("localhost", &Caller::default());
        for _ in 0..5 {
            let answer = client.request("POST", "/a/x", &[], &body);
            assert_eq!((answer.status, answer.body.len()), (200, body.len()));
            assert!(answer.body == body);
        }
        // In chunks, sent while the answer to the one before is still being read.
        let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n0\r\n\r\n"].concat();
        let head = b"POST /a/x HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n";
        client.send(&[&head[..], &chunk].concat());
        assert!(client.read_response().body == body);
    }

    fn keys_may_change_while_both_sides_send(driver) {
        const PIECE: usize = 64 * 1024;
        const PIECES: usize = 24;
        let origin = Origin::with(|_, conversation| {
            // The answer begins before the request has ended.
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", 2 * PIECES * PIECE);
            let _ = conversation.send(head.as_bytes());
            for _ in 0..PIECES {
                let _ = conversation.send(&[b'a'; PIECE]);
            }
            let _ = conversation.read_body();
            for _ in 0..PIECES {
                let _ = conversation.send(&[b'b'; PIECE]);
            }
            postern_tests::origin::Then::Continue
        });
        let gateway = gateway(driver, &origin);
        for _ in 0..3 {
            let mut client = gateway.tls_client("localhost", &Caller::default());
            let head = format!("POST /a/x HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {}\r\n\r\n", PIECES * PIECE);
            client.send(head.as_bytes());
            for _ in 0..PIECES {
                client.change_keys();
                client.send(&[b'c'; PIECE]);
            }
            let answer = client.read_response();
            assert_eq!((answer.status, answer.body.len()), (200, 2 * PIECES * PIECE));
            assert!(answer.body[..PIECES * PIECE].iter().all(|byte| *byte == b'a'));
            assert!(answer.body[PIECES * PIECE..].iter().all(|byte| *byte == b'b'));
        }
    }

    fn a_worker_that_is_started_again_goes_on_listening(driver) {
        let origin = Origin::start();
        let options = options(driver).workers(1).variable("POSTERN_TEST_HOOKS", "1");
        let gateway = Gateway::with_options(&options, &Configuration::of(open_api("a", &origin.url())));
        assert_eq!(gateway.tls_client("localhost", &Caller::default()).get("/a/x", &[]).status, 200);
        gateway.process.signal(rustix::process::Signal::USR2);
        wait::until("the restart", || {
            (gateway.metrics().sum("postern_worker_restarts_total", &[]) >= 1.0).then_some(())
        });
        assert_eq!(gateway.tls_client("localhost", &Caller::default()).get("/a/x", &[]).status, 200);
    }

    fn a_handshake_that_does_not_come_to_its_end_is_given_up(driver) {
        let origin = Origin::start();
        let options = options(driver).argument("--limits-handshake-timeout").argument("1s");
        let gateway = Gateway::with_options(&options, &Configuration::of(open_api("a", &origin.url())));
        let began = Instant::now();
        let mut silent = Client::connect(gateway.https.unwrap());
        let mut half = Client::connect(gateway.https.unwrap());
        // The first bytes of a handshake record of 512 bytes.
        half.send(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
        assert_eq!((silent.fate(), half.fate()), (Fate::Closed, Fate::Closed));
        assert!(began.elapsed() >= Duration::from_secs(1));
        wait::until("both in the count", || (handshakes(&gateway, "failed") >= 2.0).then_some(()));
        // The limit is the handshake's: a connection that has it behind it may be idle for longer.
        let mut client = gateway.tls_client("localhost", &Caller::default());
        std::thread::sleep(Duration::from_millis(1_500));
        assert_eq!(client.get("/a/x", &[]).status, 200);
    }

    fn what_is_not_tls_costs_its_connection_only(driver) {
        let origin = Origin::start();
        let gateway = gateway(driver, &origin);
        let mut open = gateway.tls_client("localhost", &Caller::default());
        assert_eq!(open.get("/a/x", &[]).status, 200);
        let record = |kind: u8, body: &[u8]| [&[kind, 3, 3][..], &(body.len() as u16).to_be_bytes(), body].concat();
        let mut garbage = vec![
            b"GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n".to_vec(),
            vec![0; 64 * 1024],
            vec![0xff; 64 * 1024],
            record(0x16, &[0; 200]),
            record(0x17, b"application data before a handshake"),
            record(0x15, &[2, 40]),
            // A ClientHello that promises 16 MB.
            record(0x16, &[1, 0xff, 0xff, 0xff, 3, 3]),
        ];
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        garbage.extend((0..50).map(|_| {
            let mut noise = || {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (seed >> 33) as u8
            };
            let body: Vec<u8> = (0..300).map(|_| noise()).collect();
            record(0x16, &body)
        }));
        let count = garbage.len();
        for bytes in garbage {
            let mut stream = TcpStream::connect(gateway.https.unwrap()).unwrap();
            stream.set_read_timeout(Some(HANG)).unwrap();
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            // An alert, an end or a reset: whatever it is, no answer to a request.
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            assert!(!answer.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&answer));
        }
        assert_eq!(open.get("/a/x", &[]).status, 200);
        assert_eq!(gateway.tls_client("localhost", &Caller::default()).get("/a/x", &[]).status, 200);
        wait::until("all in the count", || (handshakes(&gateway, "failed") as usize >= count).then_some(()));
        let metrics = gateway.metrics();
        assert_eq!(metrics.sum("postern_connection_panics_total", &[]), 0.0);
        assert_eq!(metrics.sum("postern_worker_restarts_total", &[]), 0.0);
    }

    fn the_end_of_a_connection_is_said_before_it_comes(driver) {
        // rustls reports an end without close_notify as an error, and the client of these tests with it.
        let origin = Origin::start();
        let options = options(driver).argument("--limits-keep-alive-timeout").argument("1s");
        let mut gateway = Gateway::with_options(&options, &Configuration::of(open_api("a", &origin.url())));
        let mut asked = gateway.tls_client("localhost", &Caller::default());
        assert_eq!(asked.get("/a/x", &[("Connection", "close")]).status, 200);
        assert_eq!(asked.fate(), Fate::Closed);
        let mut idle = gateway.tls_client("localhost", &Caller::default());
        assert_eq!(idle.get("/a/x", &[]).status, 200);
        assert_eq!(idle.fate(), Fate::Closed);
        let mut drained = gateway.tls_client("localhost", &Caller::default());
        assert_eq!(drained.get("/a/x", &[]).status, 200);
        gateway.process.signal(rustix::process::Signal::TERM);
        assert_eq!(drained.fate(), Fate::Closed);
        assert!(gateway.process.wait().success());
    }

    fn a_response_that_breaks_off_is_not_said_to_be_complete(driver) {
        let origin = Origin::with(|_, conversation| {
            let _ = conversation.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
            postern_tests::origin::Then::Close
        });
        let gateway = gateway(driver, &origin);
        let mut client = gateway.tls_client("localhost", &Caller::default());
        client.send(b"GET /a/x HTTP/1.0\r\n\r\n");
        let head = client.read_head().unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        let error = loop {
            match client.read_some() {
                Ok(_) => {}
                Err(error) => break error.to_string(),
            }
        };
        assert!(error.contains("close_notify"), "{error}");
    }
}

#[test]
fn without_the_flag_there_is_no_https_listener() {
    let gateway = Gateway::unconfigured(&Options::new(Driver::Epoll));
    assert_eq!((gateway.https, gateway.ready.get("https")), (None, None));
}
