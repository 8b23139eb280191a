//! System.Text.RegularExpressions.
//!
//! Patterns are compiled once per thread, constructors included: a policy's pattern is the same for every request. A search that takes long
//! pauses at the end of a turn (`search`); one that would take too long ends in `RegexMatchTimeoutException` by the matcher's own limit.

mod expression;
mod results;
mod search;
#[cfg(test)]
mod tests;
mod values;

use super::Library;

pub(super) fn declare(library: &mut Library) {
    library.flags(
        "System.Text.RegularExpressions.RegexOptions",
        &[
            ("None", 0),
            ("IgnoreCase", 1),
            ("Multiline", 2),
            ("ExplicitCapture", 4),
            ("Compiled", 8),
            ("Singleline", 16),
            ("IgnorePatternWhitespace", 32),
            ("RightToLeft", 64),
            ("ECMAScript", 256),
            ("CultureInvariant", 512),
            ("NonBacktracking", 1024),
        ],
    );
    library.delegate("System.Text.RegularExpressions.MatchEvaluator", "string Invoke(Match match)");
    results::declare(library);
    expression::declare(library);
}
