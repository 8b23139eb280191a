//! Reads along while an answer goes to the caller: how many tokens it says it took, or else the words to count; and what it says, when it is to be
//! kept.
//!
//! What must hold: nothing of the answer is held back; what is kept is bounded ([`KEPT_TEXT_BYTES_MAX`], [`CACHED_RESPONSE_BYTES_MAX`] and the limits
//! below).

use memchr::memchr;
use serde_json::Value;

use super::answer;
use super::usage::Usage;
use crate::limits::{CACHED_RESPONSE_BYTES_MAX, KEPT_TEXT_BYTES_MAX};

/// Longest line of an event stream that is read; an event that carries a picture is longer and says nothing about tokens.
const LINE_BYTES_MAX: usize = 1024 * 1024;
/// Choices whose texts are counted apart; the OpenAI APIs allow 128, and hardly anybody asks for more than one.
const CHOICES_MAX: usize = 128;
/// Longest `usage` object.
const USAGE_BYTES_MAX: usize = 16 * 1024;
/// About how many bytes a token has, where they are too many to be counted.
const BYTES_PER_TOKEN: u64 = 4;

/// Follows the body of one answer.
#[derive(Debug, Default)]
pub struct Meter {
    form: Form,
    found: Found,
    /// The body so far, if somebody wants it and it is short enough.
    body: Option<Vec<u8>>,
}

#[derive(Debug, Default)]
enum Form {
    /// Nothing is counted.
    #[default]
    Unread,
    Events(Events),
    Json(Json),
}

/// What was found out so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) usage: Option<Usage>,
    /// The words, by choice.
    pub(crate) texts: Vec<String>,
    /// Tokens of words that were too many to keep.
    pub(crate) others: u64,
    kept_bytes: usize,
}

impl Meter {
    pub(crate) fn events() -> Meter {
        Meter { form: Form::Events(Events::default()), ..Meter::default() }
    }

    pub(crate) fn json() -> Meter {
        Meter { form: Form::Json(Json::default()), ..Meter::default() }
    }

    /// Keeps the body besides.
    pub(crate) fn keeping_body(self) -> Meter {
        Meter { body: Some(Vec::new()), ..self }
    }

    /// The body, if it was kept and all of it fits.
    pub(crate) fn take_body(&mut self) -> Option<Vec<u8>> {
        self.body.take()
    }

    /// The next bytes of the body.
    pub fn read(&mut self, bytes: &[u8]) {
        match &mut self.form {
            Form::Unread => {}
            Form::Events(events) => events.read(bytes, &mut self.found),
            Form::Json(json) => json.read(bytes),
        }
        if let Some(body) = &mut self.body {
            if body.len() + bytes.len() > CACHED_RESPONSE_BYTES_MAX {
                self.body = None;
            } else {
                body.extend_from_slice(bytes);
            }
        }
    }

    /// The body has ended, or broken off.
    pub(crate) fn finish(mut self) -> Found {
        match self.form {
            Form::Unread => {}
            // A last line without its end is an event all the same.
            Form::Events(mut events) => events.end_line(&mut self.found),
            Form::Json(json) => json.finish(&mut self.found),
        }
        self.found
    }
}

impl Found {
    /// What a body that is in hand says.
    pub(crate) fn of_body(body: &[u8], is_events: bool) -> Found {
        let mut meter = if is_events { Meter::events() } else { Meter::json() };
        meter.read(body);
        meter.finish()
    }

    fn add(&mut self, value: &Value) {
        if let Some(usage) = Usage::of_answer(value) {
            match &mut self.usage {
                Some(known) => known.renew(usage),
                None => self.usage = Some(usage),
            }
        }
        answer::texts(value, &mut |index, text| {
            if index >= CHOICES_MAX || self.kept_bytes + text.len() > KEPT_TEXT_BYTES_MAX {
                self.others = self.others.saturating_add((text.len() as u64).div_ceil(BYTES_PER_TOKEN));
                return;
            }
            if self.texts.len() <= index {
                self.texts.resize(index + 1, String::new());
            }
            if let Some(kept) = self.texts.get_mut(index) {
                kept.push_str(text);
                self.kept_bytes += text.len();
            }
        });
    }
}

/// Server-sent events: the lines `data: {…}`.
#[derive(Debug, Default)]
struct Events {
    line: Vec<u8>,
    /// The line is too long; the rest of it is not read.
    is_skipping: bool,
}

impl Events {
    fn read(&mut self, mut bytes: &[u8], found: &mut Found) {
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            self.keep(line);
            self.end_line(found);
            bytes = rest.get(1..).unwrap_or_default();
        }
        self.keep(bytes);
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.is_skipping || self.line.len() + bytes.len() > LINE_BYTES_MAX {
            self.is_skipping = true;
            self.line.clear();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }

    fn end_line(&mut self, found: &mut Found) {
        if !std::mem::take(&mut self.is_skipping)
            && let Some(data) = self.line.strip_prefix(b"data:")
            // `[DONE]` and whatever else is no JSON says nothing.
            && let Ok(value) = serde_json::from_slice::<Value>(data)
        {
            found.add(&value);
        }
        self.line.clear();
    }
}

/// One JSON document: the member `usage` of its outermost object is picked out wherever it stands. The document is kept as long as it is short,
/// in case it has none.
#[derive(Debug, Default)]
struct Json {
    scan: Scan,
    kept: Option<Vec<u8>>,
    is_long: bool,
}

impl Json {
    fn read(&mut self, bytes: &[u8]) {
        self.scan.read(bytes);
        let kept = self.kept.get_or_insert_default();
        if self.is_long || kept.len() + bytes.len() > KEPT_TEXT_BYTES_MAX {
            self.is_long = true;
            *kept = Vec::new();
        } else {
            kept.extend_from_slice(bytes);
        }
    }

    fn finish(self, found: &mut Found) {
        let usage = serde_json::from_slice::<Value>(&self.scan.usage).ok();
        if let Some(usage) = usage.as_ref().and_then(Usage::read) {
            found.usage = Some(usage);
        } else if let Some(kept) = self.kept
            && let Ok(value) = serde_json::from_slice::<Value>(&kept)
        {
            found.add(&value);
        }
    }
}

/// Where in a document a byte stands, as far as it takes to find the object `usage`.
#[derive(Debug, Default)]
struct Scan {
    depth: u32,
    in_string: bool,
    is_escaped: bool,
    /// The string read last at the outermost level, cut.
    string: Vec<u8>,
    /// The value that comes is that of the key `usage`.
    is_usage: bool,
    /// Inside of it.
    in_usage: bool,
    usage: Vec<u8>,
}

/// Names of the member; as many bytes of a key are enough.
const KEYS: [&[u8]; 2] = [b"usage", b"usageMetadata"];
const KEY_BYTES_MAX: usize = 14;

impl Scan {
    fn read(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.in_usage && self.usage.len() < USAGE_BYTES_MAX {
                self.usage.push(*byte);
            }
            if self.in_string {
                self.within_string(*byte);
            } else {
                self.outside(*byte);
            }
        }
    }

    fn within_string(&mut self, byte: u8) {
        match byte {
            _ if self.is_escaped => self.is_escaped = false,
            b'\\' => self.is_escaped = true,
            b'"' => self.in_string = false,
            _ if self.depth == 1 && self.string.len() < KEY_BYTES_MAX => self.string.push(byte),
            _ => {}
        }
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'"' => {
                self.in_string = true;
                self.string.clear();
            }
            b':' if self.depth == 1 => self.is_usage = KEYS.contains(&self.string.as_slice()),
            b',' if self.depth == 1 => self.is_usage = false,
            b'{' | b'[' => {
                if self.depth == 1 && self.is_usage && byte == b'{' {
                    self.in_usage = true;
                    self.usage.clear();
                    self.usage.push(byte);
                }
                self.depth = self.depth.saturating_add(1);
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 1 {
                    self.in_usage = false;
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads in pieces of every size that there is, which must all give the same.
    fn read(make: fn() -> Meter, body: &str) -> Found {
        let whole = |size: usize| {
            let mut meter = make();
            body.as_bytes().chunks(size).for_each(|piece| meter.read(piece));
            meter.finish()
        };
        let found = whole(body.len().max(1));
        for size in [1, 2, 3, 7, 16] {
            assert_eq!(whole(size), found, "in pieces of {size}: {body}");
        }
        found
    }

    fn texts(found: &Found) -> Vec<&str> {
        found.texts.iter().map(String::as_str).collect()
    }

    #[test]
    fn words_and_usage_of_an_event_stream_are_found() {
        let stream = "data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n\
                      data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"tiktoken\"}}]}\n\n\
                      data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\" is great!\"}}]}\n\n";
        let found = read(Meter::events, &format!("{stream}data: [DONE]\n\n"));
        assert_eq!((texts(&found), found.usage), (vec!["tiktoken is great!"], None));
        // With `include_usage` the last event before the end has no choices, and all others have no usage.
        let usage =
            "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":6,\"total_tokens\":15}}\n\n";
        let found = read(Meter::events, &format!("{stream}{usage}data: [DONE]\n\n"));
        assert_eq!(found.usage, Some(Usage::counted(9, 6)));
    }

    #[test]
    fn streams_of_other_apis_and_line_ends_are_read() {
        let responses = "event: response.output_text.delta\r\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\r\n\r\n\
                         event: response.completed\r\ndata: {\"type\":\"response.completed\",\"response\":{\"usage\":{\"input_tokens\":37,\"output_tokens\":11,\"total_tokens\":48}}}\r\n\r\n";
        let found = read(Meter::events, responses);
        assert_eq!((texts(&found), found.usage), (vec!["Hi"], Some(Usage::counted(37, 11))));
        let anthropic = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":25,\"output_tokens\":1}}}\n\n\
                         data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}}\n\n\
                         data: {\"type\":\"message_delta\",\"delta\":{},\"usage\":{\"output_tokens\":15}}\n\n";
        let found = read(Meter::events, anthropic);
        assert_eq!((texts(&found), found.usage), (vec!["Hello"], Some(Usage::counted(25, 15))));
    }

    #[test]
    fn a_stream_that_breaks_off_or_makes_no_sense_gives_what_there_was() {
        for (stream, expected) in [
            ("", vec![]),
            ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", vec!["a"]),
            ("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\ndata: {\"choi", vec!["a"]),
            ("data:{\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n", vec!["a"]),
            (": comment\n\nretry: 3\n\ndata: nothing\n\n", vec![]),
            ("data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"b\"}}]}\n", vec!["", "b"]),
        ] {
            assert_eq!(texts(&read(Meter::events, stream)), expected, "{stream}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_rest_is_estimated() {
        let mut meter = Meter::events();
        let piece = "x".repeat(1000);
        for _ in 0..3 * KEPT_TEXT_BYTES_MAX / 1000 {
            meter.read(format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{piece}\"}}}}]}}\n\n").as_bytes());
        }
        let found = meter.finish();
        let kept = found.texts[0].len();
        assert!(kept <= KEPT_TEXT_BYTES_MAX && kept > KEPT_TEXT_BYTES_MAX / 2);
        let all = (3 * KEPT_TEXT_BYTES_MAX / 1000 * 1000) as u64;
        assert_eq!(found.others, (all - kept as u64) / BYTES_PER_TOKEN);
        // A line that is too long is left out, the next one is read.
        let mut meter = Meter::events();
        meter.read(b"data: \"");
        (0..LINE_BYTES_MAX / 500).for_each(|_| meter.read(piece.as_bytes()));
        meter.read(b"\"\ndata: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n");
        assert_eq!(texts(&meter.finish()), ["a"]);
    }

    #[test]
    fn a_body_is_kept_when_it_is_wanted_and_no_longer_than_what_a_cache_keeps() {
        for (size, is_kept) in [(CACHED_RESPONSE_BYTES_MAX, true), (CACHED_RESPONSE_BYTES_MAX + 1, false)] {
            let body = vec![b'x'; size];
            let mut meter = Meter::default().keeping_body();
            body.chunks(1000).for_each(|piece| meter.read(piece));
            assert_eq!(meter.take_body(), is_kept.then_some(body), "{size}");
            assert_eq!(meter.finish(), Found::default());
        }
        let mut meter = Meter::events();
        meter.read(b"data: 1\n\n");
        assert_eq!(meter.take_body(), None);
    }

    #[test]
    fn usage_of_a_document_is_found_wherever_it_stands() {
        for body in [
            r#"{"choices":[{"message":{"content":"Hi"}}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
            r#"{ "usage" : { "prompt_tokens" : 1, "completion_tokens_details": {"a": 0}, "completion_tokens":2, "total_tokens":3 } , "choices":[] }"#,
            r#"{"data":[{"usage":{"prompt_tokens":7}},"\"usage\":{"],"x":"usage","usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}"#,
            r#"{"e\\":"\\\"","usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2,"totalTokenCount":3}}"#,
        ] {
            let usage = read(Meter::json, body).usage;
            assert_eq!(usage.map(|usage| (usage.prompt, usage.completion, usage.total)), Some((1, 2, 3)), "{body}");
        }
        for body in [
            "",
            "{",
            "[1]",
            "nonsense",
            r#"{"usage":7}"#,
            r#"{"usage":null}"#,
            r#"{"a":{"usage":{"prompt_tokens":1}}}"#,
        ] {
            assert_eq!(read(Meter::json, body).usage, None, "{body}");
        }
        let without = read(Meter::json, r#"{"choices":[{"message":{"content":"tiktoken is great!"}}]}"#);
        assert_eq!(texts(&without), ["tiktoken is great!"]);
    }

    #[test]
    fn a_long_document_is_not_kept_and_its_usage_is_found() {
        let mut meter = Meter::json();
        meter.read(b"{\"data\":[");
        (0..2 * KEPT_TEXT_BYTES_MAX / 8).for_each(|_| meter.read(b"0.12345,"));
        meter.read(b"0],\"usage\":{\"prompt_tokens\":8,\"total_tokens\":8}}");
        let Form::Json(json) = &meter.form else { panic!("not JSON") };
        assert_eq!(json.kept.as_ref().map(Vec::capacity), Some(0));
        assert_eq!(meter.finish().usage, Some(Usage::counted(8, 0)));
    }
}
