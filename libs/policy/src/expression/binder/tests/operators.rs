use postern_dotnet::Text;

use super::{check_constant, check_error, check_types};
use crate::expression::library::Constant;
use crate::expression::types::Number;

#[test]
fn arithmetic_is_done_in_the_smallest_type_that_holds_both() {
    check_types(&[
        ("1 + 2", "int"),
        ("'a' + 1", "int"),
        ("(byte)1 + (byte)2", "int"),
        ("(short)1 * (ushort)2", "int"),
        ("1u + 1", "uint"),
        ("1 + 1L", "long"),
        ("1UL + 1", "ulong"),
        ("1 / 2.0", "double"),
        ("1f * 2", "float"),
        ("1 + 1m", "decimal"),
        ("1L + 1f", "float"),
        ("-1u", "long"),
        ("~(byte)1", "int"),
        ("1 << 3", "int"),
        ("1L >> 3", "long"),
        ("(int?)1 + 2", "int?"),
        ("(int?)1 < 2", "bool"),
        ("(int?)1 + null", "int?"),
        ("(bool?)true & false", "bool?"),
        ("1 < 2L", "bool"),
        ("'a' == 97", "bool"),
        ("true ? 1 : 2L", "long"),
        ("-(int?)1", "int?"),
    ]);
}

#[test]
fn strings_take_anything() {
    check_types(&[
        ("\"a\" + 1", "string"),
        ("1 + \"a\"", "string"),
        ("\"a\" + null", "string"),
        ("\"a\" + (object)1", "string"),
        ("1 + 2 + \"a\"", "string"),
        ("$\"{1,3:D2} b\"", "string"),
    ]);
}

#[test]
fn constants_are_computed() {
    let int = |value| Constant::Integer(Number::Int, value);
    check_constant("1 + 2 * 3", &int(7));
    check_constant("\"a\" + \"b\" + \"c\"", &Constant::String(Text::new("abc")));
    check_constant("1 == 1", &Constant::Bool(true));
    check_constant("true ? 1 : 2", &int(1));
    check_constant("(byte)5", &Constant::Integer(Number::Byte, 5));
    check_constant("unchecked((byte)300)", &Constant::Integer(Number::Byte, 44));
    check_constant("unchecked(int.MaxValue + 1)", &int(i128::from(i32::MIN)));
    check_constant("(int)3.9", &int(3));
    check_constant("(char)65", &Constant::Char(65));
    check_constant("nameof(System.Text)", &Constant::String(Text::new("Text")));
    check_constant("sizeof(long)", &int(8));
}

#[test]
fn constants_do_not_overflow() {
    check_error("‸int.MaxValue + 1", "CS0220", "The operation overflows at compile time in checked mode");
    check_error("‸1 / 0", "CS0020", "Division by constant zero");
    check_error(
        "(byte)‸300",
        "CS0221",
        "Constant value '300' cannot be converted to a 'byte' (use 'unchecked' syntax to override)",
    );
}

#[test]
fn operators_that_do_not_exist_are_refused() {
    check_error("‸\"a\" * 2", "CS0019", "Operator '*' cannot be applied to operands of type 'string' and 'int'");
    check_error("‸1 && true", "CS0019", "Operator '&&' cannot be applied to operands of type 'int' and 'bool'");
    check_error("‸1 == \"a\"", "CS0019", "Operator '==' cannot be applied to operands of type 'int' and 'string'");
    check_error("‸1m + 1.0", "CS0019", "Operator '+' cannot be applied to operands of type 'decimal' and 'double'");
    check_error("‸!1", "CS0023", "Operator '!' cannot be applied to operand of type 'int'");
    check_error("‸-\"a\"", "CS0023", "Operator '-' cannot be applied to operand of type 'string'");
    check_error("‸1 ?? 2", "CS0019", "Operator '??' cannot be applied to operands of type 'int' and 'int'");
    check_error(
        "‸ulong.MaxValue + \"a\".Length",
        "CS0034",
        "Operator '+' is ambiguous on operands of type 'ulong' and 'int'",
    );
}

#[test]
fn objects_are_compared_by_reference_with_a_warning() {
    let warnings = |code: &str| -> Vec<(String, u32)> {
        super::bound_return(code).1.into_iter().map(|warning| (warning.code.to_owned(), warning.span.start)).collect()
    };
    assert_eq!(warnings("(object)\"a\" == \"a\""), [("CS0252".to_owned(), 0)]);
    assert_eq!(warnings("\"a\" == (object)\"a\""), [("CS0253".to_owned(), 0)]);
    assert_eq!(warnings("\"a\" == \"a\""), []);
}
