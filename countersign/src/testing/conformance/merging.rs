//! 2: changes to different keys survive, and of changes to one key the later commit wins.

use serde_json::json;

use super::bench::{Bench, CROWD, START, begun, continues, count_up, insert, login, side_by_side};
use super::failure::{Failure, ensure, ensure_equal};
use crate::session::{Change, Committed, DataChanges, SessionStore};

pub(super) async fn changes_are_made_in_their_order<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let mut changes = DataChanges::default();
    changes.push("a", Change::Insert(json!(1)));
    changes.push("a", Change::update(|a| Some(json!([a, 2]))));
    changes.push("b", Change::Insert(json!(3)));
    changes.push("b", Change::Remove);
    changes.push("mark", Change::update(|_| None));
    let committed = bench.change(session.token, changes, START).await?;
    ensure_equal(committed, Committed::Done, "a live session takes changes")?;
    let (_, data) = bench.live(&session.token, START).await?;
    ensure_equal(
        data.to_json(),
        br#"{"a":[1,2]}"#.to_vec(),
        "changes are made in their order",
    )
}

pub(super) async fn the_later_commit_wins_a_key<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    for value in 0..10 {
        let changes = insert("key", json!(value));
        let committed = bench.change(session.token, changes, START).await?;
        ensure_equal(committed, Committed::Done, "a live session takes changes")?;
        let (_, data) = bench.live(&session.token, START).await?;
        ensure_equal(
            data.get("key").cloned(),
            Some(json!(value)),
            "the later commit wins the key",
        )?;
    }
    Ok(())
}

pub(super) async fn hundreds_of_changes_at_once_all_survive<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let tasks = (0..CROWD).map(|task| {
        let (bench, token) = (bench.clone(), session.token);
        let mut changes = count_up("count");
        changes.push(format!("key {task}"), Change::Insert(json!(task)));
        async move { bench.change(token, changes, START).await }
    });
    let committed = side_by_side(tasks).await?;
    ensure(
        committed.iter().all(|done| *done == Committed::Done),
        "a live session takes changes",
        committed,
    )?;
    let (record, data) = bench.live(&session.token, START).await?;
    let lost: Vec<_> = (0..CROWD)
        .filter(|task| data.get(&format!("key {task}")) != Some(&json!(task)))
        .collect();
    ensure(
        lost.is_empty(),
        "changes to different keys all survive",
        lost,
    )?;
    ensure_equal(
        data.get("count").cloned(),
        Some(json!(CROWD)),
        "updates of one key each begin with what the one before made",
    )?;
    ensure_equal(
        data.get("mark").cloned(),
        Some(json!("first")),
        "what nobody changes stays",
    )?;
    ensure_equal(
        record,
        session.record,
        "changes of the data leave the record alone",
    )
}

pub(super) async fn changes_outlive_a_rotation_beside_them_or_are_refused<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let next = login("ada", START);
    let new = begun(&next);
    let rotation = tokio::spawn({
        let (bench, token) = (bench.clone(), session.token);
        async move {
            bench
                .begin(next, Some(continues(&token)), DataChanges::default(), START)
                .await
        }
    });
    let tasks = (0..CROWD / 3).map(|_| {
        let (bench, token) = (bench.clone(), session.token);
        async move { bench.change(token, count_up("count"), START).await }
    });
    let done = side_by_side(tasks).await?;
    let done = done.iter().filter(|done| **done == Committed::Done).count();
    ensure_equal(
        rotation.await??,
        Committed::Done,
        "a live session is continued",
    )?;
    let (_, data) = bench.live(&new.token, START).await?;
    let kept = data.get("count").map_or(json!(0), Clone::clone);
    ensure_equal(
        kept,
        json!(done),
        "the new session has the changes that the old one took, and no others",
    )
}
