//! What `quota` and `quota-by-key` have in common: amounts, and the 403 when they are used up.

use crate::builder::Builder;
use crate::effect::{Outcome, Quota, QuotaKind, QuotaResult};
use crate::exchange::Side;
use crate::policy::{DefaultResponse, Failure, PolicyContext, Step};
use crate::reader::Element;
use crate::response;

/// Longest renewal period in seconds: a hundred years, so that no sum of times overflows.
pub(super) const PERIOD_SECONDS_MAX: u64 = 100 * 366 * 24 * 3600;
/// 0001-01-01T00:00:00Z in seconds since 1970.
pub(super) const BEGINNING_S: i64 = -62_135_596_800;
const KILOBYTE: u64 = 1024;

/// `calls`, `bandwidth` and `renewal-period`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amounts {
    calls: Option<u64>,
    bytes: Option<u64>,
    pub(super) period_s: u64,
}

impl Amounts {
    /// `None`: a problem was reported. `period_s` is the one that holds without `renewal-period`.
    pub(super) fn from(element: &Element, period_s: Option<u64>, builder: &mut Builder<'_, '_>) -> Option<Amounts> {
        let calls = element.number("calls");
        let bytes = element.number("bandwidth").map(|kilobytes| kilobytes.saturating_mul(KILOBYTE));
        if calls.is_none() && bytes.is_none() {
            let message = format!("`<{}>` needs attribute `calls` or `bandwidth`", element.name);
            builder.error(element.offset, "attribute-missing", message);
            return None;
        }
        Some(Amounts { calls, bytes, period_s: element.number("renewal-period").or(period_s)? })
    }

    pub(super) fn quota(self, key: u128, start_s: i64) -> Quota {
        Quota { key, calls: self.calls, bytes: self.bytes, period_s: self.period_s, start_s }
    }
}

/// Goes on, or refuses the call.
pub(super) fn answered(context: &mut PolicyContext<'_>, outcome: &Outcome) -> Step {
    match outcome {
        Outcome::QuotaCounted(QuotaResult { exceeded: None, .. }) => Step::Next,
        &Outcome::QuotaCounted(QuotaResult { exceeded: Some(kind), retry_after_s }) => {
            context.state.quotas.refused();
            exceeded(context, kind, retry_after_s)
        }
        _ => Step::Fail(Box::new(Failure::wrong_outcome())),
    }
}

fn exceeded(context: &mut PolicyContext<'_>, kind: QuotaKind, retry_after_s: Option<u64>) -> Step {
    let what = match kind {
        QuotaKind::Calls => "Out of call volume quota.",
        QuotaKind::Bytes => "Out of bandwidth quota.",
    };
    let message = match retry_after_s {
        Some(seconds) => format!("{what} Quota will be replenished in {}.", time_text(seconds)),
        None => what.to_owned(),
    };
    let exchange = &mut *context.exchange;
    response::error(exchange, &mut context.state.scratch, 403, &message);
    if let Some(seconds) = retry_after_s {
        exchange.set_header(Side::Response, "Retry-After", seconds.to_string().as_bytes());
    }
    Step::Fail(Box::new(Failure {
        reason: "QuotaExceeded".into(),
        message: message.into(),
        response: DefaultResponse::AsIs,
    }))
}

/// `[d.]hh:mm:ss`
fn time_text(seconds: u64) -> String {
    let (days, hours, minutes, seconds) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    let days = if days == 0 { String::new() } else { format!("{days}.") };
    format!("{days}{hours:02}:{minutes:02}:{seconds:02}")
}

#[cfg(test)]
mod tests {
    use super::time_text;

    #[test]
    fn times_are_written_as_time_spans() {
        for (seconds, text) in [
            (0, "00:00:00"),
            (25_280, "07:01:20"),
            (86_399, "23:59:59"),
            (1_763_935, "20.09:58:55"),
            (86_400, "1.00:00:00"),
        ] {
            assert_eq!(time_text(seconds), text);
        }
    }
}
