//! 7: ending all sessions is a comparison, which reaches those that have not begun yet.

use super::bench::{
    Bench, CROWD, HOUR, MINUTE, START, State, begun, broken, insert, login, proves_again,
    side_by_side, unknown_token, user,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::session::{Committed, DataChanges, Epoch, NewSession, SessionStore};

pub(super) async fn a_login_verified_before_all_were_ended_does_not_begin<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "a login that was verified before all were ended does not begin afterwards";
    // The user never had a session when his first ones are ended.
    let verified_in = bench.store.epoch_of(&user("ada")).await?;
    bench.store.end_all_of(&user("ada"), None, START).await?;
    ensure_equal(
        attempt(&bench, "ada", verified_in).await?,
        Committed::Outdated,
        promise,
    )?;

    let verified_in = bench.store.epoch_of(&user("ada")).await?;
    bench.store.end_all(START).await?;
    ensure_equal(
        attempt(&bench, "ada", verified_in).await?,
        Committed::Outdated,
        promise,
    )?;

    let listed = bench.store.sessions_of(&user("ada"), START).await?;
    ensure(listed.is_empty(), promise, listed)
}

pub(super) async fn a_login_verified_afterwards_begins<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "a login that was verified after all were ended begins and lives";
    let of_grace = bench.store.epoch_of(&user("grace")).await?;
    for _ in 0..3 {
        bench.store.end_all_of(&user("ada"), None, START).await?;
        let epoch = bench.store.epoch_of(&user("ada")).await?;
        ensure_equal(
            attempt(&bench, "ada", epoch).await?,
            Committed::Done,
            promise,
        )?;
        let listed = bench.store.sessions_of(&user("ada"), START).await?;
        ensure(listed.len() == 1, promise, listed)?;
        bench.store.end_all(START).await?;
        let epoch = bench.store.epoch_of(&user("ada")).await?;
        ensure_equal(
            attempt(&bench, "ada", epoch).await?,
            Committed::Done,
            promise,
        )?;
    }
    let now = bench.store.epoch_of(&user("grace")).await?;
    ensure_equal(
        now.user,
        of_grace.user,
        "other users' epochs stay as they are",
    )
}

pub(super) async fn each_end_of_all_answers_its_own_epoch<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..50).map(|_| {
        let bench = bench.clone();
        async move { Ok(bench.store.end_all_of(&user("ada"), None, START).await?) }
    });
    let mut begun = side_by_side(tasks).await?;
    begun.sort_by_key(|epoch| epoch.user);
    let promise = "each end of all answers the epoch that begins with it, and no other's";
    let are_different = begun.windows(2).all(|pair| pair[0].user < pair[1].user);
    ensure(are_different, promise, begun.clone())?;
    let present = bench.store.epoch_of(&user("ada")).await?;
    ensure_equal(begun.last().copied(), Some(present), promise)?;
    for epoch in begun {
        let expected = match epoch == present {
            true => Committed::Done,
            false => Committed::Outdated,
        };
        ensure_equal(attempt(&bench, "ada", epoch).await?, expected, promise)?;
    }
    Ok(())
}

pub(super) async fn the_spared_session_lives_on<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let spared = bench.log_in("ada", START).await?;
    let (other, grace) = (
        bench.log_in("ada", START).await?,
        bench.log_in("grace", START).await?,
    );
    for _ in 0..3 {
        bench
            .store
            .end_all_of(&user("ada"), Some(&spared.token), START)
            .await?;
        let (record, data) = bench.live(&spared.token, START).await?;
        ensure_equal(
            record,
            spared.record.clone(),
            "the spared session stays as it is",
        )?;
        ensure(
            data.get("mark").is_some(),
            "the spared session keeps its data",
            data,
        )?;
    }
    bench.ensure_over(&other, START).await?;
    bench.live(&grace.token, START).await?;
    bench.store.end_all_of(&user("ada"), None, START).await?;
    bench.ensure_over(&spared, START).await
}

pub(super) async fn a_session_that_has_ended_is_not_spared<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let ended = bench.log_in("ada", START).await?;
    bench.store.end(&ended.token, START).await?;
    let outdated = bench.log_in("ada", START).await?;
    bench.store.end_all_of(&user("ada"), None, START).await?;
    for session in [ended, outdated] {
        bench
            .store
            .end_all_of(&user("ada"), Some(&session.token), START)
            .await?;
        bench.ensure_over(&session, START).await?;
    }
    Ok(())
}

pub(super) async fn sparing_somebody_elses_session_spares_none<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (grace, visitor) = (
        bench.log_in("grace", START).await?,
        bench.visit(START).await?,
    );
    for token in [grace.token, visitor.token, unknown_token()] {
        let ada = bench.log_in("ada", START).await?;
        bench
            .store
            .end_all_of(&user("ada"), Some(&token), START)
            .await?;
        bench.ensure_over(&ada, START).await?;
    }
    // A session that was wrongly spared carries an epoch of another user, and is not live in its own.
    bench.live(&grace.token, START).await?;
    bench.live(&visitor.token, START).await.map(drop)
}

pub(super) async fn the_end_of_everybodys_sessions_reaches_visitors<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (ada, visitor) = (bench.log_in("ada", START).await?, bench.visit(START).await?);
    bench.store.end_all(START).await?;
    bench.ensure_over(&ada, START).await?;
    bench.ensure_over(&visitor, START).await?;
    let again = bench.visit(START).await?;
    bench.live(&again.token, START).await.map(drop)
}

pub(super) async fn a_users_live_sessions_are_listed_the_oldest_first<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    bench.visit(START).await?;
    bench.log_in("grace", START).await?;
    let mut live = Vec::new();
    // The oldest begins last: the order is that of their ages, not of their arrival.
    for minute in [3, 2, 1] {
        live.insert(
            0,
            bench.log_in("ada", START + MINUTE * minute).await?.record,
        );
    }
    let now = START + HOUR;
    let ended = bench.log_in("ada", now).await?;
    bench.store.end(&ended.token, now).await?;
    let replaced = bench.log_in("ada", now).await?;
    // A login that goes on is as old as it was, whatever its name.
    let mut next = login("ada", now);
    next.record.created_at = START;
    live.insert(0, next.record.clone());
    let committed = bench
        .begin(
            next,
            Some(proves_again(&replaced.token)),
            DataChanges::default(),
            now,
        )
        .await?;
    ensure_equal(committed, Committed::Done, "a live session is continued")?;
    let listed = bench.store.sessions_of(&user("ada"), now).await?;
    ensure_equal(
        listed,
        live,
        "a user's live sessions are listed, the oldest first",
    )
}

pub(super) async fn no_login_slips_through_while_all_are_ended<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let verified_in = bench.store.epoch_of(&user("ada")).await?;
    let tasks = (0..CROWD).map(|task| {
        let bench = bench.clone();
        async move {
            if task == CROWD / 2 {
                bench.store.end_all_of(&user("ada"), None, START).await?;
            } else {
                let committed = attempt(&bench, "ada", verified_in).await?;
                let promise = "what replaces none is not gone";
                ensure(committed != Committed::Gone, promise, committed)?;
            }
            Ok(())
        }
    });
    side_by_side(tasks).await?;
    let listed = bench.store.sessions_of(&user("ada"), START).await?;
    ensure(
        listed.is_empty(),
        "whichever came first, no login that was verified before the end lives after it",
        listed.len(),
    )
}

pub(super) async fn a_session_is_spared_by_fifty_ends_at_once<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let spared = bench.log_in("ada", START).await?;
    let before = bench.store.epoch_of(&user("ada")).await?;
    let tasks = (0..50).map(|_| {
        let (bench, token) = (bench.clone(), spared.token);
        async move {
            Ok(bench
                .store
                .end_all_of(&user("ada"), Some(&token), START)
                .await?)
        }
    });
    side_by_side(tasks).await?;
    bench.live(&spared.token, START).await?;
    let after = bench.store.epoch_of(&user("ada")).await?;
    ensure(
        after != before,
        "every end of all begins a new epoch",
        after,
    )
}

pub(super) async fn everybodys_end_beside_logins_leaves_no_older_one<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..CROWD / 3).map(|task| {
        let bench = bench.clone();
        async move {
            let name = format!("user {task}");
            let verified_in = bench.store.epoch_of(&user(&name)).await?;
            if task % 25 == 0 {
                bench.store.end_all(START).await?;
            }
            let next = NewSession {
                epoch: Some(verified_in),
                ..login(&name, START)
            };
            let begun = begun(&next);
            let changes = insert("mark", "first".into());
            let committed = bench.begin(next, None, changes, START).await?;
            Ok((name, verified_in, begun, committed))
        }
    });
    for (name, verified_in, session, committed) in side_by_side(tasks).await? {
        let present = bench.store.epoch_of(&user(&name)).await?;
        let expected = match committed {
            Committed::Done if verified_in == present => State::Live,
            Committed::Done => State::Ended,
            Committed::Outdated => State::Unknown,
            Committed::Gone => return Err(broken("what replaces none is not gone", committed)),
        };
        let promise = "a login lives in the epoch in which it was verified, and in no later one";
        bench
            .ensure_state(&session.token, START, expected, promise)
            .await?;
    }
    Ok(())
}

/// Begins a session of a login that was verified in that epoch.
async fn attempt<S: SessionStore>(
    bench: &Bench<S>,
    name: &str,
    verified_in: Epoch,
) -> Result<Committed, Failure> {
    let next = NewSession {
        epoch: Some(verified_in),
        ..login(name, START)
    };
    bench.begin(next, None, DataChanges::default(), START).await
}
