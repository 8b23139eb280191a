//! `Parse`: a date in whatever order and shape.

use super::failure::Failure;
use super::fields::{Fields, Parsed, Settings, TimeMark, Zone};
use super::grammar::{Complete, Follow, Item, State, Step};
use super::lexer::{self, Separator, Word};
use super::{four_digit_year, iso};
use crate::date::calendar::days_from_date;
use crate::date::cursor::Cursor;

type Result<T> = std::result::Result<T, Failure>;

/// Numbers in one date or time.
const NUMBERS_MAX: usize = 3;

/// A reader, its place and what it has found.
pub(super) struct Reader<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) fields: Fields,
    pub(super) settings: Settings,
    state: State,
    /// Numbers that no complete date or time has taken yet.
    numbers: [i32; NUMBERS_MAX],
    number_count: usize,
    /// A number that can only be a year.
    year: Option<i32>,
    /// A month that is written as a name.
    month: Option<i32>,
    time_mark: Option<TimeMark>,
    has_date: bool,
    has_time: bool,
    is_complete: bool,
}

pub(super) fn read(text: &str, settings: Settings) -> Result<Parsed> {
    if text.is_empty() {
        return Err(Failure::BadDateTime);
    }
    let reader = Reader {
        cursor: Cursor::new(text),
        fields: Fields::default(),
        settings,
        state: State::Start,
        numbers: [0; NUMBERS_MAX],
        number_count: 0,
        year: None,
        month: None,
        time_mark: None,
        has_date: false,
        has_time: false,
        is_complete: false,
    };
    reader.read()
}

impl<'a> Reader<'a> {
    fn read(mut self) -> Result<Parsed> {
        loop {
            let before = self.cursor;
            let step = match lexer::word(&mut self.cursor)? {
                Word::End => {
                    let step = self.state.end();
                    self.advance(step)?;
                    break;
                }
                Word::Number(value) => {
                    if self.number_count == NUMBERS_MAX {
                        return Err(Failure::BadDateTime);
                    }
                    self.number_tail()?;
                    let Some(follow) = self.number(value)? else { return iso::read(self) };
                    follow.map(|follow| self.state.step(Item::Number, follow))
                }
                Word::Year(value) => {
                    if self.number_count == NUMBERS_MAX {
                        return Err(Failure::BadDateTime);
                    }
                    self.number_tail()?;
                    self.year(value)?.map(|follow| self.state.step(Item::Year, follow))
                }
                Word::Month(value) => Some(self.month(value)?),
                Word::DayOfWeek(day) => {
                    set_once(&mut self.fields.day_of_week, day)?;
                    Some(self.state.day_of_week())
                }
                Word::TimeMark(mark) => {
                    set_once(&mut self.time_mark, mark)?;
                    None
                }
                Word::Utc => {
                    set_once(&mut self.fields.zone, Zone::UTC)?;
                    Some(self.state.zone())
                }
                Word::Filler => None,
                Word::Era => Some(self.state.era()),
                Word::Unknown => {
                    self.unknown()?;
                    None
                }
            };
            if let Some(step) = step {
                self.advance(step)?;
            }
            // Every round reads something; this only guards the loop against a mistake here.
            if self.cursor.rest().len() == before.rest().len() {
                return Err(Failure::BadDateTime);
            }
        }
        if !self.is_complete {
            return Err(Failure::BadDateTime);
        }
        self.adjust_hour()?;
        self.fields.finish(self.settings)
    }

    fn advance(&mut self, step: Step) -> Result<()> {
        match step {
            Step::To(state) => self.state = state,
            Step::Wrong => return Err(Failure::BadDateTime),
            Step::Done(complete) => {
                self.complete(complete)?;
                self.is_complete = true;
                self.state = State::Start;
            }
        }
        Ok(())
    }

    /// What may stand right behind the number of a time: a fraction of a second, an offset.
    fn number_tail(&mut self) -> Result<()> {
        // The last character of a text is neither.
        let has_more = |cursor: &Cursor<'_>| cursor.rest().chars().nth(1).is_some();
        if self.state == State::HourMinute && has_more(&self.cursor) && self.cursor.eat('.') {
            self.fields.fraction = Some(lexer::fraction(&mut self.cursor).unwrap_or(0.0));
        }
        if self.state.is_in_time() { self.offset() } else { Ok(()) }
    }

    /// An offset, if one stands here.
    fn offset(&mut self) -> Result<()> {
        let mut ahead = self.cursor;
        ahead.skip_white();
        if !matches!(ahead.peek(), Some('+' | '-')) || ahead.rest().len() < 2 {
            return Ok(());
        }
        let zone = lexer::offset(&mut ahead).ok_or(Failure::BadDateTime)?;
        self.cursor = ahead;
        set_once(&mut self.fields.zone, zone)
    }

    /// What follows a number of one or two digits. The outer `None` is a `T`, behind which a time in ISO 8601 stands; the inner one
    /// says that the number counts for nothing.
    fn number(&mut self, value: i32) -> Result<Option<Option<Follow>>> {
        let before = self.cursor;
        let follow = match lexer::separator(&mut self.cursor) {
            Separator::End => Follow::End,
            Separator::Space => Follow::Space,
            Separator::Date => Follow::DateSeparator,
            Separator::Time => Follow::TimeSeparator,
            Separator::DateOrOffset => self.date_or_offset(Item::Number, before),
            Separator::TimeMark(mark) => {
                if self.time_mark.is_some() {
                    return Ok(Some(None));
                }
                self.time_mark = Some(mark);
                if self.state == State::PairDate {
                    // `1/10 5 AM`: the two numbers before are a date.
                    self.complete(Complete::DateNN)?;
                }
                self.add_number(value);
                if self.state.is_in_time() {
                    self.offset()?;
                }
                return Ok(Some(Some(Follow::TimeMark)));
            }
            Separator::LocalTime => {
                self.add_number(value);
                let is_date = matches!(self.state, State::YearNumber | State::YearNumberSeparated);
                return if is_date { Ok(None) } else { Err(Failure::BadDateTime) };
            }
        };
        self.add_number(value);
        Ok(Some(Some(follow)))
    }

    fn add_number(&mut self, value: i32) {
        if let Some(slot) = self.numbers.get_mut(self.number_count) {
            *slot = value;
            self.number_count += 1;
        }
    }

    /// What follows a year; `None` if it counts for nothing.
    fn year(&mut self, value: i32) -> Result<Option<Follow>> {
        set_once(&mut self.year, value)?;
        let before = self.cursor;
        Ok(Some(match lexer::separator(&mut self.cursor) {
            Separator::End => Follow::End,
            Separator::Space => Follow::Space,
            Separator::Date => Follow::DateSeparator,
            Separator::DateOrOffset => self.date_or_offset(Item::Year, before),
            Separator::TimeMark(_) if self.time_mark.is_some() => return Ok(None),
            Separator::TimeMark(mark) => {
                self.time_mark = Some(mark);
                Follow::Space
            }
            Separator::Time | Separator::LocalTime => return Err(Failure::BadDateTime),
        }))
    }

    fn month(&mut self, value: i32) -> Result<Step> {
        set_once(&mut self.month, value)?;
        let before = self.cursor;
        let follow = match lexer::separator(&mut self.cursor) {
            Separator::End => Follow::End,
            Separator::Space => Follow::Space,
            Separator::Date => Follow::DateSeparator,
            Separator::DateOrOffset => self.date_or_offset(Item::Month, before),
            Separator::Time | Separator::TimeMark(_) | Separator::LocalTime => return Err(Failure::BadDateTime),
        };
        Ok(self.state.step(Item::Month, follow))
    }

    /// A `-` that cannot go on with the date but stands behind a complete one starts an offset.
    fn date_or_offset(&mut self, item: Item, before: Cursor<'a>) -> Follow {
        let goes_on = self.state.step(item, Follow::DateSeparator) != Step::Wrong;
        let is_complete = matches!(self.state.step(item, Follow::Space), Step::Done(_));
        if goes_on || !is_complete {
            return Follow::DateSeparator;
        }
        self.cursor = before;
        Follow::Space
    }

    fn unknown(&mut self) -> Result<()> {
        let Some(found) = self.cursor.peek() else { return Ok(()) };
        if found.is_alphabetic() {
            return Err(Failure::UnknownWord(self.cursor.utf16_position()));
        }
        if matches!(found, '+' | '-') && self.fields.zone.is_none() {
            let mut ahead = self.cursor;
            if let Some(zone) = lexer::offset(&mut ahead) {
                self.cursor = ahead;
                self.fields.zone = Some(zone);
                return Ok(());
            }
        }
        if lexer::punctuation(&mut self.cursor) { Ok(()) } else { Err(Failure::BadDateTime) }
    }

    /// Takes the collected numbers for what they are.
    fn complete(&mut self, complete: Complete) -> Result<()> {
        let [first, second, third] = self.numbers;
        self.number_count = 0;
        let month = self.month.unwrap_or(0);
        let year = self.year.unwrap_or(0);
        match complete {
            Complete::TimeN if self.time_mark.is_none() => return Err(Failure::BadDateTime),
            Complete::TimeN => return self.set_time(first, None, None),
            Complete::TimeNN => return self.set_time(first, Some(second), None),
            Complete::TimeNNN => return self.set_time(first, Some(second), Some(third)),
            _ if self.has_date => return Err(Failure::BadDateTime),
            Complete::DateNN => {
                let year = self.default_year();
                self.set_date(year, first, second)?;
            }
            Complete::DateNNN => self.set_date(four_digit_year(third), first, second)?,
            // .NET does not count a date without a year as the one date of the text.
            Complete::DateMN => {
                let year = self.default_year();
                return self.set_date(year, month, first);
            }
            Complete::DateNM => return self.set_date(four_digit_year(first), month, 1),
            Complete::DateMNN => {
                let year = four_digit_year(second);
                if self.set_date(year, month, first).is_err() {
                    self.set_date(four_digit_year(first), month, second)?;
                }
            }
            Complete::DateYNN | Complete::DateNNY => self.set_date(year, first, second)?,
            Complete::DateYMN => self.set_date(year, month, first)?,
            Complete::DateYN => self.set_date(year, first, 1)?,
            Complete::DateYM => self.set_date(year, month, 1)?,
        }
        self.has_date = true;
        Ok(())
    }

    fn default_year(&mut self) -> i32 {
        self.fields.is_year_default = true;
        self.settings.now(self.fields.zone).year()
    }

    fn set_date(&mut self, year: i32, month: i32, day: i32) -> Result<()> {
        days_from_date(year, month, day).ok_or(Failure::BadDateTime)?;
        (self.fields.year, self.fields.month, self.fields.day) = (Some(year), Some(month), Some(day));
        Ok(())
    }

    fn set_time(&mut self, hour: i32, minute: Option<i32>, second: Option<i32>) -> Result<()> {
        if self.has_time {
            return Err(Failure::BadDateTime);
        }
        self.has_time = true;
        (self.fields.hour, self.fields.minute, self.fields.second) = (Some(hour), minute, second);
        Ok(())
    }

    /// AM and PM; a time of 13 to 23 may have a PM, but no AM.
    fn adjust_hour(&mut self) -> Result<()> {
        let hour = self.fields.hour.unwrap_or(0);
        self.fields.hour = Some(match self.time_mark {
            None => return Ok(()),
            Some(TimeMark::Am) if hour > 12 => return Err(Failure::BadDateTime),
            Some(TimeMark::Am) => hour % 12,
            Some(TimeMark::Pm) if hour > 23 => return Err(Failure::BadDateTime),
            Some(TimeMark::Pm) => hour % 12 + 12,
        });
        Ok(())
    }

    /// Year, month and day that were written before a `T`.
    pub(super) fn date_before_time(&self) -> (Option<i32>, i32, i32) {
        let [month, day, _] = self.numbers;
        (self.year, month, day)
    }
}

fn set_once<T>(slot: &mut Option<T>, value: T) -> Result<()> {
    if slot.is_some() {
        return Err(Failure::BadDateTime);
    }
    *slot = Some(value);
    Ok(())
}
