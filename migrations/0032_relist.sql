-- Lists show what follows from all that analysts said of a message's values, also starts, ends and types. What lists show is sealed, so that
-- no migration can write it: these are the tickets of which a worker writes it anew, once, for what was said before.
CREATE TABLE relist (
    ticket      uuid PRIMARY KEY REFERENCES ticket ON DELETE CASCADE
);
INSERT INTO relist SELECT DISTINCT ticket FROM ticket_event WHERE action = 'corrected';

-- Names that differ in case alone are one, also when both are made in the same instant. Where two stand already, both go on: all but the
-- oldest are marked, and no third comes.
ALTER TABLE console_account ADD COLUMN twin boolean NOT NULL DEFAULT false;
UPDATE console_account a SET twin = true
    WHERE EXISTS (SELECT FROM console_account b WHERE b.team = a.team AND lower(b.name) = lower(a.name) AND b.id < a.id);
CREATE UNIQUE INDEX console_account_one_name ON console_account (team, lower(name)) WHERE NOT twin;
