//! Filters of texts.

use std::borrow::Cow;

use postern_dotnet::text::{to_lower, to_upper};
use postern_dotnet::{Rope, uri};

use super::super::data::Data;
use super::super::render::Renderer;
use super::super::tree::Filter;
use super::pieces::{self, before, characters, find, find_byte, finder, outside_escapes, outside_line_ends, trimmed};

/// Characters that `Truncate` leaves by default, and words.
const CHARACTERS: i64 = 50;
const WORDS: i64 = 15;

impl Renderer<'_> {
    /// Filters from text to text.
    pub(super) async fn change_text(&mut self, filter: Filter, text: &str, arguments: &[Data]) -> Result<Data, String> {
        let pace = self.pace.clone();
        match filter {
            Filter::Append => {
                let other = self.argument(arguments, 0).await?;
                self.joined(&[text, &other]).await
            }
            Filter::Prepend => {
                let other = self.argument(arguments, 0).await?;
                self.joined(&[&other, text]).await
            }
            Filter::Upcase => self.changed(text, to_upper).await,
            Filter::Downcase => self.changed(text, to_lower).await,
            Filter::Escape | Filter::H => self.changed(text, uri::html_encode).await,
            Filter::UrlEncode => self.changed(text, uri::url_encode).await,
            Filter::UrlDecode => self.changed_between(text, outside_escapes, uri::url_decode).await,
            Filter::NewlineToBr => self.changed_between(text, outside_line_ends, with_breaks).await,
            Filter::StripNewlines => self.changed_between(text, outside_line_ends, without_line_ends).await,
            Filter::Strip => self.joined(&[trimmed(&pace, text, true, true).await]).await,
            Filter::Lstrip => self.joined(&[trimmed(&pace, text, true, false).await]).await,
            Filter::Rstrip => self.joined(&[trimmed(&pace, text, false, true).await]).await,
            Filter::Capitalize => self.title_case(text).await,
            Filter::StripHtml => self.without_tags(text).await,
            Filter::Truncate => self.truncated(text, arguments).await,
            Filter::TruncateWords => self.truncated_words(text, arguments).await,
            _ => self.joined(&[text]).await,
        }
    }

    async fn changed_between(
        &mut self,
        text: &str,
        cut: fn(&str, usize) -> usize,
        become_of: impl for<'t> Fn(&'t str) -> Cow<'t, str>,
    ) -> Result<Data, String> {
        let mut made = Rope::default();
        self.change(&mut made, text, cut, become_of).await?;
        Ok(self.made(made).await)
    }

    /// `TextInfo.ToTitleCase`: every word begins with a capital; words in capitals stay.
    async fn title_case(&mut self, text: &str) -> Result<Data, String> {
        let (pace, mut made, mut rest) = (self.pace.clone(), Rope::default(), text);
        while !rest.is_empty() {
            let (gap, behind) = split(rest, before(&pace, rest, char::is_alphabetic).await);
            let end = before(&pace, behind, |c| !(c.is_alphanumeric() || c == '\'')).await;
            let (word, behind) = split(behind, end);
            self.copy(&mut made, gap).await?;
            if before(&pace, word, char::is_lowercase).await < word.len() {
                let (first, others) = split(word, word.ceil_char_boundary(1));
                self.copy(&mut made, &to_upper(first)).await?;
                self.change(&mut made, others, str::ceil_char_boundary, to_lower).await?;
            } else {
                self.copy(&mut made, word).await?;
            }
            rest = behind;
        }
        Ok(self.made(made).await)
    }

    /// Without what stands between `<` and `>` on one line.
    async fn without_tags(&mut self, text: &str) -> Result<Data, String> {
        let (pace, mut made, mut rest) = (self.pace.clone(), Rope::default(), text);
        while !rest.is_empty() {
            let open = find_byte(&pace, rest, 0, b'<', b'<').await.unwrap_or(rest.len());
            let (before, tag) = split(rest, open);
            self.copy(&mut made, before).await?;
            let close = find_byte(&pace, tag, 0, b'>', b'\n').await.map_or(tag.len(), |close| close + 1);
            let (tag, behind) = split(tag, close);
            if !tag.ends_with('>') {
                self.copy(&mut made, tag).await?;
            }
            rest = behind;
        }
        Ok(self.made(made).await)
    }

    /// At most so many characters, `end` included.
    async fn truncated(&mut self, text: &str, arguments: &[Data]) -> Result<Data, String> {
        let (pace, (length, end)) = (self.pace.clone(), self.limit(arguments, CHARACTERS).await?);
        if characters(&pace, text, length).await.is_none() {
            return self.joined(&[text]).await;
        }
        let kept = length.saturating_sub(pieces::count(&pace, &end).await);
        let (kept, _) = split(text, characters(&pace, text, kept).await.unwrap_or(text.len()));
        self.joined(&[kept, &end]).await
    }

    /// At most so many words.
    async fn truncated_words(&mut self, text: &str, arguments: &[Data]) -> Result<Data, String> {
        let (pace, (words, end)) = (self.pace.clone(), self.limit(arguments, WORDS).await?);
        let mut at = 0;
        for word in 0..words {
            match find_byte(&pace, text, at, b' ', b' ').await {
                Some(space) => at = space + usize::from(word + 1 < words),
                None => return self.joined(&[text]).await,
            }
        }
        let (kept, _) = split(text, at);
        self.joined(&[kept, &end]).await
    }

    /// How much is left, and what is put behind it.
    async fn limit(&mut self, arguments: &[Data], default: i64) -> Result<(usize, String), String> {
        let length = arguments.first().and_then(Data::integer).unwrap_or(default);
        let end = if arguments.len() > 1 { self.argument(arguments, 1).await?.to_string() } else { "...".to_owned() };
        Ok((usize::try_from(length).unwrap_or(0), end))
    }

    /// Every occurrence of a text, or the first one, replaced by another.
    pub(super) async fn replace(&mut self, filter: Filter, input: &Data, arguments: &[Data]) -> Result<Data, String> {
        let (text, from) = (self.whole_text(input).await?, self.argument(arguments, 0).await?);
        if from.is_empty() || matches!(input, Data::Nil) {
            return Ok(input.clone());
        }
        let removes = matches!(filter, Filter::Remove | Filter::RemoveFirst);
        let with = self.argument(if removes { &[] } else { arguments }, 1).await?;
        let is_first_only = matches!(filter, Filter::ReplaceFirst | Filter::RemoveFirst);
        let (pace, mut made, mut at) = (self.pace.clone(), Rope::default(), 0);
        let wanted = finder(&pace, &from).await;
        while let Some(found) = find(&pace, &text, at, &wanted).await {
            self.copy(&mut made, text.get(at..found).unwrap_or_default()).await?;
            self.copy(&mut made, &with).await?;
            at = found + from.len();
            if is_first_only {
                break;
            }
        }
        self.copy(&mut made, text.get(at..).unwrap_or_default()).await?;
        Ok(self.made(made).await)
    }

    /// A text so many times.
    pub(super) async fn repeated(&mut self, text: &str, times: usize) -> Result<Data, String> {
        let mut made = Rope::default();
        if text.is_empty() {
            return Ok(self.made(made).await);
        }
        // Short ones are copied many at a time.
        let (at_once, block) = match pieces::PIECE_BYTES / text.len() {
            0 | 1 => (1, Cow::Borrowed(text)),
            many => (many.min(times), Cow::Owned(text.repeat(many.min(times)))),
        };
        for _ in 0..times.checked_div(at_once).unwrap_or(0) {
            self.copy(&mut made, &block).await?;
        }
        for _ in 0..times.checked_rem(at_once).unwrap_or(0) {
            self.copy(&mut made, text).await?;
        }
        Ok(self.made(made).await)
    }
}

fn split(text: &str, at: usize) -> (&str, &str) {
    text.split_at_checked(at).unwrap_or((text, ""))
}

fn with_breaks(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.replace("\r\n", "\n").replace('\n', "<br />\n"))
}

fn without_line_ends(text: &str) -> Cow<'_, str> {
    Cow::Owned(text.replace("\r\n", "").replace('\n', ""))
}
