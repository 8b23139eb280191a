//! The C# of expressions.

use postern_policy::expression::{Form, parse};

/// Code of an expression, read as both forms.
pub fn parser(data: &[u8]) {
    let code = String::from_utf8_lossy(data);
    for form in [Form::Expression, Form::Statements] {
        if let Err(error) = parse(&code, form) {
            let place = error.span.start as usize..error.span.end as usize;
            assert!(code.get(place.clone()).is_some(), "{place:?} is not a place in the code: {error}");
            assert!(error.message.len() < 2000, "{error}");
        }
    }
}
