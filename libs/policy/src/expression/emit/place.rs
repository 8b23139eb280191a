//! Assignments: to variables, elements, properties, items of tuples, dynamic members.

use super::{Body, Variable};
use crate::expression::bound::{BoundExpr, BoundKind, Capture, Local, NativeRef, Place, Primitive, PrimitiveOperator};
use crate::expression::code::Instruction;
use crate::expression::library::Constant;
use crate::expression::types::{Number, Type};

/// A place whose operands have been evaluated: they are in temporaries.
pub(super) enum Prepared {
    Variable(Variable),
    Reference(u32),
    Element { array: u32, indexes: Vec<u32> },
    Property { getter: Option<NativeRef>, setter: NativeRef, arguments: Vec<u32> },
    TupleItem { tuple: Box<Prepared>, index: u32 },
    DynamicMember { target: u32, name: u32 },
    DynamicIndex { target: u32, arguments: Vec<u32> },
}

impl Body<'_> {
    /// `target = value`, which leaves the value on the stack if it is wanted.
    pub(super) fn assign(&mut self, target: &Place, value: &BoundExpr, is_wanted: bool) {
        let mark = self.mark();
        match target {
            Place::Local(_) | Place::Capture(_) => {
                self.value(value);
                let variable = self.place_variable(target);
                self.store_and_keep(variable, is_wanted);
            }
            Place::Dereference(reference) => {
                self.value(reference);
                let kept = self.value_and_keep(value, is_wanted);
                self.push(Instruction::SetReferenced);
                self.load_kept(kept);
            }
            Place::Element { array, indexes } => {
                self.value(array);
                self.values(indexes);
                let kept = self.value_and_keep(value, is_wanted);
                self.push(Instruction::SetElement(super::number(indexes.len())));
                self.load_kept(kept);
            }
            Place::Property { setter, arguments, .. } => {
                self.values(arguments);
                let kept = self.value_and_keep(value, is_wanted);
                self.native(setter, arguments.len() + 1);
                self.push(Instruction::Pop);
                self.load_kept(kept);
            }
            Place::DynamicMember { target, name } => {
                self.value(target);
                let kept = self.value_and_keep(value, is_wanted);
                let name = self.text_number(name);
                self.push(Instruction::SetDynamicMember(name));
                self.load_kept(kept);
            }
            Place::DynamicIndex { target, arguments } => {
                self.value(target);
                self.values(arguments);
                let kept = self.value_and_keep(value, is_wanted);
                self.push(Instruction::SetDynamicIndex(super::number(arguments.len())));
                self.load_kept(kept);
            }
            Place::TupleItem { .. } => {
                let prepared = self.prepare(target);
                let kept = self.value_and_keep(value, is_wanted);
                self.store_prepared(&prepared);
                self.load_kept(kept);
            }
        }
        self.free(mark);
    }

    fn value_and_keep(&mut self, value: &BoundExpr, is_wanted: bool) -> Option<u32> {
        self.value(value);
        is_wanted.then(|| {
            let kept = self.temporary();
            self.push(Instruction::Keep(kept));
            kept
        })
    }

    fn load_kept(&mut self, kept: Option<u32>) {
        if let Some(kept) = kept {
            self.push(Instruction::Load(kept));
        }
    }

    fn store_and_keep(&mut self, variable: Variable, is_wanted: bool) {
        match variable {
            Variable::Local(local) if is_wanted => self.push(Instruction::Keep(local)),
            Variable::Cell(_) if is_wanted => {
                self.push(Instruction::Duplicate);
                self.store(variable);
            }
            _ => self.store(variable),
        }
    }

    fn place_variable(&self, place: &Place) -> Variable {
        match place {
            Place::Local(local) => self.variable(*local),
            Place::Capture(Capture(index)) => Variable::Cell(*index),
            _ => Variable::Local(super::RETURN_SLOT),
        }
    }

    /// `target op= value`, `++`: `gives_old` says which value is wanted, if any.
    pub(super) fn update(&mut self, target: &Place, old: Local, new: &BoundExpr, gives_old: Option<bool>) {
        if let (Place::Local(local), Some(by)) = (target, increment(new, old))
            && let Variable::Local(local) = self.variable(*local)
        {
            if gives_old == Some(true) {
                self.push(Instruction::Load(local));
            }
            self.push(Instruction::Increase { local, by });
            if gives_old == Some(false) {
                self.push(Instruction::Load(local));
            }
            return;
        }
        let mark = self.mark();
        let prepared = self.prepare(target);
        self.load_prepared(&prepared);
        let old = self.variable(old);
        self.store(old);
        let kept = self.value_and_keep(new, gives_old == Some(false));
        self.store_prepared(&prepared);
        self.load_kept(kept);
        if gives_old == Some(true) {
            self.load(old);
        }
        self.free(mark);
    }

    /// `target ??= value`; leaves the value on the stack.
    pub(super) fn coalesce_assign(&mut self, target: &Place, value: &BoundExpr) {
        let mark = self.mark();
        let end = self.label();
        let prepared = self.prepare(target);
        self.load_prepared(&prepared);
        self.push(Instruction::KeepOrDrop { target: end.0, when_null: false });
        let kept = self.value_and_keep(value, true);
        self.store_prepared(&prepared);
        self.load_kept(kept);
        self.place(end);
        self.free(mark);
    }

    /// `(a, b) = value`: operands of the targets first, then all values, then all assignments.
    pub(super) fn assign_tuple(&mut self, targets: &[Option<Place>], value: &BoundExpr, is_wanted: bool) {
        let mark = self.mark();
        let prepared = targets.iter().map(|target| target.as_ref().map(|target| self.prepare(target)));
        let prepared = prepared.collect::<Vec<_>>();
        match &value.kind {
            // No tuple is made where nobody sees it.
            BoundKind::NewTuple(items) if !is_wanted && items.len() == targets.len() && are_different(targets) => {
                self.values(items);
                for place in prepared.iter().rev() {
                    match place {
                        Some(place) => self.store_prepared(place),
                        None => self.push(Instruction::Pop),
                    }
                }
            }
            _ => {
                let tuple = self.temporary();
                self.value(value);
                self.push(Instruction::Store(tuple));
                for (index, place) in (0..).zip(&prepared) {
                    if let Some(place) = place {
                        self.push(Instruction::Load(tuple));
                        self.push(Instruction::Item(index));
                        self.store_prepared(place);
                    }
                }
                if is_wanted {
                    self.push(Instruction::Load(tuple));
                }
            }
        }
        self.free(mark);
    }

    /// Evaluates the operands of a place into temporaries.
    pub(super) fn prepare(&mut self, place: &Place) -> Prepared {
        match place {
            Place::Local(_) | Place::Capture(_) => Prepared::Variable(self.place_variable(place)),
            Place::Dereference(reference) => Prepared::Reference(self.operand(reference)),
            Place::Element { array, indexes } => {
                Prepared::Element { array: self.operand(array), indexes: self.operands(indexes) }
            }
            Place::Property { getter, setter, arguments } => Prepared::Property {
                getter: getter.clone(),
                setter: setter.clone(),
                arguments: self.operands(arguments),
            },
            Place::TupleItem { tuple, index } => {
                Prepared::TupleItem { tuple: Box::new(self.prepare(tuple)), index: *index }
            }
            Place::DynamicMember { target, name } => {
                Prepared::DynamicMember { target: self.operand(target), name: self.text_number(name) }
            }
            Place::DynamicIndex { target, arguments } => {
                Prepared::DynamicIndex { target: self.operand(target), arguments: self.operands(arguments) }
            }
        }
    }

    /// Leaves a reference to a place on the stack.
    pub(super) fn reference(&mut self, place: &Place, of: &Type) {
        match place {
            Place::Local(_) | Place::Capture(_) => match self.place_variable(place) {
                Variable::Cell(cell) => self.push(Instruction::ReferCell(cell)),
                // The binder captures what is referred to.
                Variable::Local(_) => self.push(Instruction::Null),
            },
            Place::Dereference(reference) => self.value(reference),
            Place::Element { array, indexes } => {
                self.value(array);
                self.values(indexes);
                let of = self.type_number(of);
                self.push(Instruction::ReferElement { rank: super::number(indexes.len()), of });
            }
            Place::TupleItem { tuple, index } => {
                // A tuple is the only type that has items: nothing is to be checked.
                self.reference(tuple, &Type::Dynamic);
                self.push(Instruction::ReferItem(*index));
            }
            // Nothing else is referred to.
            Place::Property { .. } | Place::DynamicMember { .. } | Place::DynamicIndex { .. } => {
                self.push(Instruction::Null);
            }
        }
    }

    fn operand(&mut self, expr: &BoundExpr) -> u32 {
        self.value(expr);
        let temporary = self.temporary();
        self.push(Instruction::Store(temporary));
        temporary
    }

    fn operands(&mut self, exprs: &[BoundExpr]) -> Vec<u32> {
        exprs.iter().map(|expr| self.operand(expr)).collect()
    }

    fn load_all(&mut self, temporaries: &[u32]) {
        for temporary in temporaries {
            self.push(Instruction::Load(*temporary));
        }
    }

    fn load_prepared(&mut self, place: &Prepared) {
        match place {
            Prepared::Variable(variable) => self.load(*variable),
            Prepared::Reference(reference) => {
                self.push(Instruction::Load(*reference));
                self.push(Instruction::Dereference);
            }
            Prepared::Element { array, indexes } => {
                self.push(Instruction::Load(*array));
                self.load_all(indexes);
                self.push(Instruction::Element(super::number(indexes.len())));
            }
            Prepared::Property { getter, arguments, .. } => {
                self.load_all(arguments);
                match getter {
                    Some(getter) => self.native(getter, arguments.len()),
                    // The binder gives a getter wherever one is needed.
                    None => {
                        arguments.iter().for_each(|_| self.push(Instruction::Pop));
                        self.push(Instruction::Null);
                    }
                }
            }
            Prepared::TupleItem { tuple, index } => {
                self.load_prepared(tuple);
                self.push(Instruction::Item(*index));
            }
            Prepared::DynamicMember { target, name } => {
                self.push(Instruction::Load(*target));
                self.push(Instruction::DynamicMember(*name));
            }
            Prepared::DynamicIndex { target, arguments } => {
                self.push(Instruction::Load(*target));
                self.load_all(arguments);
                self.push(Instruction::DynamicIndex(super::number(arguments.len())));
            }
        }
    }

    /// Stores the value on the stack.
    pub(super) fn store_prepared(&mut self, place: &Prepared) {
        if let Prepared::Variable(variable) = place {
            return self.store(*variable);
        }
        let mark = self.mark();
        let value = self.temporary();
        self.push(Instruction::Store(value));
        match place {
            Prepared::Variable(_) => {}
            Prepared::Reference(reference) => {
                self.push(Instruction::Load(*reference));
                self.push(Instruction::Load(value));
                self.push(Instruction::SetReferenced);
            }
            Prepared::Element { array, indexes } => {
                self.push(Instruction::Load(*array));
                self.load_all(indexes);
                self.push(Instruction::Load(value));
                self.push(Instruction::SetElement(super::number(indexes.len())));
            }
            Prepared::Property { setter, arguments, .. } => {
                self.load_all(arguments);
                self.push(Instruction::Load(value));
                self.native(setter, arguments.len() + 1);
                self.push(Instruction::Pop);
            }
            Prepared::TupleItem { tuple, index } => {
                self.load_prepared(tuple);
                self.push(Instruction::Load(value));
                self.push(Instruction::WithItem(*index));
                self.store_prepared(tuple);
            }
            Prepared::DynamicMember { target, name } => {
                self.push(Instruction::Load(*target));
                self.push(Instruction::Load(value));
                self.push(Instruction::SetDynamicMember(*name));
            }
            Prepared::DynamicIndex { target, arguments } => {
                self.push(Instruction::Load(*target));
                self.load_all(arguments);
                self.push(Instruction::Load(value));
                self.push(Instruction::SetDynamicIndex(super::number(arguments.len())));
            }
        }
        self.free(mark);
    }
}

/// Whether it does not show in which order the targets are assigned.
fn are_different(targets: &[Option<Place>]) -> bool {
    let mut locals = Vec::with_capacity(targets.len());
    targets.iter().flatten().all(|target| match target {
        Place::Local(local) if !locals.contains(local) => {
            locals.push(*local);
            true
        }
        _ => false,
    })
}

/// `old + 1` of `int` without checks: by how much it grows.
fn increment(new: &BoundExpr, old: Local) -> Option<i32> {
    let BoundKind::Binary {
        operator,
        on: Primitive::Number(Number::Int),
        is_checked: false,
        is_lifted: false,
        left,
        right,
    } = &new.kind
    else {
        return None;
    };
    let is_old = matches!(left.kind, BoundKind::Local(local) if local == old) && left.of == Type::INT;
    let BoundKind::Constant(Constant::Integer(Number::Int, by)) = &right.kind else { return None };
    let by = i32::try_from(*by).ok().filter(|_| is_old)?;
    match operator {
        PrimitiveOperator::Add => Some(by),
        PrimitiveOperator::Subtract => Some(by.wrapping_neg()),
        _ => None,
    }
}
