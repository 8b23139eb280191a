//! `validate-status-code`: looks at the status of the response.
//!
//! `<validate-status-code unspecified-status-code-action="ignore|prevent|detect" errors-variable-name="v"><status-code code="500"
//! action="ignore|prevent|detect|allow"/>*</validate-status-code>` – the action is required and may be an expression; outbound, on-error; once per
//! section; `allow` is `ignore`. A `<status-code>` decides for a status that the operation does not declare. Without an operation, statuses without a
//! `<status-code>` of their own pass.

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once,
    ValueRule, optional, required,
};
use crate::given::Given;
use crate::policies::OUT_ERR;
use crate::policies::message_body::step;
use crate::policies::validation::{ACTIONS, Action, Problem, action, report};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;

static CODE: ElementRule = ElementRule {
    element: "status-code",
    attributes: &[
        required("code", Expression::Forbidden, ValueRule::Integer(100, 999)),
        required("action", Expression::Allowed, ValueRule::OneOf(&["ignore", "prevent", "detect", "allow"])),
    ],
    content: Content::Empty,
};
const ATTRIBUTES: &[AttributeRule] = &[
    required("unspecified-status-code-action", Expression::Allowed, ACTIONS),
    optional("errors-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
    // How Microsoft's compiler spells it.
    optional("error-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
];

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-status-code",
        attributes: ATTRIBUTES,
        content: Content::Children(&[ChildRule { rule: &CODE, occurs: Occurs::Any }]),
    },
    sections: OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build: |element, builder| ValidateStatusCode::from(element, builder).and_then(Built::policy),
};

/// A status and its action.
type OwnAction = (u64, Given<Box<str>>);

#[derive(Debug)]
struct ValidateStatusCode {
    unspecified: Given<Box<str>>,
    codes: Box<[OwnAction]>,
    variable: Option<Box<str>>,
}

impl ValidateStatusCode {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ValidateStatusCode> {
        let unspecified = builder.text_attribute(element, "unspecified-status-code-action")??;
        let mut codes = Vec::new();
        for child in element.children_named("status-code") {
            codes.push((child.number("code")?, builder.text_attribute(child, "action")??));
        }
        let variable = element.owned("errors-variable-name").or_else(|| element.owned("error-variable-name"));
        Some(ValidateStatusCode { unspecified, codes: codes.into(), variable })
    }

    fn apply(&self, context: &mut PolicyContext<'_>) -> Result<(), Box<Failure>> {
        let status = context.exchange.status();
        let declared = context.exchange.declares_response(status);
        if declared == Some(true) || !context.exchange.has_response() {
            return Ok(());
        }
        let own = self.codes.iter().find(|(code, _)| *code == u64::from(status));
        let action = match (own, declared) {
            (Some((_, own)), _) => action(own, context.values)?,
            (None, Some(_)) => action(&self.unspecified, context.values)?,
            (None, None) => Action::Ignore,
        };
        let details = format!("Response status code {status} is not allowed.");
        let problem = Problem::of_message(&status.to_string(), "StatusCode", "Unspecified", details);
        report(context, self.variable.as_deref(), &[(problem, action)])
    }
}

impl Policy for ValidateStatusCode {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        step(self.apply(context))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    const REFUSED: &str = "{ \"statusCode\": 502, \"message\": \"The request could not be processed due to an internal error. Contact the API owner.\" }";

    fn run(attributes: &str, children: &str, status: u16, is_known: bool, expected: &[Expect<'_>]) {
        let policy = format!(
            "<policies><outbound><validate-status-code {attributes} errors-variable-name='e'>{children}</validate-status-code>\
             <set-variable name='seen' value='1'/></outbound><on-error><set-variable name='first' \
             value='@(context.Variables.ContainsKey(\"e\") ? (string)((JArray)context.Variables[\"e\"])[0][\"Details\"] : \"\")'/></on-error></policies>"
        );
        let mut exchange =
            MemoryExchange { backend_response: (status, Vec::new(), b"b".to_vec()), ..MemoryExchange::get("/") };
        if is_known {
            exchange.examples = vec![(200, "application/json".to_owned(), b"{}".to_vec())];
        }
        check(&policy, exchange, expected);
    }

    #[test]
    fn undeclared_statuses_meet_the_action() {
        let prevent = "unspecified-status-code-action='prevent'";
        let message = "Response status code 500 is not allowed.";
        let refused = [
            Expect::Response(502, REFUSED),
            Expect::LastError(Some(("Response not allowed", message))),
            Expect::Variable("first", Some(message)),
        ];
        let allowed =
            |status| [Expect::Response(status, "b"), Expect::LastError(None), Expect::Variable("seen", Some("1"))];
        run(prevent, "", 500, true, &refused);
        run("unspecified-status-code-action='@(\"pre\" + \"vent\")'", "", 500, true, &refused);
        run(prevent, "", 200, true, &allowed(200));
        run(prevent, "", 500, false, &allowed(500));
        run(prevent, "<status-code code='500' action='ignore'/>", 500, true, &allowed(500));
        run(prevent, "<status-code code='500' action='allow'/>", 500, true, &allowed(500));
        run(prevent, "<status-code code='500' action='prevent'/>", 500, false, &refused);
        run("unspecified-status-code-action='detect'", "", 500, true, &allowed(500));
        run(
            "unspecified-status-code-action='ignore'",
            "<status-code code='200' action='prevent'/>",
            200,
            true,
            &allowed(200),
        );
    }

    #[test]
    fn wrong_values_are_refused() {
        for (content, code) in [
            ("<validate-status-code/>", "attribute-missing"),
            ("<validate-status-code unspecified-status-code-action='log'/>", "value-invalid"),
            (
                "<validate-status-code unspecified-status-code-action='detect'><status-code code='1' action='detect'/></validate-status-code>",
                "value-invalid",
            ),
        ] {
            let policy = format!("<policies><outbound>{content}</outbound></policies>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
        let policy = "<validate-status-code unspecified-status-code-action='detect'/>";
        check(policy, MemoryExchange::get("/"), &[Expect::Codes(&["wrong-section"])]);
    }
}
