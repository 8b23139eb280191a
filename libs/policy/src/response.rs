//! The gateway's own error bodies, byte for byte as APIM sends them (spaces included).

use std::io::Write;

use crate::exchange::{Exchange, Side};

/// Appends `{ "statusCode": N, "message": "…" }`.
pub fn write_error_body(out: &mut Vec<u8>, status: u16, message: &str) {
    let _ = write!(out, "{{ \"statusCode\": {status}, \"message\": \"");
    escape_json(out, message);
    out.extend_from_slice(b"\" }");
}

/// Appends the body of errors that tell the caller nothing: 500 with the request id as `activityId`.
pub fn write_internal_error_body(out: &mut Vec<u8>, request_id: &str) {
    out.extend_from_slice(b"{ \"statusCode\": 500, \"message\": \"Internal server error\", \"activityId\": \"");
    escape_json(out, request_id);
    out.extend_from_slice(b"\" }");
}

/// Makes the exchange's response the error response for `status` and `message`.
pub(crate) fn error(exchange: &mut dyn Exchange, scratch: &mut Vec<u8>, status: u16, message: &str) {
    scratch.clear();
    write_error_body(scratch, status, message);
    json(exchange, scratch, status);
}

/// Makes the exchange's response the 500 that tells nothing.
pub(crate) fn internal_error(exchange: &mut dyn Exchange, scratch: &mut Vec<u8>) {
    scratch.clear();
    write_internal_error_body(scratch, exchange.request_id());
    json(exchange, scratch, 500);
}

fn json(exchange: &mut dyn Exchange, body: &mut Vec<u8>, status: u16) {
    exchange.begin_response();
    exchange.set_status(status, "");
    exchange.set_header(Side::Response, "Content-Type", b"application/json");
    exchange.set_body(Side::Response, body);
    body.clear();
}

/// Appends text as it stands within a JSON string.
pub(crate) fn escape_json(out: &mut Vec<u8>, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.extend_from_slice(b"\\\""),
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", control as u32);
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}
