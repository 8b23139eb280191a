//! Natives that put what they made into an array of the caller, in turns.

use std::rc::Rc;

use super::linq::in_turns;
use super::values::int;
use crate::expression::array::Array;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;
use crate::expression::value::Value;

/// What goes into an array that has room for it.
pub(super) struct Filling {
    pub(super) array: Rc<Array>,
    /// Where it begins in the array.
    pub(super) start: usize,
    pub(super) made: Made,
}

/// Items that take less room before they are values.
pub(super) enum Made {
    Bytes(Vec<u8>),
    Units(Vec<u16>),
    /// Characters of ASCII.
    Letters(String),
}

impl Made {
    pub(super) fn len(&self) -> usize {
        match self {
            Made::Bytes(bytes) => bytes.len(),
            Made::Units(units) => units.len(),
            Made::Letters(letters) => letters.len(),
        }
    }

    fn value(&self, index: usize) -> Option<Value> {
        match self {
            Made::Bytes(bytes) => bytes.get(index).copied().map(Value::Byte),
            Made::Units(units) => units.get(index).copied().map(Value::Char),
            Made::Letters(letters) => letters.as_bytes().get(index).map(|letter| Value::Char((*letter).into())),
        }
    }
}

/// Fills the array that `begin` gives; how many items that were. The native does nothing before.
///
/// # Errors
/// What `begin` throws, a spent budget, the end of the turn.
pub(super) fn fill<'h>(
    call: &mut Call<'_, 'h>,
    begin: impl FnOnce(&mut Call<'_, 'h>) -> Result<Filling, Thrown>,
) -> Result<Value, Thrown> {
    /// Items between two places where the turn may end.
    const PIECE: usize = 4096;
    in_turns(
        call,
        |call| Ok((begin(call)?, 0)),
        |machine, (filling, filled)| {
            let count = filling.made.len();
            while *filled < count {
                let end = count.min(*filled + PIECE);
                machine.charge(end - *filled)?;
                let values = (*filled..end).filter_map(|index| filling.made.value(index));
                filling.array.fill(filling.start + *filled, values)?;
                *filled = end;
                machine.end_turn()?;
            }
            Ok(int(count))
        },
    )
}
