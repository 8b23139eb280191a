//! Operands: literals, JSON, parentheses, and what begins with a name.

use super::Parser;
use crate::error::{Fault, Parsed};
use crate::literal::{self, Literal, enum_content};
use crate::types::{Item, Ty};

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Ty> {
        match self.cursor.peek() {
            Some('(') => {
                self.cursor.advance(1);
                self.cursor.space();
                let ty = self.expression()?;
                self.cursor.close()?;
                self.tail(ty)
            }
            Some('[' | '{') => self.json(),
            Some('$') => self.variable(),
            Some('@') => self.alias(),
            _ => match self.literal()? {
                Some(ty) => Ok(ty),
                None => self.first_member(),
            },
        }
    }

    /// A literal, checked against the model. `None`: none stands here.
    pub(crate) fn literal(&mut self) -> Parsed<Option<Ty>> {
        let start = self.cursor.position();
        Ok(match literal::literal(&mut self.cursor, self.context.version)? {
            None => None,
            Some(Literal::Of(ty)) => Some(ty),
            Some(Literal::Enum(name, content)) => Some(self.enum_literal(name, content, start)?),
        })
    }

    fn enum_literal(&self, name: &str, content: &str, start: usize) -> Parsed<Ty> {
        let Some(model) = self.context.model else { return Ok(Ty::UNKNOWN) };
        match model.type_named(name) {
            Some(Item::Enum(id)) => {
                let named = enum_content(content).into_iter().flatten().flatten();
                for member in named {
                    if !model.has_enum_member(id, member) {
                        return Err(Fault::new(start, format!("the enumeration `{name}` has no member `{member}`")));
                    }
                }
                Ok(Ty::one(Item::Enum(id)))
            }
            Some(Item::Unknown) => Ok(Ty::UNKNOWN),
            _ => Err(Fault::new(start, format!("there is no enumeration `{name}`"))),
        }
    }

    /// What begins with `$`.
    fn variable(&mut self) -> Parsed<Ty> {
        let start = self.cursor.position();
        self.cursor.advance(1);
        let name = self.cursor.identifier()?.unwrap_or_default();
        let ty = match name {
            "it" => self.scope.it,
            "this" => self.scope.this,
            "these" => Ty::many(self.scope.this.item),
            "root" => return self.root(),
            "count" if self.scope.is_aggregating => return Ok(Ty::NUMBER),
            _ => return Err(Fault::new(start, format!("`${name}` is no variable"))),
        };
        self.tail(ty)
    }

    /// `@alias`, whose value stands elsewhere in the query, or an annotation of the instance.
    fn alias(&mut self) -> Parsed<Ty> {
        self.annotation()?;
        self.tail(Ty::UNKNOWN)
    }

    /// `@Namespace.Term#Qualifier`
    pub(crate) fn annotation(&mut self) -> Parsed<()> {
        self.cursor.expect("@")?;
        if self.cursor.qualified()?.is_none() {
            return Err(self.cursor.expected("a name"));
        }
        if self.cursor.eat("#") && self.cursor.identifier()?.is_none() {
            return Err(self.cursor.expected("a qualifier"));
        }
        Ok(())
    }
}
