-- An analyst marks a ticket more strictly than its messages do; a lead takes some of that back. What stands is the last of these events.
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check
    CHECK (action IN ('closed', 'reopened', 'changed', 'noted', 'linked', 'unlinked', 'corrected', 'retried', 'tagged', 'untagged',
        'undone', 'claim-refused', 'claim-open', 'marked'));
CREATE INDEX ticket_event_marked ON ticket_event (ticket, id) WHERE action = 'marked';
