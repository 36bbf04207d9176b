-- Which key of which month wraps a case's key stands in the wrapped key itself (`vault::WrappedKey`): here for questions.
ALTER TABLE case_key
    ADD COLUMN epoch        integer NOT NULL GENERATED ALWAYS AS (get_byte(wrapped, 1) * 256 + get_byte(wrapped, 2)) STORED,
    ADD COLUMN generation   integer NOT NULL GENERATED ALWAYS AS (get_byte(wrapped, 3) * 256 + get_byte(wrapped, 4)) STORED;
CREATE INDEX case_key_epoch ON case_key (epoch, generation);

-- A case is erased, and sealed anew, by its id.
CREATE INDEX entry_case ON entry (case_id);
CREATE INDEX outbox_case ON outbox (case_id);
CREATE INDEX seen_entry ON seen (entry);
CREATE INDEX foreign_reference_ticket ON foreign_reference (ticket);

-- What was erased on purpose: ids, words, times and ticket numbers, and nothing of what it was about. A month's row is there
-- before its key goes, and has no end until its rows are gone, too.
CREATE TABLE shred_log (
    id          uuid PRIMARY KEY,
    what        text NOT NULL CHECK (what IN ('ticket', 'suppressed', 'month')),
    team        text NOT NULL,
    case_id     uuid,
    serial      bigint,
    epoch       integer NOT NULL,
    actor       text NOT NULL,
    reason      text NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    ended_at    timestamptz
);
CREATE INDEX shred_log_serial ON shred_log (team, serial);
CREATE INDEX shred_log_epoch ON shred_log (epoch) WHERE what = 'month';

-- Epochs whose cases are being sealed anew, and the generation that they get: where to go on after an interruption.
CREATE TABLE reseal (
    epoch       integer PRIMARY KEY,
    generation  integer NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now()
);
