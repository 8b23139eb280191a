//! `xsl:output`, and writing results as XML, HTML or text.

use super::super::limits::MADE_BYTES_MAX;
use super::super::name::XName;
use super::super::node::{NodeKind, XNode};
use super::super::write::writer::{Layout, Writer};
use super::super::write::{RAW, write_tree_in_pieces};
use super::super::{Content, DocumentType};
use crate::work::Pace;
use crate::{Exception, Rope, Text};

/// Steps for a node whose declarations are put in order.
const MOVED_STEPS: u64 = 8;
/// Steps for a node of the result.
const NODE_STEPS: u64 = 20;

/// Bytes that are copied in a step.
const COPIED_BYTES_PER_STEP: usize = 16;

/// How the result is written.
#[derive(Debug, Clone, Default)]
pub(super) struct OutputSettings {
    pub(super) method: Option<Text>,
    pub(super) indent: bool,
    pub(super) omit_declaration: bool,
    pub(super) standalone: Option<Text>,
    pub(super) encoding: Option<Text>,
    pub(super) doctype_public: Option<Text>,
    pub(super) doctype_system: Option<Text>,
    pub(super) media_type: Option<Text>,
    pub(super) cdata_elements: Vec<XName>,
}

impl OutputSettings {
    /// The method: as declared, or by the root of the result.
    pub(super) fn method_for(&self, result: &XNode) -> Text {
        if let Some(method) = &self.method {
            return method.clone();
        }
        let first = result.nodes().into_iter().find(|node| !(node.is_text() && node.value().trim().is_empty()));
        let is_html = first
            .and_then(|node| node.name())
            .is_some_and(|name| name.namespace().is_empty() && name.local().eq_ignore_ascii_case("html"));
        Text::new_static(if is_html { "html" } else { "xml" })
    }

    /// The text of a result.
    pub(super) async fn write(&self, pace: &Pace, result: &XNode) -> Result<String, Exception> {
        match self.method_for(result).as_str() {
            "text" => {
                let mut out: Rope = Rope::default();
                let mut current = result.first_node();
                while let Some(node) = current {
                    pace.take(NODE_STEPS).await;
                    if node.is_text() || node.target().is_some_and(|target| target == RAW) {
                        let text = node.own_value().unwrap_or_default();
                        if out.len() + text.len() > MADE_BYTES_MAX {
                            return Err(Exception::out_of_memory());
                        }
                        pace.take((text.len() / COPIED_BYTES_PER_STEP) as u64).await;
                        out.end.push_str(&text);
                        out.cut();
                    }
                    current = node.following(result, true);
                }
                Ok(out.join(pace).await)
            }
            "html" => html(pace, result, self).await,
            _ => self.xml(pace, result).await,
        }
    }

    async fn xml(&self, pace: &Pace, result: &XNode) -> Result<String, Exception> {
        let mut writer = Writer::new(if self.indent { Layout::Indented } else { Layout::Compact });
        if !self.omit_declaration {
            let encoding = self.encoding.as_deref().unwrap_or("utf-8");
            let standalone =
                self.standalone.as_ref().map(|value| format!(" standalone=\"{value}\"")).unwrap_or_default();
            writer.line(&format!("<?xml version=\"1.0\" encoding=\"{encoding}\"{standalone}?>"));
        }
        if !self.cdata_elements.is_empty() {
            self.mark_cdata(result)?;
        }
        if let (Some(system), Some(root)) = (&self.doctype_system, result.root()) {
            let name = root.name().map(|name| name.local().clone()).unwrap_or_default();
            let declaration = DocumentType {
                name,
                public_id: self.doctype_public.clone(),
                system_id: Some(system.clone()),
                internal_subset: None,
            };
            root.add_before_self(Content::Node(XNode::document_type(declaration)))?;
        }
        // As in .NET, declarations stand behind the attributes.
        let mut current = result.first_node();
        while let Some(node) = current {
            pace.take(MOVED_STEPS).await;
            current = node.following(result, true);
            node.move_declarations_last();
        }
        for node in result.nodes() {
            write_tree_in_pieces(pace, &node, &mut writer, MADE_BYTES_MAX).await?;
        }
        writer.finish_in_pieces(pace).await
    }

    /// Makes the text of `cdata-section-elements` CDATA.
    fn mark_cdata(&self, result: &XNode) -> Result<(), Exception> {
        for element in result.descendants(None) {
            if !self.cdata_elements.iter().any(|name| element.has_name(name)) {
                continue;
            }
            for text in element.nodes().into_iter().filter(|node| node.kind() == NodeKind::Text) {
                text.replace_with(Content::Node(XNode::cdata(text.value())))?;
            }
        }
        Ok(())
    }
}

/// Elements without an end tag.
const VOID: [&str; 15] = [
    "area", "base", "basefont", "br", "col", "embed", "frame", "hr", "img", "input", "isindex", "link", "meta",
    "param", "wbr",
];
/// Attributes that are written without a value when it repeats their name.
const BOOLEAN: [&str; 12] = [
    "checked", "compact", "declare", "defer", "disabled", "ismap", "multiple", "nohref", "noresize", "noshade",
    "nowrap", "selected",
];

async fn html(pace: &Pace, result: &XNode, settings: &OutputSettings) -> Result<String, Exception> {
    let mut made: Rope = Rope::default();
    let out = &mut made.end;
    match (&settings.doctype_public, &settings.doctype_system) {
        (Some(public), Some(system)) => out.push_str(&format!("<!DOCTYPE html PUBLIC \"{public}\" \"{system}\">")),
        (Some(public), None) => out.push_str(&format!("<!DOCTYPE html PUBLIC \"{public}\">")),
        (None, Some(system)) => out.push_str(&format!("<!DOCTYPE html SYSTEM \"{system}\">")),
        (None, None) => {}
    }
    let mut current = result.first_node();
    while let Some(node) = current {
        pace.take(NODE_STEPS).await;
        made.cut();
        if made.len() > MADE_BYTES_MAX {
            return Err(Exception::out_of_memory());
        }
        open(&node, settings, &mut made.end);
        if let Some(child) = node.first_node() {
            current = Some(child);
            continue;
        }
        close(&node, &mut made.end);
        // Up and on, without recursion.
        let mut at = node;
        current = loop {
            if let Some(next) = at.next_node() {
                break Some(next);
            }
            match at.parent() {
                Some(parent) => {
                    close(&parent, &mut made.end);
                    at = parent;
                }
                None => break None,
            }
        };
    }
    if made.len() > MADE_BYTES_MAX {
        return Err(Exception::out_of_memory());
    }
    Ok(made.join(pace).await)
}

fn local(node: &XNode) -> Option<Text> {
    node.name().map(|name| name.local().clone())
}

fn open(node: &XNode, settings: &OutputSettings, out: &mut String) {
    match node.kind() {
        NodeKind::Element => {
            let name = local(node).unwrap_or_default();
            out.push('<');
            out.push_str(&name);
            for attribute in node.attributes() {
                out.push(' ');
                let attribute_name = super::super::xpath::Item::Attribute(attribute.clone()).qualified_name();
                out.push_str(&attribute_name);
                let value = attribute.value();
                let is_boolean = BOOLEAN.iter().any(|known| known.eq_ignore_ascii_case(&attribute_name));
                if !(is_boolean && value.eq_ignore_ascii_case(&attribute_name)) {
                    let value = value.replace("&{", "\u{0}").replace('&', "&amp;").replace('\u{0}', "&{");
                    out.push_str(&format!("=\"{}\"", value.replace('"', "&quot;")));
                }
            }
            out.push('>');
            if name.eq_ignore_ascii_case("head") {
                let encoding = settings.encoding.as_deref().unwrap_or("utf-8");
                let media_type = settings.media_type.as_deref().unwrap_or("text/html");
                let meta = format!("<META http-equiv=\"Content-Type\" content=\"{media_type}; charset={encoding}\">");
                out.push_str(&meta);
            }
        }
        NodeKind::Text | NodeKind::CData => {
            let raw = node
                .parent()
                .and_then(|parent| local(&parent))
                .is_some_and(|parent| parent.eq_ignore_ascii_case("script") || parent.eq_ignore_ascii_case("style"));
            let value = node.value();
            if raw || node.kind() == NodeKind::CData {
                out.push_str(&value);
            } else {
                out.push_str(&value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"));
            }
        }
        NodeKind::Comment => out.push_str(&format!("<!--{}-->", node.value())),
        NodeKind::ProcessingInstruction if node.target().is_some_and(|target| target == RAW) => {
            out.push_str(&node.value());
        }
        NodeKind::ProcessingInstruction => {
            out.push_str(&format!("<?{} {}>", node.target().unwrap_or_default(), node.value()));
        }
        NodeKind::Document | NodeKind::DocumentType => {}
    }
}

fn close(node: &XNode, out: &mut String) {
    if let Some(name) = local(node)
        && !VOID.iter().any(|void| void.eq_ignore_ascii_case(&name))
    {
        out.push_str(&format!("</{name}>"));
    }
}
