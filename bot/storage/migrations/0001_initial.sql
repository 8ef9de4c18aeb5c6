-- Learners, where they are, and everything they answered, submitted, asked for and ran.
-- Times are ISO 8601 in UTC. Deleting a learner deletes all that is kept about them.

CREATE TABLE learner (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    locale TEXT,
    session INTEGER NOT NULL DEFAULT 1  -- cells of earlier sessions are history only
) STRICT;

CREATE TABLE identity (
    platform TEXT NOT NULL,
    user_id TEXT NOT NULL,
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    PRIMARY KEY (platform, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX identity_by_learner ON identity (learner);

CREATE TABLE position (
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    lesson TEXT NOT NULL,
    stage TEXT NOT NULL,
    item TEXT NOT NULL,
    touched INTEGER NOT NULL,  -- counts a learner's moves: the highest is where they were last
    PRIMARY KEY (learner, lesson)
) STRICT, WITHOUT ROWID;

CREATE TABLE reading (
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    lesson TEXT NOT NULL,
    section TEXT NOT NULL,
    PRIMARY KEY (learner, lesson, section)
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
    id INTEGER PRIMARY KEY,
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    lesson TEXT NOT NULL,
    rev INTEGER NOT NULL,
    question TEXT NOT NULL,
    given TEXT NOT NULL,
    correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
    points REAL NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX answer_by_lesson ON answer (learner, lesson);

CREATE TABLE attempt (
    id INTEGER PRIMARY KEY,
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    lesson TEXT NOT NULL,
    rev INTEGER NOT NULL,
    step TEXT NOT NULL,
    number INTEGER NOT NULL,
    code TEXT NOT NULL,
    outcome TEXT NOT NULL,
    points REAL NOT NULL,
    say INTEGER,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX attempt_by_lesson ON attempt (learner, lesson);

CREATE TABLE note (
    id INTEGER PRIMARY KEY,
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    lesson TEXT NOT NULL,
    item TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX note_by_lesson ON note (learner, lesson);

CREATE TABLE cell (
    id INTEGER PRIMARY KEY,
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    session INTEGER NOT NULL,
    code TEXT NOT NULL,
    stdin TEXT NOT NULL,
    ok INTEGER NOT NULL CHECK (ok IN (0, 1)),
    source TEXT NOT NULL,
    lesson TEXT,
    step TEXT,
    at TEXT NOT NULL
) STRICT;

CREATE INDEX cell_by_session ON cell (learner, session);

CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
