//! `validate-graphql-request`: checks the query of a GraphQL request, and which fields of it the caller may have.
//!
//! `<validate-graphql-request error-variable-name="v" max-size="102400" max-depth="6"><authorize><rule path="/Type/field"
//! action="allow|remove|reject|ignore"/>*</authorize>?</validate-graphql-request>` – `max-size` required, in bytes; inbound. The query comes as
//! JSON or `application/graphql` in the body, or in the parameter `query` of a GET request. With the API's schema the query is checked against
//! it. `max-depth` counts nested fields; what is below `__schema` and `__type` does not count, but no query may be deeper than 64 levels.
//!
//! A rule's path is `/Type/field`, or `/field` for a field of query, mutation or subscription; `*` at its end stands for anything, and `/__*`
//! for the introspection system (`__schema` and `__type`, not `__typename`). The first rule that fits and does not say `ignore` decides: `remove`
//! takes the field out of the query and adds an error to the response, `reject` refuses the request. A field of an interface or union is a field
//! of each of its types, and where the schema is not known a nested field may be of any type. All operations of the document are looked at,
//! whichever is to run.
//!
//! A refused request gets 400 with `{"errors":[…]}`, and no data. All errors are in the variable `GraphQLErrors`, those of this policy also in the
//! one named.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use postern_graphql::{Action, Authorized, GraphqlError, Query, Request, Rule, errors_json};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::exchange::{Exchange, Side};
use crate::expression::library::json::wrapper::token_value;
use crate::expression::value::Value;
use crate::given::Given;
use crate::graphql::to_json;
use crate::policies::body_conversion::word;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};
use crate::url;

/// Largest `max-size`, in bytes (APIM).
const SIZE_MAX: u64 = 102_400;
/// `max-depth`
const DEPTH: u64 = 6;
/// The variable that all errors of a request are in.
const ERRORS: &str = "GraphQLErrors";

const ACTIONS: ValueRule = ValueRule::OneOf(&["allow", "remove", "reject", "ignore"]);

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
            required("max-size", Expression::Allowed, ValueRule::Integer(1, SIZE_MAX)),
            optional("max-depth", Expression::Allowed, ValueRule::Integer(1, u32::MAX as u64)),
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
    rules: Box<[(Box<str>, Given<Box<str>>)]>,
}

/// Where the query stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Text,
    Parameter,
}

impl ValidateGraphqlRequest {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ValidateGraphqlRequest> {
        let mut rules = Vec::new();
        for rule in element.child("authorize").into_iter().flat_map(|authorize| &authorize.children) {
            let action = builder.text_attribute(rule, "action")?.unwrap_or_else(|| Given::Literal("allow".into()));
            rules.push((rule.owned("path")?, action));
        }
        Some(ValidateGraphqlRequest {
            variable: builder.text_attribute(element, "error-variable-name")?,
            max_size: builder.number_attribute(element, "max-size")??,
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
        let rules = self.rules.iter();
        rules.map(|(path, action)| Ok(Rule { path, action: word(action, values, "action", &words)? })).collect()
    }

    /// Checks the request. What was removed is told; the errors are those it is refused for.
    fn check(
        &self,
        exchange: &mut dyn Exchange,
        values: &[Value],
        rules: &[Rule<'_>],
    ) -> Result<Vec<GraphqlError>, Vec<GraphqlError>> {
        let one = |error: GraphqlError| vec![error];
        let (form, request) = self.request(exchange, values).map_err(one)?;
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
        let schema = api.as_ref().and_then(|api| api.schema.as_ref());
        if let Some(schema) = schema {
            query.check(schema)?;
        }
        match query.authorize(schema, rules) {
            Authorized::Whole => Ok(Vec::new()),
            Authorized::Rejected(error) => Err(one(error)),
            Authorized::Nothing(errors) => Err(errors),
            Authorized::Without(errors) => {
                rewrite(exchange, form, &request, &query.text());
                Ok(errors)
            }
        }
    }

    /// Reads the request.
    fn request(&self, exchange: &dyn Exchange, values: &[Value]) -> Result<(Form, Request), GraphqlError> {
        let max = self.max_size.number(values);
        let parameter = |name: &str| parameter(exchange.query(), name);
        let text =
            |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|_| GraphqlError::new("The request is not UTF-8."));
        let body = exchange.body(Side::Request).unwrap_or_default();
        let is_get = matches!(exchange.method(), b"GET" | b"HEAD");
        let size = if is_get { exchange.query().len() } else { body.len() };
        if size as u64 > max {
            let what = if is_get { "Request's query" } else { "Request's body" };
            let message = format!("{what} is {size} bytes long and it exceeds the limit of {max} bytes.");
            return Err(GraphqlError::new(message));
        }
        if is_get && body.is_empty() {
            let query = parameter("query")?.map(text).transpose()?.unwrap_or_default();
            let operation = parameter("operationName")?.map(text).transpose()?;
            let variables = parameter("variables")?.map(text).transpose()?;
            let request = Request::from_parameters(&query, operation.as_deref(), variables.as_deref())?;
            return Ok((Form::Parameter, request));
        }
        // Servers differ in which of two they take.
        for name in ["query", "operationName", "variables"] {
            if parameter(name)?.is_some() {
                let message = format!("The request must not have \"{name}\" in its URL besides a body.");
                return Err(GraphqlError::new(message));
            }
        }
        let content_type =
            exchange.header(Side::Request, "Content-Type").map(String::from_utf8_lossy).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if media_type.eq_ignore_ascii_case("application/graphql") {
            return Ok((Form::Text, Request::from_text(&text(body.to_vec())?)));
        }
        Request::from_json(body).map(|request| (Form::Json, request))
    }
}

/// A parameter of the URL, decoded.
fn parameter(query: &[u8], name: &str) -> Result<Option<Vec<u8>>, GraphqlError> {
    let mut found = url::parameters(query).filter(|known| url::same_name(known.name, name.as_bytes()));
    let Some(first) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(GraphqlError::new(format!("Parameter \"{name}\" stands twice.")));
    }
    Ok(Some(url::decode(first.text.get(first.name.len() + 1..).unwrap_or_default())))
}

/// Puts another query in the place of the request's.
fn rewrite(exchange: &mut dyn Exchange, form: Form, request: &Request, query: &str) {
    match form {
        Form::Json => exchange.set_body(Side::Request, request.json_with_query(query).as_bytes()),
        Form::Text => exchange.set_body(Side::Request, query.as_bytes()),
        Form::Parameter => {
            let mut made = Vec::new();
            for known in url::parameters(exchange.query()) {
                if !made.is_empty() {
                    made.push(b'&');
                }
                if url::same_name(known.name, b"query") {
                    made.extend_from_slice(b"query=");
                    url::encode_component(&mut made, query);
                } else {
                    made.extend_from_slice(known.text);
                }
            }
            exchange.set_query(&made);
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

    fn needs_body(&self, _section: Section) -> Option<Side> {
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
