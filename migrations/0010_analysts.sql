-- Mail of ours that is emptied once it was sent or given up: what analysts alone may read must not be read from it (B4).
ALTER TABLE outbox ADD COLUMN once boolean NOT NULL DEFAULT false;

-- By a trigger, so that whoever may only say how delivery went needs no right to change what is sent.
CREATE FUNCTION empty_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.message := '';
    RETURN NEW;
END
$$;
CREATE TRIGGER outbox_once BEFORE UPDATE ON outbox FOR EACH ROW
    WHEN (NEW.once AND NEW.state IN ('sent', 'failed')) EXECUTE FUNCTION empty_once();
