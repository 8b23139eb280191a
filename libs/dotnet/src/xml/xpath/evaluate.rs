//! Evaluation.

use std::cell::Cell;

use super::super::limits::XPATH_STEPS_MAX;
use super::super::name::XName;
use super::ast::{Expr, Operator, Start, Step};
use super::item::Item;
use super::value::XPathValue;
use super::{axes, compare, exception, functions, navigation};
use crate::Exception;

/// The work that an evaluation, or a whole transformation, may still do.
#[derive(Debug)]
pub(in crate::xml) struct Budget(Cell<u64>);

impl Default for Budget {
    fn default() -> Budget {
        Budget(Cell::new(XPATH_STEPS_MAX))
    }
}

impl Budget {
    pub(in crate::xml) fn used(&self) -> usize {
        usize::try_from(XPATH_STEPS_MAX - self.0.get()).unwrap_or(usize::MAX)
    }

    pub(in crate::xml) fn take(&self, steps: usize) -> Result<(), Exception> {
        match self.0.get().checked_sub(steps as u64) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => {
                self.0.set(0);
                Err(exception("The evaluation takes too many steps."))
            }
        }
    }
}

/// What an expression finds around itself.
pub(in crate::xml) trait Environment {
    /// The value of a variable.
    fn variable(&self, name: &XName) -> Option<Result<XPathValue, Exception>>;
    /// A function that XPath itself does not have.
    fn function(
        &self,
        name: &XName,
        arguments: &[XPathValue],
        context: &Context<'_>,
    ) -> Result<Option<XPathValue>, Exception>;
}

/// No variables, no further functions.
pub(in crate::xml) struct NoEnvironment;

impl Environment for NoEnvironment {
    fn variable(&self, _name: &XName) -> Option<Result<XPathValue, Exception>> {
        None
    }

    fn function(
        &self,
        _name: &XName,
        _arguments: &[XPathValue],
        _context: &Context<'_>,
    ) -> Result<Option<XPathValue>, Exception> {
        Ok(None)
    }
}

/// The context of an evaluation.
pub(in crate::xml) struct Context<'e> {
    pub(in crate::xml) node: Item,
    pub(in crate::xml) position: usize,
    pub(in crate::xml) size: usize,
    /// XSLT's `current()`.
    pub(in crate::xml) current: Item,
    pub(in crate::xml) environment: &'e dyn Environment,
    pub(in crate::xml) budget: &'e Budget,
}

impl Context<'_> {
    /// The same with another node.
    pub(in crate::xml) fn at(&self, node: Item, position: usize, size: usize) -> Context<'_> {
        Context {
            node,
            position,
            size,
            current: self.current.clone(),
            environment: self.environment,
            budget: self.budget,
        }
    }

    /// The nodes for which a predicate holds.
    pub(in crate::xml) fn filtered(&self, nodes: Vec<Item>, predicate: &Expr) -> Result<Vec<Item>, Exception> {
        filtered(nodes, predicate, self)
    }
}

impl Expr {
    pub(in crate::xml) fn evaluate(&self, context: &Context<'_>) -> Result<XPathValue, Exception> {
        context.budget.take(1)?;
        match self {
            Expr::Literal(text) => Ok(XPathValue::Text(text.clone())),
            Expr::Number(number) => Ok(XPathValue::Number(*number)),
            Expr::Variable(name) => context.environment.variable(name).unwrap_or_else(|| {
                Err(exception(format!("The variable or parameter '{}' is not defined.", name.local())))
            }),
            Expr::Function { name, arguments } => {
                let values =
                    arguments.iter().map(|argument| argument.evaluate(context)).collect::<Result<Vec<_>, _>>()?;
                functions::call(name, &values, context)
            }
            Expr::Negate(operand) => Ok(XPathValue::Number(-operand.evaluate(context)?.to_number())),
            Expr::Binary { operator, left, right } => binary(*operator, left, right, context),
            Expr::Filter { of, predicates } => {
                let mut nodes = node_set(of.evaluate(context)?)?;
                for predicate in predicates {
                    nodes = filtered(nodes, predicate, context)?;
                }
                Ok(XPathValue::Nodes(nodes))
            }
            Expr::Path { start, steps } => path(start, steps, context).map(XPathValue::Nodes),
        }
    }

    /// The value as nodes.
    pub(in crate::xml) fn nodes(&self, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
        node_set(self.evaluate(context)?)
    }
}

fn node_set(value: XPathValue) -> Result<Vec<Item>, Exception> {
    match value {
        XPathValue::Nodes(nodes) => Ok(nodes),
        // As a node-set, a fragment is its root: what msxsl:node-set() would give.
        XPathValue::Fragment(node) => Ok(vec![Item::Node(node)]),
        _ => Err(exception("Expression must evaluate to a node-set.")),
    }
}

fn binary(operator: Operator, left: &Expr, right: &Expr, context: &Context<'_>) -> Result<XPathValue, Exception> {
    let left = left.evaluate(context)?;
    match operator {
        Operator::Or if left.to_boolean() => return Ok(XPathValue::Boolean(true)),
        Operator::And if !left.to_boolean() => return Ok(XPathValue::Boolean(false)),
        _ => {}
    }
    let right = right.evaluate(context)?;
    let number = |of: fn(f64, f64) -> f64| XPathValue::Number(of(left.to_number(), right.to_number()));
    Ok(match operator {
        Operator::Or | Operator::And => XPathValue::Boolean(right.to_boolean()),
        Operator::Add => number(|left, right| left + right),
        Operator::Subtract => number(|left, right| left - right),
        Operator::Multiply => number(|left, right| left * right),
        Operator::Divide => number(|left, right| left / right),
        Operator::Remainder => number(|left, right| left % right),
        Operator::Union => {
            let mut nodes = node_set(left)?;
            nodes.extend(node_set(right)?);
            XPathValue::Nodes(navigation::ordered(nodes, context.budget)?)
        }
        comparison => XPathValue::Boolean(compare::holds(comparison, &left, &right, context.budget)?),
    })
}

fn path(start: &Start, steps: &[Step], context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let mut nodes = match start {
        Start::Context => vec![context.node.clone()],
        Start::Root => vec![context.node.root()],
        Start::Nodes(of) => of.nodes(context)?,
    };
    for step in steps {
        nodes = take_step(step, &nodes, context)?;
    }
    Ok(nodes)
}

/// The nodes of a step from all context nodes, in document order.
fn take_step(step: &Step, from: &[Item], context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let mut found: Vec<Item> = Vec::new();
    for node in from {
        let mut nodes = axes::nodes(step.axis, node);
        context.budget.take(nodes.len() + axes::overhead(step.axis, node))?;
        nodes.retain(|item| axes::passes(&step.test, step.axis, item));
        for predicate in &step.predicates {
            nodes = filtered(nodes, predicate, context)?;
        }
        if step.axis.is_reverse() {
            nodes.reverse();
        }
        found.extend(nodes);
    }
    if from.len() > 1 && !navigation::keeps_order(step.axis) {
        found = navigation::ordered(found, context.budget)?;
    }
    Ok(found)
}

/// The nodes for which a predicate holds; a number is a position.
fn filtered(nodes: Vec<Item>, predicate: &Expr, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let size = nodes.len();
    if let Expr::Number(number) = predicate {
        let wanted = (1..=size).find(|position| same_position(*position, *number));
        return Ok(wanted.and_then(|position| nodes.into_iter().nth(position - 1)).into_iter().collect());
    }
    let mut kept = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        let inner = context.at(node, index + 1, size);
        let keep = match predicate.evaluate(&inner)? {
            XPathValue::Number(number) => same_position(index + 1, number),
            other => other.to_boolean(),
        };
        if keep {
            kept.push(inner.node);
        }
    }
    Ok(kept)
}

#[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "positions are far below 2^53")]
fn same_position(position: usize, number: f64) -> bool {
    position as f64 == number
}
