-- Analysts whom a provider lets in (OpenID Connect). An account belongs to issuer and subject, never to a name or a mail address. It has
-- a password that matches nothing and codes that nobody was shown, so that it stays what every other account is.
ALTER TABLE console_account
    ADD COLUMN issuer text,
    ADD COLUMN subject text,
    ADD CONSTRAINT console_account_identity CHECK ((issuer IS NULL) = (subject IS NULL)),
    ADD CONSTRAINT console_account_of_provider UNIQUE (team, issuer, subject);

-- Accounts are made, and get another role, as the provider says it when they sign in: by the console's role, which may do neither with
-- an account of ours. The columns say what it may write, this says of whom.
CREATE FUNCTION keep_local_accounts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (CASE TG_OP WHEN 'INSERT' THEN NEW.issuer IS NULL ELSE OLD.issuer IS NULL AND NEW.role <> OLD.role END)
        AND NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RAISE insufficient_privilege USING MESSAGE = 'local accounts are the owner''s to make and change';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER console_account_local BEFORE INSERT OR UPDATE ON console_account FOR EACH ROW EXECUTE FUNCTION keep_local_accounts();

-- Sign-ins with the provider that came back, for a day: none comes back twice. A hash of the token in the browser's cookie.
CREATE TABLE console_flow (
    digest      bytea PRIMARY KEY,
    used_at     timestamptz NOT NULL DEFAULT now()
);

-- Networks from which somebody signed in within 90 days, by keyed digests: guesses from everywhere slow them down less.
CREATE TABLE console_known (
    digest      bytea PRIMARY KEY,
    seen_at     timestamptz NOT NULL DEFAULT now()
);
