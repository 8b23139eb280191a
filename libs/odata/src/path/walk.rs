//! The walk along a path.

use super::Resource;
use crate::error::{Fault, Parsed};
use crate::expression::Context;
use crate::types::{Item, Ty};

/// A segment without percent-encoding, and where it begins in the text of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment {
    pub(crate) text: String,
    pub(crate) position: usize,
}

/// Where the walk is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum At {
    /// At a value or collection.
    Value(Place),
    /// At something that nothing can follow.
    End(Resource),
}

/// A value or collection on the way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub(super) ty: Ty,
    /// A navigation property led here, so that parts of keys may be left out.
    pub(super) is_navigation: bool,
    /// How many values of a key in segments have been given.
    pub(super) key_values: usize,
    /// Behind `$each`: only operations can follow.
    pub(super) is_each: bool,
    /// What a function returned that is not composable: no name can follow.
    pub(super) is_result: bool,
}

impl Place {
    pub(super) fn of(ty: Ty) -> Place {
        Place { ty, is_navigation: false, key_values: 0, is_each: false, is_result: false }
    }

    pub(super) fn navigation(ty: Ty) -> Place {
        Place { is_navigation: true, ..Place::of(ty) }
    }
}

impl At {
    pub(super) fn of(ty: Ty) -> At {
        At::Value(Place::of(ty))
    }
}

/// The walk: what names mean, and the segments.
pub(super) struct Walk<'a> {
    pub(super) context: Context<'a>,
    pub(super) segments: &'a [Segment],
}

/// What a path identifies, and the type of the value, or of the elements of the collection, there.
pub(crate) fn resource(segments: &[Segment], context: Context<'_>) -> Parsed<(Resource, Ty)> {
    let walk = Walk { context, segments };
    let Some(first) = segments.first() else { return Ok((Resource::Service, Ty::UNKNOWN)) };
    let mut at = walk.within(first, |walk| walk.first(first))?;
    for (index, segment) in segments.iter().enumerate().skip(1) {
        at = match at {
            At::Value(place) => walk.within(segment, |walk| walk.next(place, segment, index))?,
            At::End(end) => walk.within(segment, |walk| walk.behind_end(end, segment))?,
        };
    }
    Ok(match at {
        At::End(Resource::Crossjoin(sets)) => (Resource::Crossjoin(sets), Ty::many(Item::Bare)),
        At::End(end) => (end, Ty::UNKNOWN),
        At::Value(place) => {
            walk.is_complete(place)?;
            (walk.kind_of(place.ty), place.ty)
        }
    })
}

impl Walk<'_> {
    /// Moves faults from the text of a segment to the text of the path.
    fn within<T>(&self, segment: &Segment, read: impl FnOnce(&Self) -> Parsed<T>) -> Parsed<T> {
        read(self).map_err(|fault| Fault { position: fault.position + segment.position, ..fault })
    }

    pub(super) fn kind_of(&self, ty: Ty) -> Resource {
        match ty.item {
            Item::Unknown | Item::Null => Resource::Unknown,
            Item::Structured(_) | Item::Bare => Resource::Structured { many: ty.many },
            Item::Primitive(crate::types::Edm::Stream) => Resource::Raw,
            Item::Primitive(_) | Item::Enum(_) | Item::Quoted => Resource::Primitive { many: ty.many },
        }
    }

    pub(super) fn describe(&self, ty: Ty) -> String {
        match self.context.model {
            Some(model) => model.describe(ty),
            None => crate::model::Model::default().describe(ty),
        }
    }

    /// Whether a single entity or complex value may stand here.
    pub(super) fn is_instance(ty: Ty) -> bool {
        ty.is_unknown() || !ty.many && matches!(ty.item, Item::Structured(_))
    }

    pub(super) fn is_entity(&self, ty: Ty) -> bool {
        match (ty.item, self.context.model) {
            (Item::Structured(id), Some(model)) => model.is_entity(id),
            (Item::Unknown, _) => true,
            _ => false,
        }
    }

    /// A key in segments has all its values at the end.
    fn is_complete(&self, place: Place) -> Parsed<()> {
        let wanted = self.key_length(place.ty);
        if place.key_values == 0 || place.is_navigation || !place.ty.many || wanted <= place.key_values {
            return Ok(());
        }
        let last = self.segments.last().map_or(0, |segment| segment.position);
        Err(Fault::new(last, format!("the key of {} has {wanted} values", self.describe(place.ty.element()))))
    }

    /// What may follow something that ends a path: `$query` behind what takes options.
    fn behind_end(&self, end: Resource, segment: &Segment) -> Parsed<At> {
        match (&end, segment.text.as_str()) {
            (Resource::Crossjoin(_), "$query" | "$count") | (Resource::Unknown, "$query") => Ok(At::End(end)),
            _ => Err(Fault::new(0, format!("nothing can follow here, so `{}` cannot", segment.text))),
        }
    }
}
