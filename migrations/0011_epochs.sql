-- Which key of a month counts: the first that a machine offers. Others that have no such file make none of their own. What stands
-- here is a commitment: it tells the key from others, and gives nothing of it away.
CREATE TABLE epoch_key (
    team        text NOT NULL,
    epoch       integer NOT NULL,
    generation  integer NOT NULL,
    commitment  bytea NOT NULL,
    PRIMARY KEY (team, epoch, generation)
);

-- Mail of ours that belongs to no ticket, as reports about TLS, goes with its month.
ALTER TABLE shred_log DROP CONSTRAINT shred_log_what_check;
ALTER TABLE shred_log ADD CONSTRAINT shred_log_what_check CHECK (what IN ('ticket', 'suppressed', 'mail', 'month'));
