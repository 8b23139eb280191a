//! GraphQL APIs over real sockets: queries executed by the gateway over HTTP services, and queries checked on their way to a server.

use postern_tests::chain::{Chain, GATEWAY};
use postern_tests::driver::Driver;
use postern_tests::gateway::Gateway;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Origin, Seen, response};
use postern_tests::wait;
use serde_json::{Value, json};

const SCHEMA: &str = "type Query { users: [User!] user(id: ID!): User broken: String }\n\
    type Mutation { add(name: String!): User }\n\
    type User { id: ID! name: String friends: [User!] }";

/// A service with users; `/users/{id}/friends` are everybody else.
fn people() -> Origin {
    Origin::with(|seen, conversation| {
        let user = |id: u32| format!("{{\"id\":{id},\"name\":\"user {id}\"}}");
        let (status, body) = match seen.target().as_str() {
            "/users" => (200, format!("[{},{}]", user(1), user(2))),
            "/users/1/friends" => (200, format!("[{}]", user(2))),
            "/users/2/friends" => (200, format!("[{}]", user(1))),
            "/users/7" => (200, user(7)),
            "/add" => (200, user(3)),
            _ => (500, "a stack trace".to_owned()),
        };
        conversation.answer_after_body(&response(status, &[("Content-Type", "application/json")], body.as_bytes()))
    })
}

fn resolver(url: &str, rest: &str) -> String {
    format!("<http-data-source><http-request>{rest}<set-url>{url}</set-url></http-request></http-data-source>")
}

/// An API of type graphql, its schema and its resolvers, by field.
fn define(arm: &postern_tests::arm::Arm, service: Option<&str>, resolvers: &[(&str, &str, String)]) {
    let mut properties = json!({
        "displayName": "People", "path": "people", "type": "graphql", "protocols": ["http", "https"],
        "subscriptionRequired": false,
    });
    if let Some(service) = service {
        properties["serviceUrl"] = json!(service);
    }
    arm.put("/apis/people", &properties);
    arm.put(
        "/apis/people/schemas/graphql",
        &json!({ "contentType": "application/vnd.ms-azure-apim.graphql.schema", "document": { "value": SCHEMA } }),
    );
    for (name, path, policy) in resolvers {
        let id = format!("/apis/people/resolvers/{name}");
        arm.put(&id, &json!({ "displayName": name, "path": path }));
        arm.put_policy(&id, policy);
    }
    arm.put(&format!("/gateways/{GATEWAY}/apis/people"), &json!({}));
}

/// Status and answer of a query.
fn ask(gateway: &Gateway, query: &str) -> (u16, Value) {
    let body = json!({ "query": query }).to_string();
    let headers = [("Content-Type", "application/json"), ("X-Caller", "secret")];
    let answer = gateway.client().request("POST", "/people", &headers, body.as_bytes());
    (answer.status, answer.json())
}

fn targets(seen: &[Seen]) -> Vec<String> {
    let mut targets: Vec<String> = seen.iter().map(Seen::target).collect();
    targets.sort();
    targets
}

fn chain(driver: Driver, origin: &Origin) -> Chain {
    let url = origin.url();
    Chain::start(driver, |arm| {
        let friends = resolver(&format!("@($\"{url}/users/{{context.GraphQL.Parent[\"id\"]}}/friends\")"), "");
        let user = resolver(&format!("@(\"{url}/users/\" + context.GraphQL.Arguments[\"id\"])"), "");
        let add = format!(
            "<http-data-source><http-request><set-method>POST</set-method><set-url>{url}/add</set-url>\
             <set-body template=\"liquid\">{{\"name\": \"{{{{body.arguments.name}}}}\"}}</set-body></http-request></http-data-source>"
        );
        define(
            arm,
            None,
            &[
                ("users", "Query/users", resolver(&format!("{url}/users"), "<set-method>GET</set-method>")),
                ("user", "Query/user", user),
                ("broken", "Query/broken", resolver(&format!("{url}/nothing"), "")),
                ("friends", "User/friends", friends),
                ("add", "Mutation/add", add),
            ],
        );
    })
}

on_both_drivers! {
    fn a_synthetic_api_is_executed_over_its_resolvers(driver) {
        let origin = people();
        let chain = chain(driver, &origin);
        let query = "query { users { name friends { n: name __typename } } user(id: 7) { id ...F } } fragment F on User { name }";
        let expected = json!({ "data": {
            "users": [
                { "name": "user 1", "friends": [{ "n": "user 2", "__typename": "User" }] },
                { "name": "user 2", "friends": [{ "n": "user 1", "__typename": "User" }] },
            ],
            "user": { "id": "7", "name": "user 7" },
        } });
        assert_eq!(ask(&chain.gateway, query), (200, expected));
        assert_eq!(targets(&origin.seen()), ["/users", "/users/1/friends", "/users/2/friends", "/users/7"]);
        assert!(origin.seen().iter().all(|seen| seen.header("x-caller").is_none()), "what the caller sends goes no further");

        let added = json!({ "data": { "add": { "id": "3" } } });
        assert_eq!(ask(&chain.gateway, "mutation { add(name: \"Ann\") { id } }"), (200, added));
        let seen = origin.seen().pop().unwrap();
        assert_eq!((seen.request_line().as_str(), seen.body.as_slice()), ("POST /add HTTP/1.1", &b"{\"name\": \"Ann\"}"[..]));

        let (status, answer) = ask(&chain.gateway, "{ broken user(id: 7) { name } }");
        assert_eq!((status, &answer["data"]), (200, &json!({ "broken": null, "user": { "name": "user 7" } })));
        assert_eq!(answer["errors"][0]["path"], json!(["broken"]));
        assert!(!answer.to_string().contains("stack trace"), "{answer}");

        let (status, answer) = ask(&chain.gateway, "{ __schema { queryType { name } } }");
        assert_eq!((status, answer), (200, json!({ "data": { "__schema": { "queryType": { "name": "Query" } } } })));
        let (status, answer) = ask(&chain.gateway, "{ users { age } }");
        assert_eq!((status, answer.get("data")), (400, None), "{answer}");
        let link = chain.gateway.get("/people?query=%7Buser(id:7)%7Bname%7D%7D", &[]);
        assert_eq!((link.status, link.json()), (200, json!({ "data": { "user": { "name": "user 7" } } })));
    }

    fn resolvers_follow_what_the_operator_changes(driver) {
        let origin = people();
        let chain = chain(driver, &origin);
        let by_user = |id: u32| json!({ "data": { "user": { "name": format!("user {id}") } } });
        assert_eq!(ask(&chain.gateway, "{ user(id: 7) { name } }"), (200, by_user(7)));
        let fixed = "<http-data-source><http-request><set-url>http://unused.test</set-url></http-request><backend/>\
                     <http-response><set-body>{ \"name\": \"user 8\" }</set-body></http-response></http-data-source>";
        chain.arm().put_policy("/apis/people/resolvers/user", fixed);
        wait::until("the new policy", || (ask(&chain.gateway, "{ user(id: 7) { name } }") == (200, by_user(8))).then_some(()));
        chain.arm().delete("/apis/people/resolvers/user");
        let none = json!({ "data": { "user": null } });
        wait::until("no resolver", || (ask(&chain.gateway, "{ user(id: 7) { name } }") == (200, none.clone())).then_some(()));
        chain.arm().put(
            "/apis/people/schemas/graphql",
            &json!({ "contentType": "application/vnd.ms-azure-apim.graphql.schema", "document": { "value": "type Query { a: Int }" } }),
        );
        wait::until("the new schema", || (ask(&chain.gateway, "{ a }") == (200, json!({ "data": { "a": null } }))).then_some(()));
    }

    fn a_server_s_queries_are_checked_on_their_way(driver) {
        let origin = Origin::with(|_, conversation| {
            let body = b"{\"data\":{\"users\":[{\"id\":\"1\"}]}}";
            conversation.answer_after_body(&response(200, &[("Content-Type", "application/json")], body))
        });
        let chain = Chain::start(driver, |arm| {
            define(arm, Some(&origin.url()), &[]);
            arm.put_policy(
                "/apis/people",
                "<policies><inbound><base/><validate-graphql-request max-size=\"2000\" max-depth=\"3\"><authorize>\
                 <rule path=\"/__*\" action=\"reject\"/><rule path=\"/User/name\" action=\"remove\"/></authorize>\
                 </validate-graphql-request></inbound><backend><base/></backend><outbound><base/></outbound><on-error/></policies>",
            );
        });
        let (status, answer) = ask(&chain.gateway, "{ users { id name } }");
        assert_eq!((status, &answer["data"]), (200, &json!({ "users": [{ "id": "1" }] })));
        assert_eq!(answer["errors"][0]["message"], "The field \"/User/name\" is not allowed and was removed from the request.");
        let seen = origin.seen();
        let sent: Value = serde_json::from_slice(&seen[0].body).unwrap();
        let query = sent["query"].as_str().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((seen.len(), seen[0].header("x-caller").as_deref(), query.as_str()), (1, Some("secret"), "{ users { id } }"));
        for query in ["{ users { age } }", "{ __schema { types { name } } }", "{ users { friends { friends { id } } } }", "{"] {
            let (status, answer) = ask(&chain.gateway, query);
            assert_eq!((status, answer.get("data")), (400, None), "{query}: {answer}");
        }
        assert_eq!(origin.seen().len(), 1, "what is refused is not sent");
    }
}
