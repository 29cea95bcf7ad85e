//! 5: use moves the idle deadline, nothing moves the other, and what is over is live for nobody.

use std::time::Duration;

use super::bench::{
    Bench, CROWD, HOUR, LIFETIME, MINUTE, SECOND, START, State, TICK, begun, contents, continues,
    count_up, insert, login, side_by_side,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::clock::Timestamp;
use crate::session::{Committed, DataChanges, Lookup, SessionRecord, SessionStore};

pub(super) async fn a_session_is_over_at_its_idle_deadline<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for session in [bench.log_in("ada", START).await?, bench.visit(START).await?] {
        let deadline = START + LIFETIME.idle;
        bench.live(&session.token, deadline - TICK).await?;
        let promise = "a session is over when its idle time has passed, to the millisecond";
        bench
            .ensure_state(&session.token, deadline, State::Unknown, promise)
            .await?;
    }
    Ok(())
}

pub(super) async fn use_moves_the_idle_deadline_and_nothing_else<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let used = START + HOUR;
    bench.store.touch(&session.token, used).await?;
    let expected = SessionRecord {
        last_seen_at: used,
        ..session.record
    };
    let deadline = used + LIFETIME.idle;
    let (record, data) = bench.live(&session.token, deadline - TICK).await?;
    ensure_equal(
        record,
        expected,
        "a touch moves last_seen_at and nothing else",
    )?;
    ensure_equal(
        data.to_json(),
        br#"{"mark":"first"}"#.to_vec(),
        "a touch leaves the data alone",
    )?;
    let promise = "the idle time is counted from the last use";
    bench
        .ensure_state(&session.token, deadline, State::Unknown, promise)
        .await
}

pub(super) async fn nothing_moves_the_last_deadline<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let deadline = session.record.expires_at;
    let mut now = START;
    while now < deadline {
        bench.store.touch(&session.token, now).await?;
        let committed = bench.change(session.token, count_up("count"), now).await?;
        ensure_equal(committed, Committed::Done, "a session in use lives")?;
        let (record, _) = bench.live(&session.token, now).await?;
        let promise = "nothing moves the last deadline";
        ensure_equal(record.expires_at, deadline, promise)?;
        now = now + HOUR;
    }
    bench.store.touch(&session.token, deadline - TICK).await?;
    bench.live(&session.token, deadline - TICK).await?;
    let promise =
        "however often it is used, a session is over at its last deadline, to the millisecond";
    bench
        .ensure_state(&session.token, deadline, State::Unknown, promise)
        .await?;
    bench.store.touch(&session.token, deadline).await?;
    bench
        .ensure_state(&session.token, deadline, State::Unknown, promise)
        .await
}

pub(super) async fn a_clock_that_stepped_back_extends_nothing<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let used = START + 2 * HOUR;
    bench.store.touch(&session.token, used).await?;
    for earlier in [used - SECOND, START, START - HOUR] {
        bench.store.touch(&session.token, earlier).await?;
        let (record, _) = bench.live(&session.token, earlier).await?;
        ensure_equal(
            record.last_seen_at,
            used,
            "a touch moves last_seen_at forward only",
        )?;
        ensure_equal(
            record.expires_at,
            session.record.expires_at,
            "nothing moves expires_at",
        )?;
    }
    let tasks = (0..CROWD / 3).map(|task| {
        let (bench, token) = (bench.clone(), session.token);
        let at = START + MINUTE * (task as u32);
        async move { Ok(bench.store.touch(&token, at).await?) }
    });
    side_by_side(tasks).await?;
    let latest = used.max(START + MINUTE * (CROWD as u32 / 3 - 1));
    let (record, _) = bench.live(&session.token, START).await?;
    ensure_equal(
        record.last_seen_at,
        latest,
        "of many touches the latest moment counts",
    )?;
    let promise = "a clock that stepped back extends nothing";
    bench
        .ensure_state(
            &session.token,
            latest + LIFETIME.idle,
            State::Unknown,
            promise,
        )
        .await
}

pub(super) async fn what_is_over_is_live_for_no_call<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for session in [bench.log_in("ada", START).await?, bench.visit(START).await?] {
        let over = session.record.ends_at();
        bench.ensure_over(&session, over).await?;
        // A touch that comes too late must not count for a clock that is behind either.
        if let Lookup::Live(loaded) = bench.look_up(&session.token, over - TICK).await? {
            let (record, _) = contents(loaded)?;
            ensure_equal(
                record,
                session.record,
                "a touch that comes too late moves nothing",
            )?;
        }
    }
    Ok(())
}

pub(super) async fn cleaning_takes_what_is_over_and_no_more<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "cleaning takes what is over, at most so many as it is told, and no more";
    let mut tokens = Vec::new();
    for minute in 0..6 {
        let session = bench.log_in("ada", START + MINUTE * minute).await?;
        tokens.push(session.token);
    }
    let first_end = START + LIFETIME.idle;
    let clean = async |at_most, now: Timestamp| {
        Ok::<_, Failure>(bench.store.remove_expired(at_most, now).await?)
    };
    ensure_equal(clean(100, first_end - TICK).await?, 0, promise)?;
    ensure_equal(clean(0, first_end).await?, 0, promise)?;
    ensure_equal(clean(100, first_end).await?, 1, promise)?;
    ensure_equal(clean(2, first_end + 4 * MINUTE).await?, 2, promise)?;
    ensure_equal(bench.count().await?, 3, promise)?;
    ensure_equal(clean(100, first_end + 4 * MINUTE).await?, 2, promise)?;
    ensure_equal(clean(100, first_end + 4 * MINUTE).await?, 0, promise)?;
    ensure_equal(bench.count().await?, 1, promise)?;
    bench
        .live(&tokens[5], first_end + 4 * MINUTE)
        .await
        .map(drop)
}

pub(super) async fn what_was_used_in_time_is_not_cleaned_away<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let first_end = START + LIFETIME.idle;
    bench.store.touch(&session.token, first_end - TICK).await?;
    let removed = bench.store.remove_expired(100, first_end).await?;
    ensure_equal(removed, 0, "what was used in time is not cleaned away")?;
    let end = first_end - TICK + LIFETIME.idle;
    bench.live(&session.token, end - TICK).await?;
    ensure_equal(
        bench.store.remove_expired(100, end).await?,
        1,
        "what was used is cleaned away at its new deadline",
    )
}

pub(super) async fn cleaning_beside_uses_takes_no_live_session<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let first_end = START + LIFETIME.idle;
    let (mut used, mut unused) = (Vec::new(), Vec::new());
    for number in 0..CROWD / 6 {
        let name = format!("user {number}");
        let session = bench.log_in(&name, START).await?;
        bench.store.touch(&session.token, first_end - TICK).await?;
        used.push(session);
        unused.push(bench.log_in(&name, START).await?);
    }
    let tasks = used.iter().zip(&unused).map(|(used, unused)| {
        let (bench, used, unused) = (bench.clone(), used.token, unused.token);
        async move {
            bench.store.touch(&used, first_end).await?;
            let removed = bench.store.remove_expired(2, first_end).await?;
            bench.store.touch(&unused, first_end).await?;
            bench.live(&used, first_end).await?;
            Ok(removed)
        }
    });
    let removed: u64 = side_by_side(tasks).await?.iter().sum();
    let promise = "cleaning beside uses takes each session that is over once, and no other";
    let left = bench.store.remove_expired(u32::MAX, first_end).await?;
    ensure_equal(removed + left, unused.len() as u64, promise)?;
    ensure_equal(bench.count().await?, used.len() as u64, promise)?;
    for session in used {
        bench.live(&session.token, first_end).await?;
    }
    Ok(())
}

pub(super) async fn a_beginning_cleans_some_away<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let mut now = START;
    for _ in 0..20 {
        bench.log_in("ada", now).await?;
    }
    // Were fewer cleaned away than begin, they would pile up without end.
    now = now + LIFETIME.idle;
    for _ in 0..20 {
        bench.log_in("ada", now).await?;
    }
    ensure_equal(
        bench.count().await?,
        20,
        "sessions that begin clean as many away that are over",
    )
}

pub(super) async fn deadlines_at_the_end_of_time_are_no_deadlines<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    const FOREVER: Duration = Duration::from_millis(i64::MAX as u64);
    let mut next = login("ada", START);
    next.record.idle = FOREVER;
    next.record.expires_at = START + FOREVER;
    let session = begun(&next);
    let committed = bench
        .begin(next, None, insert("mark", "first".into()), START)
        .await?;
    ensure_equal(
        committed,
        Committed::Done,
        "a session that replaces none begins",
    )?;
    let late = START + LIFETIME.absolute * 10_000;
    bench.store.touch(&session.token, late).await?;
    let (record, _) = bench.live(&session.token, late).await?;
    let expected = SessionRecord {
        last_seen_at: late,
        ..session.record
    };
    ensure_equal(record, expected, "sums of times do not overflow")?;
    ensure_equal(
        bench.store.remove_expired(100, late).await?,
        0,
        "what lives forever is not cleaned away",
    )?;
    let continued = bench
        .begin(
            login("ada", late),
            Some(continues(&session.token)),
            DataChanges::default(),
            late,
        )
        .await?;
    ensure(
        continued == Committed::Done,
        "what lives forever is continued",
        continued,
    )
}
