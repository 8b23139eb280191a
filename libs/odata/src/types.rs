//! Types of values, as far as URLs need them.

/// A primitive type. Kinds of geography and of geometry are not told apart; they depend on values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edm {
    Binary,
    Boolean,
    Byte,
    Date,
    /// Up to version 3.
    DateTime,
    DateTimeOffset,
    Decimal,
    Double,
    Duration,
    Geography,
    Geometry,
    Guid,
    Int16,
    Int32,
    Int64,
    SByte,
    Single,
    Stream,
    String,
    TimeOfDay,
}

impl Edm {
    /// Of the name behind `Edm.`.
    pub(crate) fn parse(name: &str) -> Option<Edm> {
        Some(match name {
            "Binary" => Edm::Binary,
            "Boolean" => Edm::Boolean,
            "Byte" => Edm::Byte,
            "Date" => Edm::Date,
            "DateTime" => Edm::DateTime,
            "DateTimeOffset" => Edm::DateTimeOffset,
            "Decimal" => Edm::Decimal,
            "Double" => Edm::Double,
            "Duration" => Edm::Duration,
            "Guid" => Edm::Guid,
            "Int16" => Edm::Int16,
            "Int32" => Edm::Int32,
            "Int64" => Edm::Int64,
            "SByte" => Edm::SByte,
            "Single" => Edm::Single,
            "Stream" => Edm::Stream,
            "String" => Edm::String,
            "TimeOfDay" | "Time" => Edm::TimeOfDay,
            _ => {
                let (geo, rest) = match (name.strip_prefix("Geography"), name.strip_prefix("Geometry")) {
                    (Some(rest), _) => (Edm::Geography, rest),
                    (_, Some(rest)) => (Edm::Geometry, rest),
                    _ => return None,
                };
                let kinds = [
                    "",
                    "Collection",
                    "LineString",
                    "MultiLineString",
                    "MultiPoint",
                    "MultiPolygon",
                    "Point",
                    "Polygon",
                ];
                kinds.contains(&rest).then_some(geo)?
            }
        })
    }

    pub(crate) fn is_number(self) -> bool {
        use Edm::{Byte, Decimal, Double, Int16, Int32, Int64, SByte, Single};
        matches!(self, Byte | Decimal | Double | Int16 | Int32 | Int64 | SByte | Single)
    }

    pub(crate) fn is_geo(self) -> bool {
        matches!(self, Edm::Geography | Edm::Geometry)
    }

    /// Has a date.
    pub(crate) fn is_date(self) -> bool {
        matches!(self, Edm::Date | Edm::DateTime | Edm::DateTimeOffset)
    }

    /// Has a time.
    pub(crate) fn is_time(self) -> bool {
        matches!(self, Edm::TimeOfDay | Edm::DateTime | Edm::DateTimeOffset)
    }
}

/// A type of a model, by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TypeId(pub(crate) u32);

/// What a value is, or each element of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Item {
    /// Nobody knows: no model, an open type, a type of another document. Everything may be done with it.
    Unknown,
    /// `null`
    Null,
    /// A quoted literal: a string, or a value of an enumeration or a duration whose prefix has been left out.
    Quoted,
    Primitive(Edm),
    Enum(TypeId),
    /// An entity or complex type.
    Structured(TypeId),
    /// An instance that has no members but those of the scope: what `$crossjoin` makes.
    Bare,
}

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ty {
    pub(crate) item: Item,
    /// It is a collection.
    pub(crate) many: bool,
}

impl Ty {
    pub(crate) const UNKNOWN: Ty = Ty::one(Item::Unknown);
    pub(crate) const BOOLEAN: Ty = Ty::of(Edm::Boolean);
    pub(crate) const NUMBER: Ty = Ty::of(Edm::Int64);

    pub(crate) const fn one(item: Item) -> Ty {
        Ty { item, many: false }
    }

    pub(crate) const fn of(edm: Edm) -> Ty {
        Ty::one(Item::Primitive(edm))
    }

    pub(crate) const fn many(item: Item) -> Ty {
        Ty { item, many: true }
    }

    /// Of an element of a collection; of the value itself otherwise.
    pub(crate) const fn element(self) -> Ty {
        Ty::one(self.item)
    }

    pub(crate) fn is_unknown(self) -> bool {
        self.item == Item::Unknown
    }

    /// Nothing can be said against its use.
    pub(crate) fn is_any(self) -> bool {
        matches!(self.item, Item::Unknown | Item::Null)
    }

    /// Whether it is a single value of a primitive type that `is_it` allows, or may be one.
    pub(crate) fn may_be(self, is_it: impl Fn(Edm) -> bool) -> bool {
        match self.item {
            Item::Unknown | Item::Null => true,
            Item::Primitive(edm) => !self.many && is_it(edm),
            Item::Quoted => !self.many && (is_it(Edm::String) || is_it(Edm::Duration)),
            _ => false,
        }
    }

    pub(crate) fn may_be_boolean(self) -> bool {
        self.may_be(|edm| edm == Edm::Boolean)
    }

    pub(crate) fn may_be_collection(self) -> bool {
        self.many || self.is_any()
    }
}

/// Whether two values can be compared, or one be the value of a parameter of the other's type.
pub(crate) fn is_compatible(left: Ty, right: Ty) -> bool {
    if left.is_any() || right.is_any() {
        return true;
    }
    if left.many != right.many {
        return false;
    }
    match (left.item, right.item) {
        (Item::Primitive(a), Item::Primitive(b)) => {
            a == b || a.is_number() && b.is_number() || a.is_date() && b.is_date() || a.is_geo() && b.is_geo()
        }
        (Item::Quoted, Item::Primitive(edm)) | (Item::Primitive(edm), Item::Quoted) => {
            matches!(edm, Edm::String | Edm::Duration)
        }
        (Item::Quoted, Item::Enum(_) | Item::Quoted) | (Item::Enum(_), Item::Quoted) => true,
        (Item::Enum(a), Item::Enum(b)) => a == b,
        // One may derive from the other, or both from a third.
        (Item::Structured(_), Item::Structured(_)) => true,
        _ => false,
    }
}
