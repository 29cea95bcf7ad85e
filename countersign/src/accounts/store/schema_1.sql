-- Everybody who can log in. Moments are milliseconds since 1970.
CREATE TABLE countersign_accounts (
    id                 BLOB    NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name               TEXT    NOT NULL,
    -- The forms of the name by which it is found, and by which no two look alike.
    name_key           TEXT    NOT NULL UNIQUE,
    name_lookalike     TEXT    NOT NULL UNIQUE,
    email              TEXT,
    email_key          TEXT,
    email_confirmed_at INTEGER,
    locale             TEXT,
    created_at         INTEGER NOT NULL,
    disabled_at        INTEGER,
    password_hash      TEXT    NOT NULL,
    stamp              TEXT    NOT NULL CHECK (length(stamp) >= 22),
    CHECK ((email IS NULL) = (email_key IS NULL)),
    CHECK (email_confirmed_at IS NULL OR email IS NOT NULL)
) STRICT, WITHOUT ROWID;
-- What somebody merely typed keeps nobody else from typing it.
CREATE UNIQUE INDEX countersign_accounts_by_confirmed_email ON countersign_accounts (email_key)
    WHERE email_confirmed_at IS NOT NULL;

CREATE TABLE countersign_account_roles (
    account BLOB NOT NULL CHECK (length(account) = 16),
    role    TEXT NOT NULL,
    PRIMARY KEY (account, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE countersign_role_permissions (
    role       TEXT NOT NULL,
    permission TEXT NOT NULL,
    PRIMARY KEY (role, permission)
) STRICT, WITHOUT ROWID;

-- A token's row goes when the token is used.
CREATE TABLE countersign_one_time_tokens (
    digest     BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    purpose    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    email      TEXT,
    -- A JSON array of texts.
    roles      TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX countersign_one_time_tokens_by_end ON countersign_one_time_tokens (expires_at);

-- What was done, once for each time.
CREATE TABLE countersign_audit (
    id         INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    -- To whom; nobody, where it was done to a role.
    account    BLOB CHECK (length(account) = 16),
    -- By whom: `anonymous`, `account`, `administrator` or `system`, and which one.
    actor_kind TEXT    NOT NULL,
    actor      TEXT,
    address    TEXT,
    user_agent TEXT,
    session    BLOB CHECK (length(session) = 16),
    detail     TEXT,
    -- From when on the row is cleaned away; never, when there is none.
    cleaned_at INTEGER
) STRICT;
CREATE INDEX countersign_audit_by_account ON countersign_audit (account, id) WHERE account IS NOT NULL;
CREATE INDEX countersign_audit_by_actor ON countersign_audit (actor_kind, actor);
CREATE INDEX countersign_audit_by_end ON countersign_audit (cleaned_at) WHERE cleaned_at IS NOT NULL;

-- How often somebody failed to sign in within an hour: strangers decide how often, so no row is written for each time.
CREATE TABLE countersign_sign_in_failures (
    hour      INTEGER NOT NULL,
    -- Empty for names that no account has.
    account   BLOB    NOT NULL CHECK (length(account) IN (0, 16)),
    -- Empty where it is not known, and where there are too many in one hour.
    network   TEXT    NOT NULL,
    failed    INTEGER NOT NULL,
    throttled INTEGER NOT NULL,
    last_at   INTEGER NOT NULL,
    PRIMARY KEY (hour, account, network)
) STRICT, WITHOUT ROWID;
CREATE INDEX countersign_sign_in_failures_by_account ON countersign_sign_in_failures (account, hour);
