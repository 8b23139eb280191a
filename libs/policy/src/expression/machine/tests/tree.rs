//! A small language for bound trees.

use std::sync::Arc;

use postern_dotnet::{Exception, ExceptionType};

use super::LOG;
use crate::expression::bound::*;
use crate::expression::exception::ExceptionObject;
use crate::expression::library::Constant;
use crate::expression::native::Native;
use crate::expression::span::Span;
use crate::expression::types::{Number, Type};
use crate::expression::value::Value;

pub(super) const INT: Primitive = Primitive::Number(Number::Int);

pub(super) fn typed(of: Type, kind: BoundKind) -> BoundExpr {
    BoundExpr { span: Span::default(), of, kind }
}

/// An expression whose type does not matter.
pub(super) fn expr(kind: BoundKind) -> BoundExpr {
    typed(Type::Object, kind)
}

pub(super) fn constant(constant: Constant) -> BoundExpr {
    expr(BoundKind::Constant(constant))
}

pub(super) fn int(value: i32) -> BoundExpr {
    typed(Type::INT, BoundKind::Constant(Constant::Integer(Number::Int, value.into())))
}

pub(super) fn integer(of: Number, value: i128) -> BoundExpr {
    typed(Type::Number(of), BoundKind::Constant(Constant::Integer(of, value)))
}

pub(super) fn double(value: f64) -> BoundExpr {
    constant(Constant::Double(value))
}

pub(super) fn text(value: &str) -> BoundExpr {
    typed(Type::String, BoundKind::Constant(Constant::String(value.into())))
}

pub(super) fn boolean(value: bool) -> BoundExpr {
    typed(Type::Bool, BoundKind::Constant(Constant::Bool(value)))
}

pub(super) fn null() -> BoundExpr {
    constant(Constant::Null)
}

pub(super) fn local(index: u32) -> BoundExpr {
    typed(Type::INT, BoundKind::Local(Local(index)))
}

pub(super) fn capture(index: u32) -> BoundExpr {
    typed(Type::INT, BoundKind::Capture(Capture(index)))
}

pub(super) fn binary(operator: PrimitiveOperator, on: Primitive, left: BoundExpr, right: BoundExpr) -> BoundExpr {
    binary_with(operator, on, false, false, left, right)
}

pub(super) fn binary_with(
    operator: PrimitiveOperator,
    on: Primitive,
    is_checked: bool,
    is_lifted: bool,
    left: BoundExpr,
    right: BoundExpr,
) -> BoundExpr {
    let (left, right) = (left.into(), right.into());
    expr(BoundKind::Binary { operator, on, is_checked, is_lifted, left, right })
}

pub(super) fn add(left: BoundExpr, right: BoundExpr) -> BoundExpr {
    binary(PrimitiveOperator::Add, INT, left, right)
}

pub(super) fn less(left: BoundExpr, right: BoundExpr) -> BoundExpr {
    binary(PrimitiveOperator::Less, INT, left, right)
}

pub(super) fn equal(left: BoundExpr, right: BoundExpr) -> BoundExpr {
    binary(PrimitiveOperator::Equal, INT, left, right)
}

pub(super) fn not(operand: BoundExpr) -> BoundExpr {
    let operator = PrimitiveUnary::Not;
    let on = Primitive::Bool;
    expr(BoundKind::Unary { operator, on, is_checked: false, is_lifted: false, operand: operand.into() })
}

pub(super) fn convert(conversion: Conversion, operand: BoundExpr) -> BoundExpr {
    expr(BoundKind::Convert { conversion, operand: operand.into() })
}

pub(super) fn concat(operands: Vec<BoundExpr>) -> BoundExpr {
    typed(Type::String, BoundKind::Concat(operands))
}

pub(super) fn native(native: Native, has_this: bool) -> NativeRef {
    NativeRef { native, types: Arc::default(), has_this, name: "native".into(), takes_boxes: 0 }
}

pub(super) fn call(code: Native, arguments: Vec<BoundExpr>) -> BoundExpr {
    expr(BoundKind::Call { native: native(code, false), arguments, outs: Vec::new() })
}

/// Logs its first argument and gives it back, or the second if there is one.
pub(super) fn log(arguments: Vec<BoundExpr>) -> BoundExpr {
    call(
        |call| {
            if let Some(text) = call.text(0) {
                LOG.with_borrow_mut(|log| log.push_str(text));
            }
            let last = call.arguments.len().saturating_sub(1);
            Ok(call.take(last))
        },
        arguments,
    )
}

pub(super) fn say(text_: &str) -> BoundStatement {
    run(log(vec![text(text_)]))
}

/// `new Exception(message)` of a class.
pub(super) fn exception(of: ExceptionType, message: &'static str) -> BoundExpr {
    let make: Native = match of {
        ExceptionType::Format => |call| {
            let message = call.text(0).cloned().unwrap_or_default().to_string();
            Ok(Value::object(ExceptionObject(Exception::format(message).into())))
        },
        ExceptionType::InvalidOperation => |call| {
            let message = call.text(0).cloned().unwrap_or_default().to_string();
            Ok(Value::object(ExceptionObject(Exception::new(ExceptionType::InvalidOperation, message).into())))
        },
        _ => |call| {
            let message = call.text(0).cloned().unwrap_or_default().to_string();
            Ok(Value::object(ExceptionObject(Exception::new(ExceptionType::Exception, message).into())))
        },
    };
    call(make, vec![text(message)])
}

pub(super) fn throw(message: &'static str) -> BoundStatement {
    statement(BoundStatementKind::Throw(exception(ExceptionType::Format, message)))
}

/// The message of an exception in a local.
pub(super) fn message_of(value: BoundExpr) -> BoundExpr {
    call(
        |call| {
            Ok(call
                .object::<ExceptionObject>(0)
                .map_or(Value::Null, |exception| Value::text(exception.0.message.to_string())))
        },
        vec![value],
    )
}

pub(super) fn assign(index: u32, value: BoundExpr) -> BoundExpr {
    expr(BoundKind::Assign { target: Place::Local(Local(index)), value: value.into() })
}

pub(super) fn set(index: u32, value: BoundExpr) -> BoundStatement {
    run(assign(index, value))
}

/// `local++` with `old` as a temporary.
pub(super) fn increase(index: u32, old: u32) -> BoundStatement {
    run(update(Place::Local(Local(index)), old, add(local(old), int(1)), false))
}

pub(super) fn update(target: Place, old: u32, new: BoundExpr, gives_old: bool) -> BoundExpr {
    expr(BoundKind::Update { target, old: Local(old), new: new.into(), gives_old })
}

pub(super) fn conditional(condition: BoundExpr, then: BoundExpr, otherwise: BoundExpr) -> BoundExpr {
    expr(BoundKind::Conditional { condition: condition.into(), then: then.into(), otherwise: otherwise.into() })
}

pub(super) fn is(operand: BoundExpr, pattern: BoundPattern) -> BoundExpr {
    expr(BoundKind::Is { operand: operand.into(), pattern })
}

pub(super) fn array(items: Vec<BoundExpr>) -> BoundExpr {
    let sizes = vec![u32::try_from(items.len()).unwrap()];
    expr(BoundKind::ArrayItems { element: Type::Object, sizes, items })
}

pub(super) fn lambda(function: u32, captures: Vec<Outer>) -> BoundExpr {
    typed(function_type(), BoundKind::Lambda { function: FunctionId(function), captures })
}

pub(super) fn function_type() -> Type {
    Type::generic("System.Func", [Type::INT])
}

pub(super) fn invoke(delegate: BoundExpr, arguments: Vec<BoundExpr>) -> BoundExpr {
    expr(BoundKind::Invoke { delegate: delegate.into(), arguments })
}

pub(super) fn call_function(function: u32, captures: Vec<Outer>, arguments: Vec<BoundExpr>) -> BoundExpr {
    let references = vec![false; arguments.len()];
    expr(BoundKind::CallFunction { function: FunctionId(function), captures, arguments, references })
}

/// `ref` of a captured variable.
pub(super) fn reference(local: u32) -> BoundExpr {
    expr(BoundKind::Reference { place: Place::Local(Local(local)).into(), is_out: false })
}

pub(super) fn statement(kind: BoundStatementKind) -> BoundStatement {
    BoundStatement { span: Span::default(), kind }
}

pub(super) fn block(statements: Vec<BoundStatement>) -> BoundStatement {
    statement(BoundStatementKind::Block(statements))
}

pub(super) fn run(expr: BoundExpr) -> BoundStatement {
    statement(BoundStatementKind::Expression(expr))
}

pub(super) fn declare(index: u32, value: BoundExpr) -> BoundStatement {
    statement(BoundStatementKind::Declare { local: Local(index), value: Some(value) })
}

pub(super) fn give(value: BoundExpr) -> BoundStatement {
    statement(BoundStatementKind::Return(Some(value)))
}

pub(super) fn when(condition: BoundExpr, then: BoundStatement) -> BoundStatement {
    statement(BoundStatementKind::If { condition, then: then.into(), otherwise: None })
}

pub(super) fn while_(condition: BoundExpr, body: BoundStatement, steps: Vec<BoundStatement>) -> BoundStatement {
    statement(BoundStatementKind::While { condition: Some(condition), body: body.into(), steps })
}

pub(super) fn for_each(sequence: BoundExpr, item: u32, body: BoundStatement) -> BoundStatement {
    statement(BoundStatementKind::ForEach { sequence, item: Local(item), body: body.into() })
}

pub(super) fn try_(
    body: Vec<BoundStatement>,
    catches: Vec<BoundCatch>,
    finally: Option<Vec<BoundStatement>>,
) -> BoundStatement {
    let finally = finally.map(|statements| block(statements).into());
    statement(BoundStatementKind::Try { body: block(body).into(), catches, finally })
}

pub(super) fn catch(of: Option<&str>, into: Option<u32>, body: Vec<BoundStatement>) -> BoundCatch {
    BoundCatch { of: of.map(Type::named), into: into.map(Local), filter: None, body: block(body) }
}

pub(super) fn break_() -> BoundStatement {
    statement(BoundStatementKind::Break)
}

pub(super) fn continue_() -> BoundStatement {
    statement(BoundStatementKind::Continue)
}

/// Locals: how many, and which of them are captured.
pub(super) fn function(
    parameter_count: usize,
    local_count: u32,
    captured: &[u32],
    captures: Vec<Outer>,
    body: Vec<BoundStatement>,
) -> BoundFunction {
    let locals = (0..local_count).map(|index| BoundLocal {
        of: Type::INT,
        is_captured: captured.contains(&index),
        is_out: false,
    });
    BoundFunction {
        is_iterator: false,
        name: None,
        parameter_count,
        locals: locals.collect(),
        captures,
        returns: Type::Object,
        body: block(body),
    }
}

pub(super) fn unit(functions: Vec<BoundFunction>) -> BoundUnit {
    BoundUnit { functions, compares_references: false }
}

/// A unit of statements with ten locals.
pub(super) fn body(statements: Vec<BoundStatement>) -> BoundUnit {
    unit(vec![function(0, 10, &[], Vec::new(), statements)])
}

/// A unit that returns an expression.
pub(super) fn result(value: BoundExpr) -> BoundUnit {
    body(vec![give(value)])
}
