//! What every type with an order has: comparison operators, `CompareTo`, `Compare`, `Equals`.

use std::cmp::Ordering;

use crate::expression::value::Value;

/// `CompareTo`: -1, 0 or 1.
pub(super) fn sign(order: Ordering) -> Value {
    Value::Int(order as i32)
}

/// Adds `==`, `!=`, `<`, `<=`, `>`, `>=` of a type to its builder; `$read` reads an argument.
macro_rules! operators {
    ($builder:expr, $name:literal, $read:path) => {
        $builder
            .operator(concat!("static bool operator ==(", $name, " left, ", $name, " right)"), |call| {
                Ok(($read(call, 0) == $read(call, 1)).into())
            })
            .operator(concat!("static bool operator !=(", $name, " left, ", $name, " right)"), |call| {
                Ok(($read(call, 0) != $read(call, 1)).into())
            })
            .operator(concat!("static bool operator <(", $name, " left, ", $name, " right)"), |call| {
                Ok(($read(call, 0) < $read(call, 1)).into())
            })
            .operator(concat!("static bool operator <=(", $name, " left, ", $name, " right)"), |call| {
                Ok(($read(call, 0) <= $read(call, 1)).into())
            })
            .operator(concat!("static bool operator >(", $name, " left, ", $name, " right)"), |call| {
                Ok(($read(call, 0) > $read(call, 1)).into())
            })
            .operator(concat!("static bool operator >=(", $name, " left, ", $name, " right)"), |call| {
                Ok(($read(call, 0) >= $read(call, 1)).into())
            })
    };
}

/// Adds `CompareTo`, `Compare` and `Equals` of a type to its builder.
macro_rules! methods {
    ($builder:expr, $name:literal, $read:path) => {
        $builder
            .method(concat!("int CompareTo(", $name, " value)"), |call| {
                Ok($crate::expression::library::dates::compare::sign($read(call, 0).cmp(&$read(call, 1))))
            })
            .method(concat!("static int Compare(", $name, " first, ", $name, " second)"), |call| {
                Ok($crate::expression::library::dates::compare::sign($read(call, 0).cmp(&$read(call, 1))))
            })
            .method(concat!("bool Equals(", $name, " other)"), |call| Ok(($read(call, 0) == $read(call, 1)).into()))
            .method(concat!("static bool Equals(", $name, " first, ", $name, " second)"), |call| {
                Ok(($read(call, 0) == $read(call, 1)).into())
            })
    };
}

pub(super) use {methods, operators};
