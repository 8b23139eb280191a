//! Searches for matches that pause at the end of a turn.
//!
//! What must hold: a pattern that backtracks without end holds up nobody but its own request, and ends with .NET's timeout.

use std::sync::Arc;

use postern_dotnet::regex::{Finder, Match, Next, Regex, RegexOptions, Replacing, Steps};
use postern_dotnet::{Exception, Text};

use super::values::RegexValue;
use crate::expression::library::collections::arguments::OUTSIDE_VALID_VALUES;
use crate::expression::library::dates::TimeSpanValue;
use crate::expression::machine::Thrown;
use crate::expression::native::Call;

/// A search under way, or done.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) regex: Arc<Regex>,
    pub(super) input: Text,
    pub(super) finder: Finder,
    pub(super) found: Vec<Match>,
    /// Takes the matches in the place of `found`.
    pub(super) replacing: Option<Replacing>,
    /// How many there are.
    count: usize,
    /// Matches that are looked for.
    max: usize,
    /// Steps that the search has taken.
    used: u64,
}

/// The matches of a pattern, as many as `max` says, from the position in the argument `start` on. Natives call it before they change anything.
pub(super) fn search(
    call: &mut Call<'_, '_>,
    subject: Subject,
    start: Option<usize>,
    max: impl FnOnce(&Call<'_, '_>) -> Result<usize, Exception>,
) -> Result<Work, Thrown> {
    search_for(call, subject, start, max, |_| Ok(None))
}

/// The same with something that may take the matches one by one.
pub(super) fn search_for(
    call: &mut Call<'_, '_>,
    subject: Subject,
    start: Option<usize>,
    max: impl FnOnce(&Call<'_, '_>) -> Result<usize, Exception>,
    replacing: impl FnOnce(&Finder) -> Result<Option<Replacing>, Exception>,
) -> Result<Work, Thrown> {
    let mut work = match call.machine.take_paused::<Work>() {
        Some(work) => work,
        None => {
            let (regex, input) = subject.resolve(call)?;
            call.machine.charge(input.len() / 8 + 8)?;
            let max = max(call)?;
            let finder = Finder::new(&regex, &input, start.map(|start| call.int(start)))?;
            let replacing = replacing(&finder)?;
            Box::new(Work { regex, input, finder, found: Vec::new(), replacing, count: 0, max, used: 0 })
        }
    };
    if advance(call, &mut work)? { Ok(*work) } else { Err(call.machine.pause(work)) }
}

/// Looks for matches until all are found (true) or the turn is over.
fn advance(call: &mut Call<'_, '_>, work: &mut Work) -> Result<bool, Thrown> {
    // With the whole evaluation's steps as the bound where it cannot pause, so that what it may not do is not done.
    let (bound, turn) = match call.machine.steps_before_pause() {
        Some(turn) => (u64::MAX, turn),
        None => (call.machine.steps_left(), u64::MAX),
    };
    let mut steps = Steps::with_pause(Steps::default().left().saturating_sub(work.used).min(bound), turn);
    let bytes = |work: &Work| work.found.len() * MATCH_BYTES + work.replacing.as_ref().map_or(0, Replacing::bytes);
    let before = bytes(work);
    let done = loop {
        if work.count >= work.max {
            break Ok(true);
        }
        match work.finder.find_next(&mut steps) {
            Ok(Next::Match(found)) => {
                work.count += 1;
                match &mut work.replacing {
                    None => work.found.push(found),
                    Some(replacing) => {
                        if let Err(exception) = replacing.add(&found, &mut steps) {
                            break Err(exception);
                        }
                    }
                }
            }
            Ok(Next::End) => break Ok(true),
            Ok(Next::Paused) => break Ok(false),
            Err(exception) => break Err(exception),
        }
    };
    work.used += steps.used();
    call.machine.charge(usize::try_from(steps.used()).unwrap_or(usize::MAX))?;
    call.machine.charge_memory(bytes(work).saturating_sub(before))?;
    if done.is_err() && steps.used() >= bound {
        // Not the pattern's own limit: there was no more for the expression.
        call.machine.charge(usize::MAX)?;
    }
    Ok(done?)
}

/// Where a member's pattern and input come from.
#[derive(Clone, Copy)]
pub(super) enum Subject {
    /// `this` and the first argument.
    Own,
    /// The second and the first argument, with options at an index.
    Static(Option<usize>),
}

impl Subject {
    pub(super) const OWN: Subject = Subject::Own;
    pub(super) const STATIC: Subject = Subject::Static(None);

    pub(super) fn with_options(index: usize) -> Subject {
        Subject::Static(Some(index))
    }

    pub(super) fn resolve(self, call: &Call<'_, '_>) -> Result<(Arc<Regex>, Text), Thrown> {
        match self {
            Subject::Own => Ok((regex(call)?, call.required_text(1, "input")?)),
            Subject::Static(options) => {
                let input = call.required_text(0, "input")?;
                let pattern = call.required_text(1, "pattern")?;
                let options = options.map_or(Ok(RegexOptions::NONE), |index| {
                    check_timeout(call, index + 1)?;
                    options_at(call, index)
                })?;
                Ok((Regex::cached(&pattern, options)?, input))
            }
        }
    }
}

/// A time limit that an argument gives has to be one: longer than nothing, or none. What is searched ends with the limits of all expressions.
pub(super) fn check_timeout(call: &Call<'_, '_>, index: usize) -> Result<(), Exception> {
    /// `Regex.InfiniteMatchTimeout`, and the longest, in ticks.
    const INFINITE: i64 = -10_000;
    const LONGEST: i64 = (i32::MAX as i64 - 1) * 10_000;
    match call.argument(index).downcast_ref::<TimeSpanValue>().map(|span| span.0.ticks()) {
        None | Some(INFINITE | 1..=LONGEST) => Ok(()),
        Some(_) => Err(Exception::argument_out_of_range("matchTimeout", OUTSIDE_VALID_VALUES)),
    }
}

pub(super) fn options_at(call: &Call<'_, '_>, index: usize) -> Result<RegexOptions, Exception> {
    RegexOptions::from_bits(u32::try_from(call.constant(index)).unwrap_or(u32::MAX))
}

pub(super) fn regex(call: &Call<'_, '_>) -> Result<Arc<Regex>, Thrown> {
    Ok(Arc::clone(&call.this::<RegexValue>()?.0))
}

/// What a match takes, roughly.
const MATCH_BYTES: usize = 160;
