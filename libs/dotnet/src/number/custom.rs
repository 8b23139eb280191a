//! Custom numeric formats: `0.00;(0.00);zero`, `#,##0`, `0.###E+0`, `0 %`, `'literal'`.
//!
//! Two passes over one section of the format: the first counts placeholders and so learns where the number is rounded, the second writes.

use super::digits::{Digits, Exact};
use super::format::push_exponent;

/// Most digits of an exponent that a format can ask for.
const EXPONENT_WIDTH_MAX: usize = 10;

/// The text of digits under a custom format.
pub(super) fn format(mut digits: Digits, format: &str) -> String {
    // .NET ends a format at a NUL.
    let format: Vec<char> = format.chars().take_while(|c| *c != '\0').collect();
    let wanted = if digits.is_zero() { 2 } else { usize::from(digits.negative) };
    let mut start = section(&format, wanted);
    // Rounding may turn the number into zero, which has a section of its own: at most one more round.
    let layout = loop {
        let layout = Layout::read(format.get(start..).unwrap_or_default());
        if digits.is_zero() {
            digits.clear_zero();
            break layout;
        }
        digits.scale = digits.scale.saturating_add(layout.scale_by);
        let places = i64::try_from(layout.placeholders).unwrap_or(i64::MAX);
        let point = i64::try_from(layout.point).unwrap_or(i64::MAX);
        digits.round(if layout.scientific { places } else { i64::from(digits.scale) + places - point }, Exact::No);
        let zero = section(&format, 2);
        if !digits.is_zero() || zero == start {
            break layout;
        }
        start = zero;
    };
    Writer::new(&digits, &layout, start == 0).write(format.get(start..).unwrap_or_default())
}

/// Where the n-th section starts; the first one stands in for sections that are missing or empty.
fn section(format: &[char], wanted: usize) -> usize {
    let mut left = wanted;
    let mut position = 0;
    while left > 0 {
        let Some(&current) = format.get(position) else { return 0 };
        position += 1;
        match current {
            '\'' | '"' => position = skip_quoted(format, position, current),
            '\\' => position += 1,
            ';' => {
                left -= 1;
                if left == 0 && format.get(position).is_none_or(|next| *next == ';') {
                    return 0;
                }
            }
            _ => {}
        }
    }
    position
}

/// The position behind the closing quote, or the end.
fn skip_quoted(format: &[char], from: usize, quote: char) -> usize {
    let rest = format.get(from..).unwrap_or_default();
    rest.iter().position(|c| *c == quote).map_or(format.len(), |length| from + length + 1)
}

/// Digits of an exponent placeholder that follows `E`: `0`, `+0`, `-0`; `None` if it is a plain letter.
fn exponent_zeros(format: &[char], from: usize) -> Option<(usize, bool)> {
    let signed = matches!(format.get(from), Some('+' | '-'));
    let first = from + usize::from(signed);
    let zeros = format.get(first..).unwrap_or_default().iter().take_while(|c| **c == '0').count();
    (zeros > 0).then_some((zeros, signed))
}

/// What the first pass learns of a section.
#[derive(Debug, Default)]
struct Layout {
    /// Placeholders in all, and those in front of the point.
    placeholders: usize,
    point: usize,
    /// Index of the first `0`, and index behind the last one.
    first_zero: Option<usize>,
    last_zero: usize,
    grouped: bool,
    scientific: bool,
    /// Powers of ten that `%`, `‰` and scaling commas ask for.
    scale_by: i32,
}

impl Layout {
    fn read(format: &[char]) -> Layout {
        let mut layout = Layout::default();
        let mut point = None;
        // Position and number of the latest run of commas.
        let mut commas: Option<(usize, i32)> = None;
        let mut position = 0;
        while let Some(&current) = format.get(position) {
            position += 1;
            match current {
                ';' => break,
                '#' => layout.placeholders += 1,
                '0' => {
                    layout.first_zero.get_or_insert(layout.placeholders);
                    layout.placeholders += 1;
                    layout.last_zero = layout.placeholders;
                }
                '.' => {
                    point.get_or_insert(layout.placeholders);
                }
                ',' if layout.placeholders > 0 && point.is_none() => match &mut commas {
                    Some((at, count)) if *at == layout.placeholders => *count += 1,
                    run => {
                        layout.grouped |= run.is_some();
                        *run = Some((layout.placeholders, 1));
                    }
                },
                '%' => layout.scale_by = layout.scale_by.saturating_add(2),
                '‰' => layout.scale_by = layout.scale_by.saturating_add(3),
                '\'' | '"' => position = skip_quoted(format, position, current),
                '\\' => position += 1,
                'E' | 'e' => {
                    if let Some((zeros, signed)) = exponent_zeros(format, position) {
                        position += zeros + usize::from(signed);
                        layout.scientific = true;
                    }
                }
                _ => {}
            }
        }
        layout.point = point.unwrap_or(layout.placeholders);
        match commas {
            Some((at, count)) if at == layout.point => {
                layout.scale_by = layout.scale_by.saturating_sub(count.saturating_mul(3));
            }
            Some(_) => layout.grouped = true,
            None => {}
        }
        layout
    }
}

/// The second pass.
struct Writer<'a> {
    digits: &'a Digits,
    layout: &'a Layout,
    text: String,
    /// Digits written so far.
    next: usize,
    /// Places in front of the point that are still to come; negative behind it.
    place: i64,
    /// Digits the number has more than the format (positive) or less (negative).
    surplus: i64,
    /// Places at or below which a `0` is due in front of the point, and above which one is due behind it.
    zero_from: i64,
    zero_to: i64,
    /// Digits in front of the point that will be written: only they are grouped.
    grouped_digits: i64,
    point_written: bool,
    exponent_written: bool,
    sign: bool,
}

impl<'a> Writer<'a> {
    fn new(digits: &'a Digits, layout: &'a Layout, first_section: bool) -> Writer<'a> {
        let signed = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        let point = signed(layout.point);
        let scale = i64::from(digits.scale);
        let zero_from = layout.first_zero.map_or(0, |first| (point - signed(first)).max(0));
        let zero_to = (point - signed(layout.last_zero)).min(0);
        let (place, surplus) = if layout.scientific { (point, 0) } else { (scale.max(point), scale - point) };
        Writer {
            digits,
            layout,
            text: String::new(),
            next: 0,
            place,
            surplus,
            zero_from,
            zero_to,
            grouped_digits: zero_from.max(place + surplus.min(0)),
            point_written: false,
            exponent_written: false,
            sign: digits.negative && first_section,
        }
    }

    fn write(mut self, format: &[char]) -> String {
        // A zero gets its sign only if the format writes anything at all.
        if self.sign && self.digits.scale != 0 {
            self.text.push('-');
        }
        let mut position = 0;
        while let Some(&current) = format.get(position) {
            position += 1;
            if matches!(current, '#' | '0' | '.') {
                self.write_surplus();
            }
            match current {
                ';' => break,
                '#' | '0' => self.write_placeholder(),
                '.' => self.write_point(),
                '‰' | '%' => self.text.push(current),
                ',' => {}
                '\'' | '"' => {
                    let end = skip_quoted(format, position, current);
                    let inner = format.get(position..end).unwrap_or_default();
                    self.text.extend(inner.strip_suffix(&[current]).unwrap_or(inner));
                    position = end;
                }
                '\\' => {
                    self.text.extend(format.get(position));
                    position += 1;
                }
                'E' | 'e' => position = self.write_exponent(format, position, current),
                other => self.text.push(other),
            }
        }
        if self.sign && self.digits.scale == 0 && !self.text.is_empty() {
            self.text.insert(0, '-');
        }
        self.text
    }

    /// Digits for which the format has no placeholder go before the first one.
    fn write_surplus(&mut self) {
        while self.surplus > 0 {
            let digit = self.take().unwrap_or('0');
            self.push_digit(digit);
            self.place -= 1;
            self.surplus -= 1;
        }
    }

    fn write_placeholder(&mut self) {
        let digit = if self.surplus < 0 {
            self.surplus += 1;
            (self.place <= self.zero_from).then_some('0')
        } else {
            self.take().or_else(|| (self.place > self.zero_to).then_some('0'))
        };
        if let Some(digit) = digit {
            self.push_digit(digit);
        }
        self.place -= 1;
    }

    fn write_point(&mut self) {
        let more = self.layout.point < self.layout.placeholders && self.digits.at(self.next).is_some();
        if self.place == 0 && !self.point_written && (self.zero_to < 0 || more) {
            self.text.push('.');
            self.point_written = true;
        }
    }

    fn write_exponent(&mut self, format: &[char], position: usize, letter: char) -> usize {
        let placeholder = exponent_zeros(format, position);
        let Some((zeros, signed)) = placeholder.filter(|_| self.layout.scientific && !self.exponent_written) else {
            self.text.push(letter);
            if self.exponent_written || !self.layout.scientific {
                // A second exponent is text, zeros and all.
                let signed = usize::from(matches!(format.get(position), Some('+' | '-')));
                let rest = format.get(position + signed..).unwrap_or_default();
                let end = position + signed + rest.iter().take_while(|c| **c == '0').count();
                self.text.extend(format.get(position..end).unwrap_or_default());
                return end;
            }
            return position;
        };
        let point = i32::try_from(self.layout.point).unwrap_or(i32::MAX);
        let value = if self.digits.is_zero() { 0 } else { self.digits.scale.saturating_sub(point) };
        let plus = format.get(position) == Some(&'+');
        push_exponent(&mut self.text, letter, value, zeros.min(EXPONENT_WIDTH_MAX), plus);
        self.exponent_written = true;
        position + zeros + usize::from(signed)
    }

    fn take(&mut self) -> Option<char> {
        let digit = self.digits.at(self.next)?;
        self.next += 1;
        Some(char::from(digit))
    }

    fn push_digit(&mut self, digit: char) {
        self.text.push(digit);
        let behind = self.place - 1;
        if self.layout.grouped && behind > 0 && behind % 3 == 0 && behind < self.grouped_digits {
            self.text.push(',');
        }
    }
}

#[cfg(test)]
mod tests;
