-- Analysts correct values that were read from messages: what they say is sealed in the ticket's history.
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check
    CHECK (action IN ('closed', 'reopened', 'changed', 'noted', 'linked', 'unlinked', 'corrected'));
