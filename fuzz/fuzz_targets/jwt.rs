//! `scripts/fuzz.sh jwt`: see `targets::jwt`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::jwt(data));
