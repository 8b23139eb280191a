//! Counting tokens as the models do (docs/decisions/0006).
//!
//! What must hold: no worker loads a vocabulary (a tenth of a second, tens of megabytes) or counts a long text; a vocabulary is loaded once, when
//! it is first needed, and shared. When there is more to count than the threads can, or one fails, tokens are estimated.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::io;
use std::panic::catch_unwind;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use postern_policy::{Encoding, TokenTexts};

use crate::io::Notify;
use crate::worker::{Reply, ReplyTo};

/// Threads that count. Each does tens of megabytes a second.
const THREADS: usize = 2;
/// Texts that wait to be counted; more come faster than they are counted, and are estimated.
const WAITING_MAX: usize = 4096;
/// Texts up to this are counted at once when their vocabulary is loaded: that takes about as long as asking a thread.
const AT_ONCE_BYTES_MAX: usize = 2048;
/// About how many bytes a token has.
const BYTES_PER_TOKEN: usize = 4;

/// The threads that count. They end when this is dropped.
#[derive(Debug)]
pub struct Vocabulary {
    questions: Sender<Question>,
    loaded: Arc<Loaded>,
}

/// Which vocabularies are in memory.
#[derive(Debug, Default)]
struct Loaded {
    cl100k: AtomicBool,
    o200k: AtomicBool,
}

#[derive(Debug)]
struct Question {
    texts: Box<TokenTexts>,
    ticket: u64,
    reply_to: ReplyTo,
}

/// How many tokens a question's texts have.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counted {
    ticket: u64,
    tokens: u64,
}

impl Vocabulary {
    /// # Errors
    /// When a thread cannot be started.
    pub fn start() -> io::Result<Self> {
        let (questions, receiver) = bounded(WAITING_MAX);
        let loaded: Arc<Loaded> = Arc::default();
        for index in 0..THREADS {
            let (receiver, loaded): (Receiver<Question>, _) = (receiver.clone(), Arc::clone(&loaded));
            thread::Builder::new().name(format!("tokens-{index}")).spawn(move || serve(&receiver, &loaded))?;
        }
        Ok(Self { questions, loaded })
    }
}

impl Loaded {
    fn flag(&self, encoding: Encoding) -> &AtomicBool {
        match encoding {
            Encoding::Cl100k => &self.cl100k,
            Encoding::O200k => &self.o200k,
        }
    }
}

fn serve(questions: &Receiver<Question>, loaded: &Loaded) {
    for Question { texts, ticket, reply_to } in questions {
        // A text that breaks the tokeniser must not take the thread with it.
        let tokens = catch_unwind(|| count(&texts)).unwrap_or_else(|_| estimate(&texts));
        loaded.flag(texts.encoding).store(true, Ordering::Release);
        reply_to.send(Reply::Tokens(Counted { ticket, tokens }));
    }
}

/// Counts here and now. Loads the vocabulary if it is not loaded.
fn count(texts: &TokenTexts) -> u64 {
    let tokenizer = match texts.encoding {
        Encoding::Cl100k => bpe_openai::cl100k_base(),
        Encoding::O200k => bpe_openai::o200k_base(),
    };
    texts.texts.iter().map(|text| tokenizer.count(text.as_str()) as u64).sum()
}

fn bytes(texts: &TokenTexts) -> usize {
    texts.texts.iter().map(String::len).sum()
}

fn estimate(texts: &TokenTexts) -> u64 {
    bytes(texts).div_ceil(BYTES_PER_TOKEN) as u64
}

/// One worker's questions that wait for their answers. Answers come in through [`Counts::learn`].
#[derive(Debug)]
pub(crate) struct Counts {
    reply_to: ReplyTo,
    next: Cell<u64>,
    waiting: RefCell<HashMap<u64, Rc<Waiting>>>,
}

#[derive(Debug, Default)]
struct Waiting {
    tokens: Cell<Option<u64>>,
    answered: Notify,
}

/// Forgets a question whose asker is gone.
struct Asked<'a> {
    counts: &'a Counts,
    ticket: u64,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.counts.waiting.borrow_mut().remove(&self.ticket);
    }
}

impl Counts {
    pub(crate) fn new(reply_to: ReplyTo) -> Self {
        Self { reply_to, next: Cell::new(0), waiting: RefCell::default() }
    }

    /// How many tokens the texts have.
    pub(crate) async fn count(&self, vocabulary: &Vocabulary, texts: Box<TokenTexts>) -> u64 {
        if bytes(&texts) <= AT_ONCE_BYTES_MAX && vocabulary.loaded.flag(texts.encoding).load(Ordering::Acquire) {
            return catch_unwind(|| count(&texts)).unwrap_or_else(|_| estimate(&texts));
        }
        let estimated = estimate(&texts);
        let ticket = self.next.get();
        self.next.set(ticket.wrapping_add(1));
        let waiting: Rc<Waiting> = Rc::default();
        self.waiting.borrow_mut().insert(ticket, Rc::clone(&waiting));
        let asked = Asked { counts: self, ticket };
        let question = Question { texts, ticket, reply_to: self.reply_to.clone() };
        if vocabulary.questions.try_send(question).is_err() {
            tracing::warn!("more texts wait than can be counted: tokens are estimated");
            return estimated;
        }
        loop {
            if let Some(tokens) = waiting.tokens.get() {
                drop(asked);
                return tokens;
            }
            waiting.answered.notified().await;
        }
    }

    /// Takes an answer and lets the one go on who waits for it.
    pub(crate) fn learn(&self, counted: Counted) {
        let waiting = self.waiting.borrow().get(&counted.ticket).cloned();
        if let Some(waiting) = waiting {
            waiting.tokens.set(Some(counted.tokens));
            waiting.answered.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

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
    fn threads_answer_over_the_worker_s_own_channel() {
        let vocabulary = Vocabulary::start().unwrap();
        let (replies, receiver) = crossbeam_channel::unbounded();
        let (wake, _woken) = UnixStream::pair().unwrap();
        let reply_to = ReplyTo { replies, wake: Arc::new(wake) };
        let texts = Box::new(texts(Encoding::Cl100k, &["tiktoken is great!", "tiktoken is great!"]));
        vocabulary.questions.send(Question { texts, ticket: 9, reply_to }).unwrap();
        let Ok(Reply::Tokens(counted)) = receiver.recv() else { panic!("no answer") };
        assert_eq!((counted.ticket, counted.tokens), (9, 12));
        assert!(vocabulary.loaded.cl100k.load(Ordering::Acquire));
    }
}
