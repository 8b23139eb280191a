//! The members of the JSON classes do what Newtonsoft.Json does, called as compiled code calls them.

use smallvec::SmallVec;

use super::wrapper::{TokenValue, token_value};
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::enums::EnumValue;
use crate::expression::library::{Class, get};
use crate::expression::machine::{Host, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;
use postern_dotnet::json::{self, JToken, Scalar};

fn class(name: &str) -> &'static Class {
    let full = if name.starts_with("Json") && name != "JsonMergeSettings" {
        "Newtonsoft.Json"
    } else {
        "Newtonsoft.Json.Linq"
    };
    let id = get().class_by_full_name(&format!("{full}.{name}"), 0);
    id.map_or_else(|| panic!("no class {name}"), |id| get().class(id))
}

fn machine<T>(run: impl FnOnce(&mut Machine<'_>) -> T) -> T {
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    run(&mut Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None }))
}

/// Calls the member with this signature.
fn value(of: &str, signature: &str, types: &[Type], arguments: Vec<Value>) -> Result<(Value, Vec<Value>), Thrown> {
    let member = class(of).members().iter().find(|member| member.signature == signature);
    let member = member.unwrap_or_else(|| panic!("no {of}.{signature}"));
    let count = member.parameters.len() + usize::from(!member.is_static);
    assert!(arguments.len() == count, "{signature} takes {count} arguments");
    machine(|machine| {
        let mut call = Call { machine, arguments: SmallVec::from_vec(arguments), types, outs: SmallVec::new() };
        let result = (member.native)(&mut call)?;
        Ok((result, call.outs.into_iter().map(|(_, value)| value).collect()))
    })
}

/// A value as text: tokens as JSON, sequences in brackets.
fn shown(value: &Value) -> String {
    if let Some(token) = value.downcast_ref::<TokenValue>() {
        return token.0.to_json(json::Formatting::None).unwrap();
    }
    if let Some(array) = value.downcast_ref::<Array>().filter(|array| array.as_bytes().is_none()) {
        return format!("[{}]", array.to_vec().iter().map(shown).collect::<Vec<_>>().join(" "));
    }
    if value.is_null() {
        return "null".to_owned();
    }
    let is_sequence = value.downcast_ref::<super::found::Found>().is_some()
        || value.downcast_ref::<super::walk::Walk>().is_some()
        || value.downcast_ref::<super::selected::Selected>().is_some();
    if is_sequence {
        let items = machine(|machine| crate::expression::sequence::collect(value, machine).unwrap());
        return format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" "));
    }
    machine(|machine| display::to_text(value, machine).map_or_else(|_| "?".to_owned(), |text| text.to_string()))
}

/// Result and `out` values as text, exceptions as `Name: message`.
fn called(of: &str, signature: &str, types: &[Type], arguments: Vec<Value>) -> String {
    match value(of, signature, types, arguments) {
        Ok((result, outs)) => std::iter::once(&result).chain(&outs).map(shown).collect::<Vec<_>>().join(" | "),
        Err(Thrown::Exception(exception)) => exception.to_string(),
        Err(Thrown::Limit(limit)) => format!("{limit:?}"),
    }
}

fn call(of: &str, signature: &str, arguments: Vec<Value>) -> String {
    called(of, signature, &[], arguments)
}

fn token(text: &str) -> Value {
    token_value(json::parse(text).unwrap())
}

fn comparison(value: i64) -> Value {
    match Type::named("System.StringComparison") {
        Type::Class(class, _) => Value::object(EnumValue { class, value }),
        _ => Value::Null,
    }
}

fn objects(items: Vec<Value>) -> Value {
    Value::object(Array::values(Type::Object, items))
}

fn property(name: &str, content: Value) -> Value {
    value("JProperty", "(string name, object content)", &[], vec![name.into(), content]).unwrap().0
}

#[test]
fn documents_are_made_of_properties_and_values() {
    let made = value(
        "JObject",
        "(params object[] content)",
        &[],
        vec![objects(vec![
            property("a", Value::Int(1)),
            property("b", Value::object(Array::texts(["x", "y"]))),
            property("c", token("{d:null}")),
            property("n", Value::Null),
            property("t", "q".into()),
            property("m", Value::Double(1.0)),
            property("y", Value::object(Array::bytes(vec![1, 2]))),
        ])],
    );
    let made = made.unwrap().0;
    assert_eq!(shown(&made), r#"{"a":1,"b":["x","y"],"c":{"d":null},"n":null,"t":"q","m":1.0,"y":"AQI="}"#);
    let refused = call("JObject", "(object content)", vec![Value::Int(1)]);
    assert_eq!(
        refused,
        "System.ArgumentException: Can not add Newtonsoft.Json.Linq.JValue to Newtonsoft.Json.Linq.JObject."
    );
    let nested = objects(vec![Value::Int(1), objects(vec![Value::Int(2), token("[3]")]), Value::Null]);
    assert_eq!(call("JArray", "(params object[] content)", vec![nested]), "[1,2,[3],null]");
    assert_eq!(call("JArray", "(JArray other)", vec![token("[1,2]")]), "[1,2]");
    assert_eq!(
        call("JConstructor", "(string name, params object[] content)", vec!["D".into(), objects(vec![Value::Int(1)])]),
        "new D(1)"
    );
    assert_eq!(call("JRaw", "(object rawJson)", vec!["[1, 2]".into()]), "[1, 2]");
    assert_eq!(
        call("JProperty", "(string name, object content)", vec![Value::Null, Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 'name')"
    );
}

/// What a path selects.
fn child(document: &Value, path: &str) -> Value {
    let signature = "JToken SelectToken(string path, bool errorWhenNoMatch = false)";
    value("JToken", signature, &[], vec![document.clone(), path.into(), false.into()]).unwrap().0
}

#[test]
fn members_are_read() {
    let document = token("{a:1,b:{c:[1,2,3]}}");
    for (of, signature, arguments, expected) in [
        ("JToken", "JToken this[object key]", vec!["a".into()], "1"),
        ("JToken", "JToken this[object key]", vec!["A".into()], "null"),
        (
            "JToken",
            "JToken this[object key]",
            vec![Value::Int(0)],
            "System.ArgumentException: Accessed JObject values with invalid key value: 0. Object property name expected.",
        ),
        (
            "JToken",
            "JToken this[object key]",
            vec![Value::Null],
            "System.ArgumentNullException: Value cannot be null. (Parameter 'key')",
        ),
        ("JObject", "JToken this[string propertyName]", vec!["b".into()], r#"{"c":[1,2,3]}"#),
        (
            "JObject",
            "JToken GetValue(string propertyName, StringComparison comparison)",
            vec!["A".into(), comparison(5)],
            "1",
        ),
        (
            "JObject",
            "bool TryGetValue(string propertyName, out JToken value)",
            vec!["a".into(), Value::Null],
            "True | 1",
        ),
        (
            "JObject",
            "bool TryGetValue(string propertyName, out JToken value)",
            vec!["z".into(), Value::Null],
            "False | null",
        ),
        ("JObject", "bool ContainsKey(string propertyName)", vec!["a".into()], "True"),
        ("JObject", "IEnumerable<JProperty> Properties()", vec![], r#"["a":1 "b":{"c":[1,2,3]}]"#),
        ("JObject", "IJEnumerable<JToken> PropertyValues()", vec![], r#"[1 {"c":[1,2,3]}]"#),
        ("JToken", "JTokenType Type", vec![], "Object"),
        ("JToken", "string Path", vec![], ""),
        ("JToken", "bool HasValues", vec![], "True"),
        ("JContainer", "int Count", vec![], "2"),
        (
            "JToken",
            "IEnumerable<JToken> SelectTokens(string path, bool errorWhenNoMatch = false)",
            vec!["b.c[?(@ > 1)]".into(), false.into()],
            "[2 3]",
        ),
        (
            "JToken",
            "JToken SelectToken(string path, bool errorWhenNoMatch = false)",
            vec!["z".into(), true.into()],
            "Newtonsoft.Json.JsonException: Property 'z' does not exist on JObject.",
        ),
        (
            "JObject",
            "void Add(string propertyName, JToken value)",
            vec!["a".into(), Value::Null],
            "System.ArgumentException: Can not add property a to Newtonsoft.Json.Linq.JObject. Property with the same name already exists on object.",
        ),
    ] {
        let arguments = std::iter::once(document.clone()).chain(arguments).collect();
        assert_eq!(call(of, signature, arguments), expected, "{signature}");
    }
    assert_eq!(call("JToken", "string Path", vec![child(&document, "b.c[1]")]), "b.c[1]");
    assert_eq!(call("JToken", "JContainer Parent", vec![child(&document, "b.c")]), r#""c":[1,2,3]"#);
    assert_eq!(call("JToken", "JToken Next", vec![child(&document, "b.c[1]")]), "3");
}

#[test]
fn members_are_changed() {
    let document = token("{a:1,b:{c:[1,2,3]}}");
    let set = |of: &str, signature: &str, arguments| value(of, signature, &[], arguments).map(drop);
    let setter = |of: &str, name: &str| {
        let member = class(of).members().iter().find(|member| {
            member.kind == crate::expression::library::MemberKind::IndexSetter && member.signature == name
        });
        member.unwrap()
    };
    machine(|machine| {
        let arguments = SmallVec::from_vec(vec![document.clone(), "n".into(), token("[7]")]);
        let mut call = Call { machine, arguments, types: &[], outs: SmallVec::new() };
        (setter("JObject", "JToken this[string propertyName]").native)(&mut call).unwrap();
    });
    set(
        "JToken",
        "void Remove()",
        vec![value("JObject", "JProperty Property(string name)", &[], vec![document.clone(), "a".into()]).unwrap().0],
    )
    .unwrap();
    set(
        "JContainer",
        "void Add(object content)",
        vec![child(&document, "b.c"), objects(vec![Value::Int(8), Value::Int(9)])],
    )
    .unwrap();
    set(
        "JToken",
        "void AddAfterSelf(object content)",
        vec![child(&document, "b.c[0]"), objects(vec!["x".into(), "y".into()])],
    )
    .unwrap();
    assert_eq!(shown(&document), r#"{"b":{"c":[1,"x","y",2,3,8,9]},"n":[7]}"#);
}

#[test]
fn casts_go_both_ways() {
    for (signature, argument, expected) in [
        ("static explicit operator string(JToken value)", token("12"), "12"),
        ("static explicit operator string(JToken value)", Value::Null, "null"),
        (
            "static explicit operator string(JToken value)",
            token("{}"),
            "System.ArgumentException: Can not convert Object to String.",
        ),
        ("static explicit operator int(JToken value)", token("'42'"), "42"),
        (
            "static explicit operator int(JToken value)",
            Value::Null,
            "System.ArgumentNullException: Value cannot be null. (Parameter 'value')",
        ),
        ("static explicit operator int?(JToken value)", Value::Null, "null"),
        ("static explicit operator int?(JToken value)", token("null"), "null"),
        ("static explicit operator bool(JToken value)", token("'true'"), "True"),
        ("static explicit operator double(JToken value)", token("1.5"), "1.5"),
        ("static explicit operator DateTime(JToken value)", token("'2020-01-02T03:04:05Z'"), "01/02/2020 03:04:05"),
        (
            "static explicit operator Guid(JToken value)",
            token("'6f9619ff-8b86-d011-b42d-00c04fc964ff'"),
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
        ),
        ("static implicit operator JToken(string value)", "x".into(), r#""x""#),
        ("static implicit operator JToken(string value)", Value::Null, "null"),
        ("static implicit operator JToken(int value)", Value::Int(5), "5"),
        ("static implicit operator JToken(int? value)", Value::Null, "null"),
        ("static implicit operator JToken(bool value)", true.into(), "true"),
        ("static implicit operator JToken(float value)", Value::Float(1.1), "1.1"),
    ] {
        assert_eq!(call("JToken", signature, vec![argument]), expected, "{signature}");
    }
    let long = value("JToken", "static implicit operator JToken(int value)", &[], vec![Value::Int(5)]).unwrap().0;
    let plain = value("JValue", "object Value", &[], vec![long]).unwrap().0;
    assert!(matches!(plain, Value::Long(5)));
    let boxed = property("a", Value::Int(5));
    let plain = value("JProperty", "JToken Value", &[], vec![boxed]).unwrap().0;
    assert!(matches!(value("JValue", "object Value", &[], vec![plain]).unwrap().0, Value::Int(5)));
}

#[test]
fn values_are_taken_with_their_types() {
    let document = token("{a:1,s:'x',n:null,o:{},g:'6f9619ff-8b86-d011-b42d-00c04fc964ff',l:['a','b']}");
    let of =
        |key: &str, of: Type| called("JToken", "T Value<T>(object key)", &[of], vec![document.clone(), key.into()]);
    assert_eq!(of("a", Type::INT), "1");
    assert_eq!(of("a", Type::String), "1");
    assert_eq!(of("z", Type::String), "null");
    assert_eq!(of("z", Type::INT), "0");
    assert_eq!(of("n", Type::nullable_of(Type::INT)), "null");
    assert_eq!(of("n", Type::INT), "System.InvalidCastException: Null object cannot be converted to a value type.");
    assert_eq!(of("o", Type::named("Newtonsoft.Json.Linq.JObject")), "{}");
    assert_eq!(
        of("o", Type::String),
        "System.InvalidCastException: Cannot cast Newtonsoft.Json.Linq.JObject to Newtonsoft.Json.Linq.JToken."
    );
    assert_eq!(
        of("g", Type::named("System.Guid")),
        "System.InvalidCastException: Invalid cast from 'System.String' to 'System.Guid'."
    );
    let list = value("JToken", "JToken this[object key]", &[], vec![document.clone(), "l".into()]).unwrap().0;
    let to = |of: Type, token: &Value| called("JToken", "T ToObject<T>()", &[of], vec![token.clone()]);
    assert_eq!(to(Type::array_of(Type::String), &list), "[a b]");
    assert_eq!(to(Type::named("Newtonsoft.Json.Linq.JArray"), &list), r#"["a","b"]"#);
    assert_eq!(
        to(Type::named("Newtonsoft.Json.Linq.JObject"), &list),
        "Newtonsoft.Json.JsonSerializationException: Deserialized JSON type 'Newtonsoft.Json.Linq.JArray' is not compatible with \
         expected type 'Newtonsoft.Json.Linq.JObject'. Path 'l', line 1, position 67."
    );
    assert_eq!(
        called(
            "Extensions",
            "static IJEnumerable<U> Values<U>(this IEnumerable<JToken> source)",
            &[Type::String],
            vec![list]
        ),
        "[a b]"
    );
    assert_eq!(
        called("Extensions", "static U Value<U>(this IEnumerable<JToken> value)", &[Type::String], vec![token("3")]),
        "3"
    );
    let rows = token("[{k:1},{k:2},{}]");
    assert_eq!(
        called(
            "Extensions",
            "static IJEnumerable<U> Values<U>(this IEnumerable<JToken> source, object key)",
            &[Type::LONG],
            vec![rows, "k".into()]
        ),
        "[1 2]"
    );
}

#[test]
fn json_is_written_and_read() {
    let serialized = |value: Value| call("JsonConvert", "static string SerializeObject(object value)", vec![value]);
    assert_eq!(serialized(Value::Null), "null");
    assert_eq!(serialized("a\"b".into()), r#""a\"b""#);
    assert_eq!(serialized(Value::Double(1.0)), "1.0");
    assert_eq!(
        serialized(objects(vec![Value::Int(1), Value::Null, token("{a:[]}"), true.into()])),
        r#"[1,null,{"a":[]},true]"#
    );
    let read = |text: &str| call("JsonConvert", "static object DeserializeObject(string value)", vec![text.into()]);
    assert_eq!(read("{'a':1}"), r#"{"a":1}"#);
    assert_eq!(read("12"), "12");
    assert_eq!(read(""), "null");
    assert_eq!(
        read("{"),
        "Newtonsoft.Json.JsonReaderException: Error reading JObject from JsonReader. Path '', line 1, position 1."
    );
    let typed = |of: Type, text: &str| {
        called("JsonConvert", "static T DeserializeObject<T>(string value)", &[of], vec![text.into()])
    };
    assert_eq!(typed(Type::INT, "12"), "12");
    assert_eq!(typed(Type::array_of(Type::INT), "[1,2]"), "[1 2]");
    assert_eq!(call("JToken", "string ToString()", vec![token("{a:1}")]), "{\n  \"a\": 1\n}");
    assert_eq!(call("JToken", "string ToString()", vec![token("'x'")]), "x");
    assert_eq!(
        call("JToken", "static JToken FromObject(object o)", vec![Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 'o')"
    );
    assert_eq!(
        call("JObject", "static JObject FromObject(object o)", vec![objects(vec![])]),
        "System.ArgumentException: Object serialized to Array. JObject instance expected."
    );
}

/// Deserializes texts to types.
fn deserialized(cases: Vec<(Type, &str, &str)>) {
    for (of, text, expected) in cases {
        let found = called("JsonConvert", "static T DeserializeObject<T>(string value)", &[of], vec![text.into()]);
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn integers_are_deserialized_from_integers_only() {
    deserialized(vec![
        (Type::INT, "5", "5"),
        (Type::INT, "'5'", "5"),
        (
            Type::INT,
            "5.5",
            "Newtonsoft.Json.JsonReaderException: Input string '5.5' is not a valid integer. Path '', line 1, position 3.",
        ),
        (
            Type::INT,
            "null",
            "Newtonsoft.Json.JsonSerializationException: Error converting value {null} to type 'System.Int32'. Path '', line 1, position 4.",
        ),
        (
            Type::INT,
            "",
            "Newtonsoft.Json.JsonSerializationException: No JSON content found and type 'System.Int32' is not nullable. Path '', line 0, position 0.",
        ),
        (
            Type::INT,
            "'x'",
            "Newtonsoft.Json.JsonReaderException: Could not convert string to integer: x. Path '', line 1, position 3.",
        ),
        (
            Type::INT,
            "3000000000",
            "Newtonsoft.Json.JsonReaderException: JSON integer 3000000000 is too large or small for an Int32. Path '', line 1, position 10.",
        ),
        (Type::nullable_of(Type::INT), "null", "null"),
    ]);
}

#[test]
fn texts_are_deserialized_as_the_type_asks() {
    let number = |of| Type::Number(of);
    let class = Type::named;
    let pair = Type::generic("System.Collections.Generic.KeyValuePair", [Type::String, Type::INT]);
    let anonymous = Type::Anonymous([("a".into(), Type::INT), ("b".into(), Type::String)].into());
    deserialized(vec![
        (Type::String, "'x'", "x"),
        (Type::String, "5", "5"),
        (Type::String, "true", "true"),
        (Type::String, "'2024-03-05T07:08:09.50Z'", "2024-03-05T07:08:09.50Z"),
        (
            Type::String,
            "{}",
            "Newtonsoft.Json.JsonReaderException: Unexpected character encountered while parsing value: {. Path '', line 1, position 1.",
        ),
        (Type::Bool, "true", "True"),
        (
            Type::Bool,
            "'yes'",
            "Newtonsoft.Json.JsonReaderException: Could not convert string to boolean: yes. Path '', line 1, position 5.",
        ),
        (Type::DOUBLE, "1.5", "1.5"),
        (number(Number::Decimal), "1.50", "1.50"),
        (class("System.DateTime"), "'2024-03-05T07:08:09Z'", "03/05/2024 07:08:09"),
        (class("System.Guid"), "'0f8fad5b-d9cb-469f-a165-70867728950e'", "0f8fad5b-d9cb-469f-a165-70867728950e"),
        (class("System.TimeSpan"), "'01:02:03'", "01:02:03"),
        (class("System.DayOfWeek"), "3", "Wednesday"),
        (class("System.DayOfWeek"), "'Friday'", "Friday"),
        (Type::array_of(Type::INT), "[1,2]", "[1 2]"),
        (Type::array_of(Type::String), "['a',null]", "[a null]"),
        (
            class("Newtonsoft.Json.Linq.JArray"),
            "{}",
            "Newtonsoft.Json.JsonSerializationException: Deserialized JSON type 'Newtonsoft.Json.Linq.JObject' is not compatible with expected type 'Newtonsoft.Json.Linq.JArray'. Path '', line 1, position 2.",
        ),
        (class("Newtonsoft.Json.Linq.JToken"), "5", "5"),
        (Type::Object, "5", "5"),
        (pair, "{'Key':'a','Value':1}", "[a, 1]"),
        (anonymous, "{'a':1,'b':'x'}", "{ a = 1, b = x }"),
        (Type::Char, "'a'", "a"),
    ]);
    let day = called("JToken", "T ToObject<T>()", &[class("System.DayOfWeek")], vec![token("'x'")]);
    assert_eq!(day, "System.ArgumentException: Could not convert 'x' to DayOfWeek.");
}

#[test]
fn exceptions_of_reading_know_their_place() {
    let thrown = value("JObject", "static JObject Parse(string json)", &[], vec!["{\"a b\":[1,x]}".into()]);
    let Err(Thrown::Exception(exception)) = thrown else { panic!("no exception") };
    let exception = Value::object(crate::expression::exception::ExceptionObject(exception));
    let get = |signature: &str| call("JsonReaderException", signature, vec![exception.clone()]);
    assert_eq!(get("int LineNumber"), "1");
    assert_eq!(get("int LinePosition"), "10");
    assert_eq!(get("string Path"), "['a b'][0]");
}

#[test]
fn the_same_token_is_equal_however_it_was_reached() {
    let document = token("{a:{},v:1,w:1}");
    let get = |key: &str| child(&document, key);
    assert!(get("a").same(&get("a")) && get("v").same(&get("v")));
    assert!(!get("v").same(&get("w")));
    assert!(get("v").equals(&get("w")));
    assert!(!get("a").equals(&token("{}")));
    assert_eq!(get("v").hash_code(), get("w").hash_code());
}

#[test]
fn a_walk_over_a_changed_container_throws() {
    let array = json::parse("[1,2,3]").unwrap();
    let mut walk = crate::expression::sequence::enumerate(&token_value(array.clone())).ok().unwrap();
    machine(|machine| {
        assert_eq!(shown(&walk.next(machine).unwrap().unwrap()), "1");
        array.child(1).unwrap().remove().unwrap();
        let Err(Thrown::Exception(exception)) = walk.next(machine) else { panic!("no exception") };
        assert_eq!(exception.message, "Collection was modified; enumeration operation may not execute.");
    });
    let children = value("JToken", "IJEnumerable<JToken> Children()", &[], vec![token_value(array.clone())]).unwrap().0;
    array.clear().unwrap();
    // It gives what is there when it is walked over.
    assert_eq!(shown(&children), "[]");
    let items = machine(|machine| crate::expression::sequence::collect(&token("{a:1,b:null}"), machine).unwrap());
    assert_eq!(items.iter().map(shown).collect::<Vec<_>>(), ["\"a\":1", "\"b\":null"]);
    let pair = get().class_by_full_name("System.Collections.Generic.KeyValuePair", 2).unwrap();
    for (name, expected) in [("Key", "a"), ("Value", "1")] {
        let native = get().class(pair).members_named(name).next().unwrap().native;
        let got = machine(|machine| {
            let arguments = SmallVec::from_vec(vec![items[0].clone()]);
            native(&mut Call { machine, arguments, types: &[], outs: SmallVec::new() }).unwrap()
        });
        assert_eq!(shown(&got), expected);
    }
}

#[test]
fn copies_that_double_meet_the_budget() {
    let result = machine(|machine| {
        let object = JToken::object();
        let member = class("JObject").members_named("Add").next().unwrap();
        for index in 0..40 {
            let arguments = vec![token_value(object.clone()), format!("k{index}").into(), token_value(object.clone())];
            let mut call =
                Call { machine, arguments: SmallVec::from_vec(arguments), types: &[], outs: SmallVec::new() };
            if let Err(thrown) = (member.native)(&mut call) {
                return Some(thrown);
            }
        }
        None
    });
    assert!(matches!(result, Some(Thrown::Limit(_))), "{result:?}");
    assert_eq!(shown(&token_value(JToken::value(Scalar::Raw("r".into())))), "r");
}
