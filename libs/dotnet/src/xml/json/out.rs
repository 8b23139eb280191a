//! JSON as it is written: without white space, as Newtonsoft escapes it.

use crate::Rope;

/// A text under way.
#[derive(Default)]
pub(super) struct Out {
    pub(super) text: Rope,
    /// The next property or item needs a comma before it.
    pub(super) comma: bool,
}

impl Out {
    pub(super) fn separate(&mut self) {
        if self.comma {
            self.text.end.push(',');
        }
    }

    pub(super) fn open(&mut self, bracket: char) {
        self.text.end.push(bracket);
        self.comma = false;
    }

    pub(super) fn close(&mut self, bracket: char) {
        self.text.end.push(bracket);
        self.comma = true;
    }

    pub(super) fn property(&mut self, name: &str) {
        self.separate();
        self.string(name);
        self.text.end.push(':');
        self.comma = false;
    }

    pub(super) fn value(&mut self, value: &str) {
        self.separate();
        self.string(value);
        self.comma = true;
    }

    pub(super) fn null(&mut self) {
        self.separate();
        self.text.end.push_str("null");
        self.comma = true;
    }

    /// Text as Newtonsoft escapes it.
    fn string(&mut self, text: &str) {
        self.text.end.push('"');
        for c in text.chars() {
            match c {
                '"' => self.text.end.push_str("\\\""),
                '\\' => self.text.end.push_str("\\\\"),
                '\n' => self.text.end.push_str("\\n"),
                '\r' => self.text.end.push_str("\\r"),
                '\t' => self.text.end.push_str("\\t"),
                '\u{8}' => self.text.end.push_str("\\b"),
                '\u{c}' => self.text.end.push_str("\\f"),
                '\0'..='\u{1f}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                    self.text.end.push_str(&format!("\\u{:04x}", u32::from(c)));
                }
                _ => self.text.end.push(c),
            }
        }
        self.text.end.push('"');
    }
}
