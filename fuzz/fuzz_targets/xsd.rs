//! `scripts/fuzz.sh xsd`: see `targets::xsd`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| targets::xsd(data));
