//! 9: what was replaced or ended is remembered as such for a minute, and may fade for ten seconds of it.

use serde_json::json;

use super::bench::{
    Begun, Bench, HOUR, LIFETIME, SECOND, START, State, TICK, begun, broken, contents, continues,
    insert, login, proves_again, takes_the_place_of, user,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::clock::Timestamp;
use crate::session::{Committed, DataChanges, Lookup, Replaced, SessionStore};

pub(super) async fn an_ended_session_is_remembered_for_sixty_seconds<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (one, other) = (bench.log_in("ada", START).await?, bench.visit(START).await?);
    bench.store.end(&one.token, START).await?;
    bench.store.end(&other.token, START).await?;
    remembered(&bench, &one, START).await?;
    remembered(&bench, &other, START).await?;

    let named = bench.log_in("ada", START).await?;
    bench
        .store
        .end_named(&user("ada"), named.record.id, START)
        .await?;
    remembered(&bench, &named, START).await?;

    let (one, other) = (bench.log_in("ada", START).await?, bench.visit(START).await?);
    bench.store.end_all_of(&user("ada"), None, START).await?;
    bench.store.end_all(START).await?;
    for token in [one.token, other.token] {
        let last = START + S::TOMBSTONE - TICK;
        let promise = "what was ended with all others answers that it was";
        bench
            .ensure_state(&token, START, State::Ended, promise)
            .await?;
        bench
            .ensure_state(&token, last, State::Ended, promise)
            .await?;
        let promise = "what was ended with all others is remembered for sixty seconds";
        bench
            .ensure_state(&token, last + TICK, State::Unknown, promise)
            .await?;
    }
    Ok(())
}

pub(super) async fn a_replaced_session_is_remembered_for_sixty_seconds<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for replaces in [takes_the_place_of, continues] {
        let old = bench.log_in("ada", START).await?;
        replaced(&bench, replaces(&old.token), START).await?;
        remembered(&bench, &old, START).await?;
    }
    Ok(())
}

pub(super) async fn a_fading_session_is_readable_for_ten_seconds<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let old = bench.log_in("ada", START).await?;
    let now = START + HOUR;
    replaced(&bench, proves_again(&old.token), now).await?;
    let promise = "what its own user's new proof replaced can be read for ten seconds, and is remembered for sixty";
    for (moment, expected) in [
        (now, State::Fading),
        (now + S::GRACE - TICK, State::Fading),
        (now + S::GRACE, State::Ended),
        (now + S::TOMBSTONE - TICK, State::Ended),
        (now + S::TOMBSTONE, State::Unknown),
    ] {
        bench
            .ensure_state(&old.token, moment, expected, promise)
            .await?;
    }
    Ok(())
}

pub(super) async fn a_fading_session_is_never_written<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let old = bench.log_in("ada", START).await?;
    let new = replaced(&bench, proves_again(&old.token), START).await?;
    let now = START + SECOND;
    let promise = "a session that fades takes no changes";
    let changed = bench
        .change(old.token, insert("mark", json!("late")), now)
        .await?;
    ensure_equal(changed, Committed::Gone, promise)?;
    bench.store.touch(&old.token, now).await?;
    let (record, data) = fading(&bench, &old, now).await?;
    ensure_equal(record, old.record.clone(), promise)?;
    ensure_equal(data.get("mark").cloned(), Some(json!("first")), promise)?;
    let (_, data) = bench.live(&new.token, now).await?;
    ensure_equal(data.get("mark").cloned(), Some(json!("first")), promise)?;

    let next = login("ada", now);
    let third = begun(&next);
    let continued = bench
        .begin(
            next,
            Some(proves_again(&old.token)),
            DataChanges::default(),
            now,
        )
        .await?;
    ensure_equal(
        continued,
        Committed::Gone,
        "a session that fades is not continued",
    )?;
    bench
        .ensure_state(
            &third.token,
            now,
            State::Unknown,
            "what is gone has not begun",
        )
        .await?;
    let listed = bench.store.sessions_of(&user("ada"), now).await?;
    ensure_equal(
        listed,
        vec![new.record],
        "a session that fades is not listed",
    )
}

pub(super) async fn a_fading_session_is_read_as_it_was<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let old = bench.log_in("ada", START).await?;
    let new = replaced(&bench, proves_again(&old.token), START).await?;
    let changes = insert("mark", json!("second"));
    let changed = bench.change(new.token, changes, START).await?;
    ensure_equal(changed, Committed::Done, "the new session takes changes")?;
    let (record, data) = fading(&bench, &old, START).await?;
    let promise = "a session that fades is read as it was";
    ensure_equal(record, old.record, promise)?;
    ensure_equal(data.get("mark").cloned(), Some(json!("first")), promise)
}

pub(super) async fn a_fading_session_is_over_at_its_own_deadline<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let old = bench.log_in("ada", START).await?;
    let deadline = START + LIFETIME.idle;
    replaced(&bench, proves_again(&old.token), deadline - SECOND).await?;
    fading(&bench, &old, deadline - TICK).await?;
    let promise = "no session is readable beyond its own deadline";
    bench
        .ensure_state(&old.token, deadline, State::Ended, promise)
        .await
}

pub(super) async fn a_clock_that_stepped_back_makes_nothing_readable<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (ended, old) = (
        bench.log_in("ada", START).await?,
        bench.log_in("ada", START).await?,
    );
    let now = START + HOUR;
    bench.store.end(&ended.token, now).await?;
    replaced(&bench, takes_the_place_of(&old.token), now).await?;
    let promise = "what was ended is not readable for a clock that stepped back";
    for token in [ended.token, old.token] {
        bench
            .ensure_state(&token, START, State::Ended, promise)
            .await?;
    }
    Ok(())
}

pub(super) async fn the_end_of_all_ends_what_fades<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "the end of all is the end of what fades";
    let old = bench.log_in("ada", START).await?;
    let new = replaced(&bench, proves_again(&old.token), START).await?;
    bench
        .store
        .end_all_of(&user("ada"), Some(&new.token), START)
        .await?;
    bench
        .ensure_state(&old.token, START, State::Ended, promise)
        .await?;
    replaced(&bench, proves_again(&new.token), START).await?;
    fading(&bench, &new, START).await?;
    bench.store.end_all(START).await?;
    bench
        .ensure_state(&new.token, START, State::Ended, promise)
        .await
}

pub(super) async fn a_tombstone_is_not_cleaned_away_early<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "a tombstone is cleaned away when its minute is over, and not before";
    // Its tombstone outlives the session's own deadline.
    let old = bench.log_in("ada", START).await?;
    let now = START + LIFETIME.idle - SECOND;
    bench.store.end(&old.token, now).await?;
    let last = now + S::TOMBSTONE - TICK;
    ensure_equal(bench.store.remove_expired(100, last).await?, 0, promise)?;
    bench.log_in("ada", last).await?;
    bench
        .ensure_state(&old.token, last, State::Ended, promise)
        .await?;
    // And it goes long before the deadline of a session that ended early.
    let forgotten = now + S::TOMBSTONE;
    ensure_equal(
        bench.store.remove_expired(100, forgotten).await?,
        1,
        promise,
    )?;
    ensure_equal(bench.count().await?, 1, promise)
}

async fn remembered<S: SessionStore>(
    bench: &Bench<S>,
    session: &Begun,
    ended: Timestamp,
) -> Result<(), Failure> {
    let promise = "what was ended is remembered for sixty seconds, to the millisecond";
    for (moment, expected) in [
        (ended, State::Ended),
        (ended + S::TOMBSTONE - TICK, State::Ended),
        (ended + S::TOMBSTONE, State::Unknown),
    ] {
        bench
            .ensure_state(&session.token, moment, expected, promise)
            .await?;
    }
    let changes = insert("mark", json!("late"));
    let changed = bench.change(session.token, changes, ended).await?;
    ensure(
        changed == Committed::Gone,
        "what is remembered takes no changes",
        changed,
    )
}

async fn replaced<S: SessionStore>(
    bench: &Bench<S>,
    replaces: Replaced,
    now: Timestamp,
) -> Result<Begun, Failure> {
    let next = login("ada", now);
    let new = begun(&next);
    let committed = bench
        .begin(next, Some(replaces), DataChanges::default(), now)
        .await?;
    ensure_equal(committed, Committed::Done, "a live session is replaced")?;
    Ok(new)
}

async fn fading<S: SessionStore>(
    bench: &Bench<S>,
    session: &Begun,
    now: Timestamp,
) -> Result<(crate::session::SessionRecord, crate::session::SessionData), Failure> {
    match bench.look_up(&session.token, now).await? {
        Lookup::Fading(loaded) => contents(loaded),
        other => Err(broken("the session fades", State::of(&other))),
    }
}
