//! What attributes and elements *do*: a request or a response for which each makes a difference, and what the facts say that its caller, its
//! backend or the services it uses then see. Rows are here for what a policy's own tests leave out: with an attribute left unread, one
//! test at least must fail.

mod access;
mod content;
mod messages;
mod services;
mod tokens;
mod validation;

use super::{attributes, children};
use crate::testing::{Expect, MemoryExchange, check};

/// One line of the facts.
struct Row {
    /// Element and attribute, or the path of an element.
    fact: &'static str,
    policy: String,
    exchange: MemoryExchange,
    expected: Vec<Expect<'static>>,
}

fn row(fact: &'static str, policy: impl Into<String>, exchange: MemoryExchange, expected: &[Expect<'static>]) -> Row {
    Row { fact, policy: policy.into(), exchange, expected: expected.to_vec() }
}

fn get() -> MemoryExchange {
    MemoryExchange::get("/")
}

fn check_all(rows: Vec<Row>) {
    let (attributes, children) = (attributes(), children());
    for Row { fact, policy, exchange, expected } in rows {
        let is_known = match fact.split_once(' ') {
            Some((element, name)) => attributes.iter().any(|fact| fact.element == element && fact.name == name),
            None => children.iter().any(|child| child.path == fact),
        };
        assert!(is_known, "the facts have no {fact}");
        check(&policy, exchange, &expected);
    }
}

#[test]
fn who_may_call_is_decided_by_what_the_policy_says() {
    check_all(access::rows());
}

#[test]
fn messages_become_what_the_policy_says() {
    check_all(messages::rows());
}

#[test]
fn services_are_asked_what_the_policy_says() {
    check_all(services::rows());
}

#[test]
fn tokens_pass_by_what_the_policy_says() {
    check_all(tokens::rows());
}

#[test]
fn problems_of_messages_meet_the_action_the_policy_says() {
    check_all(validation::rows());
    check_all(content::rows());
}
