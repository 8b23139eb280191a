//! Bodies of any size pass through in bounded memory, with back-pressure in both directions.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use postern_tests::limits::STREAMING_GROWTH_BYTES_MAX;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Then, response};

use crate::front::Front;

const GIGABYTE: u64 = 1 << 30;
const PIECE: usize = 256 << 10;

/// A front whose pools and buffers are warm, and its resident memory then.
fn warm(front: &Front) -> u64 {
    for _ in 0..20 {
        assert_eq!(front.gateway.get("/a/warm", &[]).status, 200);
    }
    front.gateway.process.resident_bytes()
}

fn assert_memory(front: &Front, before: u64) {
    // The peak, not the end: memory given back in time would not help.
    let growth = front.gateway.process.resident_peak_bytes().saturating_sub(before);
    assert!(growth < STREAMING_GROWTH_BYTES_MAX, "memory grew by {} KB", growth >> 10);
}

/// Sends `length` bytes as a download, or as much as the other side takes.
fn send_body(conversation: &mut postern_tests::origin::Conversation, length: u64, sent: &AtomicU64) -> Then {
    let piece = vec![b'd'; PIECE];
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    if conversation.send(head.as_bytes()).is_err() {
        return Then::Close;
    }
    for _ in 0..length / PIECE as u64 {
        if conversation.send(&piece).is_err() {
            return Then::Close;
        }
        sent.fetch_add(PIECE as u64, Ordering::SeqCst);
    }
    Then::Continue
}

/// Waits until the counter stands still: the one who counts is blocked, or done.
fn wait_for_standstill(counter: &AtomicU64) -> u64 {
    let mut last = u64::MAX;
    loop {
        let now = counter.load(Ordering::SeqCst);
        if now == last && now > 0 {
            return now;
        }
        last = now;
        // A look too early only makes the check below weaker, never wrong.
        thread::sleep(Duration::from_millis(300));
    }
}

on_both_drivers! {
    fn an_upload_of_1_gb_passes_in_bounded_memory(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.target() == "/warm" {
                return conversation.ok(b"ok");
            }
            let count = conversation.count_body().unwrap_or(0);
            conversation.answer_after_body(&response(200, &[], count.to_string().as_bytes()))
        });
        let before = warm(&front);
        let mut client = front.gateway.client();
        let head = format!("PUT /a/up HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {GIGABYTE}\r\n\r\n");
        client.send(head.as_bytes());
        let piece = vec![b'u'; PIECE];
        for _ in 0..GIGABYTE / PIECE as u64 {
            client.send(&piece);
        }
        assert_eq!(client.read_response().text(), GIGABYTE.to_string());
        assert_memory(&front, before);
        assert_eq!(client.get("/a/warm", &[]).status, 200);
    }

    fn a_chunked_upload_of_1_gb_passes_in_bounded_memory(driver) {
        let front = Front::with(driver, |seen, conversation| {
            if seen.target() == "/warm" {
                return conversation.ok(b"ok");
            }
            let count = conversation.count_body().unwrap_or(0);
            conversation.answer_after_body(&response(200, &[], count.to_string().as_bytes()))
        });
        let before = warm(&front);
        let mut client = front.gateway.client();
        client.send(b"PUT /a/up HTTP/1.1\r\nHost: gateway.test\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [format!("{PIECE:x}\r\n").as_bytes(), &vec![b'u'; PIECE], b"\r\n"].concat();
        for _ in 0..GIGABYTE / PIECE as u64 {
            client.send(&chunk);
        }
        client.send(b"0\r\n\r\n");
        assert_eq!(client.read_response().text(), GIGABYTE.to_string());
        assert_memory(&front, before);
    }

    fn a_download_of_1_gb_passes_in_bounded_memory(driver) {
        let front = Front::with(driver, |seen, conversation| match seen.target().as_str() {
            "/warm" => conversation.ok(b"ok"),
            _ => send_body(conversation, GIGABYTE, &AtomicU64::new(0)),
        });
        let before = warm(&front);
        let mut client = front.gateway.client();
        client.send(b"GET /a/down HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        assert!(client.read_head().unwrap().contains(&GIGABYTE.to_string()));
        assert_eq!(client.count_bytes(GIGABYTE).unwrap(), GIGABYTE);
        assert_memory(&front, before);
        assert_eq!(client.get("/a/warm", &[]).status, 200);
    }

    fn a_caller_that_does_not_read_holds_the_origin_back(driver) {
        const LENGTH: u64 = 256 << 20;
        let sent = Arc::new(AtomicU64::new(0));
        let of_origin = sent.clone();
        let front = Front::with(driver, move |seen, conversation| match seen.target().as_str() {
            "/warm" => conversation.ok(b"ok"),
            _ => send_body(conversation, LENGTH, &of_origin),
        });
        let before = warm(&front);
        let mut client = front.gateway.client();
        client.send(b"GET /a/down HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        client.read_head().unwrap();
        let held = wait_for_standstill(&sent);
        assert!(held < LENGTH, "the whole body was taken from the origin");
        assert_memory(&front, before);
        assert_eq!(client.count_bytes(LENGTH).unwrap(), LENGTH);
        assert_memory(&front, before);
    }

    fn an_origin_that_does_not_read_holds_the_caller_back(driver) {
        const LENGTH: u64 = 256 << 20;
        let (release, released) = std::sync::mpsc::channel::<()>();
        let released = std::sync::Mutex::new(released);
        let front = Front::with(driver, move |seen, conversation| {
            if seen.target() == "/warm" {
                return conversation.ok(b"ok");
            }
            let _ = released.lock().unwrap().recv();
            let count = conversation.count_body().unwrap_or(0);
            conversation.answer_after_body(&response(200, &[], count.to_string().as_bytes()))
        });
        let before = warm(&front);
        let mut client = front.gateway.client();
        client.send(format!("PUT /a/up HTTP/1.1\r\nHost: gateway.test\r\nContent-Length: {LENGTH}\r\n\r\n").as_bytes());
        let sent = Arc::new(AtomicU64::new(0));
        let (of_writer, mut stream) = (sent.clone(), client.stream().try_clone().unwrap());
        let writer = thread::spawn(move || {
            let piece = vec![b'u'; PIECE];
            for _ in 0..LENGTH / PIECE as u64 {
                stream.write_all(&piece).unwrap();
                of_writer.fetch_add(PIECE as u64, Ordering::SeqCst);
            }
        });
        let held = wait_for_standstill(&sent);
        assert!(held < LENGTH, "the whole body was taken from the caller");
        assert_memory(&front, before);
        release.send(()).unwrap();
        assert_eq!(client.read_response().text(), LENGTH.to_string());
        writer.join().unwrap();
        assert_memory(&front, before);
    }

    fn parts_of_a_body_are_passed_on_as_they_come(driver) {
        let (next, wait_for_next) = std::sync::mpsc::channel::<()>();
        let wait_for_next = std::sync::Mutex::new(wait_for_next);
        let front = Front::with(driver, move |_, conversation| {
            let _ = conversation.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for part in ["one", "two", "end"] {
                if conversation.send(format!("3\r\n{part}\r\n").as_bytes()).is_err() {
                    return Then::Close;
                }
                // The next part is made only when the caller has this one.
                let _ = wait_for_next.lock().unwrap().recv();
            }
            let _ = conversation.send(b"0\r\n\r\n");
            Then::Continue
        });
        let mut client = front.gateway.client();
        client.send(b"GET /a/events HTTP/1.1\r\nHost: gateway.test\r\n\r\n");
        assert!(client.read_head().unwrap().to_lowercase().contains("transfer-encoding: chunked"));
        for part in ["one", "two", "end"] {
            let mut text = String::new();
            while !text.contains(part) {
                text.push_str(&client.read_some().unwrap());
            }
            next.send(()).unwrap();
        }
    }
}
