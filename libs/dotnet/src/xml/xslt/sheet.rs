//! A compiled stylesheet: templates of instructions.

use std::collections::HashMap;

use super::super::name::XName;
use super::super::xpath::{Expr, NodeTest};
use super::format_number::DecimalFormat;
use super::number::Numbering;
use super::output::OutputSettings;
use super::pattern::Pattern;
use crate::Text;

/// A compiled stylesheet. Compile it once and share it.
#[derive(Debug, Default)]
pub struct Stylesheet {
    pub(super) templates: Vec<Template>,
    /// Match rules, the first that matches is taken.
    pub(super) rules: Vec<Rule>,
    pub(super) named: HashMap<XName, usize>,
    pub(super) globals: Vec<Variable>,
    pub(super) attribute_sets: HashMap<XName, AttributeSet>,
    pub(super) keys: Vec<Key>,
    pub(super) output: OutputSettings,
    /// Which white space is stripped from the input: the last test that matches best decides.
    pub(super) spaces: Vec<SpaceRule>,
    pub(super) decimal_formats: HashMap<XName, DecimalFormat>,
}

#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) parameters: Vec<Variable>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) mode: Option<XName>,
    pub(super) priority: f64,
    pub(super) template: usize,
}

#[derive(Debug, Default)]
pub(super) struct AttributeSet {
    pub(super) uses: Vec<XName>,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: XName,
    pub(super) patterns: Vec<Pattern>,
    pub(super) value: Expr,
}

#[derive(Debug)]
pub(super) struct SpaceRule {
    pub(super) test: NodeTest,
    pub(super) strips: bool,
}

/// `xsl:variable`, `xsl:param` or `xsl:with-param`.
#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) name: XName,
    pub(super) value: Binding,
    pub(super) is_parameter: bool,
}

#[derive(Debug, Clone)]
pub(super) enum Binding {
    Empty,
    Select(Expr),
    Body(Body),
}

pub(super) type Body = Vec<Instruction>;

/// Prefixes and namespaces of an element of the stylesheet.
pub(super) type Scope = Vec<(Text, Text)>;

/// An attribute value template.
#[derive(Debug, Clone)]
pub(super) struct Avt(pub(super) Vec<AvtPart>);

#[derive(Debug, Clone)]
pub(super) enum AvtPart {
    Text(Text),
    Expr(Expr),
}

/// One instruction.
#[derive(Debug, Clone)]
pub(super) enum Instruction {
    Text {
        text: Text,
        raw: bool,
    },
    ValueOf {
        select: Expr,
        raw: bool,
    },
    CopyOf(Expr),
    Copy {
        sets: Vec<XName>,
        body: Body,
    },
    Literal(Box<Literal>),
    Element {
        name: Avt,
        namespace: Option<Avt>,
        scope: Scope,
        sets: Vec<XName>,
        body: Body,
    },
    Attribute {
        name: Avt,
        namespace: Option<Avt>,
        scope: Scope,
        body: Body,
    },
    Comment(Body),
    /// `xsl:processing-instruction`
    Target {
        name: Avt,
        body: Body,
    },
    ApplyTemplates(Box<Apply>),
    CallTemplate {
        name: XName,
        parameters: Vec<Variable>,
    },
    ForEach {
        select: Expr,
        sorts: Vec<Sort>,
        body: Body,
    },
    If {
        test: Expr,
        body: Body,
    },
    Choose {
        branches: Vec<(Expr, Body)>,
        otherwise: Body,
    },
    Variable(Variable),
    Number(Box<Numbering>),
    Message {
        body: Body,
        terminates: bool,
    },
}

/// A literal result element.
#[derive(Debug, Clone)]
pub(super) struct Literal {
    pub(super) name: XName,
    /// The namespaces to declare.
    pub(super) namespaces: Scope,
    pub(super) attributes: Vec<(XName, Avt)>,
    pub(super) sets: Vec<XName>,
    pub(super) body: Body,
}

#[derive(Debug, Clone)]
pub(super) struct Apply {
    pub(super) select: Option<Expr>,
    pub(super) mode: Option<XName>,
    pub(super) sorts: Vec<Sort>,
    pub(super) parameters: Vec<Variable>,
}

#[derive(Debug, Clone)]
pub(super) struct Sort {
    pub(super) select: Expr,
    pub(super) order: Option<Avt>,
    pub(super) data_type: Option<Avt>,
    pub(super) case_order: Option<Avt>,
}
