//! `validate-content`: looks at size, media type and well-formedness of the body: the request's in inbound, the response's in outbound and
//! on-error.
//!
//! `<validate-content unspecified-content-type-action="ignore|prevent|detect" max-size="102400" size-exceeded-action="ignore|prevent|detect"
//! errors-variable-name="v"><content-type-map any-content-type-value="t" missing-content-type-value="t"><type from="t" to="t"/>*
//! </content-type-map>?<content type="t" validate-as="json|xml|soap" action="ignore|prevent|detect"/>*</validate-content>` – the first three
//! attributes are required; all may be expressions but names. Bodies must be well-formed; whether they conform to a schema is not looked at,
//! since the gateway has none: a warning says so.

use postern_dotnet::json;
use postern_dotnet::xml::{LoadOptions, XNode};

use crate::builder::Builder;
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::exchange::Side;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::IN_OUT_ERR;
use crate::policies::body_conversion::{text, word};
use crate::policies::message_body::{side_of, step};
use crate::policies::validation::{ACTIONS, Action, Problem, action, report, warn_without_schema};
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::Element;
use crate::section::Section;

/// Largest `max-size` (APIM).
const SIZE_MAX: u64 = 4 * 1024 * 1024;

static TYPE: ElementRule = ElementRule {
    element: "type",
    attributes: &[
        optional("from", Expression::Allowed, ValueRule::FieldText),
        optional("when", Expression::Allowed, ValueRule::Boolean),
        required("to", Expression::Allowed, ValueRule::FieldText),
    ],
    content: Content::Empty,
};
static MAP: ElementRule = ElementRule {
    element: "content-type-map",
    attributes: &[
        optional("any-content-type-value", Expression::Allowed, ValueRule::FieldText),
        optional("missing-content-type-value", Expression::Allowed, ValueRule::FieldText),
    ],
    content: Content::Children(&[ChildRule { rule: &TYPE, occurs: Occurs::Any }]),
};
static CONTENT: ElementRule = ElementRule {
    element: "content",
    attributes: &[
        optional("type", Expression::Allowed, ValueRule::FieldText),
        required("validate-as", Expression::Allowed, ValueRule::OneOf(&["json", "xml", "soap"])),
        optional("schema-id", Expression::Allowed, ValueRule::Text),
        optional("schema-ref", Expression::Allowed, ValueRule::Text),
        required("action", Expression::Allowed, ACTIONS),
        optional("allow-additional-properties", Expression::Allowed, ValueRule::Boolean),
        optional("case-insensitive-property-names", Expression::Allowed, ValueRule::Boolean),
    ],
    content: Content::Empty,
};

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "validate-content",
        attributes: &[
            required("unspecified-content-type-action", Expression::Allowed, ACTIONS),
            required("max-size", Expression::Allowed, ValueRule::Integer(1, SIZE_MAX)),
            required("size-exceeded-action", Expression::Allowed, ACTIONS),
            optional("errors-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
        ],
        content: Content::Children(&[
            ChildRule { rule: &MAP, occurs: Occurs::Optional },
            ChildRule { rule: &CONTENT, occurs: Occurs::Any },
        ]),
    },
    sections: IN_OUT_ERR,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| ValidateContent::from(element, builder).and_then(Built::policy),
};

type Word = Given<Box<str>>;

#[derive(Debug)]
struct ValidateContent {
    unspecified: Word,
    max_size: Given<u64>,
    size_exceeded: Word,
    variable: Option<Box<str>>,
    any: Option<Word>,
    missing: Option<Word>,
    types: Box<[MappedType]>,
    contents: Box<[Checked]>,
}

#[derive(Debug)]
struct MappedType {
    from: Option<Word>,
    when: Option<Given<bool>>,
    to: Word,
}

/// A `<content>`.
#[derive(Debug)]
struct Checked {
    media_type: Option<Word>,
    validate_as: Word,
    action: Word,
}

impl ValidateContent {
    fn from(element: &Element, builder: &mut Builder<'_, '_>) -> Option<ValidateContent> {
        let (mut any, mut missing, mut types) = (None, None, Vec::new());
        if let Some(map) = element.child("content-type-map") {
            any = builder.text_attribute(map, "any-content-type-value")?;
            missing = builder.text_attribute(map, "missing-content-type-value")?;
            for mapped in &map.children {
                types.push(MappedType {
                    from: builder.text_attribute(mapped, "from")?,
                    when: match mapped.attribute("when") {
                        Some(_) => Some(builder.flag_attribute(mapped, "when", false)?),
                        None => None,
                    },
                    to: builder.text_attribute(mapped, "to")??,
                });
            }
        }
        let mut contents = Vec::new();
        for content in element.children_named("content") {
            contents.push(Checked {
                media_type: builder.text_attribute(content, "type")?,
                validate_as: builder.text_attribute(content, "validate-as")??,
                action: builder.text_attribute(content, "action")??,
            });
        }
        if !contents.is_empty() {
            warn_without_schema(element, builder, "bodies are checked for being well-formed only");
        }
        Some(ValidateContent {
            unspecified: builder.text_attribute(element, "unspecified-content-type-action")??,
            max_size: builder.number_attribute(element, "max-size")??,
            size_exceeded: builder.text_attribute(element, "size-exceeded-action")??,
            variable: element.owned("errors-variable-name"),
            any,
            missing,
            types: types.into(),
            contents: contents.into(),
        })
    }

    /// The media type that counts, without parameters.
    fn media_type(&self, given: Option<&str>, values: &[Value]) -> Option<String> {
        let bare = |text: &str| text.split(';').next().unwrap_or_default().trim().to_owned();
        if let Some(any) = &self.any {
            return Some(bare(any.text(values)));
        }
        let given = given.map(bare).filter(|given| !given.is_empty());
        let Some(given) = given else { return self.missing.as_ref().map(|missing| bare(missing.text(values))) };
        let applies = |mapped: &&MappedType| {
            mapped.when.as_ref().is_some_and(|when| when.flag(values))
                || mapped.from.as_ref().is_some_and(|from| bare(from.text(values)).eq_ignore_ascii_case(&given))
        };
        let mapped = self.types.iter().find(applies).map(|mapped| bare(mapped.to.text(values)));
        Some(mapped.unwrap_or(given))
    }

    fn problems(&self, context: &PolicyContext<'_>) -> Result<Vec<(Problem, Action)>, Box<Failure>> {
        let (side, values) = (context.side(), context.values);
        let (whose, kind) = match side {
            Side::Request => ("Request", "RequestBody"),
            Side::Response => ("Response", "ResponseBody"),
        };
        let Some(body) = context.exchange.body(side) else { return Ok(Vec::new()) };
        let max = self.max_size.number(values);
        if body.len() as u64 > max {
            let details =
                format!("{whose}'s body is {} bytes long and it exceeds the limit of {max} bytes.", body.len());
            let problem = Problem { name: String::new(), kind, rule: "SizeLimit", details };
            return Ok(vec![(problem, action(&self.size_exceeded, values)?)]);
        }
        let header = context.exchange.header(side, "Content-Type").map(String::from_utf8_lossy);
        if body.is_empty() && header.is_none() {
            return Ok(Vec::new());
        }
        let media_type = self.media_type(header.as_deref(), values).unwrap_or_default();
        let fits = |content: &&Checked| {
            let wanted = content.media_type.as_ref().map_or("", |wanted| wanted.text(values).trim());
            wanted.is_empty() || wanted.eq_ignore_ascii_case(&media_type)
        };
        let Some(content) = self.contents.iter().find(fits) else {
            let details = format!("Unspecified content type {media_type} is not allowed.");
            let problem = Problem { name: media_type, kind, rule: "Unspecified", details };
            return Ok(vec![(problem, action(&self.unspecified, values)?)]);
        };
        let is_json =
            word(&content.validate_as, values, "validate-as", &[("json", true), ("xml", false), ("soap", false)])?;
        let text = text(body);
        let checked = if is_json {
            json::parse(&text).map(|_| ())
        } else {
            XNode::parse_document(&text, LoadOptions::None).map(|_| ())
        };
        let Err(exception) = checked else { return Ok(Vec::new()) };
        let details = format!(
            "Body of the {} does not conform to the definition, which is associated with the content type {media_type}. {}",
            whose.to_ascii_lowercase(),
            exception.message
        );
        let problem = Problem { name: media_type, kind, rule: "IncorrectMessage", details };
        Ok(vec![(problem, action(&content.action, values)?)])
    }
}

impl Policy for ValidateContent {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let reported = self.problems(context).and_then(|found| report(context, self.variable.as_deref(), &found));
        step(reported)
    }

    fn needs_body(&self, section: Section) -> Option<Side> {
        Some(side_of(section))
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn size_type_and_form_are_checked() {
        const JSON: &str = "<content type='application/json' validate-as='json' action='prevent'/>";
        const MAP: &str = "<content-type-map missing-content-type-value='application/json'><type from='text/x' to='Application/JSON'/></content-type-map>";
        let size = "Request's body is 21 bytes long and it exceeds the limit of 20 bytes.";
        let malformed = "Body of the request does not conform to the definition, which is associated with the content type application/json. \
                         Unexpected character encountered while parsing value: x. Path '', line 0, position 0.";
        for (children, content_type, body, message) in [
            (JSON, "application/json; charset=utf-8", "{}", None),
            (JSON, "application/json", "123456789012345678901", Some(size)),
            (JSON, "application/json", "x", Some(malformed)),
            (JSON, "text/y", "x", Some("Unspecified content type text/y is not allowed.")),
            (&format!("{MAP}{JSON}"), "text/x", "[]", None),
            (&format!("{MAP}{JSON}"), "", "[]", None),
            ("<content validate-as='xml' action='ignore'/>", "a/b", "x", None),
            ("<content validate-as='soap' action='detect'/>", "a/b", "<a/>", None),
        ] {
            let mut exchange = MemoryExchange { request_body: Some(body.into()), ..MemoryExchange::get("/") };
            if !content_type.is_empty() {
                exchange = exchange.header_line("Content-Type", content_type);
            }
            let policy = format!(
                "<validate-content unspecified-content-type-action='prevent' max-size='20' size-exceeded-action='prevent' \
                 errors-variable-name='e'>{children}</validate-content>"
            );
            let error = message.map(|message| ("Bad request", message));
            check(&policy, exchange, &[Expect::Codes(&["schema-not-available"]), Expect::LastError(error)]);
        }
    }

    #[test]
    fn nothing_is_prevented_where_it_is_only_detected_and_wrong_words_are_refused() {
        let exchange = MemoryExchange { request_body: Some(vec![b'x'; 99]), ..MemoryExchange::get("/") };
        let policy = "<validate-content unspecified-content-type-action='ignore' max-size='@(10)' size-exceeded-action='detect'/>";
        check(policy, exchange, &[Expect::LastError(None), Expect::Response(200, "from the backend")]);
        for (attributes, code) in [
            ("max-size='1' size-exceeded-action='ignore'", "attribute-missing"),
            (
                "unspecified-content-type-action='ignore' max-size='5000000' size-exceeded-action='ignore'",
                "value-invalid",
            ),
            ("unspecified-content-type-action='log' max-size='5' size-exceeded-action='ignore'", "value-invalid"),
        ] {
            check(&format!("<validate-content {attributes}/>"), MemoryExchange::get("/"), &[Expect::Codes(&[code])]);
        }
    }
}
