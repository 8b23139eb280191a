//! System query options (ABNF section 2): their names, their values, and where each may stand.

mod allowed;
mod apply;
mod apply_trees;
mod expand;
mod search;
mod select;
mod simple;

use crate::cursor::Cursor;
use crate::error::{Fault, Parsed};
use crate::expression::Parser;
use crate::types::{Edm, Item, Ty};
use crate::version::Version;

/// A system query option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SystemOption {
    Apply,
    Compute,
    Count,
    DeltaToken,
    Expand,
    Filter,
    Format,
    Id,
    Index,
    /// `$inlinecount` of versions before 4.
    InlineCount,
    /// Of expanded properties only.
    Levels,
    OrderBy,
    SchemaVersion,
    Search,
    Select,
    Skip,
    SkipToken,
    Top,
}

use SystemOption::{
    Apply, Compute, Count, DeltaToken, Expand, Filter, Format, Id, Index, InlineCount, Levels, OrderBy, SchemaVersion,
    Search, Select, Skip, SkipToken, Top,
};

const NAMES: [(&str, SystemOption); 18] = [
    ("apply", Apply),
    ("compute", Compute),
    ("count", Count),
    ("deltatoken", DeltaToken),
    ("expand", Expand),
    ("filter", Filter),
    ("format", Format),
    ("id", Id),
    ("index", Index),
    ("inlinecount", InlineCount),
    ("levels", Levels),
    ("orderby", OrderBy),
    ("schemaversion", SchemaVersion),
    ("search", Search),
    ("select", Select),
    ("skip", Skip),
    ("skiptoken", SkipToken),
    ("top", Top),
];

impl SystemOption {
    /// By its name in any case, with `$` or, from 4.01 on, without. `None`: it is no system query option.
    pub(crate) fn named(name: &str, version: Version) -> Option<SystemOption> {
        let bare = match name.strip_prefix('$') {
            Some(bare) => bare,
            // Tokens are made by services, which always write the `$`.
            None if version == Version::V401 => {
                let is_token = |token: &str| name.eq_ignore_ascii_case(token);
                if is_token("skiptoken") || is_token("deltatoken") {
                    return None;
                }
                name
            }
            None => return None,
        };
        let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(bare)).map(|(_, option)| *option)?;
        (found != InlineCount || version == Version::Legacy).then_some(found)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES.iter().find(|(_, option)| *option == self).map_or("", |(name, _)| name)
    }
}

impl<'a> Parser<'a> {
    /// The value of an option, on a resource or the value of a property. What follows it is left, but white space: callers who write options by
    /// hand put some around values, and services take it.
    pub(crate) fn option(&mut self, option: SystemOption, on: Ty) -> Parsed<()> {
        self.cursor.space();
        self.bare_option(option, on)?;
        self.cursor.space();
        Ok(())
    }

    fn bare_option(&mut self, option: SystemOption, on: Ty) -> Parsed<()> {
        match option {
            Apply => self.apply(on),
            Compute => self.compute(),
            Count => self.boolean_value(),
            Expand => self.nested(|parser| parser.expand(on)),
            Filter => self.condition(),
            Format => self.format(),
            Index => self.index(),
            InlineCount => self.inline_count(),
            Levels => self.levels(),
            OrderBy => self.order_by(),
            SchemaVersion => self.schema_version(),
            Search => self.search(),
            Select => self.nested(|parser| parser.select(on)),
            Skip | Top => self.digits(),
            DeltaToken | Id | SkipToken => self.token(),
        }
    }

    /// `$orderby`: expressions with a direction.
    pub(crate) fn order_by(&mut self) -> Parsed<()> {
        loop {
            let start = self.cursor.position();
            let ty = self.expression()?;
            let has_order = match ty.item {
                Item::Structured(_) | Item::Bare => false,
                Item::Primitive(edm) => edm != Edm::Stream && !edm.is_geo(),
                _ => true,
            };
            if ty.many && !ty.is_unknown() || !has_order {
                return Err(Fault::new(start, format!("values of type {} have no order", self.describe(ty))));
            }
            let mut ahead = self.cursor;
            if ahead.space() {
                let word = ahead.eat_while(|c| c.is_ascii_alphabetic());
                if word.eq_ignore_ascii_case("asc") || word.eq_ignore_ascii_case("desc") {
                    self.cursor = ahead;
                }
            }
            if !self.cursor.comma() {
                return Ok(());
            }
        }
    }

    /// `$compute`: expressions with the names that they give to their values.
    fn compute(&mut self) -> Parsed<()> {
        loop {
            self.bounded(self.scope.names.len())?;
            let ty = self.expression()?;
            let name = self.alias_name()?;
            self.scope.names.push((name.into(), ty));
            if !self.cursor.comma() {
                return Ok(());
            }
        }
    }

    /// ` as Name`
    fn alias_name(&mut self) -> Parsed<&'a str> {
        let before = self.cursor;
        if self.cursor.operator(&["as"]).is_none() {
            return Err(before.expected("`as` and a name"));
        }
        self.cursor.identifier()?.ok_or_else(|| self.cursor.expected("a name"))
    }

    /// Options in parentheses behind a property, with semicolons between them. The opening parenthesis has been read.
    fn nested_options(&mut self, allowed: &[SystemOption], with_aliases: bool, on: Ty) -> Parsed<()> {
        let outer = std::mem::replace(&mut self.is_among_options, true);
        let result = self.options_of(allowed, with_aliases, on);
        self.is_among_options = outer;
        result
    }

    fn options_of(&mut self, allowed: &[SystemOption], with_aliases: bool, on: Ty) -> Parsed<()> {
        let on = self.options_ahead(on)?;
        let mut seen: Vec<SystemOption> = Vec::new();
        loop {
            self.cursor.space();
            let start = self.cursor.position();
            if self.cursor.peek() == Some('@') {
                self.nested_alias(with_aliases, start)?;
            } else {
                let option = self.nested_option_name(start)?;
                if !allowed.contains(&option) {
                    return Err(Fault::new(start, format!("`${}` cannot stand here", option.name())));
                }
                if seen.contains(&option) {
                    return Err(Fault::new(start, format!("`${}` is given twice", option.name())));
                }
                seen.push(option);
                self.option(option, on)?;
            }
            self.cursor.space();
            if !self.cursor.eat(";") {
                return self.cursor.expect(")");
            }
        }
    }

    /// Looks for options that change what names mean in the others, wherever they stand: `$compute` is read ahead, and behind `$apply` nothing
    /// is known. Returns what the options are about.
    fn options_ahead(&mut self, on: Ty) -> Parsed<Ty> {
        let start = self.cursor;
        let mut on = on;
        let mut ahead = self.cursor;
        loop {
            ahead.space();
            let _ = ahead.eat("$");
            let name = ahead.eat_while(|c| c.is_ascii_alphabetic());
            if ahead.eat("=") {
                if name.eq_ignore_ascii_case("apply") {
                    on = Ty { item: Item::Unknown, ..on };
                    self.scope.this = Ty::UNKNOWN;
                } else if name.eq_ignore_ascii_case("compute") {
                    self.cursor = ahead;
                    self.cursor.space();
                    let read = self.compute();
                    self.cursor = start;
                    read?;
                }
            }
            let is_search = name.eq_ignore_ascii_case("search") && ahead.peek() != Some('\'');
            if !skip_option(&mut ahead, is_search) {
                return Ok(on);
            }
        }
    }

    fn nested_option_name(&mut self, start: usize) -> Parsed<SystemOption> {
        let is_plain = !self.cursor.eat("$");
        let Some(name) = self.cursor.identifier()? else { return Err(self.cursor.expected("an option")) };
        // Nothing else can stand here, so the `$` is not missed in any version.
        let option = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, option)| *option);
        let Some(option) = option else {
            let sign = if is_plain { "" } else { "$" };
            return Err(Fault::new(start, format!("`{sign}{name}` is no system query option")));
        };
        self.cursor.expect("=")?;
        Ok(option)
    }

    fn nested_alias(&mut self, is_allowed: bool, start: usize) -> Parsed<()> {
        if !is_allowed {
            return Err(Fault::new(start, "a parameter alias cannot stand here"));
        }
        self.cursor.advance(1);
        if self.cursor.identifier()?.is_none() {
            return Err(self.cursor.expected("a name"));
        }
        self.cursor.expect("=")?;
        self.expression().map(|_| ())
    }

    /// Options of `/$count`. The opening parenthesis has been read.
    pub(crate) fn count_options(&mut self) -> Parsed<()> {
        self.nested_options(&[Filter, Search], false, self.scope.this)
    }
}

/// Moves behind the next semicolon that separates options. `false`: there is none. In words of a search, an apostrophe quotes nothing.
fn skip_option(cursor: &mut Cursor<'_>, is_search: bool) -> bool {
    let mut depth = 0usize;
    let mut quote: Option<char> = None;
    loop {
        cursor.eat_while(|c| !matches!(c, '\'' | '"' | '(' | ')' | ';'));
        let Some(next) = cursor.peek() else { return false };
        cursor.advance(1);
        match (quote, next) {
            (None, '\'') if is_search => {}
            (None, '\'' | '"') => quote = Some(next),
            (Some(open), _) => quote = (open != next).then_some(open),
            (None, '(') => depth += 1,
            (None, ')') if depth == 0 => return false,
            (None, ')') => depth -= 1,
            (None, _) if depth == 0 => return true,
            (None, _) => {}
        }
    }
}
