-- The users of both programs: whichever starts first makes the table. The hashes are those that Flask applications have:
-- of Werkzeug 3 (scrypt), of argon2-cffi (argon2id), and of Werkzeug 2.2 (pbkdf2).
CREATE TABLE IF NOT EXISTS users (
    id INTEGER NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    is_active BOOLEAN NOT NULL
);
INSERT OR IGNORE INTO users VALUES
    -- wonderland
    (1, 'alice', 'scrypt:32768:8:1$hGaT43MHss9XgNrp$278c93b6c22b4cb7aca3eb48e661fe26da5cdb987eb62b12694bafad5fb1a266d2a8488271f6373ef268ce9531896f5358664dfb8ab6d36ba23a59416dcbdaee', TRUE),
    -- builder
    (2, 'bob', '$argon2id$v=19$m=65536,t=3,p=4$hiDC95V3YSXG7NfER7iI0g$6me0EnY3yvks44c6y9L30syPviIarvHx5yqeM2Lh0Ro', TRUE),
    -- sleepy
    (3, 'inactive', 'pbkdf2:sha256:260000$9IjVtdJFxk1MQkXp$1de39f094dfee640bfd4ce42cf13b45f795666e1de0797538dc7866a3e61f041', FALSE),
    -- 密码
    (4, '用户', 'scrypt:32768:8:1$L3eaaxuEH27TjxD8$c5b510fccda9b3f5dc66e51ba68b419d82b68df4ecff1192285e3aa9c13eab48ceb2f4d6c481cdbbf63ed1bbe208ddc71b66c04e0c994b913f92880c52ac3df3', TRUE);
