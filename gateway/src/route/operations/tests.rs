//! The table against expected answers, and against a matcher that knows no tree.

use super::*;
use crate::route::random::Random;

fn build(operations: &[(&str, &str)]) -> OperationTable {
    let (table, _) = try_build(operations).unwrap();
    table
}

fn try_build(operations: &[(&str, &str)]) -> Result<(OperationTable, Vec<Hidden>), TableError> {
    let templates: Vec<Template> =
        operations.iter().map(|(_, text)| Template::parse(text, &optional).unwrap()).collect();
    OperationTable::build(operations.iter().map(|(method, _)| *method).zip(&templates))
}

/// In these tests a parameter whose name begins with `opt` may be left out.
fn optional(name: &str) -> bool {
    name.starts_with("opt")
}

/// The operation's index and the values of its parameters.
fn find(table: &OperationTable, method: &str, target: &str) -> Option<(u32, Vec<Option<String>>)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut captures = Captures::default();
    let mut steps = 0;
    let mut search = Search {
        path: path.as_bytes(),
        query: query.as_bytes(),
        wanted: Wanted::Method(Method::new(method.as_bytes())),
        escaped: path.contains('%'),
        parameters: path.contains(';'),
        captures: &mut captures,
        steps: &mut steps,
    };
    let operation = table.find(&mut search, 0)?;
    let value = |index: usize| {
        let source = if index < captures.in_path { path } else { query };
        captures.range(index).map(|range| source[range].to_owned())
    };
    Some((operation, (0..captures.count()).map(value).collect()))
}

/// The template that answers and the values of its parameters.
type Expected<'a> = Option<(&'a str, &'a [&'a str])>;

#[track_caller]
fn check(operations: &[(&str, &str)], requests: &[(&str, Expected<'_>)]) {
    let table = build(operations);
    for (request, expected) in requests {
        let (method, target) = request.split_once(' ').unwrap();
        let found = find(&table, method, target);
        let found = found.as_ref().map(|(operation, values)| {
            let (_, template) = operations[*operation as usize];
            (template, values.iter().map(|value| value.as_deref().unwrap_or("<absent>")).collect::<Vec<_>>())
        });
        let expected = expected.map(|(template, values)| (template, values.to_vec()));
        assert_eq!(found, expected, "{request}");
    }
}

#[test]
fn literals_come_before_patterns_before_parameters_before_the_wildcard() {
    check(
        &[
            ("GET", "/*"),
            ("GET", "/users/{id}"),
            ("GET", "/users/me"),
            ("GET", "/users/{name}.json"),
            ("GET", "/users/{id}/posts/{post}"),
            ("GET", "/users/x-{id}.json"),
        ],
        &[
            ("GET /users/me", Some(("/users/me", &[]))),
            ("GET /users/ME", Some(("/users/me", &[]))),
            ("GET /users/7", Some(("/users/{id}", &["7"]))),
            ("GET /users/a.json", Some(("/users/{name}.json", &["a"]))),
            ("GET /users/x-a.json", Some(("/users/x-{id}.json", &["a"]))),
            ("GET /users/me/posts/1", Some(("/users/{id}/posts/{post}", &["me", "1"]))),
            ("GET /users/me/other", Some(("/*", &["users/me/other"]))),
            ("GET /", Some(("/*", &[""]))),
            ("GET ", Some(("/*", &[""]))),
        ],
    );
}

#[test]
fn a_choice_that_leads_nowhere_is_taken_back() {
    check(
        &[("GET", "/a/{x}/c"), ("GET", "/a/b/d"), ("GET", "/{x}/b/e"), ("POST", "/a/b/{y}"), ("GET", "/a/{*rest}")],
        &[
            ("GET /a/b/c", Some(("/a/{x}/c", &["b"]))),
            ("GET /a/b/d", Some(("/a/b/d", &[]))),
            ("GET /a/b/e", Some(("/a/{*rest}", &["b/e"]))),
            ("GET /z/b/e", Some(("/{x}/b/e", &["z"]))),
            ("POST /a/b/d", Some(("/a/b/{y}", &["d"]))),
            ("PUT /a/b/d", None),
            ("GET /z/b/f", None),
        ],
    );
}

#[test]
fn a_trailing_slash_makes_no_difference() {
    check(
        &[("GET", "/resource"), ("GET", "/items/"), ("GET", "/{id}/sub")],
        &[
            ("GET /resource", Some(("/resource", &[]))),
            ("GET /resource/", Some(("/resource", &[]))),
            ("GET /items", Some(("/items/", &[]))),
            ("GET /items/", Some(("/items/", &[]))),
            ("GET /7/sub/", Some(("/{id}/sub", &["7"]))),
            ("GET /7", None),
        ],
    );
}

#[test]
fn the_wildcard_takes_the_rest_with_its_slashes_also_nothing() {
    check(
        &[("GET", "/files/{*rest}"), ("GET", "/all/*"), ("GET", "/all")],
        &[
            ("GET /files/a/b%2Fc/", Some(("/files/{*rest}", &["a/b%2Fc/"]))),
            ("GET /files/", Some(("/files/{*rest}", &[""]))),
            ("GET /files", Some(("/files/{*rest}", &[""]))),
            ("GET /all", Some(("/all", &[]))),
            ("GET /all/x", Some(("/all/*", &["x"]))),
            ("GET /filesx", None),
        ],
    );
}

#[test]
fn query_parameters_in_a_template_are_part_of_the_match() {
    check(
        &[
            ("GET", "/get"),
            ("GET", "/get?a={b}"),
            ("GET", "/get?a={b}&c={d}"),
            ("GET", "/get?a=fixed"),
            ("GET", "/only?x={x}&y={opty}"),
        ],
        &[
            ("GET /get", Some(("/get", &[]))),
            ("GET /get?z=1", Some(("/get", &[]))),
            ("GET /get?a=1", Some(("/get?a={b}", &["1"]))),
            ("GET /get?A=1&z", Some(("/get?a={b}", &["1"]))),
            ("GET /get?c=2&a=1", Some(("/get?a={b}&c={d}", &["1", "2"]))),
            ("GET /get?a=FIXED&c=2", Some(("/get?a=fixed", &[]))),
            ("GET /get?a=%66ixed", Some(("/get?a=fixed", &[]))),
            ("GET /get?a=", Some(("/get?a={b}", &[""]))),
            ("GET /only?x=1", Some(("/only?x={x}&y={opty}", &["1", "<absent>"]))),
            ("GET /only?y=2&x=1", Some(("/only?x={x}&y={opty}", &["1", "2"]))),
            ("GET /only?y=2", None),
        ],
    );
}

#[test]
fn the_method_is_part_of_the_match_and_an_asterisk_covers_the_rest() {
    check(
        &[("GET", "/a"), ("*", "/a"), ("delete", "/b"), ("PROPPATCH", "/b"), ("*", "/c/d"), ("GET", "/c/{x}")],
        &[
            ("GET /a", Some(("/a", &[]))),
            ("PURGE /a", Some(("/a", &[]))),
            ("DELETE /b", Some(("/b", &[]))),
            ("PROPPATCH /b", Some(("/b", &[]))),
            ("GET /b", None),
            ("HEAD /b", None),
            ("delete /b", None),
            ("GET /c/d", Some(("/c/d", &[]))),
        ],
    );
    let table = build(&[("*", "/a"), ("GET", "/a")]);
    assert_eq!(find(&table, "GET", "/a").unwrap().0, 1);
    assert_eq!(find(&table, "PUT", "/a").unwrap().0, 0);
}

#[test]
fn escapes_in_a_request_match_what_they_stand_for_and_parameters_keep_them() {
    check(
        &[("GET", "/Orders({id})"), ("GET", "/caf\u{e9}/{x}"), ("GET", "/a b"), ("GET", "/x%2Fy"), ("GET", "/x/y")],
        &[
            ("GET /orders%287%29", Some(("/Orders({id})", &["7"]))),
            ("GET /Caf%C3%A9/1%202", Some(("/caf\u{e9}/{x}", &["1%202"]))),
            ("GET /a%20b", Some(("/a b", &[]))),
            ("GET /x%2fy", Some(("/x%2Fy", &[]))),
            ("GET /x/y", Some(("/x/y", &[]))),
        ],
    );
}

#[test]
fn path_parameters_do_not_lead_past_a_literal() {
    check(
        &[("GET", "/admin"), ("GET", "/x;y"), ("GET", "/x"), ("GET", "/items/{id}"), ("GET", "/*")],
        &[
            ("GET /admin;x=1", Some(("/admin", &[]))),
            ("GET /ADMIN;/", Some(("/admin", &[]))),
            ("GET /x;y", Some(("/x;y", &[]))),
            ("GET /x;z", Some(("/x", &[]))),
            ("GET /items;a/7;b", Some(("/items/{id}", &["7;b"]))),
            ("GET /administrator;x", Some(("/*", &["administrator;x"]))),
        ],
    );
}

#[test]
fn an_operation_with_the_same_method_and_template_is_reported_as_hidden() {
    let operations =
        [("GET", "/a/{x}"), ("POST", "/a/{x}"), ("get", "a/{y}/"), ("GET", "/a/{x}?q={q}"), ("GET", "/a/{z}?q={p}")];
    let (table, hidden) = try_build(&operations).unwrap();
    assert_eq!(hidden, [Hidden { operation: 2, by: 0 }, Hidden { operation: 4, by: 3 }]);
    assert_eq!(find(&table, "GET", "/a/1").unwrap().0, 0);
}

#[test]
fn templates_that_would_cost_too_many_steps_are_refused_when_the_table_is_built() {
    // Every combination of a literal and a parameter on twelve levels: a request can meet all of them.
    let levels = |count: u32| -> Vec<(String, String)> {
        let segment =
            |bits: u32, level: u32| if bits >> level & 1 == 0 { format!("/{{p{level}}}") } else { "/a".into() };
        (0..1 << count).map(|bits| ("GET".into(), (0..count).map(|level| segment(bits, level)).collect())).collect()
    };
    let borrowed = |list: &[(String, String)]| -> Result<_, _> {
        let pairs: Vec<(&str, &str)> = list.iter().map(|(method, text)| (method.as_str(), text.as_str())).collect();
        try_build(&pairs)
    };
    assert!(borrowed(&levels(10)).is_ok());
    // 2^12 - 1 inner nodes and 2^11 ends with one candidate each, on eleven levels.
    assert_eq!(borrowed(&levels(11)).unwrap_err(), TableError::Overlap { steps: (1 << 12) - 1 + (1 << 11) });
}

#[test]
fn the_bound_of_steps_holds_at_its_edge() {
    // One path with that many queries: two nodes and a candidate each.
    let build = |candidates: u64| {
        let texts: Vec<String> = (0..candidates).map(|i| format!("/a?action=do-{i}")).collect();
        try_build(&texts.iter().map(|text| ("GET", text.as_str())).collect::<Vec<_>>()).map(|_| ())
    };
    assert_eq!(build(OVERLAP_STEPS_MAX - 2), Ok(()));
    assert_eq!(build(OVERLAP_STEPS_MAX - 1), Err(TableError::Overlap { steps: OVERLAP_STEPS_MAX + 1 }));
}

#[test]
fn the_bound_of_operations_holds_at_its_edge() {
    let template = Template::parse("/a", &optional).unwrap();
    let build = |count| OperationTable::build(std::iter::repeat_n(("GET", &template), count)).map(|_| ());
    assert_eq!(build(OPERATIONS_MAX), Ok(()));
    assert_eq!(build(OPERATIONS_MAX + 1), Err(TableError::TooManyOperations));
}

#[test]
fn the_steps_of_a_search_do_not_grow_with_the_number_of_operations() {
    let steps = |resources: usize| {
        let texts: Vec<String> =
            (0..resources).flat_map(|i| [format!("/r{i}"), format!("/r{i}/{{id}}/sub/{{sub}}")]).collect();
        let table = build(&texts.iter().map(|text| ("GET", text.as_str())).collect::<Vec<_>>());
        let mut total = 0;
        let mut most = 0;
        for i in (0..resources).step_by((resources / 5).max(1)) {
            let path = format!("/R{i}/42/sub/7");
            let (mut captures, mut steps) = (Captures::default(), 0);
            let mut search = Search {
                path: path.as_bytes(),
                query: b"",
                wanted: Wanted::Method(Method::new(b"GET")),
                escaped: false,
                parameters: false,
                captures: &mut captures,
                steps: &mut steps,
            };
            assert!(table.find(&mut search, 0).is_some());
            total += steps;
            most = most.max(steps);
        }
        assert!(total > 0);
        most
    };
    let (few, many) = (steps(5), steps(10_000));
    // Five nodes, two literal edges, one candidate; the rest are collisions in the table of edges.
    assert!(few >= 8 && many <= few + 6, "{few} steps among 10 operations, {many} among 20,000");
}

/// Rank by path, rank by query, values of the parameters.
type Answer = (Vec<(u8, i64)>, (i64, i64), Vec<Option<String>>);

/// One operation tried against a request, without any tree. The rank orders operations as the documentation says.
fn naive(template: &str, method_fits: bool, path: &str, query: &str) -> Option<Answer> {
    let (template_path, template_query) = template.split_once('?').unwrap_or((template, ""));
    if !method_fits {
        return None;
    }
    let mut rank = Vec::new();
    let mut values = Vec::new();
    let mut rest: Vec<&str> = path.split('/').skip(1).collect();
    if rest.last() == Some(&"") {
        rest.pop();
    }
    let mut position = 0;
    let mut wildcard = false;
    for segment in template_path.split('/').filter(|segment| !segment.is_empty()) {
        if segment == "*" || segment.starts_with("{*") {
            rank.push((4, 0));
            values.push(Some(path.splitn(position + 2, '/').nth(position + 1).unwrap_or("").to_owned()));
            wildcard = true;
            break;
        }
        let actual = rest.get(position)?.to_lowercase();
        position += 1;
        match segment.split_once('{') {
            None if segment == actual => rank.push((1, 0)),
            None => return None,
            Some(("", tail)) if tail.ends_with('}') => {
                rank.push((3, 0));
                values.push(Some(rest[position - 1].to_owned()));
            }
            Some((before, tail)) => {
                let (_, after) = tail.split_once('}').unwrap();
                let inner = actual.strip_prefix(before)?.strip_suffix(after)?;
                if inner.is_empty() {
                    return None;
                }
                rank.push((2, -((before.len() + after.len()) as i64)));
                values.push(Some(inner.to_owned()));
            }
        }
    }
    if !wildcard {
        if position != rest.len() {
            return None;
        }
        rank.push((0, 0));
    }
    let (mut literals, mut required) = (0, 0);
    for part in template_query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap();
        let actual =
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, v)| v);
        match (value.starts_with('{'), actual) {
            (true, Some(actual)) => {
                required += 1;
                values.push(Some(actual.to_owned()));
            }
            (false, Some(actual)) if actual == value => literals += 1,
            _ => return None,
        }
    }
    Some((rank, (-literals, -required), values))
}

#[test]
fn random_templates_give_the_same_answer_as_a_matcher_without_a_tree() {
    let segments = ["a", "b", "cc", "{p}", "{p}.x", "k--{p}", "v-{p}.xy", "a", "{p}"];
    let endings = ["", "", "", "/*", "/{*rest}", "?q={q}", "?q=1", "?q={q}&r={r}", "/?r={r}"];
    let methods = ["GET", "GET", "POST", "*"];
    let pieces = ["a", "b", "cc", "A", "n.x", "k--1", "v-2.xy", "k--n.x", "zz", ".x", "k--"];
    let queries = ["", "", "q=1", "q=2", "q=2&r=3", "r=3", "s=4&q=1&r="];
    let mut random = Random::new(42);
    let mut matched = 0;
    for round in 0..3_000 {
        let mut operations: Vec<(&str, String)> = Vec::new();
        for _ in 0..1 + random.below(12) {
            let mut text = String::new();
            for level in 0..random.below(4) {
                text.push('/');
                text.push_str(&random.pick(&segments).replace("{p}", &format!("{{p{level}}}")));
            }
            text.push_str(random.pick(&endings));
            operations.push((random.pick(&methods), text));
        }
        let borrowed: Vec<(&str, &str)> = operations.iter().map(|(method, text)| (*method, text.as_str())).collect();
        let table = build(&borrowed);
        for _ in 0..20 {
            let mut path = String::new();
            for _ in 0..random.below(5) {
                path.push('/');
                path.push_str(random.pick(&pieces));
            }
            if path.is_empty() || random.below(4) == 0 {
                path.push('/');
            }
            let query = random.pick(&queries);
            let method = if random.below(3) == 0 { "POST" } else { "GET" };
            let target = format!("{path}?{query}");
            let expected = borrowed
                .iter()
                .enumerate()
                .filter_map(|(index, (own, text))| {
                    let (rank, query_rank, values) = naive(text, *own == method || *own == "*", &path, query)?;
                    Some(((rank, query_rank, *own == "*", index), values))
                })
                .min_by(|left, right| left.0.cmp(&right.0))
                .map(|((_, _, _, index), values)| (index as u32, values));
            let found = find(&table, method, &target);
            matched += usize::from(found.is_some());
            assert_eq!(found, expected, "round {round}: {method} {target} among {borrowed:#?}");
        }
    }
    assert!(matched > 10_000, "only {matched} requests met an operation");
}
