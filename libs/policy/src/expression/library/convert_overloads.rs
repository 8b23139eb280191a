//! `System.Convert` for each primitive type. The natives look at the value, so they are those for `object`; the overloads are there because a
//! method group as a delegate needs the very type: `Func<int, string> text = Convert.ToString;`.

use postern_dotnet::number::NumberType;

use super::convert::{to_boolean, to_char, to_number, to_string};
use super::dates::to_date_time;
use super::numbers::each_number;
use super::{ClassBuilder, Library};

/// A macro with the types that are converted behind its other arguments.
macro_rules! of_each_type {
    ($macro:ident, $($arguments:tt)*) => {
        $macro!(
            $($arguments)*,
            "bool" "char" "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal" "DateTime"
        )
    };
}

/// One conversion from each of the types.
macro_rules! from_each {
    ($builder:expr, $to:literal, $name:literal, $native:expr, $($from:literal)*) => {
        $builder $(.method(concat!("static ", $to, " To", $name, "(", $from, " value)"), $native))*
    };
}

/// The same with a provider, which `ToString` has.
macro_rules! texts {
    ($builder:expr, $($from:literal)*) => {
        $builder
            $(.method(concat!("static string ToString(", $from, " value)"), to_string)
            .method(concat!("static string ToString(", $from, " value, IFormatProvider provider)"), to_string))*
    };
}

macro_rules! numbers {
    ($builder:expr, $($name:literal $to:literal $of:ident)*) => {{
        let builder = $builder;
        $(let builder = of_each_type!(from_each, builder, $to, $name, |call| to_number(call, NumberType::$of));)*
        builder
    }};
}

pub(super) fn declare(library: &mut Library) {
    let builder = library.declare("static class System.Convert");
    let builder = each_number!(numbers, builder);
    others(builder);
}

fn others(builder: ClassBuilder<'_>) {
    let builder = of_each_type!(from_each, builder, "bool", "Boolean", to_boolean);
    let builder = of_each_type!(from_each, builder, "char", "Char", to_char);
    let builder = of_each_type!(from_each, builder, "DateTime", "DateTime", to_date_time);
    let builder = of_each_type!(texts, builder);
    builder
        .method("static bool ToBoolean(string value, IFormatProvider provider)", to_boolean)
        .method("static char ToChar(object value, IFormatProvider provider)", to_char)
        .method("static char ToChar(string value, IFormatProvider provider)", to_char)
        .method("static DateTime ToDateTime(object value, IFormatProvider provider)", to_date_time)
        .method("static string ToString(string value, IFormatProvider provider)", |call| Ok(call.take(0)));
}
