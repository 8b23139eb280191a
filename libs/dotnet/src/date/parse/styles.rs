//! System.Globalization.DateTimeStyles.

use crate::Exception;

/// How text is read: a set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DateTimeStyles(pub i32);

impl DateTimeStyles {
    /// `None`
    pub const NONE: DateTimeStyles = DateTimeStyles(0);
    /// `AllowLeadingWhite`
    pub const ALLOW_LEADING_WHITE: DateTimeStyles = DateTimeStyles(1);
    /// `AllowTrailingWhite`
    pub const ALLOW_TRAILING_WHITE: DateTimeStyles = DateTimeStyles(2);
    /// `AllowInnerWhite`
    pub const ALLOW_INNER_WHITE: DateTimeStyles = DateTimeStyles(4);
    /// `AllowWhiteSpaces`
    pub const ALLOW_WHITE_SPACES: DateTimeStyles = DateTimeStyles(7);
    /// `NoCurrentDateDefault`
    pub const NO_CURRENT_DATE_DEFAULT: DateTimeStyles = DateTimeStyles(8);
    /// `AdjustToUniversal`
    pub const ADJUST_TO_UNIVERSAL: DateTimeStyles = DateTimeStyles(16);
    /// `AssumeLocal`
    pub const ASSUME_LOCAL: DateTimeStyles = DateTimeStyles(32);
    /// `AssumeUniversal`
    pub const ASSUME_UNIVERSAL: DateTimeStyles = DateTimeStyles(64);
    /// `RoundtripKind`
    pub const ROUNDTRIP_KIND: DateTimeStyles = DateTimeStyles(128);

    /// Both sets together.
    #[must_use]
    pub const fn with(self, other: DateTimeStyles) -> DateTimeStyles {
        DateTimeStyles(self.0 | other.0)
    }

    /// Whether a flag is set.
    pub(super) const fn has(self, flag: DateTimeStyles) -> bool {
        self.0 & flag.0 != 0
    }

    /// Refuses unknown flags and contradictions; the parameter's name is part of the message.
    pub(super) fn check(self, parameter: &str) -> Result<(), Exception> {
        let zones = DateTimeStyles::ASSUME_LOCAL.with(DateTimeStyles::ASSUME_UNIVERSAL);
        let message = if self.0 & !0xFF != 0 {
            "An undefined DateTimeStyles value is being used."
        } else if self.0 & zones.0 == zones.0 {
            "The DateTimeStyles values AssumeLocal and AssumeUniversal cannot be used together."
        } else if self.has(DateTimeStyles::ROUNDTRIP_KIND) && self.has(zones.with(DateTimeStyles::ADJUST_TO_UNIVERSAL))
        {
            "The DateTimeStyles value RoundtripKind cannot be used with the values AssumeLocal, AssumeUniversal or \
             AdjustToUniversal."
        } else {
            return Ok(());
        };
        Err(Exception::argument(parameter, message))
    }

    /// The styles a DateTimeOffset is read with: it keeps its offset, so RoundtripKind and AssumeLocal say nothing new.
    pub(super) fn for_offset(self, parameter: &str) -> Result<DateTimeStyles, Exception> {
        let ignored = DateTimeStyles::ROUNDTRIP_KIND.0;
        DateTimeStyles(self.0 & !ignored).check(parameter)?;
        if self.has(DateTimeStyles::NO_CURRENT_DATE_DEFAULT) {
            let message = "The DateTimeStyles value 'NoCurrentDateDefault' is not allowed when parsing DateTimeOffset.";
            return Err(Exception::argument(parameter, message));
        }
        Ok(DateTimeStyles(self.0 & !ignored & !DateTimeStyles::ASSUME_LOCAL.0))
    }
}
