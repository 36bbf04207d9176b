#![no_main]

use fuzz::extraction::{INDICATORS, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&INDICATORS, input));
