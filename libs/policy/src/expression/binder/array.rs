//! `new T[n]`, `new[] { … }`, `T[] x = { … }`

use crate::expression::ast::{ArrayItem, ArrayItems, ExprId, TypeId};
use crate::expression::bound::{BoundExpr, BoundKind};
use crate::expression::span::Span;
use crate::expression::types::Type;

use super::Binder;
use super::constant::as_integer;
use super::convert::boxed;
use super::error::{Bind, Reported};
use super::operand::Operand;

impl Binder<'_> {
    /// `new T[sizes] { items }`
    pub(super) fn new_array(
        &mut self,
        of: TypeId,
        sizes: &[ExprId],
        items: Option<&ArrayItems>,
        span: Span,
    ) -> Bind<Operand> {
        let of = self.type_(of)?;
        let Type::Array(element, rank) = &of else { return Err(Reported) };
        let mut bound = Vec::with_capacity(sizes.len());
        for size in sizes {
            let operand = self.value_operand(*size)?;
            let size = self.array_index(operand)?;
            if size.as_constant().and_then(as_integer).is_some_and(|size| size < 0) {
                return self.fail("CS0248", size.span, "Cannot create an array with a negative size");
            }
            bound.push(*size);
        }
        let Some(items) = items else {
            let kind = BoundKind::NewArray { element: (**element).clone(), sizes: bound };
            return Ok(Operand::value(span, of, kind));
        };
        let array = self.array_of_items(element, *rank, items, span)?;
        if let BoundKind::ArrayItems { sizes, .. } = &array.kind {
            for (written, found) in bound.iter().zip(sizes) {
                match written.as_constant().and_then(as_integer) {
                    None => return self.fail("CS0150", written.span, "A constant value is expected"),
                    Some(written_size) if written_size != i128::from(*found) => {
                        let message = format!("An array initializer of length '{written_size}' is expected");
                        return self.fail("CS0847", items.span, message);
                    }
                    Some(_) => {}
                }
            }
        }
        Ok(Operand::Value(array))
    }

    /// `T[] x = { items }`
    pub(super) fn array_of_items(
        &mut self,
        element: &Type,
        rank: u8,
        items: &ArrayItems,
        span: Span,
    ) -> Bind<Box<BoundExpr>> {
        let (sizes, values) = self.flat_items(items, rank)?;
        let mut bound = Vec::with_capacity(values.len());
        let mut result = Ok(());
        for value in values {
            match self.expression(value).and_then(|operand| self.convert(operand, element)) {
                Ok(value) => bound.push(*value),
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        let kind = BoundKind::ArrayItems { element: element.clone(), sizes, items: bound };
        Ok(boxed(span, &Self::array_type(element, rank), kind))
    }

    /// `new[] { items }`
    pub(super) fn new_implicit_array(&mut self, rank: u8, items: &ArrayItems, span: Span) -> Bind<Operand> {
        let (sizes, values) = self.flat_items(items, rank)?;
        let mut operands = Vec::with_capacity(values.len());
        let mut result = Ok(());
        for value in values {
            match self.value_operand(value) {
                Ok(operand) => operands.push(operand),
                Err(reported) => result = Err(reported),
            }
        }
        result?;
        let element = self.best_common_type(&operands).filter(|of| *of != Type::Void);
        let Some(element) = element else {
            return self.fail("CS0826", span, "No best type found for implicitly-typed array");
        };
        let mut bound: Vec<BoundExpr> = Vec::with_capacity(operands.len());
        for operand in operands {
            bound.push(*self.convert(operand, &element)?);
        }
        let of = Self::array_type(&element, rank);
        Ok(Operand::value(span, of, BoundKind::ArrayItems { element, sizes, items: bound }))
    }

    /// Sizes of the dimensions, and all items row by row.
    fn flat_items(&mut self, items: &ArrayItems, rank: u8) -> Bind<(Vec<u32>, Vec<ExprId>)> {
        let mut sizes = Vec::new();
        let mut level: Vec<&ArrayItems> = vec![items];
        for _ in 1..rank {
            let size = self.same_length(&level)?;
            sizes.push(size);
            let mut next = Vec::new();
            for items in level {
                for item in &items.items {
                    match item {
                        ArrayItem::Nested(items) => next.push(items),
                        ArrayItem::Value(value) => {
                            let span = self.tree[*value].span;
                            return self.fail("CS0846", span, "A nested array initializer is expected");
                        }
                    }
                }
            }
            level = next;
        }
        sizes.push(self.same_length(&level)?);
        let mut values = Vec::new();
        for items in level {
            for item in &items.items {
                match item {
                    ArrayItem::Value(value) => values.push(*value),
                    ArrayItem::Nested(items) => {
                        let message = "Array initializers can only be used in a variable or field initializer. Try using a new \
                                       expression instead.";
                        return self.fail("CS0623", items.span, message);
                    }
                }
            }
        }
        Ok((sizes, values))
    }

    fn same_length(&mut self, level: &[&ArrayItems]) -> Bind<u32> {
        let size = level.first().map_or(0, |items| items.items.len());
        if let Some(other) = level.iter().find(|items| items.items.len() != size) {
            return self.fail("CS0847", other.span, format!("An array initializer of length '{size}' is expected"));
        }
        Ok(size as u32)
    }
}
