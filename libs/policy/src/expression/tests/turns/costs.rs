//! What is paid for follows the work: code that would hold a worker for seconds if a step of it were cheap.

use super::in_one_go;
use crate::expression::limits::STEPS_MAX;
use crate::expression::machine::{Host, Machine};
use crate::expression::types::Type;
use crate::expression::{Form, compile};
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// A long text twice, so that both are compared to their ends, and what holds them.
const SETTING: &str = "var s = new string('a', 200000); var t = s + \"\"; object o = s; object p = t; var b = new StringBuilder(s); \
    var c = new StringBuilder(t); var k = (s, 1); var l = (t, 1); var d = new Dictionary<(string, int), int> { { k, 1 } }; \
    var e = new XElement(\"e\", Enumerable.Range(0, 2000).Select(x => new XAttribute(\"a\" + x, x))); var n = 0; ";

/// Steps that code takes.
fn steps(code: &str) -> u64 {
    let code = format!("{SETTING}{code}");
    let expression =
        compile(&code, Form::Statements, &Type::Object).unwrap_or_else(|errors| panic!("{code}: {errors:?}"));
    let (mut exchange, mut variables) = (MemoryExchange::default(), Variables::default());
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    machine.evaluate(expression.code()).unwrap_or_else(|thrown| panic!("{code}: {thrown:?}"));
    STEPS_MAX - machine.steps_left()
}

#[test]
fn looking_at_long_values_is_paid_for_each_time() {
    let nothing = steps("for (int i = 0; i < 20; i++) { } return n;");
    // With the least that one round takes: 64 bytes are compared in a step, 8 hashed, and 10 walked over.
    for (code, least) in [
        ("if (s == t) n++;", 3000),
        ("if (object.Equals(o, p)) n++;", 3000),
        ("if (o.Equals(p)) n++;", 3000),
        ("if (string.Equals(s, t, StringComparison.OrdinalIgnoreCase)) n++;", 20_000),
        ("if (StringComparer.OrdinalIgnoreCase.Equals(s, t)) n++;", 20_000),
        ("if (k.Equals(l)) n++;", 3000),
        ("if (new { s }.Equals(new { s = t })) n++;", 3000),
        ("n += o.GetHashCode() % 2;", 20_000),
        ("n += s.GetHashCode() % 2;", 20_000),
        ("n += d[l];", 20_000),
        ("if (b.Equals(c)) n++;", 3000),
        ("n += b.ToString(199999, 1).Length;", 15_000),
        ("c[0] = 'b';", 200_000),
        ("if (char.IsDigit(s, 199999)) n++;", 1500),
        ("if (Guid.TryParse(s, out var g)) n++;", 1500),
        ("n += Encoding.UTF8.GetByteCount(s);", 15_000),
        ("e.SetAttributeValue(\"a1999\", 1);", 900),
        ("n += e.Attribute(\"a1999\").Value.Length;", 900),
        ("n += e.LastAttribute.Value.Length;", 900),
        ("e.AddFirst(1);", 20),
    ] {
        let taken = steps(&format!("for (int i = 0; i < 20; i++) {{ {code} }} return n;")) - nothing;
        assert!(taken >= 20 * least, "{code}: {} steps a round", taken / 20);
    }
}

#[test]
fn what_concerns_a_part_of_a_long_value_is_paid_for_that_part() {
    let nothing = steps("for (int i = 0; i < 20; i++) { } return n;");
    let arrays = "var y = Encoding.UTF8.GetBytes(s); var z = s.ToCharArray(); var u = new char[4]; ";
    let setting = steps(&format!("{arrays} for (int i = 0; i < 20; i++) {{ }} return n;"));
    // A long text as an argument takes 1,500 steps; whether it is ASCII is asked in 3,125, and a builder moves its text in as many.
    for (code, least, most) in [
        ("n += Encoding.UTF8.GetByteCount(s, 199990, 5);", 3000, 6000),
        ("n += Encoding.UTF8.GetByteCount(z, 199990, 5);", 1, 200),
        ("n += Encoding.UTF8.GetBytes(s, 199990, 5).Length;", 3000, 6000),
        ("n += Encoding.UTF8.GetBytes(z, 199990, 5).Length;", 1, 200),
        ("n += Encoding.UTF8.GetString(y, 199990, 5).Length;", 1, 200),
        ("n += Encoding.UTF8.GetCharCount(y, 199990, 5);", 1, 200),
        ("n += Encoding.UTF8.GetChars(y, 199990, 5).Length;", 1, 200),
        ("n += Encoding.Convert(Encoding.UTF8, Encoding.Unicode, y, 199990, 5).Length;", 1, 200),
        ("s.CopyTo(199990, u, 1, 3);", 3000, 8000),
        ("b.CopyTo(199990, u, 1, 3);", 3000, 8000),
        ("s.CopyTo(0, z, 0, 100000);", 100_000, 120_000),
        ("b.Replace(\"a\", \"b\", 199990, 5);", 3000, 8000),
        ("b.Replace('a', 'b', 199990, 5);", 3000, 8000),
        ("b.Replace(\"x\", \"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\", 0, 100000);", 20_000, 40_000),
        ("n += Encoding.UTF8.GetByteCount(s, 0, 200000);", 20_000, 30_000),
    ] {
        let taken = steps(&format!("{arrays} for (int i = 0; i < 20; i++) {{ {code} }} return n;")) - setting;
        assert!(taken >= 20 * least && taken <= 20 * most, "{code}: {} steps a round", taken / 20);
    }
    assert!(setting > nothing);
}

#[test]
fn values_that_double_with_each_round_meet_the_budget() {
    for (code, limit) in [
        ("object t = 1; for (int i = 0; i < 60; i++) t = (t, t); return t.GetHashCode();", "!Steps"),
        ("object t = 1, u = 1; for (int i = 0; i < 60; i++) { t = (t, t); u = (u, u); } return t.Equals(u);", "!Steps"),
        ("object t = 1; for (int i = 0; i < 60; i++) t = new { t, u = t }; return t.GetHashCode();", "!Steps"),
        (
            "object t = 1; for (int i = 0; i < 60; i++) t = Tuple.Create<object, object>(t, t); return t.GetHashCode();",
            "!Steps",
        ),
        (
            "object t = 1; for (int i = 0; i < 60; i++) t = new KeyValuePair<object, object>(t, t); return new HashSet<object> { t }.Count;",
            "!Steps",
        ),
        ("Action a = () => { }; for (int i = 0; i < 40; i++) a += a; return 1;", "!Memory"),
        // And what lies in each other very deeply is no danger to the stack.
        ("object t = 1; for (int i = 0; i < 100000; i++) t = Tuple.Create<object>(t); return t.ToString();", "!Depth"),
        (
            "object t = 1; for (int i = 0; i < 100000; i++) t = new KeyValuePair<object, int>(t, 1); return t.ToString();",
            "!Depth",
        ),
        (
            "object t = 1, u = 1; for (int i = 0; i < 50000; i++) { t = Tuple.Create<object>(t); u = Tuple.Create<object>(u); } return t.Equals(u);",
            "True",
        ),
    ] {
        assert_eq!(in_one_go(code), limit, "{code}");
    }
}
