//! What each policy does to the bytes of a real request and a real answer. What the language itself allows is tested in
//! `libs/policy`; this shows that the gateway lends it the right message.

use postern_bundle::{
    Example, Fragment, PolicySource, Representation, Response as DescribedResponse, SubscriptionScope,
};
use postern_tests::client::Response;
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, response};
use postern_tests::service::{Configuration, inbound, keyed_api, open_api, operation, policy, product, subscription};

/// One request to an API with this policy: the caller's answer and what the origin saw.
fn send(driver: Driver, document: Option<PolicySource>, request: &str) -> (Response, Vec<Seen>, Origin) {
    let origin = Origin::with(|_, conversation| {
        let headers = [("X-Origin", "1"), ("X-Powered-By", "origin")];
        conversation.answer_after_body(&response(200, &headers, b"from the origin"))
    });
    let mut api = open_api("a", &origin.url());
    api.policy = document;
    let gateway = Gateway::with(driver, &Configuration::of(api));
    let mut client = gateway.client();
    client.send(request.as_bytes());
    let answer = client.read_response();
    let seen = origin.seen();
    (answer, seen, origin)
}

fn get(path: &str, lines: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: gateway.test\r\n{lines}\r\n")
}

on_both_drivers! {
    fn headers_of_request_and_response_are_set_appended_skipped_and_deleted(driver) {
        let document = policy(
            "<set-header name=\"X-New\"><value>one</value></set-header>\
             <set-header name=\"X-Over\" exists-action=\"override\"><value>new</value></set-header>\
             <set-header name=\"X-Skip\" exists-action=\"skip\"><value>new</value></set-header>\
             <set-header name=\"X-More\" exists-action=\"append\"><value>new</value></set-header>\
             <set-header name=\"X-Gone\" exists-action=\"delete\"/>",
            "<base/>",
            "<set-header name=\"X-Powered-By\" exists-action=\"delete\"/>\
             <set-header name=\"X-Two\"><value>a</value><value>b</value></set-header>",
        );
        let request = get("/a/x", "X-Over: old\r\nX-Skip: old\r\nX-More: old\r\nX-Gone: old\r\nX-Stays: old\r\n");
        let (answer, seen, _origin) = send(driver, document, &request);
        let seen = &seen[0];
        let values = ["X-New", "X-Over", "X-Skip", "X-Gone", "X-Stays"].map(|name| seen.header(name));
        let expected = [Some("one"), Some("new"), Some("old"), None, Some("old")];
        assert_eq!(values, expected.map(|value| value.map(str::to_owned)), "{}", seen.text());
        assert_eq!(seen.header("X-More").as_deref(), Some("old,new"));
        assert_eq!((answer.header("x-powered-by"), answer.header("x-origin")), (None, Some("1")));
        assert_eq!(answer.headers("x-two").join(", ").replace(",b", ", b"), "a, b");
        assert_eq!(answer.text(), "from the origin");
    }

    fn the_file_of_cross_domain_is_answered_although_no_api_has_it(driver) {
        let origin = Origin::start();
        let mut configuration = Configuration::of(keyed_api("a", &origin.url()));
        let global = "<policies><inbound><cross-domain><cross-domain-policy><allow-access-from domain=\"*.a.test\"/></cross-domain-policy>\
                      </cross-domain></inbound><backend><forward-request/></backend><outbound/><on-error/></policies>";
        configuration.service.policy = Some(PolicySource::new(global.to_owned()));
        let gateway = Gateway::with(driver, &configuration);
        let answer = gateway.get("/crossdomain.xml", &[]);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/x-cross-domain-policy")));
        assert!(answer.text().contains("<allow-access-from domain=\"*.a.test\" />"), "{}", answer.text());
        assert_eq!(gateway.get("/crossdomain.xml/x", &[]).status, 404);
        assert_eq!(gateway.get("/a/crossdomain.xml", &[]).status, 401);
        assert_eq!(origin.seen().len(), 0);
    }

    fn method_path_query_and_body_can_be_rewritten(driver) {
        let document = inbound(
            "<set-method>PUT</set-method><rewrite-uri template=\"/other/{*}\" copy-unmatched-params=\"true\"/>\
             <set-query-parameter name=\"added\" exists-action=\"override\"><value>1</value></set-query-parameter>\
             <set-query-parameter name=\"gone\" exists-action=\"delete\"/>\
             <set-body>new body</set-body>",
        );
        let request = "POST /a/x?kept=1&gone=2 HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: 8\r\n\r\nold body";
        let (answer, seen, _origin) = send(driver, document, request);
        assert_eq!(answer.status, 200);
        let line = seen[0].request_line();
        assert!(line.starts_with("PUT /other/x?") && line.ends_with(" HTTP/1.1"), "{line}");
        assert!(line.contains("kept=1") && line.contains("added=1") && !line.contains("gone"), "{line}");
        assert_eq!(seen[0].body, b"new body");
        assert_eq!(seen[0].header("content-length").as_deref(), Some("8"));
    }

    fn status_and_body_of_a_response_can_be_replaced(driver) {
        let document = policy("", "<base/>", "<set-status code=\"202\" reason=\"Later\"/><set-body>mine</set-body>");
        let (answer, seen, _origin) = send(driver, document, &get("/a/x", ""));
        assert!(answer.head.starts_with("HTTP/1.1 202 Later\r\n"), "{}", answer.head);
        assert_eq!((answer.text().as_str(), answer.header("content-length")), ("mine", Some("4")));
        assert_eq!(answer.header("x-origin"), Some("1"));
        assert_eq!(seen.len(), 1);
    }

    fn outbound_has_the_response_that_goes_out_when_nothing_was_forwarded(driver) {
        let tell = "<set-header name=\"X-Seen\"><value>@(context.Response.StatusCode + \" \" + context.Response.StatusReason)</value></set-header>";
        let limit = "<rate-limit-by-key calls=\"5\" renewal-period=\"60\" counter-key=\"k\" remaining-calls-header-name=\"X-Left\"/>\
                     <set-variable name=\"null\" value=\"@(context.Response == null)\"/>";
        let variable = "<set-header name=\"X-Null\"><value>@(context.Variables[\"null\"].ToString())</value></set-header>";
        let document = policy(limit, "<set-variable name=\"a\" value=\"1\"/>", &format!("{tell}{variable}"));
        let (answer, seen, _origin) = send(driver, document, &get("/a/x", ""));
        assert_eq!((answer.status, answer.text().as_str(), seen.len()), (200, "", 0));
        assert_eq!((answer.header("x-seen"), answer.header("x-left")), (Some("200 OK"), Some("4")));
        assert_eq!(answer.header("x-null"), Some("True"));
    }

    fn return_response_and_mock_response_answer_without_the_backend(driver) {
        let document = inbound(
            "<return-response><set-status code=\"418\" reason=\"Teapot\"/>\
             <set-header name=\"X-A\"><value>b</value></set-header><set-body>short and stout</set-body>\
             </return-response>",
        );
        let (answer, seen, _origin) = send(driver, document, &get("/a/x", ""));
        assert!(answer.head.starts_with("HTTP/1.1 418 Teapot\r\n"), "{}", answer.head);
        assert_eq!((answer.header("x-a"), answer.text().as_str()), (Some("b"), "short and stout"));
        assert_eq!(seen, []);

        let origin = Origin::start();
        let mut api = open_api("a", &origin.url());
        let mut mocked = operation("GET", "/mock");
        mocked.policy = inbound("<mock-response status-code=\"201\" content-type=\"application/json\"/>");
        mocked.responses = vec![DescribedResponse {
            status: 201,
            headers: Vec::new(),
            representations: vec![Representation {
                content_type: "application/json".to_owned(),
                schema: None,
                examples: vec![Example { name: "default".to_owned(), value: "{\"id\":7}".to_owned() }],
                sample: None,
            }],
        }];
        api.operations.push(mocked);
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let answer = gateway.get("/a/mock", &[]);
        assert_eq!((answer.status, answer.text().as_str()), (201, "{\"id\":7}"));
        assert_eq!(answer.header("content-type"), Some("application/json"));
        assert_eq!(origin.seen(), []);
    }

    fn check_header_and_ip_filter_refuse_with_apim_s_bodies(driver) {
        let document = inbound(
            "<check-header name=\"X-Token\" failed-check-httpcode=\"403\" failed-check-error-message=\"No token\" \
             ignore-case=\"true\"><value>abc</value></check-header>",
        );
        let (answer, seen, _origin) = send(driver, document.clone(), &get("/a/x", ""));
        assert_eq!(answer.text(), "{ \"statusCode\": 403, \"message\": \"No token\" }");
        assert_eq!((answer.status, answer.header("content-type"), seen.len()), (403, Some("application/json"), 0));
        assert_eq!(send(driver, document.clone(), &get("/a/x", "X-Token: wrong\r\n")).0.status, 403);
        assert_eq!(send(driver, document, &get("/a/x", "X-Token: ABC\r\n")).0.status, 200);

        let range = "<address-range from=\"127.0.0.0\" to=\"127.0.0.9\"/>";
        let forbid = inbound(&format!("<ip-filter action=\"forbid\">{range}</ip-filter>"));
        let (answer, ..) = send(driver, forbid, &get("/a/x", ""));
        assert_eq!(answer.status, 403);
        assert_eq!(answer.text(), "{ \"statusCode\": 403, \"message\": \"Forbidden\" }");
        let allow = inbound("<ip-filter action=\"allow\"><address>127.0.0.1</address></ip-filter>");
        assert_eq!(send(driver, allow, &get("/a/x", "")).0.status, 200);
        // A forged address is not the caller's.
        let allow = inbound("<ip-filter action=\"allow\"><address>203.0.113.9</address></ip-filter>");
        assert_eq!(send(driver, allow, &get("/a/x", "X-Forwarded-For: 203.0.113.9\r\n")).0.status, 403);
    }

    fn cors_answers_a_preflight_and_marks_the_request_that_follows(driver) {
        let document = inbound(
            "<cors allow-credentials=\"true\"><allowed-origins><origin>https://app.test</origin></allowed-origins>\
             <allowed-methods preflight-result-max-age=\"300\"><method>GET</method><method>PUT</method>\
             </allowed-methods>\
             <allowed-headers><header>x-a</header></allowed-headers>\
             <expose-headers><header>x-b</header></expose-headers></cors>",
        );
        let origin = Origin::start();
        let mut api = keyed_api("a", &origin.url());
        api.operations = vec![operation("GET", "/x"), operation("PUT", "/x")];
        api.policy = document;
        let gateway = Gateway::with(driver, &Configuration {
            subscriptions: vec![subscription("s", SubscriptionScope::AllApis, "k")],
            ..Configuration::of(api)
        });
        let preflight = |from: &str| {
            let (method, headers) = ("Access-Control-Request-Method", "Access-Control-Request-Headers");
            let headers = [("Origin", from), (method, "PUT"), (headers, "x-a")];
            gateway.client().request("OPTIONS", "/a/x", &headers, b"")
        };
        let answer = preflight("https://app.test");
        assert_eq!((answer.status, answer.body.len()), (200, 0));
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.test"));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("access-control-max-age"), Some("300"));
        assert!(answer.header("access-control-allow-methods").is_some_and(|methods| methods.contains("PUT")));
        let stranger = preflight("https://evil.test");
        assert_eq!((stranger.status, stranger.header("access-control-allow-origin")), (200, None));
        let answer = gateway.get("/a/x", &[("Origin", "https://app.test"), ("Ocp-Apim-Subscription-Key", "k")]);
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, Some("https://app.test")));
        assert_eq!(answer.header("access-control-expose-headers"), Some("x-b"));
        assert_eq!(origin.seen().len(), 1);
    }

    fn scopes_run_from_the_outside_in_where_base_stands_and_fragments_in_their_place(driver) {
        let origin = Origin::start();
        let mark = |text: &str| {
            format!("<set-header name=\"X-Trace\" exists-action=\"append\"><value>{text}</value></set-header>")
        };
        let around = |text: &str| {
            Some(PolicySource::new(format!(
                "<policies><inbound>{}<base/>{}</inbound><backend><base/></backend><outbound><base/></outbound>\
                 <on-error><base/></on-error></policies>",
                mark(&format!("{text}-before")),
                mark(&format!("{text}-after")),
            )))
        };
        let mut api = keyed_api("a", &origin.url());
        api.policy = around("api");
        let mut own = operation("GET", "/own");
        own.policy = inbound(&format!("<include-fragment fragment-id=\"piece\"/>{}", mark("operation")));
        let mut alone = operation("GET", "/alone");
        alone.policy = Some(PolicySource::new(format!(
            "<policies><inbound>{}</inbound><backend><base/></backend><outbound/><on-error/></policies>", mark("alone")
        )));
        api.operations = vec![own, alone, operation("GET", "/plain")];
        let mut starter = product("starter", &["a"]);
        starter.policy = around("product");
        let mut configuration = Configuration {
            products: vec![starter],
            subscriptions: vec![
                subscription("p", SubscriptionScope::Product("starter".to_owned()), "k-product"),
                subscription("s", SubscriptionScope::AllApis, "k-apis"),
            ],
            fragments: vec![Fragment {
                name: "piece".to_owned(),
                policy: PolicySource::new(format!("<fragment>{}</fragment>", mark("fragment"))),
            }],
            ..Configuration::of(api)
        };
        configuration.service.policy = Some(PolicySource::new(format!(
            "<policies><inbound>{}</inbound><backend><forward-request/></backend><outbound/><on-error/></policies>",
            mark("global")
        )));
        let gateway = Gateway::with(driver, &configuration);
        let trace = |path: &str, key: &str| {
            origin.clear();
            assert_eq!(gateway.get(path, &[("Ocp-Apim-Subscription-Key", key)]).status, 200);
            let lines = origin.seen()[0].header_lines();
            let values = lines.iter().filter_map(|line| line.strip_prefix("X-Trace: "));
            values.collect::<Vec<_>>().join(",").replace(' ', "")
        };
        let product = "api-before,product-before,global,product-after,api-after";
        assert_eq!(trace("/a/plain", "k-product"), product);
        assert_eq!(trace("/a/plain", "k-apis"), "api-before,global,api-after");
        assert_eq!(trace("/a/own", "k-product"), format!("{product},fragment,operation"));
        assert_eq!(trace("/a/alone", "k-product"), "alone");
    }

    fn the_backend_can_be_chosen_and_its_answer_judged(driver) {
        let (first, second) = (Origin::start(), Origin::with(|_, conversation| {
            conversation.answer_after_body(&response(503, &[], b"down"))
        }));
        let mut api = open_api("a", &first.url());
        let mut elsewhere = operation("GET", "/elsewhere");
        let base_url = format!("<set-backend-service base-url=\"{}/b\"/>", second.url());
        elsewhere.policy = inbound(&base_url);
        let mut judged = operation("GET", "/judged");
        judged.policy = Some(PolicySource::new(format!(
            "<policies><inbound><base/>{base_url}</inbound>\
             <backend><forward-request fail-on-error-status-code=\"true\"/></backend><outbound><base/></outbound>\
             <on-error><base/><set-header name=\"X-Judged\"><value>yes</value></set-header></on-error></policies>"
        )));
        api.operations = vec![elsewhere, judged];
        let gateway = Gateway::with(driver, &Configuration::of(api));
        let answer = gateway.get("/a/elsewhere", &[]);
        assert_eq!((answer.status, answer.text().as_str()), (503, "down"));
        assert_eq!(second.seen()[0].target(), "/b/elsewhere");
        let answer = gateway.get("/a/judged", &[]);
        assert_eq!(answer.header("x-judged"), Some("yes"));
        assert_eq!(first.seen(), []);
    }
}
