//! Tokens one by one: keys, changes, siblings.

use super::shown;
use crate::Exception;
use crate::json::{Formatting, JToken, JTokenType, Key, Scalar, parse};
use crate::text::StringComparison;

fn int(value: i64) -> JToken {
    JToken::value(Scalar::integer(value))
}

fn json(token: &JToken) -> String {
    token.to_json(Formatting::None).unwrap()
}

fn done(result: Result<(), Exception>) -> String {
    shown(result.map(|()| ""))
}

#[test]
fn keys_of_the_wrong_kind_are_refused() {
    let document = parse("{i:1,a:[1,2],c:new C(7)}").unwrap();
    let (array, value) = (document.get("a").unwrap(), document.get("i").unwrap());
    let property = document.property_named("i").unwrap();
    let constructor = document.get("c").unwrap();
    let at =
        |token: &JToken, key| shown(token.at(key).map(|found| found.map_or("null".to_owned(), |found| json(&found))));
    let out = "! ArgumentOutOfRangeException: Index was out of range. Must be non-negative and less than the size of the collection. \
               (Parameter 'index')";
    for (token, key, expected) in [
        (&document, Key::Name("i"), "= 1"),
        (&document, Key::Name("I"), "= null"),
        (
            &document,
            Key::Index(0),
            "! ArgumentException: Accessed JObject values with invalid key value: 0. Object property name expected.",
        ),
        (&document, Key::Null, "! ArgumentNullException: Value cannot be null. (Parameter 'key')"),
        (
            &array,
            Key::Name("k"),
            "! ArgumentException: Accessed JArray values with invalid key value: \"k\". Int32 array index expected.",
        ),
        (
            &array,
            Key::Other("5"),
            "! ArgumentException: Accessed JArray values with invalid key value: 5. Int32 array index expected.",
        ),
        (&array, Key::Index(1), "= 2"),
        (&array, Key::Index(9), out),
        (&array, Key::Index(-1), out),
        (&constructor, Key::Index(0), "= 7"),
        (
            &value,
            Key::Name("k"),
            "! InvalidOperationException: Cannot access child value on Newtonsoft.Json.Linq.JValue.",
        ),
        (
            &property,
            Key::Index(0),
            "! InvalidOperationException: Cannot access child value on Newtonsoft.Json.Linq.JProperty.",
        ),
    ] {
        assert_eq!(at(token, key), expected);
    }
    let one = int(1);
    for (token, key, expected) in [
        (
            &array,
            Key::Name("k"),
            "! ArgumentException: Set JArray values with invalid key value: \"k\". Int32 array index expected.",
        ),
        (
            &document,
            Key::Index(3),
            "! ArgumentException: Set JObject values with invalid key value: 3. Object property name expected.",
        ),
        (&value, Key::Index(0), "! InvalidOperationException: Cannot set child value on Newtonsoft.Json.Linq.JValue."),
        (
            &array,
            Key::Index(9),
            "! ArgumentOutOfRangeException: Index is equal to or greater than Count. (Parameter 'index')",
        ),
        (&array, Key::Index(-1), "! ArgumentOutOfRangeException: Index is less than 0. (Parameter 'index')"),
    ] {
        assert_eq!(done(token.set_at(key, Some(&one))), expected);
    }
}

#[test]
fn containers_refuse_what_does_not_belong_into_them() {
    let document = parse("{i:1,a:[1,2]}").unwrap();
    let array = document.get("a").unwrap();
    let property = document.property_named("i").unwrap();
    let (one, other) = (int(1), JToken::property("q".into(), None).unwrap());
    for (result, expected) in [
        (
            document.add_property("i".into(), Some(&one)),
            "! ArgumentException: Can not add property i to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object.",
        ),
        (
            document.add(Some(&one)),
            "! ArgumentException: Can not add Newtonsoft.Json.Linq.JValue to Newtonsoft.Json.Linq.JObject.",
        ),
        (
            array.add(Some(&other)),
            "! ArgumentException: Can not add Newtonsoft.Json.Linq.JProperty to Newtonsoft.Json.Linq.JArray.",
        ),
        (property.add(Some(&one)), "! JsonException: Newtonsoft.Json.Linq.JProperty cannot have multiple values."),
        (
            document.get("i").unwrap().remove(),
            "! JsonException: Cannot add or remove items from Newtonsoft.Json.Linq.JProperty.",
        ),
        (property.clear(), "! JsonException: Cannot add or remove items from Newtonsoft.Json.Linq.JProperty."),
        (document.remove(), "! InvalidOperationException: The parent is missing."),
        (document.replace(Some(&one)), "! InvalidOperationException: The parent is missing."),
        (document.add_after_self(Some(&one)), "! InvalidOperationException: The parent is missing."),
        (
            array.insert(9, Some(&one)),
            "! ArgumentOutOfRangeException: Index must be within the bounds of the List. (Parameter 'index')",
        ),
        (
            array.remove_at(9),
            "! ArgumentOutOfRangeException: Index is equal to or greater than Count. (Parameter 'index')",
        ),
        (array.remove_at(-1), "! ArgumentOutOfRangeException: Index is less than 0. (Parameter 'index')"),
    ] {
        assert_eq!(done(result), expected);
    }
    assert_eq!(json(&document), r#"{"i":1,"a":[1,2]}"#);
    let value = document.get("i").unwrap();
    assert_eq!(value.first().unwrap_err().message, "Cannot access child value on Newtonsoft.Json.Linq.JValue.");
    assert!(JToken::array().first().unwrap().is_none());
}

#[test]
fn a_token_with_a_parent_is_copied_when_added() {
    let first = parse("{a:{b:1}}").unwrap();
    let second = JToken::object();
    second.set("z", first.get("a").as_ref()).unwrap();
    second.get("z").unwrap().set("b", Some(&int(2))).unwrap();
    assert_eq!(json(&first) + &json(&second), r#"{"a":{"b":1}}{"z":{"b":2}}"#);

    let (fresh, owner) = (JToken::object(), JToken::object());
    owner.set("z", Some(&fresh)).unwrap();
    fresh.set("q", Some(&int(1))).unwrap();
    assert_eq!(json(&owner), r#"{"z":{"q":1}}"#);
}

#[test]
fn a_token_added_to_itself_is_copied() {
    let object = JToken::object();
    object.set("k", Some(&int(1))).unwrap();
    object.set("self", Some(&object)).unwrap();
    assert_eq!(json(&object), r#"{"k":1,"self":{"k":1}}"#);

    let array = parse("[1]").unwrap();
    array.add(Some(&array)).unwrap();
    assert_eq!(json(&array), "[1,[1]]");

    let outer = parse("{a:{}}").unwrap();
    outer.get("a").unwrap().set("r", Some(&outer)).unwrap();
    assert_eq!(json(&outer), r#"{"a":{"r":{"a":{}}}}"#);
}

#[test]
fn setting_an_equal_value_keeps_the_token() {
    for (text, value, kept) in [("{a:1}", int(1), true), ("{a:1}", JToken::value(Scalar::float(1.0)), false)] {
        let document = parse(text).unwrap();
        let before = document.get("a").unwrap();
        document.set("a", Some(&value)).unwrap();
        assert_eq!(document.get("a").unwrap().is_same(&before), kept);
    }
    let document = parse("{a:null}").unwrap();
    let before = document.get("a").unwrap();
    document.set("a", None).unwrap();
    assert!(document.get("a").unwrap().is_same(&before));
}

#[test]
fn a_null_string_is_a_string() {
    let document = JToken::object();
    document.set("a", Some(&JToken::value(Scalar::NullString))).unwrap();
    assert_eq!(document.get("a").unwrap().token_type(), JTokenType::String);
    assert_eq!(json(&document), r#"{"a":null}"#);
    let value = JToken::value(Scalar::integer(1));
    value.set_scalar(Scalar::NullString);
    assert_eq!(value.token_type(), JTokenType::Null);
    let comment = JToken::value(Scalar::Comment("c".into()));
    comment.set_scalar(Scalar::String("x".into()));
    assert_eq!(comment.token_type(), JTokenType::Comment);
}

#[test]
fn tokens_are_added_beside_others_and_removed() {
    let array = parse("[1,2,3]").unwrap();
    array.child(0).unwrap().add_after_self(Some(&int(9))).unwrap();
    array.child(3).unwrap().add_before_self(Some(&int(8))).unwrap();
    array.add_first(Some(&int(0))).unwrap();
    assert_eq!(json(&array), "[0,1,9,2,8,3]");
    assert_eq!(array.child(0).unwrap().next().map(|next| json(&next)), Some("1".to_owned()));
    assert_eq!(array.child(5).unwrap().previous().map(|previous| json(&previous)), Some("8".to_owned()));
    assert!(array.child(5).unwrap().next().is_none());
    assert_eq!(std::iter::successors(array.child(4).unwrap().next(), JToken::next).count(), 1);
    assert_eq!(std::iter::successors(array.child(4).unwrap().previous(), JToken::previous).count(), 4);

    let object = parse("{a:1,b:2}").unwrap();
    let added = JToken::property("c".into(), Some(&int(3))).unwrap();
    object.property_named("a").unwrap().add_after_self(Some(&added)).unwrap();
    assert_eq!(json(&object), r#"{"a":1,"c":3,"b":2}"#);
    assert!(object.remove_property("b").unwrap());
    object.property_named("a").unwrap().remove().unwrap();
    assert!(!object.remove_property("zz").unwrap());
    assert_eq!(json(&object), r#"{"c":3}"#);
    object.get("c").unwrap().replace(Some(&parse("[1]").unwrap())).unwrap();
    assert_eq!(json(&object), r#"{"c":[1]}"#);
}

#[test]
fn items_are_found_by_reference() {
    let array = parse("[1,1]").unwrap();
    let second = array.child(1).unwrap();
    assert_eq!(array.index_of(&second), Some(1));
    assert_eq!(array.index_of(&int(1)), None);
    assert!(array.remove_child(&second).unwrap());
    assert!(!array.remove_child(&second).unwrap());
    assert!(second.parent().is_none());
}

#[test]
fn the_exact_name_wins_over_one_that_differs_in_case() {
    let document = parse("{Ab:1,aB:2}").unwrap();
    let found = |name| document.get_compared(name, StringComparison::OrdinalIgnoreCase).map(|found| json(&found));
    assert_eq!(found("ab"), Some("1".to_owned()));
    assert_eq!(found("aB"), Some("2".to_owned()));
    assert_eq!(document.get_compared("ab", StringComparison::Ordinal).map(|found| json(&found)), None);
}

#[test]
fn large_objects_find_their_members_after_changes() {
    let object = JToken::object();
    for index in 0..100 {
        object.set(&format!("k{index}"), Some(&int(index))).unwrap();
    }
    assert!(object.remove_property("k7").unwrap());
    object
        .property_named("k8")
        .unwrap()
        .replace(Some(&JToken::property("new".into(), Some(&int(1))).unwrap()))
        .unwrap();
    assert!(object.get("k7").is_none() && object.get("k8").is_none());
    assert_eq!(object.get("k99").map(|found| json(&found)), Some("99".to_owned()));
    assert_eq!(object.property_named("new").and_then(|found| object.index_of(&found)), Some(7));
    let duplicate = object.add_property("k50".into(), None).unwrap_err();
    assert!(duplicate.message.starts_with("Can not add property k50"));
    object.clear().unwrap();
    assert_eq!(object.count(), 0);
    assert!(!object.contains_key("k1"));
}
