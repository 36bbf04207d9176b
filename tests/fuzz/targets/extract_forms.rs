#![no_main]

use fuzz::extraction::{FORMS, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&FORMS, input));
