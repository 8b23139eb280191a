//! Tokens of XPath, with the rule that tells operators from names.

use super::super::chars;
use super::exception;
use crate::Exception;

/// A token.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Literal(String),
    /// A name, with its prefix.
    Name(String),
    /// `prefix:*`
    NamespaceAny(String),
    Variable(String),
    /// A sign or a named operator.
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 23] = [
    "//", "::", "..", "<=", ">=", "!=", "/", "|", "+", "-", "=", "<", ">", "(", ")", "[", "]", ",", "@", ".", "*", "$",
    ":",
];

/// Cuts an expression into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Exception> {
    let mut found: Vec<Token> = Vec::new();
    let mut rest = text.trim_start_matches(chars::is_space);
    while let Some(first) = rest.chars().next() {
        let (token, length) = token(text, rest, first, found.last())?;
        found.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start_matches(chars::is_space);
    }
    found.push(Token::End);
    Ok(found)
}

fn token(text: &str, rest: &str, first: char, before: Option<&Token>) -> Result<(Token, usize), Exception> {
    let invalid = || exception(format!("'{text}' has an invalid token."));
    let second = rest.chars().nth(1).unwrap_or_default();
    if first == '"' || first == '\'' {
        let inside = rest.get(1..).unwrap_or_default();
        let end = inside.find(first).ok_or_else(|| exception("This is an unclosed string."))?;
        return Ok((Token::Literal(inside.get(..end).unwrap_or_default().to_owned()), end + 2));
    }
    if first.is_ascii_digit() || first == '.' && second.is_ascii_digit() {
        let length = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let digits = rest.get(..length).unwrap_or_default();
        return digits.parse().map(|number| (Token::Number(number), length)).map_err(|_| invalid());
    }
    if first == '$' {
        let name = name(rest.get(1..).unwrap_or_default());
        return if name == 0 {
            Err(invalid())
        } else {
            Ok((Token::Variable(rest.get(1..=name).unwrap_or_default().to_owned()), name + 1))
        };
    }
    if chars::is_name_start(first) {
        return Ok(word(rest, before));
    }
    let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).ok_or_else(invalid)?;
    // `*` behind an operand multiplies.
    if *sign == "*" && ends_operand(before) {
        return Ok((Token::Sign("mul"), 1));
    }
    Ok((Token::Sign(sign), sign.len()))
}

fn word(rest: &str, before: Option<&Token>) -> (Token, usize) {
    let local = rest.find(|c| !chars::is_name(c)).unwrap_or(rest.len());
    let word = rest.get(..local).unwrap_or_default();
    if ends_operand(before)
        && let Some(operator) = ["and", "or", "mod", "div"].into_iter().find(|operator| *operator == word)
    {
        return (Token::Sign(operator), local);
    }
    let after = rest.get(local..).unwrap_or_default();
    if after.starts_with(":*") {
        return (Token::NamespaceAny(word.to_owned()), local + 2);
    }
    let length = name(rest);
    (Token::Name(rest.get(..length).unwrap_or_default().to_owned()), length)
}

/// Whether an operator may follow.
fn ends_operand(before: Option<&Token>) -> bool {
    match before {
        None => false,
        Some(Token::Sign(sign)) => matches!(*sign, ")" | "]" | "." | ".." | "*"),
        Some(_) => true,
    }
}

/// The length of a name with an optional prefix.
fn name(text: &str) -> usize {
    let part = |text: &str| {
        let starts = text.chars().next().is_some_and(chars::is_name_start);
        if starts { text.find(|c| !chars::is_name(c)).unwrap_or(text.len()) } else { 0 }
    };
    let first = part(text);
    let after = text.get(first..).unwrap_or_default();
    match after.strip_prefix(':') {
        Some(local) if first > 0 && !local.starts_with(':') => match part(local) {
            0 => first,
            length => first + 1 + length,
        },
        _ => first,
    }
}
