//! Natives of the smaller classes, called as compiled code calls them. What they compute is tested in `postern_dotnet`; here it is that
//! signatures, arguments and results fit together.

use super::testing::{bytes, c, call, call_typed, constant, objects, s, shown};
use crate::expression::array::Array;
use crate::expression::object::Object;
use crate::expression::types::Type;
use crate::expression::value::Value;

fn check(class: &str, cases: &[(&str, &[Value], &str)]) {
    for (signature, arguments, expected) in cases {
        assert_eq!(shown(call(class, signature, arguments)), *expected, "{class} {signature} {arguments:?}");
    }
}

fn ints(values: &[i32]) -> Value {
    Value::object(Array::values(Type::INT, values.iter().map(|value| Value::Int(*value)).collect()))
}

#[test]
fn numbers_read_and_write_themselves() {
    check(
        "System.Int32",
        &[
            ("static int Parse(string s)", &[s(" 42 ")], "42"),
            ("static int Parse(string s)", &[s("x")], "!The input string 'x' was not in a correct format."),
            ("static int Parse(string s)", &[Value::Null], "!Value cannot be null. (Parameter 's')"),
            ("static bool TryParse(string s, out int result)", &[s("7")], "True 7"),
            ("static bool TryParse(string s, out int result)", &[Value::Null], "False 0"),
            (
                "static int Parse(string s, NumberStyles style)",
                &[s("ff"), constant("System.Globalization.NumberStyles", 515)],
                "255",
            ),
            ("static int MaxValue", &[], "2147483647"),
            ("string ToString(string format)", &[Value::Int(42), s("D5")], "00042"),
            ("int CompareTo(int value)", &[Value::Int(1), Value::Int(2)], "-1"),
            ("int CompareTo(object value)", &[Value::Int(1), Value::Long(2)], "!Object must be of type Int32."),
            ("bool Equals(object obj)", &[Value::Int(1), Value::Long(1)], "False"),
        ],
    );
    check(
        "System.Double",
        &[
            ("static double Parse(string s)", &[s("1,234.5")], "1234.5"),
            ("string ToString()", &[Value::Double(0.1 + 0.2)], "0.30000000000000004"),
            (
                "string ToString(string format, IFormatProvider provider)",
                &[Value::Double(0.256), s("P1"), Value::Null],
                "25.6 %",
            ),
            ("static bool IsNaN(double d)", &[Value::Double(f64::NAN)], "True"),
            ("static double Epsilon", &[], "5E-324"),
        ],
    );
    check(
        "System.Decimal",
        &[
            ("static decimal Parse(string s)", &[s("1.50")], "1.50"),
            (
                "static decimal Divide(decimal d1, decimal d2)",
                &[Value::Decimal(1.into()), Value::Decimal(0.into())],
                "!Attempted to divide by zero.",
            ),
            (
                "static decimal Round(decimal d, int decimals)",
                &[Value::Decimal("2.345".parse().unwrap()), Value::Int(2)],
                "2.34",
            ),
            ("static int[] GetBits(decimal d)", &[Value::Decimal("1.0".parse().unwrap())], "[10|0|0|65536]"),
        ],
    );
    check("System.Byte", &[("static bool TryParse(string s, out byte result)", &[s("256")], "False 0")]);
}

#[test]
fn conversions_round_and_throw() {
    check(
        "System.Convert",
        &[
            ("static int ToInt32(object value)", &[Value::Double(2.5)], "2"),
            ("static int ToInt32(object value)", &[c('A')], "65"),
            ("static int ToInt32(object value)", &[true.into()], "1"),
            ("static int ToInt32(object value)", &[Value::Null], "0"),
            ("static int ToInt32(object value)", &[s("12")], "12"),
            ("static int ToInt32(object value)", &[constant("System.StringComparison", 4)], "4"),
            (
                "static int ToInt32(object value)",
                &[objects(&[])],
                "!Unable to cast object of type 'System.Object[]' to type 'System.IConvertible'.",
            ),
            ("static int ToInt32(string value)", &[s("1.5")], "!The input string '1.5' was not in a correct format."),
            ("static int ToInt32(string value, int fromBase)", &[s("ff"), Value::Int(16)], "255"),
            (
                "static byte ToByte(object value)",
                &[Value::Int(256)],
                "!Value was either too large or too small for an unsigned byte.",
            ),
            ("static double ToDouble(object value)", &[c('A')], "!Invalid cast from 'Char' to 'Double'."),
            ("static bool ToBoolean(string value)", &[s("TRUE")], "True"),
            ("static bool ToBoolean(object value)", &[Value::Double(0.0)], "False"),
            ("static DateTime ToDateTime(string value)", &[s("2024-02-29")], "02/29/2024 00:00:00"),
            ("static DateTime ToDateTime(object value)", &[Value::Int(1)], "!Invalid cast from 'Int32' to 'DateTime'."),
            ("static DateTime ToDateTime(object value)", &[Value::Null], "01/01/0001 00:00:00"),
            ("static char ToChar(object value)", &[Value::Int(65)], "A"),
            ("static string ToString(object value)", &[Value::Null], ""),
            ("static string ToString(int value, int toBase)", &[Value::Int(10), Value::Int(2)], "1010"),
            ("static string ToBase64String(byte[] inArray)", &[bytes(b"abc")], "YWJj"),
            ("static byte[] FromBase64String(string s)", &[s("YWI=")], "[97|98]"),
            ("static string ToHexString(byte[] inArray)", &[bytes(&[1, 255])], "01FF"),
        ],
    );
}

#[test]
fn mathematics() {
    check(
        "System.Math",
        &[
            ("static int Max(int val1, int val2)", &[Value::Int(1), Value::Int(2)], "2"),
            ("static double Round(double a)", &[Value::Double(2.5)], "2"),
            (
                "static double Round(double value, int digits, MidpointRounding mode)",
                &[Value::Double(1.25), Value::Int(1), constant("System.MidpointRounding", 1)],
                "1.3",
            ),
            ("static double Ceiling(double a)", &[Value::Double(1.2)], "2"),
            ("static double Pow(double x, double y)", &[Value::Double(2.0), Value::Double(10.0)], "1024"),
            (
                "static int Abs(int value)",
                &[Value::Int(i32::MIN)],
                "!Negating the minimum value of a twos complement number is invalid.",
            ),
            ("static int DivRem(int a, int b, out int result)", &[Value::Int(7), Value::Int(2)], "3 1"),
            (
                "static int DivRem(int a, int b, out int result)",
                &[Value::Int(7), Value::Int(0)],
                "!Attempted to divide by zero.",
            ),
            ("static double PI", &[], "3.141592653589793"),
        ],
    );
}

#[test]
fn arrays() {
    let numbers = ints(&[3, 1, 2]);
    assert_eq!(
        shown(call_typed(
            ("System.Array", 0),
            "static void Sort<T>(T[] array)",
            &[Type::INT],
            std::slice::from_ref(&numbers)
        )),
        "null"
    );
    check(
        "System.Array",
        &[
            ("int Length", std::slice::from_ref(&numbers), "3"),
            ("static int IndexOf<T>(T[] array, T value)", &[numbers.clone(), Value::Int(3)], "2"),
            ("static int IndexOf<T>(T[] array, T value)", &[numbers.clone(), Value::Int(9)], "-1"),
            ("static int BinarySearch<T>(T[] array, T value)", &[numbers.clone(), Value::Int(2)], "1"),
            ("object Clone()", std::slice::from_ref(&numbers), "[1|2|3]"),
            (
                "object GetValue(int index)",
                &[numbers.clone(), Value::Int(5)],
                "!Index was outside the bounds of the array.",
            ),
            ("int GetUpperBound(int dimension)", &[numbers.clone(), Value::Int(0)], "2"),
            (
                "static void Copy(Array sourceArray, Array destinationArray, int length)",
                &[numbers.clone(), ints(&[0]), Value::Int(2)],
                "!Destination array was not long enough. Check the destination index, length, and the array's lower bounds. (Parameter \
                 'destinationArray')",
            ),
        ],
    );
    check("System.Array", &[("static void Reverse(Array array)", std::slice::from_ref(&numbers), "null")]);
    assert_eq!(shown(Ok(vec![numbers.clone()])), "[3|2|1]");
    check("System.Array", &[("static void Clear(Array array)", std::slice::from_ref(&numbers), "null")]);
    assert_eq!(shown(Ok(vec![numbers])), "[0|0|0]");
    let mixed = objects(&[Value::Int(1), s("a")]);
    let sorted = call_typed(("System.Array", 0), "static void Sort<T>(T[] array)", &[Type::Object], &[mixed]);
    assert_eq!(shown(sorted), "!Failed to compare two elements in the array.");
}

#[test]
fn enums() {
    let types = [Type::named("System.StringComparison")];
    let run = |signature, arguments: &[Value]| shown(call_typed(("System.Enum", 0), signature, &types, arguments));
    assert_eq!(run("static TEnum Parse<TEnum>(string value)", &[s("Ordinal")]), "Ordinal");
    assert_eq!(
        run("static TEnum Parse<TEnum>(string value, bool ignoreCase)", &[s(" ordinal "), true.into()]),
        "Ordinal"
    );
    assert_eq!(run("static TEnum Parse<TEnum>(string value)", &[s("nope")]), "!Requested value 'nope' was not found.");
    assert_eq!(run("static bool TryParse<TEnum>(string value, out TEnum result)", &[s("5")]), "True OrdinalIgnoreCase");
    assert_eq!(
        run("static bool TryParse<TEnum>(string value, out TEnum result)", &[Value::Null]),
        "False CurrentCulture"
    );
    assert_eq!(run("string ToString(string format)", &[constant("System.StringComparison", 4), s("D")]), "4");
    let wrong = call_typed(("System.Enum", 0), "static TEnum Parse<TEnum>(string value)", &[Type::INT], &[s("1")]);
    assert_eq!(shown(wrong), "!Type provided must be an Enum. (Parameter 'enumType')");
}

#[test]
fn guids_encodings_and_builders() {
    let text = "d85b1407-351d-4694-9392-03acc5870eb1";
    let guid = call("System.Guid", "static Guid Parse(string input)", &[s(text)]).unwrap().remove(0);
    check(
        "System.Guid",
        &[
            ("string ToString(string format)", &[guid.clone(), s("N")], "d85b1407351d4694939203acc5870eb1"),
            ("bool Equals(object o)", &[guid.clone(), guid], "True"),
            (
                "static bool TryParse(string input, out Guid result)",
                &[s("x")],
                "False 00000000-0000-0000-0000-000000000000",
            ),
            ("static Guid Parse(string input)", &[s("x")], "!Unrecognized Guid format."),
        ],
    );
    let fresh = |_| shown(call("System.Guid", "static Guid NewGuid()", &[]));
    assert_ne!(fresh(1), fresh(2));
    let utf8 = call("System.Text.Encoding", "static Encoding UTF8", &[]).unwrap().remove(0);
    check(
        "System.Text.Encoding",
        &[
            ("byte[] GetBytes(string s)", &[utf8.clone(), s("é")], "[195|169]"),
            ("string GetString(byte[] bytes)", &[utf8.clone(), bytes(&[0x61, 0xFF])], "a\u{FFFD}"),
            ("string GetString(byte[] bytes)", &[utf8, Value::Null], "!Value cannot be null. (Parameter 'bytes')"),
        ],
    );
    let builder = call("System.Text.StringBuilder", "(string value)", &[s("a")]).unwrap().remove(0);
    let change = |signature, arguments: &[Value]| {
        let all: Vec<Value> = std::iter::once(builder.clone()).chain(arguments.iter().cloned()).collect();
        shown(call("System.Text.StringBuilder", signature, &all))
    };
    assert_eq!(change("StringBuilder Append(object value)", &[Value::Double(1.5)]), "a1.5");
    assert_eq!(change("StringBuilder AppendLine(string value)", &[s("b")]), "a1.5b\n");
    assert_eq!(
        change("StringBuilder AppendFormat(string format, object arg0)", &[s("{0:X2}"), Value::Int(10)]),
        "a1.5b\n0A"
    );
    assert_eq!(change("StringBuilder Insert(int index, object value)", &[Value::Int(0), c('>')]), ">a1.5b\n0A");
    assert_eq!(change("StringBuilder Replace(string oldValue, string newValue)", &[s("1.5"), s("")]), ">ab\n0A");
    assert_eq!(change("StringBuilder Remove(int startIndex, int length)", &[Value::Int(0), Value::Int(1)]), "ab\n0A");
    assert_eq!(change("int Length", &[Value::Int(2)]), "5");
    assert_eq!(change("string ToString(int startIndex, int length)", &[Value::Int(1), Value::Int(1)]), "b");
}

#[test]
fn uris_and_the_web() {
    let uri = call("System.Uri", "(string uriString)", &[s("https://Host/a b?x=1#f")]).unwrap().remove(0);
    check(
        "System.Uri",
        &[
            ("string Host", std::slice::from_ref(&uri), "host"),
            ("int Port", std::slice::from_ref(&uri), "443"),
            ("string AbsoluteUri", std::slice::from_ref(&uri), "https://host/a%20b?x=1#f"),
            ("string[] Segments", std::slice::from_ref(&uri), "[/|a%20b]"),
            (
                "string GetLeftPart(UriPartial part)",
                &[uri.clone(), constant("System.UriPartial", 2)],
                "https://host/a%20b",
            ),
            ("UriHostNameType HostNameType", std::slice::from_ref(&uri), "Dns"),
            ("(Uri baseUri, string relativeUri)", &[uri.clone(), s("../c")], "https://host/c"),
            ("(string uriString)", &[s("x")], "!Invalid URI: The format of the URI could not be determined."),
            (
                "static bool TryCreate(string uriString, UriKind uriKind, out Uri result)",
                &[s("x y"), constant("System.UriKind", 1)],
                "False null",
            ),
            ("static string EscapeDataString(string stringToEscape)", &[s("a b&c")], "a%20b%26c"),
        ],
    );
    check(
        "System.Net.WebUtility",
        &[
            ("static string UrlEncode(string value)", &[s("a b&c")], "a+b%26c"),
            ("static string HtmlEncode(string value)", &[s("<a>")], "&lt;a&gt;"),
            ("static string UrlDecode(string encodedValue)", &[Value::Null], "null"),
        ],
    );
    check(
        "System.Net.IPAddress",
        &[
            ("static IPAddress Parse(string ipString)", &[s("::1")], "::1"),
            ("static IPAddress Parse(string ipString)", &[s("x")], "!An invalid IP address was specified."),
            ("static bool TryParse(string ipString, out IPAddress address)", &[s("10.0.0.1")], "True 10.0.0.1"),
        ],
    );
}

#[test]
fn characters_booleans_bits_and_chance() {
    check(
        "System.Char",
        &[
            ("static bool IsDigit(char c)", &[c('7')], "True"),
            ("static char ToUpper(char c)", &[c('é')], "É"),
            ("static bool IsLetter(string s, int index)", &[s("1a"), Value::Int(1)], "True"),
            ("int CompareTo(char value)", &[c('b'), c('a')], "1"),
        ],
    );
    check(
        "System.Boolean",
        &[
            ("static bool Parse(string value)", &[s("x")], "!String 'x' was not recognized as a valid Boolean."),
            ("static bool TryParse(string value, out bool result)", &[s("true")], "True True"),
        ],
    );
    check(
        "System.BitConverter",
        &[
            ("static int ToInt32(byte[] value, int startIndex)", &[bytes(&[0, 1, 0, 0, 0]), Value::Int(1)], "1"),
            ("static byte[] GetBytes(short value)", &[Value::Short(-2)], "[254|255]"),
            ("static string ToString(byte[] value)", &[bytes(&[1, 171])], "01-AB"),
        ],
    );
    let random = call("System.Random", "(int Seed)", &[Value::Int(42)]).unwrap().remove(0);
    check(
        "System.Random",
        &[
            ("int Next()", std::slice::from_ref(&random), "1434747710"),
            ("int Next(int maxValue)", &[random.clone(), Value::Int(10)], "1"),
        ],
    );
}

#[test]
fn exceptions_have_messages_and_inner_ones() {
    let inner = call("System.FormatException", "(string message)", &[s("inner")]).unwrap().remove(0);
    let outer =
        call("System.Exception", "(string message, Exception innerException)", &[s("outer"), inner]).unwrap().remove(0);
    check(
        "System.Exception",
        &[
            ("string Message", std::slice::from_ref(&outer), "outer"),
            ("Exception InnerException", std::slice::from_ref(&outer), "System.FormatException: inner"),
            ("Exception GetBaseException()", std::slice::from_ref(&outer), "System.FormatException: inner"),
            ("()", &[], "System.Exception: Exception of type 'System.Exception' was thrown."),
        ],
    );
    let argument = call("System.ArgumentNullException", "(string paramName)", &[s("x")]).unwrap().remove(0);
    check(
        "System.Exception",
        &[("string Message", std::slice::from_ref(&argument), "Value cannot be null. (Parameter 'x')")],
    );
    check("System.ArgumentException", &[("string ParamName", std::slice::from_ref(&argument), "x")]);
}

#[test]
fn tuples_and_comparers() {
    let tuple = call_typed(
        ("System.Tuple", 0),
        "static Tuple<T1, T2> Create<T1, T2>(T1 item1, T2 item2)",
        &[Type::INT, Type::String],
        &[Value::Int(1), s("a")],
    );
    assert_eq!(shown(tuple.clone()), "(1, a)");
    let tuple = tuple.unwrap().remove(0);
    assert_eq!(shown(call_typed(("System.Tuple", 2), "T2 Item2", &[], &[tuple])), "a");
    let comparer = call("System.StringComparer", "static StringComparer OrdinalIgnoreCase", &[]).unwrap().remove(0);
    check(
        "System.StringComparer",
        &[
            ("bool Equals(string x, string y)", &[comparer.clone(), s("A"), s("a")], "True"),
            ("int Compare(string x, string y)", &[comparer.clone(), Value::Null, s("a")], "-1"),
        ],
    );
    let object = comparer.downcast::<super::comparers::Comparer>().unwrap();
    assert!(object.key(&s("A")).equals(&object.key(&s("a"))));
    assert!(object.primitive().is_none());
}

#[test]
fn texts_are_read_and_written_line_by_line() {
    let reader = call("System.IO.StringReader", "(string s)", &[s("a\r\nb\n\nc")]).unwrap().remove(0);
    let line = || shown(call("System.IO.TextReader", "string ReadLine()", std::slice::from_ref(&reader)));
    assert_eq!([line(), line(), line(), line(), line()], ["a", "b", "", "c", "null"]);
    let writer = call("System.IO.StringWriter", "()", &[]).unwrap().remove(0);
    let _ = call("System.IO.TextWriter", "void WriteLine(string value)", &[writer.clone(), s("x")]);
    assert_eq!(shown(call("System.IO.StringWriter", "string ToString()", &[writer])), "x\n");
}
