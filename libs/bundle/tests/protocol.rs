//! Frames and messages against everything a peer or a bad line can do to them.

#![allow(clippy::unwrap_used, reason = "clippy exempts only functions that are tests themselves")]

mod sample;

use std::sync::Arc;

use postern_bundle::*;

fn agent_messages() -> Vec<AgentMessage> {
    let mut messages = vec![AgentMessage::Hello(AgentHello { protocol: PROTOCOL, version: "0.1.0".to_owned() })];
    messages.extend(sample::push(None, &sample::bundle(1)));
    messages.push(AgentMessage::Drop(PartKey::Api("orders;rev=2".to_owned())));
    messages.push(AgentMessage::Ping(9));
    messages.push(AgentMessage::Unconfigure("the gateway token expired".to_owned()));
    messages
}

fn gateway_messages() -> Vec<GatewayMessage> {
    let diagnostic = Diagnostic { line: 3, column: 9, ..Diagnostic::error("policy-unknown", "/apis/orders", "why") };
    vec![
        GatewayMessage::Hello(GatewayHello {
            protocol: PROTOCOL,
            version: "0.1.0".to_owned(),
            pid: 4711,
            generation: Some(3),
            root_hash: Some(Hash::of(b"x")),
        }),
        GatewayMessage::Applied(Applied {
            generation: 4,
            root_hash: Hash::of(b"y"),
            apply_us: 800,
            diagnostics: vec![diagnostic.clone()],
        }),
        GatewayMessage::Rejected(Rejected {
            generation: 5,
            reason: RejectedReason::BaseMismatch,
            message: "other base".to_owned(),
            diagnostics: Vec::new(),
        }),
        GatewayMessage::Stats(Stats { requests_by_class: [0, 1, 2, 3, 4], ..Stats::default() }),
        GatewayMessage::Health(Health {
            driver: "io_uring".to_owned(),
            workers: vec![WorkerHealth { index: 1, alive: true, restarts: 2 }],
            diagnostics: vec![diagnostic],
            ..Health::default()
        }),
        GatewayMessage::Pong(9),
    ]
}

fn wire<M: frame::Message>(messages: &[M]) -> Vec<u8> {
    let mut out = Vec::new();
    messages.iter().for_each(|message| Encoder::encode(message, &mut out).unwrap());
    out
}

/// Everything a decoder gives out for `chunks`, up to its first error.
fn decode<M: frame::Message>(chunks: &[&[u8]]) -> (Vec<M>, Option<FrameError>, bool) {
    let mut decoder = Decoder::new();
    let mut messages = Vec::new();
    for chunk in chunks {
        decoder.push(chunk);
        loop {
            match decoder.next_message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error), decoder.is_partial()),
            }
        }
    }
    let partial = decoder.is_partial();
    (messages, None, partial)
}

#[test]
fn every_message_survives_the_wire_in_one_piece_and_byte_by_byte() {
    fn check<M: frame::Message + PartialEq + std::fmt::Debug>(messages: &[M]) {
        let bytes = wire(messages);
        let (whole, error, partial) = decode::<M>(&[&bytes]);
        assert_eq!((whole.as_slice(), error, partial), (messages, None, false));
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(decode::<M>(&single).0.as_slice(), messages);
    }
    check(&agent_messages());
    check(&gateway_messages());
}

#[test]
fn a_cut_at_any_byte_changes_nothing() {
    let messages = agent_messages();
    let bytes = wire(&messages);
    for cut in 0..bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(decode::<AgentMessage>(&[head, tail]).0, messages, "cut at {cut}");
    }
}

#[test]
fn a_truncated_stream_gives_its_whole_messages_and_is_known_to_be_partial() {
    let bytes = wire(&agent_messages());
    let ends: Vec<usize> = agent_messages()
        .iter()
        .scan(0, |end, message| {
            *end += Encoder::frame(message).unwrap().len();
            Some(*end)
        })
        .collect();
    for length in 0..bytes.len() {
        let (messages, error, partial) = decode::<AgentMessage>(&[&bytes[..length]]);
        assert_eq!(error, None);
        assert_eq!(messages.len(), ends.iter().filter(|end| **end <= length).count());
        assert_eq!(partial, length != 0 && !ends.contains(&length), "{length} bytes");
    }
}

#[test]
fn a_changed_byte_never_panics_and_never_gives_another_generation() {
    let bundle = sample::bundle(1);
    let bytes = wire(&sample::push(None, &bundle));
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut changed = bytes.clone();
            changed[at] ^= flip;
            let (messages, _, _) = decode::<AgentMessage>(&[&changed]);
            let mut staging = Staging::new();
            if let Ok(Some(result)) = sample::stage(&mut staging, None, messages) {
                // The generation number is the only thing the root hash does not protect.
                assert_eq!(result.root_hash(), bundle.root_hash(), "byte {at}");
                assert_eq!(result.parts(), bundle.parts(), "byte {at}");
            }
        }
    }
}

#[test]
fn garbage_is_an_error_and_the_decoder_stays_in_it() {
    let mut decoder = Decoder::<AgentMessage>::new();
    decoder.push(b"GET / HTTP/1.1\r\n\r\n");
    assert!(matches!(decoder.next_message(), Err(FrameError::TooLarge { .. })));
    decoder.push(&Encoder::frame(&AgentMessage::Ping(1)).unwrap());
    assert_eq!(decoder.next_message(), Err(FrameError::Failed));
}

#[test]
fn the_frame_limit_holds_at_its_edge() {
    let announce = |length: usize| {
        let mut bytes = u32::try_from(length).unwrap().to_le_bytes().to_vec();
        bytes.push(0x06);
        decode::<AgentMessage>(&[&bytes]).1
    };
    assert_eq!(announce(limits::FRAME_BYTES_MAX), None);
    assert_eq!(
        announce(limits::FRAME_BYTES_MAX + 1),
        Some(FrameError::TooLarge { bytes: limits::FRAME_BYTES_MAX + 1 })
    );
}

#[test]
fn the_largest_part_fits_its_frame() {
    let key = PartKey::Api("x".repeat(limits::NAME_BYTES_MAX));
    let bytes: Arc<[u8]> = vec![0; limits::PART_BYTES_MAX].into();
    let part = EncodedPart::from_bytes(&key, bytes).unwrap();
    let put = AgentMessage::Put(Put { key: key.clone(), hash: part.hash(), bytes: Arc::clone(part.bytes()) });
    assert_eq!(decode::<AgentMessage>(&[&Encoder::frame(&put).unwrap()]).0, [put]);
    let bytes: Arc<[u8]> = vec![0; limits::PART_BYTES_MAX + 1].into();
    assert!(matches!(EncodedPart::from_bytes(&key, bytes), Err(PartError::TooLarge { .. })));
}

#[test]
fn an_empty_frame_an_unknown_kind_and_trailing_bytes_are_errors() {
    assert_eq!(decode::<AgentMessage>(&[&[0, 0, 0, 0]]).1, Some(FrameError::Empty));
    assert_eq!(decode::<AgentMessage>(&[&[1, 0, 0, 0, 0x7f]]).1, Some(FrameError::UnknownKind { kind: 0x7f }));
    assert_eq!(decode::<AgentMessage>(&[&[3, 0, 0, 0, 6, 1, 1]]).1, Some(FrameError::Trailing { kind: 6, bytes: 1 }));
    let other_direction = Encoder::frame(&GatewayMessage::Pong(1)).unwrap();
    assert_eq!(decode::<AgentMessage>(&[&other_direction]).1, Some(FrameError::UnknownKind { kind: 0x86 }));
}

#[test]
fn another_protocol_version_is_told_whatever_follows_it() {
    let frame = [4, 0, 0, 0, 0x01, 0x63, 0xff, 0xff];
    assert_eq!(decode::<AgentMessage>(&[&frame]).1, Some(FrameError::Protocol { theirs: 0x63 }));
    let frame = [4, 0, 0, 0, 0x81, 0x00, 0xff, 0xff];
    assert_eq!(decode::<GatewayMessage>(&[&frame]).1, Some(FrameError::Protocol { theirs: 0 }));
}

#[test]
fn nothing_secret_is_printed() {
    let shown = format!("{:?} {:?} {:?}", sample::parts(), sample::bundle(1), agent_messages());
    for secret in ["0123456789abcdef", "backend-secret", "YTpi", "<policies"] {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}
