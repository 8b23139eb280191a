//! Sequences of what a token holds, as it is when they are walked over: like the lists of Newtonsoft.Json, a walk ends with an exception when
//! children of a container that it is in were added, removed or replaced.

use std::any::Any;
use std::rc::Rc;

use postern_dotnet::json::{Children, Family, JToken};

use super::cast::{convert, is_of};
use super::wrapper::token_value;
use crate::expression::machine::{Machine, Thrown};
use crate::expression::object::{Enumerator, Object};
use crate::expression::types::Type;
use crate::expression::value::Value;

/// What a walk gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Gives {
    /// `Children()`, `Properties()`
    Children,
    /// `Children<T>()`: those of a class.
    Of(Type),
    /// `Values<T>()`: what they are as a type.
    As(Type),
    /// `PropertyValues()`
    PropertyValues,
    /// `Values()`: the children of children, and those that have none.
    Grandchildren,
    /// `Descendants()`
    Descendants,
    /// `DescendantsAndSelf()`
    DescendantsAndSelf,
}

/// An `IEnumerable<T>` over a token.
pub(super) struct Walk {
    element: Type,
    token: JToken,
    gives: Gives,
}

impl Walk {
    /// A sequence of items of a type.
    pub(super) fn value(element: Type, token: JToken, gives: Gives) -> Value {
        Value::object(Walk { element, token, gives })
    }
}

impl Object for Walk {
    fn of(&self) -> Type {
        Type::generic("System.Collections.Generic.IEnumerable", [self.element.clone()])
    }

    fn as_any(self: Rc<Self>) -> Rc<dyn Any> {
        self
    }

    fn enumerate(self: Rc<Self>) -> Option<Box<dyn Enumerator>> {
        let token = self.token.clone();
        Some(match self.gives {
            Gives::Descendants => Box::new(Family::below(token)),
            Gives::DescendantsAndSelf => Box::new(Family::of(token)),
            _ => Box::new(Walking { start: Some(token), way: Vec::new(), gives: self.gives.clone() }),
        })
    }

    fn count(&self) -> Option<usize> {
        matches!(self.gives, Gives::Children | Gives::PropertyValues).then(|| self.token.count())
    }
}

struct Walking {
    /// Where it begins with the first item that is asked for: changes until then do not disturb the walk.
    start: Option<JToken>,
    /// The containers that the walk is in.
    way: Vec<Children>,
    gives: Gives,
}

impl Enumerator for Walking {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        if let Some(start) = self.start.take() {
            self.way.push(Children::of(start));
        }
        while let Some(children) = self.way.last_mut() {
            machine.charge(1)?;
            let Some(child) = children.next()? else {
                self.way.pop();
                continue;
            };
            match &self.gives {
                Gives::Children => {}
                Gives::Of(of) if !is_of(&child, of) => continue,
                Gives::Of(_) => {}
                Gives::As(of) => return Ok(Some(convert(Some(&child), of)?)),
                Gives::PropertyValues => return Ok(Some(token_value(child.property_value()))),
                Gives::Grandchildren if self.way.len() == 1 && child.is_container() => {
                    self.way.push(Children::of(child));
                    continue;
                }
                // The other ones are a `Family`.
                Gives::Grandchildren | Gives::Descendants | Gives::DescendantsAndSelf => {}
            }
            return Ok(Some(token_value(child)));
        }
        Ok(None)
    }
}

impl Enumerator for Family {
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Value>, Thrown> {
        machine.charge(1)?;
        Ok(Family::next(self)?.map(token_value))
    }
}
