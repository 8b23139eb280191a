//! `validate-parameters`: checks headers, query and path of the request against the operation's definition.
//!
//! `<validate-parameters specified-parameter-action="ignore|prevent|detect" unspecified-parameter-action="ignore|prevent|detect"
//! errors-variable-name="v"><headers specified-parameter-action unspecified-parameter-action><parameter name="n" action="…"/>*</headers>?
//! <query …>…</query>?<path specified-parameter-action>…</path>?</validate-parameters>` – both actions required; actions may be expressions;
//! inbound; once per section. The innermost action counts. The subscription key, and headers that describe the message rather than belong to
//! it (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection`), are never unspecified.

use std::borrow::Cow;

use crate::builder::Builder;
use crate::contract::{Contract, Parameter};
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once,
    ValueRule, optional, required,
};
use crate::exchange::{Exchange, Side};
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::message_body::step;
use crate::policies::parameter_check::{self, Kind};
use crate::policies::validation::{ACTIONS, Action, Problem, action, report};
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::program::SchemaNeeds;
use crate::reader::Element;
use crate::section::Sections;
use crate::url;

static PARAMETER: ElementRule = ElementRule {
    element: "parameter",
    attributes: &[
        required("name", Expression::Forbidden, ValueRule::NonEmpty),
        required("action", Expression::Allowed, ACTIONS),
    ],
    content: Content::Empty,
};
const PARAMETERS: Content = Content::Children(&[ChildRule { rule: &PARAMETER, occurs: Occurs::Any }]);
const SPECIFIED: AttributeRule = optional("specified-parameter-action", Expression::Allowed, ACTIONS);
const UNSPECIFIED: AttributeRule = optional("unspecified-parameter-action", Expression::Allowed, ACTIONS);
static HEADERS: ElementRule =
    ElementRule { element: "headers", attributes: &[SPECIFIED, UNSPECIFIED], content: PARAMETERS };
static QUERY: ElementRule =
    ElementRule { element: "query", attributes: &[SPECIFIED, UNSPECIFIED], content: PARAMETERS };
static PATH: ElementRule = ElementRule { element: "path", attributes: &[SPECIFIED], content: PARAMETERS };

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-parameters",
        attributes: &[
            required("specified-parameter-action", Expression::Allowed, ACTIONS),
            required("unspecified-parameter-action", Expression::Allowed, ACTIONS),
            optional("errors-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
        ],
        content: Content::ChildrenInAnyOrder(&[
            ChildRule { rule: &HEADERS, occurs: Occurs::Optional },
            ChildRule { rule: &QUERY, occurs: Occurs::Optional },
            ChildRule { rule: &PATH, occurs: Occurs::Optional },
        ]),
    },
    sections: Sections::INBOUND,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build: |element, builder| ValidateParameters::from(element, builder).and_then(Built::policy),
};

type Word = Given<Box<str>>;

/// A parameter and its action.
type OwnAction = (Box<str>, Word);

/// Actions of one place.
#[derive(Debug, Default)]
struct Actions {
    specified: Option<Word>,
    unspecified: Option<Word>,
    own: Box<[OwnAction]>,
}

#[derive(Debug)]
struct ValidateParameters {
    specified: Word,
    unspecified: Word,
    variable: Option<Box<str>>,
    headers: Actions,
    query: Actions,
    path: Actions,
    needs: SchemaNeeds,
}

/// Found, with the action it meets.
type Found = Vec<(Problem, Action)>;

impl Actions {
    fn from(element: Option<&Element>, builder: &mut Builder<'_, '_>) -> Option<Actions> {
        let Some(element) = element else { return Some(Actions::default()) };
        let mut own = Vec::new();
        for child in element.children_named("parameter") {
            own.push((child.owned("name")?, builder.text_attribute(child, "action")??));
        }
        Some(Actions {
            specified: builder.text_attribute(element, "specified-parameter-action")?,
            unspecified: builder.text_attribute(element, "unspecified-parameter-action")?,
            own: own.into(),
        })
    }
}

impl ValidateParameters {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ValidateParameters> {
        Some(ValidateParameters {
            specified: builder.text_attribute(element, "specified-parameter-action")??,
            unspecified: builder.text_attribute(element, "unspecified-parameter-action")??,
            variable: element.owned("errors-variable-name"),
            headers: Actions::from(element.child("headers"), builder)?,
            query: Actions::from(element.child("query"), builder)?,
            path: Actions::from(element.child("path"), builder)?,
            needs: SchemaNeeds { parameters: true, ..SchemaNeeds::default() },
        })
    }

    fn action(&self, of: &Actions, name: &str, is_specified: bool, values: &[Value]) -> Result<Action, Box<Failure>> {
        let own = of.own.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, own)| own);
        let (inner, outer) =
            if is_specified { (&of.specified, &self.specified) } else { (&of.unspecified, &self.unspecified) };
        action(own.or(inner.as_ref()).unwrap_or(outer), values)
    }

    fn specified(
        &self,
        (kind, actions): (Kind, &Actions),
        parameter: &Parameter,
        given: &[Cow<'_, str>],
        values: &[Value],
    ) -> Result<Found, Box<Failure>> {
        let action = self.action(actions, &parameter.name, true, values)?;
        if action == Action::Ignore {
            return Ok(Vec::new());
        }
        Ok(parameter_check::check(kind, parameter, given).into_iter().map(|problem| (problem, action)).collect())
    }

    fn unspecified(
        &self,
        (kind, actions): (Kind, &Actions),
        name: &str,
        values: &[Value],
    ) -> Result<Option<(Problem, Action)>, Box<Failure>> {
        let action = self.action(actions, name, false, values)?;
        Ok((action != Action::Ignore).then(|| (parameter_check::unspecified(kind, name), action)))
    }

    fn problems(&self, context: &PolicyContext<'_>) -> Result<Found, Box<Failure>> {
        let (exchange, values) = (&*context.exchange, context.values);
        let Some(contract) = exchange.contract() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for parameter in &contract.path {
            let value = exchange.matched_parameter(&parameter.name).map(path_value);
            found.extend(self.specified((Kind::Path, &self.path), parameter, value.as_slice(), values)?);
        }
        self.query(exchange, contract, values, &mut found)?;
        self.headers(exchange, contract, values, &mut found)?;
        Ok(found)
    }

    fn query(
        &self,
        exchange: &dyn Exchange,
        contract: &Contract,
        values: &[Value],
        found: &mut Found,
    ) -> Result<(), Box<Failure>> {
        let of = (Kind::Query, &self.query);
        let query = exchange.query();
        for parameter in &contract.query {
            let given: Vec<Cow<'_, str>> = url::parameters(query)
                .filter(|given| url::decode(given.name) == parameter.name.as_bytes())
                .map(|given| query_value(given.text))
                .collect();
            found.extend(self.specified(of, parameter, &given, values)?);
        }
        let mut seen: Vec<String> = Vec::new();
        for given in url::parameters(query) {
            let name = String::from_utf8_lossy(&url::decode(given.name)).into_owned();
            let is_known = contract.query.iter().any(|known| *known.name == *name)
                || exchange.is_template_query_parameter(given.name)
                || name.eq_ignore_ascii_case(exchange.api().key_query)
                || seen.contains(&name);
            if !is_known {
                found.extend(self.unspecified(of, &name, values)?);
                seen.push(name);
            }
        }
        Ok(())
    }

    fn headers(
        &self,
        exchange: &dyn Exchange,
        contract: &Contract,
        values: &[Value],
        found: &mut Found,
    ) -> Result<(), Box<Failure>> {
        let of = (Kind::RequestHeader, &self.headers);
        for parameter in &contract.headers {
            let lines = parameter_check::lines(exchange, Side::Request, &parameter.name);
            found.extend(self.specified(of, parameter, &lines, values)?);
        }
        for name in parameter_check::unknown_headers(exchange, Side::Request, &contract.headers) {
            if !name.eq_ignore_ascii_case(exchange.api().key_header) {
                found.extend(self.unspecified(of, &name, values)?);
            }
        }
        Ok(())
    }
}

/// A path parameter as it is meant: `+` is a plus.
fn path_value(encoded: &[u8]) -> Cow<'static, str> {
    let escaped: Vec<u8> =
        encoded.iter().flat_map(|byte| if *byte == b'+' { b"%2B".to_vec() } else { vec![*byte] }).collect();
    String::from_utf8_lossy(&url::decode(&escaped)).into_owned().into()
}

fn query_value(text: &[u8]) -> Cow<'static, str> {
    let value = memchr::memchr(b'=', text).and_then(|at| text.get(at + 1..)).unwrap_or_default();
    String::from_utf8_lossy(&url::decode(value)).into_owned().into()
}

impl Policy for ValidateParameters {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        step(self.problems(context).and_then(|found| report(context, self.variable.as_deref(), &found)))
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Schemas(&self.needs)
    }
}

#[cfg(test)]
mod tests;
