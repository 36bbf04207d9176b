#![no_main]

use fuzz::extraction::{HEADERS, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&HEADERS, input));
