//! "Content": what constructors and `Add` take. Nodes, attributes, plain values, and sequences of them.

use postern_dotnet::number::{Number, NumberType};
use postern_dotnet::xml::{Content, XNode, convert};
use postern_dotnet::{Exception, Text};

use super::super::dates::{DateTimeOffsetValue, DateTimeValue, TimeSpanValue};
use super::super::values::number;
use super::node::{charge_attributes, charge_levels};
use super::values::{attribute_of, charge_copy, node_of};
use crate::expression::display;
use crate::expression::library::linq::{Source, in_turns};
use crate::expression::limits::CALL_DEPTH_MAX;
use crate::expression::machine::{Limit, Machine, Thrown};
use crate::expression::native::Call;
use crate::expression::object::Enumerator;
use crate::expression::sequence::Items;
use crate::expression::value::Value;

/// Steps for a piece of content: it is kept, and added to its parent.
const CONTENT_STEPS: usize = 20;

/// The content of a call: its argument at `index`. Sequences are walked over in turns; sequences inside of them make one list with them, as they do where
/// they are added.
pub(super) fn content(call: &mut Call<'_, '_>, index: usize) -> Result<Content, Thrown> {
    in_turns(
        call,
        |call| Ok((Contents::new(call.take(index)), Vec::new())),
        |machine, (contents, found)| {
            while let Some(content) = contents.next(machine)? {
                // It is copied if it has a parent, also one that it gets before it is added.
                if let Content::Node(node) = &content {
                    charge_copy(machine, node)?;
                }
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
            while let Some(content) = contents.next(machine)? {
                charge_attributes(machine, node, &content)?;
                charge_levels(machine, node, &content)?;
                charge_added(machine, node, &content)?;
                node.add(content)?;
                machine.end_turn()?;
            }
            Ok(node.clone())
        },
    )
}

/// Pays for a node that becomes a child of `parent` now: it is copied if it has a parent or would hold itself.
fn charge_added(machine: &mut Machine<'_>, parent: &XNode, content: &Content) -> Result<(), Thrown> {
    let Content::Node(node) = content else { return Ok(()) };
    let is_free = node.tree_root().is(node);
    if is_free && !parent.tree_root().is(node) { Ok(()) } else { charge_copy(machine, node) }
}

/// Sequences under way inside of each other.
struct Contents(Vec<Source>);

impl Contents {
    fn new(whole: Value) -> Contents {
        let whole: Box<dyn Enumerator> = Box::new(Items(vec![whole].into_iter()));
        Contents(vec![Source::of_walk(whole)])
    }

    /// The next piece that is no sequence.
    fn next(&mut self, machine: &mut Machine<'_>) -> Result<Option<Content>, Thrown> {
        while let Some(source) = self.0.last_mut() {
            match source.next(machine)? {
                Some(item) if is_sequence(&item) => {
                    if self.0.len() > CALL_DEPTH_MAX as usize {
                        return Err(Thrown::Limit(Limit::Depth));
                    }
                    self.0.push(Source::new(item));
                }
                Some(item) => return machine.in_one_turn(|machine| from_value(machine, &item)).map(Some),
                None => drop(self.0.pop()),
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
