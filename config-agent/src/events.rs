//! What goes to the log: findings of the compiler as events, each once.

use std::collections::HashSet;

use postern_bundle::{Diagnostic, Severity};
use tracing::{error, info, warn};

use crate::limits;

/// Logs the findings of `now` that were not in `before`, and says how many went.
pub fn findings(before: &[Diagnostic], now: &[Diagnostic]) {
    let known: HashSet<Key<'_>> = before.iter().map(key).collect();
    let mut new = now.iter().filter(|finding| !known.contains(&key(finding)));
    for finding in new.by_ref().take(limits::LOGGED_DIAGNOSTICS_MAX) {
        finding_event(finding);
    }
    let more = new.count();
    if more > 0 {
        warn!(more, "further findings are not logged");
    }
    let still: HashSet<Key<'_>> = now.iter().map(key).collect();
    let resolved = before.iter().filter(|finding| !still.contains(&key(finding))).count();
    if resolved > 0 {
        info!(resolved, left = now.len(), "findings resolved");
    }
}

type Key<'a> = (&'a str, &'a str, u32, u32, &'a str);

fn key(finding: &Diagnostic) -> Key<'_> {
    (&finding.scope, &finding.code, finding.line, finding.column, &finding.message)
}

fn finding_event(finding: &Diagnostic) {
    let Diagnostic { scope, file, line, column, code, message, suggestion, severity } = finding;
    let file = file.as_deref().unwrap_or_default();
    let suggestion = suggestion.as_deref().unwrap_or_default();
    match severity {
        Severity::Error => error!(scope, file, line, column, code, suggestion, "{message}"),
        Severity::Warning => warn!(scope, file, line, column, code, suggestion, "{message}"),
    }
}
