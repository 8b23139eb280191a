//! What one request to a language model costs: kept from the policies in `inbound` until its answer is known, then counted and told.
//!
//! A short document is read when `outbound` begins; any other answer, a stream above all, is read along while it goes to the caller
//! ([`Meter`](super::meter::Meter)), and counted when it has been sent. A request without an answer of the model (refused, failed, answered
//! from the cache) costs nothing.

use std::sync::Arc;

use super::is_event_stream;
use super::meter::{Found, Meter};
use super::period::Period;
use super::request::{Kind, LlmRequest, Prompt};
use super::usage::Usage;
use crate::effect::{
    Effect, Outcome, Quota, TokenBalance, TokenLimit, TokenRate, TokenSpend, TokenTexts, TokensCounted,
};
use crate::exchange::{Exchange, Metric, Side};
use crate::limits::CACHED_RESPONSE_BYTES_MAX;
use crate::policies::SafetyCheck;
use crate::run::FinalHeaders;
use crate::variables::Variables;

/// Where a token limit tells its results.
#[derive(Debug, Default)]
pub(crate) struct TokenNames {
    pub(crate) remaining: HeaderAndVariable,
    pub(crate) remaining_quota: HeaderAndVariable,
    pub(crate) consumed: HeaderAndVariable,
}

/// A header, a variable, both or neither.
#[derive(Debug, Default)]
pub(crate) struct HeaderAndVariable {
    pub(crate) header: Option<Box<str>>,
    pub(crate) variable: Option<Box<str>>,
}

impl HeaderAndVariable {
    /// Tells a number on whatever response leaves.
    pub(crate) fn tell(&self, number: u64, variables: &mut Variables, headers: &mut FinalHeaders) {
        if let Some(variable) = &self.variable {
            variables.set_count(variable, number);
        }
        if let Some(header) = &self.header {
            headers.set(header, number.to_string().as_bytes());
        }
    }
}

/// A limit that this request counts against.
#[derive(Debug)]
pub(crate) struct Charge {
    pub(crate) limit: ChargeLimit,
    /// Another policy counts against the same counter: this one only tells.
    pub(crate) is_told_only: bool,
    pub(crate) counted: TokensCounted,
    pub(crate) names: Arc<TokenNames>,
}

/// The limit, whatever period it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChargeLimit {
    Rate(TokenRate),
    Quota { key: u128, tokens: u64, period: Period },
}

impl ChargeLimit {
    /// Whether the counter is the same.
    pub(crate) fn shares(&self, other: &ChargeLimit) -> bool {
        match (self, other) {
            (ChargeLimit::Rate(one), ChargeLimit::Rate(another)) => one.key == another.key,
            (ChargeLimit::Quota { key: one, .. }, ChargeLimit::Quota { key: another, .. }) => one == another,
            _ => false,
        }
    }

    /// The limit now, and the begin of its period.
    pub(crate) fn at(&self, exchange: &dyn Exchange) -> (TokenLimit, i64) {
        match *self {
            ChargeLimit::Rate(rate) => (TokenLimit::Rate(rate), 0),
            ChargeLimit::Quota { key, tokens, period } => {
                let now_s = i64::try_from(exchange.unix_time().as_secs()).unwrap_or(i64::MAX / 2);
                let (start_s, end_s) = period.around(now_s);
                let period_s = u64::try_from(end_s - start_s).unwrap_or(1);
                (TokenLimit::Quota(Quota { key, calls: Some(tokens), bytes: None, period_s, start_s }), start_s)
            }
        }
    }
}

/// A metric to emit.
#[derive(Debug)]
pub(crate) struct TokenMetric {
    pub(crate) namespace: Box<str>,
    pub(crate) dimensions: Vec<(Box<str>, Box<str>)>,
    /// Those of them that are the backend's id, which may be chosen later.
    pub(crate) backend_ids: Vec<usize>,
}

/// State of one request.
#[derive(Debug, Default)]
pub(crate) struct LlmState {
    /// `None`: it is none to a language model, or was not read.
    pub(crate) request: Option<Prompt>,
    pub(crate) is_read: bool,
    /// Tokens of the prompt, when they have been counted.
    pub(crate) prompt_tokens: Option<u64>,
    pub(crate) charges: Vec<Charge>,
    /// The one being asked for.
    pub(crate) pending: Option<Charge>,
    pub(crate) metrics: Vec<TokenMetric>,
    /// What the answer is to be checked for.
    pub(crate) checks: Vec<SafetyCheck>,
    stage: Stage,
}

/// How far the accounting is.
#[derive(Debug, Default)]
enum Stage {
    /// `outbound` has not begun.
    #[default]
    Asked,
    /// The answer's body is being read.
    Reading,
    /// It is read along while it goes out.
    Streaming,
    /// The prompt's tokens are being counted; then come those of the answer.
    CountingPrompt(Found),
    /// The answer's tokens are being counted.
    CountingAnswer(Found),
    /// The charge with this number is being counted.
    Spending {
        usage: Option<Usage>,
        charge: usize,
    },
    Done,
}

/// What the accounting may reach.
pub(crate) struct Telling<'a> {
    pub(crate) exchange: &'a mut dyn Exchange,
    pub(crate) variables: &'a mut Variables,
    pub(crate) headers: &'a mut FinalHeaders,
}

impl LlmState {
    /// Where the caller sent the request.
    pub(crate) fn path(exchange: &dyn Exchange) -> Vec<u8> {
        let path = exchange.original_url().path.into_owned();
        if path.is_empty() { exchange.path().to_vec() } else { path }
    }

    /// Reads a request.
    pub(crate) fn read(path: &[u8], body: &[u8]) -> Option<Prompt> {
        LlmRequest::read(path, body).map(LlmRequest::into_prompt)
    }

    /// The effect that counts the prompt's tokens; `None`: they are known now.
    pub(crate) fn count_prompt(&mut self) -> Option<Effect> {
        if self.prompt_tokens.is_some() {
            return None;
        }
        let Some(request) = &mut self.request else {
            self.prompt_tokens = Some(0);
            return None;
        };
        if request.texts.texts.is_empty() {
            self.prompt_tokens = Some(request.other_tokens);
            return None;
        }
        let TokenTexts { encoding, texts } = &mut request.texts;
        // They are counted once.
        let texts = TokenTexts { encoding: *encoding, texts: std::mem::take(texts) };
        Some(Effect::CountTokens(Box::new(texts)))
    }

    /// The texts of the prompt have so many tokens.
    pub(crate) fn prompt_counted(&mut self, tokens: u64) {
        let others = self.request.as_ref().map_or(0, |request| request.other_tokens);
        self.prompt_tokens = Some(tokens.saturating_add(others));
    }

    /// Whether the account needs nothing that is known before the response is sent.
    pub(crate) fn is_settled(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// Whether an effect was asked for whose outcome has not come.
    pub(crate) fn is_waiting(&self) -> bool {
        !matches!(self.stage, Stage::Asked | Stage::Streaming | Stage::Done)
    }

    /// `outbound` begins: the model has answered.
    pub(crate) fn begin(&mut self, telling: &mut Telling<'_>) -> Option<Effect> {
        let exchange = &*telling.exchange;
        if self.charges.is_empty() && self.metrics.is_empty() {
            self.stage = Stage::Done;
            return None;
        }
        if !exchange.has_response() || exchange.status() >= 400 {
            return self.spend(None, telling);
        }
        if let Some(body) = exchange.content(Side::Response) {
            let found = Found::of_body(body, is_event_stream(exchange));
            return self.found(found, telling);
        }
        if self.is_short_document(exchange) {
            self.stage = Stage::Reading;
            return Some(Effect::ReadContent(Side::Response));
        }
        self.stage = Stage::Streaming;
        None
    }

    /// Whether the answer can be read before it is sent, so that its headers tell what it cost and the caller's next request finds it counted.
    /// Embeddings may be many megabytes, and what is no answer of a model may be anything.
    fn is_short_document(&self, exchange: &dyn Exchange) -> bool {
        let header = |name: &str| exchange.header(Side::Response, name).and_then(|text| std::str::from_utf8(text).ok());
        let is_json = header("Content-Type").is_none_or(|kind| kind.to_ascii_lowercase().contains("json"));
        let is_answer = || {
            let kind = self.request.as_ref().map(|request| request.kind);
            matches!(kind, Some(Kind::Chat | Kind::Completion | Kind::Responses))
        };
        match header("Content-Length").and_then(|text| text.trim().parse::<usize>().ok()) {
            Some(length) => is_json && length <= CACHED_RESPONSE_BYTES_MAX,
            None => is_json && is_answer(),
        }
    }

    /// Goes on with what an effect brought. `None`: nothing more to do for now.
    pub(crate) fn resume(&mut self, outcome: Outcome, telling: &mut Telling<'_>) -> Option<Effect> {
        match (std::mem::replace(&mut self.stage, Stage::Done), outcome) {
            (Stage::Reading, Outcome::Done) => {
                let body = telling.exchange.content(Side::Response).unwrap_or_default();
                let found = Found::of_body(body, false);
                self.found(found, telling)
            }
            (Stage::CountingPrompt(found), Outcome::TokenCount(tokens)) => {
                self.prompt_counted(tokens);
                self.count_answer(found, telling)
            }
            (Stage::CountingAnswer(found), Outcome::TokenCount(tokens)) => {
                self.answer_counted(tokens.saturating_add(found.others), telling)
            }
            (Stage::Spending { usage, charge }, Outcome::Spent(balance)) => {
                self.told(usage, charge, balance, telling);
                self.spend_next(usage, charge + 1, telling)
            }
            // The body is lost, or the host answered with something else: there is nothing to count.
            _ => self.spend(None, telling),
        }
    }

    fn found(&mut self, found: Found, telling: &mut Telling<'_>) -> Option<Effect> {
        if let Some(usage) = found.usage {
            return self.spend(Some(usage), telling);
        }
        if let Some(effect) = self.count_prompt() {
            self.stage = Stage::CountingPrompt(found);
            return Some(effect);
        }
        self.count_answer(found, telling)
    }

    fn count_answer(&mut self, mut found: Found, telling: &mut Telling<'_>) -> Option<Effect> {
        let mut texts = std::mem::take(&mut found.texts);
        texts.retain(|text| !text.is_empty());
        if texts.is_empty() {
            return self.answer_counted(found.others, telling);
        }
        let model = self.request.as_ref().map_or("", |request| request.model.as_str());
        let encoding = super::request::encoding(model);
        self.stage = Stage::CountingAnswer(found);
        Some(Effect::CountTokens(Box::new(TokenTexts { encoding, texts })))
    }

    fn answer_counted(&mut self, tokens: u64, telling: &mut Telling<'_>) -> Option<Effect> {
        let usage = Usage::counted(self.prompt_tokens.unwrap_or(0), tokens);
        self.spend(Some(usage), telling)
    }

    /// `None`: there was no answer, so that nothing is counted and what was is given back.
    fn spend(&mut self, usage: Option<Usage>, telling: &mut Telling<'_>) -> Option<Effect> {
        self.spend_next(usage, 0, telling)
    }

    fn spend_next(&mut self, usage: Option<Usage>, from: usize, telling: &mut Telling<'_>) -> Option<Effect> {
        let Some(charge) = self.charges.get(from) else {
            if let Some(usage) = usage {
                self.metrics.iter_mut().for_each(|metric| metric.emit(usage, telling.exchange));
            }
            self.stage = Stage::Done;
            return None;
        };
        let (limit, period_start_s) = charge.limit.at(telling.exchange);
        let total = if charge.is_told_only { 0 } else { usage.map_or(0, |usage| usage.total) };
        let mut spend = TokenSpend { limit, tokens: total, counted: Some(charge.counted) };
        if period_start_s != charge.counted.period_start_s {
            spend.tokens = total.saturating_sub(charge.counted.tokens);
            spend.counted = Some(TokensCounted { tokens: 0, period_start_s, ..charge.counted });
        }
        self.stage = Stage::Spending { usage, charge: from };
        Some(Effect::SpendTokens(Box::new(spend)))
    }

    fn told(&self, usage: Option<Usage>, charge: usize, balance: TokenBalance, telling: &mut Telling<'_>) {
        let (Some(charge), Some(usage)) = (self.charges.get(charge), usage) else { return };
        let names = &charge.names;
        let of_limit = match charge.limit {
            ChargeLimit::Rate(_) => &names.remaining,
            ChargeLimit::Quota { .. } => &names.remaining_quota,
        };
        of_limit.tell(balance.remaining, telling.variables, telling.headers);
        names.consumed.tell(usage.total, telling.variables, telling.headers);
    }

    /// No policy will run any more: what can be counted before the response is sent.
    pub(crate) fn settle(&mut self, telling: &mut Telling<'_>) -> Option<Effect> {
        match &self.stage {
            // `outbound` was never reached, or the body was lost.
            Stage::Asked | Stage::Reading | Stage::CountingPrompt(_) | Stage::CountingAnswer(_) => {
                self.spend(None, telling)
            }
            // The effect was never performed.
            &Stage::Spending { usage, charge } => self.spend_next(usage, charge, telling),
            Stage::Streaming => {
                let body = telling.exchange.content(Side::Response)?;
                let found = Found::of_body(body, is_event_stream(telling.exchange));
                self.found(found, telling)
            }
            Stage::Done => None,
        }
    }

    /// What is to read along while the response is sent.
    pub(crate) fn meter(&self, exchange: &dyn Exchange) -> Option<Meter> {
        match &self.stage {
            Stage::Streaming if is_event_stream(exchange) => Some(Meter::events()),
            Stage::Streaming => Some(Meter::json()),
            _ => None,
        }
    }

    /// The response has been sent, whole or in part.
    pub(crate) fn metered(&mut self, meter: Meter, telling: &mut Telling<'_>) -> Option<Effect> {
        if !matches!(self.stage, Stage::Streaming) {
            return None;
        }
        self.found(meter.finish(), telling)
    }
}

impl TokenMetric {
    fn emit(&mut self, usage: Usage, exchange: &mut dyn Exchange) {
        let details = usage.details;
        for index in &self.backend_ids {
            if let Some((_, value)) = self.dimensions.get_mut(*index) {
                *value = exchange.backend_id().into();
            }
        }
        for (name, value) in [
            ("Total Tokens", Some(usage.total)),
            ("Prompt Tokens", Some(usage.prompt)),
            ("Completion Tokens", Some(usage.completion)),
            ("Prompt Cached Tokens", details.cached),
            ("Prompt Audio Tokens", details.prompt_audio),
            ("Completion Audio Tokens", details.completion_audio),
            ("Completion Reasoning Tokens", details.reasoning),
            ("Completion Accepted Prediction Tokens", details.accepted_prediction),
            ("Completion Rejected Prediction Tokens", details.rejected_prediction),
        ] {
            let Some(value) = value else { continue };
            #[allow(clippy::cast_precision_loss, reason = "no request has 2^53 tokens")]
            let value = value as f64;
            exchange.emit_metric(&Metric { namespace: &self.namespace, name, value, dimensions: &self.dimensions });
        }
    }
}
