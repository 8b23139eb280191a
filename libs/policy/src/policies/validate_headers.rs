//! `validate-headers`: checks the headers of the response against the operation's definition of the response with its status.
//!
//! `<validate-headers specified-header-action="ignore|prevent|detect" unspecified-header-action="ignore|prevent|detect"
//! errors-variable-name="v"><header name="n" action="ignore|prevent|detect"/>*</validate-headers>` – both actions required, and may be
//! expressions; outbound, on-error; once per section. Headers that describe the message rather than belong to it (`Content-Length`,
//! `Transfer-Encoding`, `Connection`) are never unspecified.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::exchange::Side;
use crate::given::Given;
use crate::policies::OUT_ERR;
use crate::policies::message_body::step;
use crate::policies::parameter_check::{self, Kind};
use crate::policies::validation::{ACTIONS, Action, Problem, action, report};
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::program::SchemaNeeds;
use crate::reader::Element;

static HEADER: ElementRule = ElementRule {
    element: "header",
    attributes: &[
        required("name", Expression::Forbidden, ValueRule::Token),
        required("action", Expression::Allowed, ACTIONS),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-headers",
        attributes: &[
            required("specified-header-action", Expression::Allowed, ACTIONS),
            required("unspecified-header-action", Expression::Allowed, ACTIONS),
            optional("errors-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
        ],
        content: Content::Children(&[ChildRule { rule: &HEADER, occurs: Occurs::Any }]),
    },
    sections: OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build: |element, builder| ValidateHeaders::from(element, builder).and_then(Built::policy),
};

/// A header and its action.
type OwnAction = (Box<str>, Given<Box<str>>);

#[derive(Debug)]
struct ValidateHeaders {
    specified: Given<Box<str>>,
    unspecified: Given<Box<str>>,
    variable: Option<Box<str>>,
    own: Box<[OwnAction]>,
    needs: SchemaNeeds,
}

impl ValidateHeaders {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ValidateHeaders> {
        let mut own = Vec::new();
        for child in element.children_named("header") {
            own.push((child.owned("name")?, builder.text_attribute(child, "action")??));
        }
        Some(ValidateHeaders {
            specified: builder.text_attribute(element, "specified-header-action")??,
            unspecified: builder.text_attribute(element, "unspecified-header-action")??,
            variable: element.owned("errors-variable-name"),
            own: own.into(),
            needs: SchemaNeeds { headers: true, ..SchemaNeeds::default() },
        })
    }

    fn problems(&self, context: &PolicyContext<'_>) -> Result<Vec<(Problem, Action)>, Box<Failure>> {
        let (exchange, values) = (&*context.exchange, context.values);
        let Some(contract) = exchange.contract().filter(|_| exchange.has_response()) else { return Ok(Vec::new()) };
        let declared = contract.response(exchange.status()).map_or(&[][..], |response| &response.headers);
        let action_of = |name: &str, otherwise: &Given<Box<str>>| {
            let own = self.own.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, own)| own);
            action(own.unwrap_or(otherwise), values)
        };
        let mut found = Vec::new();
        for header in declared {
            let action = action_of(&header.name, &self.specified)?;
            if action != Action::Ignore {
                let lines = parameter_check::lines(exchange, Side::Response, &header.name);
                let problems = parameter_check::check(Kind::ResponseHeader, header, &lines);
                found.extend(problems.into_iter().map(|problem| (problem, action)));
            }
        }
        for name in parameter_check::unknown_headers(exchange, Side::Response, declared) {
            let action = action_of(&name, &self.unspecified)?;
            if action != Action::Ignore {
                found.push((parameter_check::unspecified(Kind::ResponseHeader, &name), action));
            }
        }
        Ok(found)
    }
}

impl Policy for ValidateHeaders {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        step(self.problems(context).and_then(|found| report(context, self.variable.as_deref(), &found)))
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Schemas(&self.needs)
    }
}

#[cfg(test)]
mod tests;
