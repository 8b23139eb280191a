//! Literals and the types that C# gives them.

use super::check;

#[test]
fn an_integer_has_the_first_type_that_holds_it() {
    // C# specification, "Integer literals".
    check("2147483647", "2147483647");
    check("2147483648", "2147483648u");
    check("4294967295", "4294967295u");
    check("4294967296", "4294967296L");
    check("9223372036854775807", "9223372036854775807L");
    check("9223372036854775808", "9223372036854775808uL");
    check("18446744073709551615", "18446744073709551615uL");
    check("1u", "1u");
    check("4294967296U", "4294967296uL");
    check("1L", "1L");
    check("9223372036854775808L", "9223372036854775808uL");
    check("1ul + 1LU", "(+ 1uL 1uL)");
    check("0x7fffffff", "2147483647");
    check("0xFFFF_FFFF", "4294967295u");
    check("0b101", "5");
    check("1_000", "1000");
    check("007", "7");
}

#[test]
fn the_least_integers_are_literals_together_with_their_minus() {
    check("-2147483648", "-2147483648");
    check("-2_147_483_648", "-2147483648");
    check("-9223372036854775808", "-9223372036854775808L");
    check("-9223372036854775808L", "-9223372036854775808L");
    check("-0x80000000", "(- 2147483648u)");
    check("-2147483649", "(- 2147483649u)");
    check("-(2147483648)", "(- (paren 2147483648u))");
    check("a - 2147483648", "(- a 2147483648u)");
}

#[test]
fn real_literals() {
    check("1.5", "1.5d");
    check(".5", "0.5d");
    check("1e3", "1000d");
    check("1E-3", "0.001d");
    check("1e+3", "1000d");
    check("1.5f", "1.5f");
    check("2d", "2d");
    check("1.50m", "150e-2m");
    check("3M", "3e-0m");
    check("1_0.2_5", "10.25d");
    check("1.e", "(. 1 e)");
}

#[test]
fn characters_and_their_escapes() {
    check("'a'", "'a'");
    check("'\"'", r#"'\"'"#);
    check(r"'\''", r"'\''");
    check(r"'\n'", r"'\n'");
    check(r"'\\'", r"'\\'");
    check(r"'\x41'", "'A'");
    check(r"'\u0041'", "'A'");
    check(r"'\U00000041'", "'A'");
    check("'é'", "'é'");
}

#[test]
fn strings_and_their_escapes() {
    check(r#""a\"b""#, r#""a\"b""#);
    check(r#""\t\r\n\0\\""#, r#""\t\r\n\0\\""#);
    check(r#""\a\b\f\v""#, r#""\u{7}\u{8}\u{c}\u{b}""#);
    // `\x` takes up to four digits.
    check(r#""\x41g\x0041B""#, r#""AgAB""#);
    check(r#""\ud83d\ude00""#, "\"😀\"");
    check(r#""\U0001F600""#, "\"😀\"");
    check(r#""\ud83dx""#, "\"\u{fffd}x\"");
    check(r#"@"a\b""c""#, r#""a\\b\"c""#);
    check("@\"a\nb\"", "\"a\\nb\"");
    check("\"// no comment\"", "\"// no comment\"");
    check("true ? null : false", "(?: true null false)");
}
