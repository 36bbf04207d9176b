-- Sealing anew needs no waiting for slow writers: the generation that the cases of an epoch must have stands here for good, and
-- whoever writes a key under an older one is refused and wraps it again. Rows stay after the end for that.
ALTER TABLE reseal
    ADD COLUMN everything   boolean NOT NULL DEFAULT false,
    ADD COLUMN ended_at     timestamptz;

-- After the row is there, so that epoch and generation are known. Whoever raises the generation takes the same lock alone: it
-- waits for those that have written and not ended, and those that come later see what it wrote.
CREATE FUNCTION keep_generation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('pillarbox generation'), NEW.epoch);
    IF EXISTS (SELECT FROM public.reseal WHERE epoch = NEW.epoch AND generation > NEW.generation) THEN
        RAISE EXCEPTION 'wrapped by a key that is being replaced' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER case_key_generation AFTER INSERT OR UPDATE OF wrapped ON case_key
    FOR EACH ROW EXECUTE FUNCTION keep_generation();

-- A keyed code over address, certificate, state, proof and the sealed note's content: state and proof have to be in clear, since
-- the database sees to it that one certificate at most speaks for an address. Rows from before have none, and are not believed.
ALTER TABLE certificate_binding ADD COLUMN mac bytea NOT NULL DEFAULT '';
ALTER TABLE certificate_binding ALTER COLUMN mac DROP DEFAULT;

-- Closed, reopened: by whom, when and why is sealed under the ticket's key. The line of the audit trail names the row.
CREATE TABLE ticket_event (
    id          uuid PRIMARY KEY,
    ticket      uuid NOT NULL REFERENCES ticket ON DELETE CASCADE,
    action      text NOT NULL CHECK (action IN ('closed', 'reopened')),
    detail      bytea NOT NULL
);
CREATE INDEX ticket_event_ticket ON ticket_event (ticket, id);

-- A month's index that is being made anew: how fine it will be, whether it is in use already, and `probe`, which tells whether the
-- keys are still the same.
CREATE TABLE index_rebuild (
    month       date NOT NULL,
    family      smallint NOT NULL,
    bits        integer NOT NULL,
    in_use      boolean NOT NULL DEFAULT false,
    probe       integer[] NOT NULL,
    PRIMARY KEY (month, family)
);
-- Messages that have rows of both, the old index and the new one.
CREATE TABLE index_added (
    entry       uuid PRIMARY KEY REFERENCES observable ON DELETE CASCADE,
    month       date NOT NULL
);
CREATE INDEX index_added_month ON index_added (month, entry);
-- Values of a month are read in order, a batch at a time.
DROP INDEX observable_month;
CREATE INDEX observable_month ON observable (month, entry);
