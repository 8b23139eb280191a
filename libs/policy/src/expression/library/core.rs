//! The headers of the types that the language itself knows, the interfaces of collections, and the delegates. Their members are in the files of
//! their subject, which declare them again.

use postern_dotnet::ExceptionType;

use super::Library;

/// Longest list of type arguments of `Func` (result not counted) and `Action`, as far as LINQ and local code need them.
const DELEGATE_PARAMETERS: &[(&str, &str, &str, &str)] = &[
    ("System.Func<out TResult>", "TResult Invoke()", "System.Action", "void Invoke()"),
    ("System.Func<in T, out TResult>", "TResult Invoke(T arg)", "System.Action<in T>", "void Invoke(T arg)"),
    (
        "System.Func<in T1, in T2, out TResult>",
        "TResult Invoke(T1 arg1, T2 arg2)",
        "System.Action<in T1, in T2>",
        "void Invoke(T1 arg1, T2 arg2)",
    ),
    (
        "System.Func<in T1, in T2, in T3, out TResult>",
        "TResult Invoke(T1 arg1, T2 arg2, T3 arg3)",
        "System.Action<in T1, in T2, in T3>",
        "void Invoke(T1 arg1, T2 arg2, T3 arg3)",
    ),
    (
        "System.Func<in T1, in T2, in T3, in T4, out TResult>",
        "TResult Invoke(T1 arg1, T2 arg2, T3 arg3, T4 arg4)",
        "System.Action<in T1, in T2, in T3, in T4>",
        "void Invoke(T1 arg1, T2 arg2, T3 arg3, T4 arg4)",
    ),
];

/// Types with keywords, and structs the language knows.
const HEADERS: &[&str] = &[
    "class System.Object",
    "class System.ValueType",
    "sealed class System.String : IEnumerable<char>, IComparable, IComparable<string>, IEquatable<string>",
    "struct System.Boolean : IComparable, IComparable<bool>, IEquatable<bool>",
    "struct System.Char : IComparable, IComparable<char>, IEquatable<char>",
    "struct System.SByte : IComparable, IComparable<sbyte>, IEquatable<sbyte>, IFormattable",
    "struct System.Byte : IComparable, IComparable<byte>, IEquatable<byte>, IFormattable",
    "struct System.Int16 : IComparable, IComparable<short>, IEquatable<short>, IFormattable",
    "struct System.UInt16 : IComparable, IComparable<ushort>, IEquatable<ushort>, IFormattable",
    "struct System.Int32 : IComparable, IComparable<int>, IEquatable<int>, IFormattable",
    "struct System.UInt32 : IComparable, IComparable<uint>, IEquatable<uint>, IFormattable",
    "struct System.Int64 : IComparable, IComparable<long>, IEquatable<long>, IFormattable",
    "struct System.UInt64 : IComparable, IComparable<ulong>, IEquatable<ulong>, IFormattable",
    "struct System.Single : IComparable, IComparable<float>, IEquatable<float>, IFormattable",
    "struct System.Double : IComparable, IComparable<double>, IEquatable<double>, IFormattable",
    "struct System.Decimal : IComparable, IComparable<decimal>, IEquatable<decimal>, IFormattable",
    "struct System.Nullable<T>",
    "class System.Enum : IComparable, IFormattable",
    "class System.Array : IList, ICollection, IEnumerable",
    "class System.Type",
    "class System.Delegate",
    "struct System.ValueTuple<T1, T2>",
    "struct System.ValueTuple<T1, T2, T3>",
    "struct System.ValueTuple<T1, T2, T3, T4>",
    "struct System.ValueTuple<T1, T2, T3, T4, T5>",
    "struct System.ValueTuple<T1, T2, T3, T4, T5, T6>",
    "struct System.ValueTuple<T1, T2, T3, T4, T5, T6, T7>",
    "interface System.IComparable",
    "interface System.IComparable<in T>",
    "interface System.IEquatable<T>",
    "interface System.IFormattable",
    "interface System.IFormatProvider",
    "interface System.IDisposable",
    "interface System.ICloneable",
    "interface System.Collections.IEnumerable",
    "interface System.Collections.IEnumerator",
    "interface System.Collections.ICollection : IEnumerable",
    "interface System.Collections.IList : ICollection",
    "interface System.Collections.Generic.IEnumerable<out T> : IEnumerable",
    "interface System.Collections.Generic.IEnumerator<out T> : IEnumerator, IDisposable",
    "interface System.Collections.Generic.ICollection<T> : IEnumerable<T>",
    "interface System.Collections.Generic.IList<T> : ICollection<T>",
    "interface System.Collections.Generic.ISet<T> : ICollection<T>",
    "interface System.Collections.Generic.IReadOnlyCollection<out T> : IEnumerable<T>",
    "interface System.Collections.Generic.IReadOnlyList<out T> : IReadOnlyCollection<T>",
    "interface System.Collections.Generic.IDictionary<TKey, TValue> : ICollection<KeyValuePair<TKey, TValue>>",
    "interface System.Collections.Generic.IReadOnlyDictionary<TKey, TValue> : IReadOnlyCollection<KeyValuePair<TKey, TValue>>",
    "interface System.Collections.Generic.IEqualityComparer<in T>",
    "interface System.Collections.Generic.IComparer<in T>",
    "struct System.Collections.Generic.KeyValuePair<TKey, TValue>",
    "class System.Globalization.CultureInfo : IFormatProvider",
];

pub(super) fn declare(library: &mut Library) {
    for header in HEADERS {
        library.declare(header);
    }
    for (function, function_invoke, action, action_invoke) in DELEGATE_PARAMETERS {
        library.delegate(function, function_invoke);
        library.delegate(action, action_invoke);
    }
    library.delegate("System.Predicate<in T>", "bool Invoke(T obj)");
    library.delegate("System.Comparison<in T>", "int Invoke(T x, T y)");
    library.delegate("System.Converter<in TInput, out TOutput>", "TOutput Invoke(TInput input)");
    for of in ExceptionType::ALL {
        let base = of.base();
        library.exception(of.name(), if base == *of { None } else { Some(base.name()) });
    }
}
