-- The highest number of a learner who was deleted: it is never given to anybody else, so that
-- nothing that was still going on for them can end up with a stranger.

CREATE TABLE last_deleted (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    id INTEGER NOT NULL
) STRICT;

INSERT INTO last_deleted (only, id) VALUES (1, 0);
