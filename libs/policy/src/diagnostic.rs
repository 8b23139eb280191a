//! What the reader and the compiler have to say about a document: always with a place, a stable code and, where one can be given, a suggestion.

use serde::Serialize;

use crate::limits;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The document works, but not entirely as written (something is skipped or has no effect).
    Warning,
    /// The document must not be used.
    Error,
}

/// One finding in one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// Stable name of the kind of finding, `kebab-case`.
    pub code: &'static str,
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// One sentence in lower case without a final period: what is wrong and what was expected.
    pub message: String,
    /// What to write instead, where it can be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
    /// Which document, when several took part (`compile`): `global`, `product`, `api`, `operation` or `fragment <id>`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

impl Diagnostic {
    /// Whether this finding forbids using the document.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether any of the findings forbids using the document.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

/// Collects the findings of one text, turning byte offsets into lines and columns.
pub(crate) struct Findings<'t> {
    positions: Positions<'t>,
    list: Vec<Diagnostic>,
}

impl<'t> Findings<'t> {
    pub(crate) fn new(text: &'t str) -> Findings<'t> {
        Findings { positions: Positions::new(text), list: Vec::new() }
    }

    pub(crate) fn error(&mut self, offset: u32, code: &'static str, message: impl Into<String>) {
        self.push(Severity::Error, offset, code, message.into(), None);
    }

    pub(crate) fn error_with(
        &mut self,
        offset: u32,
        code: &'static str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.push(Severity::Error, offset, code, message.into(), suggestion);
    }

    pub(crate) fn warning(
        &mut self,
        offset: u32,
        code: &'static str,
        message: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.push(Severity::Warning, offset, code, message.into(), suggestion);
    }

    fn push(
        &mut self,
        severity: Severity,
        offset: u32,
        code: &'static str,
        message: String,
        suggestion: Option<String>,
    ) {
        // An error must get through even when warnings have filled the list: it decides whether the document is used.
        let overflow = severity == Severity::Warning && !self.takes_warnings();
        if overflow || self.is_full() {
            return;
        }
        let (line, column) = self.positions.locate(offset);
        self.list.push(Diagnostic { severity, code, line, column, message, suggestion, document: None });
    }

    pub(crate) fn locate(&mut self, offset: u32) -> (u32, u32) {
        self.positions.locate(offset)
    }

    /// Whether warnings are still taken in.
    pub(crate) fn takes_warnings(&self) -> bool {
        self.list.len() < limits::DIAGNOSTICS_MAX
    }

    /// Whether nothing more will be taken in: then it is not worth looking for suggestions.
    pub(crate) fn is_full(&self) -> bool {
        self.list.len() >= limits::DIAGNOSTICS_MAX && has_errors(&self.list)
    }

    pub(crate) fn into_list(self) -> Vec<Diagnostic> {
        self.list
    }
}

/// Lines and columns of a text. Going forwards costs each character once, so asking for every element of a document stays linear.
#[derive(Debug)]
pub(crate) struct Positions<'t> {
    text: &'t str,
    offset: usize,
    line: u32,
    column: u32,
}

impl<'t> Positions<'t> {
    pub(crate) fn new(text: &'t str) -> Positions<'t> {
        Positions { text, offset: 0, line: 1, column: 1 }
    }

    /// Line and column of a byte offset, both from 1; an offset behind the end means the end.
    pub(crate) fn locate(&mut self, offset: u32) -> (u32, u32) {
        let mut target = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(target) {
            target -= 1;
        }
        if target < self.offset {
            (self.offset, self.line, self.column) = (0, 1, 1);
        }
        for character in self.text[self.offset..target].chars() {
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
        self.offset = target;
        (self.line, self.column)
    }
}

/// Text of the document as a message may quote it: one line, not too long, and never all of what may be a secret.
pub(crate) fn quote(text: &str) -> String {
    let text = text.trim().replace(['\r', '\n'], " ");
    if text.chars().count() <= limits::QUOTE_CHARS_MAX {
        return format!("`{text}`");
    }
    let cut: String = text.chars().take(limits::QUOTE_CUT_CHARS).collect();
    format!("`{cut}…`")
}

/// A resource name as a message may show it.
pub(crate) fn quote_name(name: &str) -> String {
    if name.len() <= limits::NAME_BYTES_MAX { format!("`{name}`") } else { quote(name) }
}

/// The candidate nearest to a misspelt name, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: Vec<char> = name.chars().take(limits::SUGGESTION_CHARS_MAX).flat_map(char::to_lowercase).collect();
    let allowed = (name.len() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (distance(&name, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edit distance with exchanges of neighbours counted once.
fn distance(name: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().collect();
    let width = candidate.len() + 1;
    let mut before = vec![0; width];
    let mut previous: Vec<usize> = (0..width).collect();
    let mut current = vec![0; width];
    for (row, left) in name.iter().enumerate() {
        current[0] = row + 1;
        for (column, right) in candidate.iter().enumerate() {
            let replace = previous[column] + usize::from(left != right);
            let mut best = replace.min(previous[column + 1] + 1).min(current[column] + 1);
            if row > 0 && column > 0 && *left == candidate[column - 1] && name[row - 1] == *right {
                best = best.min(before[column - 1] + 1);
            }
            current[column + 1] = best;
        }
        std::mem::swap(&mut before, &mut previous);
        std::mem::swap(&mut previous, &mut current);
    }
    previous[width - 1]
}

#[cfg(test)]
mod tests {
    use super::{Findings, Positions, nearest, quote};
    use crate::limits;

    #[test]
    fn positions_count_lines_and_characters_from_one_in_any_order() {
        let mut positions = Positions::new("ab\näö\r\nx");
        for (offset, expected) in
            [(0, (1, 1)), (3, (2, 1)), (5, (2, 2)), (4, (2, 1)), (9, (3, 1)), (99, (3, 2)), (1, (1, 2))]
        {
            assert_eq!(positions.locate(offset), expected, "offset {offset}");
        }
    }

    #[test]
    fn a_misspelt_name_finds_its_nearest_candidate() {
        let candidates = ["set-header", "set-body", "rate-limit", "timeout"];
        for (name, expected) in [
            ("set-haeder", Some("set-header")),
            ("Set-Body", Some("set-body")),
            ("ratelimit", Some("rate-limit")),
            ("timeuot", Some("timeout")),
            ("validate-jwt", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, candidates), expected, "{name}");
        }
    }

    #[test]
    fn a_full_list_still_takes_the_first_error() {
        let mut findings = Findings::new("x");
        for _ in 0..limits::DIAGNOSTICS_MAX + 10 {
            findings.warning(0, "w", "w", None);
        }
        findings.error(0, "e", "e");
        findings.error(0, "e", "e");
        let list = findings.into_list();
        assert_eq!(list.len(), limits::DIAGNOSTICS_MAX + 1);
        assert!(super::has_errors(&list));
    }

    #[test]
    fn quoted_text_is_short_and_on_one_line() {
        assert_eq!(quote(" a\nb "), "`a b`");
        let text = |length: usize| "x".repeat(length);
        assert_eq!(quote(&text(limits::QUOTE_CHARS_MAX)), format!("`{}`", text(limits::QUOTE_CHARS_MAX)));
        assert_eq!(quote(&text(limits::QUOTE_CHARS_MAX + 1)), format!("`{}…`", text(limits::QUOTE_CUT_CHARS)));
    }
}
