//! What Azure AI Content Safety is asked, and what its answers mean.

use serde_json::{Value, json};

use crate::effect::{HttpRequest, HttpResponse, SendFailure};
use crate::exchange::{Exchange, Side};
use crate::limits::SAFETY_WINDOWS_MAX;
use crate::llm::meter::Found;
use crate::llm::{LlmRequest, is_event_stream};
use crate::policies::reading::Read;

/// Longest wait for one answer of the service.
const TIMEOUT_MS: u64 = 30_000;
const API_VERSION: &str = "2024-09-01";

/// What a text is checked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SafetyCheck {
    pub(super) backend: Box<str>,
    pub(super) shield_prompt: bool,
    pub(super) output_type: Box<str>,
    /// Names, and the least severity that is blocked.
    pub(super) categories: Vec<(Box<str>, u64)>,
    pub(super) blocklists: Vec<Box<str>>,
    /// In characters.
    pub(super) window: Option<u64>,
    pub(super) overlap: u64,
}

/// One question about one window of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    Shield(String),
    Analyze(String),
}

/// What an answer means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Harmless,
    Harmful,
    /// The service did not say; why.
    Unknown(String),
}

/// Everything that is said on a side. The error: it cannot be checked.
pub(super) type Said = Result<String, String>;

/// How that is read; `None`: nothing is said. The error: it cannot be read.
pub(super) fn reader(exchange: &dyn Exchange, side: Side) -> Result<Option<Read<Said>>, String> {
    let is_empty = exchange.content(side).is_none_or(<[u8]>::is_empty);
    if is_empty || (side == Side::Response && exchange.status() >= 400) {
        return Ok(None);
    }
    if exchange.is_coded(side) {
        return Err("a compressed body cannot be checked".to_owned());
    }
    Ok(Some(match side {
        Side::Request => of_request,
        Side::Response if is_event_stream(exchange) => |path, body| of_answer(path, body, true),
        Side::Response => |path, body| of_answer(path, body, false),
    }))
}

fn of_request(path: &[u8], body: &[u8]) -> Said {
    let request = LlmRequest::read(path, body);
    // What is no JSON is checked as it is.
    Ok(request.map_or_else(|| String::from_utf8_lossy(body).into_owned(), |request| request.text()))
}

fn of_answer(path: &[u8], body: &[u8], is_events: bool) -> Said {
    let found = Found::of_body(body, is_events);
    if found.others > 0 {
        return Err("the answer is too long to be checked".to_owned());
    }
    let texts: Vec<String> = found.texts.into_iter().filter(|text| !text.is_empty()).collect();
    if texts.is_empty() { of_request(path, body) } else { Ok(texts.join("\n")) }
}

impl SafetyCheck {
    /// What is asked about a text. The error: there would be too much to ask.
    pub(super) fn questions(&self, text: &str, side: Side) -> Result<Vec<Question>, String> {
        let mut questions = Vec::new();
        for window in windows(text, self.window, self.overlap)? {
            if self.shield_prompt && side == Side::Request {
                questions.push(Question::Shield(window.to_owned()));
            }
            if !self.categories.is_empty() || !self.blocklists.is_empty() {
                questions.push(Question::Analyze(window.to_owned()));
            }
        }
        Ok(questions)
    }

    /// The question as a request to the service.
    pub(super) fn request(&self, question: &Question) -> HttpRequest {
        let (operation, body) = match question {
            Question::Shield(text) => ("shieldPrompt", json!({ "userPrompt": text, "documents": [] })),
            Question::Analyze(text) => {
                let mut body = json!({ "text": text, "outputType": self.output_type });
                if !self.categories.is_empty() {
                    body["categories"] = self.categories.iter().map(|(name, _)| Value::from(&**name)).collect();
                }
                if !self.blocklists.is_empty() {
                    body["blocklistNames"] = self.blocklists.iter().map(|name| Value::from(&**name)).collect();
                    body["haltOnBlocklistHit"] = Value::Bool(false);
                }
                ("analyze", body)
            }
        };
        HttpRequest {
            method: "POST".into(),
            url: format!("contentsafety/text:{operation}?api-version={API_VERSION}").into(),
            backend: Some(self.backend.clone()),
            headers: vec![("Content-Type".into(), b"application/json".to_vec())],
            body: Some(body.to_string().into_bytes()),
            timeout_ms: TIMEOUT_MS,
            ..HttpRequest::default()
        }
    }

    /// What an answer means.
    pub(super) fn verdict(&self, question: &Question, answer: Result<Box<HttpResponse>, SendFailure>) -> Verdict {
        let response = match answer {
            Ok(response) => response,
            Err(failure) if failure.timed_out => return Verdict::Unknown(failure.message.into()),
            // A backend that is not there is one that is configured wrongly.
            Err(_) => return Verdict::Harmful,
        };
        match response.status {
            200 => {}
            401 | 403 | 404 => return Verdict::Harmful,
            status => return Verdict::Unknown(format!("the content safety service answered with status {status}")),
        }
        let answer = serde_json::from_slice::<Value>(&response.body).ok();
        let is_harmful = answer.and_then(|answer| match question {
            Question::Shield(_) => was_attack(&answer),
            Question::Analyze(_) => self.is_harmful(&answer),
        });
        match is_harmful {
            Some(true) => Verdict::Harmful,
            Some(false) => Verdict::Harmless,
            None => Verdict::Unknown("the content safety service's answer makes no sense".to_owned()),
        }
    }

    /// `None`: the answer is none to the question.
    fn is_harmful(&self, answer: &Value) -> Option<bool> {
        if let Some(matches) = answer.get("blocklistsMatch").and_then(Value::as_array)
            && !matches.is_empty()
            && !self.blocklists.is_empty()
        {
            return Some(true);
        }
        if self.categories.is_empty() {
            return answer.is_object().then_some(false);
        }
        let analysis = answer.get("categoriesAnalysis")?.as_array()?;
        for (name, threshold) in &self.categories {
            let of_category = |entry: &&Value| entry.get("category").and_then(Value::as_str) == Some(&**name);
            // A category that was asked for and not answered is not known to be harmless.
            let severity = analysis.iter().find(of_category)?.get("severity")?.as_u64()?;
            if severity >= *threshold {
                return Some(true);
            }
        }
        Some(false)
    }
}

fn was_attack(answer: &Value) -> Option<bool> {
    let is_detected = |analysis: &Value| analysis.get("attackDetected")?.as_bool();
    let of_prompt = is_detected(answer.get("userPromptAnalysis")?)?;
    let documents = answer.get("documentsAnalysis").and_then(Value::as_array);
    let of_documents = documents.is_some_and(|all| all.iter().any(|one| is_detected(one) == Some(true)));
    Some(of_prompt || of_documents)
}

/// The text in windows of so many characters.
fn windows(text: &str, size: Option<u64>, overlap: u64) -> Result<Vec<&str>, String> {
    let Some(size) = size.and_then(|size| usize::try_from(size).ok()) else { return Ok(vec![text]) };
    let overlap = usize::try_from(overlap).unwrap_or(usize::MAX);
    let Some(step) = size.checked_sub(overlap).filter(|step| *step > 0) else {
        return Err(format!("window-overlap-size must be less than window-size: {overlap}, {size}"));
    };
    // Where each character begins, and the end.
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
    let length = starts.len() - 1;
    let mut windows = Vec::new();
    let mut from = 0_usize;
    loop {
        if windows.len() == SAFETY_WINDOWS_MAX {
            return Err(format!("the text has more than {SAFETY_WINDOWS_MAX} windows"));
        }
        let to = from.saturating_add(size).min(length);
        let range = starts.get(from).copied().unwrap_or(0)..starts.get(to).copied().unwrap_or(text.len());
        windows.push(text.get(range).unwrap_or_default());
        if to == length {
            return Ok(windows);
        }
        from += step;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_and_cover_everything() {
        for (text, size, overlap, expected) in [
            ("abcdef", None, 0, &["abcdef"][..]),
            ("abcdef", Some(10), 0, &["abcdef"]),
            ("abcdef", Some(6), 5, &["abcdef"]),
            ("abcdef", Some(3), 0, &["abc", "def"]),
            ("abcdefg", Some(3), 0, &["abc", "def", "g"]),
            ("abcdef", Some(4), 2, &["abcd", "cdef"]),
            ("abcdef", Some(4), 1, &["abcd", "def"]),
            ("äöü€", Some(2), 0, &["äö", "ü€"]),
        ] {
            assert_eq!(windows(text, size, overlap).unwrap(), expected, "{text} {size:?} {overlap}");
        }
        assert!(windows("abc", Some(2), 2).is_err());
        assert!(windows("abc", Some(2), u64::MAX).is_err());
        assert!(windows(&"a".repeat(1000), Some(2), 1).is_err());
    }
}
