#![no_main]

use fuzz::extraction::{TIMES, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&TIMES, input));
