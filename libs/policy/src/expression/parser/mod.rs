//! Tokens into a tree.
//!
//! Recursive descent with one token of decision, but where C# needs more: `scan` looks ahead without building anything, so no code is parsed
//! twice and time stays linear. Every recursion goes through [`Parser::nested`], which counts it; every node through a `push`, which counts
//! the height of the tree.

mod creation;
mod expression;
mod interpolation;
mod jump;
mod lambda;
mod loops;
mod pattern;
mod primary;
mod query;
mod scan;
mod statement;
mod types;

use super::ast::{Expr, ExprId, ExprKind, Literal, Name, Names, Pattern, PatternId, PatternKind, Root, Stmt, StmtId};
use super::ast::{StmtKind, Symbol, Tree, Type, TypeId, TypeKind};
use super::error::SyntaxError;
use super::lexer::{Lexed, lex};
use super::limits;
use super::newer::Newer;
use super::span::Span;
use super::token::{Kind, Token};

/// Which of the two forms of a policy expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `@(expression)`
    Expression,
    /// `@{ statements }`
    Statements,
}

/// Parses the code between the delimiters of a policy expression.
///
/// # Errors
/// The first place where `code` is not C#, or is longer or deeper than [`limits`] allow (`CS8078`, as in the C# compiler).
pub fn parse(code: &str, form: Form) -> Result<Tree, SyntaxError> {
    if code.len() > limits::CODE_BYTES_MAX {
        return Err(too_complex(Span::default()));
    }
    let mut parser = Parser::new(code, lex(code));
    let root = match form {
        Form::Expression => {
            let value = parser.expression()?;
            if !parser.at(Kind::End) {
                return Err(parser.expected(Kind::CloseParen));
            }
            Root::Expression(value)
        }
        Form::Statements => {
            let statements = parser.statements()?;
            if !parser.at(Kind::End) {
                let message = "Type or namespace definition, or end-of-file expected";
                return Err(SyntaxError::new("CS1022", parser.token().span, message));
            }
            Root::Statements(statements)
        }
    };
    Ok(parser.into_tree(root))
}

type Parsed<T> = Result<T, SyntaxError>;

struct Parser<'c> {
    code: &'c str,
    /// Ends with `Kind::End`, which is never passed.
    tokens: Vec<Token>,
    position: usize,
    /// For an opening bracket the index of the token that closes it, else 0.
    closers: Vec<u32>,
    names: Names,
    literals: Vec<Literal>,
    lexical_error: Option<SyntaxError>,
    warnings: Vec<SyntaxError>,
    expressions: Vec<Expr>,
    statements: Vec<Stmt>,
    types: Vec<Type>,
    patterns: Vec<Pattern>,
    /// Constructs being parsed inside each other.
    depth: u32,
    /// Height of the highest node that was finished inside the construct being parsed.
    height: u32,
    /// Queries being parsed inside each other: some identifiers are keywords there.
    queries: u32,
}

impl<'c> Parser<'c> {
    fn new(code: &'c str, lexed: Lexed) -> Parser<'c> {
        let closers = closers(&lexed.tokens);
        Parser {
            code,
            tokens: lexed.tokens,
            position: 0,
            closers,
            names: lexed.names,
            literals: lexed.literals,
            lexical_error: lexed.error,
            warnings: lexed.warnings,
            expressions: Vec::new(),
            statements: Vec::new(),
            types: Vec::new(),
            patterns: Vec::new(),
            depth: 0,
            height: 0,
            queries: 0,
        }
    }

    fn into_tree(self, root: Root) -> Tree {
        Tree {
            root,
            names: self.names,
            expressions: self.expressions,
            statements: self.statements,
            types: self.types,
            patterns: self.patterns,
            warnings: self.warnings,
        }
    }

    // Tokens.

    /// The token at an index; behind the last one, the last one.
    fn token_at(&self, index: usize) -> Token {
        let end = Token { kind: Kind::End, span: Span::default(), value: 0 };
        self.tokens.get(index).or(self.tokens.last()).copied().unwrap_or(end)
    }

    fn token(&self) -> Token {
        self.token_at(self.position)
    }

    fn kind(&self) -> Kind {
        self.token().kind
    }

    fn kind_ahead(&self, count: usize) -> Kind {
        self.token_at(self.position + count).kind
    }

    fn at(&self, kind: Kind) -> bool {
        self.kind() == kind
    }

    fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != Kind::End {
            self.position += 1;
        }
        token
    }

    fn eat(&mut self, kind: Kind) -> bool {
        let found = self.at(kind);
        if found {
            self.bump();
        }
        found
    }

    fn expect(&mut self, kind: Kind) -> Parsed<Token> {
        if self.at(kind) { Ok(self.bump()) } else { Err(self.expected(kind)) }
    }

    /// Whether no character stands between the token `index` and the next one.
    fn touches_next(&self, index: usize) -> bool {
        self.token_at(index).span.end == self.token_at(index + 1).span.start
    }

    fn text(&self, span: Span) -> &'c str {
        self.code.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Whether the token `index` is the identifier `word`, not escaped.
    fn is_word(&self, index: usize, word: &str) -> bool {
        let token = self.token_at(index);
        token.kind == Kind::Identifier && self.text(token.span) == word
    }

    fn at_word(&self, word: &str) -> bool {
        self.is_word(self.position, word)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.bump();
        }
        found
    }

    fn identifier(&mut self) -> Parsed<Name> {
        let token = self.token();
        if token.kind != Kind::Identifier {
            return Err(self.expected(Kind::Identifier));
        }
        self.bump();
        Ok(Name { symbol: Symbol(token.value), span: token.span })
    }

    /// The literal that belongs to a token.
    fn literal(&self, token: Token) -> Literal {
        self.literals.get(token.value as usize).cloned().unwrap_or(Literal::Null)
    }

    /// `item, item, item` up to `closer`, which is taken too. `trailing`: a comma may stand before it.
    fn list<T>(
        &mut self,
        closer: Kind,
        trailing: Trailing,
        mut item: impl FnMut(&mut Self) -> Parsed<T>,
    ) -> Parsed<Box<[T]>> {
        let mut items = Vec::new();
        if !self.eat(closer) {
            loop {
                items.push(item(self)?);
                if self.eat(Kind::Comma) {
                    if trailing == Trailing::Allowed && self.eat(closer) {
                        break;
                    }
                } else if self.eat(closer) {
                    break;
                } else {
                    let starts = scan::starts_expression(self.kind());
                    return Err(self.expected(if starts { Kind::Comma } else { closer }));
                }
            }
        }
        Ok(items.into_boxed_slice())
    }

    /// A construct stands at `span` that the original's C# does not have.
    fn newer(&mut self, construct: Newer, span: Span) {
        self.warnings.push(construct.warning(span));
    }

    /// Takes the word if it is next, which makes a `construct` of what it stands in.
    fn eat_newer(&mut self, word: &str, construct: Newer) -> bool {
        let span = self.token().span;
        let found = self.eat_word(word);
        if found {
            self.newer(construct, span);
        }
        found
    }

    // Errors.

    /// Where something is missing: at the token that stands there instead, or, if that is on another line, behind the one before.
    fn missing(&self) -> Span {
        let here = self.token().span;
        let Some(before) = self.position.checked_sub(1).map(|index| self.token_at(index).span) else { return here };
        let between = self.text(Span::new(before.end, here.start));
        if between.contains('\n') { Span::new(before.end, before.end) } else { here }
    }

    /// The error of the lexer if it stopped here, else `error`.
    fn or_lexical(&self, error: SyntaxError) -> SyntaxError {
        match &self.lexical_error {
            Some(lexical) if self.at(Kind::Error) => lexical.clone(),
            _ => error,
        }
    }

    fn error(&self, code: &'static str, message: impl Into<String>) -> SyntaxError {
        self.or_lexical(SyntaxError::new(code, self.missing(), message))
    }

    /// `kind` should stand here.
    fn expected(&self, kind: Kind) -> SyntaxError {
        match kind {
            Kind::Identifier if self.kind().is_keyword() => {
                let message = format!("Identifier expected; '{}' is a keyword", self.kind().text());
                SyntaxError::new("CS1041", self.token().span, message)
            }
            Kind::Identifier => self.error("CS1001", "Identifier expected"),
            Kind::Semicolon => self.error("CS1002", "; expected"),
            Kind::CloseParen => self.error("CS1026", ") expected"),
            Kind::CloseBrace => self.error("CS1513", "} expected"),
            Kind::OpenBrace => self.error("CS1514", "{ expected"),
            Kind::In => self.error("CS1515", "'in' expected"),
            _ => self.error("CS1003", format!("Syntax error, '{}' expected", kind.text())),
        }
    }

    /// An expression should start here.
    fn invalid_term(&self) -> SyntaxError {
        let token = self.token();
        match token.kind {
            Kind::End | Kind::HoleClose | Kind::HoleFormat => self.error("CS1733", "Expected expression"),
            _ => self.error("CS1525", format!("Invalid expression term '{}'", quote(self.text(token.span)))),
        }
    }

    // Nodes.

    /// Parses a construct inside another one.
    fn nested<T>(&mut self, construct: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= limits::NESTING_MAX {
            return Err(too_complex(self.token().span));
        }
        self.depth += 1;
        let outer = std::mem::take(&mut self.height);
        let parsed = construct(self)?;
        self.height = self.height.max(outer);
        self.depth -= 1;
        Ok(parsed)
    }

    /// Where the construct that begins now begins.
    fn start(&self) -> u32 {
        self.token().span.start
    }

    /// From `start` to the end of the last token taken.
    fn span_from(&self, start: u32) -> Span {
        let end = self.position.checked_sub(1).map_or(start, |index| self.token_at(index).span.end);
        Span::new(start, end.max(start))
    }

    /// The span of a node from `start` to here, which is one higher than the highest in it.
    fn node(&mut self, start: u32) -> Parsed<Span> {
        let span = self.span_from(start);
        self.height += 1;
        if self.height > limits::TREE_HEIGHT_MAX { Err(too_complex(span)) } else { Ok(span) }
    }

    fn push(&mut self, start: u32, kind: ExprKind) -> Parsed<ExprId> {
        let span = self.node(start)?;
        self.expressions.push(Expr { span, kind });
        Ok(ExprId(self.expressions.len() as u32 - 1))
    }

    fn push_statement(&mut self, start: u32, kind: StmtKind) -> Parsed<StmtId> {
        let span = self.node(start)?;
        self.statements.push(Stmt { span, kind });
        Ok(StmtId(self.statements.len() as u32 - 1))
    }

    fn push_type(&mut self, start: u32, kind: TypeKind) -> Parsed<TypeId> {
        let span = self.node(start)?;
        self.types.push(Type { span, kind });
        Ok(TypeId(self.types.len() as u32 - 1))
    }

    fn push_pattern(&mut self, start: u32, kind: PatternKind) -> Parsed<PatternId> {
        let span = self.node(start)?;
        self.patterns.push(Pattern { span, kind });
        Ok(PatternId(self.patterns.len() as u32 - 1))
    }

    fn expr(&self, id: ExprId) -> &Expr {
        &self.expressions[id.0 as usize]
    }
}

/// Whether a comma may stand behind the last item of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trailing {
    Allowed,
    Forbidden,
}

fn too_complex(span: Span) -> SyntaxError {
    SyntaxError::new("CS8078", span, "An expression is too long or complex to compile")
}

/// Text of the code for a message.
fn quote(text: &str) -> String {
    match text.char_indices().nth(limits::QUOTE_CHARS_MAX) {
        None => text.to_owned(),
        Some(_) => text.chars().take(limits::QUOTE_CHARS_MAX / 3).chain(['…']).collect(),
    }
}

/// For every opening bracket the token that closes it.
fn closers(tokens: &[Token]) -> Vec<u32> {
    let mut closers = vec![0; tokens.len()];
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if token.kind.is_opener() {
            open.push((index, token.kind));
        } else if token.kind.is_closer()
            && let Some((opener, kind)) = open.pop()
            && matches!(
                (kind, token.kind),
                (Kind::OpenParen, Kind::CloseParen)
                    | (Kind::OpenBrace, Kind::CloseBrace)
                    | (Kind::OpenBracket, Kind::CloseBracket)
            )
        {
            closers[opener] = index as u32;
        }
    }
    closers
}
