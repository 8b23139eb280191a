//! Templates to nodes.

use super::DEPTH_MAX;
use super::lex::{Piece, Token, pieces, tokens};
use super::tree::{Comparison, Condition, Filter, For, Node, Operand, Output, Step};

/// The nodes of a template, and the filters in it that there are not.
pub(super) fn parse(text: &str) -> Result<(Vec<Node>, Vec<String>), String> {
    let mut parser = Parser { pieces: pieces(text)?.into_iter(), depth: 0, unknown_filters: Vec::new() };
    match parser.block(&[])? {
        (nodes, None) => Ok((nodes, parser.unknown_filters)),
        (_, Some((tag, _))) => Err(format!("Unknown tag '{tag}'")),
    }
}

struct Parser<'t> {
    pieces: std::vec::IntoIter<Piece<'t>>,
    depth: usize,
    unknown_filters: Vec<String>,
}

/// Nodes up to a tag that ends them, with that tag's name and markup.
type Block<'t> = (Vec<Node>, Option<(&'t str, &'t str)>);

impl<'t> Parser<'t> {
    /// Nodes up to one of the tags `ends`, or to the end of the template.
    fn block(&mut self, ends: &[&str]) -> Result<Block<'t>, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("blocks are nested more than {DEPTH_MAX} deep"));
        }
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.next() {
            match piece {
                Piece::Text(text) => nodes.push(Node::Text(text.into())),
                Piece::Output("") => {}
                Piece::Output(markup) => {
                    let mut markup = Markup::of(markup)?;
                    nodes.push(Node::Output(markup.output(&mut self.unknown_filters)?));
                    markup.end()?;
                }
                Piece::Tag(tag) => {
                    let (name, markup) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
                    if ends.contains(&name) {
                        self.depth -= 1;
                        return Ok((nodes, Some((name, markup.trim()))));
                    }
                    nodes.extend(self.tag(name, markup.trim())?);
                }
            }
        }
        self.depth -= 1;
        Ok((nodes, None))
    }

    /// A block that must end.
    fn closed(&mut self, tag: &str, ends: &[&str]) -> Result<(Vec<Node>, &'t str, &'t str), String> {
        match self.block(ends)? {
            (nodes, Some((end, markup))) => Ok((nodes, end, markup)),
            (_, None) => Err(format!("{tag} tag was never closed")),
        }
    }

    fn tag(&mut self, name: &str, markup: &'t str) -> Result<Option<Node>, String> {
        Ok(Some(match name {
            "assign" => {
                let mut markup = Markup::of(markup)?;
                let variable = markup.name()?;
                markup.expect("=")?;
                let value = markup.output(&mut self.unknown_filters)?;
                markup.end()?;
                Node::Assign(variable, value)
            }
            "capture" => {
                let variable = Markup::of(markup)?.name()?;
                Node::Capture(variable, self.closed("capture", &["endcapture"])?.0)
            }
            "if" => self.conditional("if", markup, "endif")?,
            "unless" => self.conditional("unless", markup, "endunless")?,
            "case" => self.case(markup)?,
            "for" => self.repeat("for", markup, "endfor", false)?,
            "JSONArrayFor" => self.repeat("JSONArrayFor", markup, "endJSONArrayFor", true)?,
            "tablerow" => self.repeat("tablerow", markup, "endtablerow", false)?,
            "ifchanged" => Node::IfChanged(self.closed("ifchanged", &["endifchanged"])?.0),
            "jsonarrayfor" => self.repeat("jsonarrayfor", markup, "endjsonarrayfor", true)?,
            "cycle" => Markup::of(markup)?.cycle(markup)?,
            "increment" => Node::Count(Markup::of(markup)?.name()?, 1),
            "decrement" => Node::Count(Markup::of(markup)?.name()?, -1),
            "break" => Node::Break,
            "continue" => Node::Continue,
            "comment" => {
                self.skip_comment()?;
                return Ok(None);
            }
            _ => return Err(format!("Unknown tag '{name}'")),
        }))
    }

    fn skip_comment(&mut self) -> Result<(), String> {
        let mut open = 1;
        for piece in self.pieces.by_ref() {
            match piece {
                Piece::Tag("comment") => open += 1,
                Piece::Tag("endcomment") => open -= 1,
                _ => {}
            }
            if open == 0 {
                return Ok(());
            }
        }
        Err("comment tag was never closed".to_owned())
    }

    fn conditional(&mut self, tag: &str, markup: &str, end: &str) -> Result<Node, String> {
        let first = Markup::of(markup)?.whole_condition()?;
        let mut condition = Some(if tag == "unless" { Condition::Not(Box::new(first)) } else { first });
        let mut branches = Vec::new();
        loop {
            let (nodes, found, markup) = self.closed(tag, &["elsif", "else", end])?;
            branches.push((condition, nodes));
            match found {
                "elsif" => condition = Some(Markup::of(markup)?.whole_condition()?),
                "else" => condition = None,
                _ => return Ok(Node::If(branches)),
            }
        }
    }

    fn case(&mut self, markup: &str) -> Result<Node, String> {
        let mut subject = Markup::of(markup)?;
        let value = subject.operand()?;
        subject.end()?;
        let (mut branches, mut otherwise) = (Vec::new(), Vec::new());
        // What stands before the first `when` is not rendered.
        let (_, mut found, mut markup) = self.closed("case", &["when", "else", "endcase"])?;
        while found != "endcase" {
            let values = if found == "when" { Some(Markup::of(markup)?.values()?) } else { None };
            let nodes;
            (nodes, found, markup) = self.closed("case", &["when", "else", "endcase"])?;
            match values {
                Some(values) => branches.push((values, nodes)),
                None => otherwise = nodes,
            }
        }
        Ok(Node::Case(value, branches, otherwise))
    }

    fn repeat(&mut self, tag: &str, markup: &str, end: &str, commas: bool) -> Result<Node, String> {
        let mut markup = Markup::of(markup)?;
        let variable = markup.name()?;
        if !markup.takes_name("in") {
            return Err(format!("Syntax Error in '{tag}' - Valid syntax: {tag} [item] in [collection]"));
        }
        let over = markup.operand()?;
        let (mut limit, mut offset, mut columns, mut reversed) = (None, None, None, false);
        while !markup.is_at_end() {
            if markup.takes_name("reversed") {
                reversed = true;
            } else if markup.takes_name("limit") {
                markup.expect(":")?;
                limit = Some(markup.operand()?);
            } else if markup.takes_name("offset") {
                markup.expect(":")?;
                offset = Some(markup.operand()?);
            } else if tag == "tablerow" && markup.takes_name("cols") {
                markup.expect(":")?;
                columns = Some(markup.operand()?);
            } else {
                markup.takes(",");
                if markup.is_at_end() || !markup.is_at_name() {
                    return Err(markup.unexpected());
                }
                let is_known = ["reversed", "limit", "offset"].iter().any(|known| markup.sees_name(known));
                if !is_known && (tag != "tablerow" || !markup.sees_name("cols")) {
                    return Err(markup.unexpected());
                }
            }
        }
        let (body, found, _) = self.closed(tag, &["else", end])?;
        let otherwise = if found == "else" { self.closed(tag, &[end])?.0 } else { Vec::new() };
        let repeat = Box::new(For { variable, over, limit, offset, reversed, body, otherwise, commas });
        match columns {
            Some(columns) => Ok(Node::Table(repeat, columns)),
            None if tag == "tablerow" => Err("Syntax Error in 'tablerow' - it needs cols".to_owned()),
            None => Ok(Node::For(repeat)),
        }
    }
}

/// The tokens of a piece and how far they are read.
struct Markup {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    text: String,
}

impl Markup {
    fn of(text: &str) -> Result<Markup, String> {
        Ok(Markup { tokens: tokens(text)?, at: 0, depth: 0, text: text.to_owned() })
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is_at_end(&self) -> bool {
        self.peek().is_none()
    }

    fn is_at_name(&self) -> bool {
        matches!(self.peek(), Some(Token::Name(_)))
    }

    fn sees_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found)) if found == name)
    }

    fn takes_name(&mut self, name: &str) -> bool {
        let found = self.sees_name(name);
        self.at += usize::from(found);
        found
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self) -> String {
        format!("syntax error in `{}`", self.text)
    }

    fn expect(&mut self, sign: &str) -> Result<(), String> {
        if self.takes(sign) { Ok(()) } else { Err(self.unexpected()) }
    }

    fn end(&self) -> Result<(), String> {
        if self.is_at_end() { Ok(()) } else { Err(self.unexpected()) }
    }

    fn name(&mut self) -> Result<Box<str>, String> {
        let name = match self.peek() {
            Some(Token::Name(name) | Token::Text(name)) => name.as_str().into(),
            _ => return Err(self.unexpected()),
        };
        self.at += 1;
        Ok(name)
    }

    fn output(&mut self, unknown: &mut Vec<String>) -> Result<Output, String> {
        let value = self.operand()?;
        let mut filters = Vec::new();
        while self.takes("|") {
            let name = self.name()?;
            let mut arguments = Vec::new();
            if self.takes(":") {
                arguments.push(self.operand()?);
                while self.takes(",") || self.takes(":") {
                    arguments.push(self.operand()?);
                }
            }
            match Filter::named(&name) {
                Some(filter) => filters.push((filter, arguments)),
                None => unknown.push(name.into()),
            }
        }
        Ok(Output { value, filters })
    }

    /// `'group': a, b` or `a, b`.
    fn cycle(&mut self, text: &str) -> Result<Node, String> {
        let group = match (self.tokens.first(), self.tokens.get(1)) {
            (Some(Token::Text(group) | Token::Name(group)), Some(Token::Sign(":"))) => {
                self.at = 2;
                group.clone()
            }
            _ => text.to_owned(),
        };
        Ok(Node::Cycle(group.into(), self.values()?))
    }

    /// `a, b` or `a or b`.
    fn values(&mut self) -> Result<Vec<Operand>, String> {
        let mut values = vec![self.operand()?];
        while self.takes(",") || self.takes_name("or") {
            values.push(self.operand()?);
        }
        self.end()?;
        Ok(values)
    }

    fn operand(&mut self) -> Result<Operand, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected());
        }
        let operand = self.inner_operand();
        self.depth -= 1;
        operand
    }

    fn inner_operand(&mut self) -> Result<Operand, String> {
        let token = self.peek().cloned().ok_or_else(|| self.unexpected())?;
        self.at += 1;
        Ok(match token {
            Token::Text(text) => Operand::Text(text.into()),
            Token::Integer(number) => Operand::Integer(number),
            Token::Float(number) => Operand::Float(number),
            Token::Sign("(") => {
                let from = self.operand()?;
                self.expect("..")?;
                let to = self.operand()?;
                self.expect(")")?;
                Operand::Range(Box::new((from, to)))
            }
            Token::Sign(_) => return Err(self.unexpected()),
            Token::Name(name) => {
                let is_path = matches!(self.peek(), Some(Token::Sign("." | "[")));
                match name.as_str() {
                    "nil" | "null" if !is_path => Operand::Nil,
                    "true" if !is_path => Operand::Bool(true),
                    "false" if !is_path => Operand::Bool(false),
                    "empty" if !is_path => Operand::Empty,
                    "blank" if !is_path => Operand::Blank,
                    _ => Operand::Path(name.as_str().into(), self.steps()?),
                }
            }
        })
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        loop {
            if self.takes(".") {
                steps.push(Step::Name(self.name()?));
            } else if self.takes("[") {
                steps.push(Step::Index(self.operand()?));
                self.expect("]")?;
            } else {
                return Ok(steps);
            }
        }
    }

    fn whole_condition(&mut self) -> Result<Condition, String> {
        let condition = self.condition()?;
        self.end()?;
        Ok(condition)
    }

    /// `and` and `or` bind alike, from the right.
    fn condition(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(self.unexpected());
        }
        let left = self.operand()?;
        let first = match self.comparison() {
            Some(comparison) => Condition::Compare(left, comparison, self.operand()?),
            None => Condition::Truth(left),
        };
        let condition = if self.takes_name("and") {
            Condition::And(Box::new((first, self.condition()?)))
        } else if self.takes_name("or") {
            Condition::Or(Box::new((first, self.condition()?)))
        } else {
            first
        };
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let comparison = match self.peek()? {
            Token::Sign("==") => Comparison::Equal,
            Token::Sign("!=" | "<>") => Comparison::NotEqual,
            Token::Sign("<") => Comparison::Less,
            Token::Sign("<=") => Comparison::LessOrEqual,
            Token::Sign(">") => Comparison::Greater,
            Token::Sign(">=") => Comparison::GreaterOrEqual,
            Token::Name(name) => match name.to_ascii_lowercase().replace('_', "").as_str() {
                "contains" => Comparison::Contains,
                "startswith" => Comparison::StartsWith,
                "endswith" => Comparison::EndsWith,
                "haskey" => Comparison::HasKey,
                "hasvalue" => Comparison::HasValue,
                _ => return None,
            },
            _ => return None,
        };
        self.at += 1;
        Some(comparison)
    }
}
