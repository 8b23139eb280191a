//! A check under way, which pauses between events.

use super::{Checker, NamedType, State, Violation};
use crate::component::{Schemas, TypeId};
use crate::document::{Document, ElementIndex};

/// Elements of a document that are being checked, each with everything in it, one after the other.
pub struct Checking {
    document: Document,
    state: State,
    /// Those that are still to be begun, the last one first, with the types that they must have where their names do not say.
    elements: Vec<(ElementIndex, Option<TypeId>)>,
    /// Those that go before, the last one first, where the schemas declare them.
    known: Vec<ElementIndex>,
    /// The one that is being checked, its next event and its last.
    current: Option<(ElementIndex, usize, usize)>,
}

/// Of an event, besides what the budget counts.
const STEPS_PER_EVENT: u64 = 20;

impl Checking {
    /// Begins to check elements, which must be ones that the schemas declare.
    #[must_use]
    pub fn new(document: Document, elements: Vec<ElementIndex>) -> Checking {
        let elements = elements.into_iter().rev().map(|element| (element, None)).collect();
        Checking { document, state: State::default(), elements, known: Vec::new(), current: None }
    }

    /// Checks elements before the others, but only those that the schemas declare.
    #[must_use]
    pub fn with_known(mut self, elements: Vec<ElementIndex>) -> Checking {
        self.known = elements;
        self.known.reverse();
        self
    }

    /// Begins to check one element, whatever its name, which must be of a type.
    #[must_use]
    pub fn of_type(document: Document, element: ElementIndex, of: NamedType) -> Checking {
        Checking { elements: vec![(element, Some(of.0))], ..Checking::new(document, Vec::new()) }
    }

    /// Goes on for about so many steps, as `Work` does; the schemas must always be the same.
    pub fn go_on(&mut self, schemas: &Schemas, steps: &mut u64) -> Option<Vec<Violation>> {
        loop {
            if self.current.is_none() {
                let (element, of) = if let Some(element) = self.known.pop() {
                    let name = self.document.element(element).map(|element| &element.name);
                    if !name.is_some_and(|name| schemas.global_elements.contains_key(name)) {
                        *steps = steps.saturating_sub(STEPS_PER_EVENT);
                        if *steps == 0 {
                            return None;
                        }
                        continue;
                    }
                    (element, None)
                } else if let Some(element) = self.elements.pop() {
                    element
                } else {
                    return Some(std::mem::take(&mut self.state.violations));
                };
                let (first, last) = self.document.element(element).map_or((1, 0), |element| element.events);
                self.current = Some((element, first as usize, last as usize));
                // Only what was found and the work go on from element to element.
                let State { violations, budget, .. } = std::mem::take(&mut self.state);
                self.state = State { violations, budget, root_type: of, ..State::default() };
                Checker { schemas, document: &self.document, state: &mut self.state }.surroundings(element);
            }
            let Some((element, next, last)) = &mut self.current else { continue };
            let mut checker = Checker { schemas, document: &self.document, state: &mut self.state };
            while *next <= *last {
                let before = checker.state.budget.taken();
                let goes_on = self.document.events.get(*next).is_some_and(|event| checker.event(event));
                *next += 1;
                if !goes_on {
                    return Some(checker.stopped(*element));
                }
                let taken = STEPS_PER_EVENT.saturating_add(checker.state.budget.taken() - before);
                *steps = steps.saturating_sub(taken);
                if *steps == 0 {
                    return None;
                }
            }
            checker.ended();
            self.current = None;
        }
    }
}
