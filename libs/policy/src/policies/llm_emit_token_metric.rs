//! `llm-emit-token-metric`: metrics of the tokens that a request to a language model took.
//!
//! `<llm-emit-token-metric namespace="API Management"><dimension name="n" value="v"/>+</llm-emit-token-metric>` – names and values may
//! be expressions, evaluated in `inbound`; inbound, all scopes. `Total Tokens`, `Prompt Tokens` and `Completion Tokens` are emitted when the answer is
//! known, and as far as it tells them `Prompt Cached Tokens`, `Prompt Audio Tokens`, `Completion Audio Tokens`, `Completion Reasoning Tokens`,
//! `Completion Accepted Prediction Tokens` and `Completion Rejected Prediction Tokens`. An answer without `usage` is counted as by
//! `llm-token-limit`; answers of status 400 and above, and those from a cache, emit nothing. Dimensions that `emit-metric` knows need no value; up
//! to 5 others are what APIM allows, and as many as with `emit-metric` are taken.

use super::emit_metric::{BACKEND_ID, DIMENSIONS_MAX, KNOWN, NAMESPACE, known};
use super::llm_token_limit::{account, end_reading, read_request};
use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once,
    ValueRule, optional, required,
};
use crate::effect::Outcome;
use crate::exchange::Side;
use crate::given::Given;
use crate::llm::account::TokenMetric;
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

/// Most dimensions of the document's own (APIM); more are remarked upon.
const CUSTOM_MAX: usize = 5;

static DIMENSION: ElementRule = ElementRule {
    element: "dimension",
    attributes: &[
        required("name", Expression::Allowed, ValueRule::NonEmpty),
        optional("value", Expression::Allowed, ValueRule::Text),
    ],
    content: Content::Empty,
};
const CHILDREN: &[ChildRule] = &[ChildRule { rule: &DIMENSION, occurs: Occurs::Some }];
const ATTRIBUTES: &[AttributeRule] = &[optional("namespace", Expression::Forbidden, ValueRule::NonEmpty)];

pub(super) static DEFINITION: Definition = definition("llm-emit-token-metric");

/// The same policy under one of its names.
pub(super) const fn definition(element: &'static str) -> Definition {
    Definition {
        rule: ElementRule { element, attributes: ATTRIBUTES, content: Content::Children(CHILDREN) },
        sections: Sections::INBOUND,
        scopes: ANY_SCOPE,
        once: Once::Any,
        evaluation: Evaluation::Own,
        build,
    }
}

/// Name and value of a dimension; `None`: the gateway knows it.
type Dimension = (Given<Box<str>>, Option<Given<Box<str>>>);

#[derive(Debug)]
struct LlmEmitTokenMetric {
    namespace: Box<str>,
    dimensions: Box<[Dimension]>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let mut dimensions: Vec<Dimension> = Vec::new();
    let mut custom = 0;
    for dimension in element.children_named("dimension") {
        let name = builder.text_attribute(dimension, "name")??;
        let value = builder.text_attribute(dimension, "value")?;
        // A name that is known later may be any.
        let written = dimension.literal("name").unwrap_or_default();
        let is_known = KNOWN.iter().any(|known| known.eq_ignore_ascii_case(written));
        custom += usize::from(!is_known);
        if value.is_none() && !is_known && !written.is_empty() {
            let message = format!("dimension `{written}` has no value and is none of {}", KNOWN.join(", "));
            builder.warning(dimension.offset, "value-suspect", message, Some("add value=\"…\"".to_owned()));
        }
        dimensions.push((name, value));
    }
    if dimensions.len() > DIMENSIONS_MAX {
        let message = format!("`<{}>` has more than {DIMENSIONS_MAX} dimensions", element.name);
        builder.error(element.offset, "too-many-elements", message);
        return None;
    }
    if custom > CUSTOM_MAX {
        let message =
            format!("`<{}>` has more than {CUSTOM_MAX} dimensions of its own, which APIM allows", element.name);
        builder.warning(element.offset, "too-many-elements", message, None);
    }
    let namespace = element.owned("namespace").unwrap_or_else(|| NAMESPACE.into());
    Built::policy(LlmEmitTokenMetric { namespace, dimensions: dimensions.into() })
}

impl LlmEmitTokenMetric {
    fn emit(&self, context: &mut PolicyContext<'_>) -> Step {
        let value = |(name, value): &Dimension| {
            let name = name.text(context.values);
            let value = match value {
                Some(given) => given.text(context.values).into(),
                None => known(context.exchange, name),
            };
            (name.into(), value)
        };
        let dimensions: Vec<(Box<str>, Box<str>)> = self.dimensions.iter().map(value).collect();
        let is_backend_id = |(index, (_, value)): (usize, &Dimension)| {
            let (name, _) = dimensions.get(index)?;
            (value.is_none() && name.eq_ignore_ascii_case(BACKEND_ID)).then_some(index)
        };
        let backend_ids = self.dimensions.iter().enumerate().filter_map(is_backend_id).collect();
        let metric = TokenMetric { namespace: self.namespace.clone(), dimensions, backend_ids };
        account(context).metrics.push(metric);
        Step::Next
    }
}

impl Policy for LlmEmitTokenMetric {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        read_request(context).unwrap_or_else(|| self.emit(context))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match end_reading(context, &outcome) {
            Some(Ok(())) => self.emit(context),
            Some(Err(failure)) => Step::Fail(failure),
            None => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn needs_content(&self, _section: Section) -> Option<Side> {
        Some(Side::Request)
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Llm
    }
}

#[cfg(test)]
mod tests;
