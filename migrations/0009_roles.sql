-- The roles of the daemon's parts and what each may do are put in place by `pillarbox migrate up`, after the last migration
-- and anew each time: roles belong to the whole cluster, so that they may be there before this database is, or may have to be
-- made by somebody else. One table of rights says it all: crates/gateway/src/store/roles.rs; `pillarbox migrate roles` prints it as SQL.

-- Mail that was waiting when a backup was made may have left since. After a restore it waits until somebody lets it go.
ALTER TABLE outbox DROP CONSTRAINT outbox_state_check;
ALTER TABLE outbox ADD CONSTRAINT outbox_state_check CHECK (state IN ('queued', 'held', 'sent', 'failed'));
CREATE INDEX outbox_held ON outbox (id) WHERE state = 'held';

-- So may the answer to a message that was waiting in the inbox then: it is worked again, and its answer held.
ALTER TABLE inbox ADD COLUMN restored boolean NOT NULL DEFAULT false;
