//! `validate-odata-request`: looks at version and size of an OData request.
//!
//! `<validate-odata-request error-variable-name="v" default-odata-version="4.0" min-odata-version="4.0" max-odata-version="4.01"
//! max-size="102400"/>` – all optional; inbound; global, product and API
//! scope; once per section. Without a header `OData-Version` the default version counts. The gateway
//! does not have the OData schema, so URL and body are not checked against it: a warning says so. A refused request gets 400.

use crate::builder::Builder;
use crate::definition::{Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional};
use crate::exchange::Side;
use crate::policies::message_body::step;
use crate::policies::validation::{Action, Problem, report, warn_without_schema};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{ScopeName, Section, Sections};

/// `default-odata-version`
const VERSION: &str = "4.0";
const VERSIONS: ValueRule = ValueRule::OneOf(&["2.0", "3.0", "4.0", "4.01"]);

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-odata-request",
        attributes: &[
            optional("error-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
            optional("default-odata-version", Expression::Forbidden, VERSIONS),
            optional("min-odata-version", Expression::Forbidden, VERSIONS),
            optional("max-odata-version", Expression::Forbidden, VERSIONS),
            optional("max-size", Expression::Forbidden, ValueRule::Integer(1, u32::MAX as u64)),
        ],
        content: Content::Empty,
    },
    sections: Sections::INBOUND,
    scopes: &[ScopeName::Global, ScopeName::Product, ScopeName::Api],
    once: Once::PerSection,
    evaluation: Evaluation::Own,
    build: |element, builder| Built::policy(ValidateOdataRequest::from(element, builder)),
};

#[derive(Debug)]
struct ValidateOdataRequest {
    variable: Option<Box<str>>,
    default: Box<str>,
    min: Option<f32>,
    max: Option<f32>,
    max_size: Option<u64>,
}

impl ValidateOdataRequest {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> ValidateOdataRequest {
        warn_without_schema(element, builder, "requests are not checked against one");
        let version = |name: &str| element.literal(name).and_then(|version| version.parse().ok());
        ValidateOdataRequest {
            variable: element.owned("error-variable-name"),
            default: element.owned("default-odata-version").unwrap_or_else(|| VERSION.into()),
            min: version("min-odata-version"),
            max: version("max-odata-version"),
            max_size: element.number("max-size"),
        }
    }

    fn problem(&self, context: &PolicyContext<'_>) -> Option<Problem> {
        let exchange = &*context.exchange;
        let header = exchange.header(Side::Request, "OData-Version").map(String::from_utf8_lossy);
        let given = header.as_deref().map_or(&*self.default, str::trim);
        let version = given.parse::<f32>().ok();
        let is_good = version.is_some_and(|version| {
            self.min.is_none_or(|min| version >= min) && self.max.is_none_or(|max| version <= max)
        });
        if !is_good {
            let details = format!("OData version {given} is not allowed.");
            return Some(Problem::of_message("OData-Version", "RequestHeader", "IncorrectMessage", details));
        }
        let (size, max) = (exchange.content(Side::Request)?.len(), self.max_size?);
        let details = format!("Request's body is {size} bytes long and it exceeds the limit of {max} bytes.");
        (size as u64 > max).then(|| Problem::of_message("", "RequestBody", "SizeLimit", details))
    }

    fn apply(&self, context: &mut PolicyContext<'_>) -> Result<(), Box<Failure>> {
        match self.problem(context) {
            Some(problem) => report(context, self.variable.as_deref(), &[(problem, Action::Prevent)]),
            None => Ok(()),
        }
    }
}

impl Policy for ValidateOdataRequest {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        step(self.apply(context))
    }

    fn needs_content(&self, _section: Section) -> Option<Side> {
        self.max_size.map(|_| Side::Request)
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn version_and_size_are_checked() {
        for (attributes, version, body, message) in [
            ("", "4.01", "", None),
            ("", "", "", None),
            ("", "new", "", Some("OData version new is not allowed.")),
            ("min-odata-version='4.0' max-odata-version='4.01'", "4.01", "", None),
            ("max-odata-version='4.0'", "4.01", "", Some("OData version 4.01 is not allowed.")),
            ("min-odata-version='4.01'", "", "", Some("OData version 4.0 is not allowed.")),
            ("max-size='3'", "", "abc", None),
            ("max-size='3'", "", "abcd", Some("Request's body is 4 bytes long and it exceeds the limit of 3 bytes.")),
        ] {
            let mut exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
            if !version.is_empty() {
                exchange = exchange.header_line("OData-Version", version);
            }
            let error = message.map(|message| ("Bad request", message));
            let expected = [Expect::Codes(&["schema-not-available"]), Expect::LastError(error)];
            check(&format!("<validate-odata-request {attributes}/>"), exchange, &expected);
        }
        check("<validate-odata-request max-size='0'/>", MemoryExchange::get("/"), &[Expect::Codes(&["value-invalid"])]);
    }
}
