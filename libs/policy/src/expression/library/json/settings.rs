//! `JsonSerializerSettings`, as far as writing goes, and `JsonMergeSettings`.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use postern_dotnet::json::{MergeArrayHandling, MergeNullValueHandling, MergeSettings};

use super::super::Library;
use super::serialize::Nulls;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// How `SerializeObject` writes.
#[derive(Debug, Clone, Copy)]
pub(super) struct WriteSettings {
    pub(super) nulls: Nulls,
    /// The number behind `Formatting`.
    pub(super) formatting: i64,
}

impl Default for WriteSettings {
    fn default() -> WriteSettings {
        WriteSettings { nulls: Nulls::Include, formatting: 0 }
    }
}

macro_rules! settings_values {
    ($($value:ident $inner:ident $class:literal)*) => { $(
        struct $value(Cell<$inner>);

        impl Object for $value {
            fn of(&self) -> Type {
                Type::named($class)
            }

            fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
                self
            }
        }
    )* };
}

settings_values! {
    WriteSettingsValue WriteSettings "Newtonsoft.Json.JsonSerializerSettings"
    MergeSettingsValue MergeSettings "Newtonsoft.Json.Linq.JsonMergeSettings"
}

/// The settings that an argument gives; null is the default.
pub(super) fn write_settings(call: &Call<'_, '_>, index: usize) -> WriteSettings {
    call.object::<WriteSettingsValue>(index).map_or_else(WriteSettings::default, |own| own.0.get())
}

/// The settings that an argument gives; null is the default.
pub(super) fn merge_settings(call: &Call<'_, '_>, index: usize) -> MergeSettings {
    call.object::<MergeSettingsValue>(index).map_or_else(MergeSettings::default, |own| own.0.get())
}

pub(super) fn declare(library: &mut Library) {
    library.enumeration("Newtonsoft.Json.NullValueHandling", &[("Include", 0), ("Ignore", 1)]);
    library
        .declare("class Newtonsoft.Json.JsonSerializerSettings")
        .constructor("()", |_| Ok(Value::object(WriteSettingsValue(Cell::default()))))
        .setter("NullValueHandling NullValueHandling", |call| {
            let own = call.this::<WriteSettingsValue>()?;
            let nulls = if call.constant(1) == 1 { Nulls::Ignore } else { Nulls::Include };
            own.0.set(WriteSettings { nulls, ..own.0.get() });
            Ok(Value::Null)
        })
        .setter("Formatting Formatting", |call| {
            let own = call.this::<WriteSettingsValue>()?;
            own.0.set(WriteSettings { formatting: call.constant(1), ..own.0.get() });
            Ok(Value::Null)
        });
    library.enumeration(
        "Newtonsoft.Json.Linq.MergeArrayHandling",
        &[("Concat", 0), ("Union", 1), ("Replace", 2), ("Merge", 3)],
    );
    library.flags("Newtonsoft.Json.Linq.MergeNullValueHandling", &[("Ignore", 0), ("Merge", 1)]);
    library
        .declare("class Newtonsoft.Json.Linq.JsonMergeSettings")
        .constructor("()", |_| Ok(Value::object(MergeSettingsValue(Cell::default()))))
        .setter("MergeArrayHandling MergeArrayHandling", |call| {
            let own = call.this::<MergeSettingsValue>()?;
            let arrays = match call.constant(1) {
                1 => MergeArrayHandling::Union,
                2 => MergeArrayHandling::Replace,
                3 => MergeArrayHandling::Merge,
                _ => MergeArrayHandling::Concat,
            };
            own.0.set(MergeSettings { arrays, ..own.0.get() });
            Ok(Value::Null)
        })
        .setter("MergeNullValueHandling MergeNullValueHandling", |call| {
            let own = call.this::<MergeSettingsValue>()?;
            let merges = call.constant(1) == 1;
            let nulls = if merges { MergeNullValueHandling::Merge } else { MergeNullValueHandling::Ignore };
            own.0.set(MergeSettings { nulls, ..own.0.get() });
            Ok(Value::Null)
        });
}
