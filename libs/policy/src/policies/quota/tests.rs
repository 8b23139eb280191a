use std::sync::Arc;

use crate::compile::{Scope, compile};
use crate::document::{DocumentKind, parse_document};
use crate::effect::{Effect, Outcome, Quota, QuotaKind, QuotaResult};
use crate::program::Program;
use crate::run::Run;
use crate::section::ScopeName;
use crate::testing::{MemoryExchange, drive};

/// `quota` belongs to products.
fn compiled(policy: &str) -> (Arc<Program>, Vec<&'static str>) {
    let text = format!("<policies><inbound>{policy}</inbound></policies>");
    let (document, mut diagnostics) = parse_document(&text, DocumentKind::Policy);
    let document = Arc::new(document);
    let scope = Scope { name: ScopeName::Product, entity: "starter", document: &document };
    let (program, more) = compile(&[scope], &|_| None);
    diagnostics.extend(more);
    (program, diagnostics.iter().map(|diagnostic| diagnostic.code).collect())
}

/// The quotas asked for, and those the bytes count against.
fn quotas(policy: &str, mut exchange: MemoryExchange) -> (Vec<Quota>, Vec<Quota>) {
    let (program, codes) = compiled(policy);
    assert_eq!(codes, [""; 0], "{policy}");
    let mut run = Run::new();
    let effects = drive(&program, &mut exchange, &mut run);
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Quota(request) => {
            assert_eq!((request.increment, request.late), (1, false));
            Some(request.quotas.to_vec())
        }
        _ => None,
    });
    (asked.unwrap_or_default(), run.bandwidth().to_vec())
}

#[test]
fn quotas_of_api_and_operation_apply_besides_the_policys_own() {
    let policy = "<quota calls='100' bandwidth='3' renewal-period='3600'>\
                  <api id='echo' calls='50'><operation id='get-item' bandwidth='1' renewal-period='60'/>\
                  <operation name='Other' calls='1'/></api><api name='Else' calls='1'/></quota>";
    let amounts =
        |quotas: &[Quota]| quotas.iter().map(|quota| (quota.calls, quota.bytes, quota.period_s)).collect::<Vec<_>>();
    let (asked, bytes) = quotas(policy, MemoryExchange::get("/"));
    assert_eq!(amounts(&asked), [(Some(100), Some(3072), 3600), (Some(50), None, 3600), (None, Some(1024), 60)]);
    assert_eq!(amounts(&bytes), [(Some(100), Some(3072), 3600), (None, Some(1024), 60)]);
    let other = MemoryExchange { operation_name: "Other".into(), operation_id: "x".into(), ..MemoryExchange::get("/") };
    assert_eq!(amounts(&quotas(policy, other).0)[2], (Some(1), None, 3600));
    let bob = MemoryExchange { subscription_id: Some("bob".into()), ..MemoryExchange::get("/") };
    let of_bob = quotas(policy, bob).0;
    assert!(asked.iter().zip(&of_bob).all(|(one, two)| one.key != two.key));
}

#[test]
fn periods_begin_with_the_start_of_the_subscription() {
    let policy = "<quota calls='1' renewal-period='300'/>";
    for (dates, start_s) in [
        ((None, None), -62_135_596_800),
        ((Some(1_700_000_000), None), 1_700_000_000),
        ((Some(1_700_000_000), Some(1_700_086_400)), 1_700_086_400),
    ] {
        let exchange = MemoryExchange { subscription_dates_s: dates, ..MemoryExchange::get("/") };
        assert_eq!(quotas(policy, exchange).0[0].start_s, start_s);
    }
}

#[test]
fn without_subscription_nothing_is_counted() {
    let exchange = MemoryExchange { subscription_id: None, ..MemoryExchange::get("/") };
    assert_eq!(quotas("<quota calls='1' renewal-period='300'/>", exchange), (vec![], vec![]));
}

#[test]
fn a_call_too_many_gets_403_and_its_bytes_do_not_count() {
    let (program, _) = compiled("<quota calls='1' bandwidth='1' renewal-period='300'/>");
    let result = QuotaResult { exceeded: Some(QuotaKind::Bytes), retry_after_s: Some(61) };
    let mut exchange = MemoryExchange::get("/").outcome(Outcome::QuotaCounted(result));
    let mut run = Run::new();
    drive(&program, &mut exchange, &mut run);
    let body =
        "{ \"statusCode\": 403, \"message\": \"Out of bandwidth quota. Quota will be replenished in 00:01:01.\" }";
    assert_eq!((exchange.status, String::from_utf8(exchange.response_body).unwrap().as_str()), (403, body));
    assert_eq!(run.bandwidth(), []);
}

#[test]
fn in_a_loop_a_request_counts_once() {
    let policy = "<retry condition='@(true)' count='2' interval='0'><quota calls='1' renewal-period='300'/></retry>";
    let (program, codes) = compiled(policy);
    assert_eq!(codes, [""; 0]);
    let effects = drive(&program, &mut MemoryExchange::get("/"), &mut Run::new());
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Quota(_))).count(), 1);
}

#[test]
fn wrong_attributes_and_repetitions_are_refused() {
    for (policy, expected) in [
        ("<quota renewal-period='1'/>", &["attribute-missing"][..]),
        ("<quota calls='1'/>", &["attribute-missing"]),
        ("<quota calls='1' renewal-period='0'/>", &[]),
        ("<quota calls='@(1)' renewal-period='1'/>", &["expression-not-allowed"]),
        ("<quota calls='1' renewal-period='1'/><quota calls='1' renewal-period='1'/>", &["once-per-section"]),
        ("<quota calls='1' renewal-period='1'><api calls='1'/></quota>", &["attribute-missing"]),
        ("<quota calls='1' renewal-period='1'><api id='a'/></quota>", &["attribute-missing"]),
    ] {
        assert_eq!(compiled(policy).1, expected, "{policy}");
    }
}

#[test]
fn an_api_or_operation_is_named_by_id_or_name_and_has_its_own_amounts() {
    let of = |api: &str| format!("<quota calls='100' renewal-period='3600'><api {api}/></quota>");
    let inside = |operation: &str| {
        of(&format!("id='echo' calls='9'><operation {operation}/></api")).replace("</api/>", "</api>")
    };
    let (own, bytes) = ((Some(7), None, 3600), (None, Some(7 * 1024), 60));
    for (policy, expected) in [
        (of("id='echo' calls='7'"), Some(own)),
        (of("name='Echo API' calls='7'"), Some(own)),
        (of("name='Other' calls='7'"), None),
        // `id` wins.
        (of("id='other' name='Echo API' calls='7'"), None),
        (of("id='echo' name='Other' calls='7'"), Some(own)),
        (of("id='echo' bandwidth='7' renewal-period='60'"), Some(bytes)),
        (inside("id='get-item' calls='7'"), Some(own)),
        (inside("id='other' calls='7'"), None),
        (inside("name='Get item' calls='7'"), Some(own)),
        (inside("name='Other' calls='7'"), None),
        (inside("id='other' name='Get item' calls='7'"), None),
        (inside("id='get-item' bandwidth='7' renewal-period='60'"), Some(bytes)),
    ] {
        let (asked, _) = quotas(&policy, MemoryExchange::get("/"));
        let mut all = asked.iter().map(|quota| (quota.calls, quota.bytes, quota.period_s));
        let outer = 1 + usize::from(policy.contains("<operation"));
        assert_eq!(all.nth(outer), expected, "{policy}");
    }
}
