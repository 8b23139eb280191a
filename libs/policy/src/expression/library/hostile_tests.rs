//! Calls every native of the library with arguments that callers of a gateway might choose, and expects results or exceptions.

use std::collections::HashMap;

use smallvec::SmallVec;

use super::testing::{bytes, chars, objects, strings};
use super::{Class, Member, MemberKind, defaults, full_name, get, values};
use crate::expression::machine::{Host, Machine};
use crate::expression::native::Call;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;
use crate::testing::MemoryExchange;
use crate::variables::Variables;

/// Calls of one member; the arguments of each are drawn from the candidates by its number.
const CALLS: usize = 60;

/// Values worth trying for a type; `found` holds instances that earlier calls made.
fn candidates(of: &Type, found: &HashMap<String, Vec<Value>>) -> Vec<Value> {
    let texts = [
        "",
        "a",
        "é😀\u{0}",
        "{0}{",
        "-1",
        "1e9999",
        "2020-02-30T25:00:00Z",
        "http://[::1]:99999/%zz?#",
        "((a+)+)$",
        "AQID",
    ];
    let mut values: Vec<Value> = match of {
        Type::Bool => vec![true.into(), false.into()],
        Type::Char => vec![Value::Char(0), Value::Char(0xD800), Value::Char(u16::from(b'x'))],
        Type::String => texts.iter().map(|text| Value::from(*text)).chain([Value::Null]).collect(),
        Type::Number(Number::Int) => [0, -1, 1, 3, 100_000, i32::MIN, i32::MAX].map(Value::Int).to_vec(),
        Type::Number(Number::Long) => [0, -1, 3, i64::MIN, i64::MAX].map(Value::Long).to_vec(),
        Type::Number(Number::Double) => [0.0, -1.5, 1e300, f64::NAN, f64::NEG_INFINITY].map(Value::Double).to_vec(),
        Type::Number(Number::Decimal) => {
            ["0", "-0.5", "79228162514264337593543950335"].map(|text| Value::Decimal(text.parse().unwrap())).to_vec()
        }
        Type::Number(_) => vec![defaults::default_value(of)],
        Type::Nullable(element) => {
            let mut values = candidates(element, found);
            values.push(Value::Null);
            values
        }
        Type::Array(element, _) => match &**element {
            Type::Char => vec![Value::Null, chars(""), chars("ab\u{0}")],
            Type::String => vec![Value::Null, strings(&[]), strings(&["", "a", "b"])],
            Type::Number(Number::Byte) => vec![Value::Null, bytes(&[]), bytes(&[0; 4]), bytes(&[255; 33])],
            _ => vec![Value::Null, objects(&[]), objects(&[Value::Int(1), Value::from("x"), Value::Null])],
        },
        Type::Class(id, _) if get().class(*id).kind == super::ClassKind::Enum => {
            [0, 1, 2, 5, 255, -1].map(|value| values::constant(&get().class(*id).full_name, value)).to_vec()
        }
        Type::Void | Type::Null => vec![Value::Null],
        _ => vec![Value::Null, Value::Int(7), Value::from("x"), objects(&[]), strings(&["a"])],
    };
    if matches!(of, Type::Class(..)) {
        // A value of another type would be a bug of the binder, not a caller's choice; `object` and type parameters take anything.
        values.retain(|value| value.is_null() || value.of() == *of);
    }
    values.extend(found.get(&full_name(of)).into_iter().flatten().cloned());
    if values.is_empty() {
        values.push(Value::Null);
    }
    values
}

fn call(class: &Class, member: &Member, number: usize, found: &HashMap<String, Vec<Value>>) -> Vec<Value> {
    let mut exchange = MemoryExchange::get("/");
    let mut variables = Variables::default();
    let mut machine = Machine::new(Host { exchange: &mut exchange, variables: &mut variables, last_error: None });
    let types = vec![Type::INT; class.parameters.len() + member.type_parameters.len()];
    let own = get().type_of(class.id, types.iter().take(class.parameters.len()).cloned().collect());
    let mut draw = number;
    let mut pick = |of: &Type| {
        let values = candidates(of, found);
        let value = values[draw % values.len()].clone();
        draw = draw / values.len() + number;
        value
    };
    let mut arguments: SmallVec<[Value; 4]> = SmallVec::new();
    if !member.is_static {
        match pick(&own) {
            // `this` is never null.
            Value::Null => return Vec::new(),
            this => arguments.push(this),
        }
    }
    arguments.extend(
        member
            .parameters
            .iter()
            .map(|parameter| if parameter.is_out { Value::Null } else { pick(&parameter.of.substitute(&types)) }),
    );
    let mut call = Call { machine: &mut machine, arguments, types: &types, outs: SmallVec::new() };
    let result = (member.native)(&mut call);
    let outs = call.outs.into_iter().map(|(_, value)| value);
    result.into_iter().chain(outs).filter(|value| !value.is_null()).collect()
}

/// Rounds over all members: the first makes instances for the later ones.
fn run(mut accept: impl FnMut(&Class) -> bool) -> usize {
    let mut found: HashMap<String, Vec<Value>> = HashMap::new();
    let mut calls = 0;
    for round in 0..2 {
        for class in get().classes().filter(|class| class.kind != super::ClassKind::Delegate) {
            if !accept(class) {
                continue;
            }
            for member in class.members() {
                let count = if round == 0 { 8 } else { CALLS };
                for number in 0..count {
                    for value in call(class, member, number, &found) {
                        let known = found.entry(full_name(&value.of())).or_default();
                        if known.len() < 6
                            && matches!(member.kind, MemberKind::Constructor | MemberKind::Getter | MemberKind::Method)
                        {
                            known.push(value);
                        }
                    }
                    calls += 1;
                }
            }
        }
    }
    calls
}

#[test]
fn no_native_panics_whatever_it_is_called_with() {
    assert!(run(|_| true) > 10_000);
}
