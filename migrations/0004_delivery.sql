-- When a mail was sent or given up.
ALTER TABLE outbox ADD COLUMN ended_at timestamptz;

-- Contacts that mail can't reach, by the keyed digest that `acknowledged` uses: no automatic mail goes there until an analyst
-- says so, or mail from there, a day later at the earliest, proves its sender.
CREATE TABLE undeliverable (
    address     bytea PRIMARY KEY,
    status      text NOT NULL,
    since       timestamptz NOT NULL DEFAULT now()
);
