//! `scripts/fuzz.sh jsonpath`: see `targets::jsonpath`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::jsonpath(data));
