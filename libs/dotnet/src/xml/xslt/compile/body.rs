//! Bodies of templates.

use super::super::super::chars;
use super::super::super::limits::XSLT_NESTING_MAX;
use super::super::super::name::{XML_NAMESPACE, XName};
use super::super::super::node::{NodeKind, XNode};
use super::super::number::{Level, Numbering};
use super::super::sheet::{Apply, Avt, Body, Instruction, Literal, Sort};
use super::super::{XSLT_NAMESPACE, exception};
use super::element::{expression, is_xslt, names, pattern, plain, qualified, required, scope, template, template_at};
use super::variable;
use crate::{Exception, Text};

/// The instructions for nodes of the stylesheet.
pub(super) fn body(nodes: &[XNode], depth: usize) -> Result<Body, Exception> {
    if depth > XSLT_NESTING_MAX {
        return Err(exception("The stylesheet is nested too deep."));
    }
    let mut instructions = Vec::new();
    for node in nodes {
        match node.kind() {
            NodeKind::Text | NodeKind::CData => {
                let text = node.own_value().unwrap_or_default();
                if !chars::is_blank(&text) || preserves_space(node) {
                    instructions.push(Instruction::Text { text, raw: false });
                }
            }
            NodeKind::Element => {
                if let Some(instruction) = element(node, depth)? {
                    instructions.push(instruction);
                }
            }
            _ => {}
        }
    }
    Ok(instructions)
}

fn preserves_space(node: &XNode) -> bool {
    let name = XName::trusted(Text::new_static(XML_NAMESPACE), Text::new_static("space"));
    let nearest = node.ancestors(None).into_iter().find_map(|ancestor| ancestor.attribute(&name));
    nearest.is_some_and(|attribute| attribute.value() == "preserve")
}

/// The instruction of an element; `None` for what does nothing.
fn element(element: &XNode, depth: usize) -> Result<Option<Instruction>, Exception> {
    let Some(name) = element.name() else { return Ok(None) };
    if name.namespace() != XSLT_NAMESPACE {
        return Ok(Some(Instruction::Literal(Box::new(literal(element, depth)?))));
    }
    let content = || body(&element.nodes(), depth + 1);
    let instruction = match name.local().as_str() {
        "text" => Instruction::Text { text: element.value(), raw: is_yes(element, "disable-output-escaping") },
        "value-of" => {
            Instruction::ValueOf { select: select(element)?, raw: is_yes(element, "disable-output-escaping") }
        }
        "copy-of" => Instruction::CopyOf(select(element)?),
        "copy" => Instruction::Copy { sets: names(element, "use-attribute-sets")?, body: content()? },
        "element" => Instruction::Element {
            name: template(element, &required(element, "name")?)?,
            namespace: template_at(element, "namespace")?,
            scope: scope(element),
            sets: names(element, "use-attribute-sets")?,
            body: content()?,
        },
        "attribute" => Instruction::Attribute {
            name: template(element, &required(element, "name")?)?,
            namespace: template_at(element, "namespace")?,
            scope: scope(element),
            body: content()?,
        },
        "comment" => Instruction::Comment(content()?),
        "processing-instruction" => {
            Instruction::Target { name: template(element, &required(element, "name")?)?, body: content()? }
        }
        "if" => Instruction::If { test: expression(element, &required(element, "test")?)?, body: content()? },
        "variable" => Instruction::Variable(variable(element, depth)?),
        "message" => Instruction::Message { body: content()?, terminates: is_yes(element, "terminate") },
        "number" => Instruction::Number(Box::new(numbering(element)?)),
        "fallback" => return Ok(None),
        _ => return control(element, name.local(), depth).map(Some),
    };
    Ok(Some(instruction))
}

/// Templates, loops and choices.
fn control(element: &XNode, local: &str, depth: usize) -> Result<Instruction, Exception> {
    Ok(match local {
        "apply-templates" => {
            let (sorts, parameters) = children(element, depth)?;
            Instruction::ApplyTemplates(Box::new(Apply {
                select: plain(element, "select").map(|text| expression(element, &text)).transpose()?,
                mode: plain(element, "mode").map(|mode| qualified(element, &mode)).transpose()?,
                sorts,
                parameters,
            }))
        }
        "call-template" => Instruction::CallTemplate {
            name: qualified(element, &required(element, "name")?)?,
            parameters: children(element, depth)?.1,
        },
        "for-each" => {
            let nodes = element.nodes();
            let (sort_nodes, rest): (Vec<XNode>, Vec<XNode>) =
                nodes.into_iter().partition(|node| is_xslt(node, "sort"));
            Instruction::ForEach {
                select: select(element)?,
                sorts: sort_nodes.iter().map(sort).collect::<Result<_, _>>()?,
                body: body(&rest, depth + 1)?,
            }
        }
        "choose" => choose(element, depth)?,
        "param" => {
            return Err(exception("'xsl:param' cannot stand here: parameters are the first children of a template."));
        }
        "apply-imports" => return Err(exception("'xsl:apply-imports' is not supported: there are no imports.")),
        other => return Err(exception(format!("'xsl:{other}' is an unknown XSLT instruction."))),
    })
}

fn select(element: &XNode) -> Result<super::super::super::xpath::Expr, Exception> {
    expression(element, &required(element, "select")?)
}

fn is_yes(element: &XNode, attribute: &str) -> bool {
    plain(element, attribute).is_some_and(|value| value == "yes")
}

/// Sorts and parameters.
fn children(element: &XNode, depth: usize) -> Result<(Vec<Sort>, Vec<super::super::sheet::Variable>), Exception> {
    let mut sorts = Vec::new();
    let mut parameters = Vec::new();
    for child in element.elements(None) {
        if is_xslt(&child, "sort") {
            sorts.push(sort(&child)?);
        } else if is_xslt(&child, "with-param") {
            parameters.push(variable(&child, depth)?);
        } else {
            let name = child.name().map(|name| name.local().clone()).unwrap_or_default();
            return Err(exception(format!("'{name}' cannot stand here: only sorts and parameters can.")));
        }
    }
    Ok((sorts, parameters))
}

fn sort(element: &XNode) -> Result<Sort, Exception> {
    let select = plain(element, "select").unwrap_or_else(|| Text::new_static("."));
    Ok(Sort {
        select: expression(element, &select)?,
        order: template_at(element, "order")?,
        data_type: template_at(element, "data-type")?,
        case_order: template_at(element, "case-order")?,
    })
}

fn choose(element: &XNode, depth: usize) -> Result<Instruction, Exception> {
    let mut branches = Vec::new();
    let mut otherwise = Vec::new();
    for child in element.elements(None) {
        if is_xslt(&child, "when") {
            let test = expression(&child, &required(&child, "test")?)?;
            branches.push((test, body(&child.nodes(), depth + 1)?));
        } else if is_xslt(&child, "otherwise") {
            otherwise = body(&child.nodes(), depth + 1)?;
        } else {
            return Err(exception("'xsl:choose' can contain only 'xsl:when' and 'xsl:otherwise'."));
        }
    }
    if branches.is_empty() {
        return Err(exception("An 'xsl:choose' element must have at least one 'xsl:when' child."));
    }
    Ok(Instruction::Choose { branches, otherwise })
}

fn numbering(element: &XNode) -> Result<Numbering, Exception> {
    let patterns = |name: &str| match plain(element, name) {
        Some(text) => pattern(element, &text),
        None => Ok(Vec::new()),
    };
    let level = match plain(element, "level").as_deref() {
        None | Some("single") => Level::Single,
        Some("multiple") => Level::Multiple,
        Some("any") => Level::Any,
        Some(other) => return Err(exception(format!("'{other}' is an invalid value for the 'level' attribute."))),
    };
    Ok(Numbering {
        level,
        count: patterns("count")?,
        from: patterns("from")?,
        value: plain(element, "value").map(|text| expression(element, &text)).transpose()?,
        format: template_at(element, "format")?,
        grouping_separator: template_at(element, "grouping-separator")?,
        grouping_size: template_at(element, "grouping-size")?,
    })
}

/// A literal result element.
pub(super) fn literal(element: &XNode, depth: usize) -> Result<Literal, Exception> {
    let name = element.name().unwrap_or_else(|| XName::trusted(Text::default(), Text::new_static("x")));
    let mut attributes: Vec<(XName, Avt)> = Vec::new();
    let mut sets = Vec::new();
    for attribute in element.attributes() {
        let attribute_name = attribute.name();
        if attribute.is_namespace_declaration() {
            continue;
        }
        if attribute_name.namespace() == XSLT_NAMESPACE {
            if attribute_name.local() == "use-attribute-sets" {
                for set in attribute.value().split_ascii_whitespace() {
                    sets.push(qualified(element, set)?);
                }
            }
            continue;
        }
        attributes.push((attribute_name.clone(), template(element, &attribute.value())?));
    }
    let mut namespaces = scope(element);
    let excluded = excluded(element)?;
    namespaces.retain(|(_, uri)| uri != XSLT_NAMESPACE && (!excluded.contains(uri) || uri == name.namespace()));
    Ok(Literal { name, namespaces, attributes, sets, body: body(&element.nodes(), depth + 1)? })
}

/// The namespaces that `exclude-result-prefixes` and `extension-element-prefixes` name, here and around.
fn excluded(element: &XNode) -> Result<Vec<Text>, Exception> {
    let mut found = Vec::new();
    for ancestor in element.ancestors_and_self(None) {
        let in_xslt = ancestor.name().is_some_and(|name| name.namespace() == XSLT_NAMESPACE);
        for local in ["exclude-result-prefixes", "extension-element-prefixes"] {
            let list = if in_xslt {
                plain(&ancestor, local)
            } else {
                ancestor.attribute(&XName::new(XSLT_NAMESPACE, local)?).map(|attribute| attribute.value())
            };
            for prefix in list.unwrap_or_default().split_ascii_whitespace() {
                if prefix == "#default" {
                    found.push(ancestor.default_namespace());
                } else {
                    found.push(super::element::namespace(&ancestor, prefix)?);
                }
            }
        }
    }
    Ok(found)
}
