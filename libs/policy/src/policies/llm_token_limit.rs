//! `llm-token-limit`: at most so many tokens of a language model a minute, in a period, or both.
//!
//! ```xml
//! <llm-token-limit counter-key="@(context.Subscription.Id)" tokens-per-minute="5000" token-quota="100000"
//!                  token-quota-period="Hourly|Daily|Weekly|Monthly|Yearly" estimate-prompt-tokens="true|false"
//!                  retry-after-header-name="Retry-After" retry-after-variable-name="v"
//!                  remaining-quota-tokens-header-name="h" remaining-quota-tokens-variable-name="v"
//!                  remaining-tokens-header-name="h" remaining-tokens-variable-name="v"
//!                  tokens-consumed-header-name="h" tokens-consumed-variable-name="v"/>
//! ```
//! `counter-key`, `estimate-prompt-tokens` and either `tokens-per-minute` or `token-quota` with its period required; these may be expressions, the
//! names may not; inbound, all scopes, any number of times. One counter per key for all scopes, and a request counts once against it, whatever
//! policies name it. Minutes slide; periods are UTC time cut to the hour, day, week (from Monday), month or year. Names of the toolkit
//! (`estimate-prompt-token`, `day`) are understood.
//!
//! The prompt is counted before the request is sent if it is to be estimated or the answer comes as a stream: with OpenAI's tokeniser for the
//! model, three tokens for what frames a message, 1200 for an image. A request is refused when nothing is left or its prompt needs more: 429
//! for the rate, 403 for the quota. What the answer's `usage` says takes the place of the estimate; an answer without is counted. A
//! stream is not held back: it is counted as it goes, so the headers of a stream cannot tell what it consumed. Answers of status 400 and
//! above, and those from a cache, cost nothing. The text of the 403 is this gateway's own: APIM's is not known.

use std::sync::Arc;

use super::reading::{self, Begun};
use crate::builder::Builder;
use crate::counter_key;
use crate::definition::{
    ANY_SCOPE, AttributeRule, Built, Content, Definition, ElementRule, Evaluation, Expression, Once, ValueRule,
    optional, required,
};
use crate::effect::{Effect, Outcome, TokenBalance, TokenRate, TokenSpend, TokensCounted};
use crate::exchange::Side;
use crate::given::Given;
use crate::llm::LlmState;
use crate::llm::account::{Charge, ChargeLimit, HeaderAndVariable, TokenNames};
use crate::llm::period::{self, Period};
use crate::llm::request::Prompt;
use crate::policy::{DefaultResponse, Failure, Policy, PolicyContext, PolicyKind, Step};
use crate::reader::Element;
use crate::response;
use crate::section::{Section, Sections};

pub(super) static DEFINITION: Definition = definition("llm-token-limit");

const ATTRIBUTES: &[AttributeRule] = &[
    required("counter-key", Expression::Allowed, ValueRule::NonEmpty),
    optional("tokens-per-minute", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
    optional("token-quota", Expression::Allowed, ValueRule::Integer(0, u64::MAX)),
    optional("token-quota-period", Expression::Allowed, ValueRule::OneOf(period::WORDS)),
    optional("estimate-prompt-tokens", Expression::Allowed, ValueRule::Boolean),
    optional("estimate-prompt-token", Expression::Allowed, ValueRule::Boolean),
    optional("retry-after-header-name", Expression::Forbidden, ValueRule::Token),
    optional("retry-after-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
    optional("remaining-quota-tokens-header-name", Expression::Forbidden, ValueRule::Token),
    optional("remaining-quota-tokens-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
    optional("remaining-tokens-header-name", Expression::Forbidden, ValueRule::Token),
    optional("remaining-tokens-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
    optional("tokens-consumed-header-name", Expression::Forbidden, ValueRule::Token),
    optional("tokens-consumed-variable-name", Expression::Forbidden, ValueRule::NonEmpty),
];

/// The same policy under one of its names.
pub(super) const fn definition(element: &'static str) -> Definition {
    Definition {
        rule: ElementRule { element, attributes: ATTRIBUTES, content: Content::Empty },
        sections: Sections::INBOUND,
        scopes: ANY_SCOPE,
        once: Once::Any,
        evaluation: Evaluation::Own,
        build,
    }
}

#[derive(Debug)]
struct LlmTokenLimit {
    key: Given<Box<str>>,
    per_minute: Option<Given<u64>>,
    quota: Option<(Given<u64>, Given<Box<str>>)>,
    is_estimated: Given<bool>,
    retry_after_header: Box<str>,
    retry_after_variable: Option<Box<str>>,
    names: Arc<TokenNames>,
}

fn build(element: &Element, builder: &mut Builder<'_, '_>) -> Option<Built> {
    let key = builder.text_attribute(element, "counter-key")??;
    let per_minute = builder.number_attribute(element, "tokens-per-minute")?;
    let quota = builder.number_attribute(element, "token-quota")?;
    let period = builder.text_attribute(element, "token-quota-period")?;
    let estimate = ["estimate-prompt-tokens", "estimate-prompt-token"];
    let Some(estimate) = estimate.into_iter().find(|name| element.attribute(name).is_some()) else {
        return missing(element, builder, "`estimate-prompt-tokens`");
    };
    let is_estimated = builder.flag_attribute(element, estimate, false)?;
    let quota = match (quota, period) {
        (Some(quota), Some(period)) => Some((quota, period)),
        (None, None) if per_minute.is_some() => None,
        (Some(_), None) => return missing(element, builder, "`token-quota-period`"),
        (None, Some(_)) => return missing(element, builder, "`token-quota`"),
        (None, None) => {
            return missing(element, builder, "`tokens-per-minute`, or `token-quota` and `token-quota-period`");
        }
    };
    let names = |header: &str, variable: &str| HeaderAndVariable {
        header: element.owned(header),
        variable: element.owned(variable),
    };
    let names = TokenNames {
        remaining: names("remaining-tokens-header-name", "remaining-tokens-variable-name"),
        remaining_quota: names("remaining-quota-tokens-header-name", "remaining-quota-tokens-variable-name"),
        consumed: names("tokens-consumed-header-name", "tokens-consumed-variable-name"),
    };
    Built::policy(LlmTokenLimit {
        key,
        per_minute,
        quota,
        is_estimated,
        retry_after_header: element.owned("retry-after-header-name").unwrap_or_else(|| "Retry-After".into()),
        retry_after_variable: element.owned("retry-after-variable-name"),
        names: Arc::new(names),
    })
}

fn missing(element: &Element, builder: &mut Builder<'_, '_>, what: &str) -> Option<Built> {
    let message = format!("`<{}>` needs attribute {what}", element.name);
    builder.error(element.offset, "attribute-missing", message);
    None
}

/// The account of the request, begun if this is the first policy that needs it.
pub(super) fn account<'c>(context: &'c mut PolicyContext<'_>) -> &'c mut LlmState {
    context.state.llm.get_or_insert_default()
}

/// Reads the request for its account, if no policy has done so yet. The step: another thread is asked to.
pub(super) fn read_request(context: &mut PolicyContext<'_>) -> Option<Step> {
    if account(context).is_read {
        return None;
    }
    let path = LlmState::path(context.exchange);
    match reading::begin(context, Side::Request, path, LlmState::read) {
        Begun::Read(prompt) => {
            request_read(context, prompt);
            None
        }
        Begun::Asked(step) => Some(step),
    }
}

fn request_read(context: &mut PolicyContext<'_>, prompt: Option<Prompt>) {
    let account = account(context);
    account.request = prompt;
    account.is_read = true;
}

/// Another thread has read the request for its account; `None`: the policy waited for something else.
pub(super) fn end_reading(context: &mut PolicyContext<'_>, outcome: &Outcome) -> Option<Result<(), Box<Failure>>> {
    let read = reading::end::<Option<Prompt>>(context, outcome)?;
    Some(read.map(|prompt| request_read(context, prompt)))
}

impl LlmTokenLimit {
    /// Its limits in the order in which they are looked at.
    fn limits(&self, context: &PolicyContext<'_>) -> Result<[Option<ChargeLimit>; 2], String> {
        let key = counter_key::scope("llm-token-limit", self.key.text(context.values));
        let rate = self
            .per_minute
            .as_ref()
            .map(|per_minute| ChargeLimit::Rate(TokenRate { key, per_minute: per_minute.number(context.values) }));
        let quota = match &self.quota {
            None => None,
            Some((tokens, period)) => {
                let word = period.text(context.values);
                let period = Period::read(word).ok_or_else(|| {
                    format!("token-quota-period must be one of Hourly, Daily, Weekly, Monthly, Yearly, not {word}")
                })?;
                let key = counter_key::narrowed(key, "quota", period.name());
                Some(ChargeLimit::Quota { key, tokens: tokens.number(context.values), period })
            }
        };
        Ok([rate, quota])
    }

    /// Counts the prompt, if that is wanted.
    fn begin(&self, context: &mut PolicyContext<'_>) -> Step {
        let is_estimated = self.is_estimated.flag(context.values);
        let account = account(context);
        let is_stream = account.request.as_ref().is_some_and(|request| request.is_stream);
        if (is_estimated || is_stream)
            && let Some(effect) = account.count_prompt()
        {
            return Step::Perform(effect);
        }
        self.spend(context, 0)
    }

    /// Counts against the limit with this number, or the next one there is.
    fn spend(&self, context: &mut PolicyContext<'_>, from: usize) -> Step {
        let limits = match self.limits(context) {
            Ok(limits) => limits,
            Err(message) => return Step::Fail(Box::new(Failure::unusable_value(message))),
        };
        let Some(limit) = limits.into_iter().skip(from).flatten().next() else {
            let tokens = account(context).prompt_tokens.unwrap_or(0);
            if let Some(variable) = &self.names.consumed.variable {
                context.state.variables.set_count(variable, tokens);
            }
            return Step::Next;
        };
        let (now, period_start_s) = limit.at(context.exchange);
        let account = account(context);
        let is_told_only = account.charges.iter().any(|charge| charge.limit.shares(&limit));
        let tokens = if is_told_only { 0 } else { account.prompt_tokens.unwrap_or(0) };
        let counted = TokensCounted { tokens, at_ms: 0, period_start_s };
        account.pending = Some(Charge { limit, is_told_only, counted, names: Arc::clone(&self.names) });
        Step::Perform(Effect::SpendTokens(Box::new(TokenSpend { limit: now, tokens, counted: None })))
    }

    fn spent(&self, context: &mut PolicyContext<'_>, balance: TokenBalance) -> Step {
        let Some(mut charge) = account(context).pending.take() else {
            return Step::Fail(Box::new(Failure::wrong_outcome()));
        };
        let (names, number) = match charge.limit {
            ChargeLimit::Rate(_) => (&self.names.remaining, 1),
            ChargeLimit::Quota { .. } => (&self.names.remaining_quota, 2),
        };
        names.tell(balance.remaining, &mut context.state.variables, &mut context.state.final_headers);
        if !balance.allowed {
            return self.exceeded(context, charge.limit, balance.retry_after_s);
        }
        charge.counted.at_ms = balance.at_ms;
        account(context).charges.push(charge);
        self.spend(context, number)
    }

    fn exceeded(&self, context: &mut PolicyContext<'_>, limit: ChargeLimit, retry_after_s: u64) -> Step {
        let seconds = retry_after_s.to_string();
        if let Some(variable) = &self.retry_after_variable {
            context.state.variables.set_count(variable, retry_after_s);
        }
        let (status, reason, message) = match limit {
            ChargeLimit::Rate(_) => (429, "TokenLimitExceeded", "Token limit is exceeded"),
            ChargeLimit::Quota { .. } => (403, "TokenQuotaExceeded", "Token quota is exceeded"),
        };
        let exchange = &mut *context.exchange;
        let body = format!("{message}. Try again in {seconds} seconds.");
        response::error(exchange, &mut context.state.scratch, status, &body);
        exchange.set_header(Side::Response, &self.retry_after_header, seconds.as_bytes());
        Step::Fail(Box::new(Failure {
            reason: reason.into(),
            message: message.into(),
            response: DefaultResponse::AsIs,
        }))
    }
}

impl Policy for LlmTokenLimit {
    fn start(&self, context: &mut PolicyContext<'_>) -> Step {
        read_request(context).unwrap_or_else(|| self.begin(context))
    }

    fn resume(&self, context: &mut PolicyContext<'_>, outcome: Outcome) -> Step {
        match end_reading(context, &outcome) {
            Some(Ok(())) => return self.begin(context),
            Some(Err(failure)) => return Step::Fail(failure),
            None => {}
        }
        match outcome {
            Outcome::TokenCount(tokens) => {
                account(context).prompt_counted(tokens);
                self.spend(context, 0)
            }
            Outcome::Spent(balance) => self.spent(context, balance),
            _ => Step::Fail(Box::new(Failure::wrong_outcome())),
        }
    }

    fn needs_content(&self, _section: Section) -> Option<Side> {
        Some(Side::Request)
    }

    fn kind(&self) -> PolicyKind<'_> {
        PolicyKind::Llm
    }
}

#[cfg(test)]
mod tests;
