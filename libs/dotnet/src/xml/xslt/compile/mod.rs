//! Stylesheets to instructions.

mod body;
mod element;

use super::super::name::XName;
use super::super::node::XNode;
use super::super::read::{DtdProcessing, LoadOptions};
use super::super::xpath::NodeTest;
use super::format_number::DecimalFormat;
use super::sheet::{AttributeSet, Binding, Instruction, Key, Literal, Rule, SpaceRule, Stylesheet, Template, Variable};
use super::{XSLT_NAMESPACE, exception};
use crate::{Exception, Text};
use body::body;
use element::{expression, is_xslt, names, pattern, plain, qualified, required};

/// The namespace of `msxsl:script`.
const MICROSOFT: &str = "urn:schemas-microsoft-com:xslt";

impl Stylesheet {
    /// Compiles the text of a stylesheet. `XmlException` if it is no XML, `XsltException` if it is no stylesheet.
    pub fn parse(text: &str) -> Result<Stylesheet, Exception> {
        let document = XNode::parse_with(text, LoadOptions::PreserveWhitespace, DtdProcessing::Prohibit)?;
        Stylesheet::compile(&document)
    }

    /// Compiles a stylesheet: a document, `xsl:stylesheet`, or a literal element with `xsl:version`.
    pub fn compile(node: &XNode) -> Result<Stylesheet, Exception> {
        let root = if node.is_element() { Some(node.clone()) } else { node.root() };
        let Some(root) = root else {
            return Err(exception(
                "Stylesheet must start either with an 'xsl:stylesheet' or an 'xsl:transform' element, or with a literal result element that has an 'xsl:version' attribute, where prefix 'xsl' denotes the 'http://www.w3.org/1999/XSL/Transform' namespace.",
            ));
        };
        let mut sheet = Stylesheet::default();
        if is_xslt(&root, "stylesheet") || is_xslt(&root, "transform") {
            for child in root.elements(None) {
                top_level(&child, &mut sheet)?;
            }
        } else {
            simplified(&root, &mut sheet)?;
        }
        // The first rule in the list wins: by priority, then the last one of the stylesheet.
        sheet.rules.reverse();
        sheet.rules.sort_by(|left, right| right.priority.total_cmp(&left.priority));
        Ok(sheet)
    }
}

/// A literal element that is the template of the root.
fn simplified(root: &XNode, sheet: &mut Stylesheet) -> Result<(), Exception> {
    let version = XName::new(XSLT_NAMESPACE, "version")?;
    if root.attribute(&version).is_none() {
        return Err(exception(
            "Stylesheet must start either with an 'xsl:stylesheet' or an 'xsl:transform' element, or with a literal result element \
             that has an 'xsl:version' attribute, where prefix 'xsl' denotes the 'http://www.w3.org/1999/XSL/Transform' namespace.",
        ));
    }
    let literal: Literal = body::literal(root, 0)?;
    sheet.templates.push(Template { parameters: Vec::new(), body: vec![Instruction::Literal(Box::new(literal))] });
    for pattern in super::pattern::Pattern::compile("/", &|_| None)? {
        sheet.rules.push(Rule { pattern, mode: None, priority: 0.5, template: 0 });
    }
    Ok(())
}

fn top_level(element: &XNode, sheet: &mut Stylesheet) -> Result<(), Exception> {
    let Some(name) = element.name() else { return Ok(()) };
    if name.namespace() != XSLT_NAMESPACE {
        if name.namespace() == MICROSOFT && name.local() == "script" {
            let message =
                "Execution of scripts was prohibited. Use the XsltSettings.EnableScript property to enable it.";
            return Err(exception(message));
        }
        return Ok(());
    }
    match name.local().as_str() {
        "template" => template(element, sheet),
        "variable" | "param" => {
            let global = variable(element, 0)?;
            if sheet.globals.iter().any(|other| other.name == global.name) {
                return Err(exception(format!(
                    "The variable or parameter '{}' was duplicated within the same scope.",
                    global.name.local()
                )));
            }
            sheet.globals.push(global);
            Ok(())
        }
        "output" => output(element, sheet),
        "strip-space" | "preserve-space" => spaces(element, name.local() == "strip-space", sheet),
        "key" => {
            let key = Key {
                name: qualified(element, &required(element, "name")?)?,
                patterns: pattern(element, &required(element, "match")?)?,
                value: expression(element, &required(element, "use")?)?,
            };
            sheet.keys.push(key);
            Ok(())
        }
        "attribute-set" => attribute_set(element, sheet),
        "decimal-format" => decimal_format(element, sheet),
        "import" | "include" => {
            Err(exception(format!("'xsl:{}' is not supported: a stylesheet cannot load others.", name.local())))
        }
        "namespace-alias" => Err(exception("'xsl:namespace-alias' is not supported.")),
        other => Err(exception(format!("'xsl:{other}' cannot be a child of the 'xsl:stylesheet' element."))),
    }
}

fn template(element: &XNode, sheet: &mut Stylesheet) -> Result<(), Exception> {
    let index = sheet.templates.len();
    let mut parameters = Vec::new();
    let mut content = Vec::new();
    for node in element.nodes() {
        if is_xslt(&node, "param") {
            parameters.push(variable(&node, 0)?);
        } else {
            content.push(node);
        }
    }
    if let Some(name) = plain(element, "name") {
        let name = qualified(element, &name)?;
        if sheet.named.insert(name.clone(), index).is_some() {
            return Err(exception(format!("'{}' is a duplicate template name.", name.local())));
        }
    }
    if let Some(text) = plain(element, "match") {
        let mode = plain(element, "mode").map(|mode| qualified(element, &mode)).transpose()?;
        let declared =
            match plain(element, "priority") {
                Some(priority) => Some(priority.trim().parse::<f64>().map_err(|_| {
                    exception(format!("'{priority}' is an invalid value for the 'priority' attribute."))
                })?),
                None => None,
            };
        for pattern in pattern(element, &text)? {
            let priority = declared.unwrap_or_else(|| pattern.priority());
            sheet.rules.push(Rule { pattern, mode: mode.clone(), priority, template: index });
        }
    }
    let body = body(&content, 0)?;
    sheet.templates.push(Template { parameters, body });
    Ok(())
}

/// `xsl:variable`, `xsl:param` and `xsl:with-param`.
fn variable(element: &XNode, depth: usize) -> Result<Variable, Exception> {
    let name = qualified(element, &required(element, "name")?)?;
    let content = body(&element.nodes(), depth + 1)?;
    let value = match plain(element, "select") {
        Some(_) if !content.is_empty() => {
            let message = format!(
                "The variable or parameter '{}' cannot have both a 'select' attribute and non-empty content.",
                name.local()
            );
            return Err(exception(message));
        }
        Some(select) => Binding::Select(expression(element, &select)?),
        None if content.is_empty() => Binding::Empty,
        None => Binding::Body(content),
    };
    Ok(Variable { name, value, is_parameter: !is_xslt(element, "variable") })
}

fn output(element: &XNode, sheet: &mut Stylesheet) -> Result<(), Exception> {
    let output = &mut sheet.output;
    let yes = |name: &str, before: bool| plain(element, name).map_or(before, |value| value == "yes");
    let or = |name: &str, before: &Option<Text>| plain(element, name).or_else(|| before.clone());
    output.method = or("method", &output.method);
    output.indent = yes("indent", output.indent);
    output.omit_declaration = yes("omit-xml-declaration", output.omit_declaration);
    output.standalone = or("standalone", &output.standalone);
    output.encoding = or("encoding", &output.encoding);
    output.doctype_public = or("doctype-public", &output.doctype_public);
    output.doctype_system = or("doctype-system", &output.doctype_system);
    output.media_type = or("media-type", &output.media_type);
    if let Some(list) = plain(element, "cdata-section-elements") {
        for name in list.split_ascii_whitespace() {
            output.cdata_elements.push(element::qualified_element(element, name)?);
        }
    }
    match output.method.as_deref() {
        None | Some("xml" | "html" | "text") => Ok(()),
        Some(other) => Err(exception(format!("'{other}' is an invalid value for the 'method' attribute."))),
    }
}

fn spaces(element: &XNode, strips: bool, sheet: &mut Stylesheet) -> Result<(), Exception> {
    for name in required(element, "elements")?.split_ascii_whitespace() {
        let test = if name == "*" {
            NodeTest::Any
        } else if let Some(prefix) = name.strip_suffix(":*") {
            NodeTest::InNamespace(element::namespace(element, prefix)?)
        } else {
            NodeTest::Name(element::qualified_element(element, name)?)
        };
        sheet.spaces.push(SpaceRule { test, strips });
    }
    Ok(())
}

fn attribute_set(element: &XNode, sheet: &mut Stylesheet) -> Result<(), Exception> {
    let name = qualified(element, &required(element, "name")?)?;
    let uses = names(element, "use-attribute-sets")?;
    let added = body(&element.nodes(), 0)?;
    if added.iter().any(|instruction| !matches!(instruction, Instruction::Attribute { .. })) {
        return Err(exception("'xsl:attribute-set' can contain only 'xsl:attribute' elements."));
    }
    let set: &mut AttributeSet = sheet.attribute_sets.entry(name).or_default();
    set.uses.extend(uses);
    set.body.extend(added);
    Ok(())
}

fn decimal_format(element: &XNode, sheet: &mut Stylesheet) -> Result<(), Exception> {
    let name = match plain(element, "name") {
        Some(name) => qualified(element, &name)?,
        None => XName::trusted(Text::default(), Text::default()),
    };
    let mut format = DecimalFormat::default();
    for (attribute, place) in [
        ("decimal-separator", &mut format.decimal_separator),
        ("grouping-separator", &mut format.grouping_separator),
        ("minus-sign", &mut format.minus_sign),
        ("percent", &mut format.percent),
        ("per-mille", &mut format.per_mille),
        ("zero-digit", &mut format.zero_digit),
        ("digit", &mut format.digit),
        ("pattern-separator", &mut format.pattern_separator),
    ] {
        if let Some(value) = plain(element, attribute) {
            let mut symbols = value.chars();
            match (symbols.next(), symbols.next()) {
                (Some(symbol), None) => *place = symbol,
                _ => {
                    return Err(exception(format!(
                        "The value of the '{attribute}' attribute must be a single character."
                    )));
                }
            }
        }
    }
    if let Some(text) = plain(element, "infinity") {
        format.infinity = text.to_string();
    }
    if let Some(text) = plain(element, "NaN") {
        format.nan = text.to_string();
    }
    sheet.decimal_formats.insert(name, format);
    Ok(())
}
