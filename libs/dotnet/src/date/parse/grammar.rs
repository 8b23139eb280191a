//! Which sequences of numbers, names and separators are dates and times.
//!
//! The reader collects items until they make a date or a time, then starts over: `2024-05-01 12:30` is a date and then a time. A state is
//! what has been collected, and whether a date separator came last.

use State::{
    Day, DayMonth, DaySeparated, Hour, HourMinute, Month, MonthDay, MonthDaySeparated, Pair, PairDate, PairSeparated,
    Start, Year, YearMonth, YearMonthSeparated, YearNumber, YearNumberSeparated,
};

/// What has been collected since the last complete date or time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Start,
    /// A number.
    Day,
    /// A number and `/`.
    DaySeparated,
    /// Two numbers that may be part of a date or a time.
    Pair,
    /// Two numbers of a date.
    PairDate,
    /// Two numbers of a date and `/`.
    PairSeparated,
    Month,
    MonthDay,
    /// A number, then a month.
    DayMonth,
    MonthDaySeparated,
    Year,
    YearNumber,
    YearNumberSeparated,
    YearMonth,
    YearMonthSeparated,
    /// A number and `:`.
    Hour,
    /// Two numbers, each with `:`.
    HourMinute,
}

/// What a complete sequence is. The names say what is written: N is a number, M a month's name, Y a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Complete {
    DateNN,
    DateNNN,
    DateMN,
    DateNM,
    DateMNN,
    DateYNN,
    DateNNY,
    DateYMN,
    DateYN,
    DateYM,
    /// An hour with AM or PM.
    TimeN,
    TimeNN,
    TimeNNN,
}

/// An item that is collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Item {
    Number,
    Month,
    Year,
}

/// What stands behind an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    End,
    Space,
    DateSeparator,
    TimeSeparator,
    TimeMark,
}

/// Where an item leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    To(State),
    Done(Complete),
    Wrong,
}

impl State {
    /// Where an item leads.
    pub(super) fn step(self, item: Item, follow: Follow) -> Step {
        match item {
            Item::Number => self.number(follow),
            Item::Month => self.month(follow),
            Item::Year => self.year(follow),
        }
    }

    fn number(self, follow: Follow) -> Step {
        use Complete::{DateMN, DateMNN, DateNN, DateNNN, DateYMN, DateYN, DateYNN, TimeN, TimeNN, TimeNNN};
        use Follow::{DateSeparator, End, Space, TimeMark, TimeSeparator};
        use Step::{Done, To, Wrong};
        match (self, follow) {
            (Start, TimeMark) | (PairDate, TimeMark) => Done(TimeN),
            (Start, Space) => To(Day),
            (Start, DateSeparator) => To(DaySeparated),
            (Start, TimeSeparator) => To(Hour),
            (Day, Space) => To(Pair),
            (Day, TimeMark) => Done(TimeNN),
            (Day, End) | (DaySeparated, End) => Done(DateNN),
            (Day, DateSeparator) | (DaySeparated, DateSeparator) => To(PairSeparated),
            (DaySeparated, Space) => To(PairDate),
            (Pair, TimeMark) => Done(TimeNNN),
            (Pair | PairDate, End | Space) | (PairSeparated, End | Space | TimeMark) => Done(DateNNN),
            (Pair | PairDate | MonthDay | DayMonth, TimeSeparator) => To(Hour),
            (Month, End) => Done(DateMN),
            (Month, Space) => To(MonthDay),
            (Month, DateSeparator) => To(MonthDaySeparated),
            (MonthDay | DayMonth, End | Space | TimeMark) | (MonthDaySeparated, End | Space) => Done(DateMNN),
            (Year, End) => Done(DateYN),
            (Year, Space) => To(YearNumber),
            (Year, DateSeparator) => To(YearNumberSeparated),
            (YearNumber | YearNumberSeparated, End | Space | TimeMark) => Done(DateYNN),
            (YearMonth | YearMonthSeparated, End | Space | TimeMark) => Done(DateYMN),
            (Hour, End | Space | TimeMark) => Done(TimeNN),
            (Hour, TimeSeparator) => To(HourMinute),
            (HourMinute, End | Space | TimeMark) => Done(TimeNNN),
            _ => Wrong,
        }
    }

    fn month(self, follow: Follow) -> Step {
        use Complete::{DateMNN, DateNM, DateYM, DateYMN};
        use Follow::{DateSeparator, End, Space};
        use Step::{Done, To, Wrong};
        match (self, follow) {
            (Start, Space | DateSeparator) => To(Month),
            (Day | DaySeparated | Hour, End) => Done(DateNM),
            (Day | Hour, Space) => To(DayMonth),
            (DaySeparated, Space) => To(MonthDay),
            (Day | DaySeparated, DateSeparator) => To(MonthDaySeparated),
            (Pair | PairDate | PairSeparated, End | Space) => Done(DateMNN),
            (Year, End) => Done(DateYM),
            (Year, Space) => To(YearMonth),
            (Year, DateSeparator) => To(YearMonthSeparated),
            (YearNumber | YearNumberSeparated, End | Space) => Done(DateYMN),
            _ => Wrong,
        }
    }

    fn year(self, follow: Follow) -> Step {
        use Complete::{DateNNY, DateYM, DateYMN, DateYN};
        use Follow::{DateSeparator, End, Space};
        use Step::{Done, To, Wrong};
        match (self, follow) {
            (Start, Space | DateSeparator) => To(Year),
            (Day | DaySeparated, Space) => To(YearNumber),
            (Day | DaySeparated, DateSeparator) => To(YearNumberSeparated),
            (Day | DaySeparated, End) => Done(DateYN),
            (Pair | PairDate | PairSeparated, End | Space) => Done(DateNNY),
            (Month, Space) => To(YearMonth),
            (Month, DateSeparator) => To(YearMonthSeparated),
            (Month, End) => Done(DateYM),
            (MonthDay | DayMonth | MonthDaySeparated, End | Space) => Done(DateYMN),
            _ => Wrong,
        }
    }

    /// The end of the text.
    pub(super) fn end(self) -> Step {
        match self {
            Start => Step::To(Start),
            Pair | PairDate => Step::Done(Complete::DateNN),
            MonthDay => Step::Done(Complete::DateMN),
            DayMonth => Step::Done(Complete::DateNM),
            YearNumber => Step::Done(Complete::DateYN),
            YearMonth => Step::Done(Complete::DateYM),
            _ => Step::Wrong,
        }
    }

    /// A day of the week.
    pub(super) fn day_of_week(self) -> Step {
        if self == Hour { Step::Wrong } else { self.era() }
    }

    /// An era. It makes good for a date separator without the last part: `2024-5- A.D.` is a month.
    pub(super) fn era(self) -> Step {
        match self {
            YearNumberSeparated => Step::To(YearNumber),
            YearMonthSeparated => Step::To(YearMonth),
            _ => Step::To(self),
        }
    }

    /// `Z` or `GMT`: not between the parts of a date.
    pub(super) fn zone(self) -> Step {
        match self {
            Start | Day | Pair | Hour | HourMinute => Step::To(self),
            _ => Step::Wrong,
        }
    }

    /// Whether a number now is the minute or the second of a time.
    pub(super) fn is_in_time(self) -> bool {
        matches!(self, Hour | HourMinute)
    }
}
