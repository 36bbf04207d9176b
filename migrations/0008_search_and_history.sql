-- Searchable values anew: those of a message are sealed as one list, and each has a row in the index.
DROP TABLE observable;
CREATE TABLE observable (
    entry       uuid PRIMARY KEY,
    case_id     uuid NOT NULL REFERENCES case_key,
    month       date NOT NULL,
    value       bytea NOT NULL
);
ALTER TABLE observable ALTER COLUMN value SET STORAGE EXTERNAL;
CREATE INDEX observable_case ON observable (case_id);
CREATE INDEX observable_month ON observable (month);

-- How many bits the cells of a family and month have. Chosen from the volume of the months before when its first row is written;
-- rows are added under the version that was read only.
CREATE TABLE index_partition (
    family      smallint NOT NULL,
    month       date NOT NULL,
    version     integer NOT NULL DEFAULT 1,
    bits        integer NOT NULL,
    PRIMARY KEY (family, month)
);

-- Truncated keyed hashes, from coarse to fine: a prefix is a run of cells. False hits are dropped after opening.
CREATE TABLE observable_index (
    entry       uuid NOT NULL REFERENCES observable ON DELETE CASCADE,
    family      smallint NOT NULL,
    month       date NOT NULL,
    cell        integer NOT NULL,
    PRIMARY KEY (entry, family, cell)
);
CREATE INDEX observable_cell ON observable_index (family, month, cell) INCLUDE (entry);

-- How long each chain of the audit trail is: its last link, and a keyed code over both. Without it a chain could be cut short.
CREATE TABLE audit_head (
    case_id     uuid PRIMARY KEY,
    number      integer NOT NULL,
    mac         bytea NOT NULL,
    seal        bytea NOT NULL,
    anchored    integer NOT NULL DEFAULT 0
);
CREATE INDEX audit_head_loose ON audit_head (case_id) WHERE number > anchored;

-- Chains as long as they were when a line of the deployment's own chain (the one without a case) said so.
CREATE TABLE audit_anchor (
    line        integer NOT NULL,
    case_id     uuid NOT NULL,
    number      integer NOT NULL,
    PRIMARY KEY (line, case_id)
);

-- What belongs to a case is looked up when it is verified or erased.
CREATE INDEX IF NOT EXISTS entry_case ON entry (case_id);
CREATE INDEX IF NOT EXISTS foreign_reference_ticket ON foreign_reference (ticket);
CREATE INDEX IF NOT EXISTS outbox_case ON outbox (case_id);
