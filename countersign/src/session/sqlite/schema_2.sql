-- Lists of everybody's sessions, those that were used last first.
CREATE INDEX countersign_sessions_by_use ON countersign_sessions (last_seen_at, id)
    WHERE user_id IS NOT NULL AND ended_at IS NULL;
