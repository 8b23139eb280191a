//! Values of expressions and their conversions.

use super::super::chars;
use super::super::node::XNode;
use super::evaluate::{BYTES_PER_STEP, Budget};
use super::item::Item;
use crate::{Exception, Text};

/// A value of an expression.
#[derive(Debug, Clone)]
pub enum XPathValue {
    /// In document order, without duplicates.
    Nodes(Vec<Item>),
    /// A string.
    Text(Text),
    /// A number.
    Number(f64),
    /// A boolean.
    Boolean(bool),
    /// A result tree fragment: the value of an XSLT variable with content. A document node.
    Fragment(XNode),
}

impl XPathValue {
    /// `string()`
    #[must_use]
    pub fn to_text(&self) -> Text {
        match self {
            XPathValue::Nodes(nodes) => nodes.first().map(Item::value).unwrap_or_default(),
            XPathValue::Text(text) => text.clone(),
            XPathValue::Number(number) => number_text(*number),
            XPathValue::Boolean(value) => Text::new_static(if *value { "true" } else { "false" }),
            XPathValue::Fragment(node) => node.value(),
        }
    }

    /// `number()`
    #[must_use]
    pub fn to_number(&self) -> f64 {
        match self {
            XPathValue::Number(number) => *number,
            XPathValue::Boolean(value) => f64::from(u8::from(*value)),
            other => text_number(&other.to_text()),
        }
    }

    /// [`to_text`](XPathValue::to_text), paid for.
    pub(in crate::xml) async fn read(&self, budget: &Budget) -> Result<Text, Exception> {
        match self {
            XPathValue::Nodes(nodes) => match nodes.first() {
                Some(first) => first.read(budget).await,
                None => Ok(Text::default()),
            },
            XPathValue::Fragment(node) => Item::Node(node.clone()).read(budget).await,
            other => Ok(other.to_text()),
        }
    }

    /// [`to_number`](XPathValue::to_number), paid for.
    pub(in crate::xml) async fn read_number(&self, budget: &Budget) -> Result<f64, Exception> {
        match self {
            XPathValue::Number(_) | XPathValue::Boolean(_) => Ok(self.to_number()),
            other => {
                let text = other.read(budget).await?;
                budget.take(text.len() / BYTES_PER_STEP)?;
                budget.pause().await;
                Ok(text_number(&text))
            }
        }
    }

    /// `boolean()`
    #[must_use]
    pub fn to_boolean(&self) -> bool {
        match self {
            XPathValue::Nodes(nodes) => !nodes.is_empty(),
            XPathValue::Text(text) => !text.is_empty(),
            XPathValue::Number(number) => *number != 0.0 && !number.is_nan(),
            XPathValue::Boolean(value) => *value,
            XPathValue::Fragment(_) => true,
        }
    }
}

/// A number as XPath writes it: never with an exponent.
pub(in crate::xml) fn number_text(number: f64) -> Text {
    if number.is_nan() {
        return Text::new_static("NaN");
    }
    if number.is_infinite() {
        return Text::new_static(if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
    if number == 0.0 {
        return Text::new_static("0");
    }
    Text::from(number.to_string())
}

/// A text as a number: an optional sign, digits, a point. Anything else is NaN.
pub(super) fn text_number(text: &str) -> f64 {
    let text = text.trim_matches(chars::is_space);
    let digits = text.strip_prefix('-').unwrap_or(text);
    let valid = digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && digits.bytes().filter(|byte| *byte == b'.').count() < 2;
    if valid { text.parse().unwrap_or(f64::NAN) } else { f64::NAN }
}
