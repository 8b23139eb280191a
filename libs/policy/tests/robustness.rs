//! Foreign input never makes the library panic, hang or grow without bound: mutated corpus documents and texts made to hurt.
//! Seeded, so that a failure is repeatable.

use std::sync::Arc;

use postern_policy::testing::{MemoryExchange, drive};
use postern_policy::{
    DocumentKind, Run, Scope, ScopeName, compile, has_errors, limits, named_value_references, parse_document,
    substitute_named_values,
};

/// xorshift64*: small, seeded, good enough to stir documents.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }
}

const PIECES: &[&str] = &[
    "<",
    ">",
    "/>",
    "</",
    "\"",
    "'",
    "@(",
    "@{",
    ")",
    "}",
    "{{",
    "}}",
    "{{a}}",
    "&quot;",
    "&",
    "&#",
    ";",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<policies>",
    "</inbound>",
    "<base/>",
    "<set-body>",
    "template=\"liquid\"",
    "$\"{",
    "@\"",
    "//",
    "/*",
    "*/",
    "\\",
    "\n",
    "\u{feff}",
    "é",
    "\u{0}",
    "=",
    "name=",
    "<choose>",
    "*",
    "%",
];

fn mutate(text: &str, random: &mut Random) -> String {
    let mut mutated: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(4) {
        let at = random.below(mutated.len() + 1);
        let end = (at + random.below(30)).min(mutated.len());
        match random.below(4) {
            0 => drop(mutated.drain(at..end)),
            1 => {
                let piece: Vec<char> = PIECES[random.below(PIECES.len())].chars().collect();
                mutated.splice(at..at, piece);
            }
            2 => {
                let copy: Vec<char> = mutated[at..end].to_vec();
                let to = random.below(mutated.len() + 1);
                mutated.splice(to..to, copy);
            }
            _ => mutated.truncate(at.max(1)),
        }
    }
    mutated.into_iter().collect()
}

/// Everything a text goes through, up to running it when it is free of errors.
fn exercise(text: &str) {
    let names = named_value_references(text);
    let substituted =
        substitute_named_values(text, &|name| names.iter().any(|known| known == name).then(|| "v".to_owned()));
    let text = substituted.as_deref().unwrap_or(text);
    for kind in [DocumentKind::Policy, DocumentKind::Fragment, DocumentKind::Resolver] {
        let (document, diagnostics) = parse_document(text, kind);
        assert!(diagnostics.len() <= limits::DIAGNOSTICS_MAX + 1);
        for diagnostic in &diagnostics {
            assert!(
                diagnostic.line >= 1 && diagnostic.column >= 1 && diagnostic.message.len() < 2000,
                "{diagnostic:?}"
            );
        }
        if kind == DocumentKind::Policy && !has_errors(&diagnostics) {
            let document = Arc::new(document);
            let scope = Scope { name: ScopeName::Api, entity: "a", document: &document };
            let (program, _) = compile(&[scope], &|_| None);
            drive(&program, &mut MemoryExchange::get("/a?b=c"), &mut Run::new());
        }
    }
}

#[test]
fn mutated_documents_never_panic() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/policies");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut random = Random(0x5EED_0F90_57E2_0001);
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        exercise(&text);
        for _ in 0..24 {
            exercise(&mutate(&text, &mut random));
        }
    }
}

#[test]
fn texts_made_to_hurt_are_answered_quickly() {
    let fill = |piece: &str| piece.repeat(limits::DOCUMENT_BYTES_MAX / piece.len());
    let in_policies = |inside: String| {
        let room = limits::DOCUMENT_BYTES_MAX - "<policies><inbound></inbound></policies>".len();
        let mut cut = inside.len().min(room);
        while !inside.is_char_boundary(cut) {
            cut -= 1;
        }
        format!("<policies><inbound>{}</inbound></policies>", &inside[..cut])
    };
    for piece in [
        "<",
        "<a",
        "<a ",
        "<a>",
        "<a b='",
        "<!--",
        "<![CDATA[",
        "<?",
        "{{",
        "{{a",
        "{{ ",
        "@(",
        "<x>@(",
        "<x a=\"@(",
        "$\"{",
        "&",
        "&#x1",
        "\n",
        "<x/>",
        "<set-headr/>",
        "<set-header nam='a'/>",
        "<set-body>",
        "<set-body><!-- --> ",
        "<set-body template=\"liquid\">",
        "<set-body template=\"liquid\" ",
        "</",
        "é",
        "<set-variable name='a' value='@(1)'/>",
        "<a b=\"@(1) ",
        "<cors/>",
        "-->",
        "]]>",
    ] {
        exercise(&fill(piece));
        exercise(&in_policies(fill(piece)));
    }
}
