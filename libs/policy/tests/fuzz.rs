//! The fuzz targets without a fuzzer: each is fed its seeds and mutations of them, always the same ones, so that a target that no longer compiles
//! or a promise that no longer holds is seen in every test run. `scripts/fuzz.sh` is the real thing.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use std::path::Path;
use std::time::{Duration, Instant};

#[allow(unreachable_pub, reason = "the library of the fuzz targets, whose crate is outside the workspace")]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

/// Mutations of each seed.
const MUTATIONS: usize = 300;
/// An input that takes longer hangs; the slowest take some hundred milliseconds in a build without optimisation.
const SLOW: Duration = Duration::from_secs(20);

/// What separates things in some language.
const BYTES: &[u8] = b"\"'(){}[]<>@$%|.,:;&!?=-+*/\\\n\0 09azAZ\xff";

/// xorshift64*: seeded, so that a failure is repeatable.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or(0)
    }
}

/// Bytes cut out, doubled, changed and put in, or the tail of another seed.
fn mutate(seed: &[u8], others: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut mutated = seed.to_vec();
    for _ in 0..=random.below(4) {
        let at = random.below(mutated.len() + 1);
        let end = (at + random.below(16)).min(mutated.len());
        match random.below(6) {
            0 => drop(mutated.drain(at..end)),
            1 => {
                let piece = mutated[at..end].to_vec();
                let to = random.below(mutated.len() + 1);
                mutated.splice(to..to, piece);
            }
            2 if at < mutated.len() => mutated[at] ^= 1 << random.below(8),
            3 => mutated.insert(at, BYTES[random.below(BYTES.len())]),
            4 => {
                let other = &others[random.below(others.len())];
                mutated.truncate(at);
                mutated.extend_from_slice(&other[random.below(other.len())..]);
            }
            _ => mutated.truncate(at.max(1)),
        }
    }
    mutated
}

fn feed(name: &str, target: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/seeds").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty(), "{}", folder.display());
    let mut random = Random(0x5EED_0F90_57E2_0002);
    for seed in &seeds {
        give(target, seed);
        for _ in 0..MUTATIONS {
            give(target, &mutate(seed, &seeds, &mut random));
        }
    }
}

fn give(target: fn(&[u8]), input: &[u8]) {
    let start = Instant::now();
    if std::panic::catch_unwind(|| target(input)).is_err() {
        panic!("this input breaks it: {}", input.escape_ascii());
    }
    assert!(start.elapsed() < SLOW, "{:?} for {}", start.elapsed(), input.escape_ascii());
}

#[test]
fn reader() {
    feed("reader", targets::reader);
}

#[test]
fn parser() {
    feed("parser", targets::parser);
}

#[test]
fn evaluator() {
    feed("evaluator", targets::evaluator);
}

#[test]
fn liquid() {
    feed("liquid", targets::liquid);
}

#[test]
fn jsonpath() {
    feed("jsonpath", targets::jsonpath);
}

#[test]
fn xsd() {
    feed("xsd", targets::xsd);
}

#[test]
fn jwt() {
    feed("jwt", targets::jwt);
}

#[test]
fn odata() {
    feed("odata", targets::odata);
}
