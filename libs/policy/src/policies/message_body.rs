//! What policies that change the text of a body have in common.

use memchr::memmem;
use postern_dotnet::Rope;
use postern_dotnet::work::{Pace, Paced};

use crate::exchange::Side;
use crate::limits::MADE_BODY_BYTES_MAX;
use crate::policy::{DefaultResponse, Failure, PolicyContext, Step};
use crate::section::Section;

/// The message that is changed in a section.
pub(super) fn side_of(section: Section) -> Side {
    match section {
        Section::Inbound | Section::Backend => Side::Request,
        Section::Outbound | Section::OnError => Side::Response,
    }
}

/// A body whose texts are being replaced; `Ok(None)`: there was nothing to replace.
pub(super) type Replacing = Paced<Result<Option<Vec<u8>>, Box<Failure>>>;

/// Bytes that are searched in one step, and copied.
const BYTES_PER_STEP: usize = 64;
/// Steps for an occurrence.
const FOUND_STEPS: usize = 2;
/// Bytes that are searched before the turn may end.
const SEARCHED_AT_ONCE: usize = 64 * 1024;

/// Replaces, one text after the other, every occurrence of the first by the second, where `may` allows it; it is given what stands before and behind
/// the occurrence. No text that is looked for is empty. Bytes of UTF-8 are compared, which finds the same places as comparing its characters.
pub(super) fn replace(body: Vec<u8>, texts: Vec<(String, String)>, may: fn(&[u8], &[u8]) -> bool) -> Replacing {
    Paced::new(|pace| async move {
        let mut made: Option<Vec<u8>> = None;
        for (from, to) in texts {
            let changed =
                replace_one(&pace, made.as_ref().unwrap_or(&body), from.as_bytes(), to.as_bytes(), may).await?;
            made = changed.or(made);
        }
        Ok(made)
    })
}

async fn replace_one(
    pace: &Pace,
    body: &[u8],
    from: &[u8],
    to: &[u8],
    may: fn(&[u8], &[u8]) -> bool,
) -> Result<Option<Vec<u8>>, Box<Failure>> {
    let finder = memmem::Finder::new(from);
    let mut made: Option<Rope<Vec<u8>>> = None;
    let (mut copied, mut position) = (0, 0);
    while position < body.len() {
        // A piece overlaps the next one by what may be the start of an occurrence.
        let piece_end = body.len().min(position.saturating_add(SEARCHED_AT_ONCE.max(2 * from.len())));
        let found = body.get(position..piece_end).and_then(|piece| finder.find(piece));
        let Some(at) = found.map(|at| position + at) else {
            pace.take(((piece_end - position) / BYTES_PER_STEP + 1) as u64).await;
            position = if piece_end == body.len() { piece_end } else { piece_end - (from.len() - 1) };
            continue;
        };
        let end = at + from.len();
        pace.take((FOUND_STEPS + (end - position + to.len()) / BYTES_PER_STEP) as u64).await;
        position = end;
        let (Some(before), Some(behind)) = (body.get(..at), body.get(end..)) else { break };
        if !may(before, behind) {
            continue;
        }
        let out = made.get_or_insert_default();
        out.end.extend_from_slice(body.get(copied..at).unwrap_or_default());
        out.end.extend_from_slice(to);
        out.cut();
        copied = end;
        if out.len() > MADE_BODY_BYTES_MAX {
            return Err(too_long());
        }
    }
    let Some(mut out) = made else { return Ok(None) };
    out.end.extend_from_slice(body.get(copied..).unwrap_or_default());
    Ok(Some(out.join(pace).await))
}

/// Puts the body in place, if anything of it was replaced.
pub(super) fn put_replaced(
    context: &mut PolicyContext<'_>,
    made: Result<Option<Vec<u8>>, Box<Failure>>,
) -> Result<(), Box<Failure>> {
    if let Some(made) = made? {
        context.exchange.put_body(context.side(), made);
    }
    Ok(())
}

/// The body would be longer than anybody may ask for.
pub(super) fn too_long() -> Box<Failure> {
    failure("BodyTooLong", format!("The body would be longer than {MADE_BODY_BYTES_MAX} bytes."))
}

/// The policy cannot do its work on this body.
pub(super) fn failure(reason: &'static str, message: String) -> Box<Failure> {
    Box::new(Failure { reason: reason.into(), message: message.into(), response: DefaultResponse::Internal })
}

/// The step that a result stands for.
pub(super) fn step(result: Result<(), Box<Failure>>) -> Step {
    match result {
        Ok(()) => Step::Next,
        Err(failure) => Step::Fail(failure),
    }
}
