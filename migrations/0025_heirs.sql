-- Every ticket with itself, and with the one into which it was merged: what is awaited on it counts there.
CREATE FUNCTION merged() RETURNS TABLE (ticket uuid, heir uuid) LANGUAGE sql STABLE AS $$
    SELECT t.id, h.id FROM ticket t JOIN ticket h ON h.id = t.id OR t.merged_into <> 0 AND h.team = t.team AND h.serial = t.merged_into
$$;

-- Tickets for which the time of an awaited answer is over.
CREATE FUNCTION unanswered() RETURNS TABLE (ticket uuid) LANGUAGE sql STABLE AS $$
    SELECT heir FROM awaited JOIN merged() USING (ticket) WHERE ended = '' AND until <= now()
$$;

-- Whether the time for an answer is over, for ours or for one that we wait for. Of many tickets, ask `unanswered()` once instead.
CREATE OR REPLACE FUNCTION is_overdue(of_ticket uuid, state text, answer_due timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT state IN ('new', 'open', 'waiting') AND (coalesce(answer_due <= now(), false)
        OR of_ticket IN (SELECT ticket FROM unanswered()))
$$;
