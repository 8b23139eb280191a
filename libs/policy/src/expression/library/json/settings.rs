//! `JsonSerializerSettings`: nulls and layout for writing, dates and numbers for reading; and `JsonMergeSettings`.

use std::any::Any;
use std::cell::Cell;
use std::rc::Rc;

use postern_dotnet::json::{
    FloatParseHandling, LoadSettings, MergeArrayHandling, MergeNullValueHandling, MergeSettings,
};

use super::super::Library;
use super::serialize::Nulls;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// How `SerializeObject` writes and `DeserializeObject` reads.
#[derive(Debug, Clone, Copy)]
pub(super) struct SerializerSettings {
    pub(super) nulls: Nulls,
    /// The number behind `Formatting`.
    pub(super) formatting: i64,
    pub(super) load: LoadSettings,
}

impl Default for SerializerSettings {
    fn default() -> SerializerSettings {
        SerializerSettings { nulls: Nulls::Include, formatting: 0, load: LoadSettings::default() }
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
    SerializerSettingsValue SerializerSettings "Newtonsoft.Json.JsonSerializerSettings"
    MergeSettingsValue MergeSettings "Newtonsoft.Json.Linq.JsonMergeSettings"
}

/// The settings that an argument gives; null is the default.
pub(super) fn serializer_settings(call: &Call<'_, '_>, index: usize) -> SerializerSettings {
    call.object::<SerializerSettingsValue>(index).map_or_else(SerializerSettings::default, |own| own.0.get())
}

/// The settings that an argument gives; null is the default.
pub(super) fn merge_settings(call: &Call<'_, '_>, index: usize) -> MergeSettings {
    call.object::<MergeSettingsValue>(index).map_or_else(MergeSettings::default, |own| own.0.get())
}

pub(super) fn declare(library: &mut Library) {
    library.enumeration("Newtonsoft.Json.NullValueHandling", &[("Include", 0), ("Ignore", 1)]);
    library.enumeration("Newtonsoft.Json.DateParseHandling", &[("None", 0), ("DateTime", 1)]);
    library.enumeration("Newtonsoft.Json.FloatParseHandling", &[("Double", 0), ("Decimal", 1)]);
    library
        .declare("class Newtonsoft.Json.JsonSerializerSettings")
        .constructor("()", |_| Ok(Value::object(SerializerSettingsValue(Cell::default()))))
        .setter("NullValueHandling NullValueHandling", |call| {
            let nulls = if call.constant(1) == 1 { Nulls::Ignore } else { Nulls::Include };
            change(call, |settings| settings.nulls = nulls)
        })
        .setter("Formatting Formatting", |call| {
            let formatting = call.constant(1);
            change(call, |settings| settings.formatting = formatting)
        })
        .setter("DateParseHandling DateParseHandling", |call| {
            let parse_dates = call.constant(1) != 0;
            change(call, |settings| settings.load.parse_dates = parse_dates)
        })
        .setter("FloatParseHandling FloatParseHandling", |call| {
            let is_decimal = call.constant(1) == 1;
            let floats = if is_decimal { FloatParseHandling::Decimal } else { FloatParseHandling::Double };
            change(call, |settings| settings.load.floats = floats)
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

fn change(call: &mut Call<'_, '_>, change: impl FnOnce(&mut SerializerSettings)) -> Result<Value, Thrown> {
    let own = call.this::<SerializerSettingsValue>()?;
    let mut settings = own.0.get();
    change(&mut settings);
    own.0.set(settings);
    Ok(Value::Null)
}
