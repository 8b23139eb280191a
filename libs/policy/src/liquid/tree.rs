//! What a template is compiled to.

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(Box<str>),
    Output(Output),
    Assign(Box<str>, Output),
    Capture(Box<str>, Vec<Node>),
    /// The first branch whose condition holds; `None` holds always.
    If(Vec<(Option<Condition>, Vec<Node>)>),
    Case(Operand, Vec<(Vec<Operand>, Vec<Node>)>, Vec<Node>),
    For(Box<For>),
    /// `tablerow`: a loop whose rounds are the cells of a table with so many columns.
    Table(Box<For>, Operand),
    /// `ifchanged`: nothing if it is what the last one was.
    IfChanged(Vec<Node>),
    /// The group's name, and what it goes through.
    Cycle(Box<str>, Vec<Operand>),
    /// Counts a variable of its own: by how much, and whether it is shown before it changes.
    Count(Box<str>, i64),
    Break,
    Continue,
}

/// `for`.
#[derive(Debug)]
pub(super) struct For {
    pub(super) variable: Box<str>,
    pub(super) over: Operand,
    pub(super) limit: Option<Operand>,
    pub(super) offset: Option<Operand>,
    pub(super) reversed: bool,
    pub(super) body: Vec<Node>,
    pub(super) otherwise: Vec<Node>,
    /// `JSONArrayFor`: what the rounds make is separated by commas.
    pub(super) commas: bool,
}

/// A value and the filters it goes through.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) value: Operand,
    pub(super) filters: Vec<(Filter, Vec<Operand>)>,
}

#[derive(Debug)]
pub(super) enum Operand {
    Nil,
    /// `empty`
    Empty,
    /// `blank`
    Blank,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Box<str>),
    Range(Box<(Operand, Operand)>),
    Path(Box<str>, Vec<Step>),
}

#[derive(Debug)]
pub(super) enum Step {
    Name(Box<str>),
    Index(Operand),
}

#[derive(Debug)]
pub(super) enum Condition {
    Truth(Operand),
    Compare(Operand, Comparison, Operand),
    And(Box<(Condition, Condition)>),
    Or(Box<(Condition, Condition)>),
    Not(Box<Condition>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    StartsWith,
    EndsWith,
    HasKey,
    HasValue,
}

/// Declares the filters: names as in C#; `snake_case` means the same.
macro_rules! filters {
    ($($name:ident)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Filter { $($name,)* }

        impl Filter {
            /// `None`: there is no such filter.
            pub(super) fn named(name: &str) -> Option<Filter> {
                let name = name.replace('_', "");
                [$((stringify!($name), Filter::$name),)*]
                    .into_iter()
                    .find(|(known, _)| known.eq_ignore_ascii_case(&name))
                    .map(|(_, filter)| filter)
            }
        }
    };
}

filters! {
    Abs Append AtLeast AtMost Capitalize Ceil Compact Currency Date Default DividedBy Downcase Escape First Floor H Join Last Lstrip Map Minus
    Modulo NewlineToBr Plus Prepend Remove RemoveFirst Replace ReplaceFirst Reverse Round Rstrip Size Slice Sort Split Strip StripHtml
    StripNewlines Times Truncate TruncateWords Uniq Upcase UrlDecode UrlEncode
}
