//! Reading returns, and keeps its promises, for whatever comes.

use proptest::prelude::*;

use crate::made::*;

fn samples() -> &'static [Vec<u8>] {
    static SAMPLES: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SAMPLES.get_or_init(|| {
        let content = entity();
        vec![
            pgp_mime(&sealed(&content)),
            mail(&signed_entity(&content, &signature(&content))),
            mail(&format!(
                "Content-Type: text/plain\r\n\r\n{}",
                sealed(CANARY)
            )),
            mail(&format!(
                "Content-Type: text/plain\r\n\r\n{}",
                cleartext("signed words\n")
            )),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn octets_changed_anywhere(
        sample in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut raw = samples()[sample].clone();
        for (index, octet) in changes {
            let at = index.index(raw.len());
            raw[at] = octet;
        }
        check(&raw);
    }

    #[test]
    fn pieces_cut_and_joined(
        (first, second) in (0..4_usize, 0..4_usize),
        (head, tail) in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
    ) {
        let (first, second) = (&samples()[first], &samples()[second]);
        let raw = [&first[..head.index(first.len())], &second[tail.index(second.len())..]].concat();
        check(&raw);
    }

    #[test]
    fn packets_of_any_content(octets in prop::collection::vec(any::<u8>(), 0..400), head in 0x80..=0xFF_u8) {
        let binary = [&[head], octets.as_slice()].concat();
        check(&pgp_mime(&armored(&binary)));
        check(&mail(&signed_entity(&entity(), &armored(&binary))));
        let key = armored(&binary).replace("MESSAGE", "PUBLIC KEY BLOCK");
        check(&mail(&format!("Content-Type: application/pgp-keys\r\n\r\n{key}")));
    }
}

/// Text that counts as signed is text that the peer signed.
fn check(raw: &[u8]) {
    for part in reading(raw).parts {
        let text = part.text.unwrap_or_default();
        if part.signed {
            assert!(
                text.contains(CANARY) || text.trim() == "signed words",
                "{text:?}"
            );
        }
    }
}
