//! Two requests on one connection never mix, however their bytes are cut.

use postern_tests::client::Client;
use postern_tests::on_both_drivers;
use postern_tests::origin::{Seen, response};

use crate::front::Front;

/// A small reproducible generator (xorshift64*): a failing cut can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
}

/// Request `n` with a body that only it has; every third is chunked.
fn request(n: usize, random: &mut Random) -> (String, String) {
    let body: String = format!("<{n}>").repeat(1 + random.below(400));
    let head = format!("POST /a/{n} HTTP/1.1\r\nHost: gateway.test\r\nX-Number: {n}\r\n");
    let text = if n.is_multiple_of(3) {
        let (first, second) = body.split_at(body.len() / 2);
        let chunks: String = [first, second]
            .iter()
            .filter(|chunk| !chunk.is_empty())
            .map(|chunk| format!("{:x}\r\n{chunk}\r\n", chunk.len()))
            .collect();
        format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n")
    } else {
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
    };
    (text, body)
}

/// Every answer repeats the request's path, its own header and its body.
fn echo_front(driver: postern_tests::driver::Driver) -> Front {
    Front::with(driver, |seen: &Seen, conversation| {
        let Ok(body) = conversation.read_body() else { return postern_tests::origin::Then::Close };
        let (target, number) = (seen.target(), seen.header("x-number").unwrap_or_default());
        conversation.answer_after_body(&response(200, &[("X-Path", &target), ("X-Number", &number)], &body))
    })
}

fn assert_answer(client: &mut Client, n: usize, body: &str, seed: u64) {
    let response = client.read_response();
    assert_eq!(response.status, 200, "request {n}, seed {seed}");
    let number = n.to_string();
    assert_eq!(response.header("x-number"), Some(number.as_str()), "request {n}, seed {seed}");
    assert_eq!(response.header("x-path"), Some(format!("/{n}").as_str()), "request {n}, seed {seed}");
    assert!(response.body == body.as_bytes(), "request {n}, seed {seed}: {:?}", response.text());
}

on_both_drivers! {
    fn pipelined_requests_are_answered_in_order_with_their_own_bodies(driver) {
        let front = echo_front(driver);
        for seed in 1..=6 {
            let mut random = Random(seed);
            let requests: Vec<(String, String)> = (0..30).map(|n| request(n, &mut random)).collect();
            let bytes: Vec<u8> = requests.iter().flat_map(|(text, _)| text.bytes()).collect();
            let mut client = front.gateway.client();
            let mut writer = client.stream().try_clone().unwrap();
            // Cut anywhere: in names, in sizes, between CR and LF.
            let cuts = std::thread::spawn(move || {
                let mut rest = bytes.as_slice();
                while !rest.is_empty() {
                    let most = [3, 50, 1500][random.below(3)];
                    let (piece, left) = rest.split_at((1 + random.below(most)).min(rest.len()));
                    std::io::Write::write_all(&mut writer, piece).unwrap();
                    rest = left;
                }
            });
            for (n, (_, body)) in requests.iter().enumerate() {
                assert_answer(&mut client, n, body, seed);
            }
            cuts.join().unwrap();
        }
        assert!(front.origin.seen().iter().all(|seen| !seen.stray));
    }

    fn a_request_that_arrives_byte_by_byte_is_one_request(driver) {
        let front = echo_front(driver);
        let mut client = front.gateway.client();
        for n in 0..3 {
            let mut random = Random(7);
            let (text, body) = request(n, &mut random);
            let text = &text.as_bytes()[..text.len().min(400)];
            let whole = text.len() == request(n, &mut Random(7)).0.len();
            for byte in text {
                client.send(&[*byte]);
            }
            if !whole {
                client.send(&request(n, &mut Random(7)).0.as_bytes()[text.len()..]);
            }
            assert_answer(&mut client, n, &body, 7);
        }
    }

    fn callers_at_the_same_time_get_their_own_answers(driver) {
        let front = echo_front(driver);
        let address = front.gateway.http;
        let threads: Vec<_> = (0..8).map(|caller| {
            std::thread::spawn(move || {
                let mut random = Random(caller + 1);
                let mut client = Client::connect(address);
                for n in 0..40 {
                    let n = caller as usize * 1000 + n;
                    let (text, body) = request(n, &mut random);
                    client.send(text.as_bytes());
                    assert_answer(&mut client, n, &body, caller + 1);
                }
            })
        }).collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }

    fn a_caller_that_goes_away_between_two_answers_harms_no_one(driver) {
        let front = echo_front(driver);
        for n in 0..20 {
            let mut random = Random(n + 1);
            let mut client = front.gateway.client();
            let (first, body) = request(1, &mut random);
            let (second, _) = request(2, &mut random);
            client.send(format!("{first}{second}").as_bytes());
            assert_answer(&mut client, 1, &body, n);
            client.reset();
        }
        let mut client = front.gateway.client();
        for n in 0..20 {
            let (text, body) = request(n, &mut Random(3));
            client.send(text.as_bytes());
            assert_answer(&mut client, n, &body, 3);
        }
    }
}
