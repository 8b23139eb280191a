//! `ParseExact`: the text has to have the format's parts, in its order.

use super::failure::Failure;
use super::fields::{Fields, Parsed, Settings, TimeMark, Zone};
use super::styles::DateTimeStyles;
use super::{four_digit_year, lexer};
use crate::date::cursor::{Cursor, QuoteError, quoted};
use crate::date::format::{pattern, standard_letter};
use crate::date::{DayOfWeek, names};

type Result<T> = std::result::Result<T, Failure>;

/// Most `f`s: ticks have no more digits.
const FRACTION_DIGITS_MAX: usize = 7;

/// A reader, its places in text and format, and what it has found.
struct Reader<'a> {
    text: Cursor<'a>,
    format: Cursor<'a>,
    fields: Fields,
    settings: Settings,
    /// The standard format that the format came from.
    letter: Option<char>,
    time_mark: Option<TimeMark>,
    is_12_hours: bool,
    is_two_digit_year: bool,
}

pub(super) fn read(text: &str, format: &str, settings: Settings) -> Result<Parsed> {
    if text.is_empty() {
        return Err(Failure::BadDateTime);
    }
    if format.is_empty() {
        return Err(Failure::BadFormat(String::new()));
    }
    let letter = standard_letter(format);
    let mut fields = Fields::default();
    let expanded = match letter {
        None => format,
        Some('U') if settings.captures_offset => return Err(Failure::BadFormat(format.to_owned())),
        Some(letter) => {
            if letter == 'U' {
                fields.zone = Some(Zone::UTC);
            }
            pattern(letter).ok_or_else(|| Failure::BadFormat(format.to_owned()))?
        }
    };
    let (mut trimmed, mut expanded) = (text, expanded);
    if settings.styles.has(DateTimeStyles::ALLOW_TRAILING_WHITE) {
        (trimmed, expanded) = (trimmed.trim_end(), expanded.trim_end());
    }
    if settings.styles.has(DateTimeStyles::ALLOW_LEADING_WHITE) {
        (trimmed, expanded) = (trimmed.trim_start(), expanded.trim_start());
    }
    let reader = Reader {
        text: Cursor::new(trimmed),
        format: Cursor::new(expanded),
        fields,
        settings,
        letter,
        time_mark: None,
        is_12_hours: false,
        is_two_digit_year: false,
    };
    let is_round_trip = matches!(letter, Some('o' | 'O')) && settings.styles == DateTimeStyles::NONE;
    if is_round_trip && !has_round_trip_offset(text) {
        return Err(Failure::BadDateTime);
    }
    match reader.read() {
        // .NET has a shorter way for this format, which does not tell why.
        Err(Failure::NotInCalendar) if is_round_trip => Err(Failure::BadDateTime),
        other => other,
    }
}

/// `o` takes an offset only with its colon.
fn has_round_trip_offset(text: &str) -> bool {
    const WITHOUT_ZONE: usize = 27;
    let zone = text.get(WITHOUT_ZONE..).unwrap_or_default();
    zone.is_empty() || zone == "Z" || zone.contains(':')
}

impl Reader<'_> {
    fn read(mut self) -> Result<Parsed> {
        let allows_inner_white = self.settings.styles.has(DateTimeStyles::ALLOW_INNER_WHITE);
        while let Some(specifier) = self.format.next() {
            if allows_inner_white {
                self.text.skip_white();
            }
            self.part(specifier, allows_inner_white)?;
        }
        if !self.text.is_at_end() {
            return Err(Failure::BadDateTime);
        }
        if self.is_two_digit_year {
            let year = self.fields.year.filter(|year| *year < 100).ok_or(Failure::BadDateTime)?;
            self.fields.year = Some(four_digit_year(year));
        }
        self.adjust_hour()?;
        self.fields.finish(self.settings)
    }

    /// One specifier of the format, whose first character has been read.
    fn part(&mut self, specifier: char, allows_inner_white: bool) -> Result<()> {
        match specifier {
            'y' | 'M' | 'd' | 'h' | 'H' | 'm' | 's' | 'f' | 'F' | 't' | 'z' | 'g' => {
                let count = 1 + self.format.eat_run(specifier);
                self.field(specifier, count)
            }
            'Z' => {
                let found = self.text.eat_word("GMT") || self.text.eat_word("Z");
                self.set_zone(found.then_some(Zone::UTC), 'Z')
            }
            'K' => match self.text.peek() {
                Some('Z') => {
                    self.text.next();
                    self.set_zone(Some(Zone::UTC), 'K')
                }
                Some('+' | '-') => {
                    let zone = self.offset(3);
                    self.set_zone(zone, 'K')
                }
                _ => Ok(()),
            },
            '\'' | '"' => self.quoted(specifier, allows_inner_white),
            '%' if matches!(self.format.peek(), None | Some('%')) => Err(self.bad_format()),
            '%' => Ok(()),
            '\\' => {
                let literal = self.format.next().ok_or_else(|| self.bad_format())?;
                self.literal(literal)
            }
            '.' if !self.text.eat('.') => {
                // A fraction that may be missing takes its point with it.
                if self.format.eat_run('F') > 0 { Ok(()) } else { Err(Failure::BadDateTime) }
            }
            '.' => Ok(()),
            ' ' if allows_inner_white || self.text.eat(' ') => Ok(()),
            ' ' if self.settings.styles.has(DateTimeStyles::ALLOW_TRAILING_WHITE) && !self.format.is_at_end() => Ok(()),
            'G' if self.format.eat_any_case("MT") => {
                self.fields.zone = Some(Zone { is_utc: false, ..Zone::UTC });
                if self.text.eat_text("GMT") { Ok(()) } else { Err(Failure::BadDateTime) }
            }
            _ => self.literal(specifier),
        }
    }

    fn literal(&mut self, expected: char) -> Result<()> {
        if self.text.eat(expected) { Ok(()) } else { Err(Failure::BadDateTime) }
    }

    fn bad_format(&self) -> Failure {
        Failure::BadFormat(self.format.text().to_owned())
    }

    fn field(&mut self, specifier: char, count: usize) -> Result<()> {
        let text = &mut self.text;
        match (specifier, count) {
            ('y', _) => {
                self.is_two_digit_year |= count <= 2;
                let year = digits(text, count);
                set(&mut self.fields.year, year, specifier)
            }
            ('M', 1 | 2) => set(&mut self.fields.month, digits(text, count), specifier),
            ('M', _) => {
                let found = (1..).zip(names::MONTHS).find(|(_, name)| eat_name(text, name, count));
                set(&mut self.fields.month, found.map(|(month, _)| month), specifier)
            }
            ('d', 1 | 2) => set(&mut self.fields.day, digits(text, count), specifier),
            ('d', _) => {
                let found = DayOfWeek::ALL.into_iter().find(|day| eat_name(text, day.name(), count));
                set(&mut self.fields.day_of_week, found, specifier)
            }
            ('h' | 'H', _) => {
                self.is_12_hours |= specifier == 'h';
                set(&mut self.fields.hour, digits(text, count.min(2)), specifier)
            }
            ('m', _) => set(&mut self.fields.minute, digits(text, count.min(2)), specifier),
            ('s', _) => set(&mut self.fields.second, digits(text, count.min(2)), specifier),
            ('f' | 'F', _) => self.fraction(specifier, count),
            ('t', _) => {
                let mark = match (count, text.peek()) {
                    (1, Some('A')) if text.eat('A') => Some(TimeMark::Am),
                    (1, Some('P')) if text.eat('P') => Some(TimeMark::Pm),
                    (2.., _) if text.eat_any_case("AM") => Some(TimeMark::Am),
                    (2.., _) if text.eat_any_case("PM") => Some(TimeMark::Pm),
                    _ => None,
                };
                set(&mut self.time_mark, mark, specifier)
            }
            ('z', _) => {
                let zone = self.offset(count);
                self.set_zone(zone, 'z')
            }
            // An era.
            _ => {
                let found = text.eat_any_case("A.D.") || text.eat_any_case("AD");
                if found { Ok(()) } else { Err(Failure::BadDateTime) }
            }
        }
    }

    /// `f` takes exactly so many digits, `F` at most.
    fn fraction(&mut self, specifier: char, count: usize) -> Result<()> {
        if count > FRACTION_DIGITS_MAX {
            return Err(Failure::BadDateTime);
        }
        let before = self.text.rest().len();
        let value = self.text.number(0, count).unwrap_or(0);
        let found = before - self.text.rest().len();
        if specifier == 'f' && found < count {
            return Err(Failure::BadDateTime);
        }
        let scale = 10_f64.powi(i32::try_from(found).unwrap_or(0));
        set(&mut self.fields.fraction, Some(f64::from(value) / scale), specifier)
    }

    /// `+2` (`z`), `+02` (`zz`), `+02:00` (`zzz`).
    fn offset(&mut self, count: usize) -> Option<Zone> {
        let is_negative = match self.text.next()? {
            '+' => false,
            '-' => true,
            _ => return None,
        };
        let hours = digits(&mut self.text, if count == 2 { 2 } else { 1 })?;
        let mut minutes = 0;
        if count >= 3 {
            self.text.eat(':');
            minutes = digits(&mut self.text, 2)?;
        }
        lexer::zone(is_negative, hours, minutes)
    }

    fn set_zone(&mut self, zone: Option<Zone>, specifier: char) -> Result<()> {
        let zone = zone.ok_or(Failure::BadDateTime)?;
        let before = self.fields.zone;
        if before.is_some_and(|before| before.offset_ticks != zone.offset_ticks) {
            return Err(Failure::Repeated(specifier));
        }
        let is_utc = zone.is_utc || before.is_some_and(|before| before.is_utc);
        self.fields.zone = Some(Zone { is_utc, ..zone });
        Ok(())
    }

    fn quoted(&mut self, quote: char, allows_inner_white: bool) -> Result<()> {
        let mut literal = String::new();
        quoted(&mut self.format, quote, &mut literal).map_err(|_: QuoteError| Failure::BadQuote(quote))?;
        for expected in literal.chars() {
            if expected == ' ' && allows_inner_white {
                self.text.skip_white();
            } else {
                self.literal(expected)?;
            }
        }
        // The quotes in `R` and `u` hide the zone from a DateTime, for old programs' sake; a DateTimeOffset sees it.
        let is_zone = match self.letter {
            Some('r' | 'R') => literal == "GMT",
            Some('u') => literal == "Z",
            _ => false,
        };
        if is_zone && self.settings.captures_offset {
            self.fields.zone = Some(Zone { is_utc: false, ..Zone::UTC });
        }
        Ok(())
    }

    /// With `h` the text says AM unless it says PM; with `H` a mark must not contradict the hour.
    fn adjust_hour(&mut self) -> Result<()> {
        let hour = self.fields.hour.unwrap_or(-1);
        if !self.is_12_hours {
            let contradicts = match self.time_mark {
                None => false,
                Some(TimeMark::Am) => hour >= 12,
                Some(TimeMark::Pm) => hour < 12,
            };
            return if contradicts { Err(Failure::BadDateTime) } else { Ok(()) };
        }
        if hour > 12 {
            return Err(Failure::BadDateTime);
        }
        let afternoon = if self.time_mark == Some(TimeMark::Pm) { 12 } else { 0 };
        self.fields.hour = Some(hour % 12 + afternoon);
        Ok(())
    }
}

/// So many digits; one means one or two.
fn digits(text: &mut Cursor<'_>, count: usize) -> Option<i32> {
    text.number(count, if count == 1 { 2 } else { count })
}

/// A name, or with three specifiers its abbreviation.
fn eat_name(text: &mut Cursor<'_>, name: &'static str, count: usize) -> bool {
    text.eat_any_case(if count == 3 { names::short(name) } else { name })
}

/// Takes a value; a second one has to be the same.
fn set<T: PartialEq>(slot: &mut Option<T>, value: Option<T>, specifier: char) -> Result<()> {
    let value = value.ok_or(Failure::BadDateTime)?;
    if slot.as_ref().is_some_and(|before| *before != value) {
        return Err(Failure::Repeated(specifier));
    }
    *slot = Some(value);
    Ok(())
}
