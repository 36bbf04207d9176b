-- Mail of ours that is emptied once it was sent or given up: what analysts alone may read must not be read from it (B4).
ALTER TABLE outbox ADD COLUMN once boolean NOT NULL DEFAULT false;
