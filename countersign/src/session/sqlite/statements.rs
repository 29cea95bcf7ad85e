//! Every statement on sessions. `?1` is the key, `?2` the present moment, unless it says otherwise.

/// Columns of a record.
macro_rules! record {
    () => {
        "s.id, s.user_id, s.stamp, s.authenticated_at, s.methods, s.remembered, s.forced, s.created_at, \
         s.last_seen_at, s.idle_ms, s.expires_at, s.address, s.user_agent"
    };
}

/// Holds for the rows of live sessions: neither ended, alone or with all others, nor past a deadline. It asks nothing
/// but the store's own row.
macro_rules! is_live {
    () => {
        "s.ended_at IS NULL AND ?2 < s.cleaned_at \
         AND s.global_epoch = (SELECT global_epoch FROM countersign_settings) \
         AND s.user_epoch = \
             coalesce((SELECT epoch FROM countersign_session_users WHERE user_id = s.user_id), 0)"
    };
}

macro_rules! load {
    ($more:literal) => {
        concat!(
            "SELECT ",
            record!(),
            ", s.ended_at, s.readable_until, s.cleaned_at, \
             s.global_epoch = g.global_epoch AND s.user_epoch = coalesce(u.epoch, 0) AS is_current",
            $more,
            " FROM countersign_sessions AS s \
             CROSS JOIN countersign_settings AS g \
             LEFT JOIN countersign_session_users AS u ON u.user_id = s.user_id \
             WHERE s.token_digest = ?1"
        )
    };
}

/// `?3` is the moment until which the session fades, `?4` the end of its tombstone.
macro_rules! end {
    ($data:literal, $which:literal) => {
        concat!(
            "UPDATE countersign_sessions AS s \
             SET ended_at = ?2, readable_until = ?3, cleaned_at = ?4, data = ",
            $data,
            " WHERE ",
            $which,
            " AND ",
            is_live!()
        )
    };
}

pub(super) const LOAD_RECORD: &str = load!("");

pub(super) const LOAD_RECORD_AND_DATA: &str = load!(", s.data");

pub(super) const LIVE_DATA: &str = concat!(
    "SELECT s.data FROM countersign_sessions AS s WHERE s.token_digest = ?1 AND ",
    is_live!()
);

/// `?2` is the data.
pub(super) const WRITE_DATA: &str =
    "UPDATE countersign_sessions SET data = ?2 WHERE token_digest = ?1";

/// A sum beyond 64 bits becomes a floating-point number, which is larger than any deadline, so `min` takes the other.
pub(super) const TOUCH: &str = concat!(
    "UPDATE countersign_sessions AS s \
     SET last_seen_at = ?2, cleaned_at = min(expires_at, ?2 + idle_ms) \
     WHERE s.token_digest = ?1 AND s.last_seen_at < ?2 AND ",
    is_live!()
);

pub(super) const END: &str = end!("x'7B7D'", "s.token_digest = ?1");

pub(super) const END_FADING: &str = end!("data", "s.token_digest = ?1");

/// `?1` is the user, `?5` the session's public name.
pub(super) const END_NAMED: &str = end!("x'7B7D'", "s.user_id = ?1 AND s.id = ?5");

/// `?3` is the user: only a live session of that user can be spared.
pub(super) const SPARE: &str = concat!(
    "UPDATE countersign_sessions AS s SET user_epoch = user_epoch + 1 \
     WHERE s.token_digest = ?1 AND s.user_id = ?3 AND ",
    is_live!()
);

pub(super) const NEXT_USER_EPOCH: &str = "INSERT INTO countersign_session_users (user_id, epoch) VALUES (?1, 1) \
     ON CONFLICT (user_id) DO UPDATE SET epoch = epoch + 1";

pub(super) const NEXT_GLOBAL_EPOCH: &str =
    "UPDATE countersign_settings SET global_epoch = global_epoch + 1";

pub(super) const EPOCH_OF: &str = "SELECT g.global_epoch, \
     coalesce((SELECT epoch FROM countersign_session_users WHERE user_id = ?1), 0) AS user_epoch \
     FROM countersign_settings AS g";

pub(super) const SESSIONS_OF: &str = concat!(
    "SELECT ",
    record!(),
    " FROM countersign_sessions AS s WHERE s.user_id = ?1 AND ",
    is_live!(),
    " ORDER BY s.created_at, s.id"
);

pub(super) const INSERT: &str = "INSERT INTO countersign_sessions \
     (token_digest, bucket, id, user_id, stamp, authenticated_at, methods, remembered, forced, created_at, \
      last_seen_at, idle_ms, expires_at, address, user_agent, global_epoch, user_epoch, cleaned_at, data) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)";

pub(super) const COUNT: &str = "SELECT count(*) FROM countersign_sessions";

/// `?1` is how many at most.
pub(super) const CLEAN: &str = "DELETE FROM countersign_sessions WHERE token_digest IN \
     (SELECT token_digest FROM countersign_sessions WHERE cleaned_at <= ?2 ORDER BY cleaned_at LIMIT ?1)";

pub(super) const SHARED_SECRET: &str = "SELECT shared_secret FROM countersign_settings";

/// `?1` is the proposal.
pub(super) const PROPOSE_SECRET: &str =
    "UPDATE countersign_settings SET shared_secret = ?1 WHERE shared_secret IS NULL";

#[cfg(test)]
mod tests {
    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;
    use crate::session::SqliteStore;

    #[tokio::test]
    async fn only_counting_reads_the_whole_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("sessions.db"))
            .await
            .unwrap();
        let mut searches = 0;
        for statement in [
            LOAD_RECORD,
            LOAD_RECORD_AND_DATA,
            LIVE_DATA,
            WRITE_DATA,
            TOUCH,
            END,
            END_FADING,
            END_NAMED,
            SPARE,
            SESSIONS_OF,
            CLEAN,
        ] {
            let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            for step in sqlx::query(plan).fetch_all(store.pool()).await.unwrap() {
                let step: String = step.get("detail");
                // The table of settings has one row.
                let is_scan = step.starts_with("SCAN") && !step.starts_with("SCAN g");
                let is_settings = step.ends_with("countersign_settings");
                assert!(!is_scan || is_settings, "{statement}: {step}");
                searches += usize::from(step.starts_with("SEARCH"));
            }
        }
        assert!(searches >= 11, "{searches}");
    }
}
