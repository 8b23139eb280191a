//! The time now: what the exchange says.

use postern_dotnet::date::{DateTime, DateTimeKind, TimeSpan};

use crate::expression::native::Call;

/// `DateTime.UtcNow`; the end of the calendar if the clock is past it.
pub(in crate::expression::library) fn utc_now(call: &Call<'_, '_>) -> DateTime {
    let since = call.machine.host.exchange.unix_time();
    // In steps of 100 ns.
    let ticks = i64::try_from(since.as_nanos() / 100).unwrap_or(i64::MAX);
    let now = DateTime::UNIX_EPOCH.add_span(TimeSpan::from_ticks(ticks));
    now.unwrap_or(DateTime::MAX.with_kind(DateTimeKind::Utc))
}

/// `DateTime.Now`
pub(super) fn local_now(call: &Call<'_, '_>) -> DateTime {
    utc_now(call).to_local_time()
}
