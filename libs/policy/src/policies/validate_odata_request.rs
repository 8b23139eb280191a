//! `validate-odata-request`: URL, headers and size of a request have to be those of OData.
//!
//! `<validate-odata-request error-variable-name="v" default-odata-version="4.0" min-odata-version="4.0" max-odata-version="4.01"
//! max-size="102400"/>` – all optional; inbound; global, product and API
//! scope; once per section. The path below the API's own and the query, as the caller sent them, are read by the URL conventions of OData
//! and, where the API has an OData schema, checked against it: names, types, keys, parameters, and which query options may stand where.
//! `OData-Version` (without it the default version counts) and `OData-MaxVersion` have to leave a version between the minimum and the maximum;
//! format parameters in `Accept` and `Content-Type` have to be known ones. Of the body only the size is looked at. From version 4.01 on,
//! system query options are known without `$` too; below 4.0, literals and options are those of versions 2 and 3. A refused request gets 400.
//! At global scope only APIs with an OData schema are checked.

use postern_odata::{OdataError, Place, Request, Version, check_media_type};

use crate::definition::{Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional};
use crate::exchange::{Exchange, Side};
use crate::policies::message_body::step;
use crate::policies::parameter_check::lines;
use crate::policies::validation::{Action, Problem, report};
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
    build: |element, builder| {
        let policy = ValidateOdataRequest::from(element);
        if policy.min.zip(policy.max).is_some_and(|(min, max)| min > max) {
            let message = "`min-odata-version` is above `max-odata-version`: no request is let through";
            builder.warning(element.offset, "value-suspect", message, None);
        }
        Built::policy(policy)
    },
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
    fn from(element: &Element) -> ValidateOdataRequest {
        let version = |name: &str| element.literal(name).and_then(number);
        ValidateOdataRequest {
            variable: element.owned("error-variable-name"),
            default: element.owned("default-odata-version").unwrap_or_else(|| VERSION.into()),
            min: version("min-odata-version"),
            max: version("max-odata-version"),
            max_size: element.number("max-size"),
        }
    }

    fn problems(&self, context: &PolicyContext<'_>) -> Vec<Problem> {
        let exchange = &*context.exchange;
        // What stands for all APIs is not meant for those of other kinds.
        if context.scope == ScopeName::Global && exchange.odata().is_none() {
            return Vec::new();
        }
        let header = exchange.header(Side::Request, "OData-Version").map(String::from_utf8_lossy);
        let given = header.as_deref().map_or(&*self.default, str::trim);
        let versions = [self.version(given), self.max_version(exchange)];
        let media = ["Accept", "Content-Type"].into_iter().flat_map(|name| media(exchange, name));
        let mut problems: Vec<Problem> = versions.into_iter().flatten().chain(media).collect();
        // Without a version nobody knows what the URL means.
        if let Some(version) = Version::parse(given) {
            let query = exchange.original_url().query;
            let request = Request { path: exchange.path_below_api(), query, version };
            problems.extend(postern_odata::check(&request, exchange.odata()).err().map(|error| of_url(&error)));
        }
        problems.extend(self.size(exchange));
        problems
    }

    /// `OData-Version`
    fn version(&self, given: &str) -> Option<Problem> {
        let is_good = number(given).is_some_and(|version| {
            self.min.is_none_or(|min| version >= min) && self.max.is_none_or(|max| version <= max)
        });
        let details = format!("OData version {given} is not allowed.");
        (!is_good).then(|| Problem::of_message("OData-Version", "RequestHeader", "IncorrectMessage", details))
    }

    /// `OData-MaxVersion`: the response must not be of a later version, so it must not be below all that are allowed.
    fn max_version(&self, exchange: &dyn Exchange) -> Option<Problem> {
        let given = exchange.header(Side::Request, "OData-MaxVersion").map(String::from_utf8_lossy)?;
        let given = given.trim();
        let is_good = number(given).is_some_and(|version| self.min.is_none_or(|min| version >= min));
        let details = format!("Maximum OData version {given} is not allowed.");
        (!is_good).then(|| Problem::of_message("OData-MaxVersion", "RequestHeader", "IncorrectMessage", details))
    }

    fn size(&self, exchange: &dyn Exchange) -> Option<Problem> {
        let (size, max) = (exchange.content(Side::Request)?.len(), self.max_size?);
        let details = format!("Request's body is {size} bytes long and it exceeds the limit of {max} bytes.");
        (size as u64 > max).then(|| Problem::of_message("", "RequestBody", "SizeLimit", details))
    }

    fn apply(&self, context: &mut PolicyContext<'_>) -> Result<(), Box<Failure>> {
        let problems = self.problems(context);
        let problems: Vec<_> = problems.into_iter().map(|problem| (problem, Action::Prevent)).collect();
        report(context, self.variable.as_deref(), &problems)
    }
}

/// The number that versions are compared by. `None`: the text is no version.
fn number(version: &str) -> Option<f32> {
    Version::parse(version).and_then(|_| version.parse().ok())
}

/// Format parameters of a header.
fn media(exchange: &dyn Exchange, name: &'static str) -> Option<Problem> {
    let wrong = lines(exchange, Side::Request, name).iter().find_map(|line| check_media_type(line).err())?;
    let details = format!("Request's header {name} is not valid: {wrong}.");
    Some(Problem::of_message(name, "RequestHeader", "IncorrectMessage", details))
}

fn of_url(error: &OdataError) -> Problem {
    let OdataError { place, position, message } = error;
    match place {
        Place::Path => {
            let details = format!("Request's path is not valid at position {position}: {message}.");
            Problem::of_message("", "PathParameter", "IncorrectMessage", details)
        }
        Place::Option(name) => {
            let details = format!("Value of query parameter {name} is not valid at position {position}: {message}.");
            Problem::of_message(name, "QueryParameter", "IncorrectMessage", details)
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
    use std::sync::Arc;

    use postern_odata::Model;

    use crate::testing::{Expect, MemoryExchange, check};

    const MODEL: &str = "<Schema Namespace='N'><EntityType Name='Product'><Key><PropertyRef Name='ID'/></Key>\
        <Property Name='ID' Type='Edm.Int32'/><Property Name='Name' Type='Edm.String'/></EntityType>\
        <EntityContainer Name='C'><EntitySet Name='Products' EntityType='N.Product'/></EntityContainer></Schema>";

    fn service(target: &str) -> MemoryExchange {
        let model = Model::parse(MODEL).unwrap();
        MemoryExchange { odata: Some(Arc::new(model)), ..MemoryExchange::get(target) }
    }

    fn expect(attributes: &str, exchange: MemoryExchange, message: Option<&str>) {
        let error = message.map(|message| ("Bad request", message));
        check(
            &format!("<validate-odata-request {attributes}/>"),
            exchange,
            &[Expect::Codes(&[]), Expect::LastError(error)],
        );
    }

    #[test]
    fn version_and_size_are_checked() {
        for (attributes, version, body, message) in [
            ("", "4.01", "", None),
            ("", "", "", None),
            ("", "new", "", Some("OData version new is not allowed.")),
            ("", "inf", "", Some("OData version inf is not allowed.")),
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
            expect(attributes, exchange, message);
        }
        check("<validate-odata-request max-size='0'/>", MemoryExchange::get("/"), &[Expect::Codes(&["value-invalid"])]);
    }

    #[test]
    fn headers_are_checked() {
        for (attributes, name, value, message) in [
            ("", "OData-MaxVersion", "4.0", None),
            ("", "OData-MaxVersion", "4", Some("Maximum OData version 4 is not allowed.")),
            ("min-odata-version='4.0'", "OData-MaxVersion", "3.0", Some("Maximum OData version 3.0 is not allowed.")),
            ("max-odata-version='4.0'", "OData-MaxVersion", "4.01", None),
            ("", "Accept", "application/json;odata.metadata=minimal, text/html;odata.metadata=x", None),
            (
                "",
                "Accept",
                "application/json;odata.metadata=some",
                Some(
                    "Request's header Accept is not valid: `some` is no value of the format parameter `odata.metadata`.",
                ),
            ),
            (
                "",
                "Content-Type",
                "application/json;IEEE754Compatible=1",
                Some(
                    "Request's header Content-Type is not valid: `1` is no value of the format parameter `IEEE754Compatible`.",
                ),
            ),
        ] {
            expect(attributes, service("/").header_line(name, value), message);
        }
    }

    #[test]
    fn the_url_is_checked_against_the_model_if_there_is_one() {
        let wrong_name =
            "Value of query parameter $filter is not valid at position 0: the type N.Product has no property `Nme`.";
        for (target, message) in [
            ("/", None),
            ("/Products(1)/Name", None),
            ("/Products?$filter=Name%20eq%20'x'&subscription-key=1", None),
            ("/Products?$filter=Nme%20eq%20'x'", Some(wrong_name)),
            ("/Orders", Some("Request's path is not valid at position 0: the service has no `Orders`.")),
            (
                "/Products?$nothing=1",
                Some("Value of query parameter $nothing is not valid at position 0: it is no system query option."),
            ),
        ] {
            expect("", service(target), message);
        }
        expect("", MemoryExchange::get("/Orders?$filter=Nme%20eq%20'x'"), None);
        let open =
            "Request's path is not valid at position 7: a literal or a parameter alias expected, but the text ends.";
        expect("", MemoryExchange::get("/Orders("), Some(open));
    }

    #[test]
    fn the_version_says_how_the_url_is_read() {
        let guid = "/Orders?$filter=ID%20eq%20guid'01234567-89ab-cdef-0123-456789abcdef'";
        let plain = "/Products?top=x";
        let of = |target: &str, version: &str| MemoryExchange::get(target).header_line("OData-Version", version);
        expect("", of(guid, "3.0"), None);
        expect("default-odata-version='2.0'", MemoryExchange::get(guid), None);
        let refused = "Value of query parameter $filter is not valid at position 6: `guid` is no prefix of a literal.";
        expect("default-odata-version='2.0'", of(guid, "4.0"), Some(refused));
        expect("", of(plain, "4.0"), None);
        let refused = "Value of query parameter top is not valid at position 0: a whole number expected, not `x`.";
        expect("", of(plain, "4.01"), Some(refused));
    }

    #[test]
    fn a_rewritten_url_is_checked_as_it_came() {
        let policies = "<rewrite-uri template='/nothing/of/it?$a=b'/><validate-odata-request/>";
        let exchange = service("/Products(1)?$select=Name");
        check(policies, exchange, &[Expect::Codes(&[]), Expect::LastError(None)]);
    }

    #[test]
    fn all_that_is_wrong_is_in_the_variable() {
        let policies = "<validate-odata-request error-variable-name='errors' max-size='1'/>";
        let exchange = MemoryExchange { request_body: Some(b"long".to_vec()), ..service("/Products?$top=x") };
        let exchange = exchange.header_line("OData-MaxVersion", "x");
        let shown = "<set-header name='E' exists-action='override'><value>@(string.Join(\" \", \
            ((JArray)context.Variables[\"errors\"]).Select(e => (string)e[\"Type\"] + \":\" + e[\"Name\"] + \":\" + e[\"ValidationRule\"])))\
            </value></set-header>";
        let document = format!(
            "<policies><inbound>{policies}</inbound><backend/><outbound/><on-error>{shown}</on-error></policies>"
        );
        let names = "RequestHeader:OData-MaxVersion:IncorrectMessage QueryParameter:$top:IncorrectMessage RequestBody::SizeLimit";
        check(&document, exchange, &[Expect::ResponseHeader("E", &[names])]);
    }
}
