-- When its owner came in for the last time; 0 when he never did, so that he has his place in the list.
ALTER TABLE countersign_accounts ADD COLUMN last_login_at INTEGER NOT NULL DEFAULT 0;
-- Grows when the failures that were counted against the account are forgotten.
ALTER TABLE countersign_accounts ADD COLUMN failure_epoch INTEGER NOT NULL DEFAULT 0;
UPDATE countersign_accounts AS a SET last_login_at = ifnull(
    (SELECT max(at) FROM countersign_audit WHERE account = a.id AND kind IN ('logged_in', 'authenticated')), 0);

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
