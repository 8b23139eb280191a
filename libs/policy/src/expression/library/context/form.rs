//! `application/x-www-form-urlencoded` bodies as a dictionary. They are the caller's: any number of names, read in turns.

use std::rc::Rc;

use postern_dotnet::{Shards, Text, uri};

use super::body;
use crate::expression::array::Array;
use crate::expression::library::collections::DictionaryObject;
use crate::expression::library::collections::equality::Equality;
use crate::expression::library::linq::in_turns;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::types::Type;
use crate::expression::value::Value;

/// Bytes for a name or a value beside its text.
const ITEM_BYTES: usize = 64;

/// A form under way.
struct Reading {
    text: String,
    offset: usize,
    /// Names in the order in which they came first, with their values.
    fields: Vec<(Text, Vec<Text>)>,
    /// Where a name stands in `fields`.
    places: Shards<Text, usize>,
    dictionary: Rc<DictionaryObject>,
    /// Fields that are in the dictionary.
    added: usize,
}

/// `AsFormUrlEncodedContent()`.
///
/// # Errors
/// A spent budget; the end of the turn.
pub(super) fn read(call: &mut Call<'_, '_>) -> Result<Value, Thrown> {
    let dictionary = in_turns(
        call,
        |call| {
            let list = Type::generic("System.Collections.Generic.IList", [Type::String]);
            Ok(Reading {
                text: body::take(call)?.text(),
                offset: 0,
                fields: Vec::new(),
                places: Shards::default(),
                dictionary: Rc::new(DictionaryObject::new([Type::String, list], Equality::from_argument(&Value::Null))),
                added: 0,
            })
        },
        |machine, reading| {
            while let Some(pair) = reading.next() {
                machine.charge_memory(pair + ITEM_BYTES)?;
                machine.end_turn()?;
            }
            while let Some((name, values)) = reading.fields.get_mut(reading.added) {
                let values = Value::object(Array::texts(std::mem::take(values)));
                reading.dictionary.add(machine, &Value::String(name.clone()), values)?;
                reading.added += 1;
                machine.end_turn()?;
            }
            Ok(Rc::clone(&reading.dictionary))
        },
    )?;
    Ok(Value::Object(dictionary))
}

impl Reading {
    /// Reads the next field that is not empty, and says how many bytes it has.
    fn next(&mut self) -> Option<usize> {
        loop {
            let rest = self.text.get(self.offset..).filter(|rest| !rest.is_empty())?;
            let pair = rest.split('&').next().unwrap_or(rest);
            self.offset += pair.len() + 1;
            if pair.is_empty() {
                continue;
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name = Text::from(uri::url_decode(name).into_owned());
            let value = Text::from(uri::url_decode(value).into_owned());
            let place = self.places.get(&name).copied();
            match place.and_then(|place| self.fields.get_mut(place)) {
                Some((_, values)) => values.push(value),
                None => {
                    self.places.add(name.clone(), self.fields.len());
                    self.fields.push((name, vec![value]));
                }
            }
            return Some(pair.len());
        }
    }
}
