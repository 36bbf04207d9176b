-- Whose a certificate is, is said here and nowhere else: user IDs are what anybody writes (T11, T21). The address is a keyed
-- digest; address, who decided and why are sealed. One certificate at most speaks for an address; another one becomes a
-- conflict, and stays one until an analyst decides.
ALTER TABLE certificate DROP COLUMN authenticated;
ALTER TABLE certificate ADD COLUMN version integer NOT NULL DEFAULT 1;
-- Revoked, or its expiry changed: the verdicts on what it signed are to be looked at again (T12).
ALTER TABLE certificate ADD COLUMN review_due boolean NOT NULL DEFAULT false;
CREATE INDEX certificate_review ON certificate (id) WHERE review_due;

CREATE TABLE certificate_binding (
    id          uuid NOT NULL UNIQUE,
    address     bytea NOT NULL,
    certificate uuid NOT NULL REFERENCES certificate,
    state       text NOT NULL CHECK (state IN ('pinned', 'authenticated', 'conflict', 'superseded', 'rejected')),
    proof       text NOT NULL CHECK (proof IN ('signature', 'keyserver', 'sender', 'wkd', 'import', 'certified', 'analyst')),
    sealed      bytea NOT NULL,
    PRIMARY KEY (address, certificate),
    CONSTRAINT certificate_pin EXCLUDE USING btree (address WITH =) WHERE (state IN ('pinned', 'authenticated')) DEFERRABLE
);
CREATE INDEX certificate_binding_certificate ON certificate_binding (certificate);

-- What was done with a certificate, when and by whom: sealed but for the word.
CREATE TABLE certificate_event (
    id          uuid PRIMARY KEY,
    certificate uuid NOT NULL REFERENCES certificate,
    action      text NOT NULL,
    detail      bytea NOT NULL
);
CREATE INDEX certificate_event_certificate ON certificate_event (certificate, id);

-- Keyed digests of ciphertexts and signatures, with where they came first (T03, T26). The sender's digest is keyed with the
-- row's: equal senders don't look equal.
CREATE TABLE replay (
    digest      bytea PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_key ON DELETE CASCADE,
    entry       uuid NOT NULL,
    sender      bytea NOT NULL,
    again       integer NOT NULL DEFAULT 0
);
CREATE INDEX replay_case ON replay (case_id);

-- What an analyst must see on an entry; `other` is the entry that came first, or the certificate.
CREATE TABLE entry_flag (
    entry       uuid NOT NULL REFERENCES entry ON DELETE CASCADE,
    flag        text NOT NULL CHECK (flag IN ('ciphertext-replayed', 'signature-replayed', 'key-conflict')),
    other       uuid NOT NULL,
    PRIMARY KEY (entry, flag, other)
);
CREATE INDEX entry_flag_other ON entry_flag (other);

-- Who signed an entry, by a truncated keyed index of the certificate: what to look at again.
CREATE TABLE signer (
    entry       uuid NOT NULL,
    case_id     uuid NOT NULL REFERENCES case_key ON DELETE CASCADE,
    month       date NOT NULL,
    index       integer NOT NULL,
    PRIMARY KEY (entry, index)
);
CREATE INDEX signer_index ON signer (month, index);

-- Later verdicts; the first is in the entry's reading, and stays.
CREATE TABLE verdict (
    id          uuid NOT NULL UNIQUE,
    entry       uuid NOT NULL REFERENCES entry ON DELETE CASCADE,
    number      integer NOT NULL,
    detail      bytea NOT NULL,
    PRIMARY KEY (entry, number)
);
