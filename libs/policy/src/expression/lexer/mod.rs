//! Code into tokens.
//!
//! The whole code at once and without recursion: interpolated strings become flat runs of tokens (see [`Kind::InterpolatedStart`]), with a
//! stack of the holes that are open. At the first error a [`Kind::Error`] token stands and the rest is not looked at; the parser reports the
//! error if it gets that far, so that the first error in the text wins.

mod number;
mod string;

use super::ast::{Literal, Names};
use super::directive::Directives;
use super::error::SyntaxError;
use super::newer::Newer;
use super::span::Span;
use super::token::{Kind, Token};

/// What the lexer made of the code.
#[derive(Debug)]
pub(super) struct Lexed {
    /// Ends with [`Kind::End`].
    pub(super) tokens: Vec<Token>,
    pub(super) names: Names,
    pub(super) literals: Vec<Literal>,
    /// Why there is a [`Kind::Error`].
    pub(super) error: Option<SyntaxError>,
    /// What `#warning` says.
    pub(super) warnings: Vec<SyntaxError>,
}

/// Cuts `code`, which must not be longer than [`limits::CODE_BYTES_MAX`].
pub(super) fn lex(code: &str) -> Lexed {
    let lexed =
        Lexed { tokens: Vec::new(), names: Names::default(), literals: Vec::new(), error: None, warnings: Vec::new() };
    let mut lexer =
        Lexer { code, position: 0, holes: Vec::new(), directives: Directives::default(), is_line_start: true, lexed };
    if let Err(error) = lexer.run() {
        lexer.push(Kind::Error, error.span.start as usize, 0);
        lexer.lexed.error = Some(error);
    }
    lexer.position = code.len();
    lexer.push(Kind::End, code.len(), 0);
    lexer.lexed
}

/// How the characters of a string are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoting {
    /// `"…"`: escapes, one line.
    Regular,
    /// `@"…"`: only `""` is special.
    Verbatim,
}

/// A hole of an interpolated string that is being read.
#[derive(Debug)]
struct Hole {
    /// Where its `{` stands.
    start: usize,
    /// Brackets open inside it.
    brackets: u32,
    quoting: Quoting,
}

struct Lexer<'c> {
    code: &'c str,
    position: usize,
    holes: Vec<Hole>,
    directives: Directives,
    /// Nothing but space was found on the line so far.
    is_line_start: bool,
    lexed: Lexed,
}

type Result<T> = std::result::Result<T, SyntaxError>;

impl Lexer<'_> {
    fn run(&mut self) -> Result<()> {
        loop {
            self.skip_trivia()?;
            let start = self.position;
            self.is_line_start = false;
            let Some(character) = self.peek() else { break };
            match character {
                '#' => {
                    let message = "Preprocessor directives must appear as the first non-whitespace character on a line";
                    return Err(error("CS1040", start, start + 1, message));
                }
                '"' => {
                    self.position += 1;
                    self.string(start, Quoting::Regular)?;
                }
                '\'' => self.character(start)?,
                '@' | '$' => self.prefixed(start)?,
                '0'..='9' => self.number(start)?,
                '.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number(start)?,
                _ if is_identifier_start(character) => self.word(start),
                '\\' if escaped(self.rest()).is_some_and(|(character, _)| is_identifier_start(character)) => {
                    self.identifier(start, start);
                }
                _ => self.mark(start, character)?,
            }
        }
        match self.holes.last() {
            None => {
                let end = self.code.len();
                self.directives.end().map_err(|wrong| error(wrong.code, end, end, wrong.message))
            }
            Some(hole) => Err(error(
                "CS8076",
                hole.start,
                hole.start + 1,
                "Missing close delimiter '}' for interpolated expression started with '{'",
            )),
        }
    }

    fn rest(&self) -> &str {
        self.code.get(self.position..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The byte `ahead` of the position.
    fn byte(&self, ahead: usize) -> Option<u8> {
        self.code.as_bytes().get(self.position + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.position += character.len_utf8();
        Some(character)
    }

    fn eat(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.position += wanted.len();
        }
        found
    }

    /// The text from `start` to the position.
    fn slice(&self, start: usize) -> &str {
        self.code.get(start..self.position).unwrap_or("")
    }

    /// A token from `start` to the position.
    fn push(&mut self, kind: Kind, start: usize, value: u32) {
        self.lexed.tokens.push(Token { kind, span: span(start, self.position), value });
    }

    fn push_literal(&mut self, kind: Kind, start: usize, literal: Literal) {
        let value = self.lexed.literals.len() as u32;
        self.lexed.literals.push(literal);
        self.push(kind, start, value);
    }

    fn skip_trivia(&mut self) -> Result<()> {
        loop {
            if self.eat("//") {
                let rest = self.rest();
                self.position += rest.find(is_line_end).unwrap_or(rest.len());
            } else if self.is_line_start && self.holes.is_empty() && self.rest().starts_with('#') {
                self.directive()?;
            } else if self.rest().starts_with("/*") {
                let start = self.position;
                let Some(length) = self.rest()[2..].find("*/") else {
                    return Err(error("CS1035", start, start + 2, "End-of-file found, '*/' expected"));
                };
                self.position += length + 4;
                self.is_line_start = false;
            } else {
                match self.peek() {
                    Some(character) if character.is_whitespace() || character == '\u{feff}' => {
                        self.position += character.len_utf8();
                        if is_line_end(character) {
                            self.is_line_start = true;
                        }
                    }
                    _ => return Ok(()),
                }
            }
        }
    }

    /// The directive at the position, and the lines that it makes no code.
    fn directive(&mut self) -> Result<()> {
        loop {
            let start = self.position;
            let rest = self.code.get(start..).unwrap_or("");
            let line = &rest[..rest.find(is_line_end).unwrap_or(rest.len())];
            let end = start + line.len();
            match self.directives.line(line.get(1..).unwrap_or("")) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let warning = SyntaxError::new("CS1030", span(start, end), format!("#warning: '{text}'"));
                    self.lexed.warnings.push(warning);
                }
                Err(wrong) => return Err(error(wrong.code, start, end, wrong.message)),
            }
            self.position = end;
            if !self.directives.is_skipping() {
                return Ok(());
            }
            while !self.rest().trim_start().is_empty() {
                let rest = self.rest();
                self.position += rest.len() - rest.trim_start().len();
                if self.rest().starts_with('#') {
                    break;
                }
                self.position += self.rest().find(is_line_end).unwrap_or(self.rest().len());
            }
            if !self.rest().starts_with('#') {
                self.position = self.code.len();
                return Ok(());
            }
        }
    }

    /// What starts with `@` or `$`: a string or an escaped identifier.
    fn prefixed(&mut self, start: usize) -> Result<()> {
        if self.eat("@\"") {
            self.string(start, Quoting::Verbatim)
        } else if self.eat("$\"") {
            self.interpolated(start, Quoting::Regular)
        } else if self.eat("$@\"") {
            self.interpolated(start, Quoting::Verbatim)
        } else if self.eat("@$\"") {
            self.lexed.warnings.push(Newer::VerbatimInterpolation.warning(span(start, start + 2)));
            self.interpolated(start, Quoting::Verbatim)
        } else if self.eat("@") && self.peek().is_some_and(|first| is_identifier_start(first) || first == '\\') {
            self.identifier(start, self.position);
            Ok(())
        } else {
            let character = self.code.get(start..).and_then(|rest| rest.chars().next()).unwrap_or('@');
            Err(unexpected(start, character))
        }
    }

    fn skip_word(&mut self) {
        loop {
            let rest = self.rest();
            self.position += rest.find(|character| !is_identifier_part(character)).unwrap_or(rest.len());
            match escaped(self.rest()) {
                Some((character, length)) if is_identifier_part(character) => self.position += length,
                _ => return,
            }
        }
    }

    /// An identifier whose name starts at `name`.
    fn identifier(&mut self, start: usize, name: usize) {
        self.skip_word();
        let name = without_escapes(self.code.get(name..self.position).unwrap_or(""));
        let symbol = self.lexed.names.intern(&name);
        self.push(Kind::Identifier, start, symbol.index());
    }

    fn word(&mut self, start: usize) {
        self.skip_word();
        match Kind::keyword(self.slice(start)) {
            Some(keyword) => self.push(keyword, start, 0),
            None => {
                self.position = start;
                self.identifier(start, start);
            }
        }
    }

    /// An operator or a bracket.
    fn mark(&mut self, start: usize, character: char) -> Result<()> {
        let Some(&(text, kind)) = MARKS.iter().find(|(text, _)| self.rest().starts_with(text)) else {
            return Err(unexpected(start, character));
        };
        match self.holes.last_mut() {
            Some(hole) if kind.is_opener() => hole.brackets += 1,
            Some(hole) if kind.is_closer() && hole.brackets > 0 => hole.brackets -= 1,
            Some(_) if kind == Kind::CloseBrace => return self.close_hole(),
            Some(hole) if kind == Kind::Colon && hole.brackets == 0 => return self.hole_format(),
            _ => {}
        }
        self.position += text.len();
        self.push(kind, start, 0);
        Ok(())
    }
}

/// Longer marks stand before those they start with. `>>` is missing on purpose.
const MARKS: &[(&str, Kind)] = &[
    ("??=", Kind::QuestionQuestionEquals),
    ("<<=", Kind::LessLessEquals),
    ("??", Kind::QuestionQuestion),
    ("::", Kind::ColonColon),
    ("..", Kind::DotDot),
    ("=>", Kind::FatArrow),
    ("==", Kind::EqualsEquals),
    ("!=", Kind::NotEquals),
    ("<=", Kind::LessEquals),
    (">=", Kind::GreaterEquals),
    ("<<", Kind::LessLess),
    ("&&", Kind::AndAnd),
    ("||", Kind::BarBar),
    ("++", Kind::PlusPlus),
    ("--", Kind::MinusMinus),
    ("->", Kind::Arrow),
    ("+=", Kind::PlusEquals),
    ("-=", Kind::MinusEquals),
    ("*=", Kind::StarEquals),
    ("/=", Kind::SlashEquals),
    ("%=", Kind::PercentEquals),
    ("&=", Kind::AmpersandEquals),
    ("|=", Kind::BarEquals),
    ("^=", Kind::CaretEquals),
    ("{", Kind::OpenBrace),
    ("}", Kind::CloseBrace),
    ("[", Kind::OpenBracket),
    ("]", Kind::CloseBracket),
    ("(", Kind::OpenParen),
    (")", Kind::CloseParen),
    (".", Kind::Dot),
    (",", Kind::Comma),
    (":", Kind::Colon),
    (";", Kind::Semicolon),
    ("+", Kind::Plus),
    ("-", Kind::Minus),
    ("*", Kind::Star),
    ("/", Kind::Slash),
    ("%", Kind::Percent),
    ("&", Kind::Ampersand),
    ("|", Kind::Bar),
    ("^", Kind::Caret),
    ("!", Kind::Exclamation),
    ("~", Kind::Tilde),
    ("=", Kind::Equals),
    ("<", Kind::Less),
    (">", Kind::Greater),
    ("?", Kind::Question),
];

/// The character that a `\u0061` at the beginning of `text` stands for, and the length of the escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    let digits = match text.get(..2)? {
        "\\u" => 4,
        "\\U" => 8,
        _ => return None,
    };
    let code = text.get(2..2 + digits).filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, 2 + digits))
}

/// A name with its escapes undone.
pub(super) fn without_escapes(name: &str) -> std::borrow::Cow<'_, str> {
    if !name.contains('\\') {
        return name.into();
    }
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let (character, length) = escaped(rest).unwrap_or((first, first.len_utf8()));
        plain.push(character);
        rest = &rest[length..];
    }
    plain.into()
}

fn span(start: usize, end: usize) -> Span {
    Span::new(start as u32, end.max(start) as u32)
}

fn error(code: &'static str, start: usize, end: usize, message: impl Into<String>) -> SyntaxError {
    SyntaxError::new(code, span(start, end), message)
}

fn unexpected(start: usize, character: char) -> SyntaxError {
    let shown = if character.is_control() { character.escape_unicode().to_string() } else { character.to_string() };
    error("CS1056", start, start + character.len_utf8(), format!("Unexpected character '{shown}'"))
}

/// The line terminators of C#.
fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

fn is_identifier_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

/// Letters, digits and, outside of ASCII, the joining characters that C# allows behind the first one.
fn is_identifier_part(character: char) -> bool {
    is_identifier_start(character)
        || character.is_numeric()
        || matches!(character, '\u{300}'..='\u{36f}' | '\u{200c}' | '\u{200d}' | '\u{203f}' | '\u{2040}')
}
