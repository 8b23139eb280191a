//! `validate-graphql-request`: checks the query of a GraphQL request, and which fields of it the caller may have.
//!
//! `<validate-graphql-request error-variable-name="v" max-size="102400" max-depth="6"><authorize><rule path="/Type/field"
//! action="allow|remove|reject|ignore"/>*</authorize>?</validate-graphql-request>` – `max-size` in bytes; inbound. The query comes as
//! JSON or `application/graphql` in the body, or in the parameter `query` of a GET request. With the API's schema the query is checked against
//! it. Without `max-size` 102400 bytes are the limit, which is all that the documentation allows; more than that is taken as well, as where the
//! original's limit was raised. `max-depth` counts nested fields; what is below `__schema` and `__type` does not count, but no query may be deeper than 64 levels.
//!
//! A rule's path is `/Type/field`, or `/field` for a field of query, mutation or subscription; `*` at its end stands for anything, and `/__*`
//! for the introspection system (`__schema` and `__type`, not `__typename`). The first rule that fits and does not say `ignore` decides: `remove`
//! takes the field out of the query and adds an error to the response, `reject` refuses the request. A field of an interface or union is a field
//! of each of its types, and where the schema is not known a nested field may be of any type. All operations of the document are looked at,
//! whichever is to run. As in the original, rules are for fields of object types: one that names an interface or union itself does not hold for
//! queries that ask one of its types for the field (`check` warns of it where it knows the schema).
//!
//! A refused request gets 400 with `{"errors":[…]}`, and no data. All errors are in the variable `GraphQLErrors`, those of this policy also in the
//! one named.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use postern_graphql::{Action, Authorized, GraphqlError, Query, Rule, errors_json};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::exchange::{Exchange, Side};
use crate::expression::library::json::wrapper::token_value;
use crate::expression::value::Value;
use crate::given::Given;
use crate::graphql::{incoming, to_json};
use crate::policies::body_conversion::word;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

/// `max-size`, in bytes
const SIZE: u64 = 102_400;
/// `max-depth`
const DEPTH: u64 = 6;
/// The variable that all errors of a request are in.
const ERRORS: &str = "GraphQLErrors";

const ACTIONS: ValueRule = ValueRule::OneOf(&["allow", "remove", "reject", "ignore"]);

const COUNT: ValueRule = ValueRule::Integer(1, u32::MAX as u64);
/// Attributes that the policy toolkit writes and nothing describes.
const UNKNOWN_MEANING: [&str; 2] = ["max-total-depth", "max-complexity"];

static RULE: ElementRule = ElementRule {
    element: "rule",
    attributes: &[
        required("path", Expression::Forbidden, ValueRule::NonEmpty),
        optional("action", Expression::Allowed, ACTIONS),
    ],
    content: Content::Empty,
};
static AUTHORIZE: ElementRule = ElementRule {
    element: "authorize",
    attributes: &[],
    content: Content::Children(&[ChildRule { rule: &RULE, occurs: Occurs::Any }]),
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-graphql-request",
        attributes: &[
            optional("error-variable-name", Expression::Allowed, ValueRule::NonEmpty),
            optional("max-size", Expression::Allowed, COUNT),
            optional("max-depth", Expression::Allowed, COUNT),
            optional("max-total-depth", Expression::Allowed, COUNT),
            optional("max-complexity", Expression::Allowed, COUNT),
        ],
        content: Content::Children(&[ChildRule { rule: &AUTHORIZE, occurs: Occurs::Optional }]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| ValidateGraphqlRequest::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
struct ValidateGraphqlRequest {
    variable: Option<Given<Box<str>>>,
    max_size: Given<u64>,
    max_depth: Given<u64>,
    rules: Box<[GivenRule]>,
}

/// A `<rule>`.
#[derive(Debug)]
struct GivenRule {
    path: Box<str>,
    action: Given<Box<str>>,
}

impl ValidateGraphqlRequest {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ValidateGraphqlRequest> {
        let mut rules = Vec::new();
        for rule in element.child("authorize").into_iter().flat_map(|authorize| &authorize.children) {
            let action = builder.text_attribute(rule, "action")?.unwrap_or_else(|| Given::Literal("allow".into()));
            rules.push(GivenRule { path: rule.owned("path")?, action });
        }
        for name in UNKNOWN_MEANING {
            // Compiled all the same: what does not compile is an error.
            builder.number_attribute(element, name)?;
            if let Some(attribute) = element.attribute(name) {
                let message = format!("attribute `{name}` is not documented; it has no effect");
                builder.warning(attribute.offset, "no-effect", message, None);
            }
        }
        Some(ValidateGraphqlRequest {
            variable: builder.text_attribute(element, "error-variable-name")?,
            max_size: builder.number_attribute(element, "max-size")?.unwrap_or(Given::Literal(SIZE)),
            max_depth: builder.number_attribute(element, "max-depth")?.unwrap_or(Given::Literal(DEPTH)),
            rules: rules.into(),
        })
    }

    fn rules(&self, values: &[Value]) -> Result<Vec<Rule<'_>>, Box<Failure>> {
        let words = [
            ("allow", Action::Allow),
            ("remove", Action::Remove),
            ("reject", Action::Reject),
            ("ignore", Action::Ignore),
        ];
        let rule = |known: &GivenRule| word(&known.action, values, "action", &words);
        self.rules.iter().map(|known| Ok(Rule { path: &known.path, action: rule(known)? })).collect()
    }

    /// Checks the request. What was removed is told; the errors are those it is refused for.
    fn check(
        &self,
        exchange: &mut dyn Exchange,
        values: &[Value],
        rules: &[Rule<'_>],
    ) -> Result<Vec<GraphqlError>, Vec<GraphqlError>> {
        let one = |error: GraphqlError| vec![error];
        let (form, request) = incoming::read(exchange, self.max_size.number(values)).map_err(one)?;
        let mut query = Query::parse(&request.query, request.operation_name.as_deref())?;
        let max_depth = self.max_depth.number(values);
        if query.depth() as u64 > max_depth {
            let depth = query.depth();
            let message = format!(
                "Query is too nested to execute. Depth is {depth} levels, maximum allowed on this endpoint is {max_depth}."
            );
            return Err(one(GraphqlError::new(message)));
        }
        let api = exchange.graphql().map(Arc::clone);
        let schema = api.as_ref().and_then(|api| api.schema.as_deref());
        if let Some(schema) = schema {
            query.check(schema)?;
        }
        match query.authorize(schema, rules) {
            Authorized::Whole => Ok(Vec::new()),
            Authorized::Rejected(error) => Err(one(error)),
            Authorized::Nothing(errors) => Err(errors),
            Authorized::Without(errors) => {
                incoming::rewrite(exchange, form, &request, &query.text());
                Ok(errors)
            }
        }
    }
}

impl ValidateGraphqlRequest {
    /// Keeps errors in the variables.
    fn keep(&self, context: &mut PolicyContext<'_>, errors: &[GraphqlError]) {
        let state = &mut *context.state;
        state.graphql.errors.extend_from_slice(errors);
        state.variables.set(ERRORS, token_value(to_json(&state.graphql.errors)));
        if let Some(variable) = &self.variable {
            state.variables.set(variable.text(context.values).trim(), token_value(to_json(errors)));
        }
        for error in errors {
            context.exchange.trace("validate-graphql-request", &error.message);
        }
    }
}

impl Policy for ValidateGraphqlRequest {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        // A preflight request has no query; `cors` answers it.
        if context.exchange.method() == b"OPTIONS" {
            return Step::Next;
        }
        let rules = match self.rules(context.values) {
            Ok(rules) => rules,
            Err(failure) => return Step::Fail(failure),
        };
        match self.check(context.exchange, context.values, &rules) {
            Ok(removed) if removed.is_empty() => Step::Next,
            Ok(removed) => {
                self.keep(context, &removed);
                context.state.graphql.removed.extend(removed);
                Step::Next
            }
            Err(errors) => {
                self.keep(context, &errors);
                Step::Fail(Box::new(refuse(context.exchange, &errors)))
            }
        }
    }

    fn needs_content(&self, _section: Section) -> Option<Side> {
        Some(Side::Request)
    }
}

/// Makes the response one of errors.
pub(crate) fn refuse(exchange: &mut dyn Exchange, errors: &[GraphqlError]) -> Failure {
    exchange.begin_response();
    exchange.set_status(400, "");
    exchange.set_header(Side::Response, "Content-Type", b"application/json");
    exchange.set_body(Side::Response, errors_json(errors).as_bytes());
    let message = errors.first().map_or_else(String::new, |error| error.message.clone());
    Failure { reason: "Bad request".into(), message: message.into(), response: DefaultResponse::AsIs }
}
