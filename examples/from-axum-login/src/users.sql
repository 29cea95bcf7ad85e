-- The table as it was, with the hashes of password-auth.
CREATE TABLE IF NOT EXISTS users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    username TEXT NOT NULL UNIQUE,
    password TEXT NOT NULL,
    -- The new column. A random text for each user, and another one when the password changes.
    security_stamp TEXT NOT NULL DEFAULT (hex(randomblob(16)))
);
INSERT OR IGNORE INTO users (id, username, password)
VALUES (1, 'alice', '$argon2id$v=19$m=19456,t=2,p=1$wtJQbRTH/jj6RrU29e6+LA$eAzIy8nL//d1baUo2lojQJh+LgpWxFlbzgVwlCkj/pg');
