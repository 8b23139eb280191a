//! Liquid templates.

use std::sync::{Arc, LazyLock};

use postern_policy::testing::{MemoryExchange, compile_one, drive};
use postern_policy::{Program, Run};

/// The template comes from a property of the exchange, so that any text can be one.
static PROGRAM: LazyLock<Arc<Program>> = LazyLock::new(|| {
    let policy = "<policies><inbound><set-body template=\"liquid\">@(context.Api.Name)</set-body></inbound></policies>";
    let (program, diagnostics) = compile_one(policy);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    program
});

/// A template of `set-body`, and behind a separator the body it is applied to: XML if it begins with `<`, else JSON.
pub fn liquid(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (template, body) = super::parts(&text);
    let media_type = if body.starts_with('<') { "application/xml" } else { "application/json" };
    let mut exchange = MemoryExchange::get("/items/5?a=1").header_line("Content-Type", media_type);
    template.clone_into(&mut exchange.api_name);
    exchange.request_body = Some(body.as_bytes().to_vec());
    drive(&PROGRAM, &mut exchange, &mut Run::new());
}
