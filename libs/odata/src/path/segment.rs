//! Segments behind the first.

use super::Resource;
use super::group::{Parts, parts};
use super::operation::NOT_COMPOSABLE;
use super::walk::{At, Place, Segment, Walk};
use crate::error::{Fault, Parsed};
use crate::expression::{Parser, Scope};
use crate::model::Model;
use crate::types::{Edm, Item, Ty};
use crate::version::Version;

impl Walk<'_> {
    /// From a value to what a segment makes of it.
    pub(super) fn next(&self, place: Place, segment: &Segment, index: usize) -> Parsed<At> {
        let text = segment.text.as_str();
        if text.starts_with('$') {
            return self.dollar(place, text);
        }
        if place.is_result {
            return Err(Fault::new(0, NOT_COMPOSABLE));
        }
        // `$entity` and a type.
        if index == 1 && self.segments.first().is_some_and(|first| first.text == "$entity") {
            return self.entity_cast(text);
        }
        // What is not written as a name with parentheses may still be a key, or anything where nothing is known: `report(1).pdf`.
        let parts = parts(text, self.context);
        let Some(model) = self.context.model.filter(|_| !place.ty.is_unknown()) else {
            return self.unknown_member(place, text, parts.ok().flatten().as_ref());
        };
        if place.key_values == 0
            && let Ok(Some(parts)) = &parts
            && let Some(found) = self.member(model, place, parts)
        {
            return found;
        }
        let other = self.other(model, place, text);
        // Where it can be neither, how it is written says more.
        if other.is_err() {
            parts?;
        }
        other
    }

    fn entity_cast(&self, text: &str) -> Parsed<At> {
        let item = self.context.model.map(|model| model.type_named(text));
        match item {
            None | Some(Some(Item::Structured(_) | Item::Unknown)) => Ok(At::End(Resource::EntityId { is_cast: true })),
            Some(_) => Err(Fault::new(0, format!("there is no entity type `{text}`"))),
        }
    }

    /// Where nothing is known, a segment may be a member, an operation, a type or a key.
    fn unknown_member(&self, place: Place, text: &str, parts: Option<&Parts<'_>>) -> Parsed<At> {
        let Some(model) = self.context.model else { return Ok(At::of(Ty::UNKNOWN)) };
        // A type tells again what stands here.
        let Some(Item::Structured(id)) = parts.and_then(|parts| model.type_named(parts.name)) else {
            return Ok(At::of(Ty::UNKNOWN));
        };
        let groups = parts.map_or(&[][..], |parts| &parts.groups);
        if !text.contains('.') || !place.ty.many && !groups.is_empty() {
            return Ok(At::of(Ty::UNKNOWN));
        }
        self.keyed(Place::of(Ty { item: Item::Structured(id), many: place.ty.many }), groups)
    }

    /// A property, a type or an operation. `None`: it is none of them.
    fn member(&self, model: &Model, place: Place, parts: &Parts<'_>) -> Option<Parsed<At>> {
        let (ty, name) = (place.ty, parts.name);
        if let (Item::Structured(id), false) = (ty.item, name.contains('.'))
            && !ty.many
            && !place.is_each
            && let Some(property) = model.property(id, name)
        {
            let next = if property.is_navigation { Place::navigation(property.ty) } else { Place::of(property.ty) };
            return Some(self.keyed(next, &parts.groups));
        }
        // An instance of a type, and behind it perhaps a key.
        let is_related = |item: Item| match (ty.item, item) {
            (Item::Structured(from), Item::Structured(to)) => model.derives(to, from) || model.derives(from, to),
            (_, Item::Unknown) => true,
            _ => false,
        };
        match model.type_named(name) {
            Some(item) if is_related(item) => {
                let cast = Place { ty: Ty { item, many: ty.many }, ..place };
                return Some(self.keyed(cast, &parts.groups));
            }
            Some(Item::Structured(_)) if name.contains('.') => {
                let message = format!("`{name}` is no type of {}", self.describe(ty.element()));
                return Some(Err(Fault::new(0, message)));
            }
            _ => {}
        }
        self.bound(model, place, name, &parts.groups)
    }

    /// What is no declared member: a key, an index, or a property of an open type.
    fn other(&self, model: &Model, place: Place, text: &str) -> Parsed<At> {
        let ty = place.ty;
        if ty.many && !place.is_each {
            if self.is_entity(ty) {
                return self.key_segment(place, text);
            }
            let digits = text.strip_prefix('-').unwrap_or(text);
            if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Ok(At::of(ty.element()));
            }
            return Err(Fault::new(0, format!("`{text}` is no index of {}", self.describe(ty))));
        }
        if let Item::Structured(id) = ty.item
            && model.is_open(id)
            && !place.is_each
        {
            return Ok(At::of(Ty::UNKNOWN));
        }
        let what = if text.contains('.') { "type or operation" } else { "property" };
        Err(Fault::new(0, format!("{} has no {what} `{text}`", self.describe(ty))))
    }

    fn dollar(&self, place: Place, text: &str) -> Parsed<At> {
        let ty = place.ty;
        let known = !ty.is_unknown();
        let wrong = || Err(Fault::new(0, format!("`{text}` cannot follow a value of type {}", self.describe(ty))));
        if place.key_values > 0 || place.is_each {
            return wrong();
        }
        match text {
            "$count" if !known || ty.many => Ok(At::End(Resource::Count)),
            "$ref" if !known || self.is_entity(ty) => Ok(At::End(Resource::Reference { many: ty.many || !known })),
            // Raw values of primitive types and enumerations, and media of entities.
            "$value" => {
                let has_value = match ty.item {
                    Item::Unknown => true,
                    Item::Primitive(edm) => !ty.many && (edm != Edm::Stream || self.context.version == Version::Legacy),
                    Item::Enum(_) => !ty.many,
                    Item::Structured(id) => {
                        let has_stream = self.context.model.is_some_and(|model| model.has_stream(id));
                        !ty.many && self.is_entity(ty) && has_stream
                    }
                    _ => false,
                };
                if has_value { Ok(At::End(Resource::Raw)) } else { wrong() }
            }
            "$each" if !known || ty.many => Ok(At::Value(Place { is_each: known, ..Place::of(ty) })),
            // Options in the body.
            "$query" => Ok(At::End(self.kind_of(ty))),
            "$links" if self.context.version == Version::Legacy && Self::is_instance(ty) => Ok(At::Value(place)),
            _ if text.starts_with("$filter(") && ty.may_be_collection() => {
                let mut parser = Parser::new(text, self.context, Scope::of(ty));
                parser.cursor.expect("$filter(")?;
                parser.cursor.space();
                parser.condition()?;
                parser.cursor.close()?;
                // A key may stand behind it.
                if parser.cursor.is_end() {
                    return Ok(At::Value(place));
                }
                let end = parser.cursor.position();
                let key = format!("_{}", parser.cursor.rest());
                match parts(&key, self.context)? {
                    Some(parts) => self.keyed(place, &parts.groups),
                    None => Err(Fault::new(end, "a key in parentheses is expected")),
                }
            }
            _ if matches!(text, "$count" | "$ref" | "$each") || text.starts_with("$filter(") => wrong(),
            _ => Err(Fault::new(0, format!("`{text}` is no segment of a path"))),
        }
    }
}
