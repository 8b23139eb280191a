//! What the operator listener answers to what.

use crate::observe::exposition::{self, CONTENT_TYPE};
use crate::observe::readiness::{INTERNAL_STATUS_PATH, STATUS_PATH};
use crate::observe::state::ProcessState;
use crate::operator::status::status;

/// One answer, before it is written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: String,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// Method and path decide; a query is ignored, as scrapers add some.
pub(super) fn answer(method: &str, path: &str, state: &ProcessState) -> Answer {
    if !matches!(method, "GET" | "HEAD") {
        return Answer { status: 405, content_type: TEXT, body: "GET and HEAD only\n".to_owned() };
    }
    match path {
        "/metrics" => Answer { status: 200, content_type: CONTENT_TYPE, body: exposition::render(state) },
        "/status" => Answer { status: 200, content_type: JSON, body: status(state) },
        STATUS_PATH | INTERNAL_STATUS_PATH => {
            let (status, body) = state.readiness.status_body();
            Answer { status, content_type: JSON, body }
        }
        _ => {
            let body = format!("there is /metrics, /status and {STATUS_PATH}\n");
            Answer { status: 404, content_type: TEXT, body }
        }
    }
}

impl Answer {
    /// The whole response; to HEAD without its body.
    pub(super) fn into_bytes(self, head_only: bool, close: bool) -> Vec<u8> {
        let Self { status, content_type, body } = self;
        let reason = match status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Service Unavailable",
        };
        let connection = if close { "close" } else { "keep-alive" };
        let allow = if status == 405 { "Allow: GET, HEAD\r\n" } else { "" };
        let mut bytes = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n{allow}\
             Cache-Control: no-store\r\nConnection: {connection}\r\n\r\n",
            body.len()
        )
        .into_bytes();
        if !head_only {
            bytes.extend_from_slice(body.as_bytes());
        }
        bytes
    }
}
