#![no_main]

use fuzz::extraction::{LOGS, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&LOGS, input));
