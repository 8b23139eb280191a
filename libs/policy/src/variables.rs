//! `context.Variables`: named values that live as long as the request.
//!
//! Names and text values lie in one reused byte arena; a request that sets the same variables as the one before allocates nothing.

/// The variables of one request. Names compare with case, as in APIM.
#[derive(Debug, Default)]
pub struct Variables {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    name: Span,
    value: Span,
}

#[derive(Debug, Clone, Copy)]
struct Span {
    start: u32,
    end: u32,
}

impl Variables {
    /// The text of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let entry = self.entries.iter().find(|entry| self.slice(entry.name) == name.as_bytes())?;
        std::str::from_utf8(self.slice(entry.value)).ok()
    }

    /// Names and texts in the order of first assignment.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|entry| {
            Some((
                std::str::from_utf8(self.slice(entry.name)).ok()?,
                std::str::from_utf8(self.slice(entry.value)).ok()?,
            ))
        })
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let value = self.store(value);
        if let Some(index) = self.entries.iter().position(|entry| self.slice(entry.name) == name.as_bytes()) {
            self.entries[index].value = value;
        } else {
            let name = self.store(name);
            self.entries.push(Entry { name, value });
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    fn slice(&self, span: Span) -> &[u8] {
        &self.bytes[span.start as usize..span.end as usize]
    }

    #[allow(clippy::cast_possible_truncation, reason = "variables of one request are bounded by the document's size")]
    fn store(&mut self, text: &str) -> Span {
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(text.as_bytes());
        Span { start, end: self.bytes.len() as u32 }
    }
}
