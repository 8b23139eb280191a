//! Trees that are built and changed; the expected texts are what C# prints.

use super::*;
use crate::{Exception, Text};

fn with(expanded: &str, contents: Vec<Content>) -> XNode {
    let node = XNode::element(name(expanded));
    node.add(Content::Many(contents)).unwrap();
    node
}

fn text(value: &str) -> Content {
    Content::Text(Text::new(value))
}

fn child(expanded: &str) -> Content {
    Content::Node(XNode::element(name(expanded)))
}

fn attribute(expanded: &str, value: &str) -> Content {
    Content::Attribute(XAttribute::new(name(expanded), value))
}

fn written(node: &XNode) -> String {
    node.write(SaveOptions::None).unwrap().to_string()
}

fn message<T>(result: Result<T, Exception>) -> String {
    result.err().map(|exception| exception.message.into_owned()).unwrap_or_default()
}

#[test]
fn namespaces_are_declared_where_they_are_needed() {
    let xmlns = |prefix: &str| format!("{{{XMLNS_NAMESPACE}}}{prefix}");
    for (node, expected) in [
        (with("{urn:u}a", vec![]), "<a xmlns=\"urn:u\" />"),
        (
            with(
                "{urn:u}a",
                vec![child("{urn:u}b"), child("c"), Content::Node(with("{urn:v}d", vec![child("{urn:u}e")]))],
            ),
            "<a xmlns=\"urn:u\">\n  <b />\n  <c xmlns=\"\" />\n  <d xmlns=\"urn:v\">\n    <e xmlns=\"urn:u\" />\n  </d>\n</a>",
        ),
        (with("a", vec![attribute("{urn:u}x", "1")]), "<a p1:x=\"1\" xmlns:p1=\"urn:u\" />"),
        (
            with("a", vec![attribute("{urn:u}x", "1"), attribute("{urn:v}y", "2"), attribute("{urn:u}z", "3")]),
            "<a p1:x=\"1\" p2:y=\"2\" p1:z=\"3\" xmlns:p2=\"urn:v\" xmlns:p1=\"urn:u\" />",
        ),
        (with("{urn:u}a", vec![attribute("{urn:u}x", "1")]), "<a p1:x=\"1\" xmlns:p1=\"urn:u\" xmlns=\"urn:u\" />"),
        (
            with(
                "{urn:u}a",
                vec![attribute("{urn:v}x", "1"), Content::Node(with("{urn:v}b", vec![attribute("{urn:u}y", "2")]))],
            ),
            "<a p1:x=\"1\" xmlns:p1=\"urn:v\" xmlns=\"urn:u\">\n  <p1:b p3:y=\"2\" xmlns:p3=\"urn:u\" />\n</a>",
        ),
        (
            with(
                "r",
                vec![Content::Node(with(
                    "a",
                    vec![attribute("{urn:u}x", "1"), Content::Node(with("q", vec![attribute("{urn:v}x", "1")]))],
                ))],
            ),
            "<r>\n  <a p2:x=\"1\" xmlns:p2=\"urn:u\">\n    <q p4:x=\"1\" xmlns:p4=\"urn:v\" />\n  </a>\n</r>",
        ),
        (with("{urn:u}a", vec![attribute(&xmlns("p"), "urn:u")]), "<p:a xmlns:p=\"urn:u\" />"),
        (
            with(
                "{urn:u}a",
                vec![
                    attribute("xmlns", "urn:u"),
                    attribute(&xmlns("p"), "urn:u"),
                    Content::Node(with("{urn:u}b", vec![attribute("{urn:u}c", "1")])),
                ],
            ),
            "<p:a xmlns=\"urn:u\" xmlns:p=\"urn:u\">\n  <p:b p:c=\"1\" />\n</p:a>",
        ),
    ] {
        assert_eq!(written(&node), expected);
    }
    let contradiction = with("a", vec![attribute("xmlns", "urn:v")]).write(SaveOptions::None);
    assert_eq!(
        message(contradiction),
        "The prefix '' cannot be redefined from '' to 'urn:v' within the same start element tag."
    );
    let nested = element("<a xmlns='u' xmlns:p='v'><b p:x='1'/><p:c><d xmlns=''/></p:c></a>").elements(None);
    assert_eq!(written(&nested[0]), "<b p:x=\"1\" xmlns:p=\"v\" xmlns=\"u\" />");
    assert_eq!(written(&nested[1]), "<p:c xmlns:p=\"v\">\n  <d xmlns=\"\" />\n</p:c>");
}

#[test]
fn content_is_flattened_and_text_joined() {
    let node = with(
        "a",
        vec![text("x"), text("y"), Content::Nothing, child("b"), Content::Many(vec![text("p"), text("q")]), text("z")],
    );
    assert_eq!(written(&node), "<a>xy<b />pqz</a>");
    assert_eq!(node.nodes().len(), 3);
    assert_eq!(written(&with("a", vec![text("")])), "<a></a>");
    assert_eq!(written(&with("a", vec![Content::Nothing])), "<a />");
    assert_eq!(written(&with("a", vec![Content::Node(XNode::text(""))])), "<a></a>");
    let twice = with("a", vec![Content::Node(XNode::text("x")), Content::Node(XNode::text("y"))]);
    assert_eq!(twice.nodes().len(), 2);
}

#[test]
fn nodes_are_added_beside_removed_and_replaced() {
    let node = with("a", vec![child("b"), text("t")]);
    node.add_first(Content::Many(vec![text("x"), text("y")])).unwrap();
    assert_eq!(written(&node), "<a>xy<b />t</a>");

    let node = with("a", vec![child("b")]);
    let b = node.first_element(&name("b")).unwrap();
    b.add_before_self(Content::Many(vec![text("x"), child("c")])).unwrap();
    b.add_after_self(Content::Many(vec![child("d"), text("y")])).unwrap();
    assert_eq!(written(&node), "<a>x<c /><b /><d />y</a>");
    assert_eq!(b.previous_node().unwrap().name(), Some(name("c")));
    assert_eq!(b.next_node().unwrap().name(), Some(name("d")));
    b.remove().unwrap();
    assert!(b.parent().is_none());
    assert_eq!(written(&node), "<a>x<c /><d />y</a>");

    let node = with("a", vec![Content::Node(with("b", vec![text("1")])), child("c")]);
    let b = node.first_element(&name("b")).unwrap();
    b.replace_with(Content::Many(vec![text("t"), Content::Node(b.clone())])).unwrap();
    assert_eq!(written(&node), "<a>t<b>1</b><c /></a>");

    let node = with("a", vec![]);
    node.add(Content::Node(node.clone())).unwrap();
    assert_eq!(written(&node), "<a>\n  <a />\n</a>");

    let only = with("a", vec![child("b")]);
    only.first_node().unwrap().remove().unwrap();
    assert_eq!(written(&only), "<a />");
}

#[test]
fn what_is_in_a_tree_is_copied_when_it_is_added_again() {
    let first = element("<a><b x='1'/></a>");
    let b = first.first_node().unwrap();
    let second = with("c", vec![Content::Node(b.clone()), Content::Attribute(b.attribute(&name("x")).unwrap())]);
    assert!(b.parent().unwrap().is(&first));
    assert!(!second.first_node().unwrap().is(&b));
    assert_eq!(written(&second), "<c x=\"1\">\n  <b x=\"1\" />\n</c>");
}

#[test]
fn a_part_of_a_tree_keeps_the_rest_alive() {
    let inner = element("<a xmlns:p='v'><b/><p:c x='1'/></a>").last_node().unwrap();
    assert_eq!(inner.parent().unwrap().name(), Some(name("a")));
    assert_eq!(inner.previous_node().unwrap().name(), Some(name("b")));
    assert_eq!(written(&inner), "<p:c x=\"1\" xmlns:p=\"v\" />");
    let x = element("<a><b x='1'/></a>").first_node().unwrap().attributes().remove(0);
    assert_eq!(x.parent().unwrap().parent().unwrap().name(), Some(name("a")));
    let added = XNode::element(name("e"));
    let below = with("f", vec![]);
    added.add(Content::Node(below.clone())).unwrap();
    with("outer", vec![Content::Node(added.clone())]);
    drop(added);
    assert_eq!(written(&below.parent().unwrap().parent().unwrap()), "<outer>\n  <e>\n    <f />\n  </e>\n</outer>");
}

#[test]
fn values_are_set_as_text() {
    let node = with("a", vec![]);
    node.set_attribute_value(&name("x"), Some(Text::new("true")));
    node.set_element_value(&name("b"), Some(Text::new("5"))).unwrap();
    node.set_element_value(&name("b"), Some(Text::new("6"))).unwrap();
    node.set_attribute_value(&name("y"), Some(Text::new("1")));
    node.set_attribute_value(&name("y"), None);
    assert_eq!(written(&node), "<a x=\"true\">\n  <b>6</b>\n</a>");
    node.set_element_value(&name("b"), None).unwrap();
    assert_eq!(written(&node), "<a x=\"true\" />");
    node.set_value(&Text::default());
    assert_eq!(written(&node), "<a x=\"true\"></a>");
    node.remove_all();
    assert_eq!(written(&node), "<a />");
    assert_eq!(element("<a>1<b>2<!--c--><![CDATA[3]]></b>4</a>").value(), "1234");
}

#[test]
fn wrong_structures_are_refused_in_the_words_of_dotnet() {
    let structure = "This operation would create an incorrectly structured document.";
    let document = || XNode::document(None);
    assert_eq!(message(document().add(Content::Many(vec![child("a"), child("b")]))), structure);
    assert_eq!(message(document().add(text("x"))), "Non-whitespace characters cannot be added to content.");
    assert_eq!(message(document().add(attribute("a", "1"))), "An attribute cannot be added to content.");
    assert_eq!(
        message(document().add(Content::Node(XNode::cdata("a")))),
        "A node of type CDATA cannot be added to content."
    );
    let a = with("a", vec![attribute("x", "1")]);
    assert_eq!(message(a.add(Content::Node(document()))), "A node of type Document cannot be added to content.");
    assert_eq!(message(a.add(attribute("x", "2"))), "Duplicate attribute.");
    assert_eq!(message(a.remove()), "The parent is missing.");
    assert_eq!(message(a.add_after_self(text("x"))), "The parent is missing.");
    assert_eq!(message(XNode::instruction("xml", "x")), "'xml' is an invalid name for a processing instruction.");
    let control = with("a", vec![text("\u{1}")]);
    assert_eq!(message(control.write(SaveOptions::None)), "'\u{1}', hexadecimal value 0x01, is an invalid character.");
}

#[test]
fn documents_are_saved_with_a_declaration() {
    let declaration = XDeclaration::new(Declaration {
        version: Some(Text::new("1.0")),
        encoding: Some(Text::new("utf-8")),
        standalone: Some(Text::new("yes")),
    });
    let document = XNode::document(Some(declaration.clone()));
    document.add(Content::Node(with("a", vec![child("b")]))).unwrap();
    assert_eq!(declaration.to_string(), "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>");
    assert_eq!(
        document.save(SaveOptions::None).unwrap(),
        "<?xml version=\"1.0\" encoding=\"utf-16\" standalone=\"yes\"?>\n<a>\n  <b />\n</a>"
    );
    document.set_declaration(None);
    assert_eq!(
        document.save(SaveOptions::DisableFormatting).unwrap(),
        "<?xml version=\"1.0\" encoding=\"utf-16\"?><a><b /></a>"
    );
    assert_eq!(written(&document), "<a>\n  <b />\n</a>");
    let doctype = |public: Option<&str>, system: Option<&str>, subset: Option<&str>| {
        written(&XNode::document_type(DocumentType {
            name: Text::new("a"),
            public_id: public.map(Text::new),
            system_id: system.map(Text::new),
            internal_subset: subset.map(Text::new),
        }))
    };
    assert_eq!(doctype(Some("p"), Some("s"), Some("i")), "<!DOCTYPE a PUBLIC \"p\" \"s\"[i]>");
    assert_eq!(doctype(None, None, None), "<!DOCTYPE a >");
}

#[test]
fn awkward_leaves_are_written_so_that_they_can_be_read() {
    assert_eq!(written(&XNode::comment("a--b")), "<!--a- -b-->");
    assert_eq!(written(&with("a", vec![Content::Node(XNode::comment("a--b-"))])), "<a>\n  <!--a- -b- -->\n</a>");
    assert_eq!(written(&XNode::cdata("a]]>b")), "<![CDATA[a]]]]><![CDATA[>b]]>");
    assert_eq!(written(&XNode::text("a<b")), "a&lt;b");
    assert_eq!(written(&XNode::instruction("p", "x?>y").unwrap()), "<?p x? >y?>");
    assert_eq!(XAttribute::new(name("a"), "x\"'<>&\n").to_string(), "a=\"x&quot;'&lt;&gt;&amp;&#xA;\"");
    assert_eq!(XAttribute::new(name("{urn:u}a"), "x").to_string(), "p0:a=\"x\"");
}

#[test]
fn deep_equality_is_that_of_dotnet() {
    for (left, right, equal) in [
        ("<a/>", "<a></a>", false),
        ("<a x='1' y='2'/>", "<a y='2' x='1'/>", false),
        ("<a>x<!--c--></a>", "<a>x</a>", false),
        ("<a>x</a>", "<a><![CDATA[x]]></a>", false),
        ("<p:a xmlns:p='u'/>", "<a xmlns='u'/>", false),
        ("<a><b/></a>", "<a> <b/> </a>", true),
        ("<a>x</a>", "<a>x</a>", true),
    ] {
        assert_eq!(element(left).deep_equals(&element(right)), equal, "{left} {right}");
    }
    let split = with("a", vec![Content::Node(XNode::text("x")), Content::Node(XNode::text("y"))]);
    assert!(split.deep_equals(&with("a", vec![text("xy")])));
}

#[test]
fn axes_and_namespaces_are_found() {
    let root = element("<a xmlns='u' xmlns:p='v'><p:b><c/>t</p:b><c/><!--x--></a>");
    let names = |nodes: Vec<XNode>| {
        nodes.iter().filter_map(XNode::name).map(|name| name.local().to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(root.descendants(None)), "b c c");
    assert_eq!(names(root.descendants(Some(&name("{u}c")))), "c c");
    assert_eq!(names(root.descendants_and_self(None)), "a b c c");
    assert_eq!(names(root.elements(None)), "b c");
    assert_eq!(root.elements(Some(&name("c"))).len(), 0);
    let inner = root.descendants(Some(&name("{u}c"))).remove(0);
    assert_eq!(names(inner.ancestors(None)), "b a");
    assert_eq!(names(inner.ancestors_and_self(None)), "c b a");
    assert_eq!(names(root.first_node().unwrap().elements_after_self(None)), "c");
    assert_eq!(inner.default_namespace(), "u");
    assert_eq!(inner.namespace_of_prefix("p").as_deref(), Some("v"));
    assert_eq!(inner.namespace_of_prefix("q"), None);
    assert_eq!(root.prefix_of_namespace("v").as_deref(), Some("p"));
    assert_eq!(root.prefix_of_namespace("u"), None);
    let last = root.last_node().unwrap();
    assert_eq!(inner.compare_document_order(&last), Some(std::cmp::Ordering::Less));
    assert_eq!(inner.compare_document_order(&XNode::text("x")), None);
}
