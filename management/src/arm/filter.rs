//! `$filter`: the part of OData that ARM clients use on lists.
//!
//! `or` over `and` over `not`, parentheses, comparisons `eq ne gt ge lt le` of a property with a string, number, `true`,
//! `false` or `null`, and the functions `contains`, `startswith`, `endswith`, `substringof`. Text compares without case, as the
//! original does. A property no rule allows is an error, so that a typing mistake does not look like "nothing found".

use serde_json::Value;

use crate::error::ArmError;
use crate::limits::{FILTER_BYTES_MAX, FILTER_DEPTH_MAX};

/// A filter, read.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    Or(Vec<Filter>),
    And(Vec<Filter>),
    Not(Box<Filter>),
    Compare { property: String, operator: Operator, value: Value },
    Function { function: Function, property: String, text: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    Contains,
    StartsWith,
    EndsWith,
}

impl Filter {
    /// Reads a filter over `name` and the properties in `allowed`.
    pub fn parse(text: &str, allowed: &[&str]) -> Result<Self, ArmError> {
        if text.len() > FILTER_BYTES_MAX {
            return Err(ArmError::field("$filter", format!("The filter is longer than {FILTER_BYTES_MAX} bytes.")));
        }
        let mut parser = Parser { rest: text, allowed, depth: 0 };
        let filter = parser.or().and_then(|filter| {
            parser.skip_spaces();
            if parser.rest.is_empty() { Ok(filter) } else { Err(format!("'{}' is not expected", parser.rest)) }
        });
        filter.map_err(|reason| ArmError::field("$filter", format!("The filter '{text}' cannot be read: {reason}.")))
    }

    /// Whether an entity (in its envelope) passes.
    pub fn matches(&self, entity: &Value) -> bool {
        match self {
            Self::Or(parts) => parts.iter().any(|part| part.matches(entity)),
            Self::And(parts) => parts.iter().all(|part| part.matches(entity)),
            Self::Not(part) => !part.matches(entity),
            Self::Compare { property, operator, value } => compare(lookup(entity, property), *operator, value),
            Self::Function { function, property, text } => {
                let Some(present) = lookup(entity, property) else { return false };
                match present {
                    // A list of texts passes when one of them does (`tags`).
                    Value::Array(items) => {
                        items.iter().filter_map(Value::as_str).any(|item| holds(*function, item, text))
                    }
                    present => present.as_str().is_some_and(|present| holds(*function, present, text)),
                }
            }
        }
    }
}

fn holds(function: Function, present: &str, text: &str) -> bool {
    let (present, text) = (present.to_lowercase(), text.to_lowercase());
    match function {
        Function::Contains => present.contains(&text),
        Function::StartsWith => present.starts_with(&text),
        Function::EndsWith => present.ends_with(&text),
    }
}

fn lookup<'a>(entity: &'a Value, property: &str) -> Option<&'a Value> {
    if property == "name" {
        return entity.get("name");
    }
    entity.get("properties").unwrap_or(entity).get(property)
}

fn compare(present: Option<&Value>, operator: Operator, value: &Value) -> bool {
    use std::cmp::Ordering;
    let ordering = match (present, value) {
        (None | Some(Value::Null), Value::Null) => Some(Ordering::Equal),
        (Some(Value::String(present)), Value::String(value)) => Some(present.to_lowercase().cmp(&value.to_lowercase())),
        (Some(Value::Bool(present)), Value::Bool(value)) => Some(present.cmp(value)),
        (Some(Value::Number(present)), Value::Number(value)) => {
            present.as_f64().zip(value.as_f64()).and_then(|(present, value)| present.partial_cmp(&value))
        }
        _ => None,
    };
    match (operator, ordering) {
        (Operator::Eq, ordering) => ordering == Some(Ordering::Equal),
        (Operator::Ne, ordering) => ordering != Some(Ordering::Equal),
        (_, None) => false,
        (Operator::Gt, Some(ordering)) => ordering.is_gt(),
        (Operator::Ge, Some(ordering)) => ordering.is_ge(),
        (Operator::Lt, Some(ordering)) => ordering.is_lt(),
        (Operator::Le, Some(ordering)) => ordering.is_le(),
    }
}

struct Parser<'a> {
    rest: &'a str,
    allowed: &'a [&'a str],
    depth: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.and()?];
        while self.word("or") {
            parts.push(self.and()?);
        }
        Ok(single_or(parts, Filter::Or))
    }

    fn and(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.unary()?];
        while self.word("and") {
            parts.push(self.unary()?);
        }
        Ok(single_or(parts, Filter::And))
    }

    fn unary(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > FILTER_DEPTH_MAX {
            return Err(format!("it is nested more than {FILTER_DEPTH_MAX} levels deep"));
        }
        let filter = if self.word("not") {
            self.unary().map(|filter| Filter::Not(Box::new(filter)))
        } else if self.symbol('(') {
            let filter = self.or()?;
            self.expect(')')?;
            Ok(filter)
        } else {
            self.comparison()
        };
        self.depth -= 1;
        filter
    }

    fn comparison(&mut self) -> Result<Filter, String> {
        let word = self.identifier()?;
        if self.symbol('(') {
            return self.function(word);
        }
        let property = self.property(word)?;
        let operator = match self.identifier()?.to_ascii_lowercase().as_str() {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            other => return Err(format!("'{other}' is no operator")),
        };
        let value = self.value()?;
        Ok(Filter::Compare { property, operator, value })
    }

    fn function(&mut self, name: &str) -> Result<Filter, String> {
        let function = match name.to_ascii_lowercase().as_str() {
            "contains" | "substringof" => Function::Contains,
            "startswith" => Function::StartsWith,
            "endswith" => Function::EndsWith,
            other => return Err(format!("'{other}' is no function")),
        };
        // substringof has its arguments the other way round.
        let text_first = name.eq_ignore_ascii_case("substringof");
        let (property, text);
        if text_first {
            text = self.text()?;
            self.expect(',')?;
            let word = self.identifier()?;
            property = self.property(word)?;
        } else {
            let word = self.identifier()?;
            property = self.property(word)?;
            self.expect(',')?;
            text = self.text()?;
        }
        self.expect(')')?;
        Ok(Filter::Function { function, property, text })
    }

    fn property(&self, word: &str) -> Result<String, String> {
        let word = word.strip_prefix("properties/").unwrap_or(word);
        if word.eq_ignore_ascii_case("name") {
            return Ok("name".to_owned());
        }
        let known = self.allowed.iter().find(|allowed| allowed.eq_ignore_ascii_case(word));
        known.map(|name| (*name).to_owned()).ok_or_else(|| format!("'{word}' cannot be used in a filter here"))
    }

    fn value(&mut self) -> Result<Value, String> {
        self.skip_spaces();
        if self.rest.starts_with('\'') {
            return self.text().map(Value::from);
        }
        let word = self.identifier()?;
        match word {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            "null" => Ok(Value::Null),
            word => match word.parse::<f64>() {
                Ok(number) => Ok(Value::from(number)),
                // Dates and other bare words compare as text.
                Err(_) => Ok(Value::from(word.strip_prefix("datetime").unwrap_or(word))),
            },
        }
    }

    fn text(&mut self) -> Result<String, String> {
        self.skip_spaces();
        let Some(mut rest) = self.rest.strip_prefix('\'') else {
            return Err("a text in quotes is expected".to_owned());
        };
        let mut text = String::new();
        loop {
            let Some(quote) = rest.find('\'') else { return Err("a text has no closing quote".to_owned()) };
            let (part, behind) = rest.split_at(quote);
            text.push_str(part);
            rest = behind.get(1..).unwrap_or_default();
            // Two quotes are one quote within the text.
            match rest.strip_prefix('\'') {
                Some(behind) => {
                    text.push('\'');
                    rest = behind;
                }
                None => break,
            }
        }
        self.rest = rest;
        Ok(text)
    }

    fn identifier(&mut self) -> Result<&'a str, String> {
        self.skip_spaces();
        let ends = |character: char| character.is_whitespace() || "(),'".contains(character);
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if word.is_empty() {
            return Err("a word is expected".to_owned());
        }
        self.rest = rest;
        Ok(word)
    }

    fn word(&mut self, word: &str) -> bool {
        self.skip_spaces();
        let Some(start) = self.rest.get(..word.len()) else { return false };
        let rest = self.rest.get(word.len()..).unwrap_or_default();
        let ends = rest.chars().next().is_none_or(|next| next.is_whitespace() || next == '(');
        if start.eq_ignore_ascii_case(word) && ends {
            self.rest = rest;
            return true;
        }
        false
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.skip_spaces();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, symbol: char) -> Result<(), String> {
        if self.symbol(symbol) { Ok(()) } else { Err(format!("'{symbol}' is expected")) }
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start();
    }
}

fn single_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Filter;

    const ALLOWED: &[&str] = &["displayName", "scope", "count", "isCurrent", "tags"];

    fn matches(filter: &str) -> bool {
        let entity = json!({"name": "echo", "properties": {"displayName": "O'Hara's Echo", "scope": "/svc/products/Starter",
            "count": 3, "isCurrent": true, "tags": ["blue", "green"]}});
        Filter::parse(filter, ALLOWED).expect(filter).matches(&entity)
    }

    #[test]
    fn filters_of_clients_select_what_they_mean() {
        for (filter, expected) in [
            ("name eq 'ECHO'", true),
            ("name ne 'echo'", false),
            ("displayName eq 'O''Hara''s Echo'", true),
            ("properties/displayName eq 'x'", false),
            ("endswith(scope, 'products/starter')", true),
            ("startswith(scope,'/svc') and contains(scope,'prod')", true),
            ("substringof('Hara',displayName)", true),
            ("count gt 2 and count le 3", true),
            ("count lt 3 or isCurrent eq true", true),
            ("not (count eq 3)", false),
            ("not contains(tags,'red')", true),
            ("contains(tags,'green')", true),
            ("scope eq null", false),
            ("name eq 'a' or name eq 'b' and isCurrent eq true or name eq 'echo'", true),
        ] {
            assert_eq!(matches(filter), expected, "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_says_why() {
        for (filter, reason) in [
            ("", "a word is expected"),
            ("name", "a word is expected"),
            ("name is 'a'", "'is' is no operator"),
            ("title eq 'a'", "'title' cannot be used"),
            ("name eq 'a", "no closing quote"),
            ("(name eq 'a'", "')' is expected"),
            ("name eq 'a' b", "'b' is not expected"),
            ("length(name) eq 3", "'length' is no function"),
        ] {
            let error = Filter::parse(filter, ALLOWED).expect_err(filter);
            assert!(error.details[0].message.contains(reason), "{filter}: {}", error.details[0].message);
        }
    }

    #[test]
    fn nesting_and_length_are_bounded() {
        let nested = |levels: usize| format!("{}name eq 'a'{}", "(".repeat(levels), ")".repeat(levels));
        assert!(Filter::parse(&nested(crate::limits::FILTER_DEPTH_MAX - 1), &[]).is_ok());
        assert!(Filter::parse(&nested(crate::limits::FILTER_DEPTH_MAX), &[]).is_err());
        let long = format!("name eq '{}'", "a".repeat(crate::limits::FILTER_BYTES_MAX));
        assert!(Filter::parse(&long, &[]).is_err());
    }
}
