-- Analysts who sign in to the console. The name is in clear, as it is in the audit trail; the password is hashed with argon2id,
-- and the secret of the codes is sealed under a key of its own (case_key of the same id).
CREATE TABLE console_account (
    id          uuid PRIMARY KEY REFERENCES case_key,
    team        text NOT NULL,
    name        text NOT NULL,
    role        text NOT NULL CHECK (role IN ('reader', 'analyst', 'lead', 'admin')),
    password    text NOT NULL,
    totp        bytea NOT NULL,
    -- The number of the half-minute whose code was used last: none is taken twice.
    totp_used   bigint NOT NULL DEFAULT 0,
    -- '' goes by what the browser asks for.
    language    text NOT NULL DEFAULT '' CHECK (language IN ('', 'en', 'fr')),
    disabled    boolean NOT NULL DEFAULT false,
    UNIQUE (team, name)
);

-- Who is signed in: a hash of the token, never the token.
CREATE TABLE console_session (
    digest      bytea PRIMARY KEY,
    account     uuid NOT NULL REFERENCES console_account ON DELETE CASCADE,
    begun_at    timestamptz NOT NULL DEFAULT now(),
    seen_at     timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX console_session_account ON console_session (account);

-- Attempts that did not end in a session, by keyed digests of network, of account and network, and of account alone.
CREATE TABLE console_attempt (
    digest      bytea PRIMARY KEY,
    attempts    integer NOT NULL,
    until       timestamptz NOT NULL,
    last_at     timestamptz NOT NULL
);

-- The queue, the most urgent first: what has no clock comes last, the oldest first.
CREATE INDEX ticket_urgent ON ticket (team, coalesce(answer_due, 'infinity'), id) WHERE state IN ('new', 'open', 'waiting');
CREATE INDEX ticket_newest ON ticket (team, id);
