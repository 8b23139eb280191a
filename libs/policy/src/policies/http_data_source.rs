//! `http-data-source`: the document of a resolver, which gets a field of a GraphQL API from an HTTP service.
//!
//! `<http-data-source><http-request>…</http-request><backend>…</backend>?<http-response>…</http-response>?</http-data-source>` – the root of
//! a resolver's policy; no scope is around it. `http-request` makes the request: `set-url` or `set-backend-service`, `set-method` (GET without
//! it), `set-header`, `set-body`, `authentication-certificate`, `get-authorization-context`, `include-fragment`. `backend` holds
//! `forward-request` and is there by itself. `http-response` makes the result of the response: `set-body`, `xml-to-json`, `find-and-replace`,
//! `publish-event`, `include-fragment`; without it the body is the result, and a status from 400 is an error of the field. Other policies of
//! the sections inbound, backend and outbound work too, with a warning, since the original does not take them here.
//!
//! The body of the response is read as JSON; what is none is a text, and an empty one is null. An object of an interface or union says its type in
//! `__typename`. `context.GraphQL.Arguments` has the arguments of the field, `context.GraphQL.Parent` the object it is a field of, and
//! `context.Request.Body` is `{"arguments":{…}}`, also for Liquid templates. Headers of the caller's request can be read, but only those that
//! are set here are sent. `context.Variables` are copies.
//!
//! Fields without a resolver are properties of the object they are fields of. Up to 16 resolvers of a request wait for their data sources together,
//! and a request may call 2,000; mutations are done one after another. An answer has at most 100,000 fields and list elements, and the
//! results of its resolvers 16 MiB. Subscriptions are refused. What a resolver fails of is in the trace, and the error tells only the field.

use crate::definition::{ChildRule, Content, ElementRule, Occurs};

static REQUEST: ElementRule = ElementRule { element: "http-request", attributes: &[], content: Content::Policies };
static BACKEND: ElementRule = ElementRule { element: "backend", attributes: &[], content: Content::Policies };
static RESPONSE: ElementRule = ElementRule { element: "http-response", attributes: &[], content: Content::Policies };

/// The root element.
pub(crate) static RULE: ElementRule = ElementRule {
    element: "http-data-source",
    attributes: &[],
    content: Content::Children(&[
        ChildRule { rule: &REQUEST, occurs: Occurs::One },
        ChildRule { rule: &BACKEND, occurs: Occurs::Optional },
        ChildRule { rule: &RESPONSE, occurs: Occurs::Optional },
    ]),
};
