//! The blocks that .NET keeps a builder's text in: only their sizes, since the text itself is one string here. `Capacity` tells of them, and how long a
//! builder with a bound may really become.

use postern_dotnet::Exception;

use super::rare::{BEYOND, FULL, LONGER};

/// Room that a builder begins with (`DefaultCapacity`).
const FIRST_ROOM: usize = 16;
/// Room that a block gets at most for what may still come (`MaxChunkSize`).
const ROOM_MAX: usize = 8000;

/// A block, in UTF-16 units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    units: usize,
    room: usize,
}

/// The blocks of a builder.
#[derive(Debug)]
pub(super) struct Blocks {
    /// All before the last one.
    before: Vec<Block>,
    /// Units in all of these.
    offset: usize,
    last: Block,
    /// Units that the builder may have.
    most: usize,
}

/// What is appended: each kind has an exception of its own where it does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Appended {
    Text,
    Character,
    Repeated,
    Builder,
}

impl Blocks {
    /// Those of a new builder; a room of 0 stands for what is usual.
    pub(super) fn new(units: usize, room: usize, most: usize) -> Blocks {
        let room = if room == 0 { FIRST_ROOM.min(most) } else { room };
        Blocks { before: Vec::new(), offset: 0, last: Block { units, room: room.max(units) }, most }
    }

    /// Units that the builder may have.
    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// `Length`.
    pub(super) fn units(&self) -> usize {
        self.offset + self.last.units
    }

    /// `Capacity`.
    pub(super) fn capacity(&self) -> usize {
        self.offset + self.last.room
    }

    /// Bytes that the blocks themselves take.
    pub(super) const BYTES_EACH: usize = size_of::<Block>();

    /// Appends to the last block, and what it has no room for to a new one.
    ///
    /// # Errors
    /// `ArgumentOutOfRangeException` where that is more than the builder may have. What the last block has room for may be appended all the same.
    pub(super) fn append(&mut self, units: usize, of: Appended) -> Result<(), Exception> {
        let is_beyond = self.units().saturating_add(units) > self.most;
        match of {
            Appended::Repeated if is_beyond => return Err(Exception::argument_out_of_range("repeatCount", LONGER)),
            Appended::Builder if is_beyond => return Err(Exception::argument_out_of_range("Capacity", BEYOND)),
            _ => {}
        }
        let free = self.last.room - self.last.units;
        if units <= free {
            self.last.units += units;
            return Ok(());
        }
        match of {
            Appended::Text if is_beyond => return Err(Exception::argument_out_of_range("valueCount", LONGER)),
            Appended::Character if is_beyond => return Err(Exception::argument_out_of_range("requiredLength", FULL)),
            _ => {}
        }
        self.last.units = self.last.room;
        let rest = units - free;
        let room = rest.max(self.units().min(ROOM_MAX));
        self.push(Block { units: rest, room });
        Ok(())
    }

    fn push(&mut self, block: Block) {
        self.offset += self.last.units;
        self.before.push(std::mem::replace(&mut self.last, block));
    }

    /// The block that a unit stands in, and the units before it: the last one that begins at it or before it.
    fn find(&self, at: usize) -> (usize, usize) {
        let (mut index, mut offset) = (self.before.len(), self.offset);
        while offset > at
            && let Some(before) = index.checked_sub(1).and_then(|index| self.before.get(index))
        {
            index -= 1;
            offset -= before.units;
        }
        (index, offset)
    }

    fn block(&mut self, index: usize) -> &mut Block {
        match self.before.get_mut(index) {
            Some(block) => block,
            None => &mut self.last,
        }
    }

    /// `Length = units`.
    pub(super) fn set_units(&mut self, units: usize) -> Result<(), Exception> {
        if let Some(more) = units.checked_sub(self.units()).filter(|more| *more > 0) {
            return self.append(more, Appended::Repeated);
        }
        let (index, offset) = self.find(units);
        if index < self.before.len() {
            let kept = self.capacity().min((self.units() * 6 / 5).max(self.last.room));
            let block = *self.block(index);
            self.before.truncate(index);
            self.offset = offset;
            self.last = Block { units: block.units, room: block.room.max(kept.saturating_sub(offset)) };
        }
        self.last.units = units - offset;
        Ok(())
    }

    /// `Capacity = capacity`, which is not less than the length.
    pub(super) fn set_capacity(&mut self, capacity: usize) {
        self.last.room = capacity.saturating_sub(self.offset).max(self.last.units);
    }

    /// Makes room in the middle: in a short block that has it, or as a block of its own in front of that part. `of` says whether what follows may move.
    pub(super) fn insert(&mut self, at: usize, units: usize, following: Following) {
        if units == 0 {
            return;
        }
        let (index, _) = self.find(at);
        let block = self.block(index);
        let fits = block.units <= 2 * FIRST_ROOM && block.room - block.units >= units;
        let is_last = index >= self.before.len();
        if fits && following == Following::Moves {
            self.block(index).units += units;
        } else {
            self.before.insert(index, Block { units, room: units.max(FIRST_ROOM) });
        }
        if !(is_last && fits && following == Following::Moves) {
            self.offset += units;
        }
    }

    /// Takes units out; blocks that lie in between go, and the first one if nothing of it is left.
    pub(super) fn remove(&mut self, start: usize, count: usize) {
        if count == 0 {
            return;
        }
        let end = start + count;
        let ((first, first_offset), (last, last_offset)) = (self.find(start), self.find(end));
        let kept = start - first_offset;
        if first == last {
            let block = self.block(first);
            block.units = block.units.saturating_sub(count);
        } else {
            self.block(first).units = kept;
            let block = self.block(last);
            block.units = block.units.saturating_sub(end - last_offset);
            self.before.drain(first + usize::from(kept > 0)..last);
        }
        self.offset = self.before.iter().map(|block| block.units).sum();
    }

    /// Replaces texts of one length by texts of another. `matches` is asked for the places where they begin only where there are several blocks.
    pub(super) fn replace(&mut self, lengths: (usize, usize), part: Part, matches: impl FnOnce() -> Vec<usize>) {
        let (old, new) = lengths;
        if part.after == part.before {
            return;
        }
        // Who does not say where they begin gets the sum right, and the blocks where it matters little.
        let matches = if self.before.is_empty() { Vec::new() } else { matches() };
        if matches.is_empty() {
            match part.after.checked_sub(part.before) {
                Some(more) => self.insert(part.start, more, Following::Stays),
                None => self.remove(part.start, part.before - part.after),
            }
            return;
        }
        let mut matches = matches.as_slice();
        // Where those that are left stand now: that far from where they stood.
        let mut moved: isize = 0;
        let now = |place: usize, moved: isize| place.saturating_add_signed(moved);
        while let Some(first) = matches.first() {
            let (index, offset) = self.find(now(*first, moved));
            let end = offset + self.block(index).units;
            let count = matches.iter().take_while(|place| now(**place, moved) < end).count().max(1);
            let (these, rest) = matches.split_at_checked(count).unwrap_or((matches, &[]));
            if new > old {
                let more = (new - old) * these.len();
                self.insert(now(*first, moved), more, Following::Stays);
                moved = moved.saturating_add_unsigned(more);
            } else {
                let less = (old - new) * these.len();
                let last = these.last().map_or(0, |last| now(*last, moved) + old);
                self.remove(last.saturating_sub(less), less);
                moved = moved.saturating_sub_unsigned(less);
            }
            matches = rest;
        }
    }
}

/// Whether what stands behind a place in the same block may be moved to make room (it may not where places in it are known).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Following {
    Moves,
    Stays,
}

/// A part of a builder whose units became more or fewer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) start: usize,
    pub(super) before: usize,
    pub(super) after: usize,
}
