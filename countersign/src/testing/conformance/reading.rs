//! 8: looking up writes nothing.

use super::bench::{Bench, CROWD, HOUR, LIFETIME, START, State, side_by_side, unknown_token, user};
use super::failure::{Failure, ensure_equal};
use crate::session::{SessionStore, Want};

pub(super) async fn ten_thousand_unknown_tokens_leave_no_trace<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    bench.log_in("ada", START).await?;
    let before = bench.count().await?;
    let tasks = (0..CROWD).map(|task| {
        let bench = bench.clone();
        async move {
            for _ in 0..10_000_usize.div_ceil(CROWD) {
                let want = [Want::Record, Want::RecordAndData][task % 2];
                let lookup = bench.store.load(&unknown_token(), want, START).await?;
                let promise = "a token that no beginning brought is unknown";
                ensure_equal(State::of(&lookup), State::Unknown, promise)?;
            }
            Ok(())
        }
    });
    side_by_side(tasks).await?;
    ensure_equal(bench.count().await?, before, "looking up writes nothing")
}

pub(super) async fn reading_moves_nothing<S: SessionStore>(bench: Bench<S>) -> Result<(), Failure> {
    let live = bench.log_in("ada", START).await?;
    let ended = bench.log_in("ada", START).await?;
    bench.store.end(&ended.token, START).await?;
    let before = bench.count().await?;
    let epoch = bench.store.epoch_of(&user("ada")).await?;
    let later = START + HOUR;
    for token in [live.token, ended.token, unknown_token()] {
        for now in [START, later, START + LIFETIME.idle] {
            bench.state(&token, now).await?;
            bench.store.sessions_of(&user("ada"), now).await?;
            bench.store.epoch_of(&user("nobody")).await?;
        }
    }
    ensure_equal(
        bench.count().await?,
        before,
        "looking up removes and adds nothing",
    )?;
    let (record, _) = bench.live(&live.token, later).await?;
    ensure_equal(record, live.record, "looking up moves no moment")?;
    let promise = "looking up begins no epoch";
    ensure_equal(bench.store.epoch_of(&user("ada")).await?, epoch, promise)
}
