//! Queries: `?(@.a == 'x' && $.b > 3)`.

use super::{IN_INDEXER, IN_QUERY, OPEN_INDEXER, OPEN_QUERY, Parser, json};
use crate::json::limits::QUERY_DEPTH_MAX;
use crate::json::path::filter::Filter;
use crate::json::path::query::{Comparison, Join, Operator, Query, Run, Side};
use crate::json::{JToken, Scalar};
use crate::number::{self, NumberStyles, NumberType};
use crate::{Exception, Text};

impl Parser {
    pub(super) fn query(&mut self, close: char, scan: bool) -> Result<Filter, Exception> {
        self.at += 1;
        self.ensure(OPEN_INDEXER)?;
        if self.current()? != '(' {
            return Err(json(format!("{IN_INDEXER}{}", self.current()?)));
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > QUERY_DEPTH_MAX {
            return Err(json(format!("Path queries are nested deeper than {QUERY_DEPTH_MAX} levels.")));
        }
        let query = self.condition()?;
        self.depth -= 1;
        self.at += 1;
        self.ensure(OPEN_INDEXER)?;
        self.skip_spaces();
        if self.current()? != close {
            return Err(json(format!("{IN_INDEXER}{}", self.current()?)));
        }
        Ok(if scan { Filter::QueryScan(query) } else { Filter::Query(query) })
    }

    /// Comparisons joined by `&&` and `||`; stays at the closing bracket.
    fn condition(&mut self) -> Result<Query, Exception> {
        let mut runs: Vec<Run> = Vec::new();
        while self.at < self.text.len() {
            let left = self.side()?;
            let (operator, right) = match self.current()? {
                ')' | '|' | '&' => (Operator::Exists, None),
                _ => (self.operator()?, Some(self.side()?)),
            };
            let comparison = Comparison { operator, left, right };
            let join = match self.current()? {
                ')' => None,
                '&' if self.take("&&") => Some(Join::And),
                '|' if self.take("||") => Some(Join::Or),
                character => return Err(json(format!("{IN_QUERY}{character}"))),
            };
            let Some(join) = join else {
                match runs.last_mut() {
                    Some(run) => run.comparisons.push(comparison),
                    None => runs.push(Run { join: Join::And, comparisons: vec![comparison] }),
                }
                return Ok(Query { runs });
            };
            match runs.last_mut() {
                Some(run) if run.join == join => run.comparisons.push(comparison),
                _ => runs.push(Run { join, comparisons: vec![comparison] }),
            }
        }
        Err(json(OPEN_QUERY))
    }

    /// A path from `@` or `$`, or a literal; goes on to what follows it.
    fn side(&mut self) -> Result<Side, Exception> {
        self.skip_spaces();
        let side = match self.current()? {
            start @ ('$' | '@') => {
                let mut filters = if start == '$' { vec![Filter::Root] } else { Vec::new() };
                self.at += 1;
                if self.path(&mut filters, self.at, true)? {
                    return Err(json(OPEN_QUERY));
                }
                Side::Path(filters)
            }
            _ => match self.literal()? {
                Some(value) => Side::Value(JToken::value(value)),
                None => return Err(json(format!("{IN_QUERY}{}", self.current()?))),
            },
        };
        self.skip_spaces();
        self.ensure(OPEN_QUERY)?;
        Ok(side)
    }

    fn operator(&mut self) -> Result<Operator, Exception> {
        if self.at + 1 >= self.text.len() {
            return Err(json(OPEN_QUERY));
        }
        const OPERATORS: &[(&str, Operator)] = &[
            ("===", Operator::StrictEquals),
            ("==", Operator::Equals),
            ("=~", Operator::Regex),
            ("!==", Operator::StrictNotEquals),
            ("!=", Operator::NotEquals),
            ("<>", Operator::NotEquals),
            ("<=", Operator::LessOrEqual),
            ("<", Operator::Less),
            (">=", Operator::GreaterOrEqual),
            (">", Operator::Greater),
        ];
        let found = OPERATORS.iter().find(|(text, _)| self.take(text)).map(|(_, operator)| *operator);
        found.ok_or_else(|| json("Could not read query operator."))
    }

    /// `None` where there is no literal.
    fn literal(&mut self) -> Result<Option<Scalar>, Exception> {
        Ok(match self.current()? {
            '\'' => Some(Scalar::String(self.quoted_string()?)),
            '/' => Some(Scalar::String(self.regex()?)),
            't' if self.take("true") => Some(Scalar::Boolean(true)),
            'f' if self.take("false") => Some(Scalar::Boolean(false)),
            'n' if self.take("null") => Some(Scalar::Null),
            first if first.is_numeric() || first == '-' => self.number()?,
            _ => None,
        })
    }

    fn number(&mut self) -> Result<Option<Scalar>, Exception> {
        let start = self.at;
        while !matches!(self.peek(), Some(' ' | ')')) {
            if self.peek().is_none() {
                return Ok(None);
            }
            self.at += 1;
        }
        let text = self.slice(start);
        let of = if text.contains(['.', 'E', 'e']) { NumberType::Double } else { NumberType::Int64 };
        let value = number::try_parse(of, &text, NumberStyles::default_of(of))?;
        Ok(value.map(Scalar::Number))
    }

    /// `/pattern/options` as it stands.
    fn regex(&mut self) -> Result<Text, Exception> {
        let start = self.at;
        self.at += 1;
        while let Some(character) = self.peek() {
            match character {
                '\\' if self.at + 1 < self.text.len() => self.at += 2,
                '/' => {
                    self.at += 1;
                    while self.peek().is_some_and(char::is_alphabetic) {
                        self.at += 1;
                    }
                    return Ok(self.slice(start).into());
                }
                _ => self.at += 1,
            }
        }
        Err(json("Path ended with an open regex."))
    }
}
