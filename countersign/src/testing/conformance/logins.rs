//! Sessions that replaced one another by their own user's new proofs are one login. 4: to end one is to end them all.
//! 9: the old ones fade while the login lives, and no longer.

use super::bench::{
    Begun, Bench, CROWD, SECOND, START, State, TICK, begun, login, proves_again, side_by_side,
    takes_the_place_of, user, visitor,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::clock::Timestamp;
use crate::session::{Committed, DataChanges, NewSession, Replaced, SessionStore};

pub(super) async fn an_end_under_a_fading_token_ends_the_login<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    // Under each of the tokens, the live one last.
    for under in 0..PROOFS {
        let sessions = proofs(&bench, START).await?;
        let now = START + SECOND;
        let ended = bench.store.end(&sessions[under].token, now).await?;
        ensure(ended, "an end under any token of a login says so", under)?;
        are_ended(&bench, &sessions, now).await?;
        for session in &sessions {
            let again = bench.store.end(&session.token, now).await?;
            ensure(!again, "a login ends once", again)?;
        }
    }
    Ok(())
}

pub(super) async fn an_end_by_name_ends_the_login<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let sessions = proofs(&bench, START).await?;
    let id = sessions[PROOFS - 1].record.id;
    let ended = bench.store.end_named(&user("ada"), id, START).await?;
    ensure(
        ended,
        "an end by name says that the session was live",
        ended,
    )?;
    are_ended(&bench, &sessions, START).await
}

pub(super) async fn a_login_of_somebody_else_ends_the_login<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    for under in 0..PROOFS {
        let sessions = proofs(&bench, START).await?;
        let replaces = takes_the_place_of(&sessions[under].token);
        let grace = replaced(&bench, login("grace", START), replaces, START).await?;
        are_ended(&bench, &sessions, START).await?;
        bench.live(&grace.token, START).await?;
    }
    Ok(())
}

pub(super) async fn a_second_proof_under_a_fading_token_is_part_of_the_login<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    // A form that was sent twice: both answers bring a session, and one of them stays in the browser.
    let mut sessions = proofs(&bench, START).await?;
    let twice = Replaced {
        must_be_live: false,
        ..proves_again(&sessions[0].token)
    };
    sessions.push(replaced(&bench, login("ada", START), twice, START).await?);
    let promise = "a proof over a fading session ends nothing";
    for (session, expected) in
        sessions
            .iter()
            .zip([State::Fading, State::Fading, State::Live, State::Live])
    {
        bench
            .ensure_state(&session.token, START, expected, promise)
            .await?;
    }
    bench.store.end(&sessions[PROOFS - 1].token, START).await?;
    are_ended(&bench, &sessions, START).await
}

pub(super) async fn an_end_of_a_login_spares_the_users_others<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let (one, other) = (proofs(&bench, START).await?, proofs(&bench, START).await?);
    bench.store.end(&one[0].token, START).await?;
    let promise = "an end of one login is none of another";
    for (session, expected) in other
        .iter()
        .zip([State::Fading, State::Fading, State::Live])
    {
        bench
            .ensure_state(&session.token, START, expected, promise)
            .await?;
    }
    let listed = bench.store.sessions_of(&user("ada"), START).await?;
    ensure_equal(listed, vec![other[PROOFS - 1].record.clone()], promise)
}

pub(super) async fn of_an_end_and_a_new_proof_beside_it_nothing_is_left<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..CROWD / 3).map(|task| {
        let bench = bench.clone();
        async move {
            let name = format!("user {task}");
            let old = bench.log_in(&name, START).await?;
            let next = login(&name, START);
            let new = begun(&next);
            let replaces = proves_again(&old.token);
            let proves = async {
                bench
                    .begin(next, Some(replaces), DataChanges::default(), START)
                    .await
            };
            let ends = async { Ok::<_, Failure>(bench.store.end(&old.token, START).await?) };
            let (committed, ended) = tokio::try_join!(proves, ends)?;
            ensure(ended, "an end before or after a new proof says so", ended)?;
            let promise = "an end leaves nothing of a login, whichever came first";
            let expected = match committed {
                Committed::Done => State::Ended,
                _ => State::Unknown,
            };
            bench
                .ensure_state(&new.token, START, expected, promise)
                .await?;
            bench
                .ensure_state(&old.token, START, State::Ended, promise)
                .await?;
            let listed = bench.store.sessions_of(&user(&name), START).await?;
            ensure(listed.is_empty(), promise, listed)
        }
    });
    side_by_side(tasks).await.map(drop)
}

pub(super) async fn what_fades_is_over_with_its_login<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let sessions = proofs(&bench, START).await?;
    let now = START + S::GRACE - TICK;
    let promise =
        "what fades is over at once when its login is ended, and is remembered from then on";
    bench
        .ensure_state(&sessions[0].token, now, State::Fading, promise)
        .await?;
    bench.store.end(&sessions[PROOFS - 1].token, now).await?;
    for session in &sessions {
        for (moment, expected) in [
            (now, State::Ended),
            (now + S::TOMBSTONE - TICK, State::Ended),
            (now + S::TOMBSTONE, State::Unknown),
        ] {
            bench
                .ensure_state(&session.token, moment, expected, promise)
                .await?;
        }
    }
    Ok(())
}

pub(super) async fn only_its_own_users_proof_lets_a_session_fade<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let promise = "what another one's proof replaced can't be read any more";
    for is_login in [true, false] {
        for next in [login("grace", START), visitor(START)] {
            let old = match is_login {
                true => bench.log_in("ada", START).await?,
                false => bench.visit(START).await?,
            };
            let new = replaced(&bench, next, proves_again(&old.token), START).await?;
            bench
                .ensure_state(&old.token, START, State::Ended, promise)
                .await?;
            ensure(
                !bench.store.end(&old.token, START).await?,
                "what was replaced by another one is no login with it",
                "end",
            )?;
            bench.live(&new.token, START).await?;
        }
    }
    Ok(())
}

pub(super) async fn a_token_that_fades_no_more_ends_nothing<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let sessions = proofs(&bench, START).await?;
    let now = START + S::GRACE;
    let promise = "a token that fades no more ends nothing";
    for session in &sessions[..PROOFS - 1] {
        let ended = bench.store.end(&session.token, now).await?;
        ensure(!ended, promise, ended)?;
    }
    bench.live(&sessions[PROOFS - 1].token, now).await.map(drop)
}

/// The sessions of one login whose user proved again and again: all fade but the last.
async fn proofs<S: SessionStore>(bench: &Bench<S>, now: Timestamp) -> Result<Vec<Begun>, Failure> {
    let mut sessions = vec![bench.log_in("ada", now).await?];
    while sessions.len() < PROOFS {
        let replaces = proves_again(&sessions[sessions.len() - 1].token);
        sessions.push(replaced(bench, login("ada", now), replaces, now).await?);
    }
    Ok(sessions)
}

async fn are_ended<S: SessionStore>(
    bench: &Bench<S>,
    sessions: &[Begun],
    now: Timestamp,
) -> Result<(), Failure> {
    let promise = "an end of one of a login's sessions ends them all at once";
    for session in sessions {
        bench
            .ensure_state(&session.token, now, State::Ended, promise)
            .await?;
        bench.ensure_over(session, now).await?;
    }
    Ok(())
}

async fn replaced<S: SessionStore>(
    bench: &Bench<S>,
    next: NewSession,
    replaces: Replaced,
    now: Timestamp,
) -> Result<Begun, Failure> {
    let new = begun(&next);
    let committed = bench
        .begin(next, Some(replaces), DataChanges::default(), now)
        .await?;
    ensure_equal(committed, Committed::Done, "a session is replaced")?;
    Ok(new)
}

const PROOFS: usize = 3;
