//! Queries executed over an exchange in memory: what is sent to data sources, and what becomes of what they answer.

use std::sync::Arc;

use postern_graphql::Schema;

use super::{GraphqlApi, Resolvers};
use crate::compile::Compiler;
use crate::document::{DocumentKind, parse_document};
use crate::effect::{Effect, ForwardOptions, HttpRequest, HttpResponse, Outcome, SendFailure};
use crate::testing::{Expect, MemoryExchange, check};

const SCHEMA: &str = "type Query { users: [User] user(id: ID!, at: String): User text: String any: Any }
    type Mutation { add(name: String!): User } union Any = User
    type User { id: ID! name: String posts: [Post] } type Post { title: String }";

/// A request to an API with resolvers: field and document.
fn post(query: &str, resolvers: &[(&str, &str)]) -> MemoryExchange {
    let mut programs = Resolvers::default();
    for (field, document) in resolvers {
        let (document, diagnostics) = parse_document(document, DocumentKind::Resolver);
        assert!(diagnostics.iter().all(|found| found.code == "resolver-element"), "{diagnostics:#?}");
        let (program, diagnostics) = Compiler::new(&|_| None).compile_resolver(&Arc::new(document), field);
        assert!(diagnostics.is_empty(), "{diagnostics:#?}");
        let (of, name) = field.split_once('.').unwrap();
        programs.add(of, name, program);
    }
    let api = GraphqlApi { schema: Schema::parse(SCHEMA).ok().map(Arc::new), resolvers: Some(programs) };
    let body = format!("{{\"query\":{}}}", serde_json::to_string(query).unwrap());
    let exchange =
        MemoryExchange { request_body: Some(body.into()), graphql: Some(Arc::new(api)), ..MemoryExchange::get("/") };
    exchange.with_method("POST").header_line("Content-Type", "application/json").header_line("X-Caller", "c")
}

fn source(request: &str, response: &str) -> String {
    let response =
        if response.is_empty() { String::new() } else { format!("<http-response>{response}</http-response>") };
    format!("<http-data-source><http-request>{request}</http-request>{response}</http-data-source>")
}

fn sent(method: &str, url: &str) -> HttpRequest {
    let timeout_ms = ForwardOptions::default().timeout_ms;
    HttpRequest { method: method.into(), url: url.into(), timeout_ms, ..HttpRequest::default() }
}

fn wave(requests: Vec<HttpRequest>) -> Effect {
    Effect::Parallel {
        effects: requests.into_iter().map(|request| Effect::Send(Box::new(request))).collect(),
        any: false,
    }
}

fn answer(status: u16, body: &str) -> Outcome {
    let headers = vec![("Content-Type".into(), b"application/json".to_vec())];
    Outcome::Sent(Ok(Box::new(HttpResponse { status, headers, body: body.into(), ..HttpResponse::default() })))
}

const USERS: (&str, &str) = (
    "Query.users",
    "<http-data-source><http-request><set-method>GET</set-method><set-url>https://a.test/users?x=1</set-url></http-request></http-data-source>",
);

#[test]
fn a_field_is_what_its_data_source_answers_and_its_parts_are_properties_or_resolved_in_turn() {
    let posts = source("<set-url>@($\"http://b.test/{context.GraphQL.Parent[\"id\"]}/posts\")</set-url>", "");
    let exchange = post("{ users { name p: posts { title } } }", &[USERS, ("User.posts", &posts)])
        .outcome(answer(200, r#"[{"id":1,"name":"Ann"},{"id":2}]"#))
        .outcome(answer(200, r#"[{"title":"T"}]"#))
        .outcome(answer(200, ""));
    let effects = [
        wave(vec![sent("GET", "https://a.test/users?x=1")]),
        wave(vec![sent("GET", "http://b.test/1/posts"), sent("GET", "http://b.test/2/posts")]),
    ];
    check(
        "<set-variable name='a' value='b'/>",
        exchange,
        &[
            Expect::Effects(&effects),
            Expect::Response(200, r#"{"data":{"users":[{"name":"Ann","p":[{"title":"T"}]},{"name":null,"p":null}]}}"#),
            Expect::ResponseHeader("Content-Type", &["application/json"]),
            Expect::LastError(None),
        ],
    );
}

#[test]
fn a_request_is_made_of_arguments_variables_and_the_callers_headers() {
    let document = source(
        "<set-backend-service backend-id='people'/><set-method>POST</set-method>\
         <set-url>@($\"https://ignored.test/u s/{context.GraphQL.Arguments[\"id\"]}?at={context.GraphQL.Arguments[\"at\"]}\")</set-url>\
         <set-header name='A'><value>@(context.Request.Headers.GetValueOrDefault(\"X-Caller\", \"\") + context.Variables[\"v\"])</value></set-header>\
         <set-body template='liquid'>{\"id\": \"{{body.arguments.id}}\"}</set-body>",
        "",
    );
    let exchange = post("{ user(id: 7, at: \"2024-01-02T00:00:00Z\") { id } }", &[("Query.user", &document)])
        .outcome(answer(200, "{\"id\":7}"));
    let request = HttpRequest {
        backend: Some("people".into()),
        headers: vec![("A".into(), b"cw".to_vec())],
        body: Some(b"{\"id\": \"7\"}".to_vec()),
        ..sent("POST", "/u%20s/7?at=2024-01-02T00:00:00Z")
    };
    let expected = [Expect::Effects(&[wave(vec![request])]), Expect::Response(200, r#"{"data":{"user":{"id":"7"}}}"#)];
    check("<set-variable name='v' value='w'/>", exchange, &expected);
    let body = source(
        "<set-method>POST</set-method><set-url>https://a.test</set-url><set-header name='Content-Type'><value>application/json</value></set-header>\
         <set-body>@{ var args = context.GraphQL.Arguments; JObject made = new JObject(); made.Add(\"name\", args[\"name\"]); return made.ToString(Newtonsoft.Json.Formatting.None); }</set-body>",
        "",
    );
    let exchange =
        post("mutation { a: add(name: \"x\") { name } b: add(name: \"y\") { name } }", &[("Mutation.add", &body)])
            .outcome(answer(200, "{\"name\":\"x\"}"))
            .outcome(answer(200, "{\"name\":\"y\"}"));
    let request = |name: &str| HttpRequest {
        headers: vec![("Content-Type".into(), b"application/json".to_vec())],
        body: Some(format!("{{\"name\":\"{name}\"}}").into_bytes()),
        ..sent("POST", "https://a.test/")
    };
    let effects = [wave(vec![request("x")]), wave(vec![request("y")])];
    let response = r#"{"data":{"a":{"name":"x"},"b":{"name":"y"}}}"#;
    check(
        "<set-variable name='v' value='w'/>",
        exchange,
        &[Expect::Effects(&effects), Expect::Response(200, response)],
    );
}

#[test]
fn a_response_is_made_into_the_result() {
    let url = "<set-url>http://a.test</set-url>";
    for (response, status, body, data) in [
        (
            "<set-body>@(context.Response.Body.As<JObject>()[\"u\"].ToString())</set-body>",
            200,
            r#"{"u":{"id":5}}"#,
            r#"{"id":"5"}"#,
        ),
        (
            "<set-body template='liquid'>{ \"id\": \"{{ body.key }}\" }</set-body>",
            200,
            r#"{"key":"k"}"#,
            r#"{"id":"k"}"#,
        ),
        ("<find-and-replace from='old' to='id'/>", 200, r#"{"old":1}"#, r#"{"id":"1"}"#),
        ("<set-body>@(context.Response.StatusCode == 404 ? \"null\" : \"{}\")</set-body>", 404, "", "null"),
        ("", 200, r#"{"id":1}"#, r#"{"id":"1"}"#),
        ("", 204, "", "null"),
    ] {
        let exchange =
            post("{ user(id: 1) { id } }", &[("Query.user", &source(url, response))]).outcome(answer(status, body));
        let expected = format!("{{\"data\":{{\"user\":{data}}}}}");
        check(
            "<set-variable name='a' value='b'/>",
            exchange,
            &[Expect::Response(200, &expected), Expect::LastError(None)],
        );
    }
    let xml = "<xml-to-json kind='direct' apply='always' consider-accept-header='false'/>\
               <set-body>@(context.Response.Body.As<JObject>()[\"u\"].ToString())</set-body>";
    let exchange =
        post("{ user(id: 1) { id } }", &[("Query.user", &source(url, xml))]).outcome(answer(200, "<u><id>3</id></u>"));
    check("<set-variable name='a' value='b'/>", exchange, &[Expect::Response(200, r#"{"data":{"user":{"id":"3"}}}"#)]);
}

#[test]
fn what_fails_is_an_error_of_its_field_and_tells_nothing_else() {
    let url = "<set-url>http://a.test</set-url>";
    let throwing = source(url, "<set-body>@(((string)null).Length.ToString())</set-body>");
    let refusing =
        source("<get-authorization-context provider-id='p' authorization-id='a' context-variable-name='v'/>", "");
    let _ = refusing;
    let down = Outcome::Sent(Err(SendFailure { timed_out: false, message: "secret host is down".into() }));
    let nowhere = source("<set-backend-service base-url='http://b.test/base'/>", "");
    let error = r#"{"data":{"text":null},"errors":[{"message":"The field \"text\" of type \"Query\" could not be resolved.","locations":[{"line":1,"column":3}],"path":["text"]}]}"#;
    for (document, outcome, expected) in [
        (source(url, ""), answer(500, "stack trace"), error),
        (source(url, ""), down.clone(), error),
        (throwing, answer(200, "1"), error),
        (nowhere, answer(200, "\"there\""), r#"{"data":{"text":"there"}}"#),
        (
            source(
                "<return-response><set-body>\"given\"</set-body></return-response><set-url>http://a.test</set-url>",
                "",
            ),
            down,
            r#"{"data":{"text":"given"}}"#,
        ),
    ] {
        let exchange = post("{ text }", &[("Query.text", &document)]).outcome(outcome);
        check(
            "<set-variable name='a' value='b'/>",
            exchange,
            &[Expect::Response(200, expected), Expect::LastError(None)],
        );
    }
    for (query, status, message) in [
        ("{ nothing }", 400, "Cannot query field \\\"nothing\\\" on type \\\"Query\\\"."),
        ("", 400, "GraphQL query is missing."),
    ] {
        let place = if query.is_empty() { "" } else { ",\"locations\":[{\"line\":1,\"column\":3}]" };
        let body = format!("{{\"errors\":[{{\"message\":\"{message}\"{place}}}]}}");
        let expected = [Expect::Response(status, &body), Expect::LastError(None), Expect::EffectCount(0)];
        check("<set-variable name='a' value='b'/>", post(query, &[USERS]), &expected);
    }
}

#[test]
fn the_policies_of_the_api_stand_around_the_execution() {
    let exchange = post("{ users { id name } }", &[USERS]).outcome(answer(200, r#"[{"id":1,"name":"Ann"}]"#));
    let policy = "<policies><inbound><validate-graphql-request max-size='999'><authorize><rule path='/User/name' action='remove'/></authorize>\
                  </validate-graphql-request></inbound><outbound><set-header name='X'><value>@(context.Response.Body.As<JObject>(true)[\"data\"][\"users\"][0][\"id\"].ToString())</value></set-header></outbound></policies>";
    let answer = r#"{"data":{"users":[{"id":"1"}]},"errors":[{"message":"The field \"/User/name\" is not allowed and was removed from the request.","locations":[{"line":1,"column":14}]}]}"#;
    check(policy, exchange, &[Expect::Response(200, answer), Expect::ResponseHeader("X", &["1"])]);
    let nothing = "<policies><backend/></policies>";
    check(nothing, post("{ users { id } }", &[USERS]), &[Expect::Response(200, ""), Expect::EffectCount(0)]);
}

#[test]
fn more_resolvers_than_may_wait_together_take_turns() {
    let users = format!("[{}]", (0..40).map(|id| format!("{{\"id\":{id}}}")).collect::<Vec<_>>().join(","));
    let posts = source("<set-url>http://b.test</set-url>", "");
    let mut exchange =
        post("{ users { posts { title } } }", &[USERS, ("User.posts", &posts)]).outcome(answer(200, &users));
    for _ in 0..40 {
        exchange = exchange.outcome(answer(200, "[]"));
    }
    let many = |count: usize| wave(vec![sent("GET", "http://b.test/"); count]);
    let effects = [wave(vec![sent("GET", "https://a.test/users?x=1")]), many(16), many(16), many(8)];
    check("<set-variable name='a' value='b'/>", exchange, &[Expect::Effects(&effects)]);
    let local =
        source("<return-response><set-body>[]</set-body></return-response><set-url>http://b.test</set-url>", "");
    let users = format!("[{}]", (0..200).map(|id| format!("{{\"id\":{id}}}")).collect::<Vec<_>>().join(","));
    let exchange = post("{ users { posts { title } } }", &[USERS, ("User.posts", &local)]).outcome(answer(200, &users));
    let effects = [wave(vec![sent("GET", "https://a.test/users?x=1")]), Effect::Yield, Effect::Yield, Effect::Yield];
    check("<set-variable name='a' value='b'/>", exchange, &[Expect::Effects(&effects)]);
}
