//! `json-to-xml`: converts a body from JSON to XML: the request's in inbound and backend, the response's in outbound and on-error.
//!
//! `<json-to-xml apply="always|content-type-json" consider-accept-header="true|false" parse-date="true|false" namespace-separator="_"
//! namespace-prefix="xmlns" attribute-block-name="#attrs"/>` – `apply` required; all sections. With `consider-accept-header` (default)
//! nothing is converted unless the request accepts XML. `parse-date="false"` copies dates as they are. Properties whose names begin with
//! the namespace prefix declare namespaces, and those of the object with the attribute block's name become attributes. `Content-Type`
//! becomes `application/xml`. A body that is no JSON is an error.

use postern_dotnet::Exception;
use postern_dotnet::work::Paced;
use postern_dotnet::xml::{JsonToXml as Options, json_to_xml};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, optional, required,
};
use crate::effect::Outcome;
use crate::exchange::Side;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::body_conversion::{Conditions, Format, put};
use crate::policies::in_turns;
use crate::policies::message_body::side_of;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::{Section, Sections};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "json-to-xml",
        attributes: &[
            required("apply", Expression::Allowed, ValueRule::OneOf(&["always", "content-type-json"])),
            optional("consider-accept-header", Expression::Allowed, ValueRule::Boolean),
            optional("parse-date", Expression::Allowed, ValueRule::Boolean),
            optional("namespace-separator", Expression::Allowed, ValueRule::Text),
            optional("namespace-prefix", Expression::Allowed, ValueRule::Text),
            optional("attribute-block-name", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| JsonToXml::from(element, builder).and_then(Built::policy),
};

#[derive(Debug)]
struct JsonToXml {
    conditions: Conditions,
    parse_date: Given<bool>,
    separator: Option<Given<Box<str>>>,
    prefix: Option<Given<Box<str>>>,
    attribute_block: Option<Given<Box<str>>>,
}

impl JsonToXml {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<JsonToXml> {
        Some(JsonToXml {
            conditions: Conditions::from(element, builder)?,
            parse_date: builder.flag_attribute(element, "parse-date", true)?,
            separator: builder.text_attribute(element, "namespace-separator")?,
            prefix: builder.text_attribute(element, "namespace-prefix")?,
            attribute_block: builder.text_attribute(element, "attribute-block-name")?,
        })
    }

    fn options(&self, values: &[Value]) -> Options {
        let text = |given: &Option<Given<Box<str>>>| {
            given.as_ref().map(|given| given.text(values).to_owned()).filter(|text| !text.is_empty())
        };
        let default = Options::default();
        Options {
            parse_date: self.parse_date.flag(values),
            namespace_separator: text(&self.separator).unwrap_or(default.namespace_separator),
            namespace_prefix: text(&self.prefix),
            attribute_block_name: text(&self.attribute_block),
            is_strict: false,
        }
    }

    fn work(&self, context: &PolicyContext<'_>) -> Result<Option<Converting>, Box<Failure>> {
        let body = self.conditions.body(context, Format::Json, Format::Xml)?;
        Ok(body.map(|body| json_to_xml(body, self.options(context.values))))
    }
}

type Converting = Paced<Result<String, Exception>>;

fn finish(context: &mut PolicyContext<'_>, made: Result<String, Exception>) -> Result<(), Box<Failure>> {
    put(context, Format::Xml, made.as_deref())
}

impl Policy for JsonToXml {
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
        let exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
        let exchange = exchange.header_line("Content-Type", content_type);
        if accept.is_empty() { exchange } else { exchange.header_line("Accept", accept) }
    }

    #[test]
    fn the_attributes_shape_the_xml() {
        let soap = r##"{"soapenv:Envelope":{"xmlns:soapenv":"urn:s","xmlns:v1":"urn:v","soapenv:Body":{"v1:Q":{"#attrs":{"n":"t"},"v1:I":"x"}}}}"##;
        for (attributes, json, xml) in [
            ("", r#"{"a":{"b":[1,2],"c":""}}"#, "<a><b>1</b><b>2</b><c></c></a>"),
            ("", r#"{"a":1,"b":2}"#, "<Document><a>1</a><b>2</b></Document>"),
            (
                "namespace-separator=':' namespace-prefix='xmlns' attribute-block-name='@(\"#\" + \"attrs\")'",
                soap,
                "<soapenv:Envelope xmlns:soapenv=\"urn:s\" xmlns:v1=\"urn:v\"><soapenv:Body><v1:Q n=\"t\"><v1:I>x</v1:I></v1:Q>\
                 </soapenv:Body></soapenv:Envelope>",
            ),
            ("parse-date='false'", r#"{"a":"2020-01-02T03:04:05.000Z"}"#, "<a>2020-01-02T03:04:05.000Z</a>"),
        ] {
            let policy = format!("<json-to-xml {attributes} apply='always'/>");
            let expected = [Expect::RequestBody(xml), Expect::RequestHeader("Content-Type", &["application/xml"])];
            check(&policy, request("application/json", "", json), &expected);
        }
    }

    #[test]
    fn content_type_and_accept_decide_whether_it_is_converted() {
        const JSON: &str = r#"{"a":"1"}"#;
        const XML: &str = "<a>1</a>";
        for (attributes, content_type, accept, body) in [
            ("apply='content-type-json'", "text/json", "", XML),
            ("apply='content-type-json'", "application/hal+json;a=b", "", XML),
            ("apply='content-type-json'", "text/plain", "", JSON),
            ("apply='always'", "text/plain", "text/xml", XML),
            ("apply='always'", "text/plain", "application/*", XML),
            ("apply='always'", "text/plain", "application/json", JSON),
            ("apply='always' consider-accept-header='@(false)'", "text/plain", "application/json", XML),
        ] {
            let policy = format!("<json-to-xml {attributes}/>");
            check(&policy, request(content_type, accept, JSON), &[Expect::RequestBody(body)]);
        }
    }

    #[test]
    fn the_response_is_converted_in_outbound_and_wrong_words_are_refused() {
        let exchange =
            MemoryExchange { backend_response: (200, Vec::new(), b"{\"a\":1}".to_vec()), ..MemoryExchange::get("/") };
        let policy = "<policies><outbound><json-to-xml apply='always'/></outbound></policies>";
        let expected =
            [Expect::Response(200, "<a>1</a>"), Expect::ResponseHeader("Content-Type", &["application/xml"])];
        check(policy, exchange, &expected);
        for (attributes, code) in [("", "attribute-missing"), ("apply='content-type-xml'", "value-invalid")] {
            check(&format!("<json-to-xml {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
