//! Templates to pieces, and what stands between braces to tokens.

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'t> {
    Text(&'t str),
    Output(&'t str),
    Tag(&'t str),
}

/// Splits a template. `raw` and `literal` are resolved here.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut trims = false;
    while let Some(found) = next_open(rest) {
        let (before, open) = rest.split_at(found);
        let is_tag = open.starts_with("{%");
        let close = if is_tag { "%}" } else { "}}" };
        let end = end_of(open, close).ok_or_else(|| {
            let what = if is_tag { "Tag '{%'" } else { "Variable '{{'" };
            format!("{what} was not properly terminated with '{close}'")
        })?;
        let mut inside = &open[2..end];
        push_text(&mut pieces, before, trims, inside.starts_with('-'));
        inside = inside.strip_prefix('-').unwrap_or(inside);
        trims = inside.ends_with('-');
        inside = inside.strip_suffix('-').unwrap_or(inside).trim();
        rest = &open[end + 2..];
        if is_tag && matches!(inside, "raw" | "literal") {
            let (raw, behind, trims_raw_end, trims_behind) = raw(rest, inside)?;
            push_text(&mut pieces, raw, trims, trims_raw_end);
            (rest, trims) = (behind, trims_behind);
        } else {
            pieces.push(if is_tag { Piece::Tag(inside) } else { Piece::Output(inside) });
        }
    }
    push_text(&mut pieces, rest, trims, false);
    Ok(pieces)
}

fn push_text<'t>(pieces: &mut Vec<Piece<'t>>, mut text: &'t str, trims_start: bool, trims_end: bool) {
    if trims_start {
        text = text.trim_start();
    }
    if trims_end {
        text = text.trim_end();
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
}

fn next_open(text: &str) -> Option<usize> {
    text.match_indices('{').map(|(at, _)| at).find(|at| text[*at..].starts_with("{{") || text[*at..].starts_with("{%"))
}

/// Where `close` stands, outside quotes.
fn end_of(open: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    for (at, character) in open.char_indices().skip(2) {
        match (quote, character) {
            (Some(end), character) if end == character => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, _) if open[at..].starts_with(close) => return Some(at),
            _ => {}
        }
    }
    None
}

/// What `raw` (or `literal`, its other name) holds, what stands behind its end, and whether the dashes of that trim.
fn raw<'t>(text: &'t str, tag: &str) -> Result<(&'t str, &'t str, bool, bool), String> {
    let mut from = 0;
    while let Some(at) = text[from..].find("{%").map(|at| from + at) {
        let Some(end) = text[at..].find("%}").map(|end| at + end) else { break };
        if end >= at + 2 {
            let inside = &text[at + 2..end];
            if inside.trim_matches('-').trim().strip_prefix("end") == Some(tag) {
                return Ok((&text[..at], &text[end + 2..], inside.starts_with('-'), inside.ends_with('-')));
            }
        }
        from = at + 2;
    }
    Err(format!("{tag} tag was never closed"))
}

/// A token of what stands between braces.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Text(String),
    Integer(i64),
    Float(f64),
    Sign(&'static str),
    /// A character that means nothing.
    Other,
}

/// Signs, the longer ones first.
const SIGNS: &[&str] = &["..", "==", "!=", "<>", "<=", ">=", "|", ":", ",", ".", "[", "]", "(", ")", "=", "<", ">"];

/// There is a token for every text: what DotLiquid has no use for it passes over.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let quoted = if matches!(first, '"' | '\'') { rest[1..].find(first) } else { None };
        let length = if let Some(end) = quoted {
            tokens.push(Token::Text(rest[1..=end].to_owned()));
            end + 2
        } else if first.is_alphabetic() || first == '_' {
            let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '?');
            let end = rest.find(|c: char| !is_part(c)).unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..end].to_owned()));
            end
        } else if first.is_ascii_digit() || (first == '-' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            let end = number_end(rest);
            tokens.push(number(&rest[..end]));
            end
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            tokens.push(Token::Sign(sign));
            sign.len()
        } else {
            tokens.push(Token::Other);
            first.len_utf8()
        };
        rest = rest[length..].trim_start();
    }
    tokens
}

/// Digits, a point only if a digit follows: `(1..3)` holds two numbers.
fn number_end(text: &str) -> usize {
    let digits = |from: usize| text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| from + end);
    let whole = digits(1);
    let fraction = text[whole..].strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    if fraction { digits(whole + 1) } else { whole }
}

fn number(text: &str) -> Token {
    let float = || text.parse().map_or(Token::Other, Token::Float);
    text.parse().map_or_else(|_| float(), Token::Integer)
}
