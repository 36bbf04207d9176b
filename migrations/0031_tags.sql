-- Words by which a team sorts its tickets. What stands is sealed in the ticket's history; …
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check
    CHECK (action IN ('closed', 'reopened', 'changed', 'noted', 'linked', 'unlinked', 'corrected', 'retried', 'tagged', 'untagged'));
CREATE INDEX ticket_event_tags ON ticket_event (ticket, id) WHERE action IN ('tagged', 'untagged');

-- … and here is a mark for each word of each ticket, by which it is found: a sealed keyed hash of the word and the ticket, so that equal
-- words of two tickets have nothing in common. It has no cell: all marks of a month are read. The month, which names the key, is the
-- one in which the ticket was opened.
CREATE TABLE ticket_tag (
    ticket      uuid NOT NULL REFERENCES ticket ON DELETE CASCADE,
    month       date NOT NULL,
    mark        uuid NOT NULL,
    PRIMARY KEY (ticket, mark)
);
CREATE INDEX ticket_tag_month ON ticket_tag (month) INCLUDE (ticket, mark);
