//! Simple types: lexical forms, facets, lists and unions.

pub(crate) mod builtin;
mod moment;
pub(crate) mod pattern;
pub(crate) mod value;

use std::cmp::Ordering;
use std::sync::Arc;

use postern_dotnet::Text;
use postern_dotnet::regex::Steps;
use postern_dotnet::xml::XName;

use crate::budget::Budget;
use crate::component::{ANY_TYPE, Type, TypeId};
use crate::limits;
use builtin::{Builtin, Prefixes, Space};
use pattern::Pattern;
use value::Value;

#[derive(Debug, Clone)]
pub(crate) enum Variety {
    Atomic,
    List(TypeId),
    Union(Arc<[TypeId]>),
}

/// The facets that are in force, those of base types among them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Facets {
    pub(crate) space: Option<Space>,
    pub(crate) length: Option<u64>,
    pub(crate) min_length: Option<u64>,
    pub(crate) max_length: Option<u64>,
    /// All of them; each is the alternatives of one step of restriction.
    pub(crate) patterns: Vec<Arc<Pattern>>,
    pub(crate) enumeration: Option<Arc<Vec<Value>>>,
    pub(crate) min_inclusive: Option<Value>,
    pub(crate) max_inclusive: Option<Value>,
    pub(crate) min_exclusive: Option<Value>,
    pub(crate) max_exclusive: Option<Value>,
    pub(crate) total_digits: Option<u64>,
    pub(crate) fraction_digits: Option<u64>,
}

#[derive(Debug, Clone)]
pub(crate) struct SimpleType {
    pub(crate) name: Option<XName>,
    /// The built-in type it comes from; of lists and unions `anySimpleType`.
    pub(crate) builtin: Builtin,
    pub(crate) variety: Variety,
    pub(crate) base: TypeId,
    pub(crate) facets: Facets,
}

/// A value and the built-in type that it has in the end: of the member of a union that took it.
pub(crate) struct Typed {
    pub(crate) value: Value,
    pub(crate) builtin: Builtin,
}

/// Where types are looked up: finished schemas, or those being read.
pub(crate) trait Types {
    fn simple_type(&self, id: TypeId) -> Option<&SimpleType>;
    fn budget(&self) -> &Budget;
}

/// Of reading a value, besides its length.
const VALUE_STEPS: u64 = 15;

/// The start of a value, as messages show it.
pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(limits::VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl SimpleType {
    pub(crate) fn has_member(&self, id: TypeId) -> bool {
        matches!(&self.variety, Variety::Union(members) if members.contains(&id))
    }

    pub(crate) fn space(&self) -> Space {
        match self.variety {
            Variety::List(_) => Space::Collapse,
            Variety::Union(_) => Space::Preserve,
            Variety::Atomic => self.facets.space.unwrap_or_else(|| self.builtin.space()),
        }
    }

    /// Its name in messages.
    pub(crate) fn shown(&self, types: &dyn Types) -> String {
        match (&self.name, &self.variety) {
            (Some(name), _) => crate::validate::message::qualified(name),
            (None, Variety::Atomic) => self.builtin.code().to_owned(),
            (None, Variety::List(items)) => {
                let items = types.simple_type(*items).map_or("", |items| items.builtin.code());
                format!("List of {items}")
            }
            (None, Variety::Union(_)) => "Union".to_owned(),
        }
    }

    /// The value of a text, or why it is none.
    pub(crate) fn parse(&self, text: &str, types: &dyn Types, prefixes: Prefixes<'_>) -> Result<Typed, String> {
        self.parse_within(text, types, prefixes, 0)
    }

    fn parse_within(
        &self,
        text: &str,
        types: &dyn Types,
        prefixes: Prefixes<'_>,
        depth: usize,
    ) -> Result<Typed, String> {
        let text = self.space().apply(text);
        types.budget().take(VALUE_STEPS + text.len() as u64 / 4);
        if depth > limits::UNION_DEPTH_MAX || types.budget().is_spent() {
            return Err("The type is too complex to check values.".to_owned());
        }
        self.check_patterns(&text, types.budget())?;
        let typed = match &self.variety {
            Variety::Atomic => {
                let value = self.builtin.parse(&text, prefixes)?;
                Typed { value, builtin: self.builtin }
            }
            Variety::List(of) => {
                let of = types.simple_type(*of).ok_or("The type of the items is not declared.")?;
                let mut items = Vec::new();
                let mut builtin = of.builtin;
                for item in text.split(' ').filter(|item| !item.is_empty()) {
                    let typed = of.parse_within(item, types, prefixes, depth + 1)?;
                    builtin = typed.builtin;
                    items.push(typed.value);
                    if items.len() > limits::LIST_ITEMS_MAX {
                        return Err(format!("The list has more than {} items.", limits::LIST_ITEMS_MAX));
                    }
                }
                if items.is_empty() && self.facets.min_length == Some(1) && self.builtin != Builtin::AnySimpleType {
                    return Err("The attribute value cannot be empty.".to_owned());
                }
                Typed { value: Value::List(items), builtin }
            }
            Variety::Union(members) => {
                let members = members.iter().filter_map(|member| types.simple_type(*member));
                let mut found =
                    members.filter_map(|member| member.parse_within(&text, types, prefixes, depth + 1).ok());
                found.next().ok_or_else(|| {
                    let shown = shortened(&text);
                    format!("The value '{shown}' is not valid according to any of the memberTypes of the union.")
                })?
            }
        };
        types.budget().take(self.facets.enumeration.as_ref().map_or(0, |values| values.len() as u64));
        self.check_facets(&typed.value)?;
        Ok(typed)
    }

    fn check_patterns(&self, text: &Text, budget: &Budget) -> Result<(), String> {
        for pattern in &self.facets.patterns {
            let enough = limits::PATTERN_STEPS_MIN + limits::PATTERN_STEPS_PER_BYTE * text.len() as u64;
            let mut steps = Steps::at_most(enough.min(budget.left()));
            let matches = pattern.is_match(text, &mut steps);
            budget.take(steps.used());
            match matches {
                Ok(true) => {}
                Ok(false) => return Err("The Pattern constraint failed.".to_owned()),
                Err(exception) => return Err(exception.message.into_owned()),
            }
        }
        Ok(())
    }

    fn check_facets(&self, value: &Value) -> Result<(), String> {
        let facets = &self.facets;
        let has_no_length = matches!(self.builtin, Builtin::QName | Builtin::Notation);
        let length = match value {
            _ if has_no_length => None,
            Value::Text(text) => Some(text.encode_utf16().count() as u64),
            Value::Binary(bytes) => Some(bytes.len() as u64),
            Value::List(items) => Some(items.len() as u64),
            _ => None,
        };
        let fails = |name: &str| Err(format!("The {name} constraint failed."));
        if let Some(length) = length {
            if facets.length.is_some_and(|wanted| wanted != length) {
                return Err("The actual length is not equal to the specified length.".to_owned());
            }
            if facets.min_length.is_some_and(|min| length < min) {
                return Err("The actual length is less than the MinLength value.".to_owned());
            }
            if facets.max_length.is_some_and(|max| length > max) {
                return Err("The actual length is greater than the MaxLength value.".to_owned());
            }
        }
        let is = |bound: &Option<Value>, allowed: &[Ordering]| {
            bound.as_ref().is_none_or(|bound| value.compare(bound).is_some_and(|order| allowed.contains(&order)))
        };
        if !is(&facets.max_inclusive, &[Ordering::Less, Ordering::Equal]) {
            return fails("MaxInclusive");
        }
        if !is(&facets.max_exclusive, &[Ordering::Less]) {
            return fails("MaxExclusive");
        }
        if !is(&facets.min_inclusive, &[Ordering::Greater, Ordering::Equal]) {
            return fails("MinInclusive");
        }
        if !is(&facets.min_exclusive, &[Ordering::Greater]) {
            return fails("MinExclusive");
        }
        if let Value::Decimal(number) = value {
            if facets.total_digits.is_some_and(|max| number.total_digits() > max) {
                return fails("TotalDigits");
            }
            if facets.fraction_digits.is_some_and(|max| number.fraction_digits() > max) {
                return fails("FractionDigits");
            }
        }
        match &facets.enumeration {
            Some(values) if !values.iter().any(|one| one.is(value)) => fails("Enumeration"),
            _ => Ok(()),
        }
    }

    /// A built-in type at its place in the list of types.
    pub(crate) fn of_builtin(builtin: Builtin) -> Option<SimpleType> {
        let (_, name, _, base) = builtin::ALL.iter().find(|(known, ..)| *known == builtin)?;
        let items = builtin.items();
        Some(SimpleType {
            name: XName::new(crate::read::XSD, name).ok(),
            builtin,
            variety: items.map_or(Variety::Atomic, |items| Variety::List(TypeId::of(items))),
            // The root of simple types is made of that of all types.
            base: if builtin == Builtin::AnySimpleType { ANY_TYPE } else { TypeId::of(*base) },
            facets: Facets { min_length: items.map(|_| 1), ..Facets::default() },
        })
    }
}

impl TypeId {
    /// Built-in types come right behind `anyType`.
    pub(crate) fn of(builtin: Builtin) -> TypeId {
        let at = builtin::ALL.iter().position(|(known, ..)| *known == builtin).unwrap_or_default();
        TypeId(at as u32 + 1)
    }
}

/// The types every set begins with.
pub(crate) fn builtin_types() -> Vec<Type> {
    builtin::ALL.iter().filter_map(|(builtin, ..)| SimpleType::of_builtin(*builtin)).map(Type::Simple).collect()
}
