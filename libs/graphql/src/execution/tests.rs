use super::{Execution, Progress, Resolve};
use crate::limits;
use crate::query::Query;
use crate::request::Request;
use crate::schema::Schema;

const SCHEMA: &str = "
    interface Node { id: ID! }
    union Found = User | Post
    enum Role { ADMIN READER }
    input Filter { role: Role, limit: Int = 10 }
    type User implements Node { id: ID! name: String! role: Role score: Float posts(first: Int = 2): [Post!] }
    type Post implements Node { id: ID! title: String author: User! }
    type Query { users(filter: Filter): [User] user(id: ID!): User find: [Found!] node: Node nodes: [Node] nested: [[Found]!] nums: [Int]
        text: String must: String! }
    type Mutation { add(n: Int!): Int sub(n: Int!): Int }
    type Subscription { added: Int }
    schema { query: Query mutation: Mutation subscription: Subscription }";

/// Executes a request; `resolve` is asked for each field, `None`: it has no resolver. Returns the answer and the fields asked for by round.
fn execute(
    request: &str,
    resolve: &dyn Fn(&str, &Resolve) -> Result<String, String>,
    resolvers: &[&str],
) -> (String, Vec<Vec<String>>) {
    let schema = Schema::parse(SCHEMA).unwrap();
    let request = if request.starts_with("{\"") {
        Request::from_json(request.as_bytes()).unwrap()
    } else {
        Request::from_text(request)
    };
    let query = match Query::parse(&request.query, request.operation_name.as_deref()) {
        Ok(query) => query,
        Err(errors) => return (crate::errors_json(&errors), Vec::new()),
    };
    let mut execution = match Execution::new(&schema, &query, &request) {
        Ok(execution) => execution,
        Err(errors) => return (crate::errors_json(&errors), Vec::new()),
    };
    let mut rounds = Vec::new();
    loop {
        let has_resolver = |of: &str, field: &str| resolvers.contains(&format!("{of}/{field}").as_str());
        match execution.advance(&schema, &has_resolver) {
            Progress::Done(answer) => return (String::from_utf8(answer).unwrap(), rounds),
            Progress::Resolve(wanted) => {
                rounds.push(wanted.iter().map(|one| format!("{} {}", one.path, one.arguments)).collect());
                for one in wanted {
                    let name = format!("{}/{}", one.type_name, one.field);
                    let result = resolve(&name, &one);
                    execution.answer(one.path, result.as_deref().map(str::as_bytes).map_err(String::clone));
                }
            }
        }
    }
}

fn source(name: &str, wanted: &Resolve) -> Result<String, String> {
    Ok(match name {
        "Query/users" => r#"[{"id":1,"name":"Ann","role":"ADMIN","score":3},{"id":2,"name":"Bob"},null]"#.to_owned(),
        "Query/user" => r#"{"id":"7","name":"Eve"}"#.to_owned(),
        "Query/find" => r#"[{"__typename":"User","id":1,"name":"Ann"},{"__typename":"Post","id":2}]"#.to_owned(),
        "Query/node" => r#"{"id":5}"#.to_owned(),
        "Query/nodes" => {
            r#"[{"__typename":"User","id":1},{"id":2},3,null,{"__typename":"Role"},{"__typename":"Post","id":4}]"#
                .to_owned()
        }
        "Query/nums" => r#"[1,"x",2]"#.to_owned(),
        "Query/text" => "not JSON".to_owned(),
        "User/posts" if wanted.parent.contains("\"Bob\"") => return Err("The data source is down.".to_owned()),
        "User/posts" => r#"[{"id":9,"title":"T","author":{"id":1,"name":"Ann"}}]"#.to_owned(),
        "Mutation/add" => "3".to_owned(),
        "Mutation/sub" => "1".to_owned(),
        _ => String::new(),
    })
}

const RESOLVERS: &[&str] = &[
    "Query/users",
    "Query/user",
    "Query/find",
    "Query/node",
    "Query/nodes",
    "Query/nested",
    "Query/nums",
    "Query/text",
    "User/posts",
    "Mutation/add",
    "Mutation/sub",
];

#[test]
fn fields_come_from_resolvers_or_from_the_object_they_belong_to() {
    for (query, answer) in [
        (
            "{ user(id: 7) { id name role __typename } }",
            r#"{"data":{"user":{"id":"7","name":"Eve","role":null,"__typename":"User"}}}"#,
        ),
        (
            "{ users { i: id name score role } }",
            r#"{"data":{"users":[{"i":"1","name":"Ann","score":3.0,"role":"ADMIN"},{"i":"2","name":"Bob","score":null,"role":null},null]}}"#,
        ),
        (
            "{ find { __typename ... on User { name } ... on Post { id } } }",
            r#"{"data":{"find":[{"__typename":"User","name":"Ann"},{"__typename":"Post","id":"2"}]}}"#,
        ),
        ("{ text }", r#"{"data":{"text":"not JSON"}}"#),
        (
            r#"{"query":"query($y: Boolean!) { user(id: 1) { id @skip(if: $y) name @include(if: $y) ...F } } fragment F on User { n: name }","variables":{"y":true}}"#,
            r#"{"data":{"user":{"name":"Eve","n":"Eve"}}}"#,
        ),
        (
            r#"{ __type(name: "Role") { kind enumValues { name } } __schema { queryType { name } } }"#,
            r#"{"data":{"__type":{"kind":"ENUM","enumValues":[{"name":"ADMIN"},{"name":"READER"}]},"__schema":{"queryType":{"name":"Query"}}}}"#,
        ),
        (
            r#"{"query":"query A { text } query B { user(id: 1) { id } }","operationName":"B"}"#,
            r#"{"data":{"user":{"id":"7"}}}"#,
        ),
    ] {
        assert_eq!(execute(query, &source, RESOLVERS).0, answer, "{query}");
    }
}

#[test]
fn errors_have_paths_and_null_goes_up_to_what_may_be_null() {
    for (query, answer) in [
        (
            "{ users { name posts { title } } }",
            r#"{"data":{"users":[{"name":"Ann","posts":[{"title":"T"}]},{"name":"Bob","posts":null},null]},"errors":[{"message":"The data source is down.","locations":[{"line":1,"column":16}],"path":["users",1,"posts"]}]}"#,
        ),
        (
            "{ text must }",
            r#"{"data":null,"errors":[{"message":"non-null type String! resolved to null","locations":[{"line":1,"column":8}],"path":["must"]}]}"#,
        ),
        (
            "{ node { id } }",
            r#"{"data":{"node":null},"errors":[{"message":"The resolver gave an object without \"__typename\".","locations":[{"line":1,"column":3}],"path":["node"]}]}"#,
        ),
    ] {
        assert_eq!(execute(query, &source, RESOLVERS).0, answer, "{query}");
    }
    for (query, message) in [
        ("{ nothing }", "Cannot query field"),
        ("query($id: ID!) { user(id: $id) { id } }", "id"),
        (r#"{"query":"query($id: ID!) { user(id: $id) { id } }","variables":{"id":{}}}"#, "id"),
        ("subscription { added }", "Subscriptions are not supported."),
        (
            "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }",
            "introspection",
        ),
    ] {
        let answer = execute(query, &source, RESOLVERS).0;
        assert!(answer.starts_with("{\"errors\":[{\"message\":\"") && answer.contains(message), "{query}: {answer}");
    }
}

#[test]
fn an_element_that_fails_is_null_alone_where_it_may_be() {
    let list = |resolved: &'static str| {
        move |name: &str, wanted: &Resolve| {
            if wanted.field == "find" || wanted.field == "nested" {
                Ok(resolved.to_owned())
            } else {
                source(name, wanted)
            }
        }
    };
    let error = |message: &str, path: &str| {
        format!(r#"{{"message":"{message}","locations":[{{"line":1,"column":3}}],"path":{path}}}"#)
    };
    let untyped = "The resolver gave an object without \\\"__typename\\\".";
    let no_object = "The resolver gave no object.";
    let all = |errors: &[String]| errors.join(",");
    for (query, resolved, data, errors) in [
        (
            "{ nodes { id } }",
            "",
            r#"{"nodes":[{"id":"1"},null,null,null,null,{"id":"4"}]}"#,
            all(&[
                error("resolver returned an object of type Role not defined in the schema", r#"["nodes",4]"#),
                error(untyped, r#"["nodes",1]"#),
                error(no_object, r#"["nodes",2]"#),
            ]),
        ),
        (
            "{ nested { __typename } }",
            r#"[[{"__typename":"Post"},5],[]]"#,
            r#"{"nested":[[{"__typename":"Post"},null],[]]}"#,
            error(no_object, r#"["nested",0,1]"#),
        ),
        // An inner list must not be null: the outer one may.
        (
            "{ nested { __typename } }",
            r#"[[{"__typename":"Post"}],5]"#,
            r#"{"nested":null}"#,
            error("The resolver gave no list.", r#"["nested",1]"#),
        ),
        (
            "{ find { __typename } }",
            r#"[{"__typename":"Post"},{}]"#,
            r#"{"find":null}"#,
            error(untyped, r#"["find",1]"#),
        ),
    ] {
        let answer = format!(r#"{{"data":{data},"errors":[{errors}]}}"#);
        assert_eq!(execute(query, &list(resolved), RESOLVERS).0, answer, "{query} {resolved}");
    }
    let (answer, _) = execute("{ nums }", &source, RESOLVERS);
    assert!(answer.starts_with(r#"{"data":{"nums":[1,null,2]},"errors":[{"#), "{answer}");
}

#[test]
fn what_can_be_resolved_at_the_same_time_is_and_mutations_are_not() {
    let (_, rounds) = execute(
        "{ a: users(filter: {role: ADMIN}) { posts { id } p: posts(first: 5) { id } } b: user(id: 1) { id } }",
        &source,
        RESOLVERS,
    );
    // An ID written as a number stays one.
    let expected: &[&[&str]] = &[
        &[r#"/a {"filter":{"role":"ADMIN","limit":10}}"#, r#"/b {"id":1}"#],
        &[r#"/a/0/posts {"first":2}"#, r#"/a/0/p {"first":5}"#, r#"/a/1/posts {"first":2}"#, r#"/a/1/p {"first":5}"#],
    ];
    assert_eq!(rounds, expected);
    let (answer, rounds) = execute("mutation { x: add(n: 1) sub(n: 2) add(n: 3) }", &source, RESOLVERS);
    assert_eq!(rounds, [[r#"/x {"n":1}"#], [r#"/sub {"n":2}"#], [r#"/add {"n":3}"#]]);
    assert_eq!(answer, r#"{"data":{"x":3,"sub":1,"add":3}}"#);
}

#[test]
fn a_query_without_end_ends_at_the_limits() {
    // Each fragment doubles the answer of the one before.
    let mut query = "{ user(id: 1) { ...F0 } }".to_owned();
    for n in 0..20 {
        query.push_str(&format!(
            " fragment F{n} on User {{ a: posts {{ author {{ ...F{} }} }} b: posts {{ author {{ ...F{} }} }} }}",
            n + 1,
            n + 1
        ));
    }
    query.push_str(" fragment F20 on User { id }");
    let grow = |name: &str, _: &Resolve| {
        Ok(match name {
            "Query/user" => r#"{"id":1}"#.to_owned(),
            _ => r#"[{"id":1,"author":{"id":1}},{"id":2,"author":{"id":2}}]"#.to_owned(),
        })
    };
    let (answer, rounds) = execute(&query, &grow, RESOLVERS);
    assert!(answer.contains("The query needs too many calls of resolvers."), "{answer}");
    assert!(rounds.iter().map(Vec::len).sum::<usize>() <= limits::RESOLUTIONS_MAX);
    let huge = |_: &str, _: &Resolve| Ok(format!("[{}]", vec![r#"{"id":1,"name":"n"}"#; limits::VALUES_MAX].join(",")));
    assert!(execute("{ users { id } }", &huge, RESOLVERS).0.contains("The answer is too large."));
    let long = |_: &str, _: &Resolve| Ok("1".repeat(limits::RESULTS_BYTES_MAX + 1));
    assert!(execute("{ text }", &long, RESOLVERS).0.contains("too long"));
}
