//! Templates to nodes, as forgiving as DotLiquid is: it takes the operands, filters and comparisons that it finds in a piece, and passes over
//! everything else. `{{ a + 1 }}` is `a`, `{% if a == 1 && b %}` is `{% if a == 1 %}`. What it refuses is refused here too: tags that there are
//! not or that do not end, tags without what they are about; and a comparison that there is not, which it says of when it renders.

use super::DEPTH_MAX;
use super::lex::{Piece, pieces};
use super::markup::Markup;
use super::tree::{Condition, For, Node};

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
                    nodes.push(Node::Output(Markup::of(markup).output(&mut self.unknown_filters)?));
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
                let mut markup = Markup::of(markup);
                let variable = markup.name()?;
                markup.expect("=")?;
                let value = markup.output(&mut self.unknown_filters)?;
                Node::Assign(variable, value)
            }
            "capture" => {
                let variable = Markup::of(markup).name()?;
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
            "cycle" => Markup::of(markup).cycle(markup)?,
            "increment" => Node::Count(Markup::of(markup).name()?, 1),
            "decrement" => Node::Count(Markup::of(markup).name()?, -1),
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
        let first = Markup::of(markup).condition()?;
        let mut condition = Some(if tag == "unless" { Condition::Not(Box::new(first)) } else { first });
        let mut branches = Vec::new();
        loop {
            let (nodes, found, markup) = self.closed(tag, &["elsif", "else", end])?;
            branches.push((condition, nodes));
            match found {
                "elsif" => condition = Some(Markup::of(markup).condition()?),
                "else" => condition = None,
                _ => return Ok(Node::If(branches)),
            }
        }
    }

    fn case(&mut self, markup: &str) -> Result<Node, String> {
        let value = Markup::of(markup).operand()?;
        let (mut branches, mut otherwise) = (Vec::new(), Vec::new());
        // What stands before the first `when` is not rendered.
        let (_, mut found, mut markup) = self.closed("case", &["when", "else", "endcase"])?;
        while found != "endcase" {
            let values = if found == "when" { Some(Markup::of(markup).values()?) } else { None };
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
        let mut markup = Markup::of(markup);
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
                markup.skip();
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
