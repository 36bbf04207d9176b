-- What the webhook is to be told of tickets, as the worker's configuration says; no row: nothing. In the database, so that whoever
-- changes a ticket (worker, console, a command, a statement by hand) tells of it, whatever its own configuration says.
CREATE TABLE ticket_hook (
    team        text PRIMARY KEY,
    events      text[] NOT NULL CHECK (events <> '{}')
);

-- What it has not been told yet, in the order of `number` for each ticket. Nothing that a mail said, and no name.
CREATE TABLE ticket_notice (
    id          uuid PRIMARY KEY,
    ticket      uuid NOT NULL REFERENCES ticket ON DELETE CASCADE,
    number      integer NOT NULL,
    team        text NOT NULL,
    serial      bigint NOT NULL,
    event       text NOT NULL CHECK (event IN ('ticket_new', 'ticket_message', 'ticket_changed')),
    changed     text[] NOT NULL CHECK (changed <@ ARRAY['state', 'owner', 'merged', 'marking']),
    state       text NOT NULL,
    attempts    integer NOT NULL DEFAULT 0,
    created_at  timestamptz NOT NULL DEFAULT now(),
    due_at      timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ticket_notice_due ON ticket_notice (due_at);
CREATE INDEX ticket_notice_ticket ON ticket_notice (ticket, number);

-- In the transaction that makes the change: both stand, or none. After the row, when the ticket's is held: one after the other.
CREATE FUNCTION tell_of_ticket() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_ticket uuid;
    what text := 'ticket_changed';
    changes text[] := '{}';
BEGIN
    -- A restored ticket is no new one.
    IF NOT EXISTS (SELECT FROM public.ticket_hook) OR current_setting('pillarbox.restoring', true) = 'on' THEN
        RETURN NULL;
    END IF;
    IF TG_TABLE_NAME = 'entry' THEN
        -- The first message of a ticket is the new ticket.
        IF NOT EXISTS (SELECT FROM public.entry WHERE ticket = NEW.ticket AND id <> NEW.id) THEN
            RETURN NULL;
        END IF;
        of_ticket := NEW.ticket;
        what := 'ticket_message';
    ELSIF TG_TABLE_NAME = 'ticket_event' THEN
        of_ticket := NEW.ticket;
        changes := '{marking}';
    ELSIF TG_OP = 'INSERT' THEN
        of_ticket := NEW.id;
        what := 'ticket_new';
    ELSE
        of_ticket := NEW.id;
        IF NEW.state <> OLD.state THEN changes := changes || 'state'::text; END IF;
        IF NEW.owner <> OLD.owner THEN changes := changes || 'owner'::text; END IF;
        IF NEW.merged_into <> OLD.merged_into THEN changes := changes || 'merged'::text; END IF;
    END IF;
    INSERT INTO public.ticket_notice (id, ticket, number, team, serial, event, changed, state)
    SELECT gen_random_uuid(), t.id, 1 + coalesce((SELECT max(number) FROM public.ticket_notice WHERE ticket = t.id), 0), t.team, t.serial,
        what, changes, t.state
    FROM public.ticket t JOIN public.ticket_hook h ON h.team = t.team AND what = ANY (h.events) WHERE t.id = of_ticket;
    RETURN NULL;
END
$$;
CREATE TRIGGER ticket_new_hook AFTER INSERT ON ticket FOR EACH ROW EXECUTE FUNCTION tell_of_ticket();
CREATE TRIGGER ticket_changed_hook AFTER UPDATE OF state, owner, merged_into ON ticket FOR EACH ROW
    WHEN (NEW.state <> OLD.state OR NEW.owner <> OLD.owner OR NEW.merged_into <> OLD.merged_into) EXECUTE FUNCTION tell_of_ticket();
CREATE TRIGGER ticket_message_hook AFTER INSERT ON entry FOR EACH ROW
    WHEN (NEW.ticket IS NOT NULL AND NEW.kind <> 'letter') EXECUTE FUNCTION tell_of_ticket();
CREATE TRIGGER ticket_marked_hook AFTER INSERT ON ticket_event FOR EACH ROW
    WHEN (NEW.action = 'marked') EXECUTE FUNCTION tell_of_ticket();
