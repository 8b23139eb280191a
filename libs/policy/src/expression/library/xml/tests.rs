//! The members of System.Xml.Linq, called as compiled code calls them; the values are those of .NET.
#![allow(clippy::cloned_ref_to_slice_refs, reason = "arguments read alike whether one or more are given")]

use postern_dotnet::date::TimeSpan;

use super::super::native_tests::{call, set_with};
use super::values::name_value;
use crate::expression::array::Array;
use crate::expression::display;
use crate::expression::machine::{Host, Machine};
use crate::expression::sequence;
use crate::expression::types::Type;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

fn with_machine<T>(run: impl FnOnce(&mut Machine<'_>) -> T) -> T {
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    run(&mut Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None }))
}

/// The text of a value; of a sequence its items.
fn text(value: &Value) -> String {
    with_machine(|machine| {
        if !matches!(value, Value::String(_))
            && let Ok(items) = sequence::collect(value, machine)
        {
            let items = items.iter().map(|item| display::to_text(item, machine).unwrap().to_string());
            return items.collect::<Vec<_>>().join("|");
        }
        display::to_text(value, machine).unwrap().to_string()
    })
}

/// What a member gives, as text; exceptions as `Type: message`.
fn get(class: &str, signature: &str, arguments: &[Value]) -> String {
    match call(&format!("System.Xml.Linq.{class}"), signature, arguments) {
        Ok((value, _)) => text(&value),
        Err(error) => error,
    }
}

fn value(class: &str, signature: &str, arguments: &[Value]) -> Value {
    call(&format!("System.Xml.Linq.{class}"), signature, arguments).unwrap().0
}

fn name(expanded: &str) -> Value {
    name_value(postern_dotnet::xml::XName::parse(expanded).unwrap())
}

fn parse(xml: &str) -> Value {
    value("XElement", "static XElement Parse(string text)", &[xml.into()])
}

fn objects(values: &[Value]) -> Value {
    Value::object(Array::values(Type::Object, values.to_vec()))
}

#[test]
fn elements_are_built_from_content_of_all_kinds() {
    let attribute = value("XAttribute", "(XName name, object value)", &[name("x"), Value::Bool(true)]);
    let inner = value("XElement", "(XName name, object content)", &[name("b"), Value::Int(5)]);
    let hour: Value = TimeSpan::from_hours(1.5).unwrap().into();
    let list = objects(&["p".into(), Value::Null, Value::Double(f64::INFINITY), hour]);
    let content = objects(&[attribute, inner, "t".into(), list]);
    let element = value("XElement", "(XName name, params object[] content)", &[name("{urn:u}a"), content]);
    assert_eq!(text(&element), "<a x=\"true\" xmlns=\"urn:u\">\n  <b xmlns=\"\">5</b>tpINFPT1H30M</a>");
}

#[test]
fn parts_of_a_document_are_reached() {
    let xml = "<?xml version='1.0'?><s:E xmlns:s='urn:s'><s:B><n id='1'>x</n><n id='2'>y</n></s:B></s:E>";
    let document = value("XDocument", "static XDocument Parse(string text)", &[xml.into()]);
    let descendants = "IEnumerable<XElement> Descendants(XName name)";
    assert_eq!(get("XContainer", descendants, &[document.clone(), name("n")]), "<n id=\"1\">x</n>|<n id=\"2\">y</n>");
    let root = value("XDocument", "XElement Root", &[document.clone()]);
    assert_eq!(get("XElement", "XName Name", &[root.clone()]), "{urn:s}E");
    assert_eq!(get("XElement", "string Value", &[root.clone()]), "xy");
    let body = value("XContainer", "XElement Element(XName name)", &[root.clone(), name("{urn:s}B")]);
    let first = value("XContainer", "XNode FirstNode", &[body.clone()]);
    assert_eq!(get("XElement", "XAttribute Attribute(XName name)", &[first.clone(), name("id")]), "id=\"1\"");
    assert_eq!(get("XObject", "XmlNodeType NodeType", &[first.clone()]), "Element");
    assert_eq!(get("XNode", "XNode NextNode", &[first.clone()]), "<n id=\"2\">y</n>");
    let parent = value("XObject", "XElement Parent", &[first.clone()]);
    let same = "static bool operator ==(XObject left, XObject right)";
    assert_eq!(get("XObject", same, &[parent, body.clone()]), "True");
    assert_eq!(get("XObject", same, &[first, body.clone()]), "False");
    assert_eq!(get("XObject", same, &[body.clone(), Value::Null]), "False");
    assert_eq!(get("XDocument", "XDeclaration Declaration", &[document]), "<?xml version=\"1.0\"?>");
    assert_eq!(get("XContainer", "XElement Element(XName name)", &[root, name("none")]), "");
    let all = value("XContainer", "IEnumerable<XElement> Elements()", &[body]);
    let attributes = "static IEnumerable<XAttribute> Attributes(this IEnumerable<XElement> source, XName name)";
    assert_eq!(get("Extensions", attributes, &[all, name("id")]), "id=\"1\"|id=\"2\"");
}

#[test]
fn trees_are_changed_through_any_reference() {
    let root = parse("<a><b/></a>");
    let b = value("XContainer", "XElement Element(XName name)", &[root.clone(), name("b")]);
    value("XNode", "void AddBeforeSelf(object content)", &[b.clone(), "t".into()]);
    value("XElement", "void SetAttributeValue(XName name, object value)", &[b.clone(), name("k"), Value::Int(1)]);
    value("XElement", "void SetElementValue(XName name, object value)", &[root.clone(), name("c"), Value::Bool(false)]);
    with_machine(|machine| {
        set_with(machine, "System.Xml.Linq.XElement", "string Value", &[b.clone(), "v".into()]).unwrap();
    });
    assert_eq!(text(&root), "<a>t<b k=\"1\">v</b><c>false</c></a>");
    value("XNode", "void Remove()", &[b.clone()]);
    assert_eq!(text(&root), "<a>t<c>false</c></a>");
    assert_eq!(get("XNode", "void Remove()", &[b]), "System.InvalidOperationException: The parent is missing.");
    let all = value("XContainer", "IEnumerable<XElement> Descendants()", &[root.clone()]);
    value("Extensions", "static void Remove(this IEnumerable<XNode> source)", &[all]);
    assert_eq!(get("XNode", "string ToString()", &[root]), "<a>t</a>");
}

#[test]
fn values_are_cast_as_xml_has_them() {
    let element = |text: &str| parse(&format!("<a>{text}</a>"));
    for (of, text, expected) in [
        ("int", " 5 ", "5"),
        ("bool", " TRUE ", "True"),
        ("double", "INF", "Infinity"),
        ("decimal", "1.50", "1.50"),
        ("long", "99999999999", "99999999999"),
        ("DateTime", "2024-01-02T03:04:05Z", "01/02/2024 03:04:05"),
        ("TimeSpan", "PT1H2M", "01:02:00"),
        ("bool", "x", "System.FormatException: The string 'x' is not a valid Boolean value."),
        ("int", "x", "System.FormatException: The input string 'x' was not in a correct format."),
        ("int", "99999999999", "System.OverflowException: Value was either too large or too small for an Int32."),
    ] {
        let signature = format!("static explicit operator {of}(XElement element)");
        assert_eq!(get("XElement", &signature, &[element(text)]), expected, "{of} {text}");
    }
    assert_eq!(get("XElement", "static explicit operator int?(XElement element)", &[Value::Null]), "");
    assert_eq!(get("XElement", "static explicit operator string(XElement element)", &[Value::Null]), "");
    assert_eq!(
        get("XElement", "static explicit operator int(XElement element)", &[Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 'element')"
    );
}

#[test]
fn names_and_namespaces_make_each_other() {
    let namespace = value("XNamespace", "static implicit operator XNamespace(string namespaceName)", &["urn:u".into()]);
    let qualified = "static XName operator +(XNamespace ns, string localName)";
    let added = value("XNamespace", qualified, &[namespace, "a".into()]);
    assert_eq!(text(&added), "{urn:u}a");
    let equal = "static bool operator ==(XName left, XName right)";
    assert_eq!(get("XName", equal, &[added.clone(), name("{urn:u}a")]), "True");
    assert_eq!(get("XName", "XNamespace Namespace", &[added]), "urn:u");
    assert_eq!(
        get("XName", "static implicit operator XName(string expandedName)", &["a b".into()]),
        "System.Xml.XmlException: The ' ' character, hexadecimal value 0x20, cannot be included in a name."
    );
}

#[test]
fn wrong_documents_throw() {
    assert_eq!(
        get("XDocument", "static XDocument Parse(string text)", &["<ab>".into()]),
        "System.Xml.XmlException: Unexpected end of file has occurred. The following elements are not closed: ab. Line 1, position 5."
    );
    assert_eq!(
        get("XElement", "static XElement Parse(string text)", &[Value::Null]),
        "System.ArgumentNullException: Value cannot be null. (Parameter 's')"
    );
}
