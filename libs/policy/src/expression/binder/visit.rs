//! Walks over the expressions of a bound tree, inner ones first.

use crate::expression::bound::{
    BoundExpr, BoundKind, BoundPart, BoundPattern, BoundStatement, BoundStatementKind, Place,
};

/// Calls `visit` for every expression of a statement.
pub(super) fn statement(statement: &mut BoundStatement, visit: &mut dyn FnMut(&mut BoundExpr)) {
    match &mut statement.kind {
        BoundStatementKind::Empty
        | BoundStatementKind::Break
        | BoundStatementKind::Continue
        | BoundStatementKind::Goto(_)
        | BoundStatementKind::GotoSection(_)
        | BoundStatementKind::Rethrow => {}
        BoundStatementKind::Block(all) => statements(all, visit),
        BoundStatementKind::Labeled { body, .. } => self::statement(body, visit),
        BoundStatementKind::Expression(value) | BoundStatementKind::Throw(value) | BoundStatementKind::Yield(value) => {
            expression(value, visit);
        }
        BoundStatementKind::Declare { value, .. } | BoundStatementKind::Return(value) => option(value.as_mut(), visit),
        BoundStatementKind::If { condition, then, otherwise } => {
            expression(condition, visit);
            self::statement(then, visit);
            if let Some(otherwise) = otherwise {
                self::statement(otherwise, visit);
            }
        }
        BoundStatementKind::While { condition, body, steps } => {
            option(condition.as_mut(), visit);
            self::statement(body, visit);
            statements(steps, visit);
        }
        BoundStatementKind::DoWhile { body, condition } => {
            self::statement(body, visit);
            expression(condition, visit);
        }
        BoundStatementKind::ForEach { sequence: value, body, .. } | BoundStatementKind::Using { value, body, .. } => {
            expression(value, visit);
            self::statement(body, visit);
        }
        BoundStatementKind::Switch { value, sections } => {
            expression(value, visit);
            for section in sections {
                for (pattern, guard) in section.labels.iter_mut().flatten() {
                    self::pattern(pattern, visit);
                    option(guard.as_mut(), visit);
                }
                self::statement(&mut section.body, visit);
            }
        }
        BoundStatementKind::Try { body, catches, finally } => {
            self::statement(body, visit);
            for catch in catches {
                option(catch.filter.as_mut(), visit);
                self::statement(&mut catch.body, visit);
            }
            if let Some(finally) = finally {
                self::statement(finally, visit);
            }
        }
    }
}

fn statements(all: &mut [BoundStatement], visit: &mut dyn FnMut(&mut BoundExpr)) {
    all.iter_mut().for_each(|inner| statement(inner, visit));
}

fn option(value: Option<&mut BoundExpr>, visit: &mut dyn FnMut(&mut BoundExpr)) {
    value.into_iter().for_each(|value| expression(value, visit));
}

fn expressions(all: &mut [BoundExpr], visit: &mut dyn FnMut(&mut BoundExpr)) {
    all.iter_mut().for_each(|inner| expression(inner, visit));
}

fn expression(value: &mut BoundExpr, visit: &mut dyn FnMut(&mut BoundExpr)) {
    match &mut value.kind {
        BoundKind::Constant(_)
        | BoundKind::Default(_)
        | BoundKind::TypeOf(_)
        | BoundKind::Local(_)
        | BoundKind::Capture(_)
        | BoundKind::Lambda { .. } => {}
        BoundKind::Reference { place, .. } => self::place(place, visit),
        BoundKind::Dereference { reference: operand, .. } => expression(operand, visit),
        BoundKind::Assign { target, value } | BoundKind::CoalesceAssign { target, value } => {
            place(target, visit);
            expression(value, visit);
        }
        BoundKind::Update { target, new, .. } => {
            place(target, visit);
            expression(new, visit);
        }
        BoundKind::AssignTuple { targets, value } => {
            targets.iter_mut().flatten().for_each(|target| place(target, visit));
            expression(value, visit);
        }
        BoundKind::Convert { operand, .. }
        | BoundKind::Unary { operand, .. }
        | BoundKind::IsNull { operand, .. }
        | BoundKind::ArrayLength(operand)
        | BoundKind::Item { of: operand, .. }
        | BoundKind::Throw(operand)
        | BoundKind::DynamicMember { target: operand, .. } => expression(operand, visit),
        BoundKind::Binary { left, right, .. }
        | BoundKind::SameReference { left, right, .. }
        | BoundKind::And(left, right)
        | BoundKind::Or(left, right)
        | BoundKind::Coalesce(left, right)
        | BoundKind::ConditionalAccess { target: left, access: right, .. } => {
            expression(left, visit);
            expression(right, visit);
        }
        BoundKind::Conditional { condition, then, otherwise } => {
            [condition, then, otherwise].into_iter().for_each(|inner| expression(inner, visit));
        }
        BoundKind::Concat(all)
        | BoundKind::NewTuple(all)
        | BoundKind::NewAnonymous(all)
        | BoundKind::NewArray { sizes: all, .. }
        | BoundKind::ArrayItems { items: all, .. }
        | BoundKind::DynamicStatic { arguments: all, .. } => expressions(all, visit),
        _ => rarer_expression(value, visit),
    }
    visit(value);
}

fn rarer_expression(value: &mut BoundExpr, visit: &mut dyn FnMut(&mut BoundExpr)) {
    match &mut value.kind {
        BoundKind::Interpolate(parts) => {
            for part in parts {
                if let BoundPart::Hole { value, .. } = part {
                    expression(value, visit);
                }
            }
        }
        BoundKind::CallFunction { arguments, .. } => expressions(arguments, visit),
        BoundKind::Call { arguments, outs, .. } => {
            expressions(arguments, visit);
            outs.iter_mut().filter_map(|(_, out)| out.as_mut()).for_each(|out| place(out, visit));
        }
        BoundKind::Invoke { delegate: target, arguments }
        | BoundKind::Element { array: target, indexes: arguments }
        | BoundKind::DynamicCall { target, arguments, .. }
        | BoundKind::DynamicIndex { target, arguments } => {
            expression(target, visit);
            expressions(arguments, visit);
        }
        BoundKind::MethodGroup { this: Some(this), .. } => expression(this, visit),
        BoundKind::Is { operand, pattern } => {
            expression(operand, visit);
            self::pattern(pattern, visit);
        }
        BoundKind::Switch { value, arms } => {
            expression(value, visit);
            for (pattern, guard, result) in arms {
                self::pattern(pattern, visit);
                option(guard.as_mut(), visit);
                expression(result, visit);
            }
        }
        BoundKind::Sequence(all, value) => {
            statements(all, visit);
            expression(value, visit);
        }
        BoundKind::DynamicOperator { left, right, .. } => {
            expression(left, visit);
            option(right.as_deref_mut(), visit);
        }
        _ => {}
    }
}

fn place(place: &mut Place, visit: &mut dyn FnMut(&mut BoundExpr)) {
    match place {
        Place::Local(_) | Place::Capture(_) => {}
        Place::Element { array: target, indexes: arguments } | Place::DynamicIndex { target, arguments } => {
            expression(target, visit);
            expressions(arguments, visit);
        }
        Place::Property { arguments, .. } => expressions(arguments, visit),
        Place::TupleItem { tuple, .. } => self::place(tuple, visit),
        Place::Dereference(target) | Place::DynamicMember { target, .. } => expression(target, visit),
    }
}

fn pattern(pattern: &mut BoundPattern, visit: &mut dyn FnMut(&mut BoundExpr)) {
    match pattern {
        BoundPattern::Discard
        | BoundPattern::Var(_)
        | BoundPattern::Type { .. }
        | BoundPattern::Constant(_)
        | BoundPattern::Relational { .. } => {}
        BoundPattern::Properties { properties, .. } => {
            for (value, inner) in properties {
                expression(value, visit);
                self::pattern(inner, visit);
            }
        }
        BoundPattern::Tuple(all) => all.iter_mut().for_each(|inner| self::pattern(inner, visit)),
        BoundPattern::Not(inner) => self::pattern(inner, visit),
        BoundPattern::And(left, right) | BoundPattern::Or(left, right) => {
            self::pattern(left, visit);
            self::pattern(right, visit);
        }
    }
}
