//! Simple types and their facets.

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
            return self.fail(spot, "A simple type must be one of a restriction, a list and a union.");
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
            _ => {
                return self.fail(step, "Either the base attribute or the simpleType child must be present on the simpleType restriction, but not both.");
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
            return self.fail(step, "The items of a list cannot be lists.");
        }
        Ok(of_any(name, Variety::List(items)))
    }

    fn union(&mut self, step: Spot, name: Option<XName>, depth: usize) -> Read<SimpleType> {
        let mut members = Vec::new();
        let named = self.attribute(step, "memberTypes").unwrap_or_default();
        for member in named.split_ascii_whitespace() {
            let member = self.resolve(step, member)?;
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
            return self.fail(step, "Either the memberTypes attribute or the simpleType child must be present.");
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
            return self.fail(step, "MaxLength must be greater than MinLength.");
        }
        Ok(facets)
    }

    fn facet(&mut self, spot: Spot, local: &str, text: &Text, base: &SimpleType, into: &mut Facets) -> Read<()> {
        let trimmed = text.trim();
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
            "whiteSpace" => {
                into.space = Some(match trimmed {
                    "preserve" => Space::Preserve,
                    "replace" => Space::Replace,
                    "collapse" => Space::Collapse,
                    other => {
                        return self.fail(spot, format!("The white space character '{other}' is invalid."));
                    }
                });
            }
            _ => {
                self.unsupported(spot);
                return Err(Wrong);
            }
        }
        Ok(())
    }

    fn count(&mut self, spot: Spot, facet: &str, text: &str) -> Read<u64> {
        match text.parse() {
            Ok(count) => Ok(count),
            Err(_) => {
                let message = format!(
                    "The {facet} constraining facet is invalid - The string '{text}' is not a valid NonNegativeInteger value."
                );
                self.fail(spot, message)
            }
        }
    }

    fn bound(&mut self, spot: Spot, facet: &str, base: &SimpleType, text: &str) -> Read<Value> {
        let value = self.facet_value(spot, facet, base, text)?;
        match value {
            Value::Decimal(_) | Value::Float(_) | Value::Moment(_) => Ok(value),
            _ => {
                let code = base.builtin.code();
                self.fail(spot, format!("The {facet} constraining facet is prohibited for '{code}'."))
            }
        }
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

fn of_any(name: Option<XName>, variety: Variety) -> SimpleType {
    SimpleType {
        name,
        builtin: Builtin::AnySimpleType,
        variety,
        base: TypeId::of(Builtin::AnySimpleType),
        facets: Facets::default(),
    }
}
