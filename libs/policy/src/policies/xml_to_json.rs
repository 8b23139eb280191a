//! `xml-to-json`: converts a body from XML to JSON: the request's in inbound and backend, the response's in outbound and on-error.
//!
//! `<xml-to-json kind="javascript-friendly|direct" apply="always|content-type-xml" consider-accept-header="true|false"
//! always-array-child-elements="true|false" empty-values="preserve|asNull" trim="true|false"/>` – `kind` and `apply` required; all sections.
//! With `consider-accept-header` (default) nothing is converted unless the request accepts JSON. `Content-Type` becomes
//! `application/json`. A body that is no XML is an error.

use postern_dotnet::Exception;
use postern_dotnet::work::Paced;
use postern_dotnet::xml::{EmptyValues, XmlToJson as Options, XmlToJsonKind, xml_to_json};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::effect::Outcome;
use crate::exchange::Side;
use crate::given::Given;
use crate::policies::body_conversion::{Conditions, Format, put, word};
use crate::policies::in_turns;
use crate::policies::message_body::side_of;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "xml-to-json",
        attributes: &[
            required("kind", Expression::Allowed, ValueRule::OneOf(&["javascript-friendly", "direct"])),
            required("apply", Expression::Allowed, ValueRule::OneOf(&["always", "content-type-xml"])),
            optional("consider-accept-header", Expression::Allowed, ValueRule::Boolean),
            optional("always-array-child-elements", Expression::Allowed, ValueRule::Boolean),
            optional("empty-values", Expression::Allowed, ValueRule::OneOf(&["preserve", "asNull"])),
            optional("trim", Expression::Allowed, ValueRule::Boolean),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| XmlToJson::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
struct XmlToJson {
    conditions: Conditions,
    kind: Given<Box<str>>,
    empty_values: Option<Given<Box<str>>>,
    always_array: Given<bool>,
    trim: Given<bool>,
}

impl XmlToJson {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<XmlToJson> {
        Some(XmlToJson {
            conditions: Conditions::from(element, builder)?,
            kind: builder.text_attribute(element, "kind")??,
            empty_values: builder.text_attribute(element, "empty-values")?,
            always_array: builder.flag_attribute(element, "always-array-child-elements", false)?,
            trim: builder.flag_attribute(element, "trim", false)?,
        })
    }

    fn work(&self, context: &PolicyContext<'_>) -> Result<Option<Converting>, Box<Failure>> {
        let values = context.values;
        let kinds = [("javascript-friendly", XmlToJsonKind::JavascriptFriendly), ("direct", XmlToJsonKind::Direct)];
        let empty = [("preserve", EmptyValues::Preserve), ("asNull", EmptyValues::AsNull)];
        let options = Options {
            kind: word(&self.kind, values, "kind", &kinds)?,
            always_array: self.always_array.flag(values),
            empty_values: match &self.empty_values {
                Some(given) => word(given, values, "empty-values", &empty)?,
                None => EmptyValues::AsWritten,
            },
            trim: self.trim.flag(values),
        };
        let body = self.conditions.body(context, Format::Xml, Format::Json)?;
        Ok(body.map(|body| xml_to_json(body, options)))
    }
}

type Converting = Paced<Result<String, Exception>>;

fn finish(context: &mut PolicyContext<'_>, made: Result<String, Exception>) -> Result<(), Box<Failure>> {
    put(context, Format::Json, made.as_deref())
}

impl Policy for XmlToJson {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let work = self.work(context);
        in_turns::begin(context, work, finish)
    }

    fn resume(&self, context: &mut PolicyContext<'_>, _outcome: Outcome) -> Step {
        in_turns::resume::<Converting>(context, finish)
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        Some(side_of(section))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    fn request(content_type: &str, accept: &str, body: &str) -> MemoryExchange {
        let mut exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
        for (name, value) in [("Content-Type", content_type), ("Accept", accept)] {
            if !value.is_empty() {
                exchange = exchange.header_line(name, value);
            }
        }
        exchange
    }

    #[test]
    fn the_attributes_shape_the_json() {
        for (attributes, xml, json) in [
            ("kind='direct'", "<a b='1'>x</a>", r##"{"a":{"@b":"1","#text":"x"}}"##),
            ("kind='javascript-friendly'", "<a><b>1</b><b>2</b></a>", r#"{"a":{"b":["1","2"]}}"#),
            ("kind='Direct' always-array-child-elements='true'", "<a><b>1</b></a>", r#"{"a":{"b":["1"]}}"#),
            ("kind='direct' empty-values='asNull'", "<a><b></b></a>", r#"{"a":{"b":null}}"#),
            ("kind='direct' empty-values='preserve'", "<a><b/></a>", r#"{"a":{"b":""}}"#),
            ("kind='direct' trim='true'", "<a><b> x </b></a>", r#"{"a":{"b":"x"}}"#),
            ("kind='@(\"direct\")' always-array-child-elements='@(1 == 1)'", "<a><b/></a>", r#"{"a":{"b":[null]}}"#),
        ] {
            let policy = format!("<xml-to-json {attributes} apply='always'/>");
            let expected = [Expect::RequestBody(json), Expect::RequestHeader("Content-Type", &["application/json"])];
            check(&policy, request("text/xml; charset=utf-8", "", xml), &expected);
        }
    }

    #[test]
    fn content_type_and_accept_decide_whether_it_is_converted() {
        const XML: &str = "<a>1</a>";
        const JSON: &str = r#"{"a":"1"}"#;
        for (attributes, content_type, accept, body) in [
            ("apply='content-type-xml'", "application/soap+xml; a=b", "", JSON),
            ("apply='content-type-xml'", "TEXT/XML", "", JSON),
            ("apply='content-type-xml'", "text/plain", "", XML),
            ("apply='content-type-xml'", "", "", XML),
            ("apply='always'", "", "application/json", JSON),
            ("apply='always'", "", "text/html, */*;q=0.8", JSON),
            ("apply='always'", "", "application/problem+json", JSON),
            ("apply='always'", "", "application/xml", XML),
            ("apply='always'", "", "application/json;q=0, text/xml", XML),
            ("apply='always' consider-accept-header='false'", "", "application/xml", JSON),
            ("apply='@(\"content-type-xml\")'", "text/plain", "", XML),
        ] {
            let policy = format!("<xml-to-json kind='direct' {attributes}/>");
            check(&policy, request(content_type, accept, XML), &[Expect::RequestBody(body)]);
        }
    }

    #[test]
    fn other_bodies_and_words_are_errors() {
        check("<xml-to-json kind='direct' apply='always'/>", request("", "", " "), &[Expect::RequestBody(" ")]);
        let message = "Data at the root level is invalid. Line 1, position 1.";
        check(
            "<xml-to-json kind='direct' apply='always'/>",
            request("", "", "{}"),
            &[Expect::LastError(Some(("BodyConversionFailure", message)))],
        );
        let message =
            "The value of an expression cannot be used: attribute `apply` must be one of always, content-type-xml";
        check(
            "<xml-to-json kind='direct' apply='@(\"never\")'/>",
            request("", "", "<a/>"),
            &[Expect::LastError(Some(("ExpressionValueEvaluationFailure", message)))],
        );
        for (attributes, code) in [
            ("kind='direct'", "attribute-missing"),
            ("kind='other' apply='always'", "value-invalid"),
            ("kind='direct' apply='content-type-json'", "value-invalid"),
            ("kind='direct' apply='always' trim='yes'", "value-invalid"),
        ] {
            check(&format!("<xml-to-json {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
