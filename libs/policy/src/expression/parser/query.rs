//! Query expressions. They stay clauses here; the binder turns them into calls (C# specification, "Query expression translation").

use super::scan::Question;
use super::{Parsed, Parser};
use crate::expression::ast::{Clause, ExprId, ExprKind, Name, Ordering, Query, TypeId};
use crate::expression::error::SyntaxError;
use crate::expression::token::Kind;

impl Parser<'_> {
    /// The query at the position.
    pub(super) fn query(&mut self) -> Parsed<ExprId> {
        let start = self.start();
        self.queries += 1;
        let clauses = self.clauses();
        self.queries -= 1;
        let clauses = clauses?.into_boxed_slice();
        self.push(start, ExprKind::Query(Box::new(Query { clauses })))
    }

    fn clauses(&mut self) -> Parsed<Vec<Clause>> {
        let mut clauses = vec![self.source_clause()?];
        loop {
            let ends = self.at_word("select") || self.at_word("group");
            clauses.push(self.clause()?);
            if ends {
                if !self.eat_word("into") {
                    return Ok(clauses);
                }
                clauses.push(Clause::Into(self.identifier()?));
            }
        }
    }

    fn clause(&mut self) -> Parsed<Clause> {
        if self.at_word("from") {
            self.source_clause()
        } else if self.eat_word("let") {
            let name = self.identifier()?;
            self.expect(Kind::Equals)?;
            Ok(Clause::Let { name, value: self.expression()? })
        } else if self.eat_word("where") {
            Ok(Clause::Where(self.expression()?))
        } else if self.eat_word("join") {
            self.join()
        } else if self.eat_word("orderby") {
            self.orderings()
        } else if self.eat_word("select") {
            Ok(Clause::Select(self.expression()?))
        } else if self.eat_word("group") {
            let value = self.expression()?;
            self.expect_word("by")?;
            Ok(Clause::Group { value, key: self.expression()? })
        } else {
            Err(self.error("CS0742", "A query body must end with a select clause or a group clause"))
        }
    }

    fn source_clause(&mut self) -> Parsed<Clause> {
        self.expect_word("from")?;
        let (of, name) = self.range_variable()?;
        self.expect(Kind::In)?;
        Ok(Clause::From { of, name, source: self.expression()? })
    }

    /// `x` or `T x`
    fn range_variable(&mut self) -> Parsed<(Option<TypeId>, Name)> {
        let is_bare = self.kind_ahead(1) == Kind::In;
        let of = if is_bare { None } else { Some(self.type_of(Question::Nullable)?) };
        Ok((of, self.identifier()?))
    }

    fn join(&mut self) -> Parsed<Clause> {
        let (of, name) = self.range_variable()?;
        self.expect(Kind::In)?;
        let source = self.expression()?;
        self.expect_word("on")?;
        let left = self.expression()?;
        self.expect_word("equals")?;
        let right = self.expression()?;
        let into = if self.eat_word("into") { Some(self.identifier()?) } else { None };
        Ok(Clause::Join { of, name, source, left, right, into })
    }

    fn orderings(&mut self) -> Parsed<Clause> {
        let mut orderings = Vec::new();
        loop {
            let key = self.expression()?;
            let is_descending = self.eat_word("descending");
            if !is_descending {
                self.eat_word("ascending");
            }
            orderings.push(Ordering { key, is_descending });
            if !self.eat(Kind::Comma) {
                return Ok(Clause::OrderBy(orderings.into_boxed_slice()));
            }
        }
    }

    fn expect_word(&mut self, word: &'static str) -> Parsed<()> {
        if self.eat_word(word) {
            return Ok(());
        }
        let (code, message) = match word {
            "on" => ("CS0744", "Expected contextual keyword 'on'".to_owned()),
            "equals" => ("CS0744", "Expected contextual keyword 'equals'".to_owned()),
            "by" => ("CS0743", "Expected contextual keyword 'by'".to_owned()),
            _ => ("CS1003", format!("Syntax error, '{word}' expected")),
        };
        Err(self.or_lexical(SyntaxError::new(code, self.missing(), message)))
    }
}
