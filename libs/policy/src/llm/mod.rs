//! What the policies for language models know of their APIs: OpenAI's Chat Completions, Completions, Embeddings and Responses (at OpenAI's own
//! paths and at Azure's), Anthropic's Messages and Google's `generateContent`.
//!
//! What must hold: a message of any other shape is read as far as it goes and never an error; nothing here keeps more of a streamed answer
//! than [`limits`](crate::limits) allow.

pub(crate) mod account;
pub(crate) mod answer;
pub(crate) mod meter;
pub(crate) mod period;
pub(crate) mod request;
#[cfg(test)]
mod tests;
pub(crate) mod usage;

pub(crate) use account::LlmState;
pub(crate) use request::LlmRequest;

use crate::exchange::{Exchange, Side};

/// Whether the response is a stream of events, so that the model's answer comes in pieces.
pub(crate) fn is_event_stream(exchange: &dyn Exchange) -> bool {
    let content_type = exchange.header(Side::Response, "Content-Type").unwrap_or_default();
    content_type.get(..17).is_some_and(|start| start.eq_ignore_ascii_case(b"text/event-stream"))
}
