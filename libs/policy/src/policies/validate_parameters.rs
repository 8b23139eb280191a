//! `validate-parameters`: would look at headers, query and path of the request.
//!
//! `<validate-parameters specified-parameter-action="ignore|prevent|detect" unspecified-parameter-action="ignore|prevent|detect"
//! errors-variable-name="v"><headers specified-parameter-action unspecified-parameter-action><parameter name="n" action="…"/>*</headers>?
//! <query …>…</query>?<path specified-parameter-action>…</path>?</validate-parameters>` – both actions required; inbound; once per section.
//! The gateway does not have the operation's definitions of parameters, so nothing is checked: a warning says so.

use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once,
    ValueRule, optional, required,
};
use crate::policies::validation::{ACTIONS, warn_without_schema};
use crate::section::Sections;

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
    build: |element, builder| {
        warn_without_schema(element, builder, "parameters are not checked");
        Some(Built::Nothing)
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn it_says_that_nothing_is_checked() {
        let actions = "specified-parameter-action='prevent' unspecified-parameter-action='detect'";
        for (attributes, content, code) in [
            (
                actions,
                "<query specified-parameter-action='ignore'><parameter name='a' action='detect'/></query><headers/>",
                "schema-not-available",
            ),
            (actions, "<path unspecified-parameter-action='ignore'/>", "unknown-attribute"),
            (actions, "<query><parameter name='a'/></query>", "attribute-missing"),
            ("specified-parameter-action='prevent'", "", "attribute-missing"),
        ] {
            let policy = format!("<validate-parameters {attributes}>{content}</validate-parameters>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
