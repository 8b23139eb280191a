//! Texts that are made of others part by part, where what becomes of a part depends on nothing around it: escaping, decoding, encoding.
//!
//! What must hold: the parts together come to what the whole comes to in one go. So each mapping says where a part may begin.

use std::borrow::Cow;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc_quick, is_nfkc_quick};

use super::encoding::Encoding;
use super::normal_form::normalize;
use super::units::from_units;
use crate::rope::Rope;
use crate::uri::is_outside_escapes;
use crate::work::{Pace, Paced};
use crate::{Exception, Text};

/// Bytes of a part: a tenth of a turn's work.
const PART_BYTES: usize = 16 * 1024;
/// Bytes in which a place is looked for where the next part may begin. More marks in a row, or an entity this long, are taken apart.
const LOOKED_AT_BYTES: usize = 16 * 1024;
/// Bytes that become others in one step.
const MAPPED_BYTES_PER_STEP: usize = 2;
/// Bytes that are put into their normal form in one step of the same kind.
const NORMALIZED_BYTES_PER_STEP: usize = 1;

/// Where the next part may begin: whether there, between two characters.
pub type IsCut = fn(&str, usize) -> bool;

/// The end of the part that begins at `start`.
fn part_end(text: &str, start: usize, is_cut: IsCut) -> usize {
    let least = start.saturating_add(PART_BYTES);
    let most = least.saturating_add(LOOKED_AT_BYTES);
    let mut between = (least..most.min(text.len())).filter(|place| text.is_char_boundary(*place));
    let forced = || (most..text.len()).find(|place| text.is_char_boundary(*place)).unwrap_or(text.len());
    between.find(|place| is_cut(text, *place)).unwrap_or_else(forced)
}

/// Parts may begin with any character.
#[must_use]
pub fn anywhere(_: &str, _: usize) -> bool {
    true
}

/// Parts begin with `&`, which ends what an entity is looked for in.
#[must_use]
pub fn before_entities(text: &str, place: usize) -> bool {
    text.as_bytes().get(place) == Some(&b'&')
}

/// Parts begin where no `%XX` is cut in two, and no character that is made of several.
#[must_use]
pub fn outside_escapes(text: &str, place: usize) -> bool {
    is_outside_escapes(text.as_bytes(), place)
}

/// Makes a text of another one.
pub fn mapping<F>(text: Text, is_cut: IsCut, of: F) -> Paced<Text>
where
    F: for<'a> Fn(&'a str) -> Cow<'a, str> + 'static,
{
    Paced::new(move |pace| async move {
        let mut made = Rope::<String>::default();
        let mut start = 0;
        while start < text.len() {
            let end = part_end(&text, start, is_cut);
            pace.take(((end - start) / MAPPED_BYTES_PER_STEP) as u64).await;
            add(&pace, &mut made, &of(text.get(start..end).unwrap_or_default()));
            start = end;
        }
        made.join(&pace).await.into()
    })
}

fn add(pace: &Pace, made: &mut Rope, part: &str) {
    pace.take_bytes(part.len());
    made.end.push_str(part);
    made.cut();
}

/// `Normalize(form)`.
///
/// # Errors
/// `ArgumentException` for another value than those of `NormalizationForm`.
pub fn normalizing(text: Text, form: i64) -> Result<Paced<Text>, Exception> {
    normalize("", form)?;
    Ok(Paced::new(move |pace| async move {
        let mut made = Rope::<String>::default();
        let mut start = 0;
        while start < text.len() {
            let end = part_end(&text, start, is_apart);
            pace.take(((end - start) / NORMALIZED_BYTES_PER_STEP) as u64).await;
            let part = normalize(text.get(start..end).unwrap_or_default(), form).unwrap_or_default();
            add(&pace, &mut made, &part);
            start = end;
        }
        made.join(&pace).await.into()
    }))
}

/// `IsNormalized()`.
#[must_use]
pub fn asking_normalized(text: Text) -> Paced<bool> {
    Paced::new(move |pace| async move {
        let mut start = 0;
        while start < text.len() {
            let end = part_end(&text, start, is_apart);
            pace.take(((end - start) / NORMALIZED_BYTES_PER_STEP) as u64).await;
            let part = text.get(start..end).unwrap_or_default();
            if normalize(part, 1).is_ok_and(|normal| normal != *part) {
                return false;
            }
            start = end;
        }
        true
    })
}

/// Whether the character at a place neither joins with those before it nor changes places with them, in any form.
fn is_apart(text: &str, place: usize) -> bool {
    text.get(place..).and_then(|rest| rest.chars().next()).is_some_and(|c| {
        let one = || std::iter::once(c);
        c.is_ascii()
            || canonical_combining_class(c) == 0
                && is_nfc_quick(one()) == IsNormalized::Yes
                && is_nfkc_quick(one()) == IsNormalized::Yes
    })
}

impl Encoding {
    /// `GetBytes(string)` in pieces.
    #[must_use]
    pub fn encoding(self, text: Text) -> Paced<Vec<u8>> {
        Paced::new(move |pace| async move {
            let mut made = Rope::<Vec<u8>>::default();
            let mut start = 0;
            while start < text.len() {
                let end = part_end(&text, start, anywhere);
                pace.take(((end - start) / MAPPED_BYTES_PER_STEP) as u64).await;
                let part = self.bytes(text.get(start..end).unwrap_or_default());
                pace.take_bytes(part.len());
                made.end.extend_from_slice(&part);
                made.cut();
                start = end;
            }
            made.join(&pace).await
        })
    }

    /// `GetString(bytes)` in pieces.
    #[must_use]
    pub fn decoding(self, bytes: Vec<u8>) -> Paced<Text> {
        Paced::new(move |pace| async move {
            let mut made = Rope::<String>::default();
            let mut start = 0;
            while start < bytes.len() {
                let least = start.saturating_add(PART_BYTES);
                let end = (least..bytes.len()).find(|place| self.is_cut(&bytes, *place)).unwrap_or(bytes.len());
                pace.take(((end - start) / MAPPED_BYTES_PER_STEP) as u64).await;
                add(&pace, &mut made, &self.text(bytes.get(start..end).unwrap_or_default()));
                start = end;
            }
            made.join(&pace).await.into()
        })
    }

    /// Whether no character, and nothing that is told as one mistake, stands on both sides of a place.
    fn is_cut(self, bytes: &[u8], place: usize) -> bool {
        let byte = |at: Option<usize>| at.and_then(|at| bytes.get(at)).copied().unwrap_or_default();
        let back = |by: usize| byte(place.checked_sub(by));
        let is_pair = |first: u8, second: u8| first & 0xFC == 0xD8 && second & 0xFC == 0xDC;
        match self {
            Encoding::Ascii | Encoding::Latin1 => true,
            // What follows three of its kind follows no first byte.
            Encoding::Utf8 => back(0) & 0xC0 != 0x80 || (1..=3).all(|by| back(by) & 0xC0 == 0x80),
            Encoding::Unicode => place.is_multiple_of(2) && !is_pair(back(1), byte(place.checked_add(1))),
            Encoding::BigEndianUnicode => place.is_multiple_of(2) && !is_pair(back(2), back(0)),
            Encoding::Utf32 => place.is_multiple_of(4),
        }
    }
}

/// The text of units that are given part by part, until there are no more.
pub fn joining_units(mut next: impl FnMut() -> Vec<u16> + 'static) -> Paced<Text> {
    Paced::new(move |pace| async move {
        let mut made = Rope::<String>::default();
        let mut half = None;
        loop {
            let mut part = next();
            let is_end = part.is_empty();
            if let Some(unit) = half.take() {
                part.insert(0, unit);
            }
            // The first unit of a pair goes to the next part.
            half = part.pop_if(|unit| !is_end && *unit & 0xFC00 == 0xD800);
            pace.take(part.len() as u64).await;
            add(&pace, &mut made, &from_units(&part));
            if is_end {
                return made.join(&pace).await.into();
            }
        }
    })
}

#[cfg(test)]
mod tests;
