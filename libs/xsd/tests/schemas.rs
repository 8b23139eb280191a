//! Which schemas are refused, in whose words, and what schemas and documents that mean harm come to.
//!
//! `refused.txt` has what stands in an `xs:schema` and, behind a tab, what System.Xml (of Mono, which has Microsoft's source) says of it first;
//! nothing where it takes the schema.

#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use std::fmt::Write as _;

use postern_xsd::{Checking, Document, Finding, Schemas, Source, Violation};

fn compile(body: &str) -> Result<Schemas, Vec<Finding>> {
    let text = format!("<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n{body}\n</xs:schema>");
    Schemas::compile(&[Source { location: "main.xsd", text: &text }], &[])
}

fn validate(schemas: &Schemas, text: &str) -> Vec<Violation> {
    let document = Document::read(text).unwrap();
    let root = document.root().unwrap();
    schemas.validate(document, root)
}

#[test]
fn schemas_are_refused_in_the_words_of_dotnet() {
    let mut wrong = Vec::new();
    let lines: Vec<&str> = include_str!("refused.txt").lines().collect();
    for pair in lines.chunks(2) {
        let [schema, message] = pair else { panic!("a schema without its message: {pair:?}") };
        let found = compile(schema).err().and_then(|findings| findings.into_iter().next());
        let said = found.as_ref().map_or("", |finding| finding.message.as_str());
        let has_place = found.as_ref().is_none_or(|finding| finding.line == 2 && finding.position > 0);
        if said != message.trim_start() || !has_place {
            wrong.push(format!("{schema}\n  expected {message}\n  found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), lines.len() / 2, wrong.join("\n"));
}

#[test]
fn findings_name_the_document_and_the_line() {
    let part =
        "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'>\n\n  <xs:element name='a' type='none'/></xs:schema>";
    let main = "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:include schemaLocation='/schemas/part'/></xs:schema>";
    let part = Source { location: "/schemas/part", text: part };
    let found = Schemas::compile(&[Source { location: "/schemas/main", text: main }], &[part]).unwrap_err();
    let expected = Finding {
        location: "/schemas/part".to_owned(),
        line: 3,
        position: 4,
        message: "Type 'none' is not declared.".to_owned(),
    };
    assert_eq!(found, [expected]);
    let broken = Schemas::compile(&[Source { location: "x", text: "<xs:schema" }], &[]).unwrap_err();
    assert_eq!((broken.len(), broken[0].location.as_str()), (1, "x"));
    let other = Schemas::compile(&[Source { location: "x", text: "<a/>" }], &[]).unwrap_err();
    assert!(other[0].message.starts_with("The root element of a W3C XML Schema should be <schema>"), "{other:?}");
}

#[allow(clippy::too_many_lines, clippy::type_complexity, reason = "a table")]
#[test]
fn documents_of_a_set_are_found_and_told_by_what_they_are() {
    let schema = |target: &str, body: &str| {
        format!(
            "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='{target}' xmlns:t='{target}'>{body}</xs:schema>"
        )
    };
    let import = |namespace: &str, location: &str| format!("<xs:import namespace='{namespace}' {location}/>");
    let uses = |namespace: &str, location: &str| {
        import(namespace, location) + &format!("<xs:element name='r' xmlns:o='{namespace}' type='o:T'/>")
    };
    let part = "<xs:simpleType name='T'><xs:restriction base='xs:int'/></xs:simpleType>";
    let redefine = |location: &str, most: u32| {
        format!(
            "<xs:redefine schemaLocation='{location}'><xs:simpleType name='T'><xs:restriction base='t:T'><xs:maxInclusive value='{most}'/></xs:restriction></xs:simpleType></xs:redefine>"
        )
    };
    let sample = "<Order xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' xsi:schemaLocation='urn:a a.xsd'/>";
    let r = "<t:r xmlns:t='urn:m'>?</t:r>";
    // Locations and texts, all of which make up the set; the places of its findings, or the number of violations of the document.
    type Told = Result<usize, Vec<(&'static str, usize, usize)>>;
    let cases: Vec<(&str, Vec<(&str, String)>, Told)> = vec![
        (
            "a located document of another namespace is not the one",
            vec![
                ("/a/types.xsd", schema("urn:m", &uses("urn:o", "schemaLocation='types.xsd'"))),
                ("/b/types.xsd", schema("urn:z", "")),
                ("/c/o.xsd", schema("urn:o", part)),
            ],
            Ok(1),
        ),
        (
            "a document does not import itself",
            vec![
                ("types", schema("urn:m", &uses("urn:o", "schemaLocation='types.xsd'"))),
                ("o", schema("urn:o", part)),
            ],
            Ok(1),
        ),
        (
            "a broken one is told, though an import looked at it",
            vec![("a", schema("urn:m", &import("urn:none", ""))), ("b", "<a>\n<b>urn:none</a>".to_owned())],
            Err(vec![("b", 2, 14)]),
        ),
        ("and where nothing looked at it", vec![("b", "<a>\n<b></a>".to_owned())], Err(vec![("b", 2, 6)])),
        (
            "what has no schemas is left out of a set",
            vec![("a", schema("urn:m", &format!("{part}<xs:element name='r' type='t:T'/>"))), ("s", sample.to_owned())],
            Ok(1),
        ),
        ("but something must be left", vec![("s", sample.to_owned())], Err(vec![("s", 1, 1)])),
        (
            "also of several",
            vec![("s", sample.to_owned()), ("t", "<a/>".to_owned())],
            Err(vec![("s", 1, 1), ("t", 1, 1)]),
        ),
        (
            "redefinitions follow each other in any order",
            vec![
                ("a", schema("urn:m", &format!("{part}<xs:element name='r' type='t:T'/>"))),
                ("b", schema("urn:m", &redefine("a", 9))),
                ("c", schema("urn:m", &redefine("b", 5))),
            ],
            Ok(1),
        ),
        (
            "redefinitions the other way round",
            vec![
                ("c", schema("urn:m", &redefine("b", 5))),
                ("b", schema("urn:m", &redefine("a", 9))),
                ("a", schema("urn:m", &format!("{part}<xs:element name='r' type='t:T'/>"))),
            ],
            Ok(1),
        ),
    ];
    for (what, documents, expected) in cases {
        let sources: Vec<Source<'_>> = documents.iter().map(|(location, text)| Source { location, text }).collect();
        let text = if what.starts_with("redefinitions") { r.replace('?', "7") } else { r.to_owned() };
        let found = match Schemas::compile(&sources, &[]) {
            Ok(schemas) => Ok(validate(&schemas, &text).len()),
            Err(findings) => Err(findings),
        };
        let told = found.as_ref().map_err(|findings| {
            findings.iter().map(|one| (one.location.as_str(), one.line, one.position)).collect::<Vec<_>>()
        });
        assert_eq!(told, expected.as_ref().map_err(Clone::clone), "{what}: {found:?}");
    }
}

/// What each comes to within the limits; without them the test would not end or run out of memory.
#[test]
fn harmful_schemas_come_to_an_end() {
    let nested = |open: &str, close: &str, count: usize| format!("{}{}", open.repeat(count), close.repeat(count));
    let doubling = |kind: &str, inner: &str| {
        let mut out = String::new();
        for level in 0..40 {
            let next = level + 1;
            let twice = format!("<xs:{kind} ref='G{next}'/>").repeat(2);
            let _ = if kind == "group" {
                write!(out, "<xs:group name='G{level}'><xs:sequence>{twice}</xs:sequence></xs:group>")
            } else {
                write!(out, "<xs:attributeGroup name='G{level}'>{twice}</xs:attributeGroup>")
            };
        }
        format!("{out}<xs:{kind} name='G40'>{inner}</xs:{kind}>")
    };
    let refused = [
        nested("<xs:element name='a'><xs:complexType><xs:sequence>", "</xs:sequence></xs:complexType></xs:element>", 2000),
        format!("<xs:element name='r'><xs:complexType>{}</xs:complexType></xs:element>", nested("<xs:sequence>", "</xs:sequence>", 500)),
        doubling("group", "<xs:sequence><xs:element name='a'/></xs:sequence>"),
        doubling("attributeGroup", ""),
        (0..500).fold(String::new(), |mut out, index| {
            let _ = write!(out, "<xs:complexType name='T{index}'><xs:complexContent><xs:extension base='T{}'/></xs:complexContent></xs:complexType>", index + 1);
            out
        }) + "<xs:complexType name='T500'/>",
        format!("<xs:simpleType name='A'><xs:restriction base='xs:string'><xs:pattern value='{}'/></xs:restriction></xs:simpleType>", nested("(", ")", 5000)),
    ];
    for schema in &refused {
        assert!(compile(schema).is_err(), "{schema:.200}");
    }
    let taken = [
        // Every element of a group that uses itself inside one of its elements is one element.
        "<xs:group name='G'><xs:choice><xs:element name='a'><xs:complexType><xs:group ref='G' minOccurs='0'/></xs:complexType></xs:element></xs:choice></xs:group>\
         <xs:element name='r'><xs:complexType><xs:group ref='G'/></xs:complexType></xs:element>"
            .to_owned(),
        "<xs:element name='r'><xs:complexType><xs:sequence maxOccurs='2147483647'><xs:element name='a' minOccurs='2147483647' maxOccurs='99999999999999999999'/></xs:sequence></xs:complexType></xs:element>".to_owned(),
        format!("<xs:element name='r'><xs:complexType><xs:choice maxOccurs='unbounded'>{}</xs:choice></xs:complexType></xs:element>",
            (0..5000).fold(String::new(), |mut out, index| { let _ = write!(out, "<xs:element name='a{index}'/>"); out })),
        (0..3000).fold("<xs:element name='h'/><xs:element name='r'><xs:complexType><xs:sequence><xs:element ref='h'/></xs:sequence></xs:complexType></xs:element>".to_owned(), |mut out, index| {
            let _ = write!(out, "<xs:element name='s{index}' substitutionGroup='h'/>");
            out
        }),
    ];
    for schema in &taken {
        let schemas = compile(schema).unwrap();
        assert!(validate(&schemas, "<r/>").len() <= 1, "{schema:.200}");
    }
}

#[test]
fn harmful_documents_come_to_an_end() {
    let union = |depth: usize| {
        (0..depth).fold(String::new(), |mut out, level| {
            let _ = write!(
                out,
                "<xs:simpleType name='U{level}'><xs:union memberTypes='U{n} U{n} U{n}'/></xs:simpleType>",
                n = level + 1
            );
            out
        }) + &format!(
            "<xs:simpleType name='U{depth}'><xs:restriction base='xs:int'/></xs:simpleType><xs:element name='u' type='U0'/>"
        )
    };
    let slow = validate(&compile(&union(12)).unwrap(), "<u>x</u>");
    assert!(!slow.is_empty());
    let pattern = "<xs:element name='p'><xs:simpleType><xs:restriction base='xs:string'><xs:pattern value='(a+)+b'/></xs:restriction></xs:simpleType></xs:element>";
    let slow = validate(&compile(pattern).unwrap(), &format!("<p>{}</p>", "a".repeat(100)));
    assert!(slow[0].message.contains("The Regex engine has timed out"), "{slow:?}");
    let recursive = "<xs:element name='n'><xs:complexType><xs:sequence><xs:element ref='n' minOccurs='0'/></xs:sequence></xs:complexType></xs:element>";
    let recursive = compile(recursive).unwrap();
    let deep = |depth: usize| format!("{}{}", "<n>".repeat(depth), "</n>".repeat(depth));
    assert!(validate(&recursive, &deep(500)).is_empty());
    // Deeper ones are refused by the reader.
    assert!(Document::read(&deep(200_000)).is_err());
    // Any number of faults makes a list that can be read.
    let list = "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='i' type='xs:int' maxOccurs='unbounded'/></xs:sequence></xs:complexType></xs:element>";
    let faults = validate(&compile(list).unwrap(), &format!("<r>{}</r>", "<i>x</i>".repeat(10_000)));
    assert_eq!(faults.len(), 20);
    // References in many elements to the keys of the one around them.
    let keys = "<xs:element name='r'><xs:complexType><xs:sequence><xs:element ref='i' maxOccurs='unbounded'/></xs:sequence></xs:complexType>\
                <xs:key name='K'><xs:selector xpath='i'/><xs:field xpath='@k'/></xs:key></xs:element>\
                <xs:element name='i'><xs:complexType><xs:attribute name='k'/><xs:attribute name='to'/></xs:complexType>\
                <xs:keyref name='R' refer='K'><xs:selector xpath='.'/><xs:field xpath='@to'/></xs:keyref></xs:element>";
    let keys = compile(keys).unwrap();
    let items = |to: &str| (0..20_000).fold(String::new(), |out, index| out + &format!("<i k='{index}' to='{to}'/>"));
    assert!(validate(&keys, &format!("<r>{}</r>", items("7"))).is_empty());
    assert_eq!(validate(&keys, &format!("<r>{}</r>", items("x"))).len(), 20);
    // Texts where none may be, in front of a model of which only the first element can come: what is said once is not made for each.
    let model = (0..20_000).fold(String::new(), |out, index| out + &format!("<xs:element name='e{index}'/>"));
    let model = compile(&format!(
        "<xs:element name='r'><xs:complexType><xs:sequence>{model}</xs:sequence></xs:complexType></xs:element>"
    ));
    let before = std::time::Instant::now();
    assert_eq!(validate(&model.unwrap(), &format!("<r>{}</r>", "x<q/>".repeat(50_000))).len(), 2);
    assert!(before.elapsed().as_secs() < 5, "{:?}", before.elapsed());
    // Entities are expanded by the reader, within its limits.
    let laughs = (0..30).fold(String::from("<!DOCTYPE r [<!ENTITY e0 'lol'>"), |mut out, level| {
        let _ = write!(out, "<!ENTITY e{} '&e{level};&e{level};'>", level + 1);
        out
    }) + "]><r>&e30;</r>";
    assert!(Document::read(&laughs).is_err());
}

#[test]
fn checking_in_pieces_comes_to_the_same() {
    let schema = "<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='i' type='xs:int' maxOccurs='9'/></xs:sequence><xs:attribute name='a' type='xs:ID'/></xs:complexType>\
                  <xs:unique name='U'><xs:selector xpath='i'/><xs:field xpath='.'/></xs:unique></xs:element>";
    let schemas = compile(schema).unwrap();
    let text = format!(
        "<r a='x'>{}<i>z</i><i>3</i></r>",
        (0..10).fold(String::new(), |out, index| out + &format!("<i>{index}</i>"))
    );
    let whole = validate(&schemas, &text);
    assert_eq!(whole.len(), 1);
    let document = Document::read(&text).unwrap();
    let root = document.root().unwrap();
    let mut checking = Checking::new(document, vec![root]);
    let mut pieces = 0;
    let found = loop {
        pieces += 1;
        if let Some(found) = checking.go_on(&schemas, &mut 1) {
            break found;
        }
    };
    assert!(pieces > 20);
    assert_eq!(found, whole);
}

#[test]
fn compiled_schemas_are_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Schemas>();
}
