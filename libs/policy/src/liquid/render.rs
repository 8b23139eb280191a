//! Nodes to text.

use std::rc::Rc;

use postern_dotnet::Rope;
use postern_dotnet::date::DateTime;
use postern_dotnet::work::Pace;

use super::data::Data;
use super::tree::{For, Node, Operand, Output};
use super::walk::Walk;
use super::words::Words;
use super::write::Writing;
use super::{MADE_BYTES_MAX, STEPS_MAX};
use crate::limits::MADE_BODY_BYTES_MAX;

/// Steps of a turn for a node.
const NODE_STEPS: u64 = 15;
/// Bytes of text that are made in one step of a turn.
const BYTES_PER_STEP: usize = 16;
/// Bytes of data that are written as text before the turn may end, and in one step.
const DATA_AT_ONCE: usize = 1024;
const DATA_BYTES_PER_STEP: usize = 2;
/// Bytes of a text that are written before the turn may end.
const PUSHED_AT_ONCE: usize = 16 * 1024;
/// Items that are looked at before the turn may end, and what they take at least.
const ITEMS_AT_ONCE: usize = 256;
const ITEMS_STEPS: u64 = 512;
/// Steps of a turn for what [`Data::cost`] counts as one.
const COST_STEPS: u64 = 8;
/// Items that are made or compared for one of these.
const ITEMS_PER_STEP: usize = 4;

pub(super) async fn render(pace: Pace, nodes: &[Node], root: &Data, now: DateTime) -> Result<String, String> {
    let mut renderer = Renderer {
        pace,
        root,
        now,
        out: Rope::default(),
        locals: Vec::new(),
        assigned: Vec::new(),
        cycles: Vec::new(),
        changed: None,
        steps: 0,
        made: 0,
    };
    renderer.nodes(nodes).await?;
    Ok(renderer.out.join(&renderer.pace).await)
}

/// Whether a loop goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    On,
    Break,
    Continue,
}

pub(super) struct Renderer<'r> {
    pub(super) pace: Pace,
    pub(super) root: &'r Data,
    pub(super) now: DateTime,
    out: Rope,
    /// Variables of loops, the innermost last.
    pub(super) locals: Vec<(Rc<str>, Data)>,
    pub(super) assigned: Vec<(Rc<str>, Data)>,
    /// Positions of `cycle` and numbers of `increment`.
    cycles: Vec<(Rc<str>, i64)>,
    /// What the last `ifchanged` made.
    changed: Option<String>,
    pub(super) steps: usize,
    made: usize,
}

impl Renderer<'_> {
    async fn step(&mut self) -> Result<(), String> {
        self.pace.take(NODE_STEPS).await;
        self.count_step()
    }

    /// Accounts for so many items, or eights of bytes, that a condition or range goes through.
    pub(super) fn look_at(&mut self, items: usize) {
        self.steps = self.steps.saturating_add(items / ITEMS_PER_STEP);
    }

    fn count_step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > STEPS_MAX { Err("The template takes too many steps.".to_owned()) } else { Ok(()) }
    }

    /// Accounts for a text that was made.
    pub(super) fn charge(&mut self, bytes: usize) -> Result<(), String> {
        self.made = self.made.saturating_add(bytes);
        if self.made > MADE_BYTES_MAX || self.out.len() > MADE_BODY_BYTES_MAX {
            return Err(format!("The body would be longer than {MADE_BODY_BYTES_MAX} bytes."));
        }
        Ok(())
    }

    /// Bytes that were accounted for so far.
    pub(super) fn charged(&self) -> usize {
        self.made
    }

    pub(super) fn push(&mut self, text: &str) -> Result<(), String> {
        self.charge(text.len())?;
        self.out.end.push_str(text);
        self.out.cut();
        Ok(())
    }

    /// Adds another text to what is written.
    fn append(&mut self, text: Rope) -> Result<(), String> {
        self.out.append(text);
        self.charge(0)
    }

    /// Data as text.
    pub(super) async fn text_of(&mut self, data: &Data) -> Result<Rope, String> {
        let mut text = Rope::default();
        let mut writing = Writing::new(data, &mut text.end);
        let mut charged = 0;
        loop {
            let length = text.end.len() + DATA_AT_ONCE;
            let is_more = writing.go_on(&mut text.end, length, ITEMS_AT_ONCE);
            let written = text.len() - charged;
            self.charge(written)?;
            let steps = (written / DATA_BYTES_PER_STEP) as u64;
            if !is_more {
                self.pace.take(steps).await;
                return Ok(text);
            }
            self.pace.take(steps.max(ITEMS_STEPS)).await;
            charged = text.len();
            text.cut();
        }
    }

    /// The same as one text.
    pub(super) async fn whole_text(&mut self, data: &Data) -> Result<Words, String> {
        Ok(match data {
            Data::Text(text) => text.clone(),
            Data::List(_) | Data::Map(_) => {
                let text = self.text_of(data).await?;
                text.join(&self.pace).await.into()
            }
            small => small.to_text().into(),
        })
    }

    /// Writes data as text.
    async fn write(&mut self, data: &Data) -> Result<(), String> {
        match data {
            Data::Text(text) => {
                let mut rest = &**text;
                while !rest.is_empty() {
                    let end = rest.ceil_char_boundary(PUSHED_AT_ONCE);
                    let (piece, behind) = rest.split_at_checked(end).unwrap_or((rest, ""));
                    self.pace.take((piece.len() / BYTES_PER_STEP) as u64).await;
                    self.push(piece)?;
                    rest = behind;
                }
                Ok(())
            }
            Data::List(_) | Data::Map(_) => {
                let text = self.text_of(data).await?;
                self.append(text)
            }
            small => self.push(&small.to_text()),
        }
    }

    /// What nodes write, apart from what is written.
    async fn apart(&mut self, nodes: &[Node]) -> Result<(Flow, Rope), String> {
        let outer = std::mem::take(&mut self.out);
        let flow = Box::pin(self.nodes(nodes)).await?;
        Ok((flow, std::mem::replace(&mut self.out, outer)))
    }

    async fn nodes(&mut self, nodes: &[Node]) -> Result<Flow, String> {
        for node in nodes {
            let (steps, made) = (self.steps, self.made);
            self.step().await?;
            let flow = self.node(node).await?;
            let looked_at = self.steps.saturating_sub(steps + 1) as u64;
            let made = self.made.saturating_sub(made) / BYTES_PER_STEP;
            self.pace.take(looked_at.saturating_mul(COST_STEPS).saturating_add(made as u64)).await;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    async fn node(&mut self, node: &Node) -> Result<Flow, String> {
        match node {
            Node::Text(text) => self.push(text)?,
            Node::Output(output) => {
                let value = self.output(output).await?;
                self.write(&value).await?;
            }
            Node::Assign(name, output) => {
                let value = self.output(output).await?;
                self.assign(name, value);
            }
            Node::Capture(name, nodes) => {
                let (flow, text) = self.apart(nodes).await?;
                let text = text.join(&self.pace).await;
                self.assign(name, Data::words(text));
                return Ok(flow);
            }
            Node::If(branches) => {
                for (condition, nodes) in branches {
                    let holds = match condition {
                        Some(condition) => self.holds(condition).await?,
                        None => true,
                    };
                    if holds {
                        return Box::pin(self.nodes(nodes)).await;
                    }
                }
            }
            Node::Case(subject, branches, otherwise) => return Box::pin(self.case(subject, branches, otherwise)).await,
            Node::For(repeat) => return Box::pin(self.repeat(repeat)).await,
            Node::Table(table, columns) => Box::pin(self.table(table, columns)).await?,
            Node::IfChanged(nodes) => {
                let (flow, made) = self.apart(nodes).await?;
                let made = made.join(&self.pace).await;
                if self.changed.as_ref() != Some(&made) {
                    self.out.end.push_str(&made);
                    self.out.cut();
                    self.charge(0)?;
                    self.changed = Some(made);
                }
                return Ok(flow);
            }
            Node::Cycle(group, values) => {
                let count = i64::try_from(values.len()).unwrap_or(1).max(1);
                let at = self.counter(group, 1).rem_euclid(count);
                if let Some(operand) = usize::try_from(at).ok().and_then(|at| values.get(at)) {
                    let value = self.value(operand)?;
                    self.write(&value).await?;
                }
            }
            Node::Count(name, by) => {
                let before = self.counter(&format!("#{name}"), *by);
                let shown = if *by < 0 { before - 1 } else { before };
                self.push(&shown.to_string())?;
            }
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::On)
    }

    /// The number before it is changed.
    fn counter(&mut self, name: &str, by: i64) -> i64 {
        match self.cycles.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, number)) => {
                let before = *number;
                *number = number.saturating_add(by);
                before
            }
            None => {
                self.cycles.push((name.into(), by));
                0
            }
        }
    }

    fn assign(&mut self, name: &str, value: Data) {
        match self.assigned.iter_mut().find(|(known, _)| &**known == name) {
            Some((_, old)) => *old = value,
            None => self.assigned.push((name.into(), value)),
        }
    }

    async fn case(
        &mut self,
        subject: &Operand,
        branches: &[(Vec<Operand>, Vec<Node>)],
        otherwise: &[Node],
    ) -> Result<Flow, String> {
        let subject = self.value(subject)?;
        let mut found = false;
        for (values, nodes) in branches {
            for value in values {
                if self.value(value)?.equals(&subject) {
                    found = true;
                    let flow = Box::pin(self.nodes(nodes)).await?;
                    if flow != Flow::On {
                        return Ok(flow);
                    }
                    break;
                }
            }
        }
        if found { Ok(Flow::On) } else { self.nodes(otherwise).await }
    }

    async fn repeat(&mut self, repeat: &For) -> Result<Flow, String> {
        let over = self.value(&repeat.over)?;
        let (mut walk, length) = self.walk(repeat, &over)?;
        if length == 0 {
            return self.nodes(&repeat.otherwise).await;
        }
        let mut has_text = false;
        for at in 0..length {
            let item = if repeat.reversed { walk.next_back() } else { walk.next() };
            let variables =
                [("forloop".into(), forloop(at, length)), ((*repeat.variable).into(), item.unwrap_or_default())];
            let flow = if repeat.commas {
                let outer = std::mem::take(&mut self.out);
                let flow = self.round(variables, &repeat.body).await?;
                let made = std::mem::replace(&mut self.out, outer);
                let mut is_blank = true;
                for piece in made.pieces() {
                    self.pace.take((piece.len() / BYTES_PER_STEP) as u64).await;
                    is_blank = is_blank && piece.trim_start().is_empty();
                }
                if !is_blank {
                    if has_text {
                        self.push(",")?;
                    }
                    has_text = true;
                }
                self.append(made)?;
                flow
            } else {
                self.round(variables, &repeat.body).await?
            };
            if flow == Flow::Break {
                break;
            }
        }
        Ok(Flow::On)
    }

    /// What a loop goes through, and how many there are.
    pub(super) fn walk(&mut self, repeat: &For, over: &Data) -> Result<(Walk, usize), String> {
        self.steps = self.steps.saturating_add(over.cost());
        let number =
            |found: Option<Data>| found.and_then(|found| found.integer()).and_then(|n| usize::try_from(n).ok());
        let offset = repeat.offset.as_ref().map(|operand| self.value(operand)).transpose()?;
        let limit = repeat.limit.as_ref().map(|operand| self.value(operand)).transpose()?;
        let walk = over.walk().within(number(offset).unwrap_or(0), number(limit).unwrap_or(usize::MAX));
        let length = walk.len();
        Ok((walk, length))
    }

    /// One round of a loop: its nodes with these variables.
    pub(super) async fn round(&mut self, variables: [(Rc<str>, Data); 2], nodes: &[Node]) -> Result<Flow, String> {
        self.step().await?;
        let depth = self.locals.len();
        self.locals.extend(variables);
        let flow = self.nodes(nodes).await;
        self.locals.truncate(depth);
        flow
    }

    async fn output(&mut self, output: &Output) -> Result<Data, String> {
        let mut value = self.value(&output.value)?;
        for (filter, arguments) in &output.filters {
            self.count_step()?;
            let arguments = arguments.iter().map(|operand| self.value(operand)).collect::<Result<Vec<_>, _>>()?;
            value = self.filter(*filter, value, &arguments).await?;
        }
        Ok(value)
    }
}

/// `forloop`
fn forloop(at: usize, length: usize) -> Data {
    let number = |number: usize| Data::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    Data::members(vec![
        ("Length", number(length)),
        ("Index", number(at + 1)),
        ("Index0", number(at)),
        ("Rindex", number(length - at)),
        ("Rindex0", number(length - at - 1)),
        ("First", Data::Bool(at == 0)),
        ("Last", Data::Bool(at + 1 == length)),
    ])
}
