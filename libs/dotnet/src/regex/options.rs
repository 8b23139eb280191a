//! `RegexOptions`.

use crate::Exception;

/// A set of options, with the bits of `System.Text.RegularExpressions.RegexOptions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegexOptions(u32);

#[allow(missing_docs, reason = "each is named after its member of RegexOptions")]
impl RegexOptions {
    pub const NONE: RegexOptions = RegexOptions(0);
    pub const IGNORE_CASE: RegexOptions = RegexOptions(1);
    pub const MULTILINE: RegexOptions = RegexOptions(2);
    pub const EXPLICIT_CAPTURE: RegexOptions = RegexOptions(4);
    pub const COMPILED: RegexOptions = RegexOptions(8);
    pub const SINGLELINE: RegexOptions = RegexOptions(16);
    pub const IGNORE_PATTERN_WHITESPACE: RegexOptions = RegexOptions(32);
    pub const RIGHT_TO_LEFT: RegexOptions = RegexOptions(64);
    pub const ECMA_SCRIPT: RegexOptions = RegexOptions(256);
    pub const CULTURE_INVARIANT: RegexOptions = RegexOptions(512);
    pub const NON_BACKTRACKING: RegexOptions = RegexOptions(1024);
}

/// Options that `ECMAScript` may stand with.
const BESIDE_ECMA_SCRIPT: u32 = 1 | 2 | 8 | 256 | 512;

impl RegexOptions {
    /// The options with these bits. `ArgumentOutOfRangeException` for unknown bits and for combinations that .NET refuses.
    pub fn from_bits(bits: u32) -> Result<RegexOptions, Exception> {
        let known = (1 << 11) - 1 - 128;
        let options = RegexOptions(bits);
        let clash = options.has(RegexOptions::ECMA_SCRIPT) && bits & !BESIDE_ECMA_SCRIPT != 0
            || options.has(RegexOptions::NON_BACKTRACKING)
                && bits & (RegexOptions::RIGHT_TO_LEFT.0 | RegexOptions::ECMA_SCRIPT.0) != 0;
        if bits & !known != 0 || clash {
            return Err(Exception::argument_out_of_range(
                "options",
                "Specified argument was out of the range of valid values.",
            ));
        }
        Ok(options)
    }

    /// Their bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Both sets.
    #[must_use]
    pub const fn with(self, other: RegexOptions) -> RegexOptions {
        RegexOptions(self.0 | other.0)
    }

    /// These without `other`.
    #[must_use]
    pub const fn without(self, other: RegexOptions) -> RegexOptions {
        RegexOptions(self.0 & !other.0)
    }

    /// Whether all of `other` are set.
    #[must_use]
    pub const fn has(self, other: RegexOptions) -> bool {
        self.0 & other.0 == other.0
    }
}
