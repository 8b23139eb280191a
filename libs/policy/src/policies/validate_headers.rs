//! `validate-headers`: would look at the headers of the response.
//!
//! `<validate-headers specified-header-action="ignore|prevent|detect" unspecified-header-action="ignore|prevent|detect"
//! errors-variable-name="v"><header name="n" action="ignore|prevent|detect"/>*</validate-headers>` – both actions required; outbound, on-error;
//! once per section. The gateway does not have the operation's definitions of headers, so nothing is checked: a warning says so.

use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::policies::OUT_ERR;
use crate::policies::validation::{ACTIONS, warn_without_schema};

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
    build: |element, builder| {
        warn_without_schema(element, builder, "headers are not checked");
        Some(Built::Nothing)
    },
};

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn it_says_that_nothing_is_checked() {
        for (policy, code) in [
            (
                "<validate-headers specified-header-action='prevent' unspecified-header-action='@(\"ignore\")'>\
                 <header name='a' action='detect'/></validate-headers>",
                "schema-not-available",
            ),
            ("<validate-headers specified-header-action='prevent'/>", "attribute-missing"),
            ("<validate-headers specified-header-action='log' unspecified-header-action='ignore'/>", "value-invalid"),
        ] {
            let policy = format!("<policies><outbound>{policy}</outbound></policies>");
            check(&policy, MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
