-- Which accounts were brought in from elsewhere, so that none is brought in twice. A row outlives its account: whoever was
-- deleted here does not come back by a second import.
CREATE TABLE countersign_imported_accounts (
    -- The first half of the SHA-256 of where it came from and what it was called there.
    origin  BLOB    NOT NULL PRIMARY KEY CHECK (length(origin) = 16),
    account BLOB    NOT NULL CHECK (length(account) = 16),
    -- The audit's event of the import.
    import  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
