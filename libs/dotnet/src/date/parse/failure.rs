//! Why a text is no date, and what .NET says about it.

use crate::Exception;

/// Why a text is no date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    BadDateTime,
    /// At this UTF-16 position.
    UnknownWord(usize),
    /// There is no such day or time.
    NotInCalendar,
    WrongDayOfWeek,
    OffsetOutOfRange,
    /// The universal time of a DateTimeOffset.
    UtcOutOfRange,
    DateOutOfRange,
    /// A date without a year but with an offset.
    MissingYear,
    /// A format says the same thing twice, and the text gives two values.
    Repeated(char),
    BadQuote(char),
    /// The format that is wrong.
    BadFormat(String),
    NoFormat,
}

impl Failure {
    /// The exception for a text.
    pub(super) fn exception(&self, text: &str) -> Exception {
        let message = match self {
            Failure::BadDateTime => format!("String '{text}' was not recognized as a valid DateTime."),
            Failure::UnknownWord(at) => format!(
                "The string '{text}' was not recognized as a valid DateTime. There is an unknown word starting at \
                 index '{at}'."
            ),
            Failure::NotInCalendar => format!(
                "The DateTime represented by the string '{text}' is not supported in calendar \
                 'System.Globalization.GregorianCalendar'."
            ),
            Failure::WrongDayOfWeek => {
                format!("String '{text}' was not recognized as a valid DateTime because the day of week was incorrect.")
            }
            Failure::OffsetOutOfRange => {
                format!("The time zone offset of string '{text}' must be within plus or minus 14 hours.")
            }
            Failure::UtcOutOfRange => {
                format!("The UTC representation of the date '{text}' falls outside the year range 1-9999.")
            }
            Failure::DateOutOfRange => format!("The DateTime represented by the string '{text}' is out of range."),
            Failure::MissingYear => {
                format!("There must be at least a partial date with a year present in the input string '{text}'.")
            }
            Failure::Repeated(specifier) => {
                format!("DateTime pattern '{specifier}' appears more than once with different values.")
            }
            Failure::BadQuote(quote) => {
                format!("Cannot find a matching quote character for the character '{quote}'.")
            }
            Failure::BadFormat(format) => format!("Format specifier '{format}' was invalid."),
            Failure::NoFormat => "No format specifiers were provided.".to_owned(),
        };
        Exception::format(message)
    }
}
