-- The audit trail is read across all chains, by time: by analysts, on a page and as an export. What was erased keeps its number there.
CREATE INDEX audit_at ON audit (at, case_id, number);
CREATE INDEX shred_log_case ON shred_log (case_id);

-- Programs read it with a scope of its own.
ALTER TABLE api_token DROP CONSTRAINT api_token_scopes_check;
ALTER TABLE api_token ADD CONSTRAINT api_token_scopes_check
    CHECK (scopes <> '{}' AND scopes <@ ARRAY['read', 'act', 'export', 'audit']);
