-- Programs change the register of contacts with a scope of its own, as people do with a right of its own: `act` is not enough.
ALTER TABLE api_token DROP CONSTRAINT api_token_scopes_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_scopes_check
    CHECK (scopes <> '{}' AND scopes <@ ARRAY['read', 'act', 'register', 'export', 'audit']);
