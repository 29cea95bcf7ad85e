//! 3: a login over an existing session changes the token, and drops the data unless it is the same login that goes on.

use serde_json::json;

use super::bench::{
    Begun, Bench, START, State, begun, broken, contents, continues, count_up, insert, login,
    proves_again, side_by_side, takes_the_place_of, unknown_token,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::session::{Committed, DataChanges, Lookup, NewSession, Replaced, SessionStore};

pub(super) async fn the_old_token_does_not_open_the_new_session<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for replaces in [takes_the_place_of, continues, proves_again] {
        let old = bench.log_in("ada", START).await?;
        let replaces = replaces(&old.token);
        let fades = replaces.fades;
        let new = replaced(&bench, "ada", replaces).await?;
        match bench.look_up(&old.token, START).await? {
            Lookup::Fading(loaded) if fades => {
                let (record, _) = contents(loaded)?;
                ensure_equal(
                    record,
                    old.record,
                    "the old token never leads to the new session",
                )?;
            }
            Lookup::Ended if !fades => {}
            other => {
                let promise = "the old token stands for a session that was replaced";
                return Err(broken(promise, State::of(&other)));
            }
        }
        let (record, _) = bench.live(&new.token, START).await?;
        ensure_equal(record, new.record, "the new token opens the new session")?;
    }
    Ok(())
}

pub(super) async fn the_old_data_is_dropped_unless_it_is_kept<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let visitor = bench.visit(START).await?;
    let kept = Replaced {
        keep_data: true,
        ..takes_the_place_of(&visitor.token)
    };
    let ada = replaced(&bench, "ada", kept).await?;
    let (_, data) = bench.live(&ada.token, START).await?;
    ensure_equal(
        data.get("mark").cloned(),
        Some(json!("first")),
        "the new session begins with data that is kept",
    )?;
    let grace = replaced(&bench, "grace", takes_the_place_of(&ada.token)).await?;
    let (_, data) = bench.live(&grace.token, START).await?;
    ensure(
        data.is_empty(),
        "the new session has none of the old one's data",
        data,
    )
}

pub(super) async fn changes_are_made_to_what_the_new_session_begins_with<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "the changes are made to what the new session begins with";
    let mut token = bench.log_in("ada", START).await?.token;
    for (keep_data, expected) in [(true, 1), (true, 2), (false, 1)] {
        let next = login("ada", START);
        let new = begun(&next).token;
        let replaces = Replaced {
            keep_data,
            ..continues(&token)
        };
        let committed = bench
            .begin(next, Some(replaces), count_up("count"), START)
            .await?;
        ensure_equal(committed, Committed::Done, "a live session is continued")?;
        let (_, data) = bench.live(&new, START).await?;
        ensure_equal(data.get("count").cloned(), Some(json!(expected)), promise)?;
        ensure_equal(data.get("mark").is_some(), keep_data, promise)?;
        token = new;
    }
    Ok(())
}

pub(super) async fn one_of_fifty_rotations_of_one_session_is_done<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let old = bench.log_in("ada", START).await?;
    let tasks = (0..50).map(|task| {
        let bench = bench.clone();
        let replaces = proves_again(&old.token);
        async move {
            let next = login("ada", START);
            let new = begun(&next);
            let changes = insert("task", json!(task));
            let committed = bench.begin(next, Some(replaces), changes, START).await?;
            Ok((committed, new))
        }
    });
    let mut done = Vec::new();
    for (committed, new) in side_by_side(tasks).await? {
        match committed {
            Committed::Done => done.push(new),
            committed => {
                let promise = "a session that was replaced is not continued";
                ensure_equal(committed, Committed::Gone, promise)?;
                let promise = "what is gone has not begun";
                bench
                    .ensure_state(&new.token, START, State::Unknown, promise)
                    .await?;
            }
        }
    }
    let [new] = &done[..] else {
        return Err(broken("one of fifty rotations is done", done));
    };
    let (_, data) = bench.live(&new.token, START).await?;
    let kept = data.get("mark").cloned();
    ensure_equal(
        kept,
        Some(json!("first")),
        "the one that is done has the data",
    )?;
    let promise = "the old session was replaced by its own user's new proof";
    bench
        .ensure_state(&old.token, START, State::Fading, promise)
        .await
}

pub(super) async fn fifty_logins_over_one_session_end_it_and_live<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let visitor = bench.visit(START).await?;
    let tasks = (0..50).map(|task| {
        let (bench, old) = (bench.clone(), visitor.clone());
        async move {
            let name = format!("user {task}");
            let new = replaced(&bench, &name, takes_the_place_of(&old.token)).await?;
            let promise = "whoever logged in finds the old session ended";
            bench
                .ensure_state(&old.token, START, State::Ended, promise)
                .await?;
            Ok(new)
        }
    });
    for new in side_by_side(tasks).await? {
        let (record, data) = bench.live(&new.token, START).await?;
        ensure_equal(record, new.record, "each of the new sessions is its own")?;
        ensure(data.is_empty(), "none of them has the old one's data", data)?;
    }
    bench.ensure_over(&visitor, START).await
}

pub(super) async fn an_unknown_session_may_be_replaced_and_brings_nothing<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let token = unknown_token();
    let replaces = Replaced {
        keep_data: true,
        fades: true,
        ..takes_the_place_of(&token)
    };
    let new = replaced(&bench, "ada", replaces).await?;
    let (_, data) = bench.live(&new.token, START).await?;
    ensure(
        data.is_empty(),
        "an unknown session has no data to keep",
        data,
    )?;
    let promise = "an unknown token that was replaced stays unknown";
    bench
        .ensure_state(&token, START, State::Unknown, promise)
        .await?;
    ensure_equal(
        bench.count().await?,
        1,
        "there is the new session and no other",
    )
}

async fn replaced<S: SessionStore>(
    bench: &Bench<S>,
    name: &str,
    replaces: Replaced,
) -> Result<Begun, Failure> {
    let next: NewSession = login(name, START);
    let new = begun(&next);
    let committed = bench
        .begin(next, Some(replaces), DataChanges::default(), START)
        .await?;
    ensure_equal(committed, Committed::Done, "the new session begins")?;
    Ok(new)
}
