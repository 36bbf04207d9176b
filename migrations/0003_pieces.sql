-- Content of large messages that was written while it came in. Only its row in the inbox makes a message; pieces without
-- one are left over from a peer that went away, and are deleted after an hour.
CREATE TABLE inbox_piece (
    message     uuid NOT NULL,
    number      integer NOT NULL,
    at          timestamptz NOT NULL DEFAULT now(),
    content     bytea NOT NULL,
    PRIMARY KEY (message, number)
);
ALTER TABLE inbox_piece ALTER COLUMN content SET STORAGE EXTERNAL;

-- How many pieces come before the row's own content.
ALTER TABLE inbox ADD COLUMN pieces integer NOT NULL DEFAULT 0;
