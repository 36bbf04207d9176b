-- Answers that are awaited, with when their time ends: the queue reads them in that order beside the tickets' own clocks.
CREATE INDEX awaited_open ON awaited (ticket, until) WHERE ended = '';
