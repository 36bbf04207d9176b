-- A key that only came along is a claim of its own: whoever sent it has not shown that it is his (T11).
ALTER TABLE certificate_binding DROP CONSTRAINT certificate_binding_proof_check;
ALTER TABLE certificate_binding ADD CONSTRAINT certificate_binding_proof_check
    CHECK (proof IN ('signature', 'attached', 'keyserver', 'sender', 'wkd', 'import', 'certified', 'analyst'));

-- One row a ciphertext or signature and sender: what a stranger sends first must not stand for what its owner sends (T26).
-- `own`: a signature that checks, by a certificate that is bound to its sender's address or says so.
ALTER TABLE replay DROP CONSTRAINT replay_pkey;
ALTER TABLE replay ADD PRIMARY KEY (digest, sender);
ALTER TABLE replay ADD COLUMN own boolean NOT NULL DEFAULT false;
ALTER TABLE replay ALTER COLUMN own DROP DEFAULT;

-- `proved-copy`: the message `other` came again, with proof of its sender.
ALTER TABLE entry_flag DROP CONSTRAINT entry_flag_flag_check;
ALTER TABLE entry_flag ADD CONSTRAINT entry_flag_flag_check
    CHECK (flag IN ('ciphertext-replayed', 'signature-replayed', 'key-conflict', 'proved-copy'));

-- Keyed digest of a mail's Message-ID and recipient: a notice counts only when it is about mail that we sent there (L4).
ALTER TABLE outbox ADD COLUMN addressed bytea;
CREATE INDEX outbox_addressed ON outbox (addressed) WHERE addressed IS NOT NULL;
