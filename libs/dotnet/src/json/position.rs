//! Paths (`a.b[0]['c d']`) and the ends of messages that name them.

use super::scalar_writer;

/// One step from a container to its child.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    /// -1 before the first element.
    Index(i64),
}

/// `JsonPosition.BuildPath`.
pub(super) fn path(steps: &[Step]) -> String {
    let mut text = String::new();
    for step in steps {
        match step {
            Step::Index(index) => {
                text.push('[');
                text.push_str(&index.to_string());
                text.push(']');
            }
            Step::Name(name) if name.contains(is_special) => {
                text.push_str("['");
                scalar_writer::escape(name, '\'', &mut text);
                text.push_str("']");
            }
            Step::Name(name) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(name);
            }
        }
    }
    text
}

/// `JsonPosition.FormatMessage`: the message with its full stop, path, line and position.
pub(super) fn message(message: &str, path: &str, line: usize, position: usize) -> String {
    let message = message.trim();
    let stop = if message.ends_with('.') { "" } else { "." };
    format!("{message}{stop} Path '{path}', line {line}, position {position}.")
}

/// Characters that a name in a path has to be quoted for.
fn is_special(character: char) -> bool {
    matches!(
        character,
        '.' | ' '
            | '\''
            | '/'
            | '"'
            | '['
            | ']'
            | '('
            | ')'
            | '\t'
            | '\n'
            | '\r'
            | '\x0c'
            | '\x08'
            | '\\'
            | '\u{85}'
            | '\u{2028}'
            | '\u{2029}'
    )
}
