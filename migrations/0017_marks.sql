-- The index anew: beside its cell each row has a mark, the sealed hash of the whole value, so that a search opens no false hits and a
-- month is indexed anew without opening anything. A value has a row of its own also where it shares a cell with another of its message.
-- Rows from before have no marks, and go: what was filed until now is not found any more.
DROP TABLE observable_index;
DROP TABLE index_added;
DROP TABLE index_rebuild;
CREATE TABLE observable_index (
    entry       uuid NOT NULL REFERENCES observable ON DELETE CASCADE,
    family      smallint NOT NULL,
    month       date NOT NULL,
    cell        integer NOT NULL,
    mark        uuid NOT NULL
);
-- What a message has is erased with it.
CREATE INDEX observable_index_entry ON observable_index (entry);
CREATE INDEX observable_cell ON observable_index (family, month, cell) INCLUDE (entry, mark);

-- Which values are spread over several cells in a month, and over how many: marks that belong to no message, so that the rows of a
-- value are found whatever else of the month was erased. They go with the month.
CREATE TABLE index_spread (
    family      smallint NOT NULL,
    month       date NOT NULL,
    mark        uuid NOT NULL,
    PRIMARY KEY (family, month, mark)
);
