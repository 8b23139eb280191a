//! The functions of the specification (URL Conventions sections 5.1.1.5 to 5.1.1.12): how many arguments they take, and of what types.

use super::Parser;
use crate::error::{Fault, Parsed};
use crate::types::{Edm, Item, Ty};
use crate::version::Version;

/// What an argument may be, or a result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A string or a collection.
    Sequence,
    String,
    Collection,
    Number,
    Date,
    Time,
    Instant,
    TimeOfDay,
    Duration,
    Geo,
    Boolean,
    Any,
}

use Kind::{Any, Boolean, Collection, Date, Duration, Geo, Instant, Number, Sequence, String, Time, TimeOfDay};

/// Name, arguments, how many of them may be left out, result.
type Signature = (&'static str, &'static [Kind], usize, Kind);

#[rustfmt::skip]
const FUNCTIONS: &[Signature] = &[
    ("concat", &[Sequence, Sequence], 0, Sequence),
    ("contains", &[Sequence, Sequence], 0, Boolean),
    ("endswith", &[Sequence, Sequence], 0, Boolean),
    ("indexof", &[Sequence, Sequence], 0, Number),
    ("length", &[Sequence], 0, Number),
    ("startswith", &[Sequence, Sequence], 0, Boolean),
    ("substring", &[Sequence, Number, Number], 1, Sequence),
    ("hassubset", &[Collection, Collection], 0, Boolean),
    ("hassubsequence", &[Collection, Collection], 0, Boolean),
    ("matchespattern", &[String, String], 0, Boolean),
    ("tolower", &[String], 0, String),
    ("toupper", &[String], 0, String),
    ("trim", &[String], 0, String),
    ("year", &[Date], 0, Number),
    ("month", &[Date], 0, Number),
    ("day", &[Date], 0, Number),
    ("hour", &[Time], 0, Number),
    ("minute", &[Time], 0, Number),
    ("second", &[Time], 0, Number),
    ("fractionalseconds", &[Time], 0, Number),
    ("totalseconds", &[Duration], 0, Number),
    ("date", &[Date], 0, Date),
    ("time", &[Time], 0, TimeOfDay),
    ("totaloffsetminutes", &[Instant], 0, Number),
    ("mindatetime", &[], 0, Instant),
    ("maxdatetime", &[], 0, Instant),
    ("now", &[], 0, Instant),
    ("round", &[Number], 0, Number),
    ("floor", &[Number], 0, Number),
    ("ceiling", &[Number], 0, Number),
    ("geo.distance", &[Geo, Geo], 0, Number),
    ("geo.length", &[Geo], 0, Number),
    ("geo.intersects", &[Geo, Geo], 0, Boolean),
    ("isdefined", &[Any], 0, Boolean),
];

/// Those of versions before 4.
const LEGACY: &[Signature] =
    &[("substringof", &[String, String], 0, Boolean), ("replace", &[String, String, String], 0, String)];

impl Kind {
    fn takes(self, ty: Ty) -> bool {
        let single = |is_it: fn(Edm) -> bool| ty.may_be(is_it);
        match self {
            Any => true,
            // Numbers and dates are compared as text by nobody, but a string may be what an open type has.
            Sequence => ty.many || single(|edm| edm == Edm::String),
            String => single(|edm| edm == Edm::String),
            Collection => ty.may_be_collection(),
            Number => single(Edm::is_number),
            Date => single(Edm::is_date) && ty.item != Item::Quoted,
            Time => single(Edm::is_time) && ty.item != Item::Quoted,
            Instant => single(|edm| matches!(edm, Edm::DateTimeOffset | Edm::DateTime)),
            TimeOfDay => single(|edm| edm == Edm::TimeOfDay),
            Duration => single(|edm| edm == Edm::Duration),
            Geo => single(Edm::is_geo),
            Boolean => ty.may_be_boolean(),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Sequence => "a string or a collection",
            String => "a string",
            Collection => "a collection",
            Number => "a number",
            Date => "a date",
            Time => "a time",
            Instant => "a date with a time",
            TimeOfDay => "a time of day",
            Duration => "a duration",
            Geo => "a place",
            Boolean => "a Boolean value",
            Any => "a value",
        }
    }

    /// The result; sequences are what the first argument is.
    fn result(self, first: Ty) -> Ty {
        match self {
            Sequence => first,
            String => Ty::of(Edm::String),
            Number => Ty::NUMBER,
            Boolean => Ty::BOOLEAN,
            Date => Ty::of(Edm::Date),
            Instant => Ty::of(Edm::DateTimeOffset),
            TimeOfDay => Ty::of(Edm::TimeOfDay),
            _ => Ty::UNKNOWN,
        }
    }
}

impl Parser<'_> {
    /// A call of a function of the specification, whose name has been read, with the cursor at its parenthesis. `None`: it is none.
    pub(super) fn canonical(&mut self, name: &str, start: usize) -> Parsed<Option<Ty>> {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "cast" | "isof" => return self.cast(&lower).map(Some),
            "case" => return self.case().map(Some),
            _ => {}
        }
        let legacy = if self.context.version == Version::Legacy { LEGACY } else { &[] };
        let Some((_, kinds, optional, result)) = FUNCTIONS.iter().chain(legacy).find(|(known, ..)| *known == lower)
        else {
            return Ok(None);
        };
        self.cursor.expect("(")?;
        self.cursor.space();
        let mut count = 0;
        let mut first = Ty::UNKNOWN;
        if !self.cursor.eat(")") {
            loop {
                let position = self.cursor.position();
                let ty = self.expression()?;
                let Some(kind) = kinds.get(count) else { return Err(wrong_count(name, kinds.len(), start)) };
                if !kind.takes(ty) {
                    let found = self.describe(ty);
                    return Err(Fault::new(
                        position,
                        format!("`{name}` takes {}, not a value of type {found}", kind.name()),
                    ));
                }
                if count == 0 {
                    first = ty;
                }
                count += 1;
                if !self.cursor.comma() {
                    break;
                }
            }
            self.cursor.close()?;
        }
        if count + optional < kinds.len() {
            return Err(wrong_count(name, kinds.len(), start));
        }
        self.tail(result.result(first)).map(Some)
    }

    /// `cast([value,] Type)` and `isof`.
    fn cast(&mut self, name: &str) -> Parsed<Ty> {
        self.cursor.expect("(")?;
        self.cursor.space();
        let mut ty = self.type_argument()?;
        if ty.is_none() {
            self.expression()?;
            if !self.cursor.comma() {
                return Err(self.cursor.expected("a comma and a type"));
            }
            ty = self.type_argument()?;
        }
        let Some(ty) = ty else { return Err(self.cursor.expected("a type")) };
        self.cursor.close()?;
        if name == "isof" { Ok(Ty::BOOLEAN) } else { self.tail(ty) }
    }

    /// The name of a type with a parenthesis behind it. `None`: something else stands here, and the cursor has not moved.
    fn type_argument(&mut self) -> Parsed<Option<Ty>> {
        let before = self.cursor;
        // Up to version 3, the name is a string.
        let is_quoted = self.context.version == Version::Legacy && self.cursor.eat("'");
        let many = self.cursor.eat("Collection(");
        let start = self.cursor.position();
        let name = self.cursor.qualified()?;
        let mut ahead = self.cursor;
        let is_whole = name.is_some() && (!many || ahead.eat(")")) && (!is_quoted || ahead.eat("'"));
        let end = ahead;
        let is_last = is_whole && ahead.close().is_ok();
        let Some(name) = name.filter(|_| is_last) else {
            self.cursor = before;
            return Ok(None);
        };
        let item = match self.context.model {
            None => Some(Item::Unknown),
            Some(model) => model.type_named(name),
        };
        self.cursor = end;
        match item {
            Some(item) => Ok(Some(Ty { item, many })),
            None => Err(Fault::new(start, format!("there is no type `{name}`"))),
        }
    }

    /// `case(condition:value, …)`
    fn case(&mut self) -> Parsed<Ty> {
        self.cursor.expect("(")?;
        self.cursor.space();
        let mut result: Option<Ty> = None;
        loop {
            self.condition()?;
            self.cursor.space();
            self.cursor.expect(":")?;
            self.cursor.space();
            let ty = self.expression()?;
            result = match result {
                Some(known) if known != ty => Some(Ty::UNKNOWN),
                _ => Some(ty),
            };
            if !self.cursor.comma() {
                break;
            }
        }
        self.cursor.close()?;
        Ok(result.unwrap_or(Ty::UNKNOWN))
    }
}

fn wrong_count(name: &str, count: usize, position: usize) -> Fault {
    Fault::new(position, format!("`{name}` does not take this number of arguments, but {count}"))
}
