//! Digests, tokens, the audit chain and ticket numbers.

use vault::Purpose;

use crate::ring;

#[test]
fn digests_tell_parts_and_purposes_apart() {
    let ring = ring();
    let whole = ring.digest(Purpose::Dedupe, &[b"ab", b"c"]);
    assert_ne!(whole, ring.digest(Purpose::Dedupe, &[b"a", b"bc"]));
    assert_ne!(whole, ring.digest(Purpose::Dedupe, &[b"abc"]));
    assert_ne!(whole, ring.digest(Purpose::Rate, &[b"ab", b"c"]));
    assert_ne!(
        ring.digest(Purpose::Rate, &[]),
        ring.digest(Purpose::Rate, &[b""])
    );
    let mut digester = ring.digester(Purpose::Dedupe);
    digester.update(b"a");
    digester.update(b"b");
    digester.end_part();
    digester.part(b"c");
    assert_eq!(digester.finish(), whole);
}

#[test]
fn a_reply_token_is_good_for_one_ticket_contact_and_purpose() {
    let ring = ring();
    let token = ring.reply_token([7; 16], "noc@example.org", "ack");
    assert!(
        token.len() == 16
            && token
                .bytes()
                .all(|c| matches!(c, b'a'..=b'z' | b'2'..=b'7'))
    );
    assert!(ring.verify_reply_token(&token, [7; 16], "noc@example.org", "ack"));
    assert!(ring.verify_reply_token(&token.to_uppercase(), [7; 16], "noc@example.org", "ack"));
    assert!(!ring.verify_reply_token(&token, [8; 16], "noc@example.org", "ack"));
    assert!(!ring.verify_reply_token(&token, [7; 16], "noc@example.com", "ack"));
    assert!(!ring.verify_reply_token(&token, [7; 16], "noc@example.orgack", ""));
    assert!(!ring.verify_reply_token(&token[..15], [7; 16], "noc@example.org", "ack"));
    assert!(!ring.verify_reply_token("", [7; 16], "noc@example.org", "ack"));
}

#[test]
fn an_audit_chain_binds_every_row_to_all_before() {
    let ring = ring();
    let first = ring.chain_mac(&[0; 32], b"opened");
    assert_eq!(first, ring.chain_mac(&[0; 32], b"opened"));
    assert_ne!(
        ring.chain_mac(&first, b"closed"),
        ring.chain_mac(&[0; 32], b"closed")
    );
    assert_ne!(first, crate::ring().chain_mac(&[0; 32], b"opened"));
    let head = ring.head_mac([1; 16], 7, &first);
    assert_ne!(head, ring.head_mac([2; 16], 7, &first));
    assert_ne!(head, ring.head_mac([1; 16], 6, &first));
    assert_ne!(head, ring.head_mac([1; 16], 7, &head));
}

#[test]
fn six_digit_numbers_are_a_permutation() {
    let ring = ring();
    let mut seen = vec![false; 1_000_000];
    let mut fixed = 0;
    for n in 1..=999_999_u64 {
        let serial = ring.serial_permutation(n);
        assert!((1..=999_999).contains(&serial), "{n}");
        assert!(
            !std::mem::replace(&mut seen[usize::try_from(serial).unwrap()], true),
            "{n}"
        );
        fixed += usize::from(serial == n);
    }
    assert!(fixed < 20, "{fixed} numbers stay in place");
}

#[test]
fn longer_numbers_keep_their_count_of_digits() {
    let ring = ring();
    for start in [1_000_000_u64, 10_000_000, 100_000_000_000_000_000] {
        let mut seen = std::collections::BTreeSet::new();
        for n in (start..start + 200).chain(start * 10 - 200..start * 10) {
            let serial = ring.serial_permutation(n);
            assert!(
                (start..start * 10).contains(&serial) && seen.insert(serial),
                "{n}"
            );
        }
    }
    assert_eq!(ring.serial_permutation(0), 0);
    assert_eq!(ring.serial_permutation(u64::MAX), u64::MAX);
}
