//! `scripts/fuzz.sh reader`: see `targets::reader`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::reader(data));
