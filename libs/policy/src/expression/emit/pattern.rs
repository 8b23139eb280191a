//! Patterns: what is looked at is in a local, and a pattern that does not match jumps away.

use super::operator::binary;
use super::{Body, Label, Variable};
use crate::expression::bound::{BoundExpr, BoundKind, BoundPattern, Local, Primitive, PrimitiveOperator};
use crate::expression::code::Instruction;
use crate::expression::library::Constant;
use crate::expression::types::Type;

impl Body<'_> {
    /// `operand is pattern` as a jump.
    pub(super) fn is(&mut self, operand: &BoundExpr, pattern: &BoundPattern, when: bool, target: Label) {
        // The most frequent one needs no local.
        if let (BoundPattern::Type { of, into: None }, false) = (pattern, when) {
            self.value(operand);
            let of = self.type_number(of);
            self.push(Instruction::JumpUnlessType { of, target: target.0 });
            return;
        }
        let mark = self.mark();
        let subject = self.subject(operand);
        if when {
            let fail = self.label();
            self.pattern(subject, pattern, fail);
            self.jump(target);
            self.place(fail);
        } else {
            self.pattern(subject, pattern, target);
        }
        self.free(mark);
    }

    /// A local that holds the value of an expression.
    pub(super) fn subject(&mut self, expr: &BoundExpr) -> u32 {
        if let BoundKind::Local(local) = &expr.kind
            && let Variable::Local(local) = self.variable(*local)
        {
            return local;
        }
        self.value(expr);
        let subject = self.temporary();
        self.push(Instruction::Store(subject));
        subject
    }

    /// `value switch { … }`
    pub(super) fn switch_value(&mut self, value: &BoundExpr, arms: &[(BoundPattern, Option<BoundExpr>, BoundExpr)]) {
        let mark = self.mark();
        let end = self.label();
        self.value(value);
        // A copy: conditions may assign to the variable.
        let subject = self.temporary();
        self.push(Instruction::Store(subject));
        for (pattern, condition, result) in arms {
            let next = self.label();
            self.pattern(subject, pattern, next);
            if let Some(condition) = condition {
                self.condition(condition, false, next);
            }
            self.value(result);
            self.jump(end);
            self.place(next);
        }
        self.push(Instruction::NoArm);
        self.place(end);
        self.free(mark);
    }

    /// Jumps to `fail` if the value in `subject` does not match.
    pub(super) fn pattern(&mut self, subject: u32, pattern: &BoundPattern, fail: Label) {
        match pattern {
            BoundPattern::Discard => {}
            BoundPattern::Var(local) => self.bind(subject, *local),
            BoundPattern::Type { of, into } => {
                self.type_pattern(subject, of, fail);
                if let Some(local) = into {
                    self.push(Instruction::Load(subject));
                    self.unbox(of);
                    self.declare(*local);
                }
            }
            BoundPattern::Constant(constant) => self.constant_pattern(subject, constant, fail),
            BoundPattern::Relational { operator, on, value } => self.relational(subject, *operator, *on, value, fail),
            BoundPattern::Properties { of, properties, object, into } => {
                self.properties(subject, of.as_ref(), properties, *object, fail);
                if let Some(local) = into {
                    self.bind(subject, *local);
                }
            }
            BoundPattern::Tuple(items) => self.tuple_pattern(subject, items, fail),
            BoundPattern::Not(pattern) => {
                let matches_not = self.label();
                self.pattern(subject, pattern, matches_not);
                self.jump(fail);
                self.place(matches_not);
            }
            BoundPattern::And(left, right) => {
                self.pattern(subject, left, fail);
                self.pattern(subject, right, fail);
            }
            BoundPattern::Or(left, right) => {
                let (next, end) = (self.label(), self.label());
                self.pattern(subject, left, next);
                self.jump(end);
                self.place(next);
                self.pattern(subject, right, fail);
                self.place(end);
            }
        }
    }

    fn bind(&mut self, subject: u32, local: Local) {
        self.push(Instruction::Load(subject));
        self.declare(local);
    }

    /// What matched a type, as that type has it. Objects of other programs may hold boxes.
    fn unbox(&mut self, of: &Type) {
        if of.is_value_type() || matches!(of, Type::Nullable(_)) {
            self.push(Instruction::Unbox);
        }
    }

    fn type_pattern(&mut self, subject: u32, of: &Type, fail: Label) {
        self.push(Instruction::Load(subject));
        let of = self.type_number(of);
        self.push(Instruction::JumpUnlessType { of, target: fail.0 });
    }

    fn not_null(&mut self, subject: u32, fail: Label) {
        self.push(Instruction::Load(subject));
        self.push(Instruction::JumpIfNull { target: fail.0, when: true });
    }

    fn constant_pattern(&mut self, subject: u32, constant: &Constant, fail: Label) {
        if let Constant::String(text) = constant {
            let text = self.text_number(text);
            self.push(Instruction::JumpUnlessLocalText { local: subject, text, target: fail.0 });
            return;
        }
        self.push(Instruction::Load(subject));
        match constant {
            Constant::Null => self.push(Instruction::JumpIfNull { target: fail.0, when: false }),
            _ => {
                self.constant(constant);
                self.push(Instruction::JumpUnlessEqual(fail.0));
            }
        }
    }

    fn relational(&mut self, subject: u32, operator: PrimitiveOperator, on: Primitive, value: &Constant, fail: Label) {
        // Null, and values of other types behind `object`, do not match.
        match on {
            Primitive::Number(number) => self.type_pattern(subject, &Type::Number(number), fail),
            Primitive::Char => self.type_pattern(subject, &Type::Char, fail),
            _ => self.not_null(subject, fail),
        }
        self.push(Instruction::Load(subject));
        self.push(Instruction::Unbox);
        self.constant(value);
        match binary(operator, on, false, false) {
            Instruction::CompareInts(operator) => {
                self.push(Instruction::JumpIfInts { operator, when: false, target: fail.0 });
            }
            other => {
                self.push(other);
                self.push(Instruction::JumpIf { target: fail.0, when: false });
            }
        }
    }

    fn properties(
        &mut self,
        subject: u32,
        of: Option<&Type>,
        properties: &[(BoundExpr, BoundPattern)],
        object: Local,
        fail: Label,
    ) {
        match of {
            Some(of) => self.type_pattern(subject, of, fail),
            None => self.not_null(subject, fail),
        }
        if !properties.is_empty() {
            self.bind(subject, object);
        }
        for (property, pattern) in properties {
            let mark = self.mark();
            let inner = self.subject(property);
            self.pattern(inner, pattern, fail);
            self.free(mark);
        }
    }

    fn tuple_pattern(&mut self, subject: u32, items: &[BoundPattern], fail: Label) {
        self.not_null(subject, fail);
        for (index, pattern) in (0..).zip(items) {
            if matches!(pattern, BoundPattern::Discard) {
                continue;
            }
            let mark = self.mark();
            let item = self.temporary();
            self.push(Instruction::Load(subject));
            self.push(Instruction::Item(index));
            self.push(Instruction::Store(item));
            self.pattern(item, pattern, fail);
            self.free(mark);
        }
    }
}
