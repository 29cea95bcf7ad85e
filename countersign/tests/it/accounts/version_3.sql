-- A database as version 3 left it. Never edited: it stands for those that are out there.
CREATE TABLE countersign_schema (
    component TEXT    NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO countersign_schema VALUES ('accounts', 3);

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

-- When its owner came in for the last time; 0 when he never did, so that he has his place in the list.
ALTER TABLE countersign_accounts ADD COLUMN last_login_at INTEGER NOT NULL DEFAULT 0;
-- Grows when the failures that were counted against the account are forgotten.
ALTER TABLE countersign_accounts ADD COLUMN failure_epoch INTEGER NOT NULL DEFAULT 0;

-- Lists of accounts. Each has all that a search and the filters look at, so that they need not look at the accounts themselves.
CREATE INDEX countersign_accounts_by_name ON countersign_accounts (name_key, email_key, disabled_at);
CREATE INDEX countersign_accounts_by_creation ON countersign_accounts
    (created_at, id, name_key, email_key, disabled_at);
CREATE INDEX countersign_accounts_by_last_login ON countersign_accounts
    (last_login_at, id, name_key, email_key, disabled_at);
CREATE INDEX countersign_accounts_by_disabling ON countersign_accounts (disabled_at) WHERE disabled_at IS NOT NULL;
CREATE INDEX countersign_account_roles_by_role ON countersign_account_roles (role, account);

-- Whose password a link sets; nobody's, where it is an invitation.
ALTER TABLE countersign_one_time_tokens ADD COLUMN account BLOB CHECK (length(account) = 16);
-- Whether an administrator or the application itself gave it out.
ALTER TABLE countersign_one_time_tokens ADD COLUMN trusted INTEGER NOT NULL DEFAULT 0 CHECK (trusted IN (0, 1));
CREATE INDEX countersign_one_time_tokens_by_account ON countersign_one_time_tokens (account) WHERE account IS NOT NULL;

-- The audit is read by time; events of one moment in the order of their numbers.
DROP INDEX countersign_audit_by_account;
DROP INDEX countersign_audit_by_actor;
CREATE INDEX countersign_audit_by_time ON countersign_audit (at);
CREATE INDEX countersign_audit_by_account ON countersign_audit (account, at) WHERE account IS NOT NULL;
CREATE INDEX countersign_audit_by_actor ON countersign_audit (actor_kind, actor, at);
CREATE INDEX countersign_audit_by_kind ON countersign_audit (kind, at);
CREATE INDEX countersign_audit_by_address ON countersign_audit (address, at) WHERE address IS NOT NULL;

INSERT INTO countersign_accounts
    (id, name, name_key, name_lookalike, email, email_key, email_confirmed_at, locale, created_at, disabled_at, password_hash, stamp,
     last_login_at, failure_epoch) VALUES
    (x'0190163d8694739baea5966c26f8ad91', 'Ada', 'ada', 'ada', 'Ada@example.com', 'ada@example.com', 1800000000000, 'en', 1800000000000, NULL,
     '$argon2id$v=19$m=8,t=1,p=1$N3V9z/Q8t+SvdjP88COkVg$ngboHqoGVnn33ayxs+FSeI6fCMM/7qrRYZIEC/xWxS0', 'AAAAAAAAAAAAAAAAAAAAAA', 1800000002000, 3),
    (x'0190163d8694739baea5966c26f8ad92', 'Bob', 'bob', 'bob', NULL, NULL, NULL, NULL, 1800000000000, 1800000001000,
     '$argon2id$v=19$m=8,t=1,p=1$N3V9z/Q8t+SvdjP88COkVg$ngboHqoGVnn33ayxs+FSeI6fCMM/7qrRYZIEC/xWxS0', 'AAAAAAAAAAAAAAAAAAAAAQ', 0, 0);
INSERT INTO countersign_account_roles VALUES (x'0190163d8694739baea5966c26f8ad91', 'editor');
INSERT INTO countersign_role_permissions VALUES ('editor', 'reports:write');
INSERT INTO countersign_one_time_tokens VALUES
    (x'f2378377bb73175554958b1fa7e617a72dd4e18aabfad4f4a5b0b43b7128776e', 'invitation', 1800000000000, 9000000000000,
     'eve@example.com', '["editor"]', NULL, 1),
    (x'33638ccd291866d8bbc2da7692ff2947651fe8672e937311cc51d3f842dc016b', 'password', 1800000000000, 9000000000000,
     NULL, '[]', x'0190163d8694739baea5966c26f8ad91', 0);
INSERT INTO countersign_audit
    (at, kind, account, actor_kind, actor, address, user_agent, session, detail, cleaned_at) VALUES
    (1800000000000, 'registered', x'0190163d8694739baea5966c26f8ad91', 'anonymous', NULL, '192.0.2.7', 'curl/8.17', NULL, NULL, NULL),
    (1800000001000, 'disabled', x'0190163d8694739baea5966c26f8ad92', 'administrator', 'root', NULL, NULL, NULL, NULL, NULL),
    (1800000002000, 'logged_in', x'0190163d8694739baea5966c26f8ad91', 'account', '0190163d-8694-739b-aea5-966c26f8ad91', '192.0.2.7', 'curl/8.17',
     x'0190163d8694739baea5966c26f8ad93', 'password', 9000000000000);
INSERT INTO countersign_sign_in_failures VALUES
    (500000, x'0190163d8694739baea5966c26f8ad91', '192.0.2.7', 3, 1, 1800000000000),
    (500000, x'', '', 2, 0, 1800000000000);

CREATE TABLE countersign_imported_accounts (
    -- The first half of the SHA-256 of where it came from and what it was called there.
    origin  BLOB    NOT NULL PRIMARY KEY CHECK (length(origin) = 16),
    account BLOB    NOT NULL CHECK (length(account) = 16),
    -- The audit's event of the import.
    import  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- Bob was number 7 in `shop.db`.
INSERT INTO countersign_audit
    (at, kind, account, actor_kind, actor, address, user_agent, session, detail, cleaned_at) VALUES
    (1800000000000, 'imported', NULL, 'system', 'command by ada', NULL, NULL, NULL, 'shop.db: 1', NULL);
INSERT INTO countersign_imported_accounts VALUES
    (x'a6939dc64769125afcc16285d437a294', x'0190163d8694739baea5966c26f8ad92', 4);
