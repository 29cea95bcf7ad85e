//! Whether the accounts could be written, and how many there are.

use std::time::Duration;

use super::logins::log_in;
use super::{Fixture, administrator};

#[tokio::test]
async fn a_check_of_writing_leaves_nothing_behind_and_can_be_repeated() {
    let fixture = Fixture::new().await;
    fixture.register("Ada").await;
    let before = fixture.dump(&[]).await;
    for _ in 0..3 {
        fixture.accounts.check_writing().await.unwrap();
    }
    assert_eq!(fixture.dump(&[]).await, before);
}

#[tokio::test]
async fn a_database_that_takes_no_write_fails_the_check() {
    for statement in [
        "CREATE TRIGGER full BEFORE INSERT ON countersign_one_time_tokens BEGIN SELECT RAISE(ABORT, 'no room'); END",
        "CREATE TRIGGER stuck BEFORE DELETE ON countersign_one_time_tokens BEGIN SELECT RAISE(ABORT, 'stuck'); END",
        "DROP TABLE countersign_one_time_tokens",
    ] {
        let fixture = Fixture::new().await;
        sqlx::raw_sql(statement)
            .execute(fixture.pool())
            .await
            .unwrap();
        let checked = fixture.accounts.check_writing().await;
        assert!(checked.is_err(), "{statement}");
    }
}

#[tokio::test]
async fn totals_count_accounts_and_the_sessions_that_live() {
    let fixture = Fixture::new().await;
    for name in ["Ada", "Bob", "Eve"] {
        fixture.register(name).await;
    }
    let counted = async || {
        let totals = fixture.accounts.totals().await.unwrap();
        (totals.accounts, totals.disabled, totals.sessions)
    };
    assert_eq!(counted().await, (3, 0, 0));
    let (ada, eve) = (fixture.browser(), fixture.browser());
    log_in(&ada, "Ada").await;
    log_in(&eve, "Eve").await;
    assert_eq!(counted().await, (3, 0, 2));
    ada.post("/logout", &[]).await;
    assert_eq!(counted().await, (3, 0, 1));
    fixture.clock.advance(Duration::from_secs(13 * 3_600));
    assert_eq!(counted().await, (3, 0, 0), "its time is over");
    let bob = fixture.accounts.find_by_name("Bob").await.unwrap().unwrap();
    let disabled = fixture.accounts.disable(bob.id, &administrator()).await;
    assert!(disabled.unwrap());
    assert_eq!(counted().await, (3, 1, 0));
}
