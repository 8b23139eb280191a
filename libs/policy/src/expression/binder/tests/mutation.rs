//! Corpus expressions with names, literals and operators exchanged: whatever comes of it, binding ends in time, with every place inside the code,
//! and what binds is emitted.

use crate::expression::binder::bind;
use crate::expression::emit::emit;
use crate::expression::parse;
use crate::expression::types::Type;

/// A generator of numbers that gives the same ones every time (xorshift64*).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound.max(1) as u64) as usize
    }
}

/// What names and literals are exchanged for, next to other words of the corpus.
const WORDS: &[&str] = &[
    "null",
    "default",
    "1",
    "1u",
    "2L",
    "3.5",
    "4m",
    "'c'",
    "\"s\"",
    "true",
    "context",
    "x",
    "_",
    "int",
    "string",
    "object",
    "dynamic",
    "var",
    "(x => x)",
    "((x, y) => x)",
    "(() => { })",
    "new[] { 1 }",
    "new { A = 1 }",
    "(1, \"a\")",
    "(a: 1, b: 2)",
    "new()",
    "throw new Exception()",
    "int.Parse",
    "(int?)1",
    "(dynamic)1",
    "default(int)",
    "typeof(int)",
    "nameof(context)",
    "new List<int> { 1 }",
    "Enumerable.Range(1, 2)",
    "(1 switch { 1 => 2, _ => 3 })",
    "(x is int y)",
    "new Dictionary<string, int> { [\"a\"] = 1 }",
    "(from a in new[] { 1 } select a)",
    "ref",
    "out",
    "System",
    "Guid",
    "StringComparison.Ordinal",
    "$\"{1}\"",
    "checked(1 + x)",
    "new int[2, 2]",
    "this",
];
const OPERATORS: &[&str] = &[
    "+", "-", "*", "/", "%", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&", "|", "^", "&&", "||", "??", "?.", ".",
    "=", "+=", "??=", "is", "as",
];

/// Words, and everything between them one by one.
fn pieces(code: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let is_word = |next: char| next.is_alphanumeric() || next == '_';
        let end = if is_word(first) {
            rest.find(|next: char| !is_word(next)).unwrap_or(rest.len())
        } else {
            OPERATORS
                .iter()
                .filter(|operator| operator.len() > 1 && rest.starts_with(**operator))
                .map(|found| found.len())
                .max()
                .unwrap_or(first.len_utf8())
        };
        let (piece, behind) = rest.split_at(end);
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

fn mutated(code: &str, others: &[&str], numbers: &mut Numbers) -> String {
    let mut pieces = pieces(code);
    for _ in 0..=numbers.below(3) {
        let index = numbers.below(pieces.len());
        let Some(piece) = pieces.get(index).copied() else { continue };
        let is_word = piece.starts_with(|first: char| first.is_alphanumeric() || first == '_');
        let replacement = if is_word {
            match numbers.below(2) {
                0 => WORDS[numbers.below(WORDS.len())],
                _ => others[numbers.below(others.len())],
            }
        } else if OPERATORS.contains(&piece) {
            OPERATORS[numbers.below(OPERATORS.len())]
        } else {
            continue;
        };
        pieces[index] = replacement;
    }
    pieces.concat()
}

#[test]
fn no_code_makes_the_binder_panic() {
    let rounds: u64 = std::env::var("POSTERN_MUTATIONS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(2);
    let entries = crate::expression::tests::corpus_entries();
    let words: Vec<&str> = entries
        .iter()
        .flat_map(|(code, _)| pieces(code))
        .filter(|piece| piece.starts_with(char::is_alphabetic))
        .collect();
    let mut bound = 0;
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for _ in 0..rounds {
        for (code, form) in &entries {
            let code = mutated(code, &words, &mut numbers);
            let Ok(tree) = parse(&code, *form) else { continue };
            let start = std::time::Instant::now();
            match bind(&tree, &Type::Object) {
                Ok(found) => {
                    bound += 1;
                    drop(emit(&found.unit));
                }
                Err(errors) => {
                    assert!(!errors.is_empty(), "{code}");
                    for error in errors {
                        assert!(
                            error.span.end as usize <= code.len() && error.span.start <= error.span.end,
                            "{error:?} {code}"
                        );
                    }
                }
            }
            assert!(start.elapsed() < std::time::Duration::from_secs(2), "{code}");
        }
    }
    assert!(bound > 50, "{bound}");
}
