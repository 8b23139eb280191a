//! What a piece of text begins with.

use super::tree::Form;

/// Whether `text` starts with an expression, and of which form.
pub(super) fn expression_form(text: &str) -> Option<Form> {
    match text.as_bytes() {
        [b'@', b'(', ..] => Some(Form::Expression),
        [b'@', b'{', ..] => Some(Form::Statements),
        _ => None,
    }
}

/// Whether what follows a quote lets it end an attribute.
pub(super) fn ends_value(text: &str) -> bool {
    text.starts_with(['>', '/', '?']) || text.starts_with(char::is_whitespace) || text.is_empty()
}

pub(super) fn is_name_char(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_' | '.' | ':')
}

/// Whether `text` starts with an opening tag.
pub(super) fn starts_markup(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next() == Some('<') && characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
}

/// Whether `text` starts with anything that ends a piece of text.
pub(super) fn starts_tag(text: &str) -> bool {
    starts_markup(text) || ["</", "<!--", "<![CDATA[", "<?"].iter().any(|tag| text.starts_with(tag))
}

/// Whether `text` starts with the closing tag of `name`.
pub(super) fn closes(text: &str, name: &str) -> bool {
    text.strip_prefix("</")
        .and_then(|text| text.strip_prefix(name))
        .is_some_and(|behind| behind.trim_start().starts_with('>'))
}

pub(super) fn first_word(text: &str) -> &str {
    text.split(char::is_whitespace).next().unwrap_or("")
}

pub(super) fn first_char(text: &str) -> &str {
    text.chars().next().map_or("", |first| &text[..first.len_utf8()])
}

/// The name in the closing tag that `text` starts with.
pub(super) fn closing_name(text: &str) -> &str {
    let behind = text.strip_prefix("</").unwrap_or_default();
    &behind[..behind.find(|c: char| !is_name_char(c)).unwrap_or(behind.len())]
}

/// Whether what follows a quote is the end of the tag or a further attribute, so that the quote ended a value.
pub(super) fn ends_attribute(text: &str) -> bool {
    let behind = text.trim_start();
    if behind.starts_with('>') || behind.starts_with("/>") {
        return true;
    }
    let name = behind.find(|c: char| !is_name_char(c)).unwrap_or(behind.len());
    let value = behind[name..].trim_start().strip_prefix('=').map(str::trim_start);
    name > 0 && behind.len() < text.len() && value.is_some_and(|value| value.starts_with(['"', '\'']))
}

/// Whether the line begins with a tag or a comment.
pub(super) fn starts_line_with_tag(line: &str) -> bool {
    starts_tag(line.trim_start_matches([' ', '\t', '\r']))
}
