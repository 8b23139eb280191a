//! `xsl:number`.

use super::super::xpath::{Context, Expr, Item, is_same};
use super::pattern::Pattern;
use super::sheet::Avt;
use crate::Exception;

/// A compiled `xsl:number`.
#[derive(Debug, Clone)]
pub(super) struct Numbering {
    pub(super) level: Level,
    pub(super) count: Vec<Pattern>,
    pub(super) from: Vec<Pattern>,
    pub(super) value: Option<Expr>,
    pub(super) format: Option<Avt>,
    pub(super) grouping_separator: Option<Avt>,
    pub(super) grouping_size: Option<Avt>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Single,
    Multiple,
    Any,
}

impl Numbering {
    /// The numbers of the current node, the outermost first.
    pub(super) async fn numbers(&self, context: &Context<'_>) -> Result<Vec<u64>, Exception> {
        if let Some(value) = &self.value {
            let number = value.evaluate(context).await?.read_number(context.budget).await?.round();
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be a small positive number"
            )]
            return Ok(if (0.0..9e15).contains(&number) { vec![number as u64] } else { Vec::new() });
        }
        match self.level {
            Level::Any => self.any(context).await.map(|number| number.into_iter().collect()),
            level => self.ancestors(level, context).await,
        }
    }

    async fn counts(&self, item: &Item, context: &Context<'_>) -> Result<bool, Exception> {
        if self.count.is_empty() {
            return Ok(same_kind(item, &context.node));
        }
        any_matches(&self.count, item, context).await
    }

    async fn ancestors(&self, level: Level, context: &Context<'_>) -> Result<Vec<u64>, Exception> {
        let mut numbers = Vec::new();
        let mut current = Some(context.node.clone());
        while let Some(item) = current {
            let is_from = !is_same(&item, &context.node) && any_matches(&self.from, &item, context).await?;
            if is_from {
                break;
            }
            context.budget.take(1)?;
            if self.counts(&item, context).await? {
                numbers.push(self.among_siblings(&item, context).await?);
                if level == Level::Single {
                    break;
                }
            }
            current = item.parent();
        }
        numbers.reverse();
        Ok(numbers)
    }

    async fn among_siblings(&self, item: &Item, context: &Context<'_>) -> Result<u64, Exception> {
        let mut number = 1;
        let Item::Node(node) = item else { return Ok(number) };
        let mut before = node.previous_node();
        while let Some(sibling) = before {
            context.budget.take(1)?;
            context.budget.pause().await;
            before = sibling.previous_node();
            if self.counts(&Item::Node(sibling), context).await? {
                number += 1;
            }
        }
        Ok(number)
    }

    /// How many nodes before and including the current one count, back to the last `from`.
    async fn any(&self, context: &Context<'_>) -> Result<Option<u64>, Exception> {
        let mut number = 0;
        let mut current = match &context.node {
            Item::Node(node) => Some(node.clone()),
            other => match other.parent() {
                Some(Item::Node(parent)) => Some(parent),
                _ => None,
            },
        };
        while let Some(node) = current {
            context.budget.take(1)?;
            context.budget.pause().await;
            let item = Item::Node(node.clone());
            if !is_same(&item, &context.node) && any_matches(&self.from, &item, context).await? {
                break;
            }
            if self.counts(&item, context).await? {
                number += 1;
            }
            // The node before it in document order.
            current = match node.previous_node() {
                Some(mut previous) => {
                    while let Some(last) = previous.last_node() {
                        previous = last;
                    }
                    Some(previous)
                }
                None => node.parent_node(),
            };
        }
        Ok((number > 0).then_some(number))
    }
}

async fn any_matches(patterns: &[Pattern], item: &Item, context: &Context<'_>) -> Result<bool, Exception> {
    for pattern in patterns {
        if pattern.matches(item, context).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Without `count`, nodes of the same kind and name count.
fn same_kind(left: &Item, right: &Item) -> bool {
    match (left, right) {
        (Item::Node(a), Item::Node(b)) => a.kind() == b.kind() && left.name() == right.name(),
        (Item::Attribute(_), Item::Attribute(_)) => left.name() == right.name(),
        _ => false,
    }
}

/// Writes numbers by a format like `1.a.i`.
pub(super) fn format(numbers: &[u64], format: &str, grouping: Option<(char, usize)>) -> String {
    let tokens = tokens(format);
    let mut out = String::new();
    let alphanumeric: Vec<(usize, &str)> = tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.chars().all(char::is_alphanumeric))
        .map(|(at, token)| (at, token.as_str()))
        .collect();
    let separator = |index: usize| -> &str {
        // The text before the format token, or the last one there is; `.` between numbers by default.
        let at = alphanumeric.get(index.min(alphanumeric.len().saturating_sub(1))).map_or(0, |(at, _)| *at);
        let before = at.checked_sub(1).and_then(|at| tokens.get(at)).map(String::as_str);
        match before {
            Some(before) if at > 1 || index == 0 => before,
            _ if index == 0 => "",
            _ => ".",
        }
    };
    for (index, number) in numbers.iter().enumerate() {
        out.push_str(separator(index));
        let token = alphanumeric.get(index.min(alphanumeric.len().saturating_sub(1))).map_or("1", |(_, token)| *token);
        out.push_str(&one(*number, token, grouping));
    }
    let last_alphanumeric = alphanumeric.last().map(|(at, _)| *at);
    if let Some(last) = tokens.last()
        && last_alphanumeric != Some(tokens.len() - 1)
        && !alphanumeric.is_empty()
    {
        out.push_str(last);
    }
    out
}

/// Runs of letters and digits, and what is between them.
fn tokens(format: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut last_kind = None;
    for c in format.chars() {
        let kind = c.is_alphanumeric();
        match found.last_mut() {
            Some(token) if last_kind == Some(kind) => token.push(c),
            _ => found.push(String::from(c)),
        }
        last_kind = Some(kind);
    }
    found
}

fn one(number: u64, token: &str, grouping: Option<(char, usize)>) -> String {
    match token {
        "a" | "A" if number > 0 => letters(number, token == "A"),
        "i" | "I" if (1..4000).contains(&number) => {
            let roman = roman(number);
            if token == "I" { roman } else { roman.to_lowercase() }
        }
        _ => {
            let width = if token.ends_with('1') { token.len() } else { 1 };
            let digits = format!("{number:0>width$}", width = width.min(20));
            match grouping {
                Some((separator, size)) if size > 0 => grouped(&digits, separator, size),
                _ => digits,
            }
        }
    }
}

fn grouped(digits: &str, separator: char, size: usize) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(size) {
            out.push(separator);
        }
        out.push(digit);
    }
    out
}

fn letters(number: u64, upper: bool) -> String {
    let base = if upper { b'A' } else { b'a' };
    let mut left = number;
    let mut out = Vec::new();
    while left > 0 {
        left -= 1;
        out.push(char::from(base + u8::try_from(left % 26).unwrap_or_default()));
        left /= 26;
    }
    out.iter().rev().collect()
}

fn roman(number: u64) -> String {
    const PARTS: [(u64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let mut left = number;
    let mut out = String::new();
    for (value, text) in PARTS {
        while left >= value {
            out.push_str(text);
            left -= value;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_their_format() {
        for (numbers, text, expected) in [
            (&[3][..], "1", "3"),
            (&[3], "01", "03"),
            (&[28], "a", "ab"),
            (&[4], "I", "IV"),
            (&[1, 2, 3], "1.1", "1.2.3"),
            (&[1, 2], "1.a)", "1.b)"),
            (&[5], "(1)", "(5)"),
            (&[5], "1. ", "5. "),
        ] {
            assert_eq!(format(numbers, text, None), expected, "{text}");
        }
        assert_eq!(format(&[1_234_567], "1", Some((',', 3))), "1,234,567");
    }
}
