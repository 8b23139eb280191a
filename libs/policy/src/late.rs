//! Policies whose attributes or texts are expressions and that do not look after them by themselves: the element is kept, and when the policy
//! runs, the values of its expressions are put in the places where they stand, it is checked and built like one that was written so, and run.
//!
//! That costs a request the building of its policy; policies that stand in most documents evaluate their expressions themselves
//! ([`Builder`](crate::builder::Builder)).

use crate::builder::Builder;
use crate::definition::{self, Built, Definition, Evaluation};
use crate::diagnostic::Findings;
use crate::effect::Outcome;
use crate::expression::value::Value;
use crate::given::Wanted;
use crate::policy::{Failure, Policy, PolicyContext, Step};
use crate::reader::{self, Element};

/// A policy that is built when it runs.
#[derive(Debug)]
pub(crate) struct Late {
    definition: &'static Definition,
    element: Element,
}

impl std::fmt::Debug for Definition {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.rule.element)
    }
}

/// Whether any value of the element is an expression. Recursion is bounded by the reader's depth limit.
pub(crate) fn has_expressions(element: &Element) -> bool {
    values(element).any(|value| !value.is_literal()) || element.children.iter().any(has_expressions)
}

fn values(element: &Element) -> impl Iterator<Item = &reader::Value> {
    element.attributes.iter().map(|attribute| &attribute.value).chain([&element.text])
}

/// Whether the element keeps those rules of its policy that hold whatever the values of its expressions are.
pub(crate) fn is_consistent(definition: &Definition, element: &Element, builder: &mut Builder<'_, '_>) -> bool {
    match definition.evaluation {
        Evaluation::LateIf(check) => check(element, builder),
        Evaluation::Own | Evaluation::Late => true,
    }
}

/// Compiles the element's expressions in the order in which [`substitute`] meets them. `None`: errors were reported.
pub(crate) fn build(
    definition: &'static Definition,
    element: &Element,
    builder: &mut Builder<'_, '_>,
) -> Option<Built> {
    compile_all(element, builder).then(|| Built::Policy(Box::new(Late { definition, element: element.clone() })))
}

fn compile_all(element: &Element, builder: &mut Builder<'_, '_>) -> bool {
    let mut good = true;
    for value in values(element).filter(|value| !value.is_literal()) {
        good &= builder.expression(value, Wanted::Text).is_some();
    }
    for child in &element.children {
        good &= compile_all(child, builder);
    }
    good
}

/// Puts the values in the places of the expressions.
fn substitute<'v>(element: &mut Element, values: &mut impl Iterator<Item = &'v Value>) {
    let places = element.attributes.iter_mut().map(|attribute| &mut attribute.value).chain([&mut element.text]);
    for place in places.filter(|place| !place.is_literal()) {
        let text = match values.next() {
            Some(Value::String(text)) => text.to_string(),
            _ => String::new(),
        };
        *place = reader::Value::literal(text, place.offset);
    }
    for child in &mut element.children {
        substitute(child, values);
    }
}

impl Late {
    fn made(&self, values: &[Value]) -> Result<Option<Box<dyn Policy>>, String> {
        let mut element = self.element.clone();
        substitute(&mut element, &mut values.iter());
        let mut findings = Findings::new("");
        let built = if definition::check(&element, &self.definition.rule, &mut findings) {
            (self.definition.build)(&element, &mut Builder::new(&mut findings))
        } else {
            None
        };
        match built {
            Some(Built::Policy(policy)) => Ok(Some(policy)),
            Some(_) => Ok(None),
            None => Err(findings.into_list().into_iter().next().map_or_else(String::new, |found| found.message)),
        }
    }
}

impl Policy for Late {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        let policy = match self.made(context.values) {
            Ok(Some(policy)) => policy,
            Ok(None) => return Step::Next,
            Err(message) => {
                return Step::Fail(Box::new(Failure::unusable_value(message)));
            }
        };
        let step = policy.start(context);
        if matches!(step, Step::Perform(_)) {
            context.state.late = Some(policy);
        }
        step
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        let Some(policy) = context.state.late.take() else {
            return Step::Fail(Box::new(Failure::wrong_outcome()));
        };
        let step = policy.resume(context, outcome);
        if matches!(step, Step::Perform(_)) {
            context.state.late = Some(policy);
        }
        step
    }
}
