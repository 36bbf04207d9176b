-- Searches that analysts keep: name and query are sealed together, since a query may hold addresses. Without an account it is the
-- team's.
CREATE TABLE console_search (
    id          uuid PRIMARY KEY REFERENCES case_key,
    team        text NOT NULL,
    account     uuid REFERENCES console_account ON DELETE CASCADE,
    sealed      bytea NOT NULL
);
CREATE INDEX console_search_team ON console_search (team, account);
