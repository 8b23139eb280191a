//! `choose`: runs the policies of the first `when` whose condition holds, else those of `otherwise`.
//!
//! `<choose><when condition="bool">…</when>+<otherwise>…</otherwise>?</choose>` – all sections. Conditions are evaluated in order, and none
//! behind the one that holds.

use std::sync::{Arc, LazyLock};

use crate::definition::{ANY_SCOPE, ChildRule, Content, ElementRule, Expression, Occurs, ValueRule, required};
use crate::document::flow::{FlowDefinition, FlowReader};
use crate::document::{FlowKind, Part, Place, PolicyNode};
use crate::given::Given;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

static WHEN: ElementRule = ElementRule {
    element: "when",
    attributes: &[required("condition", Expression::Allowed, ValueRule::Boolean)],
    content: Content::Policies,
};
static OTHERWISE: ElementRule = ElementRule { element: "otherwise", attributes: &[], content: Content::Policies };

pub(super) static FLOW: FlowDefinition = FlowDefinition {
    rule: ElementRule {
        element: "choose",
        attributes: &[],
        content: Content::Children(&[
            ChildRule { rule: &WHEN, occurs: Occurs::Some },
            ChildRule { rule: &OTHERWISE, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::ALL,
    kind: FlowKind::Branches,
    read,
};

fn read(reader: &mut FlowReader<'_, '_, '_>, element: &Element) -> Option<Vec<Part>> {
    let mut parts = Vec::with_capacity(element.children.len());
    let mut good = true;
    for (index, when) in element.children_named("when").enumerate() {
        let name = format!("when[{}]", index + 1);
        let head = reader
            .head(when, &name, |builder| Some(When { condition: builder.flag_attribute(when, "condition", false)? }));
        let items = reader.items(when, &name);
        match head {
            Some(head) => parts.push(Part { head, items }),
            None => good = false,
        }
    }
    if let Some(otherwise) = element.child("otherwise") {
        let name = "otherwise[1]";
        let head = reader.head(otherwise, name, |_| Some(When { condition: Given::Literal(true) }))?;
        parts.push(Part { head, items: reader.items(otherwise, name) });
    }
    good.then_some(parts)
}

/// The head of a branch: jumps over it unless the condition holds.
#[derive(Debug)]
struct When {
    condition: Given<bool>,
}

impl Policy for When {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        if self.condition.flag(context.values) { Step::Next } else { Step::Jump }
    }
}

/// Jumps always: the end of a branch.
#[derive(Debug)]
struct Jump;

impl Policy for Jump {
    fn start(&self, _context: &mut PolicyContext<'_>) -> Step {
        Step::Jump
    }
}

/// The instruction at the end of a branch.
pub(crate) fn jump() -> Arc<PolicyNode> {
    static JUMP: LazyLock<Arc<PolicyNode>> = LazyLock::new(|| {
        Arc::new(PolicyNode {
            element: "choose",
            id: None,
            path: Box::default(),
            place: Place { line: 1, column: 1 },
            sections: Sections::ALL,
            scopes: ANY_SCOPE,
            expressions: Box::default(),
            policy: Box::new(Jump),
        })
    });
    Arc::clone(&JUMP)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_first_branch_whose_condition_holds_runs_and_no_other() {
        let set = |value: &str| format!("<set-variable name='v' value='{value}'/>");
        for (first, second, expected) in
            [("true", "true", "1"), ("true", "false", "1"), ("false", "true", "2"), ("false", "false", "3")]
        {
            let (one, two, three) = (set("1"), set("2"), set("3"));
            let policy = format!(
                "<choose><when condition='{first}'>{one}</when><when condition='{second}'>{two}</when>\
                 <otherwise>{three}</otherwise></choose><set-variable name='after' value='x'/>"
            );
            let expected = [Expect::Variable("v", Some(expected)), Expect::Variable("after", Some("x"))];
            check(&policy, MemoryExchange::get("/"), &expected);
        }
    }

    #[test]
    fn without_a_branch_that_fits_nothing_happens() {
        let policy = "<choose><when condition='false'><set-variable name='v' value='1'/></when></choose>";
        check(policy, MemoryExchange::get("/"), &[Expect::Variable("v", None), Expect::EffectCount(1)]);
    }

    #[test]
    fn branches_nest_and_an_error_inside_tells_its_path() {
        let policy = "<choose><when condition='false'/><when condition='true'><choose><when condition='true'>\
                      <check-header name='X' failed-check-httpcode='401' failed-check-error-message='no' ignore-case='true'/>\
                      </when></choose></when></choose>";
        let (program, diagnostics) =
            crate::testing::compile_one(&format!("<policies><inbound>{policy}</inbound></policies>"));
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let mut run = crate::run::Run::new();
        crate::testing::drive(&program, &mut MemoryExchange::get("/"), &mut run);
        let path = run.last_error().and_then(|error| error.path.clone());
        assert_eq!(path.as_deref(), Some("choose[1]/when[2]/choose[1]/when[1]/check-header[1]"));
    }

    #[test]
    fn base_in_a_branch_is_what_the_outer_scope_says() {
        use std::sync::Arc;

        use crate::compile::{Scope, compile};
        use crate::document::{DocumentKind, parse_document};
        use crate::section::ScopeName;

        let document = |inbound: &str| {
            let text = format!("<policies><inbound>{inbound}</inbound></policies>");
            let (document, diagnostics) = parse_document(&text, DocumentKind::Policy);
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            Arc::new(document)
        };
        let global = document("<set-variable name='outer' value='1'/>");
        for (condition, expected) in [("true", Some("1")), ("false", None)] {
            let api = document(&format!("<choose><when condition='{condition}'><base/></when></choose>"));
            let scopes = [
                Scope { name: ScopeName::Global, entity: "", document: &global },
                Scope { name: ScopeName::Api, entity: "a", document: &api },
            ];
            let (program, diagnostics) = compile(&scopes, &|_| None);
            assert!(diagnostics.is_empty(), "{diagnostics:?}");
            let mut run = crate::run::Run::new();
            crate::testing::drive(&program, &mut MemoryExchange::get("/"), &mut run);
            assert_eq!(run.variables().text("outer"), expected);
        }
    }

    #[test]
    fn what_is_no_choice_is_refused() {
        for (policy, codes) in [
            ("<choose/>", &["element-missing"][..]),
            ("<choose><otherwise/></choose>", &["element-missing"]),
            ("<choose><when/></choose>", &["attribute-missing"]),
            ("<choose><when condition='maybe'/></choose>", &["value-invalid"]),
            ("<choose><when condition='true'/><otherwise/><otherwise/></choose>", &["element-twice"]),
            ("<choose><when condition='true'>text</when></choose>", &["text-not-allowed"]),
            ("<choose><when condition='true'><forward-request/></when></choose>", &["wrong-section"]),
            ("<choose><set-method>GET</set-method></choose>", &["unknown-element", "element-missing"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
