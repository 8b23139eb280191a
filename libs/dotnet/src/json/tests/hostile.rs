//! Bounds: nesting, size, and the time and memory that small inputs may cost.

use crate::ExceptionType;
use crate::json::{Formatting, JToken, Scalar, parse};

#[test]
fn nesting_beyond_64_is_refused_with_its_place() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(64)).is_ok());
    let error = parse(&nested(65)).unwrap_err();
    let path = "[0]".repeat(64);
    assert_eq!(
        error.message,
        format!("The reader's MaxDepth of 64 has been exceeded. Path '{path}', line 1, position 65.")
    );
    let error = parse(&"{\"a\":".repeat(100)).unwrap_err();
    assert!(error.message.starts_with("The reader's MaxDepth of 64 has been exceeded. Path 'a.a."));
}

#[test]
fn deep_documents_are_built_written_compared_and_dropped() {
    let mut outer = JToken::array();
    for _ in 0..200_000 {
        let next = JToken::array();
        next.add(Some(&outer)).unwrap();
        outer = next;
    }
    assert_eq!(outer.to_json(Formatting::None).unwrap().len(), 400_002);
    let copy = outer.deep_clone().unwrap();
    assert!(copy.deep_equals(&outer));
    copy.merge(&outer, crate::json::MergeSettings::default()).unwrap();
    assert_eq!(outer.descendants().len(), 200_000);
    let innermost = outer.descendants().pop().unwrap();
    assert_eq!(innermost.path().len(), 600_000);
    assert_eq!(innermost.ancestors().len(), 200_000);
    assert!(outer.select_tokens("$..*", false).is_ok());
}

#[test]
fn doubling_a_document_ends() {
    let object = JToken::object();
    let mut failed = None;
    for index in 0..64 {
        if let Err(error) = object.set(&format!("k{index}"), Some(&object)) {
            failed = Some(error.of);
            break;
        }
    }
    assert_eq!(failed, Some(ExceptionType::OutOfMemory));
}

#[test]
fn a_text_that_would_not_fit_into_memory_is_not_written() {
    let array = JToken::array();
    let long: crate::Text = "x".repeat(1 << 20).into();
    for _ in 0..1000 {
        array.add(Some(&JToken::value(Scalar::String(long.clone())))).unwrap();
    }
    assert_eq!(array.to_json(Formatting::None).unwrap_err().of, ExceptionType::OutOfMemory);
}

#[test]
fn paths_that_multiply_end() {
    let document = parse(&format!("{}1{}", "[".repeat(60), "]".repeat(60))).unwrap();
    let result = document.select_tokens("$..*..*..*..*..*..*", false);
    assert_eq!(result.err().map(|error| error.of), Some(ExceptionType::Timeout));
    assert!(document.select_tokens(&format!("{}{}", "[?(@".repeat(50), ")]".repeat(50)), false).is_err());
    assert!(document.select_tokens(&"[".repeat(70_000), false).is_err());
    let alternating = "@.a && @.b || ".repeat(2000);
    assert!(document.select_tokens(&format!("[?({alternating}@.c)]"), false).is_ok());
}

#[test]
fn many_duplicates_and_members_stay_linear() {
    let members: Vec<String> = (0..50_000).map(|index| format!("\"k{}\":{index}", index % 25_000)).collect();
    let document = parse(&format!("{{{}}}", members.join(","))).unwrap();
    assert_eq!(document.count(), 25_000);
    assert!(document.get("k24999").is_some());
}

#[test]
fn cut_and_changed_texts_never_panic() {
    let text =
        "{\"a\":[1,-2.5e3,\"x\\u00e9\\n\",new D(1),/*c*/true,null,NaN,0x1F],'b':\"2020-01-02T03:04:05Z\",c:{}} // é😀";
    for end in 0..text.len() {
        if let Some(cut) = text.get(..end) {
            drop(parse(cut));
        }
    }
    let characters: Vec<char> = text.chars().collect();
    for index in 0..characters.len() {
        for replacement in
            ['"', '\'', '{', '}', '[', ']', '(', ')', ',', ':', '\\', '/', '\0', '9', 'e', '\r', '\n', 'é', '😀']
        {
            let mut changed = characters.clone();
            changed[index] = replacement;
            drop(parse(&changed.iter().collect::<String>()));
        }
    }
    let path = "$..a['b','c'][?(@.x == 'y' && $.z =~ /q/i || 1 < @['d'])][0,1][1:2:3].*";
    let characters: Vec<char> = path.chars().collect();
    let document = parse("{a:{b:[{x:'y',d:2}],c:1}}").unwrap();
    for index in 0..characters.len() {
        for replacement in
            ['\'', '[', ']', '(', ')', ',', '.', '\\', '/', '?', '@', '$', ' ', '*', '9', '-', '&', '=', 'é']
        {
            let mut changed = characters.clone();
            changed[index] = replacement;
            drop(document.select_tokens(&changed.iter().collect::<String>(), true));
            drop(document.select_tokens(&characters[..index].iter().collect::<String>(), true));
        }
    }
}
