use super::*;
use crate::Exception;
use crate::work::{in_one_go, in_pieces};

fn xml_to_json(text: &str, options: XmlToJson) -> Result<String, Exception> {
    let made = in_one_go(super::xml_to_json(text, options));
    assert_eq!(in_pieces(super::xml_to_json(text, options), 1).0, made);
    made
}

fn json_to_xml(text: &str, options: &JsonToXml) -> Result<String, Exception> {
    let made = in_one_go(super::json_to_xml(text, options.clone()));
    assert_eq!(in_pieces(super::json_to_xml(text, options.clone()), 1).0, made);
    made
}

fn direct(text: &str) -> String {
    xml_to_json(text, XmlToJson::default()).unwrap()
}

#[test]
fn direct_is_what_newtonsoft_writes() {
    for (text, expected) in [
        ("<a/>", r#"{"a":null}"#),
        ("<a></a>", r#"{"a":""}"#),
        ("<a> </a>", r#"{"a":""}"#),
        ("<a>x</a>", r#"{"a":"x"}"#),
        ("<a x='1'/>", r#"{"a":{"@x":"1"}}"#),
        ("<a x='1'>t</a>", r##"{"a":{"@x":"1","#text":"t"}}"##),
        ("<a><b/></a>", r#"{"a":{"b":null}}"#),
        ("<a><b/><b/></a>", r#"{"a":{"b":[null,null]}}"#),
        ("<a><b>1</b><c/><b>2</b></a>", r#"{"a":{"b":["1","2"],"c":null}}"#),
        ("<a>x<b/>y</a>", r##"{"a":{"#text":["x","y"],"b":null}}"##),
        ("<a><!--c--><b/></a>", r#"{"a":{/*c*/"b":null}}"#),
        ("<a><!--c--><!--d--></a>", r##"{"a":{"#comment":[]}}"##),
        ("<a><![CDATA[x]]></a>", r##"{"a":{"#cdata-section":"x"}}"##),
        ("<a><![CDATA[x]]>y</a>", r##"{"a":{"#cdata-section":"x","#text":"y"}}"##),
        (
            "<?xml version='1.0' encoding='utf-8' standalone='yes'?><a/>",
            r#"{"?xml":{"@version":"1.0","@encoding":"utf-8","@standalone":"yes"},"a":null}"#,
        ),
        ("<!DOCTYPE a><a/>", r#"{"!DOCTYPE":{"@name":"a"},"a":null}"#),
        ("<?p d?><a/>", r#"{"?p":"d","a":null}"#),
        ("<a><?p d?></a>", r#"{"a":{"?p":"d"}}"#),
        ("<p:a xmlns:p='u' p:x='1'><p:b/></p:a>", r#"{"p:a":{"@xmlns:p":"u","@p:x":"1","p:b":null}}"#),
        ("<a xmlns='u'><b/></a>", r#"{"a":{"@xmlns":"u","b":null}}"#),
        ("<a xmlns='u'><p:b xmlns:p='u'/></a>", r#"{"a":{"@xmlns":"u","p:b":{"@xmlns:p":"u"}}}"#),
        ("<a><b><b>1</b></b></a>", r#"{"a":{"b":{"b":"1"}}}"#),
        ("<a>q\"\\\n\t/&lt;é\u{2028}</a>", "{\"a\":\"q\\\"\\\\\\n\\t/<é\\u2028\"}"),
        ("<a><b x='1'/><b>2</b></a>", r#"{"a":{"b":[{"@x":"1"},"2"]}}"#),
        ("<!--x--><a/><!--y-->", r##"{"#comment":[],"a":null}"##),
        ("<a xml:lang='en'>t</a>", r##"{"a":{"@xml:lang":"en","#text":"t"}}"##),
        (
            "<?xml version='1.0' encoding='us-ascii'?><!-- A --><s t='x'><!-- B --><u/><!-- C --><u i='1'/></s>",
            r##"{"?xml":{"@version":"1.0","@encoding":"us-ascii"}/* A */,"s":{"@t":"x","#comment":[],"u":[null,{"@i":"1"}]}}"##,
        ),
        ("<a><b xmlns='v'/></a>", r#"{"a":{"b":{"@xmlns":"v"}}}"#),
        (
            "<a xmlns:json='http://james.newtonking.com/projects/json'><b json:Array='true'>1</b></a>",
            r#"{"a":{"b":["1"]}}"#,
        ),
        ("<a_x0020_b x_x003A_y='1'/>", r#"{"a b":{"@x:y":"1"}}"#),
    ] {
        assert_eq!(direct(text), expected, "{text}");
    }
}

#[test]
fn javascript_friendly_has_no_colons_comments_or_declaration_object() {
    let options = XmlToJson { kind: Kind::JavascriptFriendly, ..XmlToJson::default() };
    let text = "<?xml version=\"1.0\"?><soap:Envelope xmlns=\"http://fyicenter.com/\" \
                xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><!-- c --><soap:Body><GetOrders>\
                <Customer>1234567</Customer></GetOrders></soap:Body></soap:Envelope>";
    let expected = "{\"version\":\"1.0\",\"soap$Envelope\":{\"@xmlns\":\"http://fyicenter.com/\",\
                    \"@xmlns$soap\":\"http://schemas.xmlsoap.org/soap/envelope/\",\
                    \"soap$Body\":{\"GetOrders\":{\"Customer\":\"1234567\"}}}}";
    assert_eq!(xml_to_json(text, options).unwrap(), expected);
}

#[test]
fn options_change_arrays_empty_values_and_white_space() {
    let text = "<a><b/><c></c><d> x </d><d>y</d></a>";
    let with = |options| xml_to_json(text, options).unwrap();
    let default = XmlToJson::default();
    assert_eq!(with(XmlToJson { always_array: true, ..default }), r#"{"a":{"b":[null],"c":[""],"d":[" x ","y"]}}"#);
    assert_eq!(
        with(XmlToJson { empty_values: EmptyValues::AsNull, ..default }),
        r#"{"a":{"b":null,"c":null,"d":[" x ","y"]}}"#
    );
    assert_eq!(
        with(XmlToJson { empty_values: EmptyValues::Preserve, trim: true, ..default }),
        r#"{"a":{"b":"","c":"","d":["x","y"]}}"#
    );
    assert!(xml_to_json("<a>", default).is_err());
    let deep = format!("{}{}", "<a>".repeat(2000), "</a>".repeat(2000));
    assert!(xml_to_json(&deep, default).is_err());
}

#[test]
fn json_becomes_elements() {
    let default = JsonToXml::default();
    for (text, expected) in [
        (r#"{"a":"x"}"#, "<a>x</a>"),
        (r#"{"a":1}"#, "<a>1</a>"),
        (r#"{"a":1.50}"#, "<a>1.5</a>"),
        (r#"{"a":1e3}"#, "<a>1000</a>"),
        (r#"{"a":1e21}"#, "<a>1E+21</a>"),
        (r#"{"a":12345678901234567890}"#, "<a>12345678901234567890</a>"),
        (r#"{"a":{}}"#, "<a />"),
        (r#"{"a":{"b":[1,2]}}"#, "<a><b>1</b><b>2</b></a>"),
        (r#"{"a":{"@x":"1","b":2}}"#, "<a x=\"1\"><b>2</b></a>"),
        (r##"{"a":{"@x":"1","#text":"t"}}"##, "<a x=\"1\">t</a>"),
        (r##"{"a":{"#cdata-section":"t"}}"##, "<a><![CDATA[t]]></a>"),
        (r#"{"?xml":{"@version":"1.0"},"a":"b"}"#, "<a>b</a>"),
        (r#"{"a":{"@xmlns":"u","b":1}}"#, "<a xmlns=\"u\"><b>1</b></a>"),
        (r#"{"p:a":{"@xmlns:p":"u","@p:x":"1","p:b":1}}"#, "<p:a xmlns:p=\"u\" p:x=\"1\"><p:b>1</p:b></p:a>"),
        (r#"{"a b":1}"#, "<a_x0020_b>1</a_x0020_b>"),
        (r#"{"1":2}"#, "<_x0031_>2</_x0031_>"),
        (r#"{"a":{"b":[[1,2],[3]]}}"#, "<a><b><b>1</b><b>2</b></b><b><b>3</b></b></a>"),
        (r#"{"a":"2024-01-02T03:04:05.120Z"}"#, "<a>2024-01-02T03:04:05.12Z</a>"),
        (r#"{"a":"2024-13-02T03:04:05.120Z"}"#, "<a>2024-13-02T03:04:05.120Z</a>"),
        (r#"{"a":{"?p":"d"}}"#, "<a><?p d?></a>"),
        (r#"{"a":1,"b":2}"#, "<Document><a>1</a><b>2</b></Document>"),
        (r#"[1,{"a":2}]"#, "<Document><Array>1</Array><Array><a>2</a></Array></Document>"),
        (r#"{"a":[1,2]}"#, "<Document><a>1</a><a>2</a></Document>"),
    ] {
        assert_eq!(json_to_xml(text, &default).unwrap(), expected, "{text}");
    }
    let kept = JsonToXml { parse_date: false, ..JsonToXml::default() };
    assert_eq!(json_to_xml(r#"{"a":"2024-01-02T03:04:05.120Z"}"#, &kept).unwrap(), "<a>2024-01-02T03:04:05.120Z</a>");
}

/// The body and the result of a public example of the gateway's json-to-xml.
#[test]
fn several_properties_nulls_and_empty_arrays_are_written_as_observed() {
    let text = r#"{"firstName":"John","isAlive":true,"age":25,"address":{"city":"New York"},
        "phoneNumbers":[{"type":"home"},{"type":"mobile"}],"children":[],"spouse":null}"#;
    let expected = "<Document><firstName>John</firstName><isAlive>True</isAlive><age>25</age>\
                    <address><city>New York</city></address><phoneNumbers><type>home</type></phoneNumbers>\
                    <phoneNumbers><type>mobile</type></phoneNumbers><children />\
                    <spouse xsi:nil=\"true\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" /></Document>";
    assert_eq!(json_to_xml(text, &JsonToXml::default()).unwrap(), expected);
}

/// The example of the policy's documentation.
#[test]
fn namespaces_and_attribute_blocks_are_taken_from_their_properties() {
    let text = r##"{"soapenv:Envelope":{"xmlns:soapenv":"http://schemas.xmlsoap.org/soap/envelope/","xmlns:v1":"urn:v1",
        "soapenv:Header":{},"soapenv:Body":{"v1:QueryList":{"#attrs":{"queryName":"test"},"v1:QueryItem":{"name":"dummy text"}}}}}"##;
    let options = JsonToXml {
        namespace_separator: ":".to_owned(),
        namespace_prefix: Some("xmlns".to_owned()),
        attribute_block_name: Some("#attrs".to_owned()),
        ..JsonToXml::default()
    };
    let expected = "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:v1=\"urn:v1\">\
                    <soapenv:Header /><soapenv:Body><v1:QueryList queryName=\"test\"><v1:QueryItem><name>dummy text</name>\
                    </v1:QueryItem></v1:QueryList></soapenv:Body></soapenv:Envelope>";
    assert_eq!(json_to_xml(text, &options).unwrap(), expected);
    let underscore = JsonToXml { namespace_prefix: Some("xmlns".to_owned()), ..JsonToXml::default() };
    let text = r#"{"s_a":{"xmlns_s":"urn:s","s_b":1,"no_prefix":2}}"#;
    assert_eq!(
        json_to_xml(text, &underscore).unwrap(),
        "<s:a xmlns:s=\"urn:s\"><s:b>1</s:b><no_prefix>2</no_prefix></s:a>"
    );
}

#[test]
fn wrong_json_is_an_error() {
    for text in [
        "",
        "{",
        "{\"a\":",
        "{\"a\" 1}",
        "[1",
        "tru",
        "{\"a\":1} x",
        "{\"a\":\"x",
        "{\"a\":\"\\q\"}",
        "{\"a\":{\"\":1}}",
    ] {
        assert!(json_to_xml(text, &JsonToXml::default()).is_err(), "{text}");
    }
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(json_to_xml(&deep, &JsonToXml::default()).is_err());
}

#[test]
fn attributes_and_namespaces_are_bounded_at_their_limits() {
    let members = |prefix: &str, count: usize| {
        let members: Vec<String> = (0..count).map(|at| format!("\"@{prefix}{at}\":\"u\"")).collect();
        format!("{{\"r\":{{{}}}}}", members.join(","))
    };
    for (text, refused) in [
        (members("a", 2048), None),
        (members("a", 2049), Some("An element has more than 2048 attributes.")),
        (members("xmlns:n", 512), None),
        (members("xmlns:n", 513), Some("More than 512 namespace declarations are in scope.")),
    ] {
        let message = json_to_xml(&text, &JsonToXml::default()).err().map(|error| error.message.into_owned());
        assert_eq!(message.as_deref(), refused);
    }
}
