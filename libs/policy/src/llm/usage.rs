//! How many tokens an answer says it took.

use serde_json::Value;

/// Tokens of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    pub(crate) prompt: u64,
    pub(crate) completion: u64,
    pub(crate) total: u64,
    pub(crate) details: Details,
}

/// Parts of them, as far as they are said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Details {
    pub(crate) cached: Option<u64>,
    pub(crate) prompt_audio: Option<u64>,
    pub(crate) completion_audio: Option<u64>,
    pub(crate) reasoning: Option<u64>,
    pub(crate) accepted_prediction: Option<u64>,
    pub(crate) rejected_prediction: Option<u64>,
}

impl Usage {
    /// A prompt and a completion that were counted here.
    pub(crate) fn counted(prompt: u64, completion: u64) -> Usage {
        Usage { prompt, completion, total: prompt.saturating_add(completion), details: Details::default() }
    }

    /// Reads a `usage` object (Google: `usageMetadata`). `None`: it says nothing.
    pub(crate) fn read(usage: &Value) -> Option<Usage> {
        let number = |names: &[&str]| names.iter().find_map(|name| usage.get(*name)?.as_u64());
        let prompt = number(&["prompt_tokens", "input_tokens", "promptTokenCount"]);
        let completion = number(&["completion_tokens", "output_tokens", "candidatesTokenCount"]);
        let total = number(&["total_tokens", "totalTokenCount"]);
        if prompt.is_none() && completion.is_none() && total.is_none() {
            return None;
        }
        let (prompt, completion) = (prompt.unwrap_or(0), completion.unwrap_or(0));
        let detail = |of: &[&str], name: &str| of.iter().find_map(|of| usage.get(*of)?.get(name)?.as_u64());
        let prompts = ["prompt_tokens_details", "input_tokens_details"];
        let completions = ["completion_tokens_details", "output_tokens_details"];
        Some(Usage {
            prompt,
            completion,
            total: total.unwrap_or_else(|| prompt.saturating_add(completion)),
            details: Details {
                cached: detail(&prompts, "cached_tokens"),
                prompt_audio: detail(&prompts, "audio_tokens"),
                completion_audio: detail(&completions, "audio_tokens"),
                reasoning: detail(&completions, "reasoning_tokens"),
                accepted_prediction: detail(&completions, "accepted_prediction_tokens"),
                rejected_prediction: detail(&completions, "rejected_prediction_tokens"),
            },
        })
    }

    /// That of an answer or of one event of it, wherever its API has it.
    pub(crate) fn of_answer(answer: &Value) -> Option<Usage> {
        let places = [
            answer.get("usage"),
            answer.get("usageMetadata"),
            answer.get("response").and_then(|response| response.get("usage")),
            answer.get("message").and_then(|message| message.get("usage")),
        ];
        places.into_iter().flatten().find_map(Usage::read)
    }

    /// Takes in what a later event says: events may say the prompt first and the completion last.
    pub(crate) fn renew(&mut self, later: Usage) {
        let total = later.total;
        *self = Usage {
            prompt: if later.prompt == 0 { self.prompt } else { later.prompt },
            completion: later.completion,
            total,
            details: later.details,
        };
        self.total = total.max(self.prompt.saturating_add(self.completion));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Usage> {
        Usage::of_answer(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn usage_is_found_in_answers_of_every_api() {
        let of = |prompt, completion, total| Some(Usage { prompt, completion, total, details: Details::default() });
        for (answer, expected) in [
            (r#"{"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21}}"#, of(9, 12, 21)),
            (r#"{"usage":{"prompt_tokens":8,"total_tokens":8}}"#, of(8, 0, 8)),
            (r#"{"usage":{"input_tokens":36,"output_tokens":87,"total_tokens":123}}"#, of(36, 87, 123)),
            (r#"{"usage":{"input_tokens":10,"output_tokens":5}}"#, of(10, 5, 15)),
            (
                r#"{"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}}}"#,
                of(1, 2, 3),
            ),
            (r#"{"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}"#, of(25, 1, 26)),
            (r#"{"usageMetadata":{"promptTokenCount":4,"candidatesTokenCount":6,"totalTokenCount":10}}"#, of(4, 6, 10)),
            (r#"{"usage":null}"#, None),
            (r#"{"usage":{}}"#, None),
            (r#"{"usage":{"prompt_tokens":-1}}"#, None),
            ("{}", None),
            ("[]", None),
        ] {
            assert_eq!(read(answer), expected, "{answer}");
        }
    }

    #[test]
    fn details_are_read() {
        let usage = read(
            r#"{"usage":{"prompt_tokens":9,"completion_tokens":12,"total_tokens":21,
                "prompt_tokens_details":{"cached_tokens":1,"audio_tokens":2},
                "completion_tokens_details":{"reasoning_tokens":3,"audio_tokens":4,"accepted_prediction_tokens":5,"rejected_prediction_tokens":6}}}"#,
        );
        let details = Details {
            cached: Some(1),
            prompt_audio: Some(2),
            completion_audio: Some(4),
            reasoning: Some(3),
            accepted_prediction: Some(5),
            rejected_prediction: Some(6),
        };
        assert_eq!(usage.map(|usage| usage.details), Some(details));
    }

    #[test]
    fn later_events_complete_what_earlier_ones_said() {
        let mut usage = Usage::counted(25, 1);
        usage.renew(Usage::counted(0, 15));
        assert_eq!(usage, Usage::counted(25, 15));
        usage.renew(Usage::counted(30, 20));
        assert_eq!(usage, Usage::counted(30, 20));
    }
}
