//! `validate-content`: checks size, media type and body against the API's definition: the request's in inbound, the response's in outbound and
//! on-error.
//!
//! `<validate-content unspecified-content-type-action="ignore|prevent|detect" max-size="102400" size-exceeded-action="ignore|prevent|detect"
//! errors-variable-name="v"><content-type-map any-content-type-value="t" missing-content-type-value="t"><type from="t" to="t"/>*
//! </content-type-map>?<content type="t" validate-as="json|xml|soap" schema-id="id" schema-ref="#/…" action="ignore|prevent|detect"
//! allow-additional-properties="true|false" case-insensitive-property-names="false"/>*</validate-content>` – the first three attributes are
//! required; all may be expressions but names. A `<content>` without type stands for every type the operation declares. The schema is the
//! operation's for the media type, or the service's of `schema-id`. XML and SOAP must be well-formed; they are not checked against XML Schema,
//! for which a warning says so.

use postern_dotnet::xml::{LoadOptions, XNode};

use crate::builder::Builder;
use crate::contract::{NoSchema, Schema, Variant, essence};
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
use crate::policies::validation::{ACTIONS, Action, NO_DEFINITIONS, Problem, action, report};
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::program::{GlobalNeed, SchemaNeeds};
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
    needs: SchemaNeeds,
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
    schema_id: Option<Word>,
    schema_ref: Option<Word>,
    additional: Option<Given<bool>>,
    ignore_case: Given<bool>,
}

/// What a body is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Xml,
    Soap,
}

/// Found, with the action it meets.
type Found = Result<Vec<(Problem, Action)>, Box<Failure>>;

impl Checked {
    fn from(content: &Element, builder: &mut Builder<'_, '_>) -> Option<Checked> {
        let checked = Checked {
            media_type: builder.text_attribute(content, "type")?,
            validate_as: builder.text_attribute(content, "validate-as")??,
            action: builder.text_attribute(content, "action")??,
            schema_id: builder.text_attribute(content, "schema-id")?,
            schema_ref: builder.text_attribute(content, "schema-ref")?,
            additional: match content.attribute("allow-additional-properties") {
                Some(_) => Some(builder.flag_attribute(content, "allow-additional-properties", true)?),
                None => None,
            },
            ignore_case: builder.flag_attribute(content, "case-insensitive-property-names", false)?,
        };
        if matches!(checked.validate_as.literal(), Some("xml" | "soap")) {
            let message =
                "bodies are checked for being well-formed only: this gateway does not check XML against XML Schema";
            builder.warning(content.offset, "xml-schema-not-checked", message, None);
        }
        Some(checked)
    }

    /// The ways of checking that its attributes can ask for.
    fn variants(&self) -> Vec<Variant> {
        let additional = match &self.additional {
            None => vec![None],
            Some(Given::Literal(flag)) => vec![Some(*flag)],
            Some(Given::Expression(_)) => vec![Some(false), Some(true)],
        };
        let cases = match &self.ignore_case {
            Given::Literal(flag) => vec![*flag],
            Given::Expression(_) => vec![false, true],
        };
        let all = additional.into_iter().flat_map(|additional| {
            cases.iter().map(move |ignore_case| Variant { additional, ignore_case: *ignore_case })
        });
        all.collect()
    }

    fn add_to(&self, needs: &mut SchemaNeeds) {
        if matches!(self.validate_as.literal(), Some("xml" | "soap")) {
            return;
        }
        let reference = self.schema_ref.as_ref().map_or(Some(""), Given::literal);
        match &self.schema_id {
            None => needs.bodies.extend(self.variants()),
            Some(id) => needs.globals.extend(id.literal().zip(reference).map(|(id, reference)| GlobalNeed {
                id: id.into(),
                reference: reference.into(),
                variants: self.variants(),
            })),
        }
    }

    fn form(&self, values: &[Value]) -> Result<Form, Box<Failure>> {
        let forms = [("json", Form::Json), ("xml", Form::Xml), ("soap", Form::Soap)];
        word(&self.validate_as, values, "validate-as", &forms)
    }
}

/// One body on its way through the checks.
struct Subject<'s> {
    side: Side,
    media_type: &'s str,
    text: &'s str,
}

impl Subject<'_> {
    fn kind(&self) -> &'static str {
        match self.side {
            Side::Request => "RequestBody",
            Side::Response => "ResponseBody",
        }
    }

    fn whose(&self) -> &'static str {
        match self.side {
            Side::Request => "request",
            Side::Response => "response",
        }
    }

    /// `definition`: its name with a space before it, or nothing.
    fn incorrect(&self, definition: &str, message: &str) -> Problem {
        let (whose, media_type) = (self.whose(), self.media_type);
        let details = format!(
            "Body of the {whose} does not conform to the definition{definition}, which is associated with the content type {media_type}. {message}"
        );
        Problem::of_message(media_type, self.kind(), "IncorrectMessage", details)
    }

    /// The definition's own faults.
    fn without_schema(&self, definition: &Schema, reason: &NoSchema) -> Problem {
        let (name, media_type) = (definition.name(), self.media_type);
        match reason {
            NoSchema::Missing => {
                let details = format!(
                    "API's schema does not contain definition {name}, which is associated with the content type {media_type}."
                );
                Problem::of_definition(media_type, self.kind(), "MissingDefinition", details)
            }
            NoSchema::NoDefinitions => {
                Problem::of_definition(media_type, "ApiSchema", "ApiSchema", NO_DEFINITIONS.to_owned())
            }
            NoSchema::Unusable(message) => {
                let details = format!(
                    "Body of the {} cannot be validated for the content type {media_type}. {message}",
                    self.whose()
                );
                Problem::of_definition(media_type, self.kind(), "ValidationException", details)
            }
        }
    }

    fn conforms(&self, definition: &Schema, variant: Variant) -> Vec<Problem> {
        let name = format!(" {}", definition.name());
        match definition.check_json(self.text, variant) {
            Err(reason) => vec![self.without_schema(definition, reason)],
            Ok(Err(unparsable)) => vec![self.incorrect(&name, &unparsable.0)],
            Ok(Ok(violations)) => {
                violations.iter().map(|violation| self.incorrect(&name, &violation.with_place())).collect()
            }
        }
    }

    /// Whether it can be read at all.
    fn is_well_formed(&self, form: Form) -> Vec<Problem> {
        let document = match form {
            Form::Json => {
                return crate::contract::read(self.text)
                    .err()
                    .map(|error| self.incorrect("", &error.0))
                    .into_iter()
                    .collect();
            }
            Form::Xml | Form::Soap => XNode::parse_document(self.text, LoadOptions::None),
        };
        match document {
            Err(exception) => vec![self.incorrect("", &exception.message)],
            Ok(document) if form == Form::Soap && !is_envelope(&document) => {
                vec![self.incorrect("", "The message is not a SOAP envelope with a body.")]
            }
            Ok(_) => Vec::new(),
        }
    }
}

/// SOAP 1.1 section 4, SOAP 1.2 part 1 section 5.
fn is_envelope(document: &XNode) -> bool {
    const NAMESPACES: [&str; 2] =
        ["http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope"];
    let is = |node: &XNode, local: &str| {
        node.name().is_some_and(|name| name.local() == local && NAMESPACES.contains(&name.namespace().as_str()))
    };
    document.root().is_some_and(|root| is(&root, "Envelope") && root.elements(None).iter().any(|part| is(part, "Body")))
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
        let mut needs = SchemaNeeds::default();
        for content in element.children_named("content") {
            let checked = Checked::from(content, builder)?;
            checked.add_to(&mut needs);
            contents.push(checked);
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
            needs,
        })
    }

    /// The media type that counts, without parameters.
    fn media_type(&self, given: Option<&str>, values: &[Value]) -> Option<String> {
        let bare = |text: &str| essence(text).to_owned();
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

    fn problems(&self, context: &PolicyContext<'_>) -> Found {
        let (side, values) = (context.side(), context.values);
        let Some(body) = context.exchange.content(side) else { return Ok(Vec::new()) };
        let max = self.max_size.number(values);
        if body.len() as u64 > max {
            let (whose, kind) = match side {
                Side::Request => ("Request", "RequestBody"),
                Side::Response => ("Response", "ResponseBody"),
            };
            let details =
                format!("{whose}'s body is {} bytes long and it exceeds the limit of {max} bytes.", body.len());
            let problem = Problem::of_message("", kind, "SizeLimit", details);
            return Ok(vec![(problem, action(&self.size_exceeded, values)?)]);
        }
        let header = context.exchange.header(side, "Content-Type").map(String::from_utf8_lossy);
        if body.is_empty() && header.is_none() {
            return Ok(Vec::new());
        }
        let media_type = self.media_type(header.as_deref(), values).unwrap_or_default();
        let text = text(body);
        let subject = Subject { side, media_type: &media_type, text: &text };
        // A type that is named goes before the one that stands for all.
        let wanted =
            |content: &Checked| content.media_type.as_ref().map_or("", |wanted| wanted.text(values).trim()).to_owned();
        let named = self.contents.iter().find(|content| wanted(content).eq_ignore_ascii_case(&media_type));
        let content = named.or_else(|| self.contents.iter().find(|content| wanted(content).is_empty()));
        match content {
            Some(content) => self.check(&subject, content, context),
            None => self.unspecified(&subject, values),
        }
    }

    fn unspecified(&self, subject: &Subject<'_>, values: &[Value]) -> Found {
        let details = format!("Unspecified content type {} is not allowed.", subject.media_type);
        let problem = Problem::of_message(subject.media_type, subject.kind(), "Unspecified", details);
        Ok(vec![(problem, action(&self.unspecified, values)?)])
    }

    fn check(&self, subject: &Subject<'_>, content: &Checked, context: &PolicyContext<'_>) -> Found {
        let values = context.values;
        let chosen = action(&content.action, values)?;
        let form = content.form(values)?;
        if chosen == Action::Ignore {
            return Ok(Vec::new());
        }
        let with_action = |problems: Vec<Problem>| Ok(problems.into_iter().map(|problem| (problem, chosen)).collect());
        if form != Form::Json {
            return with_action(subject.is_well_formed(form));
        }
        let variant = Variant {
            additional: content.additional.as_ref().map(|flag| flag.flag(values)),
            ignore_case: content.ignore_case.flag(values),
        };
        let exchange = &*context.exchange;
        let no_schema = |details: &str| {
            with_action(vec![Problem::of_definition(subject.media_type, "ApiSchema", "ApiSchema", details.to_owned())])
        };
        let not_resolved = || no_schema("API's schema does not exist or it could not be resolved.");
        if let Some(id) = &content.schema_id {
            let id = id.text(values);
            let reference = content.schema_ref.as_ref().map_or("", |reference| reference.text(values));
            if let Some(definition) = exchange.global_definition(id, reference) {
                return with_action(subject.conforms(definition, variant));
            }
            return match exchange.global_schema(id) {
                Some(document) => with_action(subject.conforms(&Schema::referred(document, reference), variant)),
                None => not_resolved(),
            };
        }
        let Some(contract) = exchange.contract() else { return not_resolved() };
        let body = contract.body(subject.side, exchange.status(), subject.media_type);
        match body.map(|body| &body.schema) {
            Some(Some(definition)) => with_action(subject.conforms(definition, variant)),
            _ if !contract.has_schemas => not_resolved(),
            // Declared, without saying what it is.
            Some(None) => with_action(subject.is_well_formed(form)),
            None => self.unspecified(subject, values),
        }
    }
}

impl Policy for ValidateContent {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let reported = self.problems(context).and_then(|found| report(context, self.variable.as_deref(), &found));
        step(reported)
    }

    fn needs_content(&self, section: Section) -> Option<Side> {
        Some(side_of(section))
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Schemas(&self.needs)
    }
}

#[cfg(test)]
mod tests;
