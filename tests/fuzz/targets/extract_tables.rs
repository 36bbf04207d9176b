#![no_main]

use fuzz::extraction::{TABLES, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&TABLES, input));
