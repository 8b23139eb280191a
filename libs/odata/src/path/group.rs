//! What stands in parentheses behind a name: a key, or parameters of a function.

use crate::cursor::Cursor;
use crate::error::{Fault, Parsed};
use crate::expression::{Context, Parser, Scope};
use crate::types::Ty;

/// One pair of parentheses.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Group<'a> {
    /// `()`
    Empty,
    /// `(1)`
    Value(Ty),
    /// `(A=1,B=@p)`
    Named(Vec<(&'a str, Ty)>),
}

/// A segment as it is written.
#[derive(Debug, Clone)]
pub(super) struct Parts<'a> {
    pub(super) name: &'a str,
    pub(super) groups: Vec<Group<'a>>,
}

/// Takes a segment apart. `None`: it is not written as a name with or without parentheses, so it can only be a key.
pub(super) fn parts<'a>(text: &'a str, context: Context<'a>) -> Parsed<Option<Parts<'a>>> {
    let mut parser = Parser::new(text, context, Scope::of(Ty::UNKNOWN));
    let Some(name) = parser.cursor.qualified()? else { return Ok(None) };
    if !matches!(parser.cursor.peek(), None | Some('(')) {
        return Ok(None);
    }
    let mut groups = Vec::new();
    while parser.cursor.eat("(") {
        groups.push(group(&mut parser)?);
    }
    parser.cursor.finish()?;
    Ok(Some(Parts { name, groups }))
}

/// The opening parenthesis has been read.
fn group<'a>(parser: &mut Parser<'a>) -> Parsed<Group<'a>> {
    parser.cursor.space();
    if parser.cursor.eat(")") {
        return Ok(Group::Empty);
    }
    let Some(first) = name(&mut parser.cursor)? else {
        let ty = value(parser)?;
        parser.cursor.close()?;
        return Ok(Group::Value(ty));
    };
    let mut named = vec![(first, value(parser)?)];
    while parser.cursor.comma() {
        parser.bounded(named.len())?;
        let start = parser.cursor.position();
        let Some(next) = name(&mut parser.cursor)? else { return Err(parser.cursor.expected("a name and a value")) };
        if named.iter().any(|(known, _)| *known == next) {
            return Err(Fault::new(start, format!("`{next}` is given twice")));
        }
        named.push((next, value(parser)?));
    }
    parser.cursor.close()?;
    Ok(Group::Named(named))
}

/// `Name=`. `None`: something else stands here, and the cursor has not moved.
fn name<'a>(cursor: &mut Cursor<'a>) -> Parsed<Option<&'a str>> {
    let before = *cursor;
    let name = cursor.identifier()?;
    if name.is_some() && cursor.eat("=") {
        return Ok(name);
    }
    *cursor = before;
    Ok(None)
}

/// A literal or an alias.
fn value(parser: &mut Parser<'_>) -> Parsed<Ty> {
    if parser.cursor.eat("@") {
        if parser.cursor.identifier()?.is_none() {
            return Err(parser.cursor.expected("the name of a parameter alias"));
        }
        return Ok(Ty::UNKNOWN);
    }
    match parser.literal()? {
        Some(ty) => Ok(ty),
        None => Err(parser.cursor.expected("a literal or a parameter alias")),
    }
}
