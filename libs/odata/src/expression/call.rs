//! Calls of functions that the model declares.

use super::Parser;
use crate::error::{Fault, Parsed};
use crate::model::Parameter;
use crate::types::{Ty, is_compatible};

impl Parser<'_> {
    /// A call with the cursor at its parenthesis, on a value or (`None`) on nothing but what the expression is about.
    pub(crate) fn call(&mut self, name: &str, on: Option<Ty>, start: usize) -> Parsed<Ty> {
        let arguments = self.key()?;
        let Some(model) = self.context.model else { return Ok(Ty::UNKNOWN) };
        if model.is_elsewhere(name) {
            return Ok(Ty::UNKNOWN);
        }
        // Results of unknown values, and functions of open types, are not known.
        let target = on.unwrap_or(self.scope.this);
        let mut is_known = false;
        for overload in model.overloads(name).filter(|overload| overload.is_function) {
            let is_bound = match overload.binding {
                Some(binding) => model.binds(binding, target),
                None => on.is_none(),
            };
            if !is_bound {
                continue;
            }
            is_known = true;
            let takes = |(name, ty): &(Option<Box<str>>, Ty)| {
                let is_it = |known: &&Parameter| Some(&*known.name) == name.as_deref();
                overload.parameters.iter().find(is_it).is_some_and(|known| is_compatible(known.ty, *ty))
            };
            let is_given = |name: &str| arguments.iter().any(|(known, _)| known.as_deref() == Some(name));
            let is_complete = overload.parameters.iter().all(|known| known.is_optional || is_given(&known.name));
            if is_complete && arguments.iter().all(takes) {
                return Ok(overload.returns.unwrap_or(Ty::UNKNOWN));
            }
        }
        if is_known {
            return Err(Fault::new(start, format!("the function `{name}` has no overload with these parameters")));
        }
        if target.is_unknown() {
            return Ok(Ty::UNKNOWN);
        }
        Err(Fault::new(start, format!("there is no function `{name}` for a value of type {}", self.describe(target))))
    }
}
