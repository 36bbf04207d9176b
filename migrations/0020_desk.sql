-- Who has a ticket, an analyst's name as the audit trail has it, and since when; empty when nobody has.
ALTER TABLE ticket ADD COLUMN owner text NOT NULL DEFAULT '', ADD COLUMN owner_since timestamptz;
CREATE INDEX ticket_owner ON ticket (team, owner) WHERE owner <> '';

-- Messages leave a ticket for a new one.
ALTER TABLE ticket DROP CONSTRAINT ticket_link_check;
ALTER TABLE ticket ADD CONSTRAINT ticket_link_check CHECK (link IN ('', 'claims', 'unknown', 'proposed', 'follows', 'split'));

-- Analysts write notes, …
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check CHECK (action IN ('closed', 'reopened', 'changed', 'noted'));

-- … and letters: an entry of its own on the ticket, and a mail for each recipient.
ALTER TABLE outbox DROP CONSTRAINT outbox_purpose_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_purpose_check CHECK (purpose IN ('answer', 'notice', 'letter'));
ALTER TABLE outbox ADD COLUMN letter uuid;
CREATE INDEX outbox_letter ON outbox (letter) WHERE letter IS NOT NULL;

-- Mail of ours that expects an answer (T11): from whom (a keyed digest of ticket and address), until when, in full hours, and how
-- that ended. `failed` is the status with which the mail was refused: then nothing can come, and the time is over.
CREATE TABLE awaited (
    mail        uuid PRIMARY KEY,
    ticket      uuid NOT NULL REFERENCES ticket ON DELETE CASCADE,
    letter      uuid NOT NULL,
    party       bytea NOT NULL,
    until       timestamptz NOT NULL,
    told        boolean NOT NULL DEFAULT false,
    failed      text NOT NULL DEFAULT '',
    ended       text NOT NULL DEFAULT '' CHECK (ended IN ('', 'answered', 'withdrawn', 'taken-back'))
);
CREATE INDEX awaited_ticket ON awaited (ticket);
CREATE INDEX awaited_party ON awaited (party) WHERE ended = '';
CREATE INDEX awaited_until ON awaited (until) WHERE ended = '';

-- Whether the time for an answer is over, for ours or for one that we wait for.
CREATE FUNCTION is_overdue(of_ticket uuid, state text, answer_due timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT state IN ('new', 'open', 'waiting') AND (coalesce(answer_due <= now(), false)
        OR EXISTS (SELECT FROM awaited a WHERE a.ticket = of_ticket AND a.ended = '' AND a.until <= now()))
$$;
