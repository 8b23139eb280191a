//! Lines and positions of what is wrong in a text of JSON, as Newtonsoft's reader counts them: behind the first token of a value, or behind the
//! colon of a member that ought not to be there.

use super::violation::Violation;

/// Nesting that is followed; what is deeper the parser has refused.
const DEPTH_MAX: usize = 128;

/// Sets the places of violations and puts them into the order of the text. `ignore_case`: names of members were folded.
pub(super) fn locate(text: &str, found: &mut [Violation], ignore_case: bool) {
    if found.is_empty() {
        return;
    }
    let mut scan = Scan { text, at: 0, line: 1, line_start: 0, ignore_case };
    let wanted: Vec<usize> = (0..found.len()).collect();
    // A text that is only JSON to Newtonsoft ends the walk early: places behind that point stay unknown.
    let _ = scan.value(found, &wanted, 0);
    found.sort_by_key(|violation| (violation.line, violation.position));
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    line_start: usize,
    ignore_case: bool,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(byte @ (b' ' | b'\t' | b'\r' | b'\n')) = self.peek() {
            self.at += 1;
            if byte == b'\n' {
                self.line += 1;
                self.line_start = self.at;
            }
        }
    }

    /// The value here; `wanted` are the violations whose path has led here after `depth` steps.
    fn value(&mut self, found: &mut [Violation], wanted: &[usize], depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        self.space();
        let first = self.peek()?;
        match first {
            b'{' | b'[' => self.at += 1,
            b'"' => drop(self.string()?),
            _ => {
                while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) {
                    self.at += 1;
                }
            }
        }
        self.mark(found, wanted, depth, false);
        match first {
            b'{' => self.members(found, wanted, depth),
            b'[' => self.items(found, wanted, depth),
            _ => Some(()),
        }
    }

    /// What ends here is the place of those whose path ends at this depth.
    fn mark(&self, found: &mut [Violation], wanted: &[usize], depth: usize, is_member: bool) {
        for &index in wanted {
            let violation = found.get_mut(index);
            if let Some(violation) = violation.filter(|one| one.path.len() == depth && one.is_member == is_member) {
                let units = self.text.get(self.line_start..self.at).unwrap_or_default().encode_utf16().count();
                violation.line = self.line;
                violation.position = u32::try_from(units).unwrap_or(u32::MAX);
            }
        }
    }

    fn members(&mut self, found: &mut [Violation], wanted: &[usize], depth: usize) -> Option<()> {
        loop {
            self.space();
            match self.peek()? {
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                b'"' => {
                    let name = self.string()?;
                    let name: String = serde_json::from_str(&name).ok()?;
                    let name = if self.ignore_case { name.to_lowercase() } else { name };
                    self.space();
                    if self.peek()? != b':' {
                        return None;
                    }
                    self.at += 1;
                    let inner = below(found, wanted, depth, &name);
                    self.mark(found, &inner, depth + 1, true);
                    self.value(found, &inner, depth + 1)?;
                }
                _ => return None,
            }
        }
    }

    fn items(&mut self, found: &mut [Violation], wanted: &[usize], depth: usize) -> Option<()> {
        let mut count = 0_usize;
        loop {
            self.space();
            match self.peek()? {
                b']' => {
                    self.at += 1;
                    return Some(());
                }
                b',' => self.at += 1,
                _ => {
                    let inner = below(found, wanted, depth, &count.to_string());
                    self.value(found, &inner, depth + 1)?;
                    count += 1;
                }
            }
        }
    }

    /// A string with its quotes.
    fn string(&mut self) -> Option<String> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.text.get(start..self.at).map(str::to_owned)
    }
}

/// Those of `wanted` whose next step is `step`.
fn below(found: &[Violation], wanted: &[usize], depth: usize, step: &str) -> Vec<usize> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let leads =
        |index: &usize| found.get(*index).and_then(|violation| violation.path.get(depth)).is_some_and(|at| at == step);
    wanted.iter().copied().filter(leads).collect()
}
