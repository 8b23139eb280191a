//! Dates, durations and zones as values of the language.

use std::any::Any;
use std::cmp::Ordering;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::LazyLock;

use postern_dotnet::date::{AdjustmentRule, DateTime, DateTimeOffset, TimeSpan, TimeZoneInfo, TransitionTime};
use postern_dotnet::{Exception, Text};

use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

macro_rules! struct_values {
    ($($(#[$doc:meta])* $value:ident $inner:ident $class:literal)*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct $value(pub(crate) $inner);

        impl Object for $value {
            fn of(&self) -> Type {
                static OF: LazyLock<Type> = LazyLock::new(|| Type::named($class));
                OF.clone()
            }

            fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
                self
            }

            fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
                Ok(Text::from(self.0.to_string()))
            }

            fn format(&self, format: &str) -> Option<Result<Text, Exception>> {
                Some(self.0.format(format).map(Text::from))
            }

            fn equals(&self, other: &Value) -> bool {
                other.downcast_ref::<$value>().is_some_and(|other| self.0 == other.0)
            }

            fn hash_code(&self) -> u64 {
                let mut hasher = DefaultHasher::new();
                self.0.hash(&mut hasher);
                hasher.finish()
            }

            fn compare(&self, other: &Value) -> Option<Ordering> {
                other.downcast_ref::<$value>().map(|other| self.0.cmp(&other.0))
            }
        }

        impl From<$inner> for Value {
            fn from(value: $inner) -> Value {
                Value::object($value(value))
            }
        }
    )* };
}

struct_values! {
    /// A DateTime.
    DateTimeValue DateTime "System.DateTime"
    /// A DateTimeOffset.
    DateTimeOffsetValue DateTimeOffset "System.DateTimeOffset"
    /// A TimeSpan.
    TimeSpanValue TimeSpan "System.TimeSpan"
}

/// A TimeZoneInfo.
#[derive(Debug)]
pub(crate) struct TimeZoneValue(pub(crate) TimeZoneInfo);

impl Object for TimeZoneValue {
    fn of(&self) -> Type {
        Type::named("System.TimeZoneInfo")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(self.0.display_name())
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<TimeZoneValue>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.0.id().to_ascii_lowercase().hash(&mut hasher);
        hasher.finish()
    }
}

impl From<TimeZoneInfo> for Value {
    fn from(value: TimeZoneInfo) -> Value {
        Value::object(TimeZoneValue(value))
    }
}

/// `TimeZone.CurrentTimeZone`, the only TimeZone there is.
#[derive(Debug)]
pub(super) struct CurrentTimeZone;

impl Object for CurrentTimeZone {
    fn of(&self) -> Type {
        Type::named("System.TimeZone")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }
}

/// A `TimeZoneInfo.TransitionTime`.
#[derive(Debug, Clone, Copy)]
pub(super) struct TransitionValue(pub(super) TransitionTime);

impl Object for TransitionValue {
    fn of(&self) -> Type {
        Type::named("System.TimeZoneInfo.TransitionTime")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(Text::new_static("System.TimeZoneInfo+TransitionTime"))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<TransitionValue>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        u64::from(self.0.month.unsigned_abs() ^ (self.0.week.unsigned_abs() << 8))
    }
}

/// A `TimeZoneInfo.AdjustmentRule`.
#[derive(Debug)]
pub(super) struct RuleValue(pub(super) AdjustmentRule);

impl Object for RuleValue {
    fn of(&self) -> Type {
        Type::named("System.TimeZoneInfo.AdjustmentRule")
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn to_text(&self, _machine: &mut Machine<'_>) -> Result<Text, Thrown> {
        Ok(Text::new_static("System.TimeZoneInfo+AdjustmentRule"))
    }

    fn equals(&self, other: &Value) -> bool {
        other.downcast_ref::<RuleValue>().is_some_and(|other| self.0 == other.0)
    }

    fn hash_code(&self) -> u64 {
        self.0.date_start.ticks().unsigned_abs()
    }
}
