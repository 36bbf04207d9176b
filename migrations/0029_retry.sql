-- A message that could not be decrypted when it came was opened with a key that was added later.
ALTER TABLE ticket_event DROP CONSTRAINT ticket_event_action_check;
ALTER TABLE ticket_event ADD CONSTRAINT ticket_event_action_check
    CHECK (action IN ('closed', 'reopened', 'changed', 'noted', 'linked', 'unlinked', 'corrected', 'retried'));
