//! Composition: what runs, in which order, for which scopes.

use std::sync::Arc;

use super::{Compiler, Scope, compile};
use crate::diagnostic::{Diagnostic, has_errors};
use crate::document::{Document, DocumentKind, parse_document};
use crate::limits;
use crate::program::Program;
use crate::run::Run;
use crate::section::{ScopeName, Section};
use crate::testing::{MemoryExchange, drive};

fn document(text: &str) -> Arc<Document> {
    let (document, diagnostics) = parse_document(text, DocumentKind::Policy);
    assert!(!has_errors(&diagnostics), "{diagnostics:?}");
    Arc::new(document)
}

fn fragment(text: &str) -> Arc<Document> {
    let (document, diagnostics) = parse_document(&format!("<fragment>{text}</fragment>"), DocumentKind::Fragment);
    assert!(!has_errors(&diagnostics), "{diagnostics:?}");
    Arc::new(document)
}

const SCOPES: [ScopeName; 4] = [ScopeName::Global, ScopeName::Product, ScopeName::Api, ScopeName::Operation];

/// Compiles documents given by scope; an empty text leaves the scope out.
fn program(texts: [&str; 4], fragments: &[(&str, &str)]) -> (Arc<Program>, Vec<Diagnostic>) {
    let documents: Vec<(ScopeName, Arc<Document>)> = SCOPES
        .into_iter()
        .zip(texts)
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| (name, document(text)))
        .collect();
    let scopes: Vec<Scope<'_>> =
        documents.iter().map(|(name, document)| Scope { name: *name, entity: "e", document }).collect();
    let fragments: Vec<(&str, Arc<Document>)> = fragments.iter().map(|(id, text)| (*id, fragment(text))).collect();
    compile(&scopes, &|id| fragments.iter().find(|(known, _)| *known == id).map(|(_, fragment)| Arc::clone(fragment)))
}

/// The ids of a section's policies, with the scope's first letter.
fn order(program: &Program, section: Section) -> String {
    let name = |instruction: &crate::program::Instruction| {
        let scope = &instruction.scope.as_str()[..1];
        format!("{scope}:{}", instruction.node.id.as_deref().unwrap_or(instruction.node.element))
    };
    program.instructions(section).iter().map(name).collect::<Vec<_>>().join(" ")
}

fn set(id: &str) -> String {
    format!("<set-variable id='{id}' name='{id}' value='1'/>")
}

fn inbound(content: &str) -> String {
    format!("<policies><inbound>{content}</inbound></policies>")
}

#[test]
fn base_stands_for_the_outer_scope_at_its_place() {
    let around = |id: &str| inbound(&format!("{}<base/>{}", set(&format!("{id}1")), set(&format!("{id}2"))));
    let global = inbound(&set("g"));
    let (product, api, operation) = (around("p"), around("a"), around("o"));
    for (texts, expected) in [
        ([global.as_str(), &product, &api, &operation], "o:o1 a:a1 p:p1 g:g p:p2 a:a2 o:o2"),
        ([&global, "", &api, &operation], "o:o1 a:a1 g:g a:a2 o:o2"),
        (["", "", &api, ""], "a:a1 a:a2"),
        ([&global, &product, "", ""], "p:p1 g:g p:p2"),
        ([&global, "", "", ""], "g:g"),
        (["", "", "", ""], ""),
    ] {
        let (program, diagnostics) = program(texts, &[]);
        assert_eq!(diagnostics, []);
        assert_eq!(order(&program, Section::Inbound), expected);
    }
}

#[test]
fn a_section_without_base_does_not_inherit_and_a_missing_one_does() {
    let global = "<policies><inbound><set-variable id='g' name='g' value=''/></inbound><backend><forward-request id='gf'/></backend>\
                  <outbound><set-status id='gs' code='200'/></outbound><on-error><set-status id='ge' code='500'/></on-error></policies>";
    let api = "<policies><inbound/><outbound><set-status id='as' code='201'/></outbound></policies>";
    let (program, _) = program([global, "", api, ""], &[]);
    assert!(program.is_empty(Section::Inbound));
    assert_eq!(order(&program, Section::Backend), "g:gf");
    assert_eq!(order(&program, Section::Outbound), "a:as");
    assert_eq!(order(&program, Section::OnError), "g:ge");
}

#[test]
fn around_everything_requests_are_forwarded_by_default() {
    for (texts, expected) in [
        (["", "", "", ""], "g:forward-request"),
        (["", "", "<policies><backend><base/></backend></policies>", ""], "g:forward-request"),
        (["<policies><inbound/></policies>", "", "", ""], "g:forward-request"),
        (["<policies><backend/></policies>", "", "", "<policies><backend><base/></backend></policies>"], ""),
        (["", "", "<policies><backend/></policies>", ""], ""),
    ] {
        let (program, diagnostics) = program(texts, &[]);
        assert_eq!(diagnostics, []);
        assert_eq!(order(&program, Section::Backend), expected);
        for section in [Section::Inbound, Section::Outbound, Section::OnError] {
            assert!(program.is_empty(section));
        }
    }
}

#[test]
fn base_at_global_scope_has_no_effect_and_says_so() {
    let (program, diagnostics) = program(["<policies>\n<backend><base/></backend></policies>", "", "", ""], &[]);
    assert!(program.is_empty(Section::Backend));
    let found = &diagnostics[0];
    assert_eq!((found.code, found.line, found.column), ("base-without-parent", 2, 10));
    assert_eq!(found.document.as_deref(), Some("global"));
    assert!(!has_errors(&diagnostics));
}

#[test]
fn a_fragment_runs_in_the_place_of_its_inclusion() {
    let api =
        inbound(&format!("{}<include-fragment fragment-id='f'/><base/><include-fragment fragment-id='f'/>", set("a")));
    let fragment = format!("{}{}", set("f1"), set("f2"));
    let (program, diagnostics) = program([&inbound(&set("g")), "", &api, ""], &[("f", &fragment)]);
    assert_eq!(diagnostics, []);
    assert_eq!(order(&program, Section::Inbound), "a:a a:f1 a:f2 g:g a:f1 a:f2");
}

#[test]
fn a_fragment_that_is_missing_or_out_of_place_is_an_error() {
    let api = "<policies><inbound>\n <include-fragment fragment-id='nope'/></inbound>\n<outbound><include-fragment fragment-id='f'/></outbound></policies>";
    let (_, diagnostics) = program(["", "", api, ""], &[("f", "<rewrite-uri template='/'/>")]);
    let found: Vec<_> = diagnostics.iter().map(|d| (d.code, d.line, d.document.as_deref())).collect();
    assert_eq!(found, [("fragment-not-found", 2, Some("api")), ("wrong-section", 3, Some("api"))]);
    assert!(has_errors(&diagnostics));
}

#[test]
fn a_policy_document_is_no_fragment() {
    let policy = document("<policies/>");
    let api = document(&inbound("<include-fragment fragment-id='f'/>"));
    let scopes = [Scope { name: ScopeName::Api, entity: "a", document: &api }];
    let (_, diagnostics) = compile(&scopes, &|_| Some(Arc::clone(&policy)));
    assert_eq!(diagnostics[0].code, "fragment-not-found");
}

#[test]
fn policies_are_held_to_their_scopes_also_in_fragments() {
    let limit = "<rate-limit calls='1' renewal-period='1'/>";
    let (_, diagnostics) = program([&inbound(limit), "", "", ""], &[]);
    assert_eq!((diagnostics[0].code, diagnostics[0].document.as_deref()), ("wrong-scope", Some("global")));
    let (_, diagnostics) = program([&inbound("<include-fragment fragment-id='f'/>"), "", "", ""], &[("f", limit)]);
    assert_eq!((diagnostics[0].code, diagnostics[0].document.as_deref()), ("wrong-scope", Some("fragment f")));
    let (program, diagnostics) = program(["", &inbound(limit), "", ""], &[]);
    assert_eq!(diagnostics, []);
    assert!(program.traits().counts);
}

#[test]
fn a_programs_length_is_bounded() {
    let fragment_text = set("x").repeat(100);
    let includes = |count: usize| inbound(&"<include-fragment fragment-id='f'/>".repeat(count));
    let count = limits::INSTRUCTIONS_MAX / 100;
    let (inside, diagnostics) = program(["", "", &includes(count), ""], &[("f", &fragment_text)]);
    assert_eq!((diagnostics.len(), inside.instructions(Section::Inbound).len()), (0, limits::INSTRUCTIONS_MAX));
    let (_, diagnostics) = program(["", "", &includes(count + 1), ""], &[("f", &fragment_text)]);
    assert_eq!(diagnostics.iter().map(|d| d.code).collect::<Vec<_>>(), ["program-too-long"]);
}

#[test]
fn one_compiler_shares_programs_and_sections() {
    let global = document(&inbound(&set("g")));
    let api = document(&inbound(&format!("<base/>{}", set("a"))));
    let only_outbound =
        document("<policies><inbound><base/></inbound><outbound><base/><set-status code='200'/></outbound></policies>");
    let no_fragments = |_: &str| None;
    let mut compiler = Compiler::new(&no_fragments);
    let scope = |name, entity, document| Scope { name, entity, document };
    let outer = [scope(ScopeName::Global, "", &global), scope(ScopeName::Api, "x", &api)];
    let (first, _) = compiler.compile(&outer);
    let (again, _) = compiler.compile(&outer);
    assert!(Arc::ptr_eq(&first, &again));
    let with = |entity| [outer[0], outer[1], scope(ScopeName::Operation, entity, &only_outbound)];
    let (second, _) = compiler.compile(&with("o1"));
    let (third, _) = compiler.compile(&with("o2"));
    assert!(!Arc::ptr_eq(&second, &third), "counters of two operations differ");
    for section in [Section::Inbound, Section::Backend, Section::OnError] {
        assert!(Arc::ptr_eq(&first.sections[section.index()], &second.sections[section.index()]), "{section:?}");
    }
    assert!(Arc::ptr_eq(&second.sections[2], &third.sections[2]));
    assert!(!Arc::ptr_eq(&first.sections[2], &second.sections[2]));
}

#[test]
fn findings_are_repeated_for_every_program_they_concern() {
    let api = document(&inbound("<include-fragment fragment-id='nope'/>"));
    let operation = document("<policies><outbound><base/></outbound></policies>");
    let no_fragments = |_: &str| None;
    let mut compiler = Compiler::new(&no_fragments);
    let scopes = [
        Scope { name: ScopeName::Api, entity: "a", document: &api },
        Scope { name: ScopeName::Operation, entity: "o", document: &operation },
    ];
    for scopes in [&scopes[..1], &scopes[..], &scopes[..1]] {
        assert_eq!(compiler.compile(scopes).1.len(), 1);
    }
}

#[test]
fn last_error_names_the_scope_that_raised_it() {
    let filter = "<ip-filter id='mine' action='forbid'><address>203.0.113.7</address></ip-filter>";
    let product = inbound(&format!("<base/>{filter}"));
    let (program, _) = program([&inbound(&set("g")), &product, &inbound("<base/>"), ""], &[]);
    let mut run = Run::new();
    drive(&program, &mut MemoryExchange::get("/"), &mut run);
    let error = run.last_error().unwrap();
    assert_eq!(error.source, "ip-filter");
    assert_eq!(error.scope, Some(ScopeName::Product));
    assert_eq!(error.section, Some(Section::Inbound));
    assert_eq!(error.path.as_deref(), Some("ip-filter[1]"));
    assert_eq!(error.policy_id.as_deref(), Some("mine"));
}

#[test]
fn twenty_thousand_operations_cost_little_more_than_one() {
    let global = document(&inbound(&set("g").repeat(50)));
    let no_fragments = |_: &str| None;
    let mut compiler = Compiler::new(&no_fragments);
    let operations: Vec<Arc<Document>> =
        (0..20_000).map(|_| document("<policies><inbound><base/></inbound></policies>")).collect();
    let scopes = |operation| {
        [
            Scope { name: ScopeName::Global, entity: "", document: &global },
            Scope { name: ScopeName::Operation, entity: "o", document: operation },
        ]
    };
    let programs: Vec<_> = operations.iter().map(|operation| compiler.compile(&scopes(operation)).0).collect();
    assert!(programs.iter().all(|program| Arc::ptr_eq(&program.sections[0], &programs[0].sections[0])));
}

#[test]
fn a_response_that_no_policy_stores_is_told_once_and_where_it_is_returned() {
    let set = "<send-request response-variable-name='r'><set-url>http://a.test</set-url></send-request>";
    let returned = "<return-response response-variable-name='r'/>";
    let including = &inbound("<include-fragment fragment-id='f'/><base/>");
    let own = &format!("<policies><inbound>{set}</inbound><outbound>{returned}</outbound></policies>");
    for (texts, fragment, expected) in [
        (["", "", own.as_str(), ""], "", None),
        ([&inbound(set), "", &inbound(&format!("<base/>{returned}")), ""], "", None),
        ([&inbound(""), "", &inbound(returned), ""], "", Some(("api", 1, 61))),
        (["", "", including, &inbound(&format!("<base/>{returned}"))], set, None),
        ([&inbound(set), "", including, ""], returned, None),
        (["", "", including, ""], returned, Some(("fragment f", 1, 52))),
    ] {
        let (_, found) = program(texts, &[("f", fragment)]);
        let found: Vec<_> = found.iter().map(|one| (one.code, one.document.as_deref(), one.line, one.column)).collect();
        let expected: Vec<_> =
            expected.map(|(name, line, column)| ("variable-unset", Some(name), line, column)).into_iter().collect();
        assert_eq!(found, expected, "{texts:?} {fragment}");
    }
}
