-- Which key of which month wraps a case's key stands in the wrapped key itself (`vault::WrappedKey`): here for questions.
ALTER TABLE case_key
    ADD COLUMN epoch        integer NOT NULL GENERATED ALWAYS AS (get_byte(wrapped, 1) * 256 + get_byte(wrapped, 2)) STORED,
    ADD COLUMN generation   integer NOT NULL GENERATED ALWAYS AS (get_byte(wrapped, 3) * 256 + get_byte(wrapped, 4)) STORED;
CREATE INDEX case_key_epoch ON case_key (epoch, generation);
