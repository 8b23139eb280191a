//! What the overlay shows and what it refuses.

use super::*;
use crate::{Limits, RequestHead};

const RECEIVED: &[u8] =
    b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nX-Key: 1\r\naccept: */*\r\nx-key: 2\r\n\r\n";

fn received() -> RequestHead {
    let mut head = RequestHead::default();
    head.parse(RECEIVED, &Limits::default()).expect("well-formed");
    head
}

fn all(edits: &HeaderEdits, name: &str) -> Vec<String> {
    let head = received();
    let values = edits.all(RECEIVED, &head.headers, name.as_bytes());
    values.map(|value| String::from_utf8_lossy(value).into_owned()).collect()
}

/// Edits by a script of `set`, `append`, `remove`.
fn edited(script: &[(&str, &str, &str)]) -> HeaderEdits {
    let mut edits = HeaderEdits::default();
    for (operation, name, value) in script {
        let (name, value) = (name.as_bytes(), value.as_bytes());
        match *operation {
            "set" => edits.set(name, value),
            "append" => edits.append(name, value),
            "remove" => edits.remove(name),
            other => panic!("no operation {other}"),
        }
        .expect("valid");
    }
    edits
}

#[test]
fn the_overlay_shows_received_fields_until_they_are_edited() {
    for name in ["Accept", "X-Key"] {
        let lower = name.to_lowercase();
        let received = all(&HeaderEdits::default(), name);
        assert_eq!(received.len(), 2);
        assert_eq!(all(&edited(&[("set", &lower, " v\t")]), name), ["v"]);
        assert_eq!(all(&edited(&[("append", &lower, "v")]), name), [&*received[0], &*received[1], "v"]);
        assert_eq!(all(&edited(&[("remove", &lower, "")]), name), [""; 0]);
        assert_eq!(all(&edited(&[("remove", name, ""), ("append", &lower, "v")]), name), ["v"]);
        assert_eq!(all(&edited(&[("append", name, "v"), ("set", &lower, "w")]), name), ["w"]);
        assert_eq!(all(&edited(&[("set", name, "v"), ("append", &lower, "w")]), name), ["v", "w"]);
        assert_eq!(all(&edited(&[("set", name, "v"), ("remove", &lower, "")]), name), [""; 0]);
        assert_eq!(all(&edited(&[("set", "Other-Name", "v"), ("set", "Via", "w")]), name), received);
    }
    assert_eq!(all(&edited(&[("set", "X-New", "")]), "x-new"), [""]);
}

#[test]
fn touched_added_and_empty_tell_what_the_edits_did() {
    let mut edits =
        edited(&[("set", "Accept", "v"), ("append", "X-New", "w"), ("remove", "X-Key", ""), ("remove", "Via", "")]);
    let touched = |name: &str| edits.touches(name.as_bytes());
    assert!(touched("accept") && touched("x-new") && touched("X-KEY") && touched("via"));
    assert!(!touched("Host") && !touched("X-Other"));
    assert_eq!(edits.added(b"ACCEPT"), Some(&b"v"[..]));
    assert_eq!((edits.added(b"X-Key"), edits.added(b"Host")), (None, None));
    assert!(!edits.is_empty());
    edits.clear();
    assert!(edits.is_empty() && !edits.touches(b"Accept") && !edits.touches(b"X-Key"));
    assert_eq!(all(&edits, "X-Key"), ["1", "2"]);
}

#[test]
fn removing_everything_leaves_only_what_is_added_afterwards() {
    let mut edits = edited(&[("set", "A", "b")]);
    edits.remove_all();
    assert!(!edits.is_empty() && edits.touches(b"Accept") && edits.touches(b"anything"));
    edits.append(b"C", b"d").expect("valid");
    let head = received();
    let fields: Vec<_> = edits.iter(RECEIVED, &head.headers).collect();
    assert_eq!(fields, [(&b"C"[..], &b"d"[..])]);
}

#[test]
fn the_effective_list_is_received_order_then_added_order() {
    let edits = edited(&[("remove", "accept", ""), ("append", "B", "1"), ("append", "A", "2")]);
    let head = received();
    let names: Vec<_> = edits.iter(RECEIVED, &head.headers).map(|(name, _)| String::from_utf8_lossy(name)).collect();
    assert_eq!(names, ["Host", "X-Key", "x-key", "B", "A"]);
    assert!(edits.contains(RECEIVED, &head.headers, b"host") && !edits.contains(RECEIVED, &head.headers, b"Accept"));
}

#[test]
fn nothing_that_could_begin_a_line_is_taken() {
    let mut edits = HeaderEdits::default();
    for name in [&b""[..], b"a b", b"a:", b"a\r\nb", b"\xe9"] {
        assert_eq!(edits.set(name, b"v"), Err(EditError::Name), "{name:?}");
        assert_eq!(edits.append(name, b"v"), Err(EditError::Name), "{name:?}");
        assert_eq!(edits.remove(name), Err(EditError::Name), "{name:?}");
    }
    for value in [&b"a\r\nB: c"[..], b"a\nb", b"a\rb", b"a\0", b"\x7f"] {
        assert_eq!(edits.set(b"A", value), Err(EditError::Value), "{value:?}");
        assert_eq!(edits.append(b"A", value), Err(EditError::Value), "{value:?}");
    }
    assert!(edits.is_empty());
}

#[test]
fn the_overlay_is_bounded() {
    let mut edits = HeaderEdits::default();
    let value = vec![b'v'; limits::EDIT_BYTES - 2];
    assert_eq!(edits.set(b"A", &[&value[..], b"v"].concat()), Err(EditError::TooMany));
    assert_eq!(edits.set(b"A", &value), Ok(()));
    assert_eq!(edits.append(b"B", b""), Err(EditError::TooMany));

    edits.clear();
    for _ in 0..limits::EDITS {
        assert_eq!(edits.append(b"A", b"b"), Ok(()));
    }
    assert_eq!(edits.append(b"A", b"b"), Err(EditError::TooMany));
    edits.clear();
    for index in 0..limits::EDITS {
        assert_eq!(edits.remove(format!("X-{index}").as_bytes()), Ok(()));
    }
    assert_eq!(edits.remove(b"X-More"), Err(EditError::TooMany));
}
