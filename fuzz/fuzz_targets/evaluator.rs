//! `scripts/fuzz.sh evaluator`: see `targets::evaluator`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::evaluator(data));
