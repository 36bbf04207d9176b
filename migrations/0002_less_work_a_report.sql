-- The rates of one sender are looked up for every report, whatever was answered to others.
CREATE INDEX acknowledged_address ON acknowledged (address, at);
CREATE INDEX acknowledged_domain ON acknowledged (domain, at);

-- Ciphertext doesn't compress: don't try.
ALTER TABLE inbox ALTER COLUMN envelope SET STORAGE EXTERNAL;
ALTER TABLE entry ALTER COLUMN summary SET STORAGE EXTERNAL;
ALTER TABLE outbox ALTER COLUMN message SET STORAGE EXTERNAL;
