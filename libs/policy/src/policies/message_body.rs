//! What policies that change the text of a body have in common.

use memchr::memmem;

use crate::exchange::Side;
use crate::limits::MADE_BODY_BYTES_MAX;
use crate::policy::{DefaultResponse, Failure, Step};
use crate::section::Section;

/// The message that is changed in a section.
pub(super) fn side_of(section: Section) -> Side {
    match section {
        Section::Inbound | Section::Backend => Side::Request,
        Section::Outbound | Section::OnError => Side::Response,
    }
}

/// Replaces every occurrence of `from`, which is not empty, where `may` allows it; it is given what stands before and behind the occurrence.
/// `Ok(None)`: nothing to replace. Bytes of UTF-8 are compared, which finds the same places as comparing its characters.
pub(super) fn replace(
    body: &[u8],
    from: &[u8],
    to: &[u8],
    may: impl Fn(&[u8], &[u8]) -> bool,
) -> Result<Option<Vec<u8>>, Box<Failure>> {
    let mut made: Option<Vec<u8>> = None;
    let mut copied = 0;
    for at in memmem::find_iter(body, from) {
        let end = at + from.len();
        let (Some(before), Some(behind)) = (body.get(..at), body.get(end..)) else { break };
        if !may(before, behind) {
            continue;
        }
        let out = made.get_or_insert_with(|| Vec::with_capacity(body.len()));
        out.extend_from_slice(body.get(copied..at).unwrap_or_default());
        out.extend_from_slice(to);
        copied = end;
        if out.len() > MADE_BODY_BYTES_MAX {
            return Err(too_long());
        }
    }
    if let Some(out) = &mut made {
        out.extend_from_slice(body.get(copied..).unwrap_or_default());
    }
    Ok(made)
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
