#![no_main]

use fuzz::extraction::{ADDRESSES, part};

libfuzzer_sys::fuzz_target!(|input: &[u8]| part(&ADDRESSES, input));
