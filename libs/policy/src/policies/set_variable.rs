//! `set-variable`: puts a value into `context.Variables`. A literal is a string.
//!
//! `<set-variable name="n" value="v"/>` – both required, `name` literal; all sections. The documentation lists the types that a value may be
//! of (numbers, texts, times, GUIDs, bytes); documents in use store objects such as `JObject` too, so any value is taken.

use postern_dotnet::Text;

use crate::definition::{
    ANY_SCOPE, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule, required,
};
use crate::expression::value::Value;
use crate::given::{Given, Wanted};
use crate::policy::{Policy, PolicyContext, Step};
use crate::section::Sections;

pub(super) static DEFINITION: Definition = Definition {
    rule: ElementRule {
        element: "set-variable",
        attributes: &[
            required("name", Expression::Forbidden, ValueRule::NonEmpty),
            required("value", Expression::Allowed, ValueRule::Text),
        ],
        content: Content::Empty,
    },
    sections: Sections::ALL,
    scopes: ANY_SCOPE,
    once: Once::Any,
    evaluation: Evaluation::Own,
    build: |element, builder| {
        let value = &element.attribute("value")?.value;
        let value = if value.is_literal() {
            Given::Literal(Text::new(&value.text))
        } else {
            Given::Expression(builder.expression(value, Wanted::Any)?)
        };
        Built::policy(SetVariable { name: element.owned("name")?, value })
    },
};

#[derive(Debug)]
struct SetVariable {
    name: Box<str>,
    value: Given<Text>,
}

impl Policy for SetVariable {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let value = match &self.value {
            Given::Literal(text) => Value::String(text.clone()),
            Given::Expression(at) => context.values.get(*at).cloned().unwrap_or_default(),
        };
        context.state.variables.set(&self.name, value);
        Step::Next
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{Expect, MemoryExchange, check};

    #[test]
    fn a_literal_becomes_a_string_and_the_last_assignment_wins() {
        let policy =
            "<set-variable name='a' value='1'/><set-variable name='b' value=' x y '/><set-variable name='a' value=''/>";
        let expected = [
            Expect::Variable("a", Some("")),
            Expect::Variable("b", Some(" x y ")),
            Expect::Variable("A", None),
            Expect::Variable("c", None),
        ];
        check(policy, MemoryExchange::get("/"), &expected);
    }

    #[test]
    fn values_of_every_documented_type_are_taken_and_others_too() {
        for (value, of) in [
            ("true", "Boolean"),
            ("(sbyte)1", "SByte"),
            ("(byte)1", "Byte"),
            ("new byte[] { 1 }", "Byte[]"),
            ("(ushort)1", "UInt16"),
            ("1u", "UInt32"),
            ("1ul", "UInt64"),
            ("(short)1", "Int16"),
            ("1", "Int32"),
            ("1L", "Int64"),
            ("1m", "Decimal"),
            ("1f", "Single"),
            ("1d", "Double"),
            ("Guid.NewGuid()", "Guid"),
            ("\"a\"", "String"),
            ("'a'", "Char"),
            ("DateTime.UtcNow", "DateTime"),
            ("TimeSpan.FromSeconds(1)", "TimeSpan"),
            ("(int?)1", "Int32"),
            ("new JObject()", "JObject"),
        ] {
            let policy = format!(
                "<set-variable name=\"a\" value=\"@({value})\"/><set-variable name=\"t\" value=\"@(context.Variables[\"a\"].GetType().Name)\"/>"
            );
            check(&policy, MemoryExchange::get("/"), &[Expect::Variable("t", Some(of))]);
        }
    }

    #[test]
    fn name_and_value_are_required_and_the_name_is_literal() {
        for (policy, codes) in [
            ("<set-variable/>", &["attribute-missing", "attribute-missing"][..]),
            ("<set-variable name='a'/>", &["attribute-missing"]),
            ("<set-variable name='' value=''/>", &["value-invalid"]),
            ("<set-variable name='@(1)' value='1'/>", &["expression-not-allowed"]),
            ("<set-variable name='a' value='1'>2</set-variable>", &["content-not-allowed"]),
        ] {
            check(policy, MemoryExchange::get("/"), &[Expect::Codes(codes)]);
        }
    }
}
