-- What chats need: people's languages as their chat tells them, servers' settings, questions put to a
-- whole channel, which message answers what, and code that was offered to be run.

ALTER TABLE identity ADD COLUMN seen_locale TEXT;  -- what the platform last said they speak

-- The server in which it happened, for its managers' export; empty in a DM or a terminal.
ALTER TABLE answer ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE cell ADD COLUMN server TEXT NOT NULL DEFAULT '';

-- Code that a button offers to run: a button itself has no room for it.
CREATE TABLE draft (
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    name TEXT NOT NULL,  -- the digest that the button carries
    code TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (learner, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE gpu_use (
    learner INTEGER NOT NULL REFERENCES learner (id) ON DELETE CASCADE,
    day TEXT NOT NULL,  -- in UTC
    seconds REAL NOT NULL,
    PRIMARY KEY (learner, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocked (
    platform TEXT NOT NULL,
    user_id TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (platform, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE server (
    platform TEXT NOT NULL,
    server_id TEXT NOT NULL,
    channel_id TEXT NOT NULL DEFAULT '',  -- where the tutor is at home; empty: wherever it is called
    locale TEXT,
    code TEXT NOT NULL DEFAULT 'everywhere' CHECK (code IN ('everywhere', 'channel', 'threads')),
    PRIMARY KEY (platform, server_id)
) STRICT, WITHOUT ROWID;

-- A question put to a whole channel. `own` is what was asked, as JSON; `lesson` and `question` name where
-- it is from, and are empty where it is the teacher's own.
CREATE TABLE poll (
    id INTEGER PRIMARY KEY,
    platform TEXT NOT NULL,
    server_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    locale TEXT NOT NULL,
    lesson TEXT NOT NULL,
    question TEXT NOT NULL,
    own TEXT NOT NULL,
    how TEXT NOT NULL CHECK (how IN ('buttons', 'reactions')),
    at TEXT NOT NULL,
    closes TEXT NOT NULL,
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
) STRICT;

CREATE INDEX poll_open ON poll (closed, closes);

CREATE TABLE vote (
    poll INTEGER NOT NULL REFERENCES poll (id) ON DELETE CASCADE,
    user_id TEXT NOT NULL,
    choice TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (poll, user_id)
) STRICT, WITHOUT ROWID;

-- Messages of the tutor that are edited in place or whose buttons are not for everybody.
CREATE TABLE message (
    platform TEXT NOT NULL,
    message_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    server_id TEXT NOT NULL,
    slot TEXT NOT NULL,
    owner TEXT NOT NULL,    -- the user id of the one it answers; empty: everybody
    source TEXT NOT NULL,   -- the message that it answers, if there is one
    settled INTEGER NOT NULL CHECK (settled IN (0, 1)),  -- 0: it still says that something goes on
    at TEXT NOT NULL,
    PRIMARY KEY (platform, message_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX message_by_slot ON message (platform, slot);
CREATE INDEX message_by_owner ON message (platform, owner);

-- The private thread of a learner in a server.
CREATE TABLE thread (
    platform TEXT NOT NULL,
    server_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    channel_id TEXT NOT NULL,
    PRIMARY KEY (platform, server_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX thread_by_channel ON thread (platform, channel_id);

-- What a platform's adapter has to remember of itself, such as the commands it has registered.
CREATE TABLE platform_state (
    platform TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (platform, name)
) STRICT, WITHOUT ROWID;
