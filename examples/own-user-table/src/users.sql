CREATE TABLE IF NOT EXISTS users (
    -- AUTOINCREMENT: an id that was deleted never becomes another user's.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    -- Changes with the password, and so ends all logins of the old one.
    security_stamp TEXT NOT NULL,
    is_active INTEGER NOT NULL DEFAULT TRUE
) STRICT
