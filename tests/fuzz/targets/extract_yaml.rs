#![no_main]

use fuzz::extraction::{YAML, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&YAML, input));
