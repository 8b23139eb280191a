//! The gateway's own responses, byte for byte.

use super::*;

fn written(response: &LocalResponse<'_>) -> Result<String, WriteError> {
    let mut out = Vec::new();
    let result = write_local_response(&mut out, response);
    assert!(result.is_ok() || out.is_empty(), "nothing is written on an error");
    result.map(|()| String::from_utf8(out).expect("UTF-8"))
}

fn unauthorized(edits: &HeaderEdits) -> LocalResponse<'_> {
    LocalResponse {
        status: 401,
        reason: b"",
        headers: &[(b"Content-Type", b"application/json"), (b"Content-Length", b"9"), (b"Connection", b"x")],
        edits,
        body: b"{}",
        head_only: false,
        tells_length: true,
        connection: ConnectionHeader::Implicit,
    }
}

#[test]
fn a_local_response_has_its_body_and_its_length() {
    let mut edits = HeaderEdits::default();
    edits.append(b"X-Trace", b"1").expect("valid");
    edits.append(b"Transfer-Encoding", b"chunked").expect("valid");
    let head = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nX-Trace: 1\r\nContent-Length: 2\r\n";
    let response = unauthorized(&edits);
    assert_eq!(written(&response), Ok(format!("{head}\r\n{{}}")));
    assert_eq!(written(&LocalResponse { head_only: true, ..response }), Ok(format!("{head}\r\n")));
    let unknown = LocalResponse { head_only: true, tells_length: false, ..response };
    let without_length = head.replace("Content-Length: 2\r\n", "");
    assert_eq!(written(&unknown), Ok(format!("{without_length}\r\n")));
    let close = LocalResponse { connection: ConnectionHeader::Close, ..response };
    assert_eq!(written(&close), Ok(format!("{head}Connection: close\r\n\r\n{{}}")));
}

#[test]
fn statuses_without_body_are_sent_without() {
    let edits = HeaderEdits::default();
    for status in [204, 304] {
        let response = LocalResponse { status, reason: b"Changed", headers: &[], ..unauthorized(&edits) };
        assert_eq!(written(&response), Ok(format!("HTTP/1.1 {status} Changed\r\n\r\n")));
    }
}

#[test]
fn what_could_break_a_line_is_refused() {
    let edits = HeaderEdits::default();
    let good = unauthorized(&edits);
    for (name, value) in [(&b"A B"[..], &b"c"[..]), (b"", b"c"), (b"A", b"b\r\nC: d"), (b"A", b"b\0")] {
        assert_eq!(written(&LocalResponse { headers: &[(name, value)], ..good }), Err(WriteError::Header));
    }
    assert_eq!(written(&LocalResponse { reason: b"a\nb", ..good }), Err(WriteError::Reason));
    assert_eq!(written(&LocalResponse { status: 42, ..good }), Err(WriteError::Status));
}
