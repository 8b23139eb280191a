//! Unicode general categories and named blocks: the names inside `\p{..}`.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// A set of general categories, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Categories(u32);

impl Categories {
    /// `\w`: letters, non-spacing marks, decimal digits, connector punctuation.
    pub(super) const WORD: Categories = Categories(0b1_1111 | 1 << 5 | 1 << 8 | 1 << 18);
    /// `\d`
    pub(super) const DIGIT: Categories = Categories(1 << 8);
    /// Punctuation, separators and others: what XML Schema's `\w` leaves out.
    const NO_WORD_OF_SCHEMAS: Categories =
        Categories(1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 16 | 1 << 17 | 0b111_1111 << 18 | 1 << 29);
    /// `Lu`, `Ll` and `Lt`: one of them means all with IgnoreCase.
    pub(super) const CASED: Categories = Categories(0b111);

    pub(super) fn contain(self, category: u32) -> bool {
        self.0 >> category & 1 == 1
    }

    pub(super) fn is_within(self, other: Categories) -> bool {
        self.0 & !other.0 == 0
    }

    /// The categories with this name: `Lu`, or `L` for all letters.
    pub(super) fn named(name: &str) -> Option<Categories> {
        if let Some(index) = NAMES.iter().position(|known| *known == name) {
            return Some(Categories(1 << index));
        }
        let bits = NAMES
            .iter()
            .enumerate()
            .filter(|(_, known)| name.len() == 1 && known.starts_with(name))
            .fold(0, |bits, (index, _)| bits | 1 << index);
        (bits != 0).then_some(Categories(bits))
    }
}

/// Names of the categories in the order of `System.Globalization.UnicodeCategory`.
const NAMES: [&str; 30] = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
];

/// The category of a unit as in `System.Globalization.UnicodeCategory`; halves of surrogate pairs are `Cs`.
pub(super) fn of(unit: u16) -> u32 {
    let Some(c) = char::from_u32(u32::from(unit)) else { return 16 };
    match c.general_category() {
        GeneralCategory::UppercaseLetter => 0,
        GeneralCategory::LowercaseLetter => 1,
        GeneralCategory::TitlecaseLetter => 2,
        GeneralCategory::ModifierLetter => 3,
        GeneralCategory::OtherLetter => 4,
        GeneralCategory::NonspacingMark => 5,
        GeneralCategory::SpacingMark => 6,
        GeneralCategory::EnclosingMark => 7,
        GeneralCategory::DecimalNumber => 8,
        GeneralCategory::LetterNumber => 9,
        GeneralCategory::OtherNumber => 10,
        GeneralCategory::SpaceSeparator => 11,
        GeneralCategory::LineSeparator => 12,
        GeneralCategory::ParagraphSeparator => 13,
        GeneralCategory::Control => 14,
        GeneralCategory::Format => 15,
        GeneralCategory::Surrogate => 16,
        GeneralCategory::PrivateUse => 17,
        GeneralCategory::ConnectorPunctuation => 18,
        GeneralCategory::DashPunctuation => 19,
        GeneralCategory::OpenPunctuation => 20,
        GeneralCategory::ClosePunctuation => 21,
        GeneralCategory::InitialPunctuation => 22,
        GeneralCategory::FinalPunctuation => 23,
        GeneralCategory::OtherPunctuation => 24,
        GeneralCategory::MathSymbol => 25,
        GeneralCategory::CurrencySymbol => 26,
        GeneralCategory::ModifierSymbol => 27,
        GeneralCategory::OtherSymbol => 28,
        GeneralCategory::Unassigned => 29,
    }
}

/// A class of XML Schema, which .NET's patterns of schemas are translated to: `_xmlC`, `_xmlD`, `_xmlI`, `_xmlW`.
pub(super) enum OfSchemas {
    Ranges(&'static [(u16, u16)]),
    /// Units of the categories, or (`true`) of none of them.
    Categories(Categories, bool),
}

impl OfSchemas {
    pub(super) fn named(name: &str) -> Option<OfSchemas> {
        Some(match name {
            "_xmlC" => OfSchemas::Ranges(NAME),
            "_xmlI" => OfSchemas::Ranges(NAME_START),
            "_xmlD" => OfSchemas::Categories(Categories::DIGIT, false),
            "_xmlW" => OfSchemas::Categories(Categories::NO_WORD_OF_SCHEMAS, true),
            _ => return None,
        })
    }
}

/// What a name of XML begins with, colons among it.
const NAME_START: &[(u16, u16)] = &[
    (0x3a, 0x3a),
    (0x41, 0x5a),
    (0x5f, 0x5f),
    (0x61, 0x7a),
    (0xc0, 0xd6),
    (0xd8, 0xf6),
    (0xf8, 0x2ff),
    (0x370, 0x37d),
    (0x37f, 0x1fff),
    (0x200c, 0x200d),
    (0x2070, 0x218f),
    (0x2c00, 0x2fef),
    (0x3001, 0xd7ff),
    (0xf900, 0xfdcf),
    (0xfdf0, 0xfffd),
];
/// What a name of XML consists of.
const NAME: &[(u16, u16)] = &[
    (0x2d, 0x2e),
    (0x30, 0x3a),
    (0x41, 0x5a),
    (0x5f, 0x5f),
    (0x61, 0x7a),
    (0xb7, 0xb7),
    (0xc0, 0xd6),
    (0xd8, 0xf6),
    (0xf8, 0x37d),
    (0x37f, 0x1fff),
    (0x200c, 0x200d),
    (0x203f, 0x2040),
    (0x2070, 0x218f),
    (0x2c00, 0x2fef),
    (0x3001, 0xd7ff),
    (0xf900, 0xfdcf),
    (0xfdf0, 0xfffd),
];

/// First and last unit of a named block.
pub(super) fn block(name: &str) -> Option<(u16, u16)> {
    BLOCKS.iter().find(|(known, ..)| *known == name).map(|(_, first, last)| (*first, *last))
}

const BLOCKS: &[(&str, u16, u16)] = &[
    ("IsAlphabeticPresentationForms", 0xfb00, 0xfb4f),
    ("IsArabic", 0x0600, 0x06ff),
    ("IsArabicPresentationForms-A", 0xfb50, 0xfdff),
    ("IsArabicPresentationForms-B", 0xfe70, 0xfeff),
    ("IsArmenian", 0x0530, 0x058f),
    ("IsArrows", 0x2190, 0x21ff),
    ("IsBasicLatin", 0x0000, 0x007f),
    ("IsBengali", 0x0980, 0x09ff),
    ("IsBlockElements", 0x2580, 0x259f),
    ("IsBopomofo", 0x3100, 0x312f),
    ("IsBopomofoExtended", 0x31a0, 0x31bf),
    ("IsBoxDrawing", 0x2500, 0x257f),
    ("IsBraillePatterns", 0x2800, 0x28ff),
    ("IsBuhid", 0x1740, 0x175f),
    ("IsCherokee", 0x13a0, 0x13ff),
    ("IsCJKCompatibility", 0x3300, 0x33ff),
    ("IsCJKCompatibilityForms", 0xfe30, 0xfe4f),
    ("IsCJKCompatibilityIdeographs", 0xf900, 0xfaff),
    ("IsCJKRadicalsSupplement", 0x2e80, 0x2eff),
    ("IsCJKSymbolsandPunctuation", 0x3000, 0x303f),
    ("IsCJKUnifiedIdeographs", 0x4e00, 0x9fff),
    ("IsCJKUnifiedIdeographsExtensionA", 0x3400, 0x4dbf),
    ("IsCombiningDiacriticalMarks", 0x0300, 0x036f),
    ("IsCombiningDiacriticalMarksforSymbols", 0x20d0, 0x20ff),
    ("IsCombiningHalfMarks", 0xfe20, 0xfe2f),
    ("IsCombiningMarksforSymbols", 0x20d0, 0x20ff),
    ("IsControlPictures", 0x2400, 0x243f),
    ("IsCurrencySymbols", 0x20a0, 0x20cf),
    ("IsCyrillic", 0x0400, 0x04ff),
    ("IsCyrillicSupplement", 0x0500, 0x052f),
    ("IsDevanagari", 0x0900, 0x097f),
    ("IsDingbats", 0x2700, 0x27bf),
    ("IsEnclosedAlphanumerics", 0x2460, 0x24ff),
    ("IsEnclosedCJKLettersandMonths", 0x3200, 0x32ff),
    ("IsEthiopic", 0x1200, 0x137f),
    ("IsGeneralPunctuation", 0x2000, 0x206f),
    ("IsGeometricShapes", 0x25a0, 0x25ff),
    ("IsGeorgian", 0x10a0, 0x10ff),
    ("IsGreek", 0x0370, 0x03ff),
    ("IsGreekandCoptic", 0x0370, 0x03ff),
    ("IsGreekExtended", 0x1f00, 0x1fff),
    ("IsGujarati", 0x0a80, 0x0aff),
    ("IsGurmukhi", 0x0a00, 0x0a7f),
    ("IsHalfwidthandFullwidthForms", 0xff00, 0xffef),
    ("IsHangulCompatibilityJamo", 0x3130, 0x318f),
    ("IsHangulJamo", 0x1100, 0x11ff),
    ("IsHangulSyllables", 0xac00, 0xd7af),
    ("IsHanunoo", 0x1720, 0x173f),
    ("IsHebrew", 0x0590, 0x05ff),
    ("IsHighPrivateUseSurrogates", 0xdb80, 0xdbff),
    ("IsHighSurrogates", 0xd800, 0xdb7f),
    ("IsHiragana", 0x3040, 0x309f),
    ("IsIdeographicDescriptionCharacters", 0x2ff0, 0x2fff),
    ("IsIPAExtensions", 0x0250, 0x02af),
    ("IsKanbun", 0x3190, 0x319f),
    ("IsKangxiRadicals", 0x2f00, 0x2fdf),
    ("IsKannada", 0x0c80, 0x0cff),
    ("IsKatakana", 0x30a0, 0x30ff),
    ("IsKatakanaPhoneticExtensions", 0x31f0, 0x31ff),
    ("IsKhmer", 0x1780, 0x17ff),
    ("IsKhmerSymbols", 0x19e0, 0x19ff),
    ("IsLao", 0x0e80, 0x0eff),
    ("IsLatin-1Supplement", 0x0080, 0x00ff),
    ("IsLatinExtended-A", 0x0100, 0x017f),
    ("IsLatinExtended-B", 0x0180, 0x024f),
    ("IsLatinExtendedAdditional", 0x1e00, 0x1eff),
    ("IsLetterlikeSymbols", 0x2100, 0x214f),
    ("IsLimbu", 0x1900, 0x194f),
    ("IsLowSurrogates", 0xdc00, 0xdfff),
    ("IsMalayalam", 0x0d00, 0x0d7f),
    ("IsMathematicalOperators", 0x2200, 0x22ff),
    ("IsMiscellaneousMathematicalSymbols-A", 0x27c0, 0x27ef),
    ("IsMiscellaneousMathematicalSymbols-B", 0x2980, 0x29ff),
    ("IsMiscellaneousSymbols", 0x2600, 0x26ff),
    ("IsMiscellaneousSymbolsandArrows", 0x2b00, 0x2bff),
    ("IsMiscellaneousTechnical", 0x2300, 0x23ff),
    ("IsMongolian", 0x1800, 0x18af),
    ("IsMyanmar", 0x1000, 0x109f),
    ("IsNumberForms", 0x2150, 0x218f),
    ("IsOgham", 0x1680, 0x169f),
    ("IsOpticalCharacterRecognition", 0x2440, 0x245f),
    ("IsOriya", 0x0b00, 0x0b7f),
    ("IsPhoneticExtensions", 0x1d00, 0x1d7f),
    ("IsPrivateUse", 0xe000, 0xf8ff),
    ("IsPrivateUseArea", 0xe000, 0xf8ff),
    ("IsRunic", 0x16a0, 0x16ff),
    ("IsSinhala", 0x0d80, 0x0dff),
    ("IsSmallFormVariants", 0xfe50, 0xfe6f),
    ("IsSpacingModifierLetters", 0x02b0, 0x02ff),
    ("IsSpecials", 0xfff0, 0xffff),
    ("IsSuperscriptsandSubscripts", 0x2070, 0x209f),
    ("IsSupplementalArrows-A", 0x27f0, 0x27ff),
    ("IsSupplementalArrows-B", 0x2900, 0x297f),
    ("IsSupplementalMathematicalOperators", 0x2a00, 0x2aff),
    ("IsSyriac", 0x0700, 0x074f),
    ("IsTagalog", 0x1700, 0x171f),
    ("IsTagbanwa", 0x1760, 0x177f),
    ("IsTaiLe", 0x1950, 0x197f),
    ("IsTamil", 0x0b80, 0x0bff),
    ("IsTelugu", 0x0c00, 0x0c7f),
    ("IsThaana", 0x0780, 0x07bf),
    ("IsThai", 0x0e00, 0x0e7f),
    ("IsTibetan", 0x0f00, 0x0fff),
    ("IsUnifiedCanadianAboriginalSyllabics", 0x1400, 0x167f),
    ("IsVariationSelectors", 0xfe00, 0xfe0f),
    ("IsYijingHexagramSymbols", 0x4dc0, 0x4dff),
    ("IsYiRadicals", 0xa490, 0xa4cf),
    ("IsYiSyllables", 0xa000, 0xa48f),
];
