//! Models: what is read, and what is wrong with those that cannot be used.
#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

use postern_odata::{Model, Request, Version, check};

/// A schema `N` with an entity type `T`, a container, and something more in each.
fn with(in_schema: &str, in_container: &str) -> String {
    format!(
        "<edmx:Edmx xmlns:edmx=\"http://docs.oasis-open.org/odata/ns/edmx\" Version=\"4.0\">\
         <edmx:Reference Uri=\"x\"><edmx:Include Namespace=\"Far.Away\" Alias=\"F\"/></edmx:Reference><edmx:DataServices>\
         <Schema xmlns=\"http://docs.oasis-open.org/odata/ns/edm\" Namespace=\"N.S\" Alias=\"A\">\n\
         <EntityType Name=\"T\"><Key><PropertyRef Name=\"K\"/></Key><Property Name=\"K\" Type=\"Edm.Int32\"/></EntityType>\n\
         {in_schema}\n<EntityContainer Name=\"C\"><EntitySet Name=\"Ts\" EntityType=\"N.S.T\"/>\n{in_container}\n</EntityContainer>\
         </Schema></edmx:DataServices></edmx:Edmx>"
    )
}

/// A text, what is said of it, and the line; 0: wherever it is.
type Case = (String, &'static str, usize);

fn types() -> Vec<Case> {
    vec![
        (String::new(), "root node", 0),
        ("<a>".to_owned(), "root node", 0),
        ("<a/>".to_owned(), "`a` has no schema", 1),
        ("<!DOCTYPE a><a/>".to_owned(), "DTD", 1),
        (with("<EntityType/>", ""), "a `EntityType` has no `Name`", 3),
        (with("<EntityType Name=\"1\"/>", ""), "`1` is no name", 3),
        (with("<ComplexType Name=\"T\"/>", ""), "the type `N.S.T` is declared twice", 3),
        (
            with("<ComplexType Name=\"X\"><Property Name=\"P\" Type=\"A.Y\"/></ComplexType>", ""),
            "there is no type `A.Y`",
            3,
        ),
        (
            with("<ComplexType Name=\"X\"><Property Name=\"P\" Type=\"Edm.Y\"/></ComplexType>", ""),
            "there is no type `Edm.Y`",
            3,
        ),
        (
            with("<ComplexType Name=\"X\"><Property Name=\"P\" Type=\"B.Y\"/></ComplexType>", ""),
            "there is no type `B.Y`",
            3,
        ),
        (
            with("<ComplexType Name=\"X\">\n<Property Name=\"P\"/></ComplexType>", ""),
            "the property `P` has no `Type`",
            4,
        ),
        (
            with(
                "<ComplexType Name=\"X\"><Property Name=\"P\" Type=\"A.T\"/><Property Name=\"P\" Type=\"A.T\"/></ComplexType>",
                "",
            ),
            "the property `P` is declared twice",
            3,
        ),
        (
            with("<ComplexType Name=\"X\"><NavigationProperty Name=\"P\"/></ComplexType>", ""),
            "does not say where it leads",
            3,
        ),
        (
            with("<ComplexType Name=\"X\"><NavigationProperty Name=\"P\" Type=\"Edm.Int32\"/></ComplexType>", ""),
            "does not lead to an entity type",
            3,
        ),
        (with("<EntityType Name=\"X\" BaseType=\"A.X\"/>", ""), "the base types of `N.S.X` have no end", 3),
        (
            with("<EntityType Name=\"X\" BaseType=\"A.Y\"/><EntityType Name=\"Y\" BaseType=\"A.X\"/>", ""),
            "the base types of `N.S.X` have no end",
            3,
        ),
        (with("<ComplexType Name=\"X\" BaseType=\"A.T\"/>", ""), "cannot be the base type", 3),
        (
            with("<EntityType Name=\"X\"><Key><PropertyRef Name=\"Q\"/></Key></EntityType>", ""),
            "no property `Q` that its key",
            3,
        ),
        (with("<TypeDefinition Name=\"X\" UnderlyingType=\"A.T\"/>", ""), "is a primitive type", 3),
    ]
}

fn operations_and_containers() -> Vec<Case> {
    vec![
        (with("<Function Name=\"F\"/>", ""), "no `ReturnType`", 3),
        (format!("\r\n\n{}", with("<Function Name=\"F\"/>", "")), "no `ReturnType`", 5),
        ("\n<a>".to_owned(), "root node", 2),
        (with(&format!("<ComplexType Name=\"{}\"/>", "a".repeat(480)), ""), "", 0),
        (with(&format!("<ComplexType Name=\"{}\"/>", "a".repeat(481)), ""), "is no name", 3),
        (
            with(&format!("<Association Name=\"F\">{}</Association>", "<End Role=\"a\" Type=\"A.T\"/>".repeat(3)), ""),
            "more than two ends",
            3,
        ),
        (
            with(
                &format!(
                    "<Action Name=\"F\">{}</Action>",
                    (0..201).map(|n| format!("<Parameter Name=\"p{n}\" Type=\"A.T\"/>")).collect::<String>()
                ),
                "",
            ),
            "more than 200 parameters",
            3,
        ),
        (with("<Action Name=\"F\" IsBound=\"true\"/>", ""), "no binding parameter", 3),
        (with("<Action Name=\"F\"><Parameter Name=\"p\"/></Action>", ""), "the parameter `p` has no `Type`", 3),
        (
            with(
                "<Action Name=\"F\"><Parameter Name=\"p\" Type=\"A.T\"/><Parameter Name=\"p\" Type=\"A.T\"/></Action>",
                "",
            ),
            "the parameter `p` is declared twice",
            3,
        ),
        (with("", "<EntitySet Name=\"Ts\" EntityType=\"A.T\"/>"), "two members `Ts`", 5),
        (with("", "<EntitySet Name=\"X\"/>"), "no `EntityType`", 5),
        (with("<ComplexType Name=\"X\"/>", "<Singleton Name=\"X\" Type=\"A.X\"/>"), "no entity type", 5),
        (with("", "<FunctionImport Name=\"X\" Function=\"A.F\"/>"), "no unbound function `A.F`", 5),
        (with("", "<ActionImport Name=\"X\" Action=\"A.F\"/>"), "no unbound action `A.F`", 5),
        (with("", "<ActionImport Name=\"X\"/>"), "no `Action`", 5),
        (with("<EntityContainer Name=\"D\"/>", ""), "more than one", 3),
        (with("<EntityContainer Name=\"C\"/>", ""), "declared twice", 4),
        (with("<EntityContainer Name=\"D\" Extends=\"A.E\"/><EntityContainer Name=\"E\" Extends=\"A.D\"/>", ""), "", 0),
        (with("", "").replace("Name=\"C\"", "Name=\"C\" Extends=\"A.X\""), "no container `A.X`", 4),
        (with("", "").replace("EntityContainer", "Container"), "there is no `EntityContainer`", 1),
    ]
}

#[test]
fn what_is_wrong_with_a_model_is_told_with_its_line() {
    for (text, message, line) in types().into_iter().chain(operations_and_containers()) {
        let found = Model::parse(&text);
        // Containers that extend each other beside the one in use harm nobody.
        if message.is_empty() {
            assert!(found.is_ok(), "{found:?}");
            continue;
        }
        let problems = found.expect_err(&text);
        let is_it = |known: &&postern_odata::ModelProblem| known.message.contains(message);
        let problem = problems.iter().find(is_it).unwrap_or_else(|| panic!("{message}: {problems:?}"));
        assert!(line == 0 || problem.line == line, "{message}: {problem:?}");
    }
}

#[test]
fn what_other_documents_have_is_accepted() {
    let text = with(
        "<EntityType Name=\"X\" BaseType=\"F.Base\"/><ComplexType Name=\"Y\"><Property Name=\"P\" Type=\"Far.Away.Z\"/></ComplexType>",
        "<EntitySet Name=\"Xs\" EntityType=\"A.X\"/><FunctionImport Name=\"G\" Function=\"F.G\"/><EntitySet Name=\"Fs\" EntityType=\"F.T\"/>",
    )
    .replace("Name=\"C\"", "Name=\"C\" Extends=\"F.C\"");
    let model = Model::parse(&text).unwrap();
    for (url, is_good) in [
        ("Ts(1)", true),
        ("Ts(1)/P", false),
        ("Xs('x')/Anything", true),
        ("Xs?$filter=Anything gt 5 and F.f(a=1)/b", true),
        ("Fs(1)/Anything", true),
        ("G(a=1)/x", true),
        ("Elsewhere(1)/x", true),
        ("Xs?$filter=Anything gt", false),
    ] {
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let request = Request { path: path.as_bytes(), query: query.as_bytes(), version: Version::V4 };
        assert_eq!(check(&request, Some(&model)).is_ok(), is_good, "{url}");
    }
}

#[test]
fn a_container_has_the_members_of_those_it_extends() {
    let text = with(
        "<EntityContainer Name=\"D\" Extends=\"N.S.C\"><Singleton Name=\"One\" Type=\"A.T\"/></EntityContainer>",
        "",
    );
    let model = Model::parse(&text).unwrap();
    for path in ["Ts(1)", "One/K"] {
        let request = Request { path: path.as_bytes(), query: b"", version: Version::V4 };
        assert_eq!(check(&request, Some(&model)), Ok(()), "{path}");
    }
}

#[test]
fn alternate_keys_are_keys_where_the_model_has_some() {
    let note = "<Annotations Target=\"A.T\"><Annotation Term=\"Org.OData.Core.V1.AlternateKeys\"/></Annotations>";
    for (text, is_good) in [(with(note, ""), true), (with("", ""), false)] {
        let model = Model::parse(&text).unwrap();
        let request = Request { path: b"Ts(Code='x')", query: b"", version: Version::V4 };
        assert_eq!(check(&request, Some(&model)).is_ok(), is_good);
    }
}
