//! A request to a language model: what it asks, in which words, and how many tokens they are.

use serde_json::{Map, Value};

use crate::effect::{Encoding, TokenTexts};

/// What an image counts for, which nobody but the model can tell (APIM: 1200 at most).
const IMAGE_TOKENS: u64 = 1200;
/// What frames a message of a chat, and what the answer begins with (OpenAI's published way of counting).
const MESSAGE_TOKENS: u64 = 3;
const NAME_TOKENS: u64 = 1;
const ANSWER_TOKENS: u64 = 3;

/// Which API is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `messages`, or anything like it: a dialog.
    Chat,
    /// `prompt`.
    Completion,
    /// `input` that becomes vectors.
    Embeddings,
    /// `input` of the Responses API.
    Responses,
    /// None that is known.
    Unknown,
}

/// A message of a dialog.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Message {
    pub(crate) role: String,
    pub(crate) name: Option<String>,
    /// All text of it.
    pub(crate) text: String,
    images: u64,
}

impl Message {
    /// Instructions of the one who runs the application.
    pub(crate) fn is_system(&self) -> bool {
        matches!(self.role.as_str(), "system" | "developer")
    }
}

/// A request, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LlmRequest {
    pub(crate) kind: Kind,
    /// Name of the model or of Azure's deployment of it; empty when it is not said.
    pub(crate) model: String,
    /// The answer is to come as events.
    pub(crate) is_stream: bool,
    /// The dialog; other kinds have their texts as messages of the user.
    pub(crate) messages: Vec<Message>,
    /// Functions that the model may call: they are part of the prompt.
    tools: Option<String>,
    /// Text that came as tokens.
    given_tokens: u64,
}

/// What is counted of a request.
#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) kind: Kind,
    pub(crate) model: String,
    pub(crate) is_stream: bool,
    /// The texts to count.
    pub(crate) texts: TokenTexts,
    /// Tokens that are no text.
    pub(crate) other_tokens: u64,
}

impl LlmRequest {
    /// Reads a body sent to `path`. `None`: it is no JSON object.
    pub(crate) fn read(path: &[u8], body: &[u8]) -> Option<LlmRequest> {
        let Ok(Value::Object(body)) = serde_json::from_slice::<Value>(body) else { return None };
        let path = String::from_utf8_lossy(path).to_ascii_lowercase();
        let mut request = LlmRequest {
            kind: kind(&path, &body),
            model: model(&path, &body),
            is_stream: body.get("stream") == Some(&Value::Bool(true)) || path.contains(":streamgeneratecontent"),
            messages: Vec::new(),
            tools: ["tools", "functions"].iter().find_map(|name| body.get(*name)).map(Value::to_string),
            given_tokens: 0,
        };
        for name in ["system", "instructions", "systemInstruction", "system_instruction"] {
            request.add_message("system", body.get(name));
        }
        match request.kind {
            Kind::Chat => {
                let dialog = body.get("messages").or_else(|| body.get("contents"));
                for message in dialog.and_then(Value::as_array).into_iter().flatten() {
                    request.add(message);
                }
            }
            Kind::Completion => request.add_input(body.get("prompt")),
            Kind::Embeddings | Kind::Responses => request.add_input(body.get("input")),
            Kind::Unknown => {
                let mut text = String::new();
                all_text(&Value::Object(body), &mut text, 0);
                request.messages.push(Message { role: "user".to_owned(), text, ..Message::default() });
            }
        }
        Some(request)
    }

    fn add_message(&mut self, role: &str, content: Option<&Value>) {
        let Some(content) = content else { return };
        let mut message = Message { role: role.to_owned(), ..Message::default() };
        gather(content, &mut message, 0);
        if !message.text.is_empty() || message.images > 0 {
            self.messages.push(message);
        }
    }

    /// One entry of a dialog.
    fn add(&mut self, entry: &Value) {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let mut message = Message { role: text("role").unwrap_or_default(), name: text("name"), ..Message::default() };
        gather(entry, &mut message, 0);
        self.messages.push(message);
    }

    /// A text, several, tokens, or a dialog.
    fn add_input(&mut self, input: Option<&Value>) {
        match input {
            Some(Value::Array(parts)) => {
                for part in parts {
                    match part {
                        Value::Number(_) => self.given_tokens += 1,
                        Value::Array(tokens) => self.given_tokens += tokens.len() as u64,
                        Value::Object(_) => self.add(part),
                        _ => self.add_message("user", Some(part)),
                    }
                }
            }
            input => self.add_message("user", input),
        }
    }

    /// The vocabulary of its model.
    pub(crate) fn encoding(&self) -> Encoding {
        encoding(&self.model)
    }

    /// What is counted of it.
    pub(crate) fn into_prompt(self) -> Prompt {
        let is_dialog = matches!(self.kind, Kind::Chat | Kind::Responses);
        let encoding = self.encoding();
        let mut texts = Vec::with_capacity(self.messages.len() * 2);
        let mut other_tokens = self.given_tokens;
        for message in self.messages {
            texts.push(message.text);
            other_tokens += message.images * IMAGE_TOKENS;
            if is_dialog {
                texts.push(message.role);
                other_tokens += MESSAGE_TOKENS;
            }
            if let Some(name) = message.name.filter(|_| is_dialog) {
                texts.push(name);
                other_tokens += NAME_TOKENS;
            }
        }
        if is_dialog {
            other_tokens += ANSWER_TOKENS;
        }
        texts.extend(self.tools);
        texts.retain(|text| !text.is_empty());
        let texts = TokenTexts { encoding, texts };
        Prompt { kind: self.kind, model: self.model, is_stream: self.is_stream, texts, other_tokens }
    }

    /// Everything that is said in it, line by line.
    pub(crate) fn text(&self) -> String {
        let texts: Vec<&str> = self.messages.iter().map(|message| message.text.as_str()).collect();
        texts.iter().filter(|text| !text.is_empty()).copied().collect::<Vec<_>>().join("\n")
    }
}

/// The vocabulary of a model. What is not known is likely to be new.
pub(crate) fn encoding(model: &str) -> Encoding {
    let model = model.to_ascii_lowercase();
    let model = model.rsplit('/').next().unwrap_or_default();
    let model = model.strip_prefix("ft:").unwrap_or(model);
    let is_old = ["gpt-3", "gpt-4-", "gpt-35", "text-", "davinci", "babbage"].iter().any(|old| model.starts_with(old));
    if is_old || model == "gpt-4" { Encoding::Cl100k } else { Encoding::O200k }
}

fn kind(path: &str, body: &Map<String, Value>) -> Kind {
    let path = path.trim_end_matches('/');
    let is_list_of_texts =
        || body.get("input").and_then(Value::as_array).is_some_and(|list| !list.iter().any(Value::is_object));
    if body.get("messages").is_some_and(Value::is_array) || body.get("contents").is_some_and(Value::is_array) {
        Kind::Chat
    } else if body.contains_key("prompt") {
        Kind::Completion
    } else if !body.contains_key("input") {
        Kind::Unknown
    } else if path.ends_with("/embeddings") || (!path.ends_with("/responses") && is_list_of_texts()) {
        Kind::Embeddings
    } else {
        Kind::Responses
    }
}

/// Azure has the deployment in the path, Google the model; elsewhere it is in the body.
fn model(path: &str, body: &Map<String, Value>) -> String {
    let behind = |name: &str| {
        let (_, rest) = path.split_once(name)?;
        rest.split(['/', ':']).next().filter(|model| !model.is_empty())
    };
    let named = body.get("model").and_then(Value::as_str);
    named.or_else(|| behind("/deployments/")).or_else(|| behind("/models/")).unwrap_or_default().to_owned()
}

/// Deepest nesting of contents within contents: tool results hold parts, which hold texts.
const CONTENT_DEPTH_MAX: u32 = 8;

/// Adds the texts of a content: a text, a part, or a list of them.
fn gather(content: &Value, message: &mut Message, depth: u32) {
    match content {
        Value::String(text) => add_line(&mut message.text, text),
        Value::Array(parts) if depth < CONTENT_DEPTH_MAX => {
            parts.iter().for_each(|part| gather(part, message, depth + 1));
        }
        Value::Object(part) if depth < CONTENT_DEPTH_MAX => {
            let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
            message.images += u64::from(kind.contains("image") || part.contains_key("inlineData"));
            // What a message consists of at all the APIs; each part has one of them.
            for name in
                ["content", "text", "parts", "refusal", "output", "arguments", "function", "tool_calls", "thinking"]
            {
                if let Some(inner) = part.get(name) {
                    gather(inner, message, depth + 1);
                }
            }
            if depth > 0
                && let Some(name) = part.get("name").and_then(Value::as_str)
            {
                add_line(&mut message.text, name);
            }
        }
        _ => {}
    }
}

fn add_line(text: &mut String, line: &str) {
    if !text.is_empty() && !line.is_empty() {
        text.push('\n');
    }
    text.push_str(line);
}

/// Deepest nesting of an unknown body that is looked into; the reader's own limit is 128.
const UNKNOWN_DEPTH_MAX: u32 = 128;

/// Every string of a body of unknown shape (MCP and A2A among them), so that nothing escapes a check.
fn all_text(value: &Value, text: &mut String, depth: u32) {
    match value {
        Value::String(line) => add_line(text, line),
        Value::Array(values) if depth < UNKNOWN_DEPTH_MAX => {
            values.iter().for_each(|value| all_text(value, text, depth + 1));
        }
        Value::Object(members) if depth < UNKNOWN_DEPTH_MAX => {
            members.values().for_each(|value| all_text(value, text, depth + 1));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
