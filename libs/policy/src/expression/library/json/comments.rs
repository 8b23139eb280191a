//! Comments in front of a value: `JsonConvert.DeserializeObject` skips them.

use postern_dotnet::Text;

/// The text with blanks in the place of comments that stand before its value, so that every position stays what it was. `None`: there are none.
pub(super) fn without_leading(text: &str) -> Option<Text> {
    let mut value = 0;
    while let Some(length) = comment(text.get(value..)?.trim_start()) {
        value = text.len() - text.get(value..)?.trim_start().len() + length;
    }
    let (comments, rest) = text.split_at_checked(value).filter(|(comments, _)| !comments.is_empty())?;
    let mut blank = String::with_capacity(text.len());
    for character in comments.chars() {
        match character {
            '\r' | '\n' => blank.push(character),
            _ => blank.extend(std::iter::repeat_n(' ', character.len_utf16())),
        }
    }
    blank.push_str(rest);
    Some(blank.into())
}

/// How long the comment is that the text begins with; an unfinished one is none.
fn comment(text: &str) -> Option<usize> {
    if let Some(line) = text.strip_prefix("//") {
        return Some(2 + line.find(['\r', '\n']).unwrap_or(line.len()));
    }
    text.strip_prefix("/*")?.find("*/").map(|end| end + 4)
}

#[cfg(test)]
mod tests {
    use super::without_leading;

    #[test]
    fn comments_before_the_value_become_blanks_and_every_position_stays() {
        for (text, blank) in [
            ("// c\n[1, 2]", Some("    \n[1, 2]")),
            (" /* a */ // b\r\n /**/{}//c", Some("             \r\n     {}//c")),
            ("/*\u{1F600}\n*/1", Some("    \n  1")),
            ("// only", Some("       ")),
            ("[1] // c", None),
            ("/* unfinished", None),
            ("/1/", None),
            ("", None),
            (" \"// text\"", None),
        ] {
            assert_eq!(without_leading(text).as_deref(), blank, "{text}");
        }
    }
}
