//! Expressions: what leaves a value on the stack.

use std::sync::Arc;

use super::{Body, Label, Variable, number};
use crate::expression::bound::{BoundExpr, BoundKind, BoundPart, Capture, NativeRef};
use crate::expression::code::{Instruction, Piece};
use crate::expression::library::{self, ClassKind, Constant, MemberKind};
use crate::expression::types::{Number, Type};

impl Body<'_> {
    /// Leaves the value of an expression on the stack: null if it has none.
    pub(super) fn value(&mut self, expr: &BoundExpr) {
        let outer = std::mem::replace(&mut self.span, expr.span);
        self.value_of(expr);
        self.span = outer;
    }

    /// Runs an expression and leaves nothing.
    pub(super) fn effect(&mut self, expr: &BoundExpr) {
        let outer = std::mem::replace(&mut self.span, expr.span);
        match &expr.kind {
            BoundKind::Assign { target, value } => self.assign(target, value, false),
            BoundKind::Update { target, old, new, .. } => self.update(target, *old, new, None),
            BoundKind::AssignTuple { targets, value } => self.assign_tuple(targets, value, false),
            BoundKind::Sequence(statements, last) => {
                self.statements(statements);
                self.effect(last);
            }
            _ => {
                self.value_of(expr);
                self.push(Instruction::Pop);
            }
        }
        self.span = outer;
    }

    fn value_of(&mut self, expr: &BoundExpr) {
        match &expr.kind {
            BoundKind::Constant(constant) => self.constant(constant),
            BoundKind::Default(of) => self.default_value(of),
            BoundKind::TypeOf(of) => {
                let of = self.type_number(of);
                self.push(Instruction::TypeOf(of));
            }
            BoundKind::Local(local) => self.load(self.variable(*local)),
            BoundKind::Capture(Capture(index)) => self.load(Variable::Cell(*index)),
            BoundKind::Assign { target, value } => self.assign(target, value, true),
            BoundKind::Update { target, old, new, gives_old } => self.update(target, *old, new, Some(*gives_old)),
            BoundKind::CoalesceAssign { target, value } => self.coalesce_assign(target, value),
            BoundKind::AssignTuple { targets, value } => self.assign_tuple(targets, value, true),
            BoundKind::Convert { conversion, operand } => self.convert(conversion, operand),
            BoundKind::Binary { .. } | BoundKind::Unary { .. } => self.operator(expr),
            BoundKind::SameReference { is_negated, left, right } => {
                self.value(left);
                self.value(right);
                self.push(Instruction::SameReference { is_negated: *is_negated });
            }
            BoundKind::IsNull { is_negated, operand } => {
                self.value(operand);
                self.push(Instruction::IsNull { is_negated: *is_negated });
            }
            BoundKind::Concat(operands) => {
                self.values(operands);
                self.push(Instruction::Concat(number(operands.len())));
            }
            BoundKind::Interpolate(parts) => self.interpolate(parts),
            BoundKind::And(..) | BoundKind::Or(..) | BoundKind::Is { .. } => self.condition_value(expr),
            BoundKind::Coalesce(value, otherwise) => {
                let end = self.label();
                self.value(value);
                self.push(Instruction::KeepOrDrop { target: end.0, when_null: false });
                self.value(otherwise);
                self.place(end);
            }
            BoundKind::Conditional { condition, then, otherwise } => self.conditional(condition, then, otherwise),
            BoundKind::ConditionalAccess { target, local, access } => {
                let end = self.label();
                self.value(target);
                self.push(Instruction::SkipIfNull(end.0));
                self.declare(*local);
                self.value(access);
                self.place(end);
            }
            BoundKind::Throw(value) => {
                self.value(value);
                self.push(Instruction::Throw);
                // Never reached; whoever waits for the value finds the stack as high as expected.
                self.push(Instruction::Null);
            }
            BoundKind::Sequence(statements, last) => {
                self.statements(statements);
                self.value(last);
            }
            BoundKind::Switch { value, arms } => self.switch_value(value, arms),
            _ => self.call_or_object(expr),
        }
    }

    fn call_or_object(&mut self, expr: &BoundExpr) {
        match &expr.kind {
            BoundKind::Call { native, arguments, outs } => self.call_or_part(expr, native, arguments, outs),
            BoundKind::CallFunction { function, captures, arguments, .. } => {
                self.call_function(*function, captures, arguments);
            }
            BoundKind::Reference { place, .. } => self.reference(place, &expr.of),
            BoundKind::Dereference { reference, .. } => {
                self.value(reference);
                self.push(Instruction::Dereference);
            }
            BoundKind::Invoke { delegate, arguments } => {
                self.value(delegate);
                self.values(arguments);
                self.push(Instruction::Invoke(number(arguments.len())));
            }
            BoundKind::Lambda { function, captures } => self.lambda(*function, captures, &expr.of),
            BoundKind::MethodGroup { native, this } => {
                if let Some(this) = this {
                    self.value(this);
                }
                let of = self.type_number(&expr.of);
                let native = self.native_number(native);
                self.push(Instruction::MethodGroup { native, of });
            }
            _ => self.object(expr),
        }
    }

    fn object(&mut self, expr: &BoundExpr) {
        match &expr.kind {
            BoundKind::NewArray { element, sizes } => {
                self.values(sizes);
                self.default_value(element);
                let element = self.type_number(element);
                self.push(Instruction::NewArray { element, rank: number(sizes.len()) });
            }
            BoundKind::ArrayItems { element, sizes, items } => {
                self.values(items);
                let element = self.type_number(element);
                let lengths = number(self.builder.tables.lengths.len());
                let sizes = sizes.iter().map(|size| *size as usize).collect();
                self.builder.tables.lengths.push(sizes);
                self.push(Instruction::ArrayItems { element, lengths, count: number(items.len()) });
            }
            BoundKind::Element { array, indexes } => {
                self.value(array);
                self.values(indexes);
                self.push(Instruction::Element(number(indexes.len())));
            }
            BoundKind::ArrayLength(array) => {
                self.value(array);
                self.push(Instruction::ArrayLength);
            }
            BoundKind::NewTuple(items) => {
                self.values(items);
                let of = self.type_number(&expr.of);
                self.push(Instruction::NewTuple { of, count: number(items.len()) });
            }
            BoundKind::NewAnonymous(items) => {
                self.values(items);
                let of = self.type_number(&expr.of);
                self.push(Instruction::NewAnonymous { of, count: number(items.len()) });
            }
            BoundKind::Item { of, index } => {
                self.value(of);
                self.push(Instruction::Item(*index));
            }
            _ => self.dynamic(expr),
        }
    }

    pub(super) fn values(&mut self, exprs: &[BoundExpr]) {
        for expr in exprs {
            self.value(expr);
        }
    }

    fn conditional(&mut self, condition: &BoundExpr, then: &BoundExpr, otherwise: &BoundExpr) {
        let (when_false, end) = (self.label(), self.label());
        self.condition(condition, false, when_false);
        self.value(then);
        self.jump(end);
        self.place(when_false);
        self.value(otherwise);
        self.place(end);
    }

    /// A `bool` made by jumps.
    fn condition_value(&mut self, expr: &BoundExpr) {
        let (when_false, end): (Label, Label) = (self.label(), self.label());
        self.condition(expr, false, when_false);
        self.push(Instruction::Bool(true));
        self.jump(end);
        self.place(when_false);
        self.push(Instruction::Bool(false));
        self.place(end);
    }

    fn interpolate(&mut self, parts: &[BoundPart]) {
        let mut pieces = Vec::new();
        for part in parts {
            match part {
                BoundPart::Text(text) => pieces.push(Piece::Text((&**text).into())),
                BoundPart::Hole { value, alignment, format } => {
                    self.value(value);
                    let format = format.as_ref().map(|format| (&**format).into());
                    pieces.push(Piece::Hole { alignment: *alignment, format });
                }
            }
        }
        let index = number(self.builder.tables.pieces.len());
        self.builder.tables.pieces.push(pieces.into());
        self.push(Instruction::Interpolate(index));
    }

    /// `default(T)`: null, zero, or what the parameterless constructor of a struct makes.
    pub(super) fn default_value(&mut self, of: &Type) {
        let constant = match of {
            Type::Bool => Constant::Bool(false),
            Type::Char => Constant::Char(0),
            Type::Number(Number::Float) => Constant::Float(0.0),
            Type::Number(Number::Double) => Constant::Double(0.0),
            Type::Number(Number::Decimal) => Constant::Decimal(postern_dotnet::Decimal::ZERO),
            Type::Number(number) => Constant::Integer(*number, 0),
            Type::Tuple(items) => {
                for item in &**items {
                    self.default_value(item);
                }
                let tuple = self.type_number(of);
                self.push(Instruction::NewTuple { of: tuple, count: number(items.len()) });
                return;
            }
            Type::Class(class, arguments) => match library::get().class(*class).kind {
                ClassKind::Enum => Constant::Enum(*class, 0),
                ClassKind::Struct => return self.default_struct(*class, arguments),
                _ => Constant::Null,
            },
            _ => Constant::Null,
        };
        self.constant(&constant);
    }

    fn default_struct(&mut self, class: library::ClassId, arguments: &Arc<[Type]>) {
        let class = library::get().class(class);
        let constructor = class
            .members()
            .iter()
            .find(|member| member.kind == MemberKind::Constructor && member.parameters.is_empty());
        match constructor {
            Some(constructor) => {
                let name = class.name.clone();
                let types = Arc::clone(arguments);
                let native = NativeRef { native: constructor.native, types, has_this: false, name, takes_boxes: 0 };
                let native = self.native_number(&native);
                self.push(Instruction::Native { native, count: 0 });
            }
            None => self.push(Instruction::Null),
        }
    }
}
