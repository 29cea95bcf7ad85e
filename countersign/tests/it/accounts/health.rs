//! Whether the accounts could be written.

use super::Fixture;

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
