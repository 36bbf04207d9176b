#![no_main]

use fuzz::extraction::{PROSE, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&PROSE, input));
