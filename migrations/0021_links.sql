-- Analysts link tickets, and take links away: which, and how they stand to each other, is sealed in the events of both.
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check
    CHECK (action IN ('closed', 'reopened', 'changed', 'noted', 'linked', 'unlinked'));
