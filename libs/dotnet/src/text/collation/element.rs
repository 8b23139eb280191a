//! What characters weigh: the collation elements of texts.
//!
//! A sketch of the root collation. White space, punctuation and symbols come before digits, digits before letters; letters compare by base letter
//! first, then by accent, then by form (small before capital, plain before wide); ligatures and the like are what they stand for. Some characters do
//! not count at all. Other symbols and letters outside ASCII keep the order of their code points, and there are no contractions. Marks count in the
//! order in which they stand, as .NET leaves ICU's normalization off.

use std::sync::LazyLock;

use unicode_normalization::char::{decompose_canonical, decompose_compatible, is_combining_mark};

use super::super::casing::{char_to_lower, char_to_upper};
use super::super::category::{is_digit, numeric_value};

/// White space, punctuation and symbols in the order of the root collation.
const SYMBOLS: &str =
    "\t\n\u{B}\u{C}\r\u{85}\u{2028}\u{2029} _‿-‐‒–—―,;:!¡?¿.·'‘’‚‛‹›\"“”„‟«»()[]{}§¶@*/\\&#%‰†‡•`^°©®+±÷×<=>|¦~¬";
/// Signs of currencies, which stand behind all other symbols.
const CURRENCIES: &str = "¤¢$£¥€";
/// Where symbols begin that are in neither list, and where currencies begin.
const OTHER_SYMBOLS: u32 = 1000;
const CURRENCY: u32 = 0x20_0000;
/// Places between two letters: for those of their own behind a letter of ASCII, and for widths and kanas where these are letters of their own.
const PLACES: u32 = 8;

/// Forms of a letter, in their order (the third level).
mod form {
    pub(super) const SMALL: u8 = 0;
    pub(super) const WIDE: u8 = 1;
    pub(super) const COMPATIBLE: u8 = 2;
    pub(super) const CAPITAL: u8 = 3;
    pub(super) const WIDE_CAPITAL: u8 = 4;
    pub(super) const COMPATIBLE_CAPITAL: u8 = 5;
    pub(super) const SMALL_HIRAGANA: u8 = 6;
    pub(super) const HIRAGANA: u8 = 7;
    pub(super) const SMALL_KATAKANA: u8 = 8;
    pub(super) const KATAKANA: u8 = 9;
    pub(super) const NARROW_KATAKANA: u8 = 10;
    pub(super) const RAISED: u8 = 11;
}

/// Whether case counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::text) enum Case {
    Counts,
    /// Nor do other forms but width and kana, which are letters of their own then, as .NET has ICU do it.
    Ignored,
}

/// What one character, or a part of it, weighs at the three levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::text) struct Element {
    /// 0 for marks.
    pub(in crate::text) primary: u32,
    /// 0 for what is no mark.
    pub(in crate::text) accent: u32,
    /// Small, capital, and forms that stand for other characters (`ﬁ`, `²`).
    pub(in crate::text) form: u8,
}

impl Element {
    /// Without what does not count.
    pub(super) fn counted(self, case: Case) -> Element {
        if case == Case::Ignored { Element { form: 0, ..self } } else { self }
    }

    pub(in crate::text) fn is_mark(self) -> bool {
        self.primary == 0
    }
}

/// Letters that weigh as others with a mark, which NFD does not take apart (DUCET): base, mark, letter behind it.
const COMPOSED: &[(char, char, u32, Option<char>)] = &[
    ('æ', 'a', 0x110, Some('e')),
    ('œ', 'o', 0x339, Some('e')),
    ('ß', 's', 0x118, Some('s')),
    ('ø', 'o', 0x338, None),
    ('ł', 'l', 0x335, None),
    ('đ', 'd', 0x335, None),
    ('ð', 'd', 0x336, None),
];

/// Whether a character counts for nothing.
pub(super) fn is_ignorable(c: char) -> bool {
    match c {
        '\t'..='\r' | ' '..='~' | '\u{85}' => false,
        '\u{AD}'
        | '\u{34F}'
        | '\u{61C}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{202A}'..='\u{202E}' => true,
        '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' => true,
        '\u{E0000}'..='\u{E0FFF}' => true,
        c => c.is_control(),
    }
}

/// The elements of a character; none if it does not count.
pub(in crate::text) fn elements(c: char, case: Case, mut give: impl FnMut(Element)) {
    static ASCII: LazyLock<[Option<Element>; 128]> = LazyLock::new(|| {
        std::array::from_fn(|code| {
            let c = u8::try_from(code).map_or('\0', char::from);
            (!is_ignorable(c)).then(|| weight(c, Case::Counts))
        })
    });
    if let Some(known) = ASCII.get(c as usize) {
        if let Some(element) = known {
            give(element.counted(case));
        }
        return;
    }
    decompose_canonical(c, |part| {
        if !is_ignorable(part) && !taken_apart(part, case, &mut give) {
            give(weight(part, case).counted(case));
        }
    });
}

/// Gives the elements of a character that weighs as several, or as another; `false` for all others.
fn taken_apart(c: char, case: Case, give: &mut impl FnMut(Element)) -> bool {
    if c.is_ascii() {
        return false;
    }
    let lower = char_to_lower(c);
    if let Some((_, base, mark, behind)) = COMPOSED.iter().find(|(known, ..)| *known == lower) {
        let form = if lower == c { form::SMALL } else { form::CAPITAL };
        let mut of = |element: Element| give(Element { form, ..element }.counted(case));
        of(weight(*base, case));
        of(Element { accent: *mark, ..Element::default() });
        if let Some(behind) = behind {
            of(weight(*behind, case));
        }
        return true;
    }
    let mut parts = Vec::new();
    decompose_compatible(c, |part| parts.push(part));
    if parts != [c] {
        for part in parts {
            give(stands_for(c, weight(part, case), case).counted(case));
        }
        return true;
    }
    let digit = u16::try_from(u32::from(c)).ok().filter(|unit| is_digit(*unit));
    match digit.and_then(|unit| char::from_digit(numeric_value(unit) as u32, 10)) {
        Some(digit) => {
            give(Element { form: form::COMPATIBLE, ..weight(digit, case) }.counted(case));
            true
        }
        None => false,
    }
}

/// The element of what `c` stands for, as it weighs in `c`.
fn stands_for(c: char, element: Element, case: Case) -> Element {
    let is_capital = element.form == form::CAPITAL;
    let is_wide = matches!(c, '\u{3000}' | '\u{FF01}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}');
    let is_narrow = matches!(c, '\u{FF61}'..='\u{FFDC}' | '\u{FFE8}'..='\u{FFEE}');
    let form = match c {
        _ if is_wide => {
            if is_capital {
                form::WIDE_CAPITAL
            } else {
                form::WIDE
            }
        }
        _ if is_narrow => form::NARROW_KATAKANA,
        'ª' | 'º' | '²' | '³' | '¹' | '¼'..='¾' | '\u{A0}' | 'ʰ'..='ʸ' | 'ˠ'..='ˤ' | '\u{2070}'..='\u{209C}' => {
            form::RAISED
        }
        _ if is_capital => form::COMPATIBLE_CAPITAL,
        _ => form::COMPATIBLE,
    };
    let place = match case {
        Case::Ignored if is_wide => 3,
        Case::Ignored if is_narrow => 5,
        _ => 0,
    };
    // A letter of its own beside the one it stands for.
    let primary =
        if element.is_mark() || place == 0 { element.primary } else { element.primary / PLACES * PLACES + place };
    Element { primary, form, ..element }
}

fn weight(c: char, case: Case) -> Element {
    if is_combining_mark(c) {
        return Element { accent: c.into(), ..Element::default() };
    }
    if let Some(element) = kana(c, case) {
        return element;
    }
    let lower = char_to_lower(c);
    let class = if c.is_alphabetic() {
        3
    } else if c.is_numeric() {
        2
    } else {
        1
    };
    let at = |list: &str| list.chars().position(|known| known == c).and_then(|index| u32::try_from(index).ok());
    let place = match lower {
        _ if class == 1 => {
            PLACES * at(SYMBOLS).or_else(|| Some(CURRENCY + at(CURRENCIES)?)).unwrap_or(OTHER_SYMBOLS + u32::from(c))
        }
        // Letters of their own between and behind those of ASCII.
        'ı' => PLACES * u32::from('i') + 4,
        'þ' => PLACES * u32::from('z') + 4,
        'ς' => PLACES * u32::from('σ'),
        lower => PLACES * u32::from(lower),
    };
    let form = match c {
        'ς' => form::COMPATIBLE,
        _ if lower != c && char_to_upper(c) == c => form::CAPITAL,
        _ => form::SMALL,
    };
    Element { primary: class << 28 | place, accent: 0, form }
}

/// Hiragana and katakana are forms of the same letters, the small ones of the large ones.
fn kana(c: char, case: Case) -> Option<Element> {
    let (hiragana, is_katakana) = match c {
        '\u{3041}'..='\u{3096}' => (u32::from(c), false),
        '\u{30A1}'..='\u{30F6}' => (u32::from(c) - 0x60, true),
        _ => return None,
    };
    let is_small =
        matches!(hiragana, 0x3041 | 0x3043 | 0x3045 | 0x3047 | 0x3049 | 0x3063 | 0x3083 | 0x3085 | 0x3087 | 0x308E);
    let form = match (is_katakana, is_small) {
        (false, true) => form::SMALL_HIRAGANA,
        (false, false) => form::HIRAGANA,
        (true, true) => form::SMALL_KATAKANA,
        (true, false) => form::KATAKANA,
    };
    let place = if is_katakana && case == Case::Ignored { 2 } else { 0 };
    Some(Element { primary: 3 << 28 | (PLACES * (hiragana + u32::from(is_small)) + place), accent: 0, form })
}
