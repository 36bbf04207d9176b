#![no_main]

use fuzz::extraction::{JSON, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&JSON, input));
