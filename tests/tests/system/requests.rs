//! Policies that send requests of their own, wait for them, or hold requests back: real sockets on both sides.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac as _};
use postern_bundle::{Backend, BackendCredentials, BackendTls};
use postern_tests::gateway::{Gateway, Options};
use postern_tests::nobody::Nobody;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, Then, response};
use postern_tests::service::{Configuration, inbound, open_api, policy};
use sha2::Sha256;

const SLOW: Duration = Duration::from_millis(400);

/// Answers `/slow…` after a while, `/status/N` with N, `/cut` and `/never` not at all, and anything else with its target.
fn side() -> Origin {
    Origin::with(|seen, conversation| {
        let target = seen.target();
        if target.starts_with("/slow") {
            thread::sleep(SLOW);
        }
        if target.starts_with("/never") {
            conversation.wait_for_end();
        }
        if target.starts_with("/cut") || target.starts_with("/never") {
            return Then::Close;
        }
        let status = target.strip_prefix("/status/").and_then(|status| status.parse().ok()).unwrap_or(200);
        conversation.answer_after_body(&response(status, &[("X-Side", "1")], target.as_bytes()))
    })
}

fn send(name: &str, url: &str, more: &str) -> String {
    format!("<send-request response-variable-name=\"{name}\" {more}><set-url>{url}</set-url></send-request>")
}

/// Tells the statuses and bodies of these variables in the response.
fn tell(names: &[&str]) -> String {
    let parts = names.iter().map(|name| {
        format!(
            "(context.Variables.ContainsKey(\"{name}\") &amp;&amp; context.Variables[\"{name}\"] != null ? \
             ((IResponse)context.Variables[\"{name}\"]).StatusCode + ((IResponse)context.Variables[\"{name}\"]).Body.As&lt;string>(true) : \"-\")"
        )
    });
    let text = parts.collect::<Vec<_>>().join(" + \" \" + ");
    format!("<return-response><set-body>@({text})</set-body></return-response>")
}

fn token(claims: &str, secret: &[u8], key_id: &str) -> String {
    let header = format!("{{\"alg\":\"HS256\",\"kid\":\"{key_id}\"}}");
    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut code = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    code.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(code.finalize().into_bytes()))
}

/// A provider of tokens: at `/keys` the secret under the id `k1`, everywhere else its configuration.
fn provider(issuer: &'static str, secret: &[u8]) -> Origin {
    let key = URL_SAFE_NO_PAD.encode(secret);
    Origin::with(move |seen, conversation| {
        let base = format!("http://{}", seen.header("host").unwrap());
        let body = match seen.target().as_str() {
            "/keys" => format!("{{\"keys\":[{{\"kty\":\"oct\",\"kid\":\"k1\",\"k\":\"{key}\"}}]}}"),
            _ => format!("{{\"issuer\":\"{issuer}\",\"jwks_uri\":\"{base}/keys\"}}"),
        };
        conversation.answer_after_body(&response(200, &[], body.as_bytes()))
    })
}

on_both_drivers! {
    fn a_request_of_a_policy_goes_out_and_its_response_is_read(driver) {
        let (origin, side) = (Origin::start(), side());
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(&format!(
            "<send-request mode=\"copy\" response-variable-name=\"r\"><set-url>{0}/x?y=1</set-url><set-method>POST</set-method>\
             <set-header name=\"X-New\"><value>@(context.Request.Method)</value></set-header></send-request>\
             <send-one-way-request mode=\"new\"><set-url>{0}/one-way</set-url><set-method>PUT</set-method>\
             <set-body>gone</set-body></send-one-way-request>\
             <return-response response-variable-name=\"r\"><set-header name=\"X-More\"><value>2</value></set-header></return-response>",
            side.url()
        ));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let mut client = gateway.client();
        let answer = client.request("PATCH", "/a/b", &[("X-Old", "1")], b"body");
        assert_eq!((answer.status, answer.text().as_str()), (200, "/x?y=1"));
        assert_eq!((answer.header("x-side"), answer.header("x-more")), (Some("1"), Some("2")));
        let seen = side.wait_for(2);
        let sent = seen.iter().find(|seen| seen.target() == "/x?y=1").unwrap();
        assert!(sent.request_line().starts_with("POST "), "{}", sent.text());
        assert_eq!((sent.header("x-old").as_deref(), sent.header("x-new").as_deref()), (Some("1"), Some("PATCH")));
        assert_eq!(sent.header("host"), Some(side.address().to_string()));
        assert_eq!(sent.body, b"body");
        let one_way = seen.iter().find(|seen| seen.target() == "/one-way").unwrap();
        assert!(one_way.request_line().starts_with("PUT "), "{}", one_way.text());
        assert_eq!(origin.seen(), []);
        // The caller's connection goes on.
        assert_eq!(client.request("GET", "/a/b", &[], b"").status, 200);
    }

    fn without_a_response_the_request_fails_or_goes_on_without(driver) {
        let (origin, side) = (Origin::start(), side());
        let mut api = open_api("a", &origin.url());
        let never = format!("{}/never", side.url());
        let cut = format!("{}/cut", side.url());
        let choose = format!(
            "<choose><when condition='@(context.Request.Url.Path == \"/timeout\")'>{}</when>\
             <when condition='@(context.Request.Url.Path == \"/cut\")'>{}</when><otherwise>{}{}</otherwise></choose>",
            send("a", &never, "timeout=\"1\""),
            send("a", &cut, ""),
            send("a", &cut, "ignore-error=\"true\""),
            tell(&["a"]),
        );
        api.policy = Some(postern_bundle::PolicySource::new(format!(
            "<policies><inbound>{choose}</inbound><on-error><set-body>@(context.LastError.Source + \" \" + context.LastError.Reason)</set-body></on-error></policies>"
        )));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        assert_eq!(gateway.get("/a/ignored", &[]).text(), "-");
        let answer = gateway.get("/a/cut", &[]);
        assert_eq!((answer.status, answer.text().as_str()), (500, "send-request BackendConnectionFailure"));
        let answer = gateway.get("/a/timeout", &[]);
        assert_eq!((answer.status, answer.text().as_str()), (500, "send-request Timeout"));
    }

    fn user_information_of_a_url_is_neither_sent_nor_told(driver) {
        let (origin, side, nobody) = (Origin::start(), side(), Nobody::new());
        let with = |url: &str, at: &str| url.replace("http://", "http://user:s3cret@") + at;
        let unreachable = with(&nobody.url(), "/x");
        let (good, wrong) = (with(&side.url(), "/x"), "http://user:s3cret/@host/".to_owned());
        let choose = format!(
            "<choose><when condition='@(context.Request.Url.Path == \"/good\")'>{}{}</when>\
             <when condition='@(context.Request.Url.Path == \"/wrong\")'>{}</when><otherwise>{}</otherwise></choose>",
            send("a", &good, ""),
            tell(&["a"]),
            send("a", &wrong, ""),
            send("a", &unreachable, ""),
        );
        let mut api = open_api("a", &origin.url());
        api.policy = Some(postern_bundle::PolicySource::new(format!(
            "<policies><inbound>{choose}</inbound><on-error><set-body>@(context.LastError.Message)</set-body></on-error></policies>"
        )));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let good = gateway.get("/a/good", &[]);
        assert_eq!((good.status, good.text().as_str()), (200, "200/x"));
        let seen = side.seen().remove(0);
        assert_eq!((seen.header("authorization"), seen.text().contains("s3cret")), (None, false));
        for path in ["/a/unreachable", "/a/wrong"] {
            let answer = gateway.get(path, &[]);
            assert_eq!(answer.status, 500, "{path}");
            assert!(!answer.text().is_empty() && !answer.text().contains("s3cret"), "{}", answer.text());
        }
    }

    fn wait_sends_at_the_same_time_and_takes_all_or_the_first(driver) {
        let (origin, side) = (Origin::start(), side());
        let url = side.url();
        let mut all = open_api("all", &origin.url());
        let three = format!(
            "{}{}<choose><when condition=\"@(true)\">{}</when></choose>",
            send("a", &format!("{url}/slow1"), ""), send("b", &format!("{url}/slow2"), ""), send("c", &format!("{url}/slow3"), "")
        );
        all.policy = inbound(&format!("<wait for=\"all\">{three}</wait>{}", tell(&["a", "b", "c"])));
        let mut any = open_api("any", &origin.url());
        let two = format!("{}{}", send("a", &format!("{url}/slow1"), ""), send("b", &format!("{url}/quick"), ""));
        any.policy = inbound(&format!("<wait for=\"any\">{two}</wait>{}", tell(&["a", "b"])));
        let gateway = Gateway::with(driver, &Configuration { apis: vec![all, any], ..Configuration::default() });
        let began = Instant::now();
        assert_eq!(gateway.get("/all/x", &[]).text(), "200/slow1 200/slow2 200/slow3");
        let took = began.elapsed();
        assert!(took >= SLOW && took < SLOW * 3, "{took:?}");
        assert_eq!(gateway.get("/any/x", &[]).text(), "- 200/quick");
    }

    fn retry_repeats_until_the_backend_answers_well(driver) {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let origin = Origin::with(move |_, conversation| {
            let status = if counted.fetch_add(1, Ordering::SeqCst) < 2 { 503 } else { 200 };
            conversation.answer_after_body(&response(status, &[], b"body"))
        });
        let mut api = open_api("a", &origin.url());
        api.policy = policy(
            "",
            "<retry condition=\"@(context.Response.StatusCode == 503)\" count=\"5\" interval=\"0\">\
             <forward-request buffer-request-body=\"true\"/></retry>",
            "",
        );
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let answer = gateway.client().request("POST", "/a/x", &[], b"again and again");
        assert_eq!((answer.status, answer.text().as_str()), (200, "body"));
        let seen = origin.seen();
        assert_eq!(seen.len(), 3);
        assert!(seen.iter().all(|seen| seen.body == b"again and again"), "{seen:?}");
    }

    fn retry_goes_on_when_a_backend_cannot_be_reached(driver) {
        let origin = Origin::with(|_, conversation| conversation.answer_after_body(&response(200, &[], b"second")));
        let gone = Nobody::new();
        let mut api = open_api("a", &gone.url());
        let retry = |condition: &str, inside: &str| {
            format!(
                "<retry condition=\"@({condition})\" count=\"1\" interval=\"0\">{inside}\
                 <forward-request buffer-request-body=\"true\"/></retry>"
            )
        };
        let other = format!(
            "<choose><when condition=\"@(context.Variables.ContainsKey(\"again\"))\">\
             <set-backend-service base-url=\"{}\"/></when></choose><set-variable name=\"again\" value=\"yes\"/>",
            origin.url()
        );
        api.policy = policy("", &retry("context.Response.StatusCode == 500", &other), "");
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let answer = gateway.client().request("POST", "/a/x", &[], b"twice");
        assert_eq!((answer.status, answer.text().as_str()), (200, "second"));
        let seen = origin.seen();
        assert_eq!((seen.len(), seen[0].body.as_slice()), (1, b"twice".as_slice()));
        // Tried again and still nobody: the failure is what it is without a loop.
        let mut api = open_api("a", &gone.url());
        api.policy = policy("", &retry("true", ""), "");
        let gateway = Gateway::with(driver, &Configuration::of(api));
        assert_eq!(gateway.get("/a/x", &[]).status, 500);
    }

    fn limit_concurrency_refuses_who_finds_no_place(driver) {
        let origin = Origin::with(|_, conversation| {
            thread::sleep(SLOW);
            conversation.ok(b"ok")
        });
        let mut api = open_api("a", &origin.url());
        api.policy = policy(
            "",
            "<limit-concurrency key=\"k\" max-count=\"1\"><forward-request/></limit-concurrency>",
            "",
        );
        let gateway = Gateway::with_options(&Options::new(driver).workers(2), &Configuration::of(api));
        let mut first = gateway.client();
        first.send(b"GET /a/x HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        origin.wait_for(1);
        let refused = gateway.get("/a/x", &[]);
        assert_eq!((refused.status, refused.text().contains("Concurrency limit is exceeded.")), (429, true));
        assert_eq!(first.read_response().status, 200);
        // The place is free again.
        assert_eq!(gateway.get("/a/x", &[]).status, 200);
    }

    fn tokens_are_checked_with_keys_of_a_provider_which_is_asked_once(driver) {
        const SECRET: &[u8] = b"a secret of thirty-two bytes....";
        let origin = Origin::start();
        let provider = provider("https://issuer.test", SECRET);
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(&format!(
            "<validate-jwt header-name=\"Authorization\" require-scheme=\"Bearer\" output-token-variable-name=\"jwt\">\
             <openid-config url=\"{}/.well-known/openid-configuration\"/><audiences><audience>me</audience></audiences></validate-jwt>\
             <set-header name=\"X-Subject\"><value>@(((Jwt)context.Variables[\"jwt\"]).Subject)</value></set-header>",
            provider.url()
        ));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let claims = |audience: &str| {
            format!("{{\"exp\":4000000000,\"iss\":\"https://issuer.test\",\"aud\":\"{audience}\",\"sub\":\"alice\"}}")
        };
        let get = |token: &str| gateway.get("/a/x", &[("Authorization", &format!("Bearer {token}"))]);
        let good = token(&claims("me"), SECRET, "k1");
        for _ in 0..10 {
            assert_eq!(get(&good).status, 200);
        }
        assert_eq!(origin.seen()[0].header("x-subject").as_deref(), Some("alice"));
        let refused = get(&token(&claims("you"), SECRET, "k1"));
        assert_eq!((refused.status, refused.text().as_str()), (401, "{ \"statusCode\": 401, \"message\": \"Invalid JWT.\" }"));
        // Made-up keys do not make the gateway ask again and again.
        for number in 0..5 {
            assert_eq!(get(&token(&claims("me"), b"another secret of 32 bytes......", &format!("k{number}"))).status, 401);
        }
        let missing = gateway.get("/a/x", &[]);
        assert_eq!((missing.status, missing.text().as_str()), (401, "{ \"statusCode\": 401, \"message\": \"JWT not present.\" }"));
        // Twice the configuration and the keys: at first, and for the first unknown key.
        assert_eq!(provider.seen().len(), 4);
        let named = |seen: &Seen| seen.header("user-agent").is_some_and(|name| name.starts_with("postern-gateway/"));
        assert!(provider.seen().iter().all(named), "who asks says who it is");
    }

    fn a_key_that_came_after_the_first_look_is_found_at_once(driver) {
        const SECRETS: [&[u8]; 2] = [b"a secret of thirty-two bytes....", b"another secret of 32 bytes......"];
        let origin = Origin::start();
        let looks = Arc::new(AtomicUsize::new(0));
        let provider = Origin::with(move |seen, conversation| {
            let base = format!("http://{}", seen.header("host").unwrap());
            let body = match seen.target().as_str() {
                "/keys" => {
                    let look = looks.fetch_add(1, Ordering::Relaxed).min(1);
                    let key = URL_SAFE_NO_PAD.encode(SECRETS[look]);
                    format!("{{\"keys\":[{{\"kty\":\"oct\",\"kid\":\"k{look}\",\"k\":\"{key}\"}}]}}")
                }
                _ => format!("{{\"issuer\":\"https://issuer.test\",\"jwks_uri\":\"{base}/keys\"}}"),
            };
            conversation.answer_after_body(&response(200, &[], body.as_bytes()))
        });
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(&format!(
            "<validate-jwt header-name=\"Authorization\"><openid-config url=\"{}/c\"/></validate-jwt>",
            provider.url()
        ));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let get = |key: usize, id: &str| {
            let claims = "{\"exp\":4000000000,\"iss\":\"https://issuer.test\"}";
            gateway.get("/a/x", &[("Authorization", &format!("Bearer {}", token(claims, SECRETS[key], id)))]).status
        };
        assert_eq!([get(0, "k0"), get(1, "k1"), get(1, "k1"), get(0, "k2")], [200, 200, 200, 401]);
        assert_eq!(provider.seen().len(), 4);
    }

    fn tokens_of_a_tenant_of_entra_are_checked_with_the_keys_of_its_endpoint(driver) {
        const SECRET: &[u8] = b"a secret of thirty-two bytes....";
        let origin = Origin::start();
        let endpoint = provider("https://sts.windows.net/the-tenant/", SECRET);
        let mut api = open_api("a", &origin.url());
        api.policy = inbound(&format!(
            "<validate-azure-ad-token tenant-id=\"the-tenant\" authentication-endpoint=\"{}\">\
             <client-application-ids><application-id>client</application-id></client-application-ids></validate-azure-ad-token>",
            endpoint.url()
        ));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let get = |tenant: &str, client: &str| {
            let claims = format!(
                "{{\"exp\":4000000000,\"iss\":\"https://sts.windows.net/{tenant}/\",\"tid\":\"{tenant}\",\"aud\":\"me\",\"appid\":\"{client}\"}}"
            );
            gateway.get("/a/x", &[("Authorization", &format!("Bearer {}", token(&claims, SECRET, "k1")))]).status
        };
        let statuses = [get("the-tenant", "client"), get("the-tenant", "other"), get("other", "client"), get("the-tenant", "client")];
        assert_eq!((statuses, gateway.get("/a/x", &[]).status), ([200, 401, 401, 200], 401));
        assert_eq!(origin.seen().len(), 2);
        // The documents of both versions and the keys that each names, once.
        let mut asked: Vec<_> = endpoint.seen().iter().map(|seen| seen.target()).collect();
        asked.sort_unstable();
        let document = "/.well-known/openid-configuration";
        let expected = ["/keys".to_owned(), "/keys".to_owned(), format!("/the-tenant{document}"), format!("/the-tenant/v2.0{document}")];
        assert_eq!(asked, expected);
    }

    fn messages_and_requests_for_dapr_go_to_the_sidecar(driver) {
        let sidecar = Origin::with(|seen, conversation| {
            let status = if seen.target().contains("/full/") { 500 } else { 200 };
            conversation.answer_after_body(&response(status, &[], seen.target().as_bytes()))
        });
        let options = Options::new(driver).argument("--dapr-http-port").argument(sidecar.address().port().to_string());
        let ask = |statements: &str| {
            let mut api = open_api("a", "http://127.0.0.1:9/never");
            api.policy = inbound(statements);
            let gateway = Gateway::with_options(&options, &Configuration::of(api));
            gateway.get("/a/x/y?z=1", &[])
        };
        let done = "<return-response/>";
        let published = format!("<publish-to-dapr pubsub-name=\"orders\" topic=\"new\">{{\"id\":1}}</publish-to-dapr>{done}");
        let bound = format!(
            "<invoke-dapr-binding name=\"mail\" operation=\"create\"><metadata><item key=\"to\">ada</item></metadata>\
             <data>@(context.Request.Method)</data></invoke-dapr-binding>{done}"
        );
        assert_eq!((ask(&published).status, ask(&bound).status), (200, 200));
        assert_eq!(ask(&published.replace("orders", "full")).status, 500);
        let invoked = ask("<set-backend-service backend-id=\"dapr\" dapr-app-id=\"shop\" dapr-namespace=\"n\" dapr-method=\"list\"/>");
        assert_eq!((invoked.status, invoked.text().as_str()), (200, "/v1.0/invoke/shop.n/method/list?z=1"));
        let seen = sidecar.seen();
        let text = |index: usize| String::from_utf8_lossy(&seen[index].body).into_owned();
        assert_eq!((seen[0].request_line(), text(0)), ("POST /v1.0/publish/orders/new HTTP/1.1".to_owned(), "{\"id\":1}".to_owned()));
        let data = "{\"operation\":\"create\",\"metadata\":{\"to\":\"ada\"},\"data\":\"GET\"}".to_owned();
        assert_eq!((seen[1].request_line(), text(1)), ("POST /v1.0/bindings/mail HTTP/1.1".to_owned(), data));
    }

    fn invoke_request_keeps_the_answer_or_becomes_it(driver) {
        let (side, origin) = (side(), Origin::start());
        let ask = |inbound: &str, backend: &str| {
            let mut api = open_api("a", &origin.url());
            api.policy = policy(inbound, backend, "");
            let credentials = BackendCredentials::default();
            let backend = Backend { name: "side".to_owned(), url: format!("{}/base", side.url()), tls: BackendTls::default(), credentials };
            let gateway = Gateway::with(driver, &Configuration { backends: vec![backend], ..Configuration::of(api) });
            gateway.get("/a/x", &[])
        };
        let kept = format!(
            "<invoke-request method=\"PUT\" url=\"{}/kept\" response-variable-name=\"v\"><header name=\"X-A\" value=\"b\"/><body>c</body></invoke-request>\
             <set-header name=\"X-Kept\"><value>@(((IResponse)context.Variables[\"v\"]).Body.As<string>())</value></set-header>",
            side.url()
        );
        assert_eq!(ask(&kept, "<base/>").text(), "ok");
        assert_eq!(origin.seen()[0].header("x-kept").as_deref(), Some("/kept"));
        let seen = side.seen();
        assert_eq!((seen[0].request_line().as_str(), seen[0].header("x-a").as_deref(), &*seen[0].body), ("PUT /kept HTTP/1.1", Some("b"), &b"c"[..]));
        let answer = ask("", "<invoke-request backend-id=\"side\" url=\"/more\"/><forward-request/>");
        assert_eq!((answer.status, answer.text().as_str(), answer.header("x-side")), (200, "/base/more", Some("1")));
        assert_eq!(origin.seen().len(), 1);
    }

    fn a_managed_identity_s_token_is_fetched_once_and_sent_to_the_backend(driver) {
        let origin = Origin::start();
        let endpoint = Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(200, &[], b"{\"access_token\":\"t0ken\",\"expires_in\":\"3600\"}"))
        });
        let mut api = open_api("a", &origin.url());
        api.policy = inbound("<authentication-managed-identity resource=\"https://vault.test\"/>");
        let options = Options::new(driver)
            .variable("IDENTITY_ENDPOINT", format!("{}/token", endpoint.url()))
            .variable("IDENTITY_HEADER", "s3cret");
        let gateway = Gateway::with_options(&options, &Configuration::of(api));
        for _ in 0..5 {
            assert_eq!(gateway.get("/a/x", &[("Authorization", "mine")]).status, 200);
        }
        assert!(origin.seen().iter().all(|seen| seen.header("authorization").as_deref() == Some("Bearer t0ken")));
        let asked = endpoint.seen();
        assert_eq!(asked.len(), 1, "{asked:?}");
        assert_eq!(asked[0].target(), "/token?api-version=2019-08-01&resource=https%3A%2F%2Fvault.test");
        assert_eq!(asked[0].header("x-identity-header").as_deref(), Some("s3cret"));
    }

    fn a_proxy_gets_requests_in_absolute_form(driver) {
        let proxy = Origin::start();
        let mut api = open_api("a", "http://backend.invalid:81/base");
        api.policy = inbound(&format!("<proxy url=\"{}\" username=\"u\" password=\"p\"/>", proxy.url()));
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let answer = gateway.client().request("POST", "/a/x?y=1", &[], b"body");
        assert_eq!(answer.status, 200);
        let seen = &proxy.seen()[0];
        assert_eq!(seen.request_line(), "POST http://backend.invalid:81/base/x?y=1 HTTP/1.1");
        assert_eq!(seen.header("proxy-authorization"), Some(format!("Basic {}", STANDARD.encode("u:p"))));
        assert_eq!((seen.header("host").as_deref(), seen.body.as_slice()), (Some("backend.invalid:81"), &b"body"[..]));
    }
}
