//! From C# to values: parser, binder, emitter and machine together. What depends on the library is tested there; this is the language.

use super::{show, with_machine};
use crate::expression::machine::Thrown;
use crate::expression::{Form, Type, compile};

/// Asserts what statements give: a value as [`show`] writes it, or an exception with its message.
#[track_caller]
fn gives(code: &str, expected: &str) {
    let expression = match compile(code, Form::Statements, &Type::Object) {
        Ok(expression) => expression,
        Err(errors) => panic!("{code}: {errors:?}"),
    };
    let outcome = match with_machine(|machine| machine.evaluate(expression.code())) {
        Ok(value) => show(&value),
        Err(Thrown::Exception(exception)) => exception.to_string(),
        Err(Thrown::Limit(limit)) => limit.to_string(),
    };
    assert_eq!(outcome, expected, "{code}\n{}", expression.code());
}

#[test]
fn loops_and_jumps() {
    gives(
        "int s = 0; for (int i = 0; i < 10; i++) { if (i == 3) continue; if (i == 6) break; s += i; } return s;",
        "12",
    );
    gives("var s = \"\"; foreach (var c in \"abc\") s = c + s; return s;", "\"cba\"");
    gives("int i = 0; do { i += 2; } while (i < 7); return i;", "8");
    gives(
        "int n = 27, steps = 0; while (n != 1) { n = n % 2 == 0 ? n / 2 : 3 * n + 1; steps++; } return steps;",
        "111",
    );
    gives("for (int i = 0, j = 10; ; i++, j--) if (i >= j) return i + \",\" + j;", "\"5,5\"");
    gives(
        "int[,] g = new int[2, 3]; for (int i = 0; i < 6; i++) g[i / 3, i % 3] = i; return g[1, 2] + g.Length;",
        "11",
    );
    gives(
        "int c = 0; foreach (var x in new[] { 1, 2, 3 }) { switch (x) { case 2: continue; default: c += x; break; } c *= 10; } return c;",
        "130",
    );
}

#[test]
fn switches() {
    let switch = "switch (x) { case 1: case 2: return \"few\"; case 3: goto case 1; case 4: goto default; \
                  case int n when n > 100: return \"many\"; default: return \"other\"; }";
    for (value, expected) in [(1, "few"), (2, "few"), (3, "few"), (4, "other"), (101, "many"), (50, "other")] {
        gives(&format!("object o = {value}; int x = (int)o; {switch}"), &format!("\"{expected}\""));
    }
    gives(
        "string s = \"b\"; switch (s) { case \"a\": return 1; case \"b\": return 2; case null: return 3; } return 4;",
        "2",
    );
    gives("string s = null; switch (s) { case \"a\": return 1; case null: return 3; } return 4;", "3");
    gives(
        "object o = \"text\"; return o switch { int n => n, string { Length: > 3 } s => s.Length, null => -1, _ => 0 };",
        "4",
    );
    gives("var t = (1, \"a\"); if (t is var (n, s)) return n + s; return null;", "\"1a\"");
}

#[test]
fn exceptions() {
    gives(
        "try { return int.Parse(\"x\"); } catch (FormatException e) { return e.Message; }",
        "\"The input string 'x' was not in a correct format.\"",
    );
    gives(
        "var s = \"\"; try { try { s += 1; throw new Exception(\"a\"); } finally { s += 2; } } catch (Exception e) when (e.Message == \"a\") { s += 3; } return s;",
        "\"123\"",
    );
    gives("int F() { try { return 1; } finally { } } return F();", "1");
    gives(
        "var s = \"\"; for (int i = 0; i < 3; i++) { try { if (i == 1) continue; s += i; } finally { s += \"f\"; } } return s;",
        "\"0ff2f\"",
    );
    gives("int z = 0; return 1 / z;", "System.DivideByZeroException: Attempted to divide by zero.");
    gives(
        "try { throw new InvalidOperationException(\"x\"); } catch (ArgumentException) { return 1; }",
        "System.InvalidOperationException: x",
    );
    gives(
        "string s = null; return s.Length;",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    );
    gives("int? n = null; return n.Value;", "System.InvalidOperationException: Nullable object must have a value.");
    gives(
        "object o = \"a\"; return (int)o;",
        "System.InvalidCastException: Unable to cast object of type 'System.String' to type 'System.Int32'.",
    );
    gives(
        "int x = int.MaxValue; return checked(x + 1);",
        "System.OverflowException: Arithmetic operation resulted in an overflow.",
    );
    gives("string s = null; return s ?? throw new Exception(\"none\");", "System.Exception: none");
}

#[test]
fn closures() {
    gives(
        "var fs = new Func<int>[3]; for (int i = 0; i < 3; i++) { int j = i; fs[i] = () => j * 10; } return fs[0]() + fs[1]() + fs[2]();",
        "30",
    );
    gives(
        "var fs = new Func<int>[3]; for (int i = 0; i < 3; i++) fs[i] = () => i; return fs[0]() + fs[1]() + fs[2]();",
        "9",
    );
    gives(
        "int i = 0; var fs = new Func<int>[3]; foreach (var x in new[] { 1, 2, 4 }) fs[i++] = () => x; return fs[0]() + fs[1]() + fs[2]();",
        "7",
    );
    gives("int n = 0; Action add = () => n++; add(); add(); return n;", "2");
    gives("Func<int, Func<int, int>> add = a => b => a + b; return add(2)(3);", "5");
    gives("Func<int, int> f = null; f = n => n < 2 ? 1 : n * f(n - 1); return f(10);", "3628800");
    gives("int Fib(int n) => n < 2 ? n : Fib(n - 1) + Fib(n - 2); return Fib(15);", "610");
    gives("int x = 1; void Add(int y) { x += y; } Add(2); Add(3); return x;", "6");
    gives("int c = 0; int Next() { return ++c; } Func<int> g = Next; return g() + g() * 10;", "21");
    gives(
        "bool Even(int n) => n == 0 || Odd(n - 1); bool Odd(int n) => n != 0 && Even(n - 1); return Even(100);",
        "true",
    );
    gives(
        "void Swap(ref int a, ref int b) { var t = a; a = b; b = t; } int p = 1, q = 2; Swap(ref p, ref q); return p * 10 + q;",
        "21",
    );
    gives("bool Try(out int v) { v = 5; return true; } return Try(out var r) ? r : 0;", "5");
    gives("Func<string, int> parse = int.Parse; return parse(\"42\");", "42");
}

#[test]
fn values_and_places() {
    gives("int a = 1, b = 2; (a, b) = (b, a); return a * 10 + b;", "21");
    gives("var t = (x: 1, y: \"s\"); t.x += 4; return t.x + t.y;", "\"5s\"");
    gives(
        "var a = new[] { 1, 2, 3 }; int i = 0; a[i++] += 10; a[i++] *= 5; return a[0] + \",\" + a[1] + \",\" + i;",
        "\"11,10,2\"",
    );
    gives("string s = null; s ??= \"d\"; s += 1; return s;", "\"d1\"");
    gives("int? n = null; n ??= 3; n++; return n;", "4");
    gives("int x = 5; int y = x++ + ++x; return y * 10 + x;", "127");
    gives("string s = \"a\"; return s?.Length ?? -1;", "1");
    gives("string s = null; return s?.ToUpper().Trim().Length ?? -1;", "-1");
    gives("var o = new { A = 1, B = new { C = \"x\" } }; return o.B.C + o.A;", "\"x1\"");
    gives("return new { A = 1, B = \"x\" };", "{ A = 1, B = x }");
    gives("var n = 5; return $\"[{n,4}|{n,-4}|{n:D3}|{(n > 3 ? \"big\" : \"small\")}]\";", "\"[   5|5   |005|big]\"");
    gives("byte b = 200; b += 100; return b;", "44b");
    gives("char c = 'a'; c++; return c;", "'\\u0062'");
    gives("object o = 5; if (o is int n && n > 3) return n * 2; return 0;", "10");
    gives("object o = \"x\"; if (!(o is string s)) return \"no\"; return s + s;", "\"xx\"");
    gives("int i = int.MaxValue; i++; return i;", "-2147483648");
    gives("return 7 / 2 + 7 % 4 + (7 >> 1) + (1 << 33);", "11");
    gives("return (int)3.99 + (int)-3.99 + unchecked((byte)300);", "44");
    gives("decimal d = 1.10m; return d * 2 + 1;", "3.20m");
}

#[test]
fn defaults() {
    gives("DateTime d = default; return d.Year;", "1");
    gives("return default(int) + default(string) + default(bool);", "\"0False\"");
    gives("var a = new TimeSpan[2]; return a[1].Ticks;", "0L");
    gives("var a = new Guid[1]; return a[0] == Guid.Empty;", "true");
}

#[test]
fn types_are_objects() {
    gives(
        "return 1.GetType().Name + typeof(string).FullName + new int[0].GetType();",
        "\"Int32System.StringSystem.Int32[]\"",
    );
    gives("object o = 5; return o.GetType() == typeof(int);", "true");
    gives("try { return int.Parse(\"x\"); } catch (Exception e) { return e.GetType().Name; }", "\"FormatException\"");
    gives(
        "string s = null; return s.GetType();",
        "System.NullReferenceException: Object reference not set to an instance of an object.",
    );
    gives("int? n = 5; return n.GetType().Name;", "\"Int32\"");
    gives("return (1, \"a\").GetType().Name + new { A = 1 }.GetType().Name;", "\"ValueTuple`2<>f__AnonymousType0`1\"");
}

/// A header condition asks the exchange for the header and nothing else; parts that may be missing are asked for.
#[test]
fn parts_that_are_always_there_are_no_calls() {
    for (code, calls) in [
        ("context.Request.Headers.GetValueOrDefault(\"a\", \"\")", &["GetValueOrDefault"][..]),
        ("context.Request.Url.Path", &["Path"]),
        ("context.Variables.ContainsKey(\"a\")", &["ContainsKey"]),
        ("context.Api.Name + context.Operation.Id + context.Deployment.Region", &["Name", "Id", "Region"]),
        ("context.Response.Headers", &["Response", "Headers"]),
        ("context.Subscription.Id", &["Subscription", "Id"]),
        ("context.Request.Body", &["Body"]),
        (
            "new[] { context }.Select(request => request.Request).First().Method",
            &["Select", "First", "Method", "Request"],
        ),
    ] {
        let expression = compile(code, Form::Expression, &Type::Object).unwrap();
        let listing = expression.code().to_string();
        let called: Vec<&str> =
            listing.lines().filter_map(|line| line.split_once("Call ")?.1.split(' ').next()).collect();
        assert_eq!(called, calls, "{listing}");
    }
    gives(
        "var r = context.Request; return r == context.Request && object.ReferenceEquals(r.Headers, context.Request.Headers);",
        "true",
    );
}
