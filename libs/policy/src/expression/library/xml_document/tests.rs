//! The members of System.Xml, called as compiled code calls them; the values are those of .NET.
#![allow(clippy::cloned_ref_to_slice_refs, reason = "arguments read alike whether one or more are given")]

use super::super::native_tests::call;
use crate::expression::display;
use crate::expression::machine::{Host, Machine};
use crate::expression::sequence;
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

fn value(class: &str, signature: &str, arguments: &[Value]) -> Value {
    call(&format!("System.{class}"), signature, arguments).unwrap().0
}

fn text(value: &Value) -> String {
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    display::to_text(value, &mut machine).unwrap().to_string()
}

fn get(class: &str, signature: &str, arguments: &[Value]) -> String {
    match call(&format!("System.{class}"), signature, arguments) {
        Ok((value, _)) => text(&value),
        Err(error) => error,
    }
}

fn load(xml: &str) -> Value {
    let document = value("Xml.XmlDocument", "()", &[]);
    value("Xml.XmlDocument", "void LoadXml(string xml)", &[document.clone(), xml.into()]);
    document
}

#[test]
fn documents_are_loaded_and_selected_from() {
    let document = load("<UserDelegationKey><SignedOid>1</SignedOid><Value a='x'>k</Value></UserDelegationKey>");
    let root = value("Xml.XmlDocument", "XmlElement DocumentElement", &[document.clone()]);
    let select = "XmlNode SelectSingleNode(string xpath)";
    let found = value("Xml.XmlNode", select, &[root.clone(), "/UserDelegationKey/SignedOid".into()]);
    assert_eq!(get("Xml.XmlNode", "string InnerText", &[found]), "1");
    let none = value("Xml.XmlNode", select, &[root.clone(), "none".into()]);
    assert!(none.is_null());
    let item = value("Xml.XmlNode", "XmlElement this[string name]", &[root, "Value".into()]);
    assert_eq!(get("Xml.XmlNode", "string OuterXml", &[item.clone()]), "<Value a=\"x\">k</Value>");
    assert_eq!(get("Xml.XmlElement", "string GetAttribute(string name)", &[item.clone(), "a".into()]), "x");
    assert_eq!(get("Xml.XmlElement", "string GetAttribute(string name)", &[item.clone(), "b".into()]), "");
    let attributes = value("Xml.XmlNode", "XmlAttributeCollection Attributes", &[item]);
    let attribute = value("Xml.XmlAttributeCollection", "XmlAttribute this[string name]", &[attributes, "a".into()]);
    assert_eq!(get("Xml.XmlNode", "string Value", &[attribute]), "x");
    let list = value("Xml.XmlNode", "XmlNodeList SelectNodes(string xpath)", &[document.clone(), "//*".into()]);
    assert_eq!(get("Xml.XmlNodeList", "int Count", &[list]), "3");
    assert_eq!(get("Xml.XmlNode", "string Name", &[document]), "#document");
    assert_eq!(
        get("Xml.XmlDocument", "void LoadXml(string xml)", &[value("Xml.XmlDocument", "()", &[]), "".into()]),
        "System.Xml.XmlException: Root element is missing."
    );
}

#[test]
fn namespaces_are_named_by_a_manager() {
    let document = load("<s:E xmlns:s='urn:s'><s:B>x</s:B></s:E>");
    let table = value("Xml.XmlDocument", "XmlNameTable NameTable", &[document.clone()]);
    let manager = value("Xml.XmlNamespaceManager", "(XmlNameTable nameTable)", &[table]);
    value(
        "Xml.XmlNamespaceManager",
        "void AddNamespace(string prefix, string uri)",
        &[manager.clone(), "p".into(), "urn:s".into()],
    );
    let select = "XmlNode SelectSingleNode(string xpath, XmlNamespaceManager nsmgr)";
    let found = value("Xml.XmlNode", select, &[document.clone(), "//p:B".into(), manager.clone()]);
    assert_eq!(get("Xml.XmlNode", "string Name", &[found.clone()]), "s:B");
    assert_eq!(get("Xml.XmlNode", "string InnerText", &[found]), "x");
    assert_eq!(
        get("Xml.XmlNode", "XmlNode SelectSingleNode(string xpath)", &[document, "//q:B".into()]),
        "System.Xml.XPath.XPathException: Namespace prefix 'q' is not defined."
    );
    let element =
        value("Xml.Linq.XElement", "static XElement Parse(string text)", &["<a xmlns='urn:s'><B/></a>".into()]);
    let select =
        "static XElement XPathSelectElement(this XNode node, string expression, IXmlNamespaceResolver resolver)";
    let found = value("Xml.XPath.Extensions", select, &[element.clone(), "p:B".into(), manager]);
    assert_eq!(text(&found), "<B xmlns=\"urn:s\" />");
    let evaluate = "static object XPathEvaluate(this XNode node, string expression)";
    assert_eq!(get("Xml.XPath.Extensions", evaluate, &[element, "count(//*)".into()]), "1");
}

#[test]
fn a_reader_walks_over_a_document() {
    let xml = "<?xml version=\"1.0\"?><e><b> <c k='v'>ABC</c><d/></b></e>";
    let source = value("IO.StringReader", "(string s)", &[xml.into()]);
    let reader = value("Xml.XmlReader", "static XmlReader Create(TextReader input)", &[source]);
    assert_eq!(get("Xml.XmlReader", "XmlNodeType MoveToContent()", &[reader.clone()]), "Element");
    let mut names = Vec::new();
    let mut found = Value::Null;
    while get("Xml.XmlReader", "bool EOF", &[reader.clone()]) == "False" {
        let name = get("Xml.XmlReader", "string Name", &[reader.clone()]);
        if name == "c" {
            assert_eq!(get("Xml.XmlReader", "string GetAttribute(string name)", &[reader.clone(), "k".into()]), "v");
            found = value("Xml.Linq.XNode", "static XNode ReadFrom(XmlReader reader)", &[reader.clone()]);
        } else {
            value("Xml.XmlReader", "bool Read()", &[reader.clone()]);
        }
        names.push(name);
    }
    assert_eq!(names.join(" "), "e b  c d b e");
    assert_eq!(get("Xml.Linq.XElement", "string Value", &[found]), "ABC");
    let children = sequence_length(&load("<a><b/><c/></a>"));
    assert_eq!(children, 1);
}

fn sequence_length(value: &Value) -> usize {
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    sequence::collect(value, &mut machine).unwrap().len()
}
