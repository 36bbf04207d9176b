-- Who exchanges mail with us, and how it was protected. A peer is a domain or a network: its name is sealed, its id is the
-- name's keyed digest, so that rows are found without telling whom they are about. Counts, days and words of ours are in clear.
CREATE TABLE transport_peer (
    id          uuid PRIMARY KEY REFERENCES case_key,
    sealed      bytea NOT NULL
);

-- Indicators: `messages`, `tls`, `version:TLSv1.3`, `suite:…`, `verified`, `failure:…`, `session:…`.
CREATE TABLE transport_count (
    peer        uuid NOT NULL REFERENCES transport_peer,
    direction   text NOT NULL CHECK (direction IN ('inbound', 'outbound', 'reported')),
    day         date NOT NULL,
    name        text NOT NULL,
    count       bigint NOT NULL,
    PRIMARY KEY (peer, direction, day, name)
);
CREATE INDEX transport_count_day ON transport_count (day, direction);

-- What a peer does by habit: messages in a row with TLS, and with a certificate that verifies. Authenticated peers only.
CREATE TABLE transport_habit (
    peer            uuid NOT NULL REFERENCES transport_peer,
    direction       text NOT NULL,
    tls_row         bigint NOT NULL,
    verified_row    bigint NOT NULL,
    tls_hour        timestamptz,
    verified_hour   timestamptz,
    PRIMARY KEY (peer, direction)
);

-- A habit was broken. One open alert a peer, direction and kind: that is what "once" means, for all processes.
CREATE TABLE transport_alert (
    id          uuid PRIMARY KEY,
    peer        uuid NOT NULL REFERENCES transport_peer,
    direction   text NOT NULL,
    kind        text NOT NULL CHECK (kind IN ('tls_lost', 'certificate_lost')),
    before      bigint NOT NULL,
    raised_at   timestamptz NOT NULL DEFAULT now(),
    closed_at   timestamptz,
    case_id     uuid,
    entry       uuid
);
CREATE UNIQUE INDEX transport_alert_open ON transport_alert (peer, direction, kind) WHERE closed_at IS NULL;
CREATE INDEX transport_alert_case ON transport_alert (case_id);

-- What the webhook has not been told yet.
CREATE TABLE transport_notice (
    id          uuid PRIMARY KEY,
    alert       uuid NOT NULL REFERENCES transport_alert,
    event       text NOT NULL CHECK (event IN ('raised', 'closed')),
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transport_notice_due ON transport_notice (due_at);

-- RFC 8460: the reports that we made, one a day and domain; and a digest of those we were sent, so that none counts twice.
CREATE TABLE transport_report (
    day         date NOT NULL,
    peer        uuid NOT NULL REFERENCES transport_peer,
    state       text NOT NULL CHECK (state IN ('claimed', 'unwanted', 'sent', 'failed')),
    attempts    integer NOT NULL DEFAULT 1,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (day, peer)
);
CREATE TABLE transport_received (
    digest      bytea PRIMARY KEY,
    day         date NOT NULL
);
