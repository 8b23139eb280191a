//! `scripts/fuzz.sh odata`: see `targets::odata`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::odata(data));
