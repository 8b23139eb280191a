//! `validate-content`: checks size, media type and body against the API's definition: the request's in inbound, the response's in outbound and
//! on-error.
//!
//! `<validate-content unspecified-content-type-action="ignore|prevent|detect" max-size="102400" size-exceeded-action="ignore|prevent|detect"
//! errors-variable-name="v"><content-type-map any-content-type-value="t" missing-content-type-value="t"><type from="t" to="t"/>*
//! </content-type-map>?<content type="t" validate-as="json|xml|soap" schema-id="id" schema-ref="#/…" action="ignore|prevent|detect"
//! allow-additional-properties="true|false" case-insensitive-property-names="false"/>*</validate-content>` – the first three attributes are
//! required; all may be expressions but names. A `<content>` without type stands for every type the operation declares. The schema is the
//! operation's for the media type, or the service's of `schema-id`; for XML and SOAP, where the operation says nothing, all of XML Schema that the API
//! has. Of XML the root is checked, of SOAP what is in the envelope's body and the header blocks that the schema knows; neither may have a
//! document type declaration. Unspecified is a media type that the operation does not declare; a body of one that it declares and for which
//! there is no `<content>` passes unchecked.

mod content;
mod json;
mod subject;
mod xml;

use content::{Checked, Form};
use json::JsonRun;
use subject::{Subject, Unresolved};
use xml::{Which, XmlRun};

use crate::builder::Builder;
use crate::charset;
use crate::contract::{Variant, essence};
use crate::definition::{
    ANY_SCOPE, Built, ChildRule, Content, Definition, ElementRule, Evaluation, Expression, Occurs, Once, ValueRule,
    optional, required,
};
use crate::effect::Outcome;
use crate::exchange::Side;
use crate::expression::value::Value;
use crate::given::Given;
use crate::limits;
use crate::policies::IN_OUT_ERR;
use crate::policies::message_body::{side_of, step};
use crate::policies::validation::{ACTIONS, Action, Problem, action, report};
use crate::policies::{elsewhere, in_turns};
use crate::policy::{Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::program::SchemaNeeds;
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

/// Found, with the action it meets.
type Found = Result<Vec<(Problem, Action)>, Box<Failure>>;

/// What a first look at a body comes to.
enum Look {
    Found(Vec<(Problem, Action)>),
    /// Against XML Schema, which may take several turns.
    Xml(XmlRun),
    /// A long body of JSON, on another thread.
    Json(JsonRun),
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

    fn look(&self, context: &PolicyContext<'_>) -> Result<Look, Box<Failure>> {
        let (side, values) = (context.side(), context.values);
        let nothing = || Ok(Look::Found(Vec::new()));
        let Some(body) = context.exchange.content(side) else { return nothing() };
        let max = self.max_size.number(values);
        if body.len() as u64 > max {
            let (whose, kind) = match side {
                Side::Request => ("Request", "RequestBody"),
                Side::Response => ("Response", "ResponseBody"),
            };
            let details =
                format!("{whose}'s body is {} bytes long and it exceeds the limit of {max} bytes.", body.len());
            let problem = Problem::of_message("", kind, "SizeLimit", details);
            return Ok(Look::Found(vec![(problem, action(&self.size_exceeded, values)?)]));
        }
        let header = context.exchange.header(side, "Content-Type").map(String::from_utf8_lossy);
        if body.is_empty() && header.is_none() {
            return nothing();
        }
        let media_type = self.media_type(header.as_deref(), values).unwrap_or_default();
        let text = charset::text(body, charset::of_message(context.exchange, side));
        let subject = Subject { side, media_type: &media_type, text: &text };
        // A type that is named goes before the one that stands for all.
        let wanted =
            |content: &Checked| content.media_type.as_ref().map_or("", |wanted| wanted.text(values).trim()).to_owned();
        let named = self.contents.iter().find(|content| wanted(content).eq_ignore_ascii_case(&media_type));
        let content = named.or_else(|| self.contents.iter().find(|content| wanted(content).is_empty()));
        match content {
            Some(content) => self.check(&subject, content, context),
            None if is_declared(&subject, context) => nothing(),
            None => self.unspecified(&subject, values).map(Look::Found),
        }
    }

    fn unspecified(&self, subject: &Subject<'_>, values: &[Value]) -> Found {
        let details = format!("Unspecified content type {} is not allowed.", subject.media_type);
        let problem = Problem::of_message(subject.media_type, subject.kind(), "Unspecified", details);
        Ok(vec![(problem, action(&self.unspecified, values)?)])
    }

    fn check(
        &self,
        subject: &Subject<'_>,
        content: &Checked,
        context: &PolicyContext<'_>,
    ) -> Result<Look, Box<Failure>> {
        let values = context.values;
        let chosen = action(&content.action, values)?;
        let form = content.form(values)?;
        if chosen == Action::Ignore {
            return Ok(Look::Found(Vec::new()));
        }
        let with_action = |problems: Vec<Problem>| problems.into_iter().map(|problem| (problem, chosen)).collect();
        let which = match self.which(subject, content, context) {
            Ok(which) => which,
            Err(Unresolved::Unspecified) => return self.unspecified(subject, values).map(Look::Found),
            Err(Unresolved::NoSchema) => {
                let details = "API's schema does not exist or it could not be resolved.".to_owned();
                let problem = Problem::of_definition(subject.media_type, "ApiSchema", "ApiSchema", details);
                return Ok(Look::Found(with_action(vec![problem])));
            }
        };
        if form != Form::Json {
            return Ok(Look::Xml(XmlRun::new(subject, form == Form::Soap, which, chosen)));
        }
        let variant = Variant {
            additional: content.additional.as_ref().map(|flag| flag.flag(values)),
            ignore_case: content.ignore_case.flag(values),
        };
        let schema = which.with_schema(&*context.exchange, subject.side, subject.media_type, |schema| schema.cloned());
        let is_ready = schema.as_ref().is_none_or(|schema| schema.is_prepared(variant));
        if !is_ready || subject.text.len() > limits::JSON_CHECKED_AT_ONCE_BYTES_MAX {
            return Ok(Look::Json(JsonRun::new(subject, schema, variant, chosen)));
        }
        Ok(Look::Found(with_action(json::check(subject, schema.as_deref(), variant))))
    }

    fn report(&self, context: &mut PolicyContext<'_>, found: &[(Problem, Action)]) -> Step {
        step(report(context, self.variable.as_deref(), found))
    }

    /// Which schema a body is checked against.
    fn which(
        &self,
        subject: &Subject<'_>,
        content: &Checked,
        context: &PolicyContext<'_>,
    ) -> Result<Which, Unresolved> {
        let (exchange, values) = (&*context.exchange, context.values);
        if let Some(id) = &content.schema_id {
            let id = id.text(values);
            let reference = content.schema_ref.as_ref().map_or("", |reference| reference.text(values));
            let is_known = exchange.global_definition(id, reference).is_some() || exchange.global_schema(id).is_some();
            let which = Which::Global { id: id.into(), reference: reference.into() };
            return if is_known { Ok(which) } else { Err(Unresolved::NoSchema) };
        }
        let contract = exchange.contract().ok_or(Unresolved::NoSchema)?;
        match contract.body(subject.side, exchange.status(), subject.media_type) {
            _ if !contract.has_schemas => Err(Unresolved::NoSchema),
            Some(_) => Ok(Which::Body),
            None => Err(Unresolved::Unspecified),
        }
    }
}

/// Whether the operation names the media type, however it describes such bodies.
fn is_declared(subject: &Subject<'_>, context: &PolicyContext<'_>) -> bool {
    let exchange = &*context.exchange;
    exchange.contract().is_some_and(|it| it.body(subject.side, exchange.status(), subject.media_type).is_some())
}

impl Policy for ValidateContent {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        match self.look(context) {
            Ok(Look::Found(found)) => self.report(context, &found),
            Ok(Look::Xml(run)) => in_turns::start(context, run, |context, found| self.report(context, &found)),
            Ok(Look::Json(run)) => elsewhere::begin(context, run),
            Err(failure) => Step::Fail(failure),
        }
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match elsewhere::end::<JsonRun>(context, &outcome) {
            Some(Ok(found)) => self.report(context, &found),
            Some(Err(failure)) => Step::Fail(failure),
            None => in_turns::go_on::<XmlRun>(context, |context, found| self.report(context, &found)),
        }
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
