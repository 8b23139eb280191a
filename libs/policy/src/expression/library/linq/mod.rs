//! `System.Linq.Enumerable`: every operator, on anything that can be walked over.
//!
//! Operators that give sequences check their arguments at once and do nothing else until somebody walks; walking again does the work again.
//! What must hold: every item that is passed on is paid for, so a sequence without end meets the budget; sequences made of each other nest
//! no deeper than the machine lets them; no query holds borrowed content while code of an expression runs.

mod conversion;
mod elements;
mod extremes;
mod gathered;
mod grouped;
mod grouping;
mod ordering;
mod partition;
mod projection;
mod query;
mod questions;
mod sets;
mod totals;

#[cfg(test)]
mod tests;

pub(super) use query::{Source, all_items, in_turns, items_and_length, items_of, walk_over};

use super::Library;

pub(super) fn declare(library: &mut Library) {
    grouping::declare(library);
    ordering::declare_interface(library);
    let builder = library.declare("static class System.Linq.Enumerable");
    let builder = conversion::declare(builder);
    let builder = elements::declare(builder);
    let builder = extremes::declare(builder);
    let builder = grouped::declare(builder);
    let builder = ordering::declare(builder);
    let builder = partition::declare(builder);
    let builder = projection::declare(builder);
    let builder = questions::declare(builder);
    let builder = sets::declare(builder);
    totals::declare(builder);
}
