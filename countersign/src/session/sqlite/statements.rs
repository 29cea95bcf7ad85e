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
        concat!(
            "s.ended_at IS NULL AND ?2 < s.cleaned_at AND ",
            is_current!()
        )
    };
}

/// Holds for the rows of live and of fading sessions.
macro_rules! is_open {
    () => {
        concat!(
            "(s.ended_at IS NULL AND ?2 < s.cleaned_at OR ?2 < s.readable_until) AND ",
            is_current!()
        )
    };
}

/// Holds for the rows of sessions that no ending of all sessions came over.
macro_rules! is_current {
    () => {
        "s.global_epoch = (SELECT global_epoch FROM countersign_settings) \
         AND s.user_epoch = \
             coalesce((SELECT epoch FROM countersign_session_users WHERE user_id = s.user_id), 0)"
    };
}

macro_rules! load {
    ($more:literal) => {
        concat!(
            "SELECT ",
            record!(),
            ", s.ended_at, s.readable_until, s.cleaned_at, g.all_ended_at, \
             s.global_epoch = g.global_epoch AND s.user_epoch = coalesce(u.epoch, 0) AS is_current",
            $more,
            " FROM countersign_sessions AS s \
             CROSS JOIN countersign_settings AS g \
             LEFT JOIN countersign_session_users AS u ON u.user_id = s.user_id \
             WHERE s.token_digest = ?1"
        )
    };
}

/// Leaves tombstones, whose end is `?3`.
macro_rules! bury {
    () => {
        "UPDATE countersign_sessions AS s \
         SET ended_at = ?2, readable_until = NULL, cleaned_at = ?3, data = x'7B7D' WHERE "
    };
}

/// Ends the logins of some sessions: these, and what is one login with them.
macro_rules! end_logins {
    ($($which:expr),+) => {
        concat!(
            bury!(),
            "s.chain IN (SELECT s.chain FROM countersign_sessions AS s WHERE ",
            $($which),+,
            ") AND ",
            is_open!()
        )
    };
}

pub(super) const LOAD_RECORD: &str = load!("");

pub(super) const LOAD_RECORD_AND_DATA: &str = load!(", s.data");

pub(super) const LIVE_DATA: &str = concat!(
    "SELECT s.data FROM countersign_sessions AS s WHERE s.token_digest = ?1 AND ",
    is_live!()
);

pub(super) const OPEN: &str = concat!(
    "SELECT s.data, s.chain, s.user_id, s.ended_at IS NULL AS is_live \
     FROM countersign_sessions AS s WHERE s.token_digest = ?1 AND ",
    is_open!()
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

pub(super) const END: &str = end_logins!("s.token_digest = ?1 AND ", is_open!());

/// `?1` is the user, `?4` the session's public name.
pub(super) const END_NAMED: &str = end_logins!("s.user_id = ?1 AND s.id = ?4 AND ", is_live!());

/// `?1` is the user, `?4` how many stay: those that were used last.
pub(super) const END_OLDEST: &str = end_logins!(
    "s.user_id = ?1 AND ",
    is_live!(),
    " ORDER BY s.last_seen_at DESC, s.id DESC LIMIT -1 OFFSET ?4"
);

/// `?1` is the user, `?4` the token that is spared.
pub(super) const END_ALL_OF: &str = concat!(
    bury!(),
    "s.user_id = ?1 AND s.token_digest IS NOT ?4 AND ",
    is_live!()
);

/// `?3` is the end of the tombstone, `?4` the moment until which the session fades. It is never readable beyond its
/// own deadline.
pub(super) const FADE: &str = "UPDATE countersign_sessions \
     SET ended_at = ?2, readable_until = min(?4, cleaned_at), cleaned_at = ?3 WHERE token_digest = ?1";

/// `?3` is the user: only a live session of that user can be spared.
pub(super) const SPARE: &str = concat!(
    "UPDATE countersign_sessions AS s SET user_epoch = user_epoch + 1 \
     WHERE s.token_digest = ?1 AND s.user_id = ?3 AND ",
    is_live!()
);

/// `?1` is the user, `?3` the session's public name.
#[cfg(feature = "accounts")]
pub(super) const TOKEN_OF_NAMED: &str = concat!(
    "SELECT s.token_digest, s.bucket FROM countersign_sessions AS s \
     WHERE s.user_id = ?1 AND s.id = ?3 AND ",
    is_live!()
);

/// `?2` is the new stamp.
#[cfg(feature = "accounts")]
pub(super) const RESTAMP: &str =
    "UPDATE countersign_sessions SET stamp = ?2 WHERE token_digest = ?1";

#[cfg(feature = "accounts")]
pub(super) const OWNER: &str = "SELECT user_id, id FROM countersign_sessions \
     WHERE token_digest = ?1 AND user_id IS NOT NULL";

/// `?1` is the user. What has ended is found in no index; accounts are deleted seldom enough.
#[cfg(feature = "accounts")]
pub(super) const DELETE_ALL_OF: &str = "DELETE FROM countersign_sessions WHERE user_id = ?1";

pub(super) const NEXT_USER_EPOCH: &str = "INSERT INTO countersign_session_users (user_id, epoch) VALUES (?1, 1) \
     ON CONFLICT (user_id) DO UPDATE SET epoch = epoch + 1 \
     RETURNING (SELECT global_epoch FROM countersign_settings) AS global_epoch, epoch AS user_epoch";

/// `?1` is the present moment.
pub(super) const NEXT_GLOBAL_EPOCH: &str = "UPDATE countersign_settings \
     SET global_epoch = global_epoch + 1, all_ended_at = max(all_ended_at, ?1)";

pub(super) const EPOCH_OF: &str = "SELECT g.global_epoch, \
     coalesce((SELECT epoch FROM countersign_session_users WHERE user_id = ?1), 0) AS user_epoch \
     FROM countersign_settings AS g";

/// The epoch, and at least how many sessions of the user are live.
pub(super) const EPOCH_AND_SESSIONS_OF: &str = "SELECT g.global_epoch, \
     coalesce((SELECT epoch FROM countersign_session_users WHERE user_id = ?1), 0) AS user_epoch, \
     (SELECT count(*) FROM countersign_sessions WHERE user_id = ?1 AND ended_at IS NULL) AS sessions \
     FROM countersign_settings AS g";

pub(super) const SESSIONS_OF: &str = concat!(
    "SELECT ",
    record!(),
    " FROM countersign_sessions AS s WHERE s.user_id = ?1 AND ",
    is_live!(),
    " ORDER BY s.created_at, s.id"
);

/// Live sessions of users, those that were used last first: those behind the moment `?3` and the id `?4`; or, with `back`, those before,
/// the nearest first. `?5` is how many at most.
#[cfg(feature = "accounts")]
macro_rules! live_sessions {
    ($whose:literal, $beyond:literal, $direction:literal) => {
        concat!(
            "SELECT ",
            record!(),
            " FROM countersign_sessions AS s WHERE ",
            $whose,
            " AND (s.last_seen_at, s.id) ",
            $beyond,
            " (?3, ?4) AND ",
            is_live!(),
            " ORDER BY s.last_seen_at ",
            $direction,
            ", s.id ",
            $direction,
            " LIMIT ?5"
        )
    };
}

#[cfg(feature = "accounts")]
pub(super) const LIVE_SESSIONS: &str = live_sessions!("s.user_id IS NOT NULL", "<", "DESC");

#[cfg(feature = "accounts")]
pub(super) const LIVE_SESSIONS_BACK: &str = live_sessions!("s.user_id IS NOT NULL", ">", "ASC");

/// `?1` is the user, as in the next.
#[cfg(feature = "accounts")]
pub(super) const LIVE_SESSIONS_OF: &str = live_sessions!("s.user_id = ?1", "<", "DESC");

#[cfg(feature = "accounts")]
pub(super) const LIVE_SESSIONS_OF_BACK: &str = live_sessions!("s.user_id = ?1", ">", "ASC");

/// `?1` is the session's id. It looks at each session that is live: names of sessions have no index, since only people ask by them.
#[cfg(feature = "accounts")]
pub(super) const LIVE_SESSION: &str = concat!(
    "SELECT ",
    record!(),
    " FROM countersign_sessions AS s WHERE s.user_id IS NOT NULL AND s.id = ?1 AND ",
    is_live!()
);

#[cfg(feature = "accounts")]
pub(super) const COUNT_LIVE: &str = concat!(
    "SELECT count(*) FROM countersign_sessions AS s WHERE s.user_id IS NOT NULL AND ",
    is_live!()
);

/// `?1` is a JSON array of users.
#[cfg(feature = "accounts")]
pub(super) const COUNT_LIVE_OF: &str = concat!(
    "SELECT s.user_id, count(*) AS sessions FROM countersign_sessions AS s \
     WHERE s.user_id IN (SELECT value FROM json_each(?1)) AND ",
    is_live!(),
    " GROUP BY s.user_id"
);

pub(super) const INSERT: &str = "INSERT INTO countersign_sessions \
     (token_digest, bucket, id, chain, user_id, stamp, authenticated_at, methods, remembered, forced, created_at, \
      last_seen_at, idle_ms, expires_at, address, user_agent, global_epoch, user_epoch, cleaned_at, data) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)";

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
            OPEN,
            END,
            END_NAMED,
            END_OLDEST,
            END_ALL_OF,
            FADE,
            SPARE,
            EPOCH_AND_SESSIONS_OF,
            SESSIONS_OF,
            CLEAN,
            #[cfg(feature = "accounts")]
            LIVE_SESSIONS,
            #[cfg(feature = "accounts")]
            LIVE_SESSIONS_BACK,
            #[cfg(feature = "accounts")]
            LIVE_SESSIONS_OF,
            #[cfg(feature = "accounts")]
            LIVE_SESSIONS_OF_BACK,
            #[cfg(feature = "accounts")]
            COUNT_LIVE_OF,
        ] {
            let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            for step in sqlx::query(plan).fetch_all(store.pool()).await.unwrap() {
                let step: String = step.get("detail");
                // The table of settings has one row; an array has as many as are asked for.
                let is_small = step.starts_with("SCAN g") || step.starts_with("SCAN json_each");
                let is_scan = step.starts_with("SCAN") && !is_small;
                let is_settings = step.ends_with("countersign_settings");
                assert!(!is_scan || is_settings, "{statement}: {step}");
                searches += usize::from(step.starts_with("SEARCH"));
            }
        }
        assert!(searches >= 15, "{searches}");
    }
}
