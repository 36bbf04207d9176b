-- The register of organisations (P1, T10): who is called, and whose networks and domains are whose. All of it is sealed under a key of
-- the row's own; the keyed digest of the name only sees to it that no two are called the same.
CREATE TABLE organisation (
    id          uuid PRIMARY KEY REFERENCES case_key,
    digest      bytea NOT NULL UNIQUE,
    version     integer NOT NULL DEFAULT 1,
    sealed      bytea NOT NULL
);
