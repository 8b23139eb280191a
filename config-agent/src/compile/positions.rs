//! Where a place in a document with its named values filled in stands in the document as written.
//!
//! A policy is checked after substitution, but an author looks for line and column in what they wrote. The substitution itself stays
//! the business of `postern-policy`: it is run once more with marks instead of values, so the two can never disagree about
//! what counts as a reference.

use postern_policy::substitute_named_values;

/// Around a name in the marked text: characters for private use, which no document means to contain.
const OPEN: char = '\u{f8f0}';
const CLOSE: char = '\u{f8f1}';

/// Line and column (both 1-based, columns in characters) in `original` of a place in its substituted form.
pub(super) fn in_original(
    original: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    (line, column): (u32, u32),
) -> (u32, u32) {
    let marked = substitute_named_values(original, &|name| Some(format!("{OPEN}{name}{CLOSE}")));
    let Ok(marked) = marked else { return (line, column) };
    let mut walk = Walk { original, at: 0, place: (1, 1) };
    let mut pieces = marked.split(OPEN);
    let first = pieces.next().unwrap_or_default();
    if let Some(found) = walk.literal(first, (line, column)) {
        return found;
    }
    for piece in pieces {
        let Some((name, literal)) = piece.split_once(CLOSE) else { return (line, column) };
        if let Some(found) = walk.reference(&lookup(name).unwrap_or_default(), (line, column)) {
            return found;
        }
        if let Some(found) = walk.literal(literal, (line, column)) {
            return found;
        }
    }
    position(original, walk.at)
}

/// Goes through both texts at once.
struct Walk<'a> {
    original: &'a str,
    /// Byte offset in the original.
    at: usize,
    /// Line and column reached in the substituted text.
    place: (u32, u32),
}

impl Walk<'_> {
    /// A stretch that both texts have.
    fn literal(&mut self, text: &str, wanted: (u32, u32)) -> Option<(u32, u32)> {
        for character in text.chars() {
            if self.place >= wanted {
                return Some(position(self.original, self.at));
            }
            advance(&mut self.place, character);
            self.at += character.len_utf8();
        }
        None
    }

    /// A value in the substituted text where the original has a reference: any place inside is the start of the reference.
    fn reference(&mut self, value: &str, wanted: (u32, u32)) -> Option<(u32, u32)> {
        let start = self.at;
        value.chars().for_each(|character| advance(&mut self.place, character));
        let rest = self.original.get(start..).unwrap_or_default();
        self.at = start + rest.find("}}").map_or(rest.len(), |end| end + 2);
        (self.place > wanted).then(|| position(self.original, start))
    }
}

fn advance((line, column): &mut (u32, u32), character: char) {
    if character == '\n' {
        (*line, *column) = (line.saturating_add(1), 1);
    } else {
        *column = column.saturating_add(1);
    }
}

fn position(text: &str, offset: usize) -> (u32, u32) {
    let mut place = (1, 1);
    text.get(..offset).unwrap_or(text).chars().for_each(|character| advance(&mut place, character));
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(name: &str) -> Option<String> {
        match name {
            "long" => Some("0123456789".to_owned()),
            "lines" => Some("a\nb\nc".to_owned()),
            "none" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn a_place_behind_a_value_is_found_in_the_document_as_written() {
        // After substitution: `<a b="0123456789" /><bad/>`, the bad element starts at column 21.
        assert_eq!(in_original(r#"<a b="{{long}}" /><bad/>"#, &value, (1, 21)), (1, 19));
        // A value of three lines: what follows it is on line 1 as written.
        assert_eq!(in_original("<a>{{lines}}</a><bad/>", &value, (3, 6)), (1, 17));
        assert_eq!(in_original("<a>{{none}}<bad/>", &value, (1, 4)), (1, 12));
    }

    #[test]
    fn a_place_inside_a_value_is_the_place_of_its_reference() {
        assert_eq!(in_original("<a>{{lines}}</a>", &value, (2, 1)), (1, 4));
        assert_eq!(in_original("é{{long}}x", &value, (1, 5)), (1, 2));
    }

    #[test]
    fn places_before_and_without_values_stay_as_they_are() {
        assert_eq!(in_original("<a>\n  <b/>{{long}}", &value, (2, 3)), (2, 3));
        assert_eq!(in_original("<a>\n<b/>", &value, (2, 2)), (2, 2));
        assert_eq!(in_original("ab", &value, (9, 9)), (1, 3));
    }
}
