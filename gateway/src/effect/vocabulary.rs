//! Counting tokens as the models do (docs/decisions/0006).
//!
//! What must hold: no worker loads a vocabulary (a tenth of a second, tens of megabytes) or counts a long text; a vocabulary is loaded once, when
//! it is first needed, and shared. When there is more to count than the threads can, or counting fails, tokens are estimated.

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use postern_policy::{Encoding, Job, Offload, TokenTexts};

use super::offload::{Offloads, Threads};

/// Texts up to this are counted at once when their vocabulary is loaded: that takes about as long as asking a thread.
const AT_ONCE_BYTES_MAX: usize = 2048;
/// About how many bytes a token has.
const BYTES_PER_TOKEN: usize = 4;

/// Which vocabularies are in memory.
static CL100K: AtomicBool = AtomicBool::new(false);
static O200K: AtomicBool = AtomicBool::new(false);

fn is_loaded(encoding: Encoding) -> &'static AtomicBool {
    match encoding {
        Encoding::Cl100k => &CL100K,
        Encoding::O200k => &O200K,
    }
}

/// How many tokens the texts have.
pub(crate) async fn tokens(offloads: &Offloads, threads: &Threads, texts: TokenTexts) -> u64 {
    if bytes(&texts) <= AT_ONCE_BYTES_MAX && is_loaded(texts.encoding).load(Ordering::Acquire) {
        // A text that breaks the tokeniser must not take the connection with it.
        return catch_unwind(|| count(&texts)).unwrap_or_else(|_| estimate(&texts));
    }
    let counting = Arc::new(Counting { texts, tokens: OnceLock::new() });
    if offloads.run(threads, Offload::new(Arc::clone(&counting) as Arc<dyn Job>)).await.is_err() {
        tracing::warn!("more texts wait than can be counted: tokens are estimated");
    }
    counting.tokens.get().copied().unwrap_or_else(|| estimate(&counting.texts))
}

#[derive(Debug)]
struct Counting {
    texts: TokenTexts,
    tokens: OnceLock<u64>,
}

impl Job for Counting {
    fn run(&self) {
        self.tokens.get_or_init(|| count(&self.texts));
    }

    fn bytes(&self) -> usize {
        bytes(&self.texts)
    }
}

/// Counts here and now. Loads the vocabulary if it is not loaded.
fn count(texts: &TokenTexts) -> u64 {
    let tokenizer = match texts.encoding {
        Encoding::Cl100k => bpe_openai::cl100k_base(),
        Encoding::O200k => bpe_openai::o200k_base(),
    };
    is_loaded(texts.encoding).store(true, Ordering::Release);
    texts.texts.iter().map(|text| tokenizer.count(text.as_str()) as u64).sum()
}

fn bytes(texts: &TokenTexts) -> usize {
    texts.texts.iter().map(String::len).sum()
}

fn estimate(texts: &TokenTexts) -> u64 {
    bytes(texts).div_ceil(BYTES_PER_TOKEN) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(encoding: Encoding, all: &[&str]) -> TokenTexts {
        TokenTexts { encoding, texts: all.iter().map(|text| (*text).to_owned()).collect() }
    }

    #[test]
    fn tokens_are_those_that_openai_publishes() {
        // "How to count tokens with tiktoken" of the OpenAI Cookbook: "tiktoken is great!", "antidisestablishmentarianism" (r50k 5, cl100k 6,
        // o200k 6), "2 + 2 = 4" (cl100k 7, o200k 7), "お誕生日おめでとう" (cl100k 9, o200k 8).
        for (text, cl100k, o200k) in [
            ("tiktoken is great!", 6, 6),
            ("antidisestablishmentarianism", 6, 6),
            ("2 + 2 = 4", 7, 7),
            ("お誕生日おめでとう", 9, 8),
            ("", 0, 0),
        ] {
            assert_eq!(count(&texts(Encoding::Cl100k, &[text])), cl100k, "{text}");
            assert_eq!(count(&texts(Encoding::O200k, &[text])), o200k, "{text}");
        }
    }

    #[test]
    fn the_cookbook_s_chat_has_as_many_tokens_as_the_api_counts() {
        // The same page: 129 prompt tokens with gpt-3.5-turbo and gpt-4, 124 with gpt-4o; 21 of them frame six messages and the answer, 4
        // are for names.
        let messages = [
            (
                "system",
                None,
                "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.",
            ),
            ("system", Some("example_user"), "New synergies will help drive top-line growth."),
            ("system", Some("example_assistant"), "Things working well together will increase revenue."),
            (
                "system",
                Some("example_user"),
                "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.",
            ),
            ("system", Some("example_assistant"), "Let's talk later when we're less busy about how to do better."),
            ("user", None, "This late pivot means we don't have time to boil the ocean for the client deliverable."),
        ];
        let all: Vec<&str> =
            messages.iter().flat_map(|(role, name, text)| [Some(*role), *name, Some(*text)]).flatten().collect();
        assert_eq!(count(&texts(Encoding::Cl100k, &all)) + 21 + 4, 129);
        assert_eq!(count(&texts(Encoding::O200k, &all)) + 21 + 4, 124);
    }

    #[test]
    fn hostile_texts_take_no_longer_than_others() {
        // Byte-pair merging done naively takes quadratic time on these: minutes, not a moment.
        for piece in ["a", " ", "\n", "ab", "\u{1F600}", "é", "'s", "-", "中"] {
            let text = piece.repeat(20_000);
            for encoding in [Encoding::Cl100k, Encoding::O200k] {
                assert!(count(&texts(encoding, &[&text])) > 0);
            }
        }
    }

    #[test]
    fn a_job_counts_its_texts() {
        let texts = texts(Encoding::Cl100k, &["tiktoken is great!", "tiktoken is great!"]);
        let counting = Counting { texts, tokens: OnceLock::new() };
        counting.run();
        assert_eq!(counting.tokens.get(), Some(&12));
        assert!(CL100K.load(Ordering::Acquire));
    }
}
