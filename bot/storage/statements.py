"""The SQL of the tutor's memory of learners; `bot.storage.sqlite` says when each is used."""

FIND_LEARNER = """
    SELECT learner.id, learner.name, learner.locale, identity.seen_locale AS seen
    FROM identity JOIN learner ON learner.id = learner
    WHERE platform = :platform AND user_id = :user_id
"""
IS_THERE = "SELECT 1 FROM learner WHERE id = :learner"
ADD_LEARNER = """
    INSERT INTO learner (id, name)
    SELECT 1 + max(ifnull((SELECT max(id) FROM learner), 0), (SELECT id FROM last_deleted)), :name
"""
ADD_IDENTITY = """
    INSERT INTO identity (platform, user_id, learner, seen_locale)
    VALUES (:platform, :user_id, :learner, :seen)
"""
RENAME = "UPDATE learner SET name = :name WHERE id = :learner"
SEE_LOCALE = """
    UPDATE identity SET seen_locale = :seen WHERE platform = :platform AND user_id = :user_id
"""
SET_LOCALE = "UPDATE learner SET locale = :locale WHERE id = :learner"
NEW_SESSION = "UPDATE learner SET session = session + 1 WHERE id = :learner"

POSITIONS = """
    SELECT lesson, stage, item FROM position WHERE learner = :learner ORDER BY touched DESC
"""
POSITION = f"{POSITIONS} LIMIT 1"
MOVE = """
    INSERT INTO position (learner, lesson, stage, item, touched)
    VALUES (:learner, :lesson, :stage, :item,
            (SELECT ifnull(max(touched), 0) + 1 FROM position WHERE learner = :learner))
    ON CONFLICT DO UPDATE
    SET stage = excluded.stage, item = excluded.item, touched = excluded.touched
"""
READ = """
    INSERT INTO reading (learner, lesson, section) VALUES (:learner, :lesson, :item)
    ON CONFLICT DO NOTHING
"""
SECTIONS_READ = "SELECT section FROM reading WHERE learner = :learner AND lesson = :lesson"

ADD_ANSWER = """
    INSERT INTO answer (learner, lesson, rev, question, given, correct, points, at, server)
    VALUES (:learner, :lesson, :rev, :question, :given, :correct, :points, :at, :server)
"""
ANSWERS = """
    SELECT lesson, rev, question, given, correct, points, at, server FROM answer
    WHERE learner = :learner AND lesson = :lesson ORDER BY id
"""

ADD_ATTEMPT = """
    INSERT INTO attempt (learner, lesson, rev, step, number, code, outcome, points, say, at, server)
    VALUES (:learner, :lesson, :rev, :step, :number, :code, :outcome, :points, :say, :at, :server)
"""
ATTEMPTS = """
    SELECT lesson, rev, step, number, code, outcome, points, say, at, server FROM attempt
    WHERE learner = :learner AND lesson = :lesson ORDER BY id
"""

ADD_NOTE = """
    INSERT INTO note (learner, lesson, item, kind, at) VALUES (:learner, :lesson, :item, :kind, :at)
"""
NOTES = """
    SELECT lesson, item, kind, at FROM note
    WHERE learner = :learner AND lesson = :lesson ORDER BY id
"""

ADD_CELL = """
    INSERT INTO cell (learner, session, code, stdin, ok, source, lesson, step, at, server)
    VALUES (:learner, (SELECT session FROM learner WHERE id = :learner),
            :code, :stdin, :ok, :source, :lesson, :step, :at, :server)
"""
DROP_CELL = "DELETE FROM cell WHERE learner = :learner AND source = :source AND at = :at"
DISOWN_CELL = """
    UPDATE cell SET source = '' WHERE learner = :learner AND source = :source AND at = :at
"""
CELLS = """
    SELECT code, stdin, ok, source, lesson, step, at, server FROM cell
    WHERE learner = :learner AND session = (SELECT session FROM learner WHERE id = :learner)
    ORDER BY id
"""
PAST_CELLS = """
    SELECT code, stdin, ok, source, lesson, step, at, server FROM (
        SELECT id, code, stdin, ok, source, lesson, step, at, server FROM cell
        WHERE learner = :learner ORDER BY id DESC LIMIT :most
    ) ORDER BY id
"""

ADD_DRAFT = """
    INSERT INTO draft (learner, name, code, at) VALUES (:learner, :name, :code, :at)
    ON CONFLICT DO UPDATE SET at = excluded.at
"""
DROP_OLD_DRAFTS = """
    DELETE FROM draft WHERE learner = :learner AND name NOT IN
    (SELECT name FROM draft WHERE learner = :learner ORDER BY at DESC, name LIMIT :most)
"""
DRAFT = "SELECT code FROM draft WHERE learner = :learner AND name = :name"

SECRET = "SELECT value FROM secret WHERE name = 'server'"  # noqa: S105  (a query, no secret)
ADD_SECRET = "INSERT INTO secret (name, value) VALUES ('server', :value)"  # noqa: S105
