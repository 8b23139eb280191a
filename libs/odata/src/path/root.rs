//! The first segment: what stands at the root of a service.

use super::Resource;
use super::group::{Group, Parts, parts};
use super::walk::{At, Place, Segment, Walk};
use crate::cursor::Cursor;
use crate::error::{Fault, Parsed};
use crate::limits;
use crate::model::Member;
use crate::types::{Item, Ty};
use crate::version::Version;

impl Walk<'_> {
    pub(super) fn first(&self, segment: &Segment) -> Parsed<At> {
        let text = segment.text.as_str();
        match text {
            "$metadata" => return Ok(At::End(Resource::Metadata)),
            "$batch" => return Ok(At::End(Resource::Batch)),
            "$entity" => return self.entity_id(),
            "$all" => return Ok(At::of(Ty::many(Item::Unknown))),
            _ if text.starts_with("$crossjoin(") => return self.crossjoin(text),
            _ if text.starts_with('$') => return Err(Fault::new(0, format!("`{text}` cannot stand at the root"))),
            _ => {}
        }
        let Some(parts) = parts(text, self.context)? else {
            return Err(Fault::new(0, format!("`{text}` is no name of an entity set, a singleton or an import")));
        };
        // Up to version 3, the container may stand in front of a dot.
        let name = match parts.name.rsplit_once('.') {
            Some((_, name)) if self.context.version == Version::Legacy => name,
            Some(_) => return Err(Fault::new(0, format!("`{}` cannot stand at the root", parts.name))),
            None => parts.name,
        };
        let Some(model) = self.context.model else { return self.unknown_root(&parts) };
        match model.member(name) {
            Some(Member::Set(ty)) => self.keyed(Place::of(*ty), &parts.groups),
            Some(Member::Singleton(ty)) => self.keyed(Place::of(*ty), &parts.groups),
            Some(Member::Function(overloads)) => self.import(name, overloads, &parts.groups),
            Some(Member::Action(returns)) => {
                if !parts.groups.is_empty() {
                    return Err(Fault::new(name.len(), "the parameters of an action stand in the body"));
                }
                Ok(At::End(returns.map_or(Resource::Nothing, |ty| self.kind_of(ty))))
            }
            None if model.is_container_open() => self.unknown_root(&parts),
            None => Err(Fault::new(0, format!("the service has no `{name}`"))),
        }
    }

    /// A name that could be anything: at most parameters and a key stand behind it.
    fn unknown_root(&self, parts: &Parts<'_>) -> Parsed<At> {
        if parts.groups.len() > 2 {
            return Err(Fault::new(parts.name.len(), "more than parameters and a key in parentheses"));
        }
        Ok(At::of(Ty::UNKNOWN))
    }

    /// `$entity`, and perhaps a type.
    fn entity_id(&self) -> Parsed<At> {
        let Some(cast) = self.segments.get(1) else { return Ok(At::End(Resource::EntityId { is_cast: false })) };
        let is_name =
            crate::cursor::Cursor::new(&cast.text).qualified()?.is_some_and(|name| name.len() == cast.text.len());
        if !is_name {
            return Err(Fault::new(cast.position, format!("`{}` is no type", cast.text)));
        }
        Ok(At::of(Ty::UNKNOWN))
    }

    /// `$crossjoin(A,B)`
    fn crossjoin(&self, text: &str) -> Parsed<At> {
        let mut cursor = Cursor::new(text);
        cursor.expect("$crossjoin(")?;
        let mut sets: Vec<(Box<str>, Ty)> = Vec::new();
        loop {
            let start = cursor.position();
            if sets.len() >= limits::NAMES_MAX {
                return Err(Fault::new(start, format!("more than {} names", limits::NAMES_MAX)));
            }
            let Some(name) = cursor.identifier()? else { return Err(cursor.expected("an entity set")) };
            let ty = match self.context.model.map(|model| (model, model.member(name))) {
                None => Ty::UNKNOWN,
                Some((_, Some(Member::Set(ty)))) => ty.element(),
                Some((model, None)) if model.is_container_open() => Ty::UNKNOWN,
                Some(_) => return Err(Fault::new(start, format!("the service has no entity set `{name}`"))),
            };
            if sets.iter().any(|(known, _)| **known == *name) {
                return Err(Fault::new(start, format!("`{name}` is given twice")));
            }
            sets.push((name.into(), ty));
            if !cursor.comma() {
                break;
            }
        }
        cursor.close()?;
        cursor.finish()?;
        Ok(At::End(Resource::Crossjoin(sets)))
    }

    /// A collection, or one of its elements by the key in parentheses.
    pub(super) fn keyed(&self, place: Place, groups: &[Group<'_>]) -> Parsed<At> {
        match groups {
            [] => Ok(At::Value(place)),
            [key] => {
                self.check_key(place, key)?;
                Ok(At::of(place.ty.element()))
            }
            _ => Err(Fault::new(0, "more than one key")),
        }
    }
}
