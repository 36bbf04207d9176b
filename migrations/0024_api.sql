-- Programs that work for analysts (/api/v1): a hash of the token, never the token. The name is in clear, as it is in the audit trail.
CREATE TABLE api_token (
    id          uuid PRIMARY KEY,
    team        text NOT NULL,
    -- Given once: the trail names what was done with a token, also after it was revoked.
    name        text NOT NULL,
    scopes      text[] NOT NULL CHECK (scopes <> '{}' AND scopes <@ ARRAY['read', 'act', 'export']),
    digest      bytea NOT NULL UNIQUE,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    revoked     boolean NOT NULL DEFAULT false,
    UNIQUE (team, name)
);

-- Changes that a program asked for, for a day, so that each is done once: a keyed digest of the key under which it was asked for,
-- one of what was asked, and the answer: numbers, states and names that are in clear in other tables, too. Without an answer it is
-- in hand, or was broken off.
CREATE TABLE api_request (
    token       uuid NOT NULL REFERENCES api_token ON DELETE CASCADE,
    digest      bytea NOT NULL,
    asked       bytea NOT NULL,
    answer      text,
    began_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (token, digest)
);
CREATE INDEX api_request_began ON api_request (began_at);

-- Tickets in the order in which something happened on them.
CREATE INDEX ticket_changed ON ticket (team, changed_hour, id);
