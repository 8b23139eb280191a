//! Preprocessor lines: `#if`, `#region`, `#pragma` and the rest.
//!
//! The lexer follows them, and so does the reader of policy documents, which has to find the bracket that ends an expression: both go by this
//! module, so that they skip the same text. No symbol is ever defined, since `#define` cannot stand behind other code.

use super::limits;

/// The directives that are open.
#[derive(Debug, Default)]
pub(crate) struct Directives {
    open: Vec<Open>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Region,
    If {
        /// Whether a part has been chosen.
        is_taken: bool,
        /// Whether the part at hand is code.
        is_active: bool,
        has_else: bool,
    },
}

/// What is wrong with a directive, in the C# compiler's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

fn wrong<T>(code: &'static str, message: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong { code, message: message.into() })
}

const UNEXPECTED: &str = "Unexpected preprocessor directive";
const REST: &str = "Single-line comment or end-of-line expected";
const EXPECTED: &str = "Preprocessor directive expected";
const INVALID: &str = "Invalid preprocessor expression";

impl Directives {
    /// Whether the lines that follow are no code, up to another directive.
    pub(crate) fn is_skipping(&self) -> bool {
        self.open.iter().any(|open| matches!(open, Open::If { is_active: false, .. }))
    }

    /// Whether nothing has to be ended.
    pub(crate) fn end(&self) -> Result<(), Wrong> {
        match self.open.last() {
            None => Ok(()),
            Some(Open::Region) => wrong("CS1038", "#endregion directive expected"),
            Some(Open::If { .. }) => wrong("CS1027", "#endif directive expected"),
        }
    }

    /// Follows the directive that stands on a line behind `#`. Gives the text of a `#warning`.
    pub(crate) fn line(&mut self, line: &str) -> Result<Option<String>, Wrong> {
        let line = line.trim();
        let length = line.find(|character: char| !character.is_ascii_alphabetic()).unwrap_or(line.len());
        let (word, rest) = line.split_at(length);
        match word {
            "if" | "elif" | "else" | "endif" => self.conditional(word, rest).map(|()| None),
            "region" => self.begin(Open::Region).map(|()| None),
            "endregion" => match self.open.pop() {
                Some(Open::Region) => Ok(None),
                Some(other) => {
                    self.open.push(other);
                    wrong("CS1027", "#endif directive expected")
                }
                None => wrong("CS1028", UNEXPECTED),
            },
            _ if self.is_skipping() => Ok(None),
            "error" => wrong("CS1029", format!("#error: '{}'", rest.trim())),
            "warning" => Ok(Some(rest.trim().to_owned())),
            "line" => line_number(rest).map(|()| None),
            // What is not known of them is only worth a warning.
            "pragma" => Ok(None),
            "define" | "undef" => {
                wrong("CS1032", "Cannot define/undefine preprocessor symbols after first token in file")
            }
            "nullable" => {
                let message = "Feature 'nullable reference types' is not available in C# 7.3. Please use language version 8.0 or greater.";
                wrong("CS8370", message)
            }
            "r" => wrong("CS7011", "#r is only allowed in scripts"),
            "load" => wrong("CS8097", "#load is only allowed in scripts"),
            _ => wrong("CS1024", EXPECTED),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), Wrong> {
        if self.open.len() >= limits::NESTING_MAX as usize {
            return wrong("CS8078", "An expression is too long or complex to compile");
        }
        self.open.push(open);
        Ok(())
    }

    fn conditional(&mut self, word: &str, rest: &str) -> Result<(), Wrong> {
        if word == "if" {
            // In what is skipped anyway the condition is not looked at.
            let holds = self.is_skipping() || Condition::evaluate(rest)?;
            return self.begin(Open::If { is_taken: holds, is_active: holds && !self.is_skipping(), has_else: false });
        }
        let Some(innermost) = self.open.pop() else { return wrong("CS1028", UNEXPECTED) };
        let Open::If { is_taken, has_else, .. } = innermost else {
            self.open.push(innermost);
            return wrong("CS1038", "#endregion directive expected");
        };
        let is_skipped = self.is_skipping();
        if word == "endif" {
            return if is_skipped { Ok(()) } else { nothing(rest) };
        }
        if has_else {
            return wrong("CS1027", "#endif directive expected");
        }
        let is_else = word == "else";
        let holds = match () {
            () if is_skipped => false,
            () if is_else => {
                nothing(rest)?;
                true
            }
            () => Condition::evaluate(rest)?,
        };
        let is_active = holds && !is_taken && !is_skipped;
        self.open.push(Open::If { is_taken: is_taken || is_active, is_active, has_else: is_else });
        Ok(())
    }
}

/// Nothing but a comment may follow.
fn nothing(rest: &str) -> Result<(), Wrong> {
    let rest = rest.trim_start();
    if rest.is_empty() || rest.starts_with("//") { Ok(()) } else { wrong("CS1025", REST) }
}

/// `#line 20 "file"`, `#line default`, `#line hidden`: read, since mistakes are errors, and without effect.
fn line_number(rest: &str) -> Result<(), Wrong> {
    let rest = rest.trim_start();
    let length = rest.find(|character: char| !character.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (word, behind) = rest.split_at(length);
    if matches!(word, "default" | "hidden") {
        return nothing(behind);
    }
    match word.parse::<u32>() {
        Ok(1..=0x00fe_efed) => {}
        _ => return wrong("CS1576", "The line number specified for #line directive is missing or invalid"),
    }
    let behind = behind.trim_start();
    let behind = match behind.strip_prefix('"').and_then(|name| name.split_once('"')) {
        Some((_, behind)) => behind,
        None => behind,
    };
    nothing(behind).or_else(|_| wrong("CS1578", "Quoted file name, single-line comment or end-of-line expected"))
}

/// What stands behind `#if`: `true`, `false`, symbols, which are all undefined, `!`, `==`, `!=`, `&&`, `||` and parentheses.
struct Condition<'c> {
    rest: &'c str,
    depth: u32,
}

impl<'c> Condition<'c> {
    fn evaluate(text: &'c str) -> Result<bool, Wrong> {
        let mut condition = Condition { rest: text, depth: 0 };
        let holds = condition.or()?;
        nothing(condition.rest)?;
        Ok(holds)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        self.rest = self.rest.trim_start();
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn or(&mut self) -> Result<bool, Wrong> {
        let mut holds = self.and()?;
        while self.eat("||") {
            holds |= self.and()?;
        }
        Ok(holds)
    }

    fn and(&mut self) -> Result<bool, Wrong> {
        let mut holds = self.equality()?;
        while self.eat("&&") {
            holds &= self.equality()?;
        }
        Ok(holds)
    }

    fn equality(&mut self) -> Result<bool, Wrong> {
        let mut holds = self.operand()?;
        loop {
            if self.eat("==") {
                holds = holds == self.operand()?;
            } else if self.eat("!=") {
                holds = holds != self.operand()?;
            } else {
                return Ok(holds);
            }
        }
    }

    fn operand(&mut self) -> Result<bool, Wrong> {
        let mut is_negated = false;
        while !self.rest.trim_start().starts_with("!=") && self.eat("!") {
            is_negated = !is_negated;
        }
        Ok(self.bare_operand()? != is_negated)
    }

    fn bare_operand(&mut self) -> Result<bool, Wrong> {
        if self.eat("(") {
            self.depth += 1;
            if self.depth > limits::TYPE_SCAN_DEPTH_MAX {
                return wrong("CS8078", "An expression is too long or complex to compile");
            }
            let holds = self.or()?;
            self.depth -= 1;
            return if self.eat(")") { Ok(holds) } else { wrong("CS1026", ") expected") };
        }
        let is_part = |character: char| character == '_' || character == '\\' || character.is_alphanumeric();
        let length = self.rest.find(|character| !is_part(character)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(length);
        if word.is_empty() || word.starts_with(|first: char| first.is_numeric()) {
            return wrong("CS1517", INVALID);
        }
        self.rest = rest;
        Ok(super::lexer::without_escapes(word) == "true")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[&str], skips: &[bool]) {
        let mut directives = Directives::default();
        let found: Vec<bool> = lines
            .iter()
            .map(|line| {
                assert!(directives.line(line).is_ok(), "{line}");
                directives.is_skipping()
            })
            .collect();
        assert_eq!(found, skips, "{lines:?}");
    }

    #[test]
    fn the_first_part_whose_condition_holds_is_code() {
        check(&["if false", "elif true", "elif true", "else", "endif"], &[true, false, true, true, false]);
        check(&["if A", "if true", "else", "endif", "else", "endif"], &[true, true, true, true, false, false]);
        check(&["region it's", "if true", "endif", "endregion x"], &[false; 4]);
        check(&["if false", "foo", "error x", "pragma", "endif"], &[true, true, true, true, false]);
    }

    #[test]
    fn conditions_are_computed_with_undefined_symbols() {
        for (condition, expected) in [
            ("true", true),
            (" !A && (true || B) // c", true),
            ("!false == true", true),
            ("A != false", false),
            ("!!true", true),
            ("true != true", false),
            ("tru\\u0065", true),
        ] {
            assert_eq!(Condition::evaluate(condition), Ok(expected), "{condition}");
        }
        for (condition, code) in
            [("", "CS1517"), ("1", "CS1517"), ("true x", "CS1025"), ("(true", "CS1026"), ("true ||", "CS1517")]
        {
            assert_eq!(Condition::evaluate(condition).unwrap_err().code, code, "{condition}");
        }
        assert_eq!(Condition::evaluate(&"(".repeat(100_000)).unwrap_err().code, "CS8078");
    }

    #[test]
    fn mistakes_are_those_of_the_compiler() {
        for (lines, code) in [
            (&["error it's"][..], "CS1029"),
            (&["foo"], "CS1024"),
            (&["endif"], "CS1028"),
            (&["if true", "region", "endif"], "CS1038"),
            (&["if true", "else", "else"], "CS1027"),
            (&["define X"], "CS1032"),
            (&["line 0"], "CS1576"),
            (&["line 5 x"], "CS1578"),
        ] {
            let mut directives = Directives::default();
            let found = lines.iter().find_map(|line| directives.line(line).err());
            assert_eq!(found.map(|wrong| wrong.code), Some(code), "{lines:?}");
        }
        let mut open = Directives::default();
        assert!(open.line("if true").is_ok());
        assert_eq!(open.end().unwrap_err().code, "CS1027");
        assert_eq!(open.line("warning care's"), Ok(Some("care's".to_owned())));
    }
}
