//! 6: a token stands for what began with it, and any other for nothing.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv6Addr};

use serde_json::json;

use super::bench::{
    Bench, CROWD, HOUR, START, State, TICK, begun, broken, count_up, login, side_by_side,
    unknown_token, user, visitor,
};
use super::failure::{Failure, ensure, ensure_equal};
use crate::session::{
    Change, ClientRecord, Committed, DataChanges, LoginRecord, Lookup, Method, Methods, NewSession,
    SessionData, SessionStore, Want,
};

pub(super) async fn an_unknown_token_is_unknown_to_every_call<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let nobody = begun(&login("ada", START));
    bench.ensure_over(&nobody, START).await?;
    let promise = "a token that no beginning brought is unknown";
    bench
        .ensure_state(&nobody.token, START, State::Unknown, promise)
        .await?;
    ensure_equal(bench.count().await?, 0, promise)?;
    bench
        .store
        .end_all_of(&user("ada"), Some(&nobody.token), START)
        .await?;
    bench
        .ensure_state(&nobody.token, START, State::Unknown, promise)
        .await?;
    ensure_equal(bench.count().await?, 0, promise)
}

pub(super) async fn hundreds_of_unknown_tokens_are_adopted_by_no_call<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..CROWD).map(|task| {
        let bench = bench.clone();
        async move {
            let token = unknown_token();
            match task % 3 {
                0 => {
                    let changed = bench.change(token, count_up("count"), START).await?;
                    ensure_equal(changed, Committed::Gone, "an unknown session has no data")?;
                }
                1 => bench.store.touch(&token, START).await?,
                _ => {
                    let ended = bench.store.end(&token, START).await?;
                    ensure(!ended, "an unknown session was not live", ended)?;
                }
            }
            let promise = "an unknown token is adopted by no call";
            bench
                .ensure_state(&token, START, State::Unknown, promise)
                .await
        }
    });
    side_by_side(tasks).await?;
    ensure_equal(bench.count().await?, 0, "an unknown token leaves no trace")
}

pub(super) async fn a_token_opens_what_began_with_it<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let mut kept = Vec::new();
    for session in all_kinds() {
        let begun = begun(&session);
        let committed = bench
            .begin(session, None, DataChanges::default(), START)
            .await?;
        ensure_equal(
            committed,
            Committed::Done,
            "a session that replaces none begins",
        )?;
        kept.push(begun);
    }
    for session in kept {
        let (record, data) = bench.live(&session.token, START).await?;
        let promise = "the record comes back as it went in";
        ensure_equal(record, session.record.clone(), promise)?;
        ensure(data.is_empty(), "no data is no data", data)?;
        match bench
            .store
            .load(&session.token, Want::Record, START)
            .await?
        {
            Lookup::Live(loaded) => {
                ensure_equal((*loaded.record).clone(), session.record.clone(), promise)?;
            }
            other => return Err(broken("the session is live", State::of(&other))),
        }
        if let Some(login) = &session.record.login {
            let listed = bench.store.sessions_of(&login.user_id, START).await?;
            ensure(listed.contains(&session.record), promise, listed)?;
        }
    }
    Ok(())
}

/// Sessions whose columns are full, empty and unusual.
fn all_kinds() -> [NewSession; 5] {
    let mut full = login("grüße@例え.jp \u{1F511} '\"; --", START);
    full.record.login = Some(LoginRecord {
        user_id: user("grüße@例え.jp \u{1F511} '\"; --"),
        stamp: Some("'; DROP TABLE users; --\u{0}\u{FFFD}".into()),
        authenticated_at: Some(START - HOUR - TICK),
        methods: Methods::from(Method::Password).and(Method::External),
        remembered: true,
        forced: true,
    });
    full.record.created_at = START - 3 * HOUR;
    full.record.last_seen_at = START - HOUR + TICK;
    full.record.client = ClientRecord::new(
        Some(IpAddr::V6(Ipv6Addr::new(
            0x2001, 0xDB8, 0, 0, 0, 0xFF, 0, 1,
        ))),
        Some("Мозилла/5.0 ".repeat(100).as_bytes()),
    );

    let mut empty = login("", START);
    empty.record.login = Some(LoginRecord {
        user_id: user(""),
        stamp: None,
        authenticated_at: None,
        methods: Methods::default(),
        remembered: false,
        forced: false,
    });
    empty.record.client = ClientRecord::default();

    let mut blank = login("blank", START);
    if let Some(login) = &mut blank.record.login {
        login.stamp = Some("".into());
    }
    blank.record.client = ClientRecord::new(Some(IpAddr::V6(Ipv6Addr::LOCALHOST)), Some(b""));

    let mut long = login(&"u".repeat(10_000), START);
    long.record.client.address = Some(IpAddr::from([255, 255, 255, 255]));
    [full, empty, blank, long, visitor(START)]
}

pub(super) async fn data_comes_back_as_it_went_in<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let session = bench.log_in("ada", START).await?;
    let values = json!({
        "mark": null,
        "": "an empty key",
        "a.b/c\"d\u{0}": [true, false, [], {}],
        "числа": [0, -1, i64::MIN, u64::MAX, 0.1, 1e300],
        "text": "\u{0}\u{1F511}\u{FFFD}\r\n'\"\\",
        "large": "x".repeat(SessionData::LIMIT / 2),
    });
    let expected = SessionData::from_json(values.to_string().as_bytes())
        .map_err(|error| broken("the suite's values are a JSON object", error))?;
    let mut changes = DataChanges::default();
    for key in expected.keys() {
        let value = expected.get(key).cloned().unwrap_or_default();
        changes.push(key, Change::Insert(value));
    }
    let committed = bench.change(session.token, changes, START).await?;
    ensure_equal(committed, Committed::Done, "a live session takes changes")?;
    let (_, data) = bench.live(&session.token, START).await?;
    ensure_equal(data, expected, "data comes back as it went in")?;
    match bench
        .store
        .load(&session.token, Want::Record, START)
        .await?
    {
        Lookup::Live(loaded) => ensure(
            loaded.data.is_none(),
            "data that is not wanted is not brought",
            loaded.data,
        ),
        other => Err(broken("the session is live", State::of(&other))),
    }
}

pub(super) async fn the_shared_secret_is_the_first_that_was_proposed<S: SessionStore>(
    bench: Bench<S>,
) -> Result<(), Failure> {
    let tasks = (0..50).map(|task| {
        let bench = bench.clone();
        async move { Ok(bench.store.shared_secret([task; 32]).await?) }
    });
    let secrets: BTreeSet<_> = side_by_side(tasks).await?.into_iter().collect();
    ensure_equal(
        secrets.len(),
        1,
        "whoever proposes a secret, all get the same",
    )?;
    let kept = bench.store.shared_secret([0xFF; 32]).await?;
    ensure(
        secrets.contains(&kept) && kept != [0xFF; 32],
        "the secret that is kept was proposed first, and stays",
        secrets.len(),
    )
}
