//! `wait`: runs its policies at the same time and goes on when all of them have ended, or the first one.
//!
//! `<wait for="all|any">…</wait>` – default `all`; immediate children are `send-request`, `cache-lookup-value` and `choose` only; inbound,
//! backend, outbound, and on-error as Microsoft's compiler has it. What takes time in them is done at the same time, round by round; with `any`
//! the first one to end wins and the others are broken off. An error in one of them is an error of the whole.

use crate::definition::{Content, ElementRule, Expression, ValueRule, optional};
use crate::document::flow::{FlowDefinition, FlowReader};
use crate::document::{FlowKind, Part};
use crate::given::Given;
use crate::limits;
use crate::policy::{Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Sections;

pub(super) static FLOW: FlowDefinition = FlowDefinition {
    rule: ElementRule {
        element: "wait",
        attributes: &[optional("for", Expression::Allowed, ValueRule::OneOf(&["all", "any"]))],
        content: Content::Policies,
    },
    sections: Sections::ALL,
    kind: FlowKind::Parallel,
    read,
};

const CHILDREN: &[&str] = &["send-request", "cache-lookup-value", "choose"];

fn read(reader: &mut FlowReader<'_, '_, '_>, element: &Element) -> Option<Vec<Part>> {
    let head = reader.head(element, "", |builder| {
        let wrong = element.children.iter().find(|child| !CHILDREN.contains(&&*child.name));
        if let Some(child) = wrong {
            let message = format!("`<wait>` holds {} only, found `<{}>`", CHILDREN.join(", "), child.name);
            builder.error(child.offset, "unknown-element", message);
            return None;
        }
        if element.children.len() > limits::WAIT_PARTS_MAX {
            let message = format!("`<wait>` holds more than {} policies", limits::WAIT_PARTS_MAX);
            builder.error(element.offset, "too-many-elements", message);
            return None;
        }
        Some(Start { awaited: builder.text_attribute(element, "for")? })
    });
    let items = reader.items(element, "");
    let mut parts = vec![Part { head: head?, items: Box::default() }];
    for item in items {
        parts.push(Part { head: reader.head(element, "", |_| Some(Strand))?, items: Box::new([item]) });
    }
    parts.push(Part { head: reader.head(element, "", |_| Some(Strand))?, items: Box::default() });
    Some(parts)
}

/// In front of all.
#[derive(Debug)]
struct Start {
    awaited: Option<Given<Box<str>>>,
}

impl Policy for Start {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let awaited = self.awaited.as_ref().map_or("all", |awaited| awaited.text(context.values));
        Step::Fork { any: awaited.trim().eq_ignore_ascii_case("any") }
    }
}

/// In front of each part, and behind the last.
#[derive(Debug)]
struct Strand;

impl Policy for Strand {
    fn start(&self, _context: &mut PolicyContext<'_>) -> Step {
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use crate::cached::{CacheItem, CachedValue};
    use crate::effect::{Effect, ForwardOptions, HttpRequest, HttpResponse, Outcome, SendFailure};
    use crate::policies::cache_key;
    use crate::testing::{Expect, MemoryExchange, check};

    fn send(name: &str) -> String {
        format!("<send-request response-variable-name='{name}'><set-url>http://{name}.test</set-url></send-request>")
    }

    fn sent(name: &str) -> Effect {
        let url = format!("http://{name}.test").into();
        let request = HttpRequest { method: "GET".into(), url, timeout_ms: 60_000, ..HttpRequest::default() };
        Effect::Send(Box::new(request))
    }

    fn answer(status: u16) -> Outcome {
        Outcome::Sent(Ok(Box::new(HttpResponse { status, ..HttpResponse::default() })))
    }

    /// Sets `v` to the status codes of the responses `a`, `b` and `c`.
    const STATUSES: &str = "<set-variable name='v' value='@{ var all = \"\"; foreach (var name in new [] { \"a\", \"b\", \"c\" }) { \
        all += context.Variables.ContainsKey(name) ? ((IResponse)context.Variables[name]).StatusCode.ToString() : \"-\"; } return all; }'/>";

    fn forward() -> Effect {
        Effect::Forward(ForwardOptions::default())
    }

    #[test]
    fn requests_go_out_together_and_each_gets_its_answer() {
        let policy = format!("<wait for='all'>{}{}{}</wait>{STATUSES}", send("a"), send("b"), send("c"));
        let exchange = MemoryExchange::get("/").outcome(answer(201)).outcome(answer(202)).outcome(answer(203));
        let effects = [Effect::Parallel { effects: vec![sent("a"), sent("b"), sent("c")], any: false }, forward()];
        check(&policy, exchange, &[Expect::Effects(&effects), Expect::Variable("v", Some("201202203"))]);
    }

    #[test]
    fn the_first_one_is_enough_for_any() {
        let policy = format!("<wait for='@(\"any\")'>{}{}</wait>{STATUSES}", send("a"), send("b"));
        let exchange = MemoryExchange::get("/").outcome(answer(201));
        let effects = [Effect::Parallel { effects: vec![sent("a"), sent("b")], any: true }, forward()];
        check(&policy, exchange, &[Expect::Effects(&effects), Expect::Variable("v", Some("201--"))]);
    }

    #[test]
    fn branches_run_in_rounds_and_keep_their_places() {
        let choose = format!(
            "<choose><when condition='@(true)'>{}<retry condition='@(((IResponse)context.Variables[\"b\"]).StatusCode != 200)' count='2'>{}</retry>\
             </when><otherwise>{}</otherwise></choose>",
            send("a"),
            send("b"),
            send("a")
        );
        let policy = format!("<wait>{choose}{}</wait>{STATUSES}", send("c"));
        let exchange = MemoryExchange::get("/")
            .outcome(answer(201))
            .outcome(answer(203))
            .outcome(answer(500))
            .outcome(answer(200));
        let round =
            |names: &[&str]| Effect::Parallel { effects: names.iter().map(|name| sent(name)).collect(), any: false };
        let effects = [round(&["a", "c"]), round(&["b"]), round(&["b"]), forward()];
        check(&policy, exchange, &[Expect::Effects(&effects), Expect::Variable("v", Some("201200203"))]);
    }

    #[test]
    fn each_branch_stores_the_value_that_its_own_block_made() {
        let made = |name: &str| {
            format!(
                "<choose><when condition='true'><cache-value key='{name}' variable-name='v{name}' refresh-after='0'>{}<set-variable name='v{name}' \
                 value='@(((IResponse)context.Variables[\"{name}\"]).StatusCode)'/></cache-value></when></choose>",
                send(name)
            )
        };
        let policy = format!("<wait>{}{}</wait>", made("a"), made("b"));
        let exchange = MemoryExchange::get("/")
            .outcome(Outcome::Cached(None))
            .outcome(Outcome::Cached(None))
            .outcome(answer(201))
            .outcome(answer(202));
        let get = |name| Effect::CacheGet { key: cache_key::of_value(name) };
        let put = |name, status| Effect::CachePut {
            key: cache_key::of_value(name),
            item: Arc::new(CacheItem::Value(CachedValue::Int(status))),
            duration_s: 28_800,
        };
        let round = Effect::Parallel { effects: vec![sent("a"), sent("b")], any: false };
        let effects = [get("a"), get("b"), round, put("a", 201), put("b", 202), forward()];
        check(&policy, exchange, &[Expect::Effects(&effects)]);
    }

    #[test]
    fn an_error_in_one_is_an_error_of_all() {
        let policy = format!("<wait>{}{}</wait>", send("a"), send("b"));
        let failure = Outcome::Sent(Err(SendFailure { timed_out: true, message: "late".into() }));
        let exchange = MemoryExchange::get("/").outcome(answer(200)).outcome(failure);
        check(&policy, exchange, &[Expect::LastError(Some(("Timeout", "late"))), Expect::EffectCount(1)]);
    }

    #[test]
    fn nothing_to_wait_for_is_no_wait_and_waits_nest() {
        let empty = "<wait/><wait><choose><when condition='false'/></choose></wait>";
        check(empty, MemoryExchange::get("/"), &[Expect::Effects(&[forward()])]);
        let inner = format!("<choose><when condition='true'><wait>{}{}</wait></when></choose>", send("a"), send("b"));
        let policy = format!("<wait>{inner}{}</wait>{STATUSES}", send("c"));
        let exchange = MemoryExchange::get("/").outcome(answer(201)).outcome(answer(203)).outcome(answer(202));
        check(&policy, exchange, &[Expect::Variable("v", Some("201202203"))]);
    }

    #[test]
    fn a_response_returned_from_within_ends_the_request() {
        let policy = format!(
            "<wait>{}<choose><when condition='true'><return-response><set-status code='299' reason='x'/></return-response></when></choose></wait>",
            send("a")
        );
        check(&policy, MemoryExchange::get("/"), &[Expect::Response(299, ""), Expect::EffectCount(0)]);
    }

    #[test]
    fn only_three_policies_may_stand_inside() {
        for (policy, codes) in [
            ("<wait for='some'/>", &["value-invalid"][..]),
            ("<wait><set-method>GET</set-method></wait>", &["unknown-element"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
        let many = format!("<wait>{}</wait>", send("a").repeat(65));
        check(&many, MemoryExchange::get("/"), &[Expect::Codes(&["too-many-elements"])]);
    }
}
