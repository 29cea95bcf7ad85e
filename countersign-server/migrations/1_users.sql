CREATE TABLE users (
    id             INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    name           TEXT    NOT NULL,
    -- The name in the form by which names are compared.
    canonical_name TEXT    NOT NULL UNIQUE,
    password_hash  TEXT    NOT NULL,
    -- Random, and new with each password: logins of the old one do not count any more.
    security_stamp TEXT    NOT NULL,
    -- Milliseconds since 1970-01-01T00:00:00Z.
    created_at     INTEGER NOT NULL
) STRICT;
