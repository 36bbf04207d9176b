-- How a new ticket stands to the one in `claims`: it names it without proof, there is none with that number, something speaks
-- for it and proves nothing, or it goes on with it.
ALTER TABLE ticket ADD COLUMN link text NOT NULL DEFAULT '' CHECK (link IN ('', 'claims', 'unknown', 'proposed', 'follows'));
UPDATE ticket SET link = 'claims' WHERE claims <> 0;

-- The number of the ticket that this one was merged into, which is never merged itself: mail that names this one goes there.
ALTER TABLE ticket ADD COLUMN merged_into bigint NOT NULL DEFAULT 0;
CREATE INDEX ticket_merged ON ticket (team, merged_into) WHERE merged_into <> 0;

-- The same Message-ID came before, with other content: perhaps the same message under a list's footer.
ALTER TABLE entry_flag DROP CONSTRAINT entry_flag_flag_check;
ALTER TABLE entry_flag ADD CONSTRAINT entry_flag_flag_check
    CHECK (flag IN ('ciphertext-replayed', 'signature-replayed', 'same-message-id', 'key-conflict', 'proved-copy'));
