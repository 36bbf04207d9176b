-- How a ticket stood before the last change of its state or its owner, or before it was merged: who made that change can take it back,
-- with clock and notices, as long as nobody acted since. In clear as the columns of the ticket that it repeats.
CREATE TABLE ticket_before (
    ticket      uuid PRIMARY KEY REFERENCES ticket ON DELETE CASCADE,
    -- The line of the ticket's trail that changed it: it says who did, and what.
    number      integer NOT NULL,
    -- What was written into the history with it; null for a change of hands, and for a merge.
    event       uuid,
    state       text NOT NULL,
    answer_due  timestamptz,
    tell_at     timestamptz,
    told        smallint NOT NULL,
    owner       text NOT NULL,
    owner_since timestamptz,
    -- It is merged since.
    merged      boolean NOT NULL DEFAULT false
);

-- Which change of a ticket's state withdrew it, as the history names it: taking that back brings the answer back.
ALTER TABLE awaited ADD COLUMN withdrawn_by uuid;
CREATE INDEX awaited_withdrawn ON awaited (withdrawn_by) WHERE withdrawn_by IS NOT NULL;

-- An analyst said that it does not belong to the ticket in `claims`, which stays as the message names it: lists leave it out.
ALTER TABLE ticket ADD COLUMN claim_refused boolean NOT NULL DEFAULT false;

ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check
    CHECK (action IN ('closed', 'reopened', 'changed', 'noted', 'linked', 'unlinked', 'corrected', 'retried', 'tagged', 'untagged',
        'undone', 'claim-refused', 'claim-open'));
