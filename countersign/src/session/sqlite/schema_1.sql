-- What holds for all sessions. There is exactly one row.
CREATE TABLE countersign_settings (
    id            INTEGER PRIMARY KEY CHECK (id = 1),
    global_epoch  INTEGER NOT NULL DEFAULT 0,
    -- When everybody's sessions were ended for the last time.
    all_ended_at  INTEGER NOT NULL DEFAULT 0,
    shared_secret BLOB CHECK (length(shared_secret) = 32)
) STRICT;
INSERT INTO countersign_settings (id) VALUES (1);

-- Users whose sessions were all ended at least once. For any other user the epoch is 0.
CREATE TABLE countersign_session_users (
    user_id TEXT    NOT NULL PRIMARY KEY,
    epoch   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Moments are milliseconds since 1970. The data stands last, so that reading a row's beginning leaves it alone.
CREATE TABLE countersign_sessions (
    token_digest     BLOB    NOT NULL PRIMARY KEY CHECK (length(token_digest) = 32),
    bucket           INTEGER NOT NULL,
    id               BLOB    NOT NULL CHECK (length(id) = 16),
    -- Sessions that replaced one another by their user's new proofs are one login: the id of its first session.
    chain            BLOB    NOT NULL CHECK (length(chain) = 16),
    user_id          TEXT,
    stamp            TEXT,
    authenticated_at INTEGER,
    methods          TEXT,
    remembered       INTEGER,
    forced           INTEGER,
    created_at       INTEGER NOT NULL,
    last_seen_at     INTEGER NOT NULL,
    idle_ms          INTEGER NOT NULL CHECK (idle_ms >= 0),
    expires_at       INTEGER NOT NULL,
    address          TEXT,
    user_agent       TEXT,
    global_epoch     INTEGER NOT NULL,
    user_epoch       INTEGER NOT NULL,
    ended_at         INTEGER,
    readable_until   INTEGER,
    -- From when on nothing asks for this row: the earlier deadline of a session that has not ended, the end of its
    -- tombstone when it has.
    cleaned_at       INTEGER NOT NULL,
    data             BLOB    NOT NULL,
    CHECK (user_id IS NULL OR (methods IS NOT NULL AND remembered IS NOT NULL AND forced IS NOT NULL))
) STRICT;
-- Without what has ended, so that whoever logs in and out all day finds his own few sessions at once.
CREATE INDEX countersign_sessions_by_user ON countersign_sessions (user_id, id)
    WHERE user_id IS NOT NULL AND ended_at IS NULL;
CREATE INDEX countersign_sessions_by_chain ON countersign_sessions (chain);
CREATE INDEX countersign_sessions_by_end ON countersign_sessions (cleaned_at);
