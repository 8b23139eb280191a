//! Filters of texts.

/// `TextInfo.ToTitleCase`: every word begins with a capital; words in capitals stay.
pub(super) fn title_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let gap = rest.find(char::is_alphabetic).unwrap_or(rest.len());
        out.push_str(&rest[..gap]);
        rest = &rest[gap..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '\'')).unwrap_or(rest.len());
        let word = &rest[..end];
        if word.chars().any(char::is_lowercase) {
            let mut characters = word.chars();
            out.extend(characters.next().into_iter().flat_map(char::to_uppercase));
            out.push_str(&characters.as_str().to_lowercase());
        } else {
            out.push_str(word);
        }
        rest = &rest[end..];
    }
    out
}

/// Without what stands between `<` and `>` on one line.
pub(super) fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for mut line in text.split_inclusive('\n') {
        while let Some(open) = line.find('<') {
            let Some(close) = line[open..].find('>') else { break };
            out.push_str(&line[..open]);
            line = &line[open + close + 1..];
        }
        out.push_str(line);
    }
    out
}

/// At most so many characters, `end` included.
pub(super) fn truncated(text: &str, length: i64, end: &str) -> String {
    let length = usize::try_from(length).unwrap_or(0);
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept = length.saturating_sub(end.chars().count());
    text.chars().take(kept).chain(end.chars()).collect()
}

/// At most so many words.
pub(super) fn truncated_words(text: &str, words: i64, end: &str) -> String {
    let words = usize::try_from(words).unwrap_or(0);
    if text.split(' ').count() <= words {
        return text.to_owned();
    }
    let mut out = text.split(' ').take(words).collect::<Vec<_>>().join(" ");
    out.push_str(end);
    out
}
