//! Evaluation.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;

use super::super::limits::XPATH_STEPS_MAX;
use super::super::name::XName;
use super::super::node::XNode;
use super::ast::{Axis, Expr, Operator, Start, Step};
use super::item::{Children, Identity, Item, children, children_behind};
use super::value::XPathValue;
use super::{axes, compare, exception, functions, navigation};
use crate::work::Pace;
use crate::{Exception, Shards};

/// The work that an evaluation, or a whole transformation, may still do, and how it is spread over turns.
#[derive(Debug)]
pub(in crate::xml) struct Budget {
    left: Cell<u64>,
    pace: Pace,
    /// What was taken of the pace.
    paid: Cell<u64>,
}

/// Steps of a turn that a node takes.
const NODE_STEPS: u64 = 5;
/// Bytes of a text that are worth a node.
pub(super) const BYTES_PER_STEP: usize = 32;

impl Budget {
    pub(in crate::xml) fn new(pace: Pace) -> Budget {
        Budget { left: Cell::new(XPATH_STEPS_MAX), pace, paid: Cell::new(0) }
    }

    pub(in crate::xml) fn pace(&self) -> &Pace {
        &self.pace
    }

    /// A place where the turn may end.
    pub(in crate::xml) async fn pause(&self) {
        let used = XPATH_STEPS_MAX - self.left.get();
        let due = used.saturating_sub(self.paid.replace(used));
        self.pace.take(due.saturating_mul(NODE_STEPS)).await;
    }

    /// Frees what was seen, in pieces, and pays for keys that were moved while it grew.
    pub(super) async fn free(&self, mut seen: Shards<Identity, ()>) {
        self.pace.take(seen.take_moved() as u64).await;
        for part in seen.take_apart() {
            self.pace.take(part.len() as u64).await;
            drop(part);
        }
    }

    pub(in crate::xml) fn take(&self, steps: usize) -> Result<(), Exception> {
        match self.left.get().checked_sub(steps as u64) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.left.set(0);
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
    /// The value of a variable that [`variable`](Environment::variable) does not give because it is yet to be computed.
    fn pending_variable<'e>(&'e self, _name: &'e XName) -> Option<Evaluating<'e>> {
        None
    }
    /// A function that takes long, in the place of [`function`](Environment::function).
    fn long_function<'e>(
        &'e self,
        _name: &'e XName,
        _arguments: &'e [XPathValue],
        _context: &'e Context<'e>,
    ) -> Option<Evaluating<'e>> {
        None
    }
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
    pub(in crate::xml) async fn filtered(&self, nodes: Vec<Item>, predicate: &Expr) -> Result<Vec<Item>, Exception> {
        filtered(nodes, predicate, self).await
    }
}

/// An evaluation under way.
pub(in crate::xml) type Evaluating<'e> = Pin<Box<dyn Future<Output = Result<XPathValue, Exception>> + 'e>>;

impl Expr {
    /// The value. Expressions in each other: the state of each is a box of its own.
    pub(in crate::xml) fn evaluate<'e>(&'e self, context: &'e Context<'e>) -> Evaluating<'e> {
        Box::pin(self.evaluated(context))
    }

    async fn evaluated(&self, context: &Context<'_>) -> Result<XPathValue, Exception> {
        context.budget.take(1)?;
        context.budget.pause().await;
        match self {
            Expr::Literal(text) => Ok(XPathValue::Text(text.clone())),
            Expr::Number(number) => Ok(XPathValue::Number(*number)),
            Expr::Variable(name) => match context.environment.variable(name) {
                Some(value) => value,
                None => match context.environment.pending_variable(name) {
                    Some(pending) => pending.await,
                    None => Err(exception(format!("The variable or parameter '{}' is not defined.", name.local()))),
                },
            },
            Expr::Function { name, arguments } => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(argument.evaluate(context).await?);
                }
                let long = match context.environment.long_function(name, &values, context) {
                    Some(long) => Some(long.await),
                    None => None,
                };
                let value = match long {
                    Some(value) => value,
                    None => functions::call(name, &mut values, context).await,
                };
                for argument in values {
                    discard(context.budget.pace(), argument).await;
                }
                value
            }
            Expr::Negate(operand) => {
                Ok(XPathValue::Number(-operand.evaluate(context).await?.read_number(context.budget).await?))
            }
            Expr::Binary { operator, left, right } => binary(*operator, left, right, context).await,
            Expr::Filter { of, predicates } => {
                let mut nodes = node_set(of.evaluate(context).await?)?;
                for predicate in predicates {
                    nodes = filtered(nodes, predicate, context).await?;
                }
                Ok(XPathValue::Nodes(nodes))
            }
            Expr::Path { start, steps } => path(start, steps, context).await.map(XPathValue::Nodes),
        }
    }

    /// The value as nodes.
    pub(in crate::xml) async fn nodes(&self, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
        node_set(self.evaluate(context).await?)
    }
}

/// Frees a value, in pieces where it is nodes.
async fn discard(pace: &Pace, value: XPathValue) {
    /// Steps for a node.
    const FREED_STEPS: u64 = 4;
    if let XPathValue::Nodes(nodes) = value {
        for node in nodes {
            drop(node);
            pace.take(FREED_STEPS).await;
        }
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

async fn binary(operator: Operator, left: &Expr, right: &Expr, context: &Context<'_>) -> Result<XPathValue, Exception> {
    let left = left.evaluate(context).await?;
    match operator {
        Operator::Or if left.to_boolean() => return Ok(XPathValue::Boolean(true)),
        Operator::And if !left.to_boolean() => return Ok(XPathValue::Boolean(false)),
        _ => {}
    }
    let right = right.evaluate(context).await?;
    let computed: fn(f64, f64) -> f64 = match operator {
        Operator::Add => |left, right| left + right,
        Operator::Subtract => |left, right| left - right,
        Operator::Multiply => |left, right| left * right,
        Operator::Divide => |left, right| left / right,
        _ => |left, right| left % right,
    };
    Ok(match operator {
        Operator::Or | Operator::And => XPathValue::Boolean(right.to_boolean()),
        Operator::Add | Operator::Subtract | Operator::Multiply | Operator::Divide | Operator::Remainder => {
            let budget = context.budget;
            XPathValue::Number(computed(left.read_number(budget).await?, right.read_number(budget).await?))
        }
        Operator::Union => {
            let mut nodes = node_set(left)?;
            nodes.extend(node_set(right)?);
            XPathValue::Nodes(navigation::ordered(nodes, context.budget).await?)
        }
        comparison => XPathValue::Boolean(compare::holds(comparison, &left, &right, context.budget).await?),
    })
}

async fn path(start: &Start, steps: &[Step], context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let mut nodes = match start {
        Start::Context => vec![context.node.clone()],
        Start::Root => vec![context.node.root()],
        Start::Nodes(of) => of.nodes(context).await?,
    };
    for step in steps {
        nodes = take_step(step, nodes, context).await?;
    }
    Ok(nodes)
}

/// The nodes of a step from one context node that pass its test, in the order of the axis.
async fn tested(step: &Step, from: &Item, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let budget = context.budget;
    if let (Axis::Descendant | Axis::DescendantOrSelf, Item::Node(root)) = (step.axis, from) {
        // There may be as many as in the whole document, and few that pass.
        let own = (step.axis == Axis::DescendantOrSelf).then(|| from.clone());
        let mut found: Vec<Item> = own.into_iter().filter(|item| axes::passes(&step.test, step.axis, item)).collect();
        below(step, children(root), &mut found, budget).await?;
        return Ok(found);
    }
    if let (Axis::Child, Item::Node(parent)) = (step.axis, from) {
        budget.take(1)?;
        let mut found = Vec::new();
        for item in children(parent).map(Item::Node) {
            budget.take(1)?;
            budget.pause().await;
            if axes::passes(&step.test, step.axis, &item) {
                found.push(item);
            }
        }
        return Ok(found);
    }
    match (step.axis, from) {
        (Axis::FollowingSibling | Axis::PrecedingSibling, Item::Node(node)) => {
            return siblings(step, node, budget).await;
        }
        (Axis::Following, _) => return following(step, from, budget).await,
        (Axis::Preceding, _) => return preceding(step, from, budget).await,
        _ => {}
    }
    let mut nodes = axes::nodes(step.axis, from);
    budget.take(nodes.len() + 1)?;
    budget.pause().await;
    nodes.retain(|item| axes::passes(&step.test, step.axis, item));
    Ok(nodes)
}

/// Adds what passes the test among nodes and everything below them, in document order.
async fn below(step: &Step, nodes: Children, found: &mut Vec<Item>, budget: &Budget) -> Result<(), Exception> {
    // What follows, the nearest last.
    let mut pending = vec![nodes];
    while let Some(nearest) = pending.last_mut() {
        let Some(node) = nearest.next() else {
            pending.pop();
            continue;
        };
        budget.take(1)?;
        budget.pause().await;
        if node.child_count() > 0 {
            pending.push(children(&node));
        }
        add_passing(step, Item::Node(node), found);
    }
    Ok(())
}

fn add_passing(step: &Step, item: Item, found: &mut Vec<Item>) {
    if axes::passes(&step.test, step.axis, &item) {
        found.push(item);
    }
}

/// The siblings behind a node, or those before it, the nearest first.
async fn siblings(step: &Step, node: &XNode, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut found = Vec::new();
    let Some(parent) = node.parent_node() else { return Ok(found) };
    let is_after = step.axis == Axis::FollowingSibling;
    for sibling in if is_after { children_behind(&parent, node) } else { children(&parent) } {
        budget.take(1)?;
        budget.pause().await;
        if !is_after && sibling.node.index >= node.node.index {
            break;
        }
        add_passing(step, Item::Node(sibling), &mut found);
    }
    if !is_after {
        found.reverse();
    }
    Ok(found)
}

/// Everything behind a node that is not in it.
async fn following(step: &Step, from: &Item, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut found = Vec::new();
    let mut current = match (from, from.parent()) {
        (Item::Node(node), _) => node.clone(),
        // Behind an attribute come the children of its element.
        (_, Some(Item::Node(element))) => {
            below(step, children(&element), &mut found, budget).await?;
            element
        }
        _ => return Ok(found),
    };
    while let Some(parent) = current.parent_node() {
        budget.take(1)?;
        below(step, children_behind(&parent, &current), &mut found, budget).await?;
        current = parent;
    }
    Ok(found)
}

/// Everything before a node that it is not in, the nearest first.
async fn preceding(step: &Step, from: &Item, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut found = Vec::new();
    let mut current = match (from, from.parent()) {
        (Item::Node(node), _) => node.clone(),
        (_, Some(Item::Node(element))) => element,
        _ => return Ok(found),
    };
    while let Some(parent) = current.parent_node() {
        let mut before = Vec::new();
        for sibling in children(&parent) {
            budget.take(1)?;
            budget.pause().await;
            if sibling.node.index >= current.node.index {
                break;
            }
            let inside = children(&sibling);
            add_passing(step, Item::Node(sibling), &mut before);
            below(step, inside, &mut before, budget).await?;
        }
        before.reverse();
        found.append(&mut before);
        current = parent;
    }
    Ok(found)
}

/// Nodes of a step that are looked through for doubles before all are there.
const MANY_FOUND: usize = 8192;

/// Steps for looking from one of many nodes, beside those for what is seen.
const CONTEXT_STEPS: u64 = 15;
/// Steps for a predicate, beside those for what it looks at.
const PREDICATE_STEPS: u64 = 5;

/// Without nodes that were there before.
async fn each_once(nodes: Vec<Item>, budget: &Budget) -> Result<Vec<Item>, Exception> {
    let mut seen = Shards::default();
    let mut kept = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        // A node that is known costs a quarter of one that is looked for.
        budget.take(usize::from(index % 4 == 0))?;
        budget.pause().await;
        if seen.add(node.identity(), ()) {
            kept.push(node);
        }
    }
    budget.free(seen).await;
    Ok(kept)
}

/// The nodes of a step from all context nodes, in document order.
async fn take_step(step: &Step, from: Vec<Item>, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let mut found: Vec<Item> = Vec::new();
    let is_from_many = from.len() > 1;
    let mut many = MANY_FOUND;
    for node in from {
        if is_from_many {
            context.budget.pace().take(CONTEXT_STEPS).await;
        }
        let mut nodes = tested(step, &node, context).await?;
        for predicate in &step.predicates {
            nodes = filtered(nodes, predicate, context).await?;
        }
        if step.axis.is_reverse() {
            nodes.reverse();
        }
        if found.is_empty() {
            found = nodes;
        } else {
            found.extend(nodes);
        }
        if is_from_many && found.len() > many {
            // Several nodes have the same ones on most axes: each is kept once, or thousands would have millions.
            found = each_once(found, context.budget).await?;
            many = MANY_FOUND.max(found.len() * 2);
        }
    }
    if is_from_many && !navigation::keeps_order(step.axis) {
        found = navigation::ordered(found, context.budget).await?;
    }
    Ok(found)
}

/// Steps for a node that is left out.
const LEFT_OUT_STEPS: u64 = 2;

/// The nodes for which a predicate holds; a number is a position.
async fn filtered(nodes: Vec<Item>, predicate: &Expr, context: &Context<'_>) -> Result<Vec<Item>, Exception> {
    let size = nodes.len();
    if let Expr::Number(number) = predicate {
        let mut kept = Vec::new();
        for (index, node) in nodes.into_iter().enumerate() {
            context.budget.pace().take(LEFT_OUT_STEPS).await;
            if same_position(index + 1, *number) {
                kept.push(node);
            }
        }
        return Ok(kept);
    }
    let mut kept = Vec::new();
    for (index, node) in nodes.into_iter().enumerate() {
        context.budget.pace().take(PREDICATE_STEPS).await;
        let inner = context.at(node, index + 1, size);
        let keep = match predicate.evaluate(&inner).await? {
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
