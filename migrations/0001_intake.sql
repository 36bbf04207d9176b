-- What may stand here in clear is listed in the README ("What a database thief sees"): times to the hour, states, counts,
-- size buckets, key ids. Everything of a report is sealed, or a keyed digest, or a truncated keyed index.

-- Where a message rests between 250 and the record. Sealed with a public key: who may only insert can't read it.
CREATE TABLE inbox (
    id          uuid PRIMARY KEY,
    size        bigint NOT NULL,
    envelope    bytea NOT NULL,
    content     bytea NOT NULL,
    attempts    smallint NOT NULL DEFAULT 0,
    due_at      timestamptz NOT NULL DEFAULT now(),
    failure     text NOT NULL DEFAULT ''
);
ALTER TABLE inbox ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX inbox_due ON inbox (due_at);

-- One key a ticket or suppressed message, wrapped by the ring: deleting the row erases what it sealed.
CREATE TABLE case_key (
    id          uuid PRIMARY KEY,
    wrapped     bytea NOT NULL
);

CREATE SEQUENCE ticket_number;

CREATE TABLE ticket (
    id              uuid PRIMARY KEY REFERENCES case_key,
    team            text NOT NULL,
    serial          bigint NOT NULL,
    state           text NOT NULL DEFAULT 'new'
                    CHECK (state IN ('new', 'open', 'waiting', 'resolved', 'rejected')),
    needs_human     text NOT NULL DEFAULT '' CHECK (needs_human IN ('', 'undecryptable', 'unread')),
    was_encrypted   boolean NOT NULL,
    claims          bigint NOT NULL DEFAULT 0,
    created_hour    timestamptz NOT NULL,
    changed_hour    timestamptz NOT NULL,
    UNIQUE (team, serial)
);
CREATE INDEX ticket_queue ON ticket (team, state, changed_hour DESC);

-- A message as it was filed: on a ticket, or suppressed (ticket is null) under a case of its own.
CREATE TABLE entry (
    id              uuid PRIMARY KEY,
    case_id         uuid NOT NULL REFERENCES case_key,
    ticket          uuid REFERENCES ticket,
    kind            text NOT NULL,
    rule            text NOT NULL DEFAULT '',
    answer          text NOT NULL DEFAULT '',
    signature       text NOT NULL DEFAULT 'none',
    was_encrypted   boolean NOT NULL,
    copies          integer NOT NULL DEFAULT 1,
    received_hour   timestamptz NOT NULL,
    size_bucket     smallint NOT NULL,
    raw             bytea NOT NULL,
    summary         bytea NOT NULL,
    reading         bytea NOT NULL
);
ALTER TABLE entry ALTER COLUMN raw SET STORAGE EXTERNAL;
ALTER TABLE entry ALTER COLUMN reading SET STORAGE EXTERNAL;
CREATE INDEX entry_ticket ON entry (ticket, id);
CREATE INDEX entry_suppressed ON entry (id DESC) WHERE ticket IS NULL;

-- Keyed digest of the content: the same message by another way is counted, not filed again.
CREATE TABLE seen (
    digest      bytea PRIMARY KEY,
    entry       uuid NOT NULL
);

-- Who may write into a ticket. Digests are keyed with the ticket's id: equal addresses don't look equal.
CREATE TABLE party (
    ticket      uuid NOT NULL REFERENCES ticket,
    digest      bytea NOT NULL,
    PRIMARY KEY (ticket, digest)
);

-- Another team's reference together with its sender.
CREATE TABLE foreign_reference (
    digest      bytea NOT NULL,
    ticket      uuid NOT NULL REFERENCES ticket,
    PRIMARY KEY (digest, ticket)
);

-- Truncated keyed indexes for exact search; the value itself is sealed, false hits are dropped after opening.
CREATE TABLE observable (
    case_id     uuid NOT NULL REFERENCES case_key,
    entry       uuid NOT NULL,
    number      smallint NOT NULL,
    field       smallint NOT NULL,
    month       date NOT NULL,
    index       integer NOT NULL,
    value       bytea NOT NULL,
    PRIMARY KEY (entry, number)
);
CREATE INDEX observable_index ON observable (field, month, index);

-- Certificates of correspondents, found by keyed digests of address, fingerprint and key ids.
CREATE TABLE certificate (
    id              uuid PRIMARY KEY REFERENCES case_key,
    authenticated   boolean NOT NULL DEFAULT false,
    sealed          bytea NOT NULL
);
CREATE TABLE certificate_handle (
    digest      bytea NOT NULL,
    certificate uuid NOT NULL REFERENCES certificate,
    PRIMARY KEY (digest, certificate)
);

-- Finished mail that waits to leave.
CREATE TABLE outbox (
    id          uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_key,
    state       text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed')),
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL,
    status      text NOT NULL DEFAULT '',
    message     bytea NOT NULL
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE state = 'queued';

-- When whom was answered, by keyed digest: for the rates. Rows older than a day are deleted.
CREATE TABLE acknowledged (
    at          timestamptz NOT NULL DEFAULT now(),
    address     bytea NOT NULL,
    domain      bytea NOT NULL
);
CREATE INDEX acknowledged_at ON acknowledged (at);

-- What was done, in a chain of keyed codes a ticket.
CREATE TABLE audit (
    case_id     uuid NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL,
    actor       text NOT NULL,
    action      text NOT NULL,
    detail      text NOT NULL DEFAULT '',
    mac         bytea NOT NULL,
    PRIMARY KEY (case_id, number)
);
