//! `any` and `all`.

use super::Parser;
use crate::error::Parsed;
use crate::types::Ty;

impl Parser<'_> {
    /// Behind `any` or `all`, at the parenthesis; the elements of a collection have a type.
    pub(super) fn lambda(&mut self, name: &str, element: Ty) -> Parsed<Ty> {
        self.cursor.expect("(")?;
        self.cursor.space();
        if name == "any" && self.cursor.eat(")") {
            return Ok(Ty::BOOLEAN);
        }
        let Some(variable) = self.cursor.identifier()? else { return Err(self.cursor.expected("a variable")) };
        self.cursor.space();
        self.cursor.expect(":")?;
        self.cursor.space();
        self.scope.names.push((variable.into(), element));
        let outer = std::mem::take(&mut self.scope.is_aggregating);
        let result = self.condition();
        self.scope.is_aggregating = outer;
        self.scope.names.pop();
        result?;
        self.cursor.close()?;
        Ok(Ty::BOOLEAN)
    }
}
