//! `scripts/fuzz.sh liquid`: see `targets::liquid`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::liquid(data));
