-- `repeated`: the message says what its sender, who is proved, reported before; `other` is the first that did. What a report says is
-- kept as a keyed digest in `replay`, beside those of ciphertexts and signatures, with a sender of its own for each message.
ALTER TABLE entry_flag DROP CONSTRAINT entry_flag_flag_check;
ALTER TABLE entry_flag ADD CONSTRAINT entry_flag_flag_check
    CHECK (flag IN ('ciphertext-replayed', 'signature-replayed', 'same-message-id', 'key-conflict', 'proved-copy', 'repeated'));

-- Whether there are so many messages that say this, and no more until the end of the transaction: of two that say the same at once, the
-- second is decided anew.
CREATE FUNCTION said_as_known(of_digests bytea[], known bigint) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pillarbox said'), hashtext(encode(of_digests[1], 'hex')));
    RETURN (SELECT count(*) FROM replay WHERE digest = ANY (of_digests)) <= known;
END
$$;
