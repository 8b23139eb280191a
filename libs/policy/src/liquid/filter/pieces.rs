//! Long texts looked at and copied in pieces.
//!
//! What must hold: nothing is done with more than a piece of a text before it is paid for, and a result is never longer than it may be by more than
//! a piece.

use std::borrow::Cow;

use memchr::memmem::Finder;
use postern_dotnet::Rope;
use postern_dotnet::text::to_lower;
use postern_dotnet::work::Pace;

use super::super::data::Data;
use super::super::render::Renderer;
use super::super::words::Words;

/// Bytes of a text that are changed or counted before the turn may end.
pub(super) const PIECE_BYTES: usize = 8 * 1024;
/// Bytes that are changed in one step.
const CHANGED_PER_STEP: usize = 2;
/// Bytes that are copied in one step.
const COPIED_PER_STEP: usize = 16;
/// Bytes whose characters are looked at one by one in one step.
const CHARACTERS_PER_STEP: usize = 8;
/// Bytes that are searched in one step, and before the turn may end.
const SEARCHED_PER_STEP: usize = 64;
const SEARCHED_AT_ONCE: usize = 64 * 1024;
/// Bytes that are got ready for being looked for, in one step.
const PREPARED_PER_STEP: usize = 4;

/// The text up to the first place where it may be cut from a position on, and what is behind.
fn cut(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(text.ceil_char_boundary(at)).unwrap_or((text, ""))
}

/// Behind a position, where lines do not end in the middle.
pub(super) fn outside_line_ends(text: &str, at: usize) -> usize {
    let at = text.ceil_char_boundary(at);
    let bytes = text.as_bytes();
    let splits = at > 0 && bytes.get(at - 1) == Some(&b'\r') && bytes.get(at) == Some(&b'\n');
    if splits { at + 1 } else { at }
}

/// Behind a position, outside escapes (`%41`), and outside characters that are several of them.
pub(super) fn outside_escapes(text: &str, at: usize) -> usize {
    /// Bytes of the longest character, escaped, and one more escape.
    const LONGEST: usize = 15;
    if at >= text.len() {
        return text.len();
    }
    let bytes = text.as_bytes();
    let is_percent = |at: usize| bytes.get(at) == Some(&b'%');
    // Hexadecimal 8, 9, A or B: a byte that is not the first of its character.
    let is_inside = |at: usize| {
        bytes.get(at + 1).is_some_and(|digit| matches!(digit, b'8' | b'9' | b'a' | b'b' | b'A' | b'B'))
            && bytes.get(at + 2).is_some_and(u8::is_ascii_hexdigit)
    };
    let may_cut = |at: &usize| {
        let behind_escape = (1..=2).any(|before| at.checked_sub(before).is_some_and(is_percent));
        text.is_char_boundary(*at) && if is_percent(*at) { !is_inside(*at) } else { !behind_escape }
    };
    let end = at.saturating_add(LONGEST).min(text.len());
    let found = (at..end).find(may_cut);
    // So many bytes that are not the first of a character are none of one: it does not matter where they are cut.
    let between = || (end.saturating_sub(3)..end).find(|at| is_percent(*at));
    let between = || if end < text.len() { between() } else { None };
    found.or_else(between).unwrap_or_else(|| text.ceil_char_boundary(end))
}

/// The first place from a position on where something is found.
pub(in super::super) async fn find(pace: &Pace, text: &str, from: usize, wanted: &Finder<'_>) -> Option<usize> {
    let (bytes, length) = (text.as_bytes(), wanted.needle().len());
    let mut at = from;
    while at.saturating_add(length) <= bytes.len() {
        let end = bytes.len().min(at.saturating_add(SEARCHED_AT_ONCE.max(length.saturating_mul(2))));
        let found = bytes.get(at..end).and_then(|piece| wanted.find(piece));
        let searched = found.map_or(end - at, |found| found + length);
        pace.take((searched / SEARCHED_PER_STEP + 1) as u64).await;
        match found {
            Some(found) => return Some(at + found),
            None if end == bytes.len() => return None,
            // What begins in this piece may end in the next one.
            None => at = end - (length.max(1) - 1),
        }
    }
    None
}

/// Gets ready to look for a text.
pub(in super::super) async fn finder<'t>(pace: &Pace, wanted: &'t str) -> Finder<'t> {
    pace.take((wanted.len() / PREPARED_PER_STEP + 1) as u64).await;
    Finder::new(wanted)
}

/// The first place from a position on with one of these bytes.
pub(super) async fn find_byte(pace: &Pace, text: &str, from: usize, one: u8, other: u8) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        let end = bytes.len().min(at.saturating_add(SEARCHED_AT_ONCE));
        let found = bytes.get(at..end).and_then(|piece| memchr::memchr2(one, other, piece));
        pace.take((found.unwrap_or(end - at) / SEARCHED_PER_STEP + 1) as u64).await;
        if let Some(found) = found {
            return Some(at + found);
        }
        at = end;
    }
    None
}

/// Bytes before the first character of which this holds; all of them if there is none.
pub(super) async fn before(pace: &Pace, text: &str, holds: impl Fn(char) -> bool) -> usize {
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, behind) = cut(rest, PIECE_BYTES);
        let found = piece.find(&holds);
        pace.take((found.unwrap_or(piece.len()) / CHARACTERS_PER_STEP + 1) as u64).await;
        if let Some(found) = found {
            return text.len() - rest.len() + found;
        }
        rest = behind;
    }
    text.len()
}

/// Without white space at its ends.
pub(in super::super) async fn trimmed<'t>(pace: &Pace, text: &'t str, start: bool, end: bool) -> &'t str {
    let first = if start { before(pace, text, |c| !c.is_whitespace()).await } else { 0 };
    let mut rest = text.get(first..).unwrap_or_default();
    while end && !rest.is_empty() {
        let at = rest.floor_char_boundary(rest.len().saturating_sub(PIECE_BYTES));
        let (ahead, piece) = rest.split_at_checked(at).unwrap_or(("", rest));
        let kept = piece.trim_end().len();
        pace.take(((piece.len() - kept) / CHARACTERS_PER_STEP + 1) as u64).await;
        if kept > 0 {
            return rest.get(..at + kept).unwrap_or_default();
        }
        rest = ahead;
    }
    rest
}

/// In lower case.
pub(super) async fn lower(pace: &Pace, text: &str) -> String {
    let (mut rest, mut made) = (text, Rope::<String>::default());
    while !rest.is_empty() {
        let (piece, behind) = cut(rest, PIECE_BYTES);
        pace.take((piece.len() / CHANGED_PER_STEP + 1) as u64).await;
        made.end.push_str(&to_lower(piece));
        made.cut();
        rest = behind;
    }
    made.join(pace).await
}

/// Bytes before so many characters; `None`: there are no more than these.
pub(super) async fn characters(pace: &Pace, text: &str, count: usize) -> Option<usize> {
    let (mut rest, mut left) = (text, count);
    while !rest.is_empty() {
        let (piece, behind) = cut(rest, PIECE_BYTES);
        pace.take((piece.len() / CHARACTERS_PER_STEP + 1) as u64).await;
        // A piece has at least as many bytes as characters.
        if let Some((at, _)) = piece.char_indices().nth(left) {
            return Some(text.len() - rest.len() + at);
        }
        left -= piece.chars().count();
        rest = behind;
    }
    None
}

/// How many characters there are.
pub(super) async fn count(pace: &Pace, text: &str) -> usize {
    counted(pace, text, |piece| piece.chars().count()).await
}

/// How many UTF-16 units there are.
pub(super) async fn length(pace: &Pace, text: &str) -> usize {
    counted(pace, text, postern_dotnet::text::length).await
}

async fn counted(pace: &Pace, text: &str, of: impl Fn(&str) -> usize) -> usize {
    let (mut rest, mut count) = (text, 0);
    while !rest.is_empty() {
        let (piece, behind) = cut(rest, PIECE_BYTES);
        pace.take((piece.len() / CHARACTERS_PER_STEP + 1) as u64).await;
        count += of(piece);
        rest = behind;
    }
    count
}

impl Renderer<'_> {
    /// Adds a text to one that is being made.
    pub(super) async fn copy(&mut self, made: &mut Rope, text: &str) -> Result<(), String> {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, behind) = cut(rest, 8 * PIECE_BYTES);
            self.pace.take((piece.len() / COPIED_PER_STEP + 1) as u64).await;
            self.charge(piece.len())?;
            made.end.push_str(piece);
            made.cut();
            rest = behind;
        }
        Ok(())
    }

    /// Adds what becomes of a text to one that is being made. `cut` says where it may be cut behind a position.
    pub(super) async fn change(
        &mut self,
        made: &mut Rope,
        text: &str,
        cut: fn(&str, usize) -> usize,
        become_of: impl for<'t> Fn(&'t str) -> Cow<'t, str>,
    ) -> Result<(), String> {
        let mut rest = text;
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at_checked(cut(rest, PIECE_BYTES)).unwrap_or((rest, ""));
            self.pace.take((piece.len() / CHANGED_PER_STEP + 1) as u64).await;
            let changed = become_of(piece);
            self.charge(changed.len())?;
            made.end.push_str(&changed);
            made.cut();
            rest = behind;
        }
        Ok(())
    }

    /// What becomes of a text whose characters are changed one by one.
    pub(super) async fn changed(
        &mut self,
        text: &str,
        become_of: impl for<'t> Fn(&'t str) -> Cow<'t, str>,
    ) -> Result<Data, String> {
        let mut made = Rope::default();
        self.change(&mut made, text, str::ceil_char_boundary, become_of).await?;
        Ok(self.made(made).await)
    }

    /// Texts as one.
    pub(super) async fn joined(&mut self, texts: &[&str]) -> Result<Data, String> {
        let mut made = Rope::default();
        for text in texts {
            self.copy(&mut made, text).await?;
        }
        Ok(self.made(made).await)
    }

    /// A text that was made.
    pub(super) async fn made(&self, made: Rope) -> Data {
        Data::words(made.join(&self.pace).await)
    }

    /// An argument as text; empty without one.
    pub(super) async fn argument(&mut self, arguments: &[Data], at: usize) -> Result<Words, String> {
        match arguments.get(at) {
            Some(argument) => self.whole_text(argument).await,
            None => Ok(Words::from("")),
        }
    }
}

#[cfg(test)]
mod tests {
    use postern_dotnet::uri::url_decode;

    use super::*;

    #[test]
    fn escapes_are_cut_where_it_makes_no_difference() {
        for unit in
            ["a", "%", "%4", "%41", "%%41", "é", "%C3%A9", "%F0%9F%98%80", "%80", "é%A9", "%C3é", "+%", "%zz", "%E4%BD"]
        {
            let text = unit.repeat(40);
            assert_eq!(outside_escapes(&text, text.len()), text.len());
            assert_eq!(outside_escapes(unit, 8192), unit.len());
            for at in 1..text.len() - 40 {
                let place = outside_escapes(&text, at);
                assert!((at..at + 18).contains(&place), "{text} at {at}: {place}");
                let (left, right) = text.split_at(place);
                assert_eq!(
                    format!("{}{}", url_decode(left), url_decode(right)),
                    url_decode(&text),
                    "{text} at {at}: {place}"
                );
            }
        }
    }
}
