//! Simple types and their facets.

use std::cmp::Ordering;
use std::sync::Arc;

use postern_dotnet::Text;
use postern_dotnet::xml::XName;

use super::{Read, Reader, Spot, Wrong};
use crate::component::TypeId;
use crate::simple::builtin::{Builtin, Space};
use crate::simple::pattern::Pattern;
use crate::simple::value::Value;
use crate::simple::{Facets, SimpleType, Types as _, Variety};

impl Reader<'_> {
    pub(super) fn simple_definition(&mut self, spot: Spot, name: Option<XName>, depth: usize) -> Read<SimpleType> {
        let children = self.children(spot);
        let [step] = children.as_slice() else {
            return self.fail(spot, "SimpleType content is missing.");
        };
        let step = *step;
        match self.local(step) {
            "restriction" => self.restriction(step, name, depth),
            "list" => self.list(step, name, depth),
            "union" => self.union(step, name, depth),
            _ => {
                self.unsupported(step);
                Err(Wrong)
            }
        }
    }

    fn restriction(&mut self, step: Spot, name: Option<XName>, depth: usize) -> Read<SimpleType> {
        let inside = self.children(step).into_iter().find(|child| self.local(*child) == "simpleType");
        let base = match (self.reference(step, "base")?, inside) {
            (Some(base), None) => self.type_named(step, &base)?,
            (None, Some(inside)) => self.new_type(inside, None)?,
            (None, None) => {
                return self.fail(step, "SimpleType restriction should have either the base attribute or a simpleType child to indicate the base type for the derivation.");
            }
            _ => {
                return self.fail(
                    step,
                    "SimpleType restriction should have either the base attribute or a simpleType child, but not both.",
                );
            }
        };
        self.member(base, step, depth)?;
        let Some(of) = self.simple_type(base).cloned() else { return Err(Wrong) };
        let facets = self.facets(step, &of, &["simpleType"])?;
        Ok(SimpleType { name, base, facets, ..of })
    }

    fn list(&mut self, step: Spot, name: Option<XName>, depth: usize) -> Read<SimpleType> {
        let inside = self.children(step).into_iter().next();
        let items = match (self.reference(step, "itemType")?, inside) {
            (Some(items), None) => self.type_named(step, &items)?,
            (None, Some(inside)) => self.new_type(inside, None)?,
            _ => {
                return self.fail(
                    step,
                    "Either the itemType attribute or the simpleType child must be present, but not both.",
                );
            }
        };
        self.member(items, step, depth)?;
        if matches!(self.simple_type(items), Some(SimpleType { variety: Variety::List(_), .. })) {
            return self.fail(step, "A list data type must be derived from an atomic or union data type.");
        }
        Ok(of_any(name, Variety::List(items)))
    }

    fn union(&mut self, step: Spot, name: Option<XName>, depth: usize) -> Read<SimpleType> {
        let mut members = Vec::new();
        let named = self.attribute(step, "memberTypes").unwrap_or_default();
        for member in named.split_ascii_whitespace() {
            let member = self.resolve(step, "memberTypes", member)?;
            members.push(self.type_named(step, &member)?);
        }
        for inside in self.children(step) {
            if self.local(inside) != "simpleType" {
                self.unsupported(inside);
                return Err(Wrong);
            }
            members.push(self.new_type(inside, None)?);
        }
        if members.is_empty() {
            return self.fail(
                step,
                "Either the memberTypes attribute must be non-empty or there must be at least one simpleType child.",
            );
        }
        for member in &members {
            self.member(*member, step, depth)?;
        }
        Ok(of_any(name, Variety::Union(members.into())))
    }

    /// The facets of a restriction on top of those of its base. `others`: children that are not facets.
    pub(super) fn facets(&mut self, step: Spot, base: &SimpleType, others: &[&str]) -> Read<Facets> {
        let mut facets = base.facets.clone();
        let mut patterns: Vec<Text> = Vec::new();
        let mut values: Vec<Value> = Vec::new();
        for child in self.children(step) {
            let local = self.local(child).to_owned();
            if others.contains(&local.as_str()) {
                continue;
            }
            let Some(text) = self.raw_attribute(child, "value") else {
                return self.fail(child, "The required attribute 'value' is missing.");
            };
            match local.as_str() {
                "pattern" => patterns.push(text),
                "enumeration" => values.push(self.facet_value(child, "Enumeration", base, &text)?),
                _ => self.facet(child, &local, &text, base, &mut facets)?,
            }
        }
        if !patterns.is_empty() {
            match Pattern::new(&patterns) {
                Ok(pattern) => facets.patterns.push(Arc::new(pattern)),
                Err(message) => {
                    return self.fail(step, format!("The Pattern constraining facet is invalid - {message}"));
                }
            }
        }
        if !values.is_empty() {
            facets.enumeration = Some(Arc::new(values));
        }
        if facets.min_length.zip(facets.max_length).is_some_and(|(min, max)| min > max) {
            return self.fail(step, "MinLength is greater than MaxLength.");
        }
        let above = |low: &Option<Value>, high: &Option<Value>| {
            low.as_ref().zip(high.as_ref()).is_some_and(|(low, high)| low.compare(high) == Some(Ordering::Greater))
        };
        if above(&facets.min_inclusive, &facets.max_inclusive) {
            return self.fail(step, "The value specified for 'minInclusive' cannot be greater than the value specified for 'maxInclusive' for the same data type.");
        }
        if above(&facets.min_exclusive, &facets.max_exclusive) {
            return self.fail(step, "The value specified for 'minExclusive' cannot be greater than the value specified for 'maxExclusive' for the same data type.");
        }
        Ok(facets)
    }

    fn facet(&mut self, spot: Spot, local: &str, text: &Text, base: &SimpleType, into: &mut Facets) -> Read<()> {
        let trimmed = text.trim();
        if let Some(facet) = prohibited(local, base) {
            let of = SimpleType { name: None, ..base.clone() }.shown(self);
            return self.fail(spot, format!("The {facet} constraining facet is prohibited for '{of}'."));
        }
        match local {
            "length" => into.length = Some(self.count(spot, "Length", trimmed)?),
            "minLength" => into.min_length = Some(self.count(spot, "MinLength", trimmed)?),
            "maxLength" => into.max_length = Some(self.count(spot, "MaxLength", trimmed)?),
            "totalDigits" => into.total_digits = Some(self.count(spot, "TotalDigits", trimmed)?),
            "fractionDigits" => into.fraction_digits = Some(self.count(spot, "FractionDigits", trimmed)?),
            "minInclusive" => {
                into.min_inclusive = Some(self.bound(spot, "MinInclusive", base, text)?);
                into.min_exclusive = None;
            }
            "maxInclusive" => {
                into.max_inclusive = Some(self.bound(spot, "MaxInclusive", base, text)?);
                into.max_exclusive = None;
            }
            "minExclusive" => {
                into.min_exclusive = Some(self.bound(spot, "MinExclusive", base, text)?);
                into.min_inclusive = None;
            }
            "maxExclusive" => {
                into.max_exclusive = Some(self.bound(spot, "MaxExclusive", base, text)?);
                into.max_inclusive = None;
            }
            "whiteSpace" => into.space = Some(self.space(spot, trimmed, base)?),
            _ => {
                self.unsupported(spot);
                return Err(Wrong);
            }
        }
        Ok(())
    }

    fn space(&mut self, spot: Spot, text: &str, base: &SimpleType) -> Read<Space> {
        let space = match text {
            "preserve" => Space::Preserve,
            "replace" => Space::Replace,
            "collapse" => Space::Collapse,
            other => return self.fail(spot, format!("The white space character, '{other}', is invalid.")),
        };
        let (own, parent) = match base.space() {
            Space::Collapse => ("'replace' or 'preserve'", "'collapse'"),
            _ => ("'preserve'", "'replace'"),
        };
        if space < base.space() {
            return self.fail(spot, format!("It is an error if 'whiteSpace' is among the members of {{facets}} of {{base type definition}}, {{value}} is {own}, and the {{value}} of the parent 'whiteSpace' is {parent}."));
        }
        Ok(space)
    }

    fn count(&mut self, spot: Spot, facet: &str, text: &str) -> Read<u64> {
        match text.parse() {
            Ok(count) => Ok(count),
            Err(_) => {
                let is_negative = text.strip_prefix('-').is_some_and(|digits| digits.parse::<u64>().is_ok());
                let why = if is_negative {
                    format!("Value '{text}' was either too large or too small for NonNegativeInteger.")
                } else {
                    format!("The string '{text}' is not a valid NonNegativeInteger value.")
                };
                let message = format!("The {facet} constraining facet is invalid - {why}");
                self.fail(spot, message)
            }
        }
    }

    fn bound(&mut self, spot: Spot, facet: &str, base: &SimpleType, text: &str) -> Read<Value> {
        self.facet_value(spot, facet, base, text)
    }

    /// A value of the base type that a facet has.
    fn facet_value(&mut self, spot: Spot, facet: &str, base: &SimpleType, text: &str) -> Read<Value> {
        if facet == "Enumeration" && base.builtin == Builtin::Boolean {
            return self.fail(spot, "The Enumeration constraining facet is prohibited for 'Boolean'.");
        }
        // Bounds of the base do not apply to bounds, but its lexical form does.
        let plain = SimpleType { facets: Facets { space: base.facets.space, ..Facets::default() }, ..base.clone() };
        let of = if facet == "Enumeration" { base } else { &plain };
        let prefixes =
            |prefix: &str| self.document(spot.schema).and_then(|document| document.namespace(spot.node, prefix));
        let parsed = of.parse(text, self, &prefixes);
        match parsed {
            Ok(typed) => Ok(typed.value),
            Err(message) => self.fail(spot, format!("The {facet} constraining facet is invalid - {message}")),
        }
    }
}

/// The name in messages of a facet that a type does not have.
fn prohibited(facet: &str, base: &SimpleType) -> Option<&'static str> {
    let is_atomic = matches!(base.variety, Variety::Atomic);
    let is_union = matches!(base.variety, Variety::Union(_));
    let of = base.builtin;
    let (shown, is_allowed) = match facet {
        "length" => ("length", !is_union && (!is_atomic || of.has_length())),
        "minLength" => ("MinLength", !is_union && (!is_atomic || of.has_length())),
        "maxLength" => ("MaxLength", !is_union && (!is_atomic || of.has_length())),
        "totalDigits" => ("TotalDigits", is_atomic && of.is_decimal()),
        "fractionDigits" => ("FractionDigits", is_atomic && of.is_decimal()),
        "minInclusive" => ("MinInclusive", is_atomic && of.is_ordered()),
        "maxInclusive" => ("MaxInclusive", is_atomic && of.is_ordered()),
        "minExclusive" => ("MinExclusive", is_atomic && of.is_ordered()),
        "maxExclusive" => ("MaxExclusive", is_atomic && of.is_ordered()),
        "whiteSpace" => ("WhiteSpace", !is_union),
        _ => return None,
    };
    (!is_allowed).then_some(shown)
}

fn of_any(name: Option<XName>, variety: Variety) -> SimpleType {
    SimpleType {
        name,
        builtin: Builtin::AnySimpleType,
        variety,
        base: TypeId::of(Builtin::AnySimpleType),
        facets: Facets::default(),
    }
}
