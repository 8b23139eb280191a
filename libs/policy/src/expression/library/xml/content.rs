//! "Content": what constructors and `Add` take. Nodes, attributes, plain values, and sequences of them.

use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::xml::{Content, XNode, convert};
use postern_dotnet::{Exception, Text};

use super::super::dates::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue};
use super::super::values::number;
use super::node::{charge_attributes, charge_levels};
use super::values::{attribute_of, charge_copy, copy_of, node_of};
use crate::expression::display;
use crate::expression::library::linq::{Source, in_turns};
use crate::expression::library::pieces::ONE_GO_NODES_MAX;
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::sequence::Items;
use crate::expression::value::Value;

/// Steps for a piece of content: it is kept, and added to its parent.
const CONTENT_STEPS: usize = 20;

/// The content of a call that changes `this`: its argument at `index`. Sequences are walked over in turns; sequences inside of them make one list with
/// them, as they do where they are added. `is_emptied`: the nodes in `this` are taken out before, and stay the same ones.
pub(super) fn content(
    call: &mut Call<'_, '_>,
    index: usize,
    this: &XNode,
    is_emptied: bool,
) -> Result<Content, Thrown> {
    in_turns(
        call,
        |call| Ok((Contents::new(call.take(index)), Vec::new(), Vec::new())),
        |machine, (contents, found, large)| {
            while let Some(content) = contents.following(machine)? {
                let content = match &content {
                    Content::Node(node) if is_emptied && node.parent().is_some_and(|parent| parent.is(this)) => content,
                    // `ReplaceWith` takes it out before it adds it.
                    Content::Node(node) if node.is(this) => {
                        charge_copy(machine, node)?;
                        content
                    }
                    // The second time it has a parent, which it got the first time.
                    Content::Node(node) if large.iter().any(|other| node.is(other)) => {
                        Content::Node(copy_of(machine, node)?)
                    }
                    _ => {
                        if let Content::Node(node) = &content
                            && node.parent().is_none()
                            && is_large(machine, node)?
                        {
                            large.push(node.clone());
                        }
                        adopted(machine, this, content)?
                    }
                };
                contents.next = None;
                found.push(content);
                machine.end_turn()?;
            }
            Ok(Content::Many(std::mem::take(found)))
        },
    )
}

/// Adds the content of a call, its argument at `index`, to the node that `begin` gives, in turns.
pub(super) fn add(
    call: &mut Call<'_, '_>,
    index: usize,
    begin: impl FnOnce(&mut Call<'_, '_>) -> Result<XNode, Thrown>,
) -> Result<XNode, Thrown> {
    in_turns(
        call,
        |call| Ok((begin(call)?, Contents::new(call.take(index)))),
        |machine, (node, contents)| {
            while let Some(content) = contents.following(machine)? {
                charge_attributes(machine, node, &content)?;
                charge_levels(machine, node, &content)?;
                let content = adopted(machine, node, content)?;
                contents.next = None;
                node.add(content)?;
                machine.end_turn()?;
            }
            Ok(node.clone())
        },
    )
}

/// What becomes a part of `parent`: a copy of a node that has a parent or would hold itself. The node would be copied anyway, but in one go.
fn adopted(machine: &mut Machine<'_>, parent: &XNode, content: Content) -> Result<Content, Thrown> {
    let Content::Node(node) = &content else { return Ok(content) };
    let is_copied = node.parent().is_some()
        || node.child_count() > 0 && {
            machine.charge(parent.depth())?;
            parent.tree_root().is(node)
        };
    if is_copied { copy_of(machine, node).map(Content::Node) } else { Ok(content) }
}

/// Whether copying it takes turns.
fn is_large(machine: &mut Machine<'_>, node: &XNode) -> Result<bool, Thrown> {
    let count = node.node_count_within(ONE_GO_NODES_MAX);
    machine.charge(count)?;
    Ok(count > ONE_GO_NODES_MAX)
}

/// Sequences under way inside of each other.
struct Contents {
    open: Vec<Source>,
    /// The piece that comes next; it stays here until it is in its place.
    next: Option<Content>,
}

impl Contents {
    fn new(whole: Value) -> Contents {
        let whole: Box<dyn Enumerator> = Box::new(Items(vec![whole].into_iter()));
        Contents { open: vec![Source::of_walk(whole)], next: None }
    }

    /// The piece that comes next, the same one until it is taken out of [`next`](Contents::next).
    fn following(&mut self, machine: &mut Machine<'_>) -> Result<Option<Content>, Thrown> {
        if self.next.is_none() {
            self.next = self.piece(machine)?;
        }
        Ok(self.next.clone())
    }

    /// The next piece that is no sequence.
    fn piece(&mut self, machine: &mut Machine<'_>) -> Result<Option<Content>, Thrown> {
        while let Some(source) = self.open.last_mut() {
            match source.next(machine)? {
                Some(item) if is_sequence(&item) => {
                    if self.open.len() > CALL_DEPTH_MAX as usize {
                        return Err(Thrown::Limit(Limit::Depth));
                    }
                    self.open.push(Source::new(item));
                }
                Some(item) => return machine.in_one_turn(|machine| from_value(machine, &item)).map(Some),
                None => drop(self.open.pop()),
            }
        }
        Ok(None)
    }
}

/// Whether a value is walked over for its items.
fn is_sequence(value: &Value) -> bool {
    let Value::Object(object) = value else { return false };
    let is_plain = node_of(value).is_none() && attribute_of(value).is_none();
    is_plain && std::rc::Rc::clone(object).enumerate().is_some()
}

fn from_value(machine: &mut Machine<'_>, value: &Value) -> Result<Content, Thrown> {
    machine.charge(CONTENT_STEPS)?;
    if value.is_null() {
        return Ok(Content::Nothing);
    }
    if let Some(node) = node_of(value) {
        return Ok(Content::Node(node.clone()));
    }
    if let Some(attribute) = attribute_of(value) {
        return Ok(Content::Attribute(attribute.clone()));
    }
    plain_text(machine, value).map(Content::Text)
}

/// `XContainer.GetStringValue`: a plain value as XML writes it.
///
/// # Errors
/// `ArgumentException` for nodes and attributes.
pub(super) fn plain_text(machine: &mut Machine<'_>, value: &Value) -> Result<Text, Thrown> {
    let value = value.unboxed();
    if node_of(value).is_some() || attribute_of(value).is_some() {
        return Err(
            Exception::new(postern_dotnet::ExceptionType::Argument, "An XObject cannot be used as a value.").into()
        );
    }
    if let Value::Bool(value) = value {
        return Ok(Text::new_static(convert::boolean_text(*value)));
    }
    if let Some(number @ (Number::Single(_) | Number::Double(_) | Number::Decimal(_))) = number(value) {
        return Ok(Text::from(convert::number_text(number)?));
    }
    if let Some(value) = value.downcast_ref::<DateTimeValue>() {
        return Ok(Text::from(convert::date_text(value.0)?));
    }
    if let Some(value) = value.downcast_ref::<DateTimeOffsetValue>() {
        return Ok(Text::from(convert::date_offset_text(value.0)?));
    }
    if let Some(value) = value.downcast_ref::<TimeSpanValue>() {
        return Ok(Text::from(convert::duration_text(value.0)));
    }
    let text = display::to_text(value, machine)?;
    machine.charge_memory(text.len())?;
    Ok(text)
}

/// The plain text of an argument that must not be null.
///
/// # Errors
/// `ArgumentNullException` for `value`.
pub(super) fn required_plain(call: &mut Call<'_, '_>, index: usize) -> Result<Text, Thrown> {
    optional_plain(call, index)?.ok_or_else(|| Exception::argument_null("value").into())
}

/// The plain text of an argument; `None` for null.
pub(super) fn optional_plain(call: &mut Call<'_, '_>, index: usize) -> Result<Option<Text>, Thrown> {
    let value = call.take(index);
    if value.is_null() {
        return Ok(None);
    }
    plain_text(call.machine, &value).map(Some)
}

/// A number in a text, as XML has it.
pub(super) fn parse_number(of: NumberType, text: &str) -> Result<Value, Exception> {
    convert::parse_number(of, text).map(super::super::values::from_number)
}
