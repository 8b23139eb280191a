//! Whole documents: paths, order, equality, merging, copies.

use crate::json::{
    Formatting, JToken, MergeArrayHandling, MergeNullValueHandling, MergeSettings, Scalar, from_object, parse,
};

fn json(token: &JToken) -> String {
    token.to_json(Formatting::None).unwrap()
}

#[test]
fn paths_name_the_way_from_the_root() {
    let document = parse("{'a b':{'c':[0,[1,{'d.e':1}]]}}").unwrap();
    let last = document.descendants().pop().unwrap();
    assert_eq!(last.path(), "['a b'].c[1][1]['d.e']");
    assert_eq!(document.path(), "");
    assert_eq!(parse("{o:1}").unwrap().property_named("o").unwrap().path(), "o");
    let inner = parse("{y:1}").unwrap();
    let property = JToken::property("x".into(), Some(&inner)).unwrap();
    assert_eq!(property.property_value().unwrap().property_named("y").unwrap().path(), "x.y");
}

#[test]
fn descendants_come_in_document_order_and_ancestors_from_inside() {
    let document = parse("{a:[1,{b:2}],c:3}").unwrap();
    let shown: Vec<String> =
        document.descendants().iter().map(|token| format!("{}:{}", token.token_type().name(), token.path())).collect();
    assert_eq!(document.token_count(), shown.len() + 1);
    assert_eq!(
        shown.join(" "),
        "Property:a Array:a Integer:a[0] Object:a[1] Property:a[1].b Integer:a[1].b Property:c Integer:c"
    );
    let inner = document.select_token("a[1].b", false).unwrap().unwrap();
    let shown: Vec<&str> = inner.ancestors().iter().map(|token| token.token_type().name()).collect();
    assert_eq!(shown.join(" "), "Property Object Array Property Object");
}

#[test]
fn a_token_keeps_the_document_it_was_reached_from() {
    let inner = parse("{a:{b:1}}").unwrap().get("a").unwrap().get("b").unwrap();
    assert_eq!(inner.path(), "a.b");
    assert_eq!(json(&inner.root()), r#"{"a":{"b":1}}"#);
    assert!(inner.root().is_same(&inner.parent().unwrap().parent().unwrap().root()));
}

#[test]
fn equality_ignores_the_order_of_properties_only() {
    for (left, right, equal) in [
        ("{a:1,b:2}", "{b:2,a:1}", true),
        ("{a:1,b:2}", "{a:1}", false),
        ("{a:1}", "{b:1}", false),
        ("[1,2]", "[2,1]", false),
        ("1", "1.0", false),
        ("0.30000000000000004", "0.3", true),
        ("new A(1)", "new B(1)", false),
        ("new A(1)", "new A(1)", true),
        ("'x'", "'x'", true),
        ("null", "undefined", false),
        ("123456789012345678901234567890", "123456789012345678901234567890", true),
        ("[{a:[1,{b:null}]}]", "[{a:[1,{b:null}]}]", true),
    ] {
        let (first, second) = (parse(left).unwrap(), parse(right).unwrap());
        assert_eq!(first.deep_equals(&second), equal, "{left} {right}");
        if equal && left != "0.30000000000000004" {
            assert_eq!(first.deep_hash(), second.deep_hash(), "{left} {right}");
        }
    }
}

#[test]
fn documents_merge() {
    let arrays = |arrays| MergeSettings { arrays, ..MergeSettings::default() };
    for (left, right, settings, expected) in [
        (
            "{a:{b:1,c:[1,2]},d:null,e:1}",
            "{a:{b:2,c:[2,3],z:0},d:1,e:null,f:[1]}",
            MergeSettings::default(),
            r#"{"a":{"b":2,"c":[1,2,2,3],"z":0},"d":1,"e":1,"f":[1]}"#,
        ),
        (
            "{c:[1,{a:1},3]}",
            "{c:[null,{b:2},{x:1},4]}",
            arrays(MergeArrayHandling::Merge),
            r#"{"c":[1,{"a":1,"b":2},{"x":1},4]}"#,
        ),
        (
            "[1,{a:1,b:2},'x']",
            "[{b:2,a:1},'x','y','y',1.0]",
            arrays(MergeArrayHandling::Union),
            r#"[1,{"a":1,"b":2},"x","y",1.0]"#,
        ),
        ("[1,2]", "[3]", arrays(MergeArrayHandling::Replace), "[3]"),
        ("{a:[1],b:{}}", "{a:{},b:[2]}", MergeSettings::default(), r#"{"a":{},"b":[2]}"#),
        ("{a:1}", "[1]", MergeSettings::default(), r#"{"a":1}"#),
        (
            "{a:1}",
            "{a:null}",
            MergeSettings { nulls: MergeNullValueHandling::Merge, ..MergeSettings::default() },
            r#"{"a":null}"#,
        ),
    ] {
        let target = parse(left).unwrap();
        target.merge(&parse(right).unwrap(), settings).unwrap();
        assert_eq!(json(&target), expected, "{left} + {right}");
    }
}

#[test]
fn a_copy_shares_nothing() {
    let document = parse("{a:[1,{b:new C('x')}],c:null}").unwrap();
    let copy = document.deep_clone().unwrap();
    assert!(copy.deep_equals(&document) && !copy.is_same(&document));
    copy.get("a").unwrap().add(Some(&JToken::null())).unwrap();
    assert_eq!(json(&document), r#"{"a":[1,{"b":new C("x")}],"c":null}"#);
    let inner = document.get("a").unwrap().deep_clone().unwrap();
    assert!(inner.parent().is_none());
}

#[test]
fn values_of_other_kinds_become_tokens() {
    struct Pair(&'static str, Scalar);
    impl crate::json::Serialize for Pair {
        fn serialize(&self, out: &mut crate::json::ObjectWriter) -> Result<(), crate::Exception> {
            out.begin_object()?;
            out.name(self.0);
            out.begin_array()?;
            out.value(self.1.clone())?;
            out.end()?;
            out.name("n");
            out.value(Scalar::Null)?;
            out.end()
        }
    }
    let token = from_object(&Pair("k", Scalar::float(1.0))).unwrap();
    assert_eq!(json(&token), r#"{"k":[1.0],"n":null}"#);
}

#[test]
fn values_compare_after_conversion() {
    use std::cmp::Ordering::{Equal, Greater, Less};
    for (left, right, expected) in [
        ("1", "2", Ok(Less)),
        ("1", "'2'", Ok(Less)),
        ("'a'", "2", Ok(Greater)),
        ("true", "false", Ok(Greater)),
        ("1", "null", Ok(Greater)),
        ("1", "1.0", Ok(Equal)),
        ("2.5", "2", Ok(Greater)),
        ("123456789012345678901234567890", "1", Ok(Greater)),
        ("1", "-123456789012345678901234567890", Ok(Greater)),
        ("1", "'x'", Err("The input string 'x' was not in a correct format.")),
    ] {
        let (left_value, right_value) = (parse(left).unwrap(), parse(right).unwrap());
        let found = left_value.scalar().unwrap().compare_to(&right_value.scalar().unwrap());
        assert_eq!(
            found.map_err(|error| error.message.into_owned()),
            expected.map_err(str::to_owned),
            "{left} {right}"
        );
    }
}
