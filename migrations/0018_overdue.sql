-- When those on duty are told next that a ticket is overdue (T10, T11), in full hours; null when there is nothing more to tell.
-- And how often they were told: who raises it tells, so that two workers, or one that was started anew, never tell twice.
ALTER TABLE ticket ADD COLUMN tell_at timestamptz;
ALTER TABLE ticket ADD COLUMN told smallint NOT NULL DEFAULT 0;
UPDATE ticket SET tell_at = answer_due WHERE state IN ('new', 'open');
CREATE INDEX ticket_tell ON ticket (tell_at) WHERE tell_at IS NOT NULL;

-- What the webhook has not been told yet: numbers of overdue tickets, those of one letter.
CREATE TABLE overdue_notice (
    id          uuid PRIMARY KEY,
    serials     bigint[] NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX overdue_notice_due ON overdue_notice (due_at);

-- A ticket is taken in hand, or waits for somebody else.
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check CHECK (action IN ('closed', 'reopened', 'changed'));
