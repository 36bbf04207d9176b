-- The rates of answers hold among all workers: whoever commits an answer waits for the one before him, and counts what that one
-- wrote. A function that may change the database sees, statement by statement, what was committed meanwhile; a part of a larger
-- statement would not. The lock goes with the transaction.
CREATE FUNCTION answer_room(
    of_address bytea, of_domain bytea, address_hour bigint, address_day bigint, domain_day bigint, in_hour bigint
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('pillarbox answers'));
    RETURN (SELECT count(*) FROM acknowledged WHERE address = of_address AND at > now() - interval '1 hour') < address_hour
        AND (SELECT count(*) FROM acknowledged WHERE address = of_address AND at > now() - interval '1 day') < address_day
        AND (SELECT count(*) FROM acknowledged WHERE domain = of_domain AND at > now() - interval '1 day') < domain_day
        AND (SELECT count(*) FROM acknowledged WHERE at > now() - interval '1 hour') < in_hour;
END
$$;

-- Until when an answer is meant to be given (T10), in full hours; null when no time is set.
ALTER TABLE ticket ADD COLUMN answer_due timestamptz;

-- In which language a contact is answered, by the keyed digest that `acknowledged` uses.
CREATE TABLE contact_language (
    address     bytea PRIMARY KEY,
    language    text NOT NULL
);

-- What a mail of ours is for: the answer to a message, or a notice to those on duty.
ALTER TABLE outbox ADD COLUMN purpose text NOT NULL DEFAULT 'answer' CHECK (purpose IN ('answer', 'notice'));
