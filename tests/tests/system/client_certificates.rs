//! Host names with certificates of their own, callers' certificates, and what policies make of them (`facts/apim.md` 2.2,
//! validate-client-certificate).

use postern_tests::chain::{Chain, GATEWAY};
use postern_tests::client::{Client, Response};
use postern_tests::driver::Driver;
use postern_tests::gateway::{Gateway, Options};
use postern_tests::on_both_drivers;
use postern_tests::origin::Origin;
use postern_tests::service::{Configuration, authority, certificate, hostname, inbound, open_api};
use postern_tests::tls::{Authority, Caller, Identity};
use postern_tests::wait;
use serde_json::json;

const HOST: &str = "api.example.com";
const REFUSAL: &str = "{ \"statusCode\": 401, \"message\": \"Invalid client certificate.\" }";

/// Everything around one gateway that asks callers of [`HOST`] for a certificate.
struct World {
    server: Identity,
    root: Authority,
    between: Authority,
    origin: Origin,
}

impl World {
    fn new() -> Self {
        let root = Authority::named("root.test");
        let between = root.intermediate("between.test");
        World { server: Authority::named("servers.test").issue(&[HOST]), root, between, origin: Origin::start() }
    }

    /// The API `a` with this inbound policy; the root is trusted.
    fn configuration(&self, policy: &str) -> Configuration {
        let mut api = open_api("a", &self.origin.url());
        api.policy = inbound(policy);
        let others = vec![
            certificate("server", &self.server.pem),
            certificate("root", &self.root.pem),
            certificate("between", &self.between.pem),
            hostname(HOST, "server", true),
            authority("root", true),
        ];
        Configuration { others, ..Configuration::of(api) }
    }

    fn gateway(&self, driver: Driver, policy: &str) -> Gateway {
        Gateway::with_options(&options(driver), &self.configuration(policy))
    }
}

fn options(driver: Driver) -> Options {
    Options::new(driver).argument("--https").argument("127.0.0.1:0")
}

fn get(gateway: &Gateway, caller: &Caller) -> Response {
    gateway.tls_client(HOST, caller).get("/a/x", &[])
}

fn day(year: i32) -> time::OffsetDateTime {
    time::Date::from_calendar_date(year, time::Month::January, 1).unwrap().midnight().assume_utc()
}

/// Answers with the reason of the failure.
fn telling(policy: &str) -> postern_bundle::PolicySource {
    postern_bundle::PolicySource::new(format!(
        "<policies><inbound><base/>{policy}</inbound><backend><base/></backend><outbound><base/></outbound><on-error><base/>\
         <set-header name=\"X-Reason\"><value>@(context.LastError.Reason)</value></set-header></on-error></policies>"
    ))
}

on_both_drivers! {
    fn a_caller_needs_a_certificate_that_leads_to_a_trusted_authority(driver) {
        let world = World::new();
        let mut configuration = world.configuration("");
        configuration.apis[0].policy = Some(telling("<validate-client-certificate/>"));
        let mut gateway = Gateway::with_options(&options(driver), &configuration);
        let foreign = Authority::named("root.test").issue(&["c.test"]);
        let expired = world.root.issue_with(&["c.test"], |params| params.not_after = day(2020));
        let early = world.root.issue_with(&["c.test"], |params| params.not_before = day(2090));
        let by_intermediate = world.between.issue(&["c.test"]);
        let cases = [
            ("none", Caller::default(), Some("ClientCertificateNotFound")),
            ("of the root", Caller::with(&world.root.issue(&["c.test"])), None),
            ("of an authority of the same name", Caller::with(&foreign), Some("ClientCertificateNotTrusted")),
            ("expired", Caller::with(&expired), Some("ClientCertificateExpired")),
            ("not valid yet", Caller::with(&early), Some("ClientCertificateNotYetValid")),
            ("with its intermediate", Caller::with(&by_intermediate.clone().followed_by(&world.between)), None),
            ("without its intermediate", Caller::with(&by_intermediate), Some("ClientCertificateNotTrusted")),
        ];
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            for (what, caller, reason) in &cases {
                let answer = get(&gateway, &Caller { version: Some(version), ..caller.clone() });
                match reason {
                    None => assert_eq!(answer.status, 200, "{what}: {}", answer.text()),
                    Some(reason) => {
                        assert_eq!((answer.status, answer.text().as_str()), (401, REFUSAL), "{what}");
                        assert_eq!(answer.header("x-reason"), Some(*reason), "{what}");
                    }
                }
            }
        }
        assert_eq!(world.origin.seen().len(), 4);
        // The intermediate as an authority of the gateway: leading only, or trusted itself.
        configuration.others.push(authority("between", false));
        gateway.push(&configuration);
        assert_eq!(get(&gateway, &Caller::with(&by_intermediate)).status, 200);
        configuration.others.retain(|(key, _)| key.name() != "root");
        gateway.push(&configuration);
        assert_eq!(get(&gateway, &Caller::with(&by_intermediate)).status, 401);
        configuration.others.pop();
        configuration.others.push(authority("between", true));
        gateway.push(&configuration);
        assert_eq!(get(&gateway, &Caller::with(&by_intermediate)).status, 200);
    }

    fn an_open_connection_is_judged_by_the_authorities_in_force(driver) {
        let world = World::new();
        let mut configuration = world.configuration("<validate-client-certificate/>");
        let mut gateway = Gateway::with_options(&options(driver), &configuration);
        let mut client = gateway.tls_client(HOST, &Caller::with(&world.root.issue(&["c.test"])));
        let mut status = || client.get("/a/x", &[]).status;
        assert_eq!((status(), status()), (200, 200));
        let trusted = configuration.others.pop();
        gateway.push(&configuration);
        assert_eq!(status(), 401);
        configuration.others.extend(trusted);
        gateway.push(&configuration);
        assert_eq!(status(), 200);
    }

    fn what_a_list_of_its_authority_takes_back_is_not_trusted(driver) {
        let world = World::new();
        let numbered = |authority: &Authority, number: u8| {
            authority.issue_with(&["c.test"], |params| params.serial_number = Some(vec![number].into()))
        };
        let (good, bad) = (numbered(&world.root, 7), numbered(&world.root, 8));
        // The same number of another authority, whose list is not there.
        let other = numbered(&world.between, 8).followed_by(&world.between);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("revoked.pem");
        let forged = Authority::named("root.test").revoke(&[&[7]]);
        std::fs::write(&path, world.root.revoke(&[&[8], &[9]]) + &forged).unwrap();
        let options = options(driver).argument("--server-tls-revocation-file").argument(&path);
        for (attributes, statuses) in [("", [200, 401, 200]), ("validate-revocation=\"false\"", [200, 200, 200])] {
            let policy = format!("<validate-client-certificate {attributes}/>");
            let gateway = Gateway::with_options(&options, &world.configuration(&policy));
            let found = [&good, &bad, &other].map(|identity| get(&gateway, &Caller::with(identity)).status);
            assert_eq!(found, statuses, "{attributes}");
        }
        let policy = "<return-response><set-body>@(context.Request.Certificate.Verify() + \" \" + \
                      context.Request.Certificate.VerifyNoRevocation())</set-body></return-response>";
        let gateway = Gateway::with_options(&options, &world.configuration(policy));
        let text = |identity: &Identity| get(&gateway, &Caller::with(identity)).text();
        assert_eq!((text(&good).as_str(), text(&bad).as_str()), ("True True", "False True"));
    }

    fn each_check_can_be_switched_off(driver) {
        let world = World::new();
        let foreign = Caller::with(&Authority::named("else.test").issue(&["c.test"]));
        let expired = Caller::with(&world.root.issue_with(&["c.test"], |params| params.not_after = day(2020)));
        let early = Caller::with(&world.root.issue_with(&["c.test"], |params| params.not_before = day(2090)));
        for (attributes, statuses) in [
            ("validate-trust=\"false\"", [401, 200, 401, 401]),
            ("validate-not-after=\"false\"", [401, 401, 200, 401]),
            ("validate-not-before=\"false\"", [401, 401, 401, 200]),
            ("validate-revocation=\"false\"", [401, 401, 401, 401]),
            ("ignore-error=\"true\"", [200, 200, 200, 200]),
        ] {
            let gateway = world.gateway(driver, &format!("<validate-client-certificate {attributes}/>"));
            let callers = [&Caller::default(), &foreign, &expired, &early];
            assert_eq!(callers.map(|caller| get(&gateway, caller).status), statuses, "{attributes}");
        }
    }

    fn one_identity_must_fit_in_all_that_it_states(driver) {
        let world = World::new();
        let subject = |params: &mut rcgen::CertificateParams| {
            params.distinguished_name.push(rcgen::DnType::OrganizationName, "Contoso, Inc.");
            params.serial_number = Some(vec![0x80, 0x0a, 0xff].into());
        };
        let identity = world.between.issue_with(&["c.test", "d.test"], subject).followed_by(&world.between);
        let thumbprint = identity.thumbprint();
        let of_between = Identity { chain: identity.chain[1..].to_vec(), ..identity.clone() }.thumbprint();
        let name = |text: &str| text.to_owned();
        let fits = [
            name("thumbprint=\"T\"").replace('T', &thumbprint),
            name("thumbprint=\"T\"").replace('T', &thumbprint.to_lowercase()),
            // .NET: SerialNumber is the big-endian number with its sign's zeros, in upper-case digits.
            name("serial-number=\"00800AFF\""),
            name("serial-number=\"800aff\""),
            name("common-name=\"c.test\""),
            name("dns-name=\"d.test\""),
            // .NET: the last component of the name first, a value with a comma in quotes.
            name("subject='O=\"Contoso, Inc.\", CN=c.test'"),
            name("issuer-subject=\"CN=between.test\""),
            name("issuer-thumbprint=\"T\"").replace('T', &of_between),
            name("issuer-certificate-id=\"between\""),
            format!("thumbprint=\"{thumbprint}\" common-name=\"c.test\" issuer-certificate-id=\"between\""),
            format!("thumbprint=\"0000\"/><identity thumbprint=\"{thumbprint}\""),
        ];
        let fails = [
            name("thumbprint=\"0000\""),
            name("serial-number=\"800AFE\""),
            name("common-name=\"d.test\""),
            name("dns-name=\"e.test\""),
            name("subject=\"CN=c.test\""),
            name("issuer-subject=\"CN=root.test\""),
            name("issuer-thumbprint=\"0000\""),
            name("issuer-certificate-id=\"root\""),
            name("issuer-certificate-id=\"gone\""),
            format!("thumbprint=\"{thumbprint}\" common-name=\"d.test\""),
        ];
        let caller = Caller::with(&identity);
        let mut gateway = Gateway::unconfigured(&options(driver));
        for (attributes, status) in fits.iter().map(|one| (one, 200)).chain(fails.iter().map(|one| (one, 401))) {
            let policy = format!(
                "<validate-client-certificate><identities><identity {attributes}/></identities></validate-client-certificate>"
            );
            let mut configuration = world.configuration("");
            configuration.apis[0].policy = Some(telling(&policy));
            gateway.push(&configuration);
            let answer = get(&gateway, &caller);
            assert_eq!(answer.status, status, "{attributes}: {}", answer.text());
            let reason = (status == 401).then_some("ClientCertificateIdentityNotMatched");
            assert_eq!(answer.header("x-reason"), reason, "{attributes}");
        }
    }

    fn expressions_see_the_callers_certificate(driver) {
        let world = World::new();
        let policy = "<return-response><set-body>@{ var c = context.Request.Certificate; if (c == null) { return \"none\"; } \
            return c.Thumbprint + \"|\" + c.Subject + \"|\" + c.Issuer + \"|\" + c.Verify() + \"|\" + c.VerifyNoRevocation() + \"|\" \
            + (c.NotAfter > DateTime.Now) + \"|\" + c.HasPrivateKey + \"|\" + c.GetNameInfo(X509NameType.DnsName, false); }</set-body>\
            </return-response>";
        let gateway = world.gateway(driver, policy);
        let identity = world.root.issue(&["c.test"]);
        let text = get(&gateway, &Caller::with(&identity)).text();
        let expected = format!("{}|CN=c.test|CN=root.test|True|True|True|False|c.test", identity.thumbprint());
        assert_eq!(text, expected);
        let foreign = Authority::named("else.test").issue(&["c.test"]);
        assert!(get(&gateway, &Caller::with(&foreign)).text().contains("|False|False|"));
        assert_eq!(get(&gateway, &Caller::default()).text(), "none");
        // Another listener, or a host that asks for none.
        assert_eq!(gateway.get("/a/x", &[]).text(), "none");
        let unasked = gateway.tls_client("other.example.com", &Caller::with(&identity)).get("/a/x", &[]);
        assert_eq!(unasked.text(), "none");
    }

    fn a_resumed_session_keeps_the_callers_certificate(driver) {
        let world = World::new();
        let gateway = world.gateway(driver, "<validate-client-certificate/>");
        for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
            let caller = Caller { version: Some(version), ..Caller::with(&world.root.issue(&["c.test"])) };
            let config = caller.config();
            let kinds = [(); 3].map(|()| {
                let mut client = Client::try_connect_tls(gateway.https.unwrap(), HOST, config.clone()).unwrap();
                assert_eq!(client.get("/a/x", &[]).status, 200);
                client.tls().handshake_kind().unwrap()
            });
            assert_eq!(kinds[1..], [rustls::HandshakeKind::Resumed, rustls::HandshakeKind::Resumed]);
        }
    }

    fn the_host_asked_for_picks_the_certificate(driver) {
        let world = World::new();
        let servers = Authority::named("servers.test");
        let [wild, any] = ["*.example.com", "any.test"].map(|name| servers.issue(&[name]));
        let mut configuration = world.configuration("");
        configuration.others.extend([
            certificate("wild", &wild.pem),
            certificate("any", &any.pem),
            hostname("*.example.com", "wild", false),
        ]);
        let mut gateway = Gateway::with_options(&options(driver), &configuration);
        let shown = |gateway: &Gateway, host: &str| gateway.tls_client(host, &Caller::default()).server_certificate();
        let der = |identity: &Identity| identity.chain[0].to_vec();
        assert_eq!(shown(&gateway, HOST), der(&world.server));
        assert_eq!(shown(&gateway, "API.example.com"), der(&world.server));
        assert_eq!(shown(&gateway, "shop.example.com"), der(&wild));
        // Nobody's host, and an address, which is not sent as a name: the certificate of the settings.
        let own = shown(&gateway, "elsewhere.test");
        assert!(own != der(&wild) && own != der(&world.server));
        assert_eq!(shown(&gateway, "127.0.0.1"), own);
        configuration.others.push(hostname("*", "any", false));
        gateway.push(&configuration);
        assert_eq!(shown(&gateway, "elsewhere.test"), der(&any));
        assert_eq!(shown(&gateway, "127.0.0.1"), der(&any));
        assert_eq!(shown(&gateway, "shop.example.com"), der(&wild));
    }

    fn a_changed_certificate_is_shown_to_new_connections_and_open_ones_go_on(driver) {
        let world = World::new();
        let mut configuration = world.configuration("");
        let mut gateway = Gateway::with_options(&options(driver), &configuration);
        let config = Caller::default().config();
        let connect = |gateway: &Gateway| {
            let mut client = Client::try_connect_tls(gateway.https.unwrap(), HOST, config.clone()).unwrap();
            assert_eq!(client.get("/a/x", &[]).status, 200);
            client
        };
        let mut before = connect(&gateway);
        assert_eq!(before.server_certificate(), world.server.chain[0].to_vec());
        let next = Authority::named("servers.test").issue(&[HOST]);
        configuration.others[0] = certificate("server", &next.pem);
        gateway.push(&configuration);
        // With a ticket of the session before: it is worth nothing now.
        let after = connect(&gateway);
        assert_eq!(after.server_certificate(), next.chain[0].to_vec());
        assert_eq!(before.get("/a/x", &[]).status, 200);
        // A change of something else leaves the sessions alone.
        configuration.apis[0].display_name = "renamed".to_owned();
        gateway.push(&configuration);
        assert_eq!(connect(&gateway).tls().handshake_kind(), Some(rustls::HandshakeKind::Resumed));
        assert_eq!(before.get("/a/x", &[]).status, 200);
    }
}

/// PKCS#12 or PEM in base64, as `certificates/{id}` takes it.
fn resource(pem: &str) -> serde_json::Value {
    json!({ "data": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, pem) })
}

on_both_drivers! {
    fn host_names_and_authorities_reach_the_gateway_from_their_resources(driver) {
        let (root, origin) = (Authority::named("root.test"), Origin::start());
        let [first, second] = [(); 2].map(|()| Authority::named("servers.test").issue(&[HOST]));
        let gateway = format!("/gateways/{GATEWAY}");
        let chain = Chain::with_options(&options(driver), |arm| {
            arm.put("/apis/a", &json!({"displayName": "a", "path": "a", "serviceUrl": origin.url(), "subscriptionRequired": false}));
            arm.put("/apis/a/operations/get", &json!({"displayName": "get", "method": "GET", "urlTemplate": "/*"}));
            let policy = "<policies><inbound><base/><validate-client-certificate/></inbound><backend><base/></backend>\
                          <outbound><base/></outbound><on-error><base/></on-error></policies>";
            arm.put("/apis/a/policies/policy", &json!({"format": "rawxml", "value": policy}));
            arm.put(&format!("{gateway}/apis/a"), &json!({}));
            arm.put("/certificates/server", &resource(&first.pem));
            arm.put("/certificates/clients", &resource(&root.pem));
            let hostname = json!({
                "hostname": HOST, "certificateId": "/certificates/server", "negotiateClientCertificate": true,
                "tls10Enabled": true, "http2Enabled": true,
            });
            arm.put(&format!("{gateway}/hostnameConfigurations/h1"), &hostname);
        });
        let caller = Caller::with(&root.issue(&["c.test"]));
        let mut open = chain.gateway.tls_client(HOST, &caller);
        assert_eq!(open.server_certificate(), first.chain[0].to_vec());
        assert_eq!(open.get("/a/x", &[]).status, 401);
        chain.arm().put(&format!("{gateway}/certificateAuthorities/clients"), &json!({"isTrusted": true}));
        wait::until("trust in the authority", || (open.get("/a/x", &[]).status == 200).then_some(()));
        chain.arm().put("/certificates/server", &resource(&second.pem));
        wait::until("the new certificate", || {
            let shown = chain.gateway.tls_client(HOST, &caller).server_certificate();
            (shown == second.chain[0].to_vec()).then_some(())
        });
        assert_eq!(open.get("/a/x", &[]).status, 200);
    }
}
