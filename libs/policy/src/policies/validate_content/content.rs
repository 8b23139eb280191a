//! One `<content>`: which bodies it is for, and how they are checked.

use super::Word;
use crate::builder::Builder;
use crate::contract::Variant;
use crate::expression::value::Value;
use crate::given::Given;
use crate::policies::body_conversion::word;
use crate::policy::Failure;
use crate::program::{GlobalNeed, SchemaNeeds};
use crate::reader::Element;

/// A `<content>`.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) media_type: Option<Word>,
    validate_as: Word,
    pub(super) action: Word,
    pub(super) schema_id: Option<Word>,
    pub(super) schema_ref: Option<Word>,
    pub(super) additional: Option<Given<bool>>,
    pub(super) ignore_case: Given<bool>,
}

/// What a body is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Xml,
    Soap,
}

impl Checked {
    pub(super) fn from(content: &Element, builder: &mut Builder<'_, '_>) -> Option<Checked> {
        let is_json = content.literal("validate-as").is_none_or(|form| form.eq_ignore_ascii_case("json"));
        let of_json = ["schema-ref", "allow-additional-properties", "case-insensitive-property-names"];
        for attribute in content.attributes.iter().filter(|one| !is_json && of_json.contains(&one.name.as_str())) {
            let message = format!("`{}` has no effect: it is for JSON only", attribute.name);
            builder.warning(attribute.offset, "no-effect", message, None);
        }
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

    pub(super) fn add_to(&self, needs: &mut SchemaNeeds) {
        let form = self.validate_as.literal();
        let variants = if form.is_some_and(|form| form != "json") { Vec::new() } else { self.variants() };
        let xml = form != Some("json");
        let reference = self.schema_ref.as_ref().map_or(Some(""), Given::literal);
        match &self.schema_id {
            None => {
                needs.bodies.extend(variants);
                needs.xml |= xml;
            }
            Some(id) => needs.globals.extend(id.literal().zip(reference).map(|(id, reference)| GlobalNeed {
                id: id.into(),
                reference: reference.into(),
                variants,
                xml,
            })),
        }
    }

    pub(super) fn form(&self, values: &[Value]) -> Result<Form, Box<Failure>> {
        let forms = [("json", Form::Json), ("xml", Form::Xml), ("soap", Form::Soap)];
        word(&self.validate_as, values, "validate-as", &forms)
    }
}
