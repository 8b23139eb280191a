//! `Split`: by characters or texts, with a count and options.

use super::trim::trim;
use crate::{Exception, ExceptionType};

/// `System.StringSplitOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SplitOptions {
    /// Leave empty parts out.
    pub remove_empty: bool,
    /// Trim white space off every part, before it is found empty.
    pub trim: bool,
}

impl SplitOptions {
    /// The options of this value: 1 removes, 2 trims.
    ///
    /// # Errors
    /// `ArgumentException` for other bits.
    pub fn from_value(value: i64) -> Result<SplitOptions, Exception> {
        if value & !3 != 0 {
            return Err(Exception::argument("options", "Value of flags is invalid."));
        }
        Ok(SplitOptions { remove_empty: value & 1 != 0, trim: value & 2 != 0 })
    }

    fn apply(self, part: &str) -> Option<&str> {
        let part = if self.trim { trim(part, &[]) } else { part };
        (!self.remove_empty || !part.is_empty()).then_some(part)
    }
}

/// `Split(char[], count, options)`: no characters are white space.
///
/// # Errors
/// `ArgumentOutOfRangeException` for a negative count.
pub fn split_chars<'a>(
    text: &'a str,
    separators: &[u16],
    count: i32,
    options: SplitOptions,
) -> Result<Vec<&'a str>, Exception> {
    let is_separator = |c: char| {
        if separators.is_empty() {
            c.is_whitespace()
        } else {
            u16::try_from(u32::from(c)).is_ok_and(|unit| separators.contains(&unit))
        }
    };
    if let [unit] = separators
        && let Some(byte) = u8::try_from(*unit).ok().filter(u8::is_ascii)
    {
        return split_at(text, count, options, || {
            memchr::memchr_iter(byte, text.as_bytes()).map(|start| (start, start + 1))
        });
    }
    split_at(text, count, options, || {
        text.match_indices(is_separator).map(|(start, found)| (start, start + found.len()))
    })
}

/// `Split(string[], count, options)`: none, or none that is not empty, are white space; a single empty one splits nothing.
///
/// # Errors
/// `ArgumentOutOfRangeException` for a negative count.
pub fn split<'a>(
    text: &'a str,
    separators: &[&str],
    count: i32,
    options: SplitOptions,
) -> Result<Vec<&'a str>, Exception> {
    match separators {
        [] => split_chars(text, &[], count, options),
        [""] => split_at(text, count, options, std::iter::empty),
        [one] => split_at(text, count, options, || {
            text.match_indices(one).map(|(start, found)| (start, start + found.len()))
        }),
        _ => split_at(text, count, options, || first_of_many(text, separators)),
    }
}

/// Places where any of the separators stands; where several do, the first of the list wins.
fn first_of_many<'a>(text: &'a str, separators: &'a [&str]) -> impl Iterator<Item = (usize, usize)> + 'a {
    let mut firsts: Vec<u8> = separators.iter().filter_map(|separator| separator.bytes().next()).collect();
    firsts.sort_unstable();
    firsts.dedup();
    let mut resume = 0;
    std::iter::from_fn(move || {
        loop {
            let bytes = text.as_bytes().get(resume..)?;
            // Where one may begin. No byte that begins a character stands inside of one.
            let at = match firsts.as_slice() {
                [one] => memchr::memchr(*one, bytes),
                [one, two] => memchr::memchr2(*one, *two, bytes),
                [one, two, three] => memchr::memchr3(*one, *two, *three, bytes),
                all => bytes.iter().position(|byte| all.contains(byte)),
            };
            let start = resume + at?;
            let rest = text.get(start..)?;
            match separators.iter().find(|separator| !separator.is_empty() && rest.starts_with(**separator)) {
                Some(found) => {
                    resume = start + found.len();
                    return Some((start, resume));
                }
                None => resume = start + 1,
            }
        }
    })
}

fn split_at<I: Iterator<Item = (usize, usize)>>(
    text: &str,
    count: i32,
    options: SplitOptions,
    separators: impl FnOnce() -> I,
) -> Result<Vec<&str>, Exception> {
    let Ok(limit) = usize::try_from(count) else {
        let message =
            format!("count ('{count}') must be a non-negative value. (Parameter 'count')\nActual value was {count}.");
        return Err(Exception::new(ExceptionType::ArgumentOutOfRange, message));
    };
    if limit <= 1 {
        return Ok(if limit == 0 { Vec::new() } else { options.apply(text).into_iter().collect() });
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (end, next) in separators() {
        let part = options.apply(text.get(start..end).unwrap_or_default());
        // The last part is everything that is left, but does not start with parts that would be left out.
        if parts.len() + 1 >= limit && (part.is_some() || !options.remove_empty) {
            break;
        }
        parts.extend(part);
        start = next;
    }
    parts.extend(options.apply(text.get(start..).unwrap_or_default()));
    Ok(parts)
}

#[cfg(test)]
mod tests;
