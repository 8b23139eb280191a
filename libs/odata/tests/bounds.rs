//! What is too much is refused at its limit, and nothing strange ends anything but the check.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use postern_odata::{Model, Request, Version, check, limits};

const SHOP: &str = include_str!("data/shop.xml");
const ACCEPTED: &str = include_str!("data/accepted.txt");
const REFUSED: &str = include_str!("data/refused.txt");

fn message(path: &str, query: &str) -> Option<String> {
    let model = Model::parse(SHOP).unwrap();
    let request = Request { path: path.as_bytes(), query: query.as_bytes(), version: Version::V401 };
    check(&request, Some(&model)).err().map(|error| error.message)
}

#[test]
fn nesting_ends_at_its_limit() {
    let nested = |open: &str, inner: &str, close: &str, count: usize| {
        format!("{}{inner}{}", open.repeat(count), close.repeat(count))
    };
    // Some constructs take more than one level each.
    for (option, path, open, inner, close, good) in [
        ("$filter", "Products", "(", "IsSold", ")", 60),
        ("$filter", "Products", "not (", "IsSold", ")", 30),
        ("$filter", "Products", "tolower(", "Name", ") eq 'x'", 1),
        ("$filter", "Products", "[", "1", "] eq []", 1),
        ("$filter", "Products", "Related/any(x:", "true", ")", 60),
        ("$filter", "Products", "-(", "Price", ") gt 0", 1),
        ("$expand", "Products", "Related($expand=", "Related", ")", 60),
        ("$apply", "Products", "concat(identity,", "identity", ")", 60),
        ("$search", "Products", "(", "x", ")", 60),
    ] {
        let query = |count| format!("{option}={}", nested(open, inner, close, count));
        assert_eq!(message(path, &query(good)), None, "{option} {open}");
        let found = message(path, &query(2_000)).unwrap();
        assert!(found.contains("levels"), "{option} {open}: {found}");
    }
    let geo = nested("GeometryCollection(", "Point(1 2)", ")", 1_000);
    let found = message("Suppliers", &format!("$filter=geography'SRID=0;{geo}' ne null")).unwrap();
    assert!(found.contains("levels"), "{found}");
}

#[test]
fn length_and_number_of_parts_are_bounded() {
    assert!(message("Products", &"x".repeat(limits::URL_BYTES_MAX - 8)).is_none());
    assert!(message("Products", &"x".repeat(limits::URL_BYTES_MAX)).unwrap().contains("bytes"));
    assert!(message("Awards(1)", &"a&".repeat(limits::OPTIONS_MAX + 1)).unwrap().contains("query options"));
    let path = |count: usize| format!("Awards(1){}", "/a".repeat(count));
    assert!(message(&path(limits::SEGMENTS_MAX - 1), "").is_none());
    assert!(message(&path(limits::SEGMENTS_MAX), "").unwrap().contains("segments"));
    let member = |count: usize| format!("$filter=a{} eq 1", "/a".repeat(count));
    assert!(message("Awards", &member(limits::SEGMENTS_MAX - 1)).is_none());
    assert!(message("Awards", &member(limits::SEGMENTS_MAX + 1)).unwrap().contains("segments"));
    let filter = format!("Products/$filter({}", "/".repeat(limits::URL_BYTES_MAX - 20));
    assert!(message(&filter, "").is_some());
    let sets =
        |count: usize| format!("$crossjoin({})", (0..count).map(|n| format!("S{n}")).collect::<Vec<_>>().join(","));
    let unknown = |path: &str| check(&Request { path: path.as_bytes(), query: b"", version: Version::V4 }, None);
    assert_eq!(unknown(&sets(limits::NAMES_MAX)), Ok(()));
    assert!(unknown(&sets(limits::NAMES_MAX + 1)).unwrap_err().message.contains("names"));
    let parameters =
        |count: usize| format!("f({})", (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join(","));
    assert_eq!(unknown(&parameters(limits::NAMES_MAX)), Ok(()));
    assert!(unknown(&parameters(limits::NAMES_MAX + 1)).unwrap_err().message.contains("names"));
    let computed =
        |count: usize| format!("$compute={}", (0..count).map(|n| format!("1 as c{n}")).collect::<Vec<_>>().join(","));
    assert!(message("Products", &computed(limits::NAMES_MAX)).is_none());
    assert!(message("Products", &computed(limits::NAMES_MAX + 1)).unwrap().contains("names"));
    let call = |count: usize| {
        format!("$filter=f({}) eq 1", (0..count).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join(","))
    };
    assert!(message("Awards(1)/Any", &call(limits::NAMES_MAX)).is_none());
    assert!(message("Awards(1)/Any", &call(limits::NAMES_MAX + 1)).unwrap().contains("names"));
    let name = |count: usize| format!("$filter={} eq 1", "a".repeat(count));
    assert!(message("Awards", &name(limits::NAME_CHARS_MAX)).is_none());
    assert!(message("Awards", &name(limits::NAME_CHARS_MAX + 1)).unwrap().contains("characters"));
}

#[test]
fn models_are_bounded_too() {
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(Model::parse(&deep).is_err());
    let types: String =
        (0..200).map(|index| format!("<EntityType Name=\"T{}\" BaseType=\"N.T{index}\"/>", index + 1)).collect();
    let text =
        format!("<Schema Namespace=\"N\"><EntityType Name=\"T0\"/>{types}<EntityContainer Name=\"C\"/></Schema>");
    let problems = Model::parse(&text).unwrap_err();
    assert!(problems.iter().all(|problem| problem.message.contains("have no end")));
    let wrong: String = (0..200).map(|index| format!("<EntitySet Name=\"S{index}\"/>")).collect();
    let text = format!("<Schema Namespace=\"N\"><EntityContainer Name=\"C\">{wrong}</EntityContainer></Schema>");
    assert_eq!(Model::parse(&text).unwrap_err().len(), limits::PROBLEMS_MAX);
}

/// Every URL of the tables with one byte changed, removed or added, at every place.
#[test]
fn no_mutation_of_a_url_does_harm() {
    let model = Model::parse(SHOP).unwrap();
    let lines = ACCEPTED.lines().chain(REFUSED.lines().filter_map(|line| line.split('\t').next()));
    for line in lines.filter(|line| !line.is_empty()) {
        for at in 0..=line.len() {
            for change in [b"(".as_slice(), b"'", b"/", b"$", b"%", b"\xc3", b"a", b""] {
                let (before, after) = line.as_bytes().split_at(at);
                for after in [after, after.get(1..).unwrap_or_default()] {
                    let url = [before, change, after].concat();
                    let split = url.iter().position(|byte| *byte == b'?').unwrap_or(url.len());
                    let (path, query) = url.split_at(split);
                    let request = Request { path, query: query.get(1..).unwrap_or_default(), version: Version::V401 };
                    let model = (at % 3 != 0).then_some(&model);
                    if let Err(error) = check(&request, model) {
                        assert!(error.position <= url.len(), "{error}");
                    }
                }
            }
        }
    }
}
