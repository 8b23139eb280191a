//! Corpus expressions with pieces cut out, doubled, swapped and replaced: whatever comes of it, the parser ends, with every place inside the
//! code, and what it accepts is still small enough to be walked.

use super::corpus::entries;
use crate::expression::dump::dump;
use crate::expression::{Form, parse};

/// A generator of numbers that gives the same ones every time (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "\"",
    "'",
    "$\"",
    "@\"",
    "$@\"",
    "{",
    "}}",
    ":",
    "::",
    ";",
    ",",
    ".",
    "?",
    "??",
    "?.",
    "=>",
    "=",
    "==",
    "is",
    " as ",
    "new ",
    "/*",
    "//",
    "\n",
    "\\",
    "\\u",
    "0x",
    "1e",
    "1_",
    "var ",
    "out ",
    "switch",
    "case ",
    "from x in ",
    "int",
    "string ",
    "delegate",
    "throw ",
    "try ",
    "foreach(",
    "not ",
    "_",
    "@",
    "é",
    "\u{1f600}",
    "\0",
];

fn mutate(code: &str, numbers: &mut Numbers) -> String {
    let mut characters: Vec<char> = code.chars().collect();
    for _ in 0..=numbers.below(3) {
        let at = numbers.below(characters.len() + 1);
        let end = (at + numbers.below(12)).min(characters.len());
        match numbers.below(5) {
            0 => drop(characters.drain(at..end)),
            1 => {
                let piece: Vec<char> = characters[at..end].to_vec();
                let to = numbers.below(characters.len() + 1);
                characters.splice(to..to, piece);
            }
            2 => characters.truncate(at.max(1)),
            3 if at < characters.len() => {
                let other = numbers.below(characters.len());
                characters.swap(at, other);
            }
            _ => {
                let piece = PIECES[numbers.below(PIECES.len())];
                characters.splice(at..at, piece.chars());
            }
        }
    }
    characters.into_iter().collect()
}

#[test]
fn mutated_code_is_parsed_or_refused_with_a_place_inside_it() {
    let entries = entries();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut accepted = 0;
    for round in 0..40_000 {
        let entry = &entries[round % entries.len()];
        let code = mutate(&entry.code, &mut numbers);
        let form = if numbers.below(8) == 0 { Form::Statements } else { entry.form };
        match parse(&code, form) {
            Ok(tree) => {
                accepted += 1;
                assert!(!dump(&tree).is_empty() || form == Form::Statements);
            }
            Err(error) => {
                let (start, end) = (error.span.start as usize, error.span.end as usize);
                assert!(start <= end && end <= code.len(), "{error} {start}..{end} in {} bytes: {code}", code.len());
                assert!(code.is_char_boundary(start) && code.is_char_boundary(end), "{error} {start}..{end}: {code}");
            }
        }
    }
    assert!(accepted > 1_000, "mutation leaves too little: {accepted}");
}
