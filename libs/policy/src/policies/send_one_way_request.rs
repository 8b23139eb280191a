//! `send-one-way-request`: sends a request of its own and does not wait for its response.
//!
//! `<send-one-way-request mode="new|copy" timeout="60"><set-url/>?<set-method/>?<set-header/>*<set-body/>?
//! <authentication-basic|authentication-certificate|authentication-managed-identity/>?<proxy/>?</send-one-way-request>` – all sections. As
//! `send-request`, but nothing is kept; what becomes of the request is known to the gateway's log alone.

use crate::definition::{ANY_SCOPE, Definition, ElementRule, Evaluation, Once};
use crate::policies::send_request::{CHILDREN, MODE, TIMEOUT, one_way};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule { element: "send-one-way-request", attributes: &[MODE, TIMEOUT], content: CHILDREN },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: one_way,
};

#[cfg(test)]
mod tests {
    use crate::effect::{Effect, ForwardOptions, HttpRequest};
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn the_request_is_not_waited_for() {
        let policy = "<send-one-way-request mode='new' timeout='3'><set-url>http://a.test</set-url>\
                      <set-method>POST</set-method><set-body>x</set-body></send-one-way-request>";
        let request = HttpRequest {
            method: "POST".into(),
            url: "http://a.test".into(),
            timeout_ms: 3000,
            one_way: true,
            body: Some(b"x".to_vec()),
            ..HttpRequest::default()
        };
        let effects = [Effect::Send(Box::new(request)), Effect::Forward(ForwardOptions::default())];
        check(policy, MemoryExchange::get("/"), &[Expect::Effects(&effects)]);
    }

    #[test]
    fn there_is_nothing_to_keep_or_ignore() {
        for attribute in ["response-variable-name='r'", "ignore-error='true'"] {
            let policy =
                format!("<send-one-way-request {attribute}><set-url>http://a.test</set-url></send-one-way-request>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&["unknown-attribute"])]);
        }
    }
}
