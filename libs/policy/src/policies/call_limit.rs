//! What `rate-limit` and `rate-limit-by-key` tell the caller and later policies, and the 429 of both.

use crate::effect::CountResult;
use crate::exchange::Side;
use crate::policy::{DefaultResponse, Failure, PolicyContext, Step};
use crate::reader::Element;
use crate::response;

/// Where results are told.
#[derive(Debug)]
pub(super) struct Names {
    retry_after_header: Box<str>,
    retry_after_variable: Option<Box<str>>,
    remaining_header: Option<Box<str>>,
    remaining_variable: Option<Box<str>>,
    total_header: Option<Box<str>>,
}

impl Names {
    pub(super) fn from(element: &Element) -> Names {
        Names {
            retry_after_header: element.owned("retry-after-header-name").unwrap_or_else(|| "Retry-After".into()),
            retry_after_variable: element.owned("retry-after-variable-name"),
            remaining_header: element.owned("remaining-calls-header-name"),
            remaining_variable: element.owned("remaining-calls-variable-name"),
            total_header: element.owned("total-calls-header-name"),
        }
    }

    /// Goes on, or refuses the call.
    pub(super) fn tell(&self, context: &mut PolicyContext<'_>, calls: u64, result: CountResult) -> Step {
        let remaining = if result.allowed { result.remaining } else { 0 };
        let text = Decimal::new(remaining);
        if let Some(variable) = &self.remaining_variable {
            context.state.variables.set_count(variable, remaining);
        }
        if !result.allowed {
            return self.exceeded(context, calls, result.retry_after_s);
        }
        if let Some(header) = &self.remaining_header {
            context.state.final_headers.set(header, text.as_str().as_bytes());
        }
        if let Some(header) = &self.total_header {
            context.state.final_headers.set(header, Decimal::new(calls).as_str().as_bytes());
        }
        Step::Next
    }

    /// 429 with the time to wait. The response is built here because its headers belong to it, not to what `on-error` may return.
    fn exceeded(&self, context: &mut PolicyContext<'_>, calls: u64, retry_after_s: u32) -> Step {
        let seconds = Decimal::new(u64::from(retry_after_s));
        if let Some(variable) = &self.retry_after_variable {
            context.state.variables.set_count(variable, retry_after_s.into());
        }
        let message = format!("Rate limit is exceeded. Try again in {} seconds.", seconds.as_str());
        let exchange = &mut *context.exchange;
        response::error(exchange, &mut context.state.scratch, 429, &message);
        exchange.set_header(Side::Response, &self.retry_after_header, seconds.as_str().as_bytes());
        if let Some(header) = &self.total_header {
            exchange.set_header(Side::Response, header, Decimal::new(calls).as_str().as_bytes());
        }
        Step::Fail(Box::new(Failure {
            reason: "RateLimitExceeded".into(),
            message: "Rate limit is exceeded".into(),
            response: DefaultResponse::AsIs,
        }))
    }
}

/// A number as text on the stack.
struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    fn new(mut number: u64) -> Decimal {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            if number == 0 {
                return Decimal { digits, start };
            }
        }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[self.start..]).unwrap_or("0")
    }
}
