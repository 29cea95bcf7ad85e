//! 10: a user has so many live sessions and no more.

use super::bench::{
    Begun, Bench, CROWD, MINUTE, START, State, begun, continues, count_up, login, proves_again,
    side_by_side, unknown_token, user,
};
use super::failure::{Failure, ensure_equal};
use crate::clock::Timestamp;
use crate::session::{Committed, DataChanges, NewSession, Replaced, SessionStore};

pub(super) async fn one_session_too_many_ends_the_one_used_longest_ago<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (grace, visitor) = (
        bench.log_in("grace", START).await?,
        bench.visit(START).await?,
    );
    let sessions = as_many_as_allowed(&bench).await?;
    bench.store.touch(&sessions[0].token, NOW).await?;
    let new = bench.log_in("ada", NOW).await?;
    let promise = "one session too many ends the one that was used longest ago";
    bench
        .ensure_state(&sessions[1].token, NOW, State::Ended, promise)
        .await?;
    bench.ensure_over(&sessions[1], NOW).await?;
    let promise = "one session too many ends one other and no more";
    for session in sessions[2..]
        .iter()
        .chain([&sessions[0], &new, &grace, &visitor])
    {
        bench
            .ensure_state(&session.token, NOW, State::Live, promise)
            .await?;
    }
    ensure_equal(live(&bench).await?, S::SESSIONS_PER_USER, promise)
}

pub(super) async fn one_session_too_many_ends_what_is_one_login_with_it<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let mut sessions = as_many_as_allowed(&bench).await?;
    let next = login("ada", START);
    let new = begun(&next);
    let replaces = proves_again(&sessions[0].token);
    let committed = bench
        .begin(next, Some(replaces), DataChanges::default(), NOW)
        .await?;
    ensure_equal(committed, Committed::Done, "a live session is continued")?;
    bench.log_in("ada", NOW).await?;
    sessions.insert(0, new);
    let promise = "one session too many ends what is one login with the one used longest ago";
    for session in &sessions[..2] {
        bench
            .ensure_state(&session.token, NOW, State::Ended, promise)
            .await?;
    }
    ensure_equal(live(&bench).await?, S::SESSIONS_PER_USER, promise)
}

pub(super) async fn what_replaces_one_of_a_hundred_ends_no_other<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "what takes the place of one of so many ends no other";
    let mut sessions = as_many_as_allowed(&bench).await?;
    for replaces in [continues, proves_again] {
        let old = sessions.remove(S::SESSIONS_PER_USER / 2);
        let next = login("ada", NOW);
        sessions.push(begun(&next));
        let replaces = replaces(&old.token);
        let committed = bench
            .begin(next, Some(replaces), DataChanges::default(), NOW)
            .await?;
        ensure_equal(committed, Committed::Done, "a live session is continued")?;
    }
    // What has ended makes room.
    let ended = sessions.remove(S::SESSIONS_PER_USER / 2);
    bench.store.end(&ended.token, NOW).await?;
    sessions.push(bench.log_in("ada", NOW).await?);
    for session in &sessions {
        bench
            .ensure_state(&session.token, NOW, State::Live, promise)
            .await?;
    }
    ensure_equal(live(&bench).await?, S::SESSIONS_PER_USER, promise)
}

pub(super) async fn what_does_not_begin_ends_no_other<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "what does not begin ends no other";
    let outdated = bench.store.epoch_of(&user("ada")).await?;
    bench.store.end_all_of(&user("ada"), None, START).await?;
    as_many_as_allowed(&bench).await?;
    let attempts: [(NewSession, Option<Replaced>, Committed); 2] = [
        (
            login("ada", NOW),
            Some(continues(&unknown_token())),
            Committed::Gone,
        ),
        (
            NewSession {
                epoch: Some(outdated),
                ..login("ada", NOW)
            },
            None,
            Committed::Outdated,
        ),
    ];
    for (next, replaces, expected) in attempts {
        let committed = bench.begin(next, replaces, count_up("count"), NOW).await?;
        ensure_equal(committed, expected, promise)?;
        ensure_equal(live(&bench).await?, S::SESSIONS_PER_USER, promise)?;
    }
    Ok(())
}

pub(super) async fn hundreds_of_logins_at_once_leave_a_hundred<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..CROWD).map(|_| {
        let bench = bench.clone();
        async move { bench.log_in("ada", NOW).await }
    });
    let sessions = side_by_side(tasks).await?;
    let mut found = 0;
    for session in &sessions {
        let state = bench.state(&session.token, NOW).await?;
        found += usize::from(state == State::Live);
    }
    let promise = "of many logins at once so many live as a user can have";
    ensure_equal(found, S::SESSIONS_PER_USER, promise)?;
    ensure_equal(live(&bench).await?, S::SESSIONS_PER_USER, promise)
}

/// The user's sessions, each used later than the one before it.
async fn as_many_as_allowed<S: SessionStore>(bench: &Bench<S>) -> Result<Vec<Begun>, Failure> {
    let mut sessions = Vec::new();
    for minute in (0..).take(S::SESSIONS_PER_USER) {
        sessions.push(bench.log_in("ada", START + MINUTE * minute).await?);
    }
    ensure_equal(
        live(bench).await?,
        S::SESSIONS_PER_USER,
        "so many sessions live side by side",
    )?;
    Ok(sessions)
}

/// How many live sessions the user has.
async fn live<S: SessionStore>(bench: &Bench<S>) -> Result<usize, Failure> {
    Ok(bench.store.sessions_of(&user("ada"), NOW).await?.len())
}

/// When the last of them has begun.
const NOW: Timestamp = Timestamp::from_millis(START.as_millis() + 2 * 3_600_000);
