//! `System.Convert` for each primitive type. The natives look at the value, so they are those for `object`; the overloads are there because a
//! method group as a delegate needs the very type: `Func<int, string> text = Convert.ToString;`.

use postern_dotnet::number::NumberType;

use super::convert::{to_boolean, to_char, to_number, to_string};
use super::dates::to_date_time;
use super::{ClassBuilder, Library};

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
        $(let builder = from_each!(
            builder, $to, $name, |call| to_number(call, NumberType::$of),
            "bool" "char" "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal" "DateTime"
        );)*
        builder
    }};
}

pub(super) fn declare(library: &mut Library) {
    let builder = library.declare("static class System.Convert");
    let builder = numbers!(
        builder,
        "SByte" "sbyte" SByte
        "Byte" "byte" Byte
        "Int16" "short" Int16
        "UInt16" "ushort" UInt16
        "Int32" "int" Int32
        "UInt32" "uint" UInt32
        "Int64" "long" Int64
        "UInt64" "ulong" UInt64
        "Single" "float" Single
        "Double" "double" Double
        "Decimal" "decimal" Decimal
    );
    others(builder);
}

fn others(builder: ClassBuilder<'_>) {
    let builder = from_each!(
        builder, "bool", "Boolean", to_boolean,
        "bool" "char" "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal" "DateTime"
    );
    let builder = from_each!(
        builder, "char", "Char", to_char,
        "bool" "char" "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal" "DateTime"
    );
    let builder = from_each!(
        builder, "DateTime", "DateTime", to_date_time,
        "bool" "char" "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal" "DateTime"
    );
    let builder = texts!(
        builder,
        "bool" "char" "sbyte" "byte" "short" "ushort" "int" "uint" "long" "ulong" "float" "double" "decimal" "DateTime"
    );
    builder
        .method("static bool ToBoolean(string value, IFormatProvider provider)", to_boolean)
        .method("static char ToChar(object value, IFormatProvider provider)", to_char)
        .method("static char ToChar(string value, IFormatProvider provider)", to_char)
        .method("static DateTime ToDateTime(object value, IFormatProvider provider)", to_date_time)
        .method("static string ToString(string value, IFormatProvider provider)", |call| Ok(call.take(0)));
}
