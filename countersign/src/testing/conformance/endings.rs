//! 1: what was ended stays ended. 4: an ending is seen by whatever comes after it, and nothing happens in part.

use serde_json::json;

use super::bench::{
    Begun, Bench, CROWD, SECOND, START, State, begun, continues, count_up, insert, login,
    side_by_side, takes_the_place_of, unknown_token, user,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::clock::Timestamp;
use crate::session::{Committed, DataChanges, NewSession, SessionStore};

pub(super) async fn a_change_after_the_end_brings_nothing_back<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    bench.store.end(&session.token, START).await?;
    let tasks = (0..CROWD).map(|task| {
        let (bench, token) = (bench.clone(), session.token);
        let changes = insert(&task.to_string(), json!(task));
        async move { bench.change(token, changes, START).await }
    });
    let committed = side_by_side(tasks).await?;
    ensure(
        committed.iter().all(|done| *done == Committed::Gone),
        "a change of a session that was ended is refused",
        committed,
    )?;
    bench.ensure_over(&session, START).await
}

pub(super) async fn a_touch_after_the_end_brings_nothing_back<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    bench.store.end(&session.token, START).await?;
    let tasks = (0..CROWD).map(|_| {
        let (bench, token) = (bench.clone(), session.token);
        async move { Ok(bench.store.touch(&token, START + SECOND).await?) }
    });
    side_by_side(tasks).await?;
    bench.ensure_over(&session, START + SECOND).await?;
    // Were the row not one that has ended, the touch would have kept it beyond its tombstone.
    let forgotten = START + S::TOMBSTONE;
    bench
        .ensure_state(
            &session.token,
            forgotten,
            State::Unknown,
            "a touch prolongs no tombstone",
        )
        .await
}

pub(super) async fn a_session_that_must_be_live_is_not_continued_after_its_end<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    bench.store.end(&session.token, START).await?;
    let tasks = (0..CROWD / 3).map(|_| {
        let (bench, token) = (bench.clone(), session.token);
        async move {
            let next = login("ada", START);
            let begun = begun(&next);
            let committed = bench
                .begin(next, Some(continues(&token)), DataChanges::default(), START)
                .await?;
            ensure_equal(
                committed,
                Committed::Gone,
                "what was ended is not continued",
            )?;
            bench
                .ensure_state(
                    &begun.token,
                    START,
                    State::Unknown,
                    "what is gone has not begun",
                )
                .await
        }
    });
    side_by_side(tasks).await?;
    bench.ensure_over(&session, START).await
}

pub(super) async fn a_token_that_was_given_out_begins_no_second_session<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "a token that is known already is refused with an error, and nothing happens";
    let (ended, live) = (
        bench.log_in("ada", START).await?,
        bench.log_in("ada", START).await?,
    );
    bench.store.end(&ended.token, START).await?;
    let present = bench.visit(START).await?;
    let count = bench.count().await?;
    for token in [ended.token, live.token] {
        let again = NewSession {
            token,
            ..login("ada", START)
        };
        let replaces = takes_the_place_of(&present.token);
        let committed = bench
            .begin(again, Some(replaces), count_up("count"), START)
            .await;
        ensure(committed.is_err(), promise, committed.ok())?;
    }
    bench.ensure_over(&ended, START).await?;
    for session in [live, present] {
        let (record, data) = bench.live(&session.token, START).await?;
        ensure_equal(record, session.record, promise)?;
        ensure(data.get("count").is_none(), promise, data)?;
    }
    ensure_equal(bench.count().await?, count, promise)
}

pub(super) async fn of_an_end_and_its_rivals_one_wins<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        let session = bench.log_in("ada", START).await?;
        let tasks = (0..CROWD / ROUNDS).map(|task| rival(bench.clone(), session.token, task));
        let mut wins = 0;
        for won in side_by_side(tasks).await? {
            wins += usize::from(won);
        }
        ensure_equal(wins, 1, "a session is ended or continued once")?;
        bench.ensure_over(&session, START).await?;
    }
    Ok(())
}

/// Ends a session, continues it, uses it or changes it. Answers whether this task took it away.
async fn rival<S: SessionStore>(
    bench: Bench<S>,
    token: crate::secret::TokenHash,
    task: usize,
) -> Result<bool, Failure> {
    match task % 4 {
        0 => {
            let ended = bench.store.end(&token, START).await?;
            let state = bench.state(&token, START).await?;
            ensure_equal(state, State::Ended, "an ended session stays ended")?;
            let changed = bench.change(token, count_up("late"), START).await?;
            ensure_equal(
                changed,
                Committed::Gone,
                "an ended session takes no changes",
            )?;
            Ok(ended)
        }
        1 => {
            let next = login("ada", START);
            let committed = bench
                .begin(next, Some(continues(&token)), DataChanges::default(), START)
                .await?;
            Ok(committed == Committed::Done)
        }
        2 => {
            let changed = bench.change(token, count_up("count"), START).await?;
            let promise = "a change is done, or what it changes is gone";
            ensure(changed != Committed::Outdated, promise, changed)?;
            Ok(false)
        }
        _ => {
            bench.store.touch(&token, START + SECOND).await?;
            Ok(false)
        }
    }
}

pub(super) async fn every_call_after_an_end_sees_it<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for session in [bench.log_in("ada", START).await?, bench.visit(START).await?] {
        let ended = bench.store.end(&session.token, START).await?;
        ensure(ended, "an end says that the session was live", ended)?;
        is_ended(&bench, &session, START).await?;
    }
    Ok(())
}

pub(super) async fn every_call_after_an_end_by_name_sees_it<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let other = bench.log_in("ada", START).await?;
    let id = session.record.id;
    let ended = bench.store.end_named(&user("ada"), id, START).await?;
    ensure(
        ended,
        "an end by name says that the session was live",
        ended,
    )?;
    is_ended(&bench, &session, START).await?;
    bench.live(&other.token, START).await.map(drop)
}

pub(super) async fn every_call_after_the_end_of_all_sees_it<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let one = bench.log_in("ada", START).await?;
    bench.store.end_all_of(&user("ada"), None, START).await?;
    is_ended(&bench, &one, START).await?;
    let (other, visitor) = (bench.log_in("ada", START).await?, bench.visit(START).await?);
    bench.store.end_all(START).await?;
    is_ended(&bench, &other, START).await?;
    is_ended(&bench, &visitor, START).await
}

pub(super) async fn only_the_users_own_session_ends_by_its_name<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (ada, grace) = (
        bench.log_in("ada", START).await?,
        bench.log_in("grace", START).await?,
    );
    let id = grace.record.id;
    let ended = bench.store.end_named(&user("ada"), id, START).await?;
    ensure(!ended, "nobody ends somebody else's session", ended)?;
    let ended = bench.store.end_named(&user("nobody"), id, START).await?;
    ensure(!ended, "a user without sessions ends none", ended)?;
    bench.live(&ada.token, START).await?;
    bench.live(&grace.token, START).await.map(drop)
}

pub(super) async fn a_hundred_ends_at_once_are_each_seen_at_once<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..CROWD / 3).map(|task| {
        let bench = bench.clone();
        async move {
            let name = format!("user {}", task % 7);
            let session = bench.log_in(&name, START).await?;
            match task % 2 {
                0 => bench.store.end(&session.token, START).await?,
                _ => {
                    let id = session.record.id;
                    bench.store.end_named(&user(&name), id, START).await?
                }
            };
            is_ended(&bench, &session, START).await
        }
    });
    side_by_side(tasks).await.map(drop)
}

pub(super) async fn what_is_gone_was_not_begun_in_part<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let count = bench.count().await?;
    let next = login("ada", START);
    let begun = begun(&next);
    let committed = bench
        .begin(
            next,
            Some(continues(&unknown_token())),
            count_up("count"),
            START,
        )
        .await?;
    ensure_equal(
        committed,
        Committed::Gone,
        "an unknown session is not continued",
    )?;
    bench
        .ensure_state(
            &begun.token,
            START,
            State::Unknown,
            "what is gone has not begun",
        )
        .await?;
    let listed = bench.store.sessions_of(&user("ada"), START).await?;
    ensure(listed.is_empty(), "what is gone is not listed", listed)?;
    ensure_equal(bench.count().await?, count, "what is gone leaves no trace")
}

pub(super) async fn what_is_outdated_was_not_begun_in_part<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let verified_in = bench.store.epoch_of(&user("ada")).await?;
    bench.store.end_all_of(&user("ada"), None, START).await?;
    let present = bench.visit(START).await?;
    let count = bench.count().await?;
    let next = NewSession {
        epoch: Some(verified_in),
        ..login("ada", START)
    };
    let begun = begun(&next);
    let replaces = takes_the_place_of(&present.token);
    let committed = bench
        .begin(next, Some(replaces), count_up("count"), START)
        .await?;
    ensure_equal(
        committed,
        Committed::Outdated,
        "an outdated login does not begin",
    )?;
    bench
        .ensure_state(
            &begun.token,
            START,
            State::Unknown,
            "what is outdated has not begun",
        )
        .await?;
    let (record, data) = bench.live(&present.token, START).await?;
    ensure_equal(record, present.record, "what is outdated replaces nothing")?;
    ensure_equal(
        data.to_json(),
        br#"{"mark":"first"}"#.to_vec(),
        "what is outdated changes no data",
    )?;
    ensure_equal(
        bench.count().await?,
        count,
        "what is outdated leaves no trace",
    )
}

async fn is_ended<S: SessionStore>(
    bench: &Bench<S>,
    session: &Begun,
    now: Timestamp,
) -> Result<(), Failure> {
    // The first call after the end is a look-up: a store that ends at leisure shows the session here.
    bench
        .ensure_state(
            &session.token,
            now,
            State::Ended,
            "every call after an end sees it",
        )
        .await?;
    bench.ensure_over(session, now).await
}

const ROUNDS: usize = 10;
