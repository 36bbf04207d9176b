#![no_main]

use fuzz::extraction::{XML, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&XML, input));
