//! Patterns: which nodes a template or key matches.

use super::super::name::XName;
use super::super::xpath::{
    Axis, Budget, Context, Expr, Item, NodeTest, Parser, Step, XPathValue, children, is_same, passes,
};
use super::exception;
use crate::{Exception, Text};

/// One alternative of a pattern.
#[derive(Debug, Clone)]
pub(in crate::xml) struct Pattern {
    /// From the last step backward, each with how it is joined to the one before it.
    steps: Vec<(Step, Join)>,
    start: Start,
}

/// How a step is joined to what stands before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    Parent,
    Ancestor,
}

#[derive(Debug, Clone)]
enum Start {
    Anywhere,
    Root,
    /// `key('name', 'value')` or `id('value')`
    Nodes(Expr),
}

impl Pattern {
    /// Compiles a pattern; alternatives become patterns of their own.
    pub(in crate::xml) fn compile(
        text: &str,
        resolve: &dyn Fn(&str) -> Option<Text>,
    ) -> Result<Vec<Pattern>, Exception> {
        let mut parser = Parser::new(text, resolve)?;
        let mut patterns = Vec::new();
        loop {
            patterns.push(Pattern::one(&mut parser, text)?);
            if !parser.eat("|") {
                parser.end()?;
                return Ok(patterns);
            }
        }
    }

    fn one(parser: &mut Parser<'_>, text: &str) -> Result<Pattern, Exception> {
        let mut start = Start::Anywhere;
        let mut join = Join::Parent;
        if parser.eat("//") {
            start = Start::Root;
            join = Join::Ancestor;
        } else if parser.eat("/") {
            start = Start::Root;
            if !parser.starts_step() {
                return Ok(Pattern { steps: Vec::new(), start });
            }
        } else if parser.starts_primary() {
            start = Start::Nodes(parser.primary()?);
            if parser.eat("//") {
                join = Join::Ancestor;
            } else if !parser.eat("/") {
                return Ok(Pattern { steps: Vec::new(), start });
            }
        }
        let mut steps = Vec::new();
        loop {
            let step = parser.step()?;
            if !matches!(step.axis, Axis::Child | Axis::Attribute) {
                return Err(exception(format!(
                    "Only 'child' and 'attribute' axes are allowed in a pattern outside predicates: '{text}'."
                )));
            }
            steps.push((step, join));
            if parser.eat("//") {
                join = Join::Ancestor;
            } else if parser.eat("/") {
                join = Join::Parent;
            } else {
                break;
            }
        }
        steps.reverse();
        Ok(Pattern { steps, start })
    }

    /// The priority of a rule with this pattern that has no other.
    pub(in crate::xml) fn priority(&self) -> f64 {
        match (self.steps.as_slice(), &self.start) {
            ([(step, _)], Start::Anywhere) if step.predicates.is_empty() => match &step.test {
                NodeTest::Name(_) | NodeTest::Instruction(Some(_)) => 0.0,
                NodeTest::InNamespace(_) => -0.25,
                _ => -0.5,
            },
            _ => 0.5,
        }
    }

    /// Whether a node matches; the node of the context is not looked at.
    pub(in crate::xml) async fn matches(&self, item: &Item, context: &Context<'_>) -> Result<bool, Exception> {
        // Most patterns do not match most nodes.
        if self.steps.first().is_some_and(|(step, _)| !test_passes(step, item)) {
            context.budget.take(1)?;
            return Ok(false);
        }
        self.matches_from(0, item, context).await
    }

    /// Whether the steps from `index` on match, backward from a node. Recursion is bounded by the length of the pattern.
    async fn matches_from(&self, index: usize, item: &Item, context: &Context<'_>) -> Result<bool, Exception> {
        context.budget.take(1)?;
        let Some((step, join)) = self.steps.get(index) else { return self.starts_at(item, context).await };
        if !step_matches(step, item, context).await? {
            return Ok(false);
        }
        if index + 1 == self.steps.len() && matches!(self.start, Start::Anywhere) {
            return Ok(true);
        }
        let mut above = item.parent();
        while let Some(candidate) = above {
            if Box::pin(self.matches_from(index + 1, &candidate, context)).await? {
                return Ok(true);
            }
            if *join == Join::Parent {
                return Ok(false);
            }
            above = candidate.parent();
        }
        Ok(false)
    }

    async fn starts_at(&self, item: &Item, context: &Context<'_>) -> Result<bool, Exception> {
        match &self.start {
            Start::Anywhere => Ok(true),
            Start::Root => Ok(item.parent().is_none()),
            Start::Nodes(expr) => {
                let nodes = expr.nodes(&context.at(item.clone(), 1, 1)).await?;
                context.budget.take(nodes.len())?;
                Ok(nodes.iter().any(|node| is_same(node, item)))
            }
        }
    }
}

/// Whether a node is what a step looks for, but for predicates. The root matches no step, and namespaces match nothing.
fn test_passes(step: &Step, item: &Item) -> bool {
    let is_attribute = matches!(item, Item::Attribute(_));
    is_attribute == (step.axis == Axis::Attribute)
        && passes(&step.test, step.axis, item)
        && !matches!(item, Item::Namespace { .. })
        && (item.parent().is_some() || is_element(item))
}

async fn step_matches(step: &Step, item: &Item, context: &Context<'_>) -> Result<bool, Exception> {
    if !test_passes(step, item) {
        return Ok(false);
    }
    if step.predicates.is_empty() {
        return Ok(true);
    }
    if !step.predicates.iter().any(Expr::depends_on_position) {
        for predicate in &step.predicates {
            if !predicate.evaluate(&context.at(item.clone(), 1, 1)).await?.to_boolean() {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let mut siblings = siblings(step, item);
    context.budget.take(siblings.len())?;
    for predicate in &step.predicates {
        siblings = context.filtered(siblings, predicate).await?;
    }
    Ok(siblings.iter().any(|sibling| is_same(sibling, item)))
}

fn is_element(item: &Item) -> bool {
    item.element().is_some()
}

/// The nodes that the step would find from the parent.
fn siblings(step: &Step, item: &Item) -> Vec<Item> {
    let Some(Item::Node(parent)) = item.parent() else { return vec![item.clone()] };
    let all: Vec<Item> = match item {
        Item::Attribute(_) => parent.attributes().into_iter().map(Item::Attribute).collect(),
        _ => children(&parent).map(Item::Node).collect(),
    };
    all.into_iter().filter(|sibling| passes(&step.test, step.axis, sibling)).collect()
}

impl Expr {
    /// Whether a predicate may look at the position of its node. Errs on the side of `true`.
    fn depends_on_position(&self) -> bool {
        match self {
            Expr::Literal(_) | Expr::Path { .. } => self.calls_position(),
            Expr::Binary { operator, .. } => operator.is_arithmetic() || self.calls_position(),
            Expr::Function { name, .. } => {
                let boolean = ["not", "contains", "starts-with", "boolean", "true", "false", "lang"];
                !boolean.iter().any(|known| name.is_plain(known)) || self.calls_position()
            }
            Expr::Number(_) | Expr::Variable(_) | Expr::Negate(_) | Expr::Filter { .. } => true,
        }
    }

    fn calls_position(&self) -> bool {
        let is_call = |name: &XName| name.is_plain("position") || name.is_plain("last");
        match self {
            Expr::Function { name, arguments } => is_call(name) || arguments.iter().any(Expr::calls_position),
            Expr::Binary { left, right, .. } => left.calls_position() || right.calls_position(),
            Expr::Negate(operand) => operand.calls_position(),
            // Inside a path, position is that of its own steps.
            Expr::Literal(_) | Expr::Number(_) | Expr::Variable(_) | Expr::Path { .. } => false,
            Expr::Filter { .. } => true,
        }
    }
}

/// The values that a key gives a node.
pub(in crate::xml) async fn key_values(value: &XPathValue, budget: &Budget) -> Result<Vec<Text>, Exception> {
    let XPathValue::Nodes(nodes) = value else { return Ok(vec![value.read(budget).await?]) };
    let mut values = Vec::with_capacity(nodes.len());
    for node in nodes {
        budget.pause().await;
        values.push(node.read(budget).await?);
    }
    Ok(values)
}
