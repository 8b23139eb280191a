use std::sync::Arc;

use postern_graphql::Schema;

use crate::graphql::GraphqlApi;
use crate::testing::{Expect, MemoryExchange, check};

const SCHEMA: &str = "type Query { user: User missions: [Mission] } type User { id: ID email: String friend: User }
    type Mission { name: String } type Mutation { deleteUser(id: ID): Boolean }";

fn post(query: &str) -> MemoryExchange {
    let body = format!("{{\"query\":{},\"variables\":{{\"n\":1}}}}", serde_json::to_string(query).unwrap());
    let exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/graphql") };
    exchange.with_method("POST").header_line("Content-Type", "application/json")
}

fn with_schema(exchange: MemoryExchange) -> MemoryExchange {
    let api = GraphqlApi { schema: Schema::parse(SCHEMA).ok().map(Arc::new), resolvers: None };
    MemoryExchange { graphql: Some(Arc::new(api)), ..exchange }
}

fn policy(attributes: &str, rules: &str) -> String {
    format!("<validate-graphql-request {attributes}><authorize>{rules}</authorize></validate-graphql-request>")
}

/// A policy of the usual size and depth.
fn rules(rules: &str) -> String {
    policy("max-size='102400'", rules)
}

#[track_caller]
fn passes(policy: &str, exchange: MemoryExchange) {
    check(policy, exchange, &[Expect::LastError(None), Expect::Response(200, "from the backend")]);
}

#[track_caller]
fn refused(policy: &str, exchange: MemoryExchange, message: &str, locations: &str) {
    let quoted = serde_json::to_string(message).unwrap();
    let body = format!("{{\"errors\":[{{\"message\":{quoted}{locations}}}]}}");
    let expected = [
        Expect::LastError(Some(("Bad request", message))),
        Expect::Response(400, &body),
        Expect::ResponseHeader("Content-Type", &["application/json"]),
        Expect::EffectCount(0),
    ];
    check(policy, exchange, &expected);
}

#[test]
fn size_and_depth_have_limits() {
    let nested = |levels: usize| (1..levels).fold("{a}".to_owned(), |inner, _| format!("{{a{inner}}}"));
    let too_deep = |depth, max| {
        format!("Query is too nested to execute. Depth is {depth} levels, maximum allowed on this endpoint is {max}.")
    };
    passes(&rules(""), post(&nested(6)));
    refused(&rules(""), post(&nested(7)), &too_deep(7, 6), "");
    passes(&policy("max-size='102400' max-depth='2'", ""), post(&nested(2)));
    passes(&policy("max-size='102400' max-depth='@(1 + 1)'", ""), post(&nested(2)));
    refused(&policy("max-size='102400' max-depth='2'", ""), post(&nested(3)), &too_deep(3, 2), "");
    refused(
        &policy("max-size='102400' max-depth='200'", ""),
        post(&nested(65)),
        "The query is nested deeper than 64 levels.",
        "",
    );
    let size = post("{a}").request_body.map_or(0, |body| body.len());
    passes(&policy(&format!("max-size='{size}'"), ""), post("{a}"));
    let message = format!("Request's body is {size} bytes long and it exceeds the limit of {} bytes.", size - 1);
    refused(&policy(&format!("max-size='{}'", size - 1), ""), post("{a}"), &message, "");
    let message = "Request's query is 13 bytes long and it exceeds the limit of 10 bytes.";
    refused(&policy("max-size='10'", ""), MemoryExchange::get("/?query=%7Ba%7D"), message, "");
}

#[test]
fn a_request_is_one_query_and_nothing_else() {
    let body = |content_type: &str, body: &str| {
        let exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
        exchange.with_method("POST").header_line("Content-Type", content_type)
    };
    passes(&rules(""), body("application/graphql; charset=utf-8", "{a}"));
    passes(&rules(""), MemoryExchange::get("/?query=%7Ba%7D&variables=%7B%7D&operationName="));
    passes(&rules(""), MemoryExchange::get("/").with_method("OPTIONS"));
    let two = "Must provide operation name if query contains multiple operations.";
    for (exchange, message) in [
        (MemoryExchange::get("/"), "GraphQL query is missing."),
        (MemoryExchange::get("/?query="), "GraphQL query is missing."),
        (MemoryExchange::get("/?query=%7Ba%7D&Query=%7Bb%7D"), "Parameter \"query\" stands twice."),
        (MemoryExchange::get("/?query=%FF"), "The request is not UTF-8."),
        (
            MemoryExchange::get("/").with_method("POST"),
            "The request is not a JSON object: EOF while parsing a value at line 1 column 0.",
        ),
        (body("application/json", "{}"), "GraphQL query is missing."),
        (body("application/json", "{\"query\":\"query A{a} query B{b}\"}"), two),
        (
            MemoryExchange { query: b"query=%7Bb%7D".to_vec(), ..post("{a}") },
            "The request must not have \"query\" in its URL besides a body.",
        ),
    ] {
        refused(&rules(""), exchange, message, "");
    }
}

#[test]
fn the_schema_is_used_where_it_is_known() {
    passes(&rules(""), with_schema(post("{ user { id } }")));
    passes(&rules(""), post("{ anything }"));
    let message = "Cannot query field \"anything\" on type \"Query\".";
    let place = ",\"locations\":[{\"line\":1,\"column\":3}]";
    refused(&rules(""), with_schema(post("{ anything }")), message, place);
}

#[test]
fn rules_take_fields_out_or_refuse_the_request() {
    let email = "<rule path='/User/email' action='@(context.Request.Headers.Count > 0 ? \"remove\" : \"reject\")'/>";
    let answer = "{\"data\":{\"user\":{\"id\":1}}}";
    let mut exchange = with_schema(post("{ user { id email } }"));
    exchange.backend_response.2 = answer.into();
    let error = "{\"message\":\"The field \\\"/User/email\\\" is not allowed and was removed from the request.\",\"locations\":[{\"line\":1,\"column\":13}]}";
    check(
        &rules(email),
        exchange.clone(),
        &[
            Expect::RequestBody("{\"query\":\"{\\n  user {\\n    id\\n  }\\n}\\n\",\"variables\":{\"n\":1}}"),
            Expect::Response(200, &format!("{{\"data\":{{\"user\":{{\"id\":1}}}},\"errors\":[{error}]}}")),
            Expect::LastError(None),
        ],
    );
    let variables = "<set-variable name='seen' value='@(((JArray)context.Variables[\"GraphQLErrors\"]).Count + \"/\" + ((JArray)context.Variables[\"e\"]).Count)'/>";
    let twice = format!(
        "<validate-graphql-request max-size='999' error-variable-name='e'><authorize>{email}</authorize></validate-graphql-request>\
         <validate-graphql-request max-size='999' error-variable-name='@(\"e\")'><authorize><rule path='/user' action='remove'/></authorize></validate-graphql-request>"
    );
    let on_error = format!("<policies><inbound>{twice}</inbound><on-error>{variables}</on-error></policies>");
    check(&on_error, exchange, &[Expect::Variable("seen", Some("2/1"))]);
    let place = ",\"locations\":[{\"line\":1,\"column\":3}]";
    let rejected = "Access to the field \"/Query/__schema\" is not allowed.";
    refused(&rules("<rule path='/__*' action='reject'/>"), post("{ __schema { types { name } } }"), rejected, place);
    let nothing = "The field \"/Query/user\" is not allowed and was removed from the request.";
    refused(&rules("<rule path='/Query/user' action='remove'/>"), post("{ user { id } }"), nothing, place);
    passes(&rules("<rule path='/Query/user'/>"), post("{ user { id } }"));
    passes(&rules("<rule path='/Mutation/deleteUser' action='reject'/>"), post("{ user { id } }"));
    let parameters = with_schema(MemoryExchange::get("/?a=1&query=%7Buser%7Bid%20email%7D%7D&b"));
    check(
        &rules("<rule path='/User/email' action='remove'/>"),
        parameters,
        &[Expect::Request("GET", "/?a=1&query=%7B%0A%20%20user%20%7B%0A%20%20%20%20id%0A%20%20%7D%0A%7D%0A&b")],
    );
}

#[test]
fn an_action_that_is_none_refuses_the_request() {
    let exchange = with_schema(post("{ user { id } }"));
    let policy = rules("<rule path='/User/id' action='@(\"deny\")'/>");
    check(&policy, exchange, &[Expect::EffectCount(0)]);
    for (attributes, rule, code) in [
        ("max-size='0'", "", "value-invalid"),
        ("max-complexity='0'", "", "value-invalid"),
        ("max-total-depth='7'", "", "no-effect"),
        ("max-complexity='@(100)'", "", "no-effect"),
        ("max-size='1' max-depth='x'", "", "value-invalid"),
        ("max-size='1'", "<rule action='allow'/>", "attribute-missing"),
        ("max-size='1'", "<rule path='/a' action='deny'/>", "value-invalid"),
        ("max-size='1'", "<rules/>", "unknown-element"),
    ] {
        check(&self::policy(attributes, rule), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
    }
    let outbound = "<policies><outbound><validate-graphql-request max-size='1'/></outbound></policies>";
    check(outbound, MemoryExchange::get("/"), &[Expect::Codes(&["wrong-section"])]);
}
