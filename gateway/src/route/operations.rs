//! The operations of one API: a tree over the segments of their URL templates.
//!
//! Precedence at each segment: literal, then a pattern of several parts (more fixed octets first), then a parameter, then
//! the wildcard; where that leads nowhere, back to the next choice. Among operations with the same path: more query
//! parameters first, then a named method before `*`. What must hold: no request meets more nodes, patterns and candidates
//! than [`OVERLAP_STEPS_MAX`], because [`OperationTable::build`] computes the worst case and refuses templates beyond it.

use super::limits::{OPERATIONS_MAX, OVERLAP_STEPS_MAX, TEMPLATE_PARAMETERS_MAX};
use super::literals::{Literals, NONE, NodeId};
use super::method::{Method, MethodKey};
use super::query;
use super::segment::Segment;
use super::template::{Pattern, QueryPart, QueryValue, Segment as TemplateSegment, Template};

/// Immutable; shared by all workers.
#[derive(Debug, Default)]
pub struct OperationTable {
    nodes: Box<[Node]>,
    literals: Literals,
    patterns: Box<[(Pattern, NodeId)]>,
    candidates: Box<[Candidate]>,
}

#[derive(Debug, Clone)]
struct Node {
    has_literals: bool,
    parameter: NodeId,
    patterns: Span,
    /// Operations whose template ends here.
    end: Span,
    /// Operations whose template ends here with a wildcard.
    wildcard: Span,
}

/// Elements of one of the flat lists.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    count: u32,
}

impl Span {
    fn of<T>(self, list: &[T]) -> &[T] {
        list.get(self.start as usize..(self.start + self.count) as usize).unwrap_or(&[])
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    method: MethodKey,
    operation: u32,
    query: Box<[QueryPart]>,
}

/// Values of a template's parameters: byte ranges in the normalised path, then in the query.
#[derive(Debug, Clone)]
pub(super) struct Captures {
    ranges: [(u32, u32); TEMPLATE_PARAMETERS_MAX],
    count: usize,
    /// How many of them are in the path.
    pub(super) in_path: usize,
}

impl Captures {
    /// An optional query parameter that is not in the request.
    const ABSENT: (u32, u32) = (u32::MAX, u32::MAX);

    pub(super) fn clear(&mut self) {
        self.count = 0;
        self.in_path = 0;
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn range(&self, index: usize) -> Option<std::ops::Range<usize>> {
        let (start, end) = *self.ranges[..self.count].get(index)?;
        ((start, end) != Self::ABSENT).then_some(start as usize..end as usize)
    }

    /// Templates have no more parameters than there is room for.
    fn push(&mut self, start: usize, end: usize) {
        if let Some(range) = self.ranges.get_mut(self.count) {
            *range = (start as u32, end as u32);
            self.count += 1;
        }
    }
}

impl Default for Captures {
    fn default() -> Self {
        Self { ranges: [(0, 0); TEMPLATE_PARAMETERS_MAX], count: 0, in_path: 0 }
    }
}

/// Which operations are acceptable.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// This method, or `*`.
    Method(Method<'a>),
    /// This method, not `*`.
    Named(Method<'a>),
    /// Any: used to answer a preflight for a method that no operation has.
    Any,
}

/// One search.
pub(super) struct Search<'a> {
    /// The whole normalised path.
    pub(super) path: &'a [u8],
    pub(super) query: &'a [u8],
    pub(super) wanted: Wanted<'a>,
    /// Whether `path` has a `%`.
    pub(super) escaped: bool,
    /// Whether `path` has a `;`.
    pub(super) parameters: bool,
    pub(super) captures: &'a mut Captures,
    pub(super) steps: &'a mut u32,
}

/// Why operations cannot be matched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    #[error("an API may have {OPERATIONS_MAX} operations at most")]
    TooManyOperations,
    #[error(
        "the URL templates overlap so much that a request could take {steps} steps to match, {OVERLAP_STEPS_MAX} are allowed"
    )]
    Overlap { steps: u64 },
}

/// An operation that can never be reached: another one has the same method and template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hidden {
    pub operation: u32,
    pub by: u32,
}

impl OperationTable {
    /// Builds the table; the index of a pair is the operation's index. Also returns the operations that others hide.
    ///
    /// # Errors
    /// When the limits are exceeded.
    pub fn build<'a>(
        operations: impl IntoIterator<Item = (&'a str, &'a Template)>,
    ) -> Result<(Self, Vec<Hidden>), TableError> {
        let mut builder = Builder::default();
        for (index, (method, template)) in operations.into_iter().enumerate() {
            if index == OPERATIONS_MAX {
                return Err(TableError::TooManyOperations);
            }
            builder.add(index as u32, method, template);
        }
        let steps = builder.worst_case_steps();
        if steps > OVERLAP_STEPS_MAX {
            return Err(TableError::Overlap { steps });
        }
        let hidden = std::mem::take(&mut builder.hidden);
        Ok((builder.finish(), hidden))
    }

    /// The operation for the rest of the path that begins at `at` (at the end, or at a slash).
    pub(super) fn find(&self, search: &mut Search<'_>, at: usize) -> Option<u32> {
        search.captures.clear();
        if self.nodes.is_empty() { None } else { self.descend(0, at, search) }
    }

    fn descend(&self, id: NodeId, at: usize, search: &mut Search<'_>) -> Option<u32> {
        let node = &self.nodes[id as usize];
        *search.steps += 1;
        let start = at + 1;
        // A trailing slash makes no difference (apim.md §10.2).
        if start >= search.path.len() {
            let operation = self.accept(node.end, search);
            return operation.or_else(|| self.accept_wildcard(node, search.path.len(), search));
        }
        // Hashed only where there is something to look up.
        let literal = node.has_literals.then(|| Segment::next(search.path, start, search.escaped));
        let end = match &literal {
            Some(segment) => start + segment.octets.len(),
            None => memchr::memchr(b'/', &search.path[start..]).map_or(search.path.len(), |length| start + length),
        };
        let octets = &search.path[start..end];
        if let Some(segment) = literal
            && let Some(child) = self.literals.find_lenient(id, &segment, search.parameters, search.steps)
            && let Some(operation) = self.descend(child, end, search)
        {
            return Some(operation);
        }
        let mark = search.captures.count;
        for (pattern, child) in node.patterns.of(&self.patterns) {
            *search.steps += 1;
            let captures = &mut *search.captures;
            if pattern.find(octets, |from, to| captures.push(start + from, start + to))
                && let Some(operation) = self.descend(*child, end, search)
            {
                return Some(operation);
            }
            search.captures.count = mark;
        }
        if node.parameter != NONE {
            search.captures.push(start, end);
            if let Some(operation) = self.descend(node.parameter, end, search) {
                return Some(operation);
            }
            search.captures.count = mark;
        }
        self.accept_wildcard(node, start, search)
    }

    fn accept_wildcard(&self, node: &Node, start: usize, search: &mut Search<'_>) -> Option<u32> {
        if node.wildcard.count == 0 {
            return None;
        }
        let mark = search.captures.count;
        search.captures.push(start, search.path.len());
        let operation = self.accept(node.wildcard, search);
        if operation.is_none() {
            search.captures.count = mark;
        }
        operation
    }

    /// The first of the candidates whose method and query fit.
    fn accept(&self, candidates: Span, search: &mut Search<'_>) -> Option<u32> {
        let in_path = search.captures.count;
        for candidate in candidates.of(&self.candidates) {
            *search.steps += 1;
            let method_fits = match search.wanted {
                Wanted::Method(method) => candidate.method.matches(method),
                Wanted::Named(method) => candidate.method.is(method),
                Wanted::Any => true,
            };
            if !method_fits {
                continue;
            }
            if candidate.query.iter().all(|part| capture(part, search)) {
                search.captures.in_path = in_path;
                return Some(candidate.operation);
            }
            search.captures.count = in_path;
        }
        None
    }
}

/// Whether a part of the template's query fits the request's; captures its value.
fn capture(part: &QueryPart, search: &mut Search<'_>) -> bool {
    let found = query::value(search.query, &part.name);
    match (&part.value, found) {
        (QueryValue::Literal(literal), Some(pair)) => query::is(pair.value, literal),
        (QueryValue::Literal(_) | QueryValue::Required, None) => false,
        (QueryValue::Required | QueryValue::Optional, Some(pair)) => {
            search.captures.push(pair.start, pair.start + pair.value.len());
            true
        }
        (QueryValue::Optional, None) => {
            let (start, end) = Captures::ABSENT;
            search.captures.push(start as usize, end as usize);
            true
        }
    }
}

#[derive(Default)]
struct Builder {
    nodes: Vec<Growing>,
    literals: Literals,
    /// Parent of each node that a literal leads to.
    literal_parents: Vec<NodeId>,
    hidden: Vec<Hidden>,
}

#[derive(Default)]
struct Growing {
    has_literals: bool,
    parameter: Option<NodeId>,
    patterns: Vec<(Pattern, NodeId)>,
    end: Vec<Candidate>,
    wildcard: Vec<Candidate>,
}

impl Builder {
    fn add(&mut self, operation: u32, method: &str, template: &Template) {
        if self.nodes.is_empty() {
            self.node(NONE);
        }
        let mut id = 0;
        let mut wildcard = false;
        for segment in &template.segments {
            id = match segment {
                TemplateSegment::Literal(octets) => self.literal(id, octets),
                TemplateSegment::Parameter => self.parameter(id),
                TemplateSegment::Pattern(pattern) => self.pattern(id, pattern),
                TemplateSegment::Wildcard => {
                    wildcard = true;
                    break;
                }
            };
        }
        let candidate = Candidate { method: MethodKey::new(method), operation, query: template.query.clone().into() };
        let node = &mut self.nodes[id as usize];
        let list = if wildcard { &mut node.wildcard } else { &mut node.end };
        let same = |known: &&Candidate| known.method == candidate.method && same_query(&known.query, &candidate.query);
        match list.iter().find(same) {
            Some(first) => self.hidden.push(Hidden { operation, by: first.operation }),
            None => list.push(candidate),
        }
    }

    fn node(&mut self, literal_parent: NodeId) -> NodeId {
        self.nodes.push(Growing::default());
        self.literal_parents.push(literal_parent);
        (self.nodes.len() - 1) as NodeId
    }

    fn literal(&mut self, parent: NodeId, octets: &[u8]) -> NodeId {
        self.literals.find_key(parent, octets).unwrap_or_else(|| {
            let child = self.node(parent);
            self.literals.insert(parent, octets, child);
            self.nodes[parent as usize].has_literals = true;
            child
        })
    }

    fn parameter(&mut self, parent: NodeId) -> NodeId {
        self.nodes[parent as usize].parameter.unwrap_or_else(|| {
            let child = self.node(NONE);
            self.nodes[parent as usize].parameter = Some(child);
            child
        })
    }

    fn pattern(&mut self, parent: NodeId, pattern: &Pattern) -> NodeId {
        let known = self.nodes[parent as usize].patterns.iter().find(|(known, _)| known == pattern);
        if let Some((_, child)) = known {
            return *child;
        }
        let child = self.node(NONE);
        self.nodes[parent as usize].patterns.push((pattern.clone(), child));
        child
    }

    /// An upper bound of the nodes and candidates one request can meet. Children are younger than their parents, so one
    /// pass from the youngest node up has every child's figure when it needs it.
    fn worst_case_steps(&self) -> u64 {
        let mut steps = vec![0u64; self.nodes.len()];
        // Only one literal can match, so the costliest counts; patterns and the parameter can all match and fail.
        let mut costliest_literal = vec![0u64; self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate().rev() {
            let of = |child: NodeId| steps[child as usize];
            let others: u64 = node.patterns.iter().map(|(_, child)| 1 + of(*child)).sum();
            let parameter = node.parameter.map_or(0, of);
            let candidates = (node.end.len() + node.wildcard.len()) as u64;
            steps[id] = 1 + costliest_literal[id] + others + parameter + candidates;
            let parent = self.literal_parents[id];
            if parent != NONE {
                let costliest = &mut costliest_literal[parent as usize];
                *costliest = (*costliest).max(steps[id]);
            }
        }
        steps.first().copied().unwrap_or(0)
    }

    fn finish(self) -> OperationTable {
        let mut patterns = Vec::new();
        let mut candidates = Vec::new();
        let mut nodes = Vec::with_capacity(self.nodes.len());
        for mut node in self.nodes {
            node.patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.fixed_octets()));
            node.end.sort_by_key(specificity);
            node.wildcard.sort_by_key(specificity);
            nodes.push(Node {
                has_literals: node.has_literals,
                parameter: node.parameter.unwrap_or(NONE),
                patterns: append(&mut patterns, node.patterns),
                end: append(&mut candidates, node.end),
                wildcard: append(&mut candidates, node.wildcard),
            });
        }
        OperationTable {
            nodes: nodes.into(),
            literals: self.literals,
            patterns: patterns.into(),
            candidates: candidates.into(),
        }
    }
}

fn append<T>(list: &mut Vec<T>, elements: Vec<T>) -> Span {
    let span = Span { start: list.len() as u32, count: elements.len() as u32 };
    list.extend(elements);
    span
}

/// Two templates that the same requests fit: parameters by other names make no difference.
fn same_query(left: &[QueryPart], right: &[QueryPart]) -> bool {
    left.len() == right.len() && left.iter().all(|part| right.contains(part))
}

/// Smaller comes first: more literal values, then more required parameters, then a named method.
fn specificity(candidate: &Candidate) -> (std::cmp::Reverse<(usize, usize)>, bool) {
    let literals = candidate.query.iter().filter(|part| matches!(part.value, QueryValue::Literal(_))).count();
    let required = candidate.query.iter().filter(|part| part.value == QueryValue::Required).count();
    (std::cmp::Reverse((literals, required)), candidate.method.is_any())
}

#[cfg(test)]
mod tests;
