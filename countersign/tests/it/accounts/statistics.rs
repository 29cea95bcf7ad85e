//! Numbers, now and over time.

use std::time::Duration;

use countersign::accounts::{ADMINISTRATOR, Activity, ActivityStep};

use super::logins::log_in;
use super::{Fixture, NOW, PASSWORD, administrator, visitor};

#[tokio::test]
async fn accounts_and_sessions_are_counted() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    let mut ids = Vec::new();
    for name in ["ada", "bob", "eve", "dan"] {
        ids.push(fixture.register(name).await.id);
    }
    for id in &ids[..3] {
        let granted = accounts
            .grant_role(*id, ADMINISTRATOR, &administrator())
            .await;
        assert!(granted.unwrap());
    }
    assert!(accounts.disable(ids[0], &administrator()).await.unwrap());
    let browser = fixture.browser();
    log_in(&browser, "bob").await;
    log_in(&fixture.browser(), "dan").await;
    fixture.browser().get("/visit").await;
    let counters = accounts.counters().await.unwrap();
    assert_eq!((counters.accounts, counters.disabled), (4, 1));
    assert_eq!((counters.administrators, counters.sessions), (2, 2));
    browser.post("/logout", &[]).await;
    assert_eq!(accounts.counters().await.unwrap().sessions, 1);
}

#[tokio::test]
async fn a_session_that_is_over_is_counted_no_more_although_its_row_is_there() {
    let fixture = Fixture::new().await;
    let accounts = &fixture.accounts;
    fixture.register("ada").await;
    let sessions = async || accounts.counters().await.unwrap().sessions;
    log_in(&fixture.browser(), "ada").await;
    assert_eq!(sessions().await, 1);
    accounts.end_everything(&administrator()).await.unwrap();
    assert_eq!(sessions().await, 0, "everybody's were ended");
    log_in(&fixture.browser(), "ada").await;
    assert_eq!(sessions().await, 1);
    fixture.clock.advance(Duration::from_secs(13 * 3_600));
    assert_eq!(sessions().await, 0, "its time is over");
}

fn total(series: &[Activity]) -> (u64, u64, u64) {
    series
        .iter()
        .fold((0, 0, 0), |(logins, failed, throttled), activity| {
            (
                logins + activity.logins,
                failed + activity.failed,
                throttled + activity.throttled,
            )
        })
}

#[tokio::test]
async fn what_happened_is_counted_in_its_hour_and_its_day() {
    let fixture = Fixture::new().await;
    fixture.register("ada").await;
    let accounts = &fixture.accounts;
    let guess = async |times| {
        for _ in 0..times {
            drop(
                accounts
                    .authenticate("nobody at all", "a guess", &visitor())
                    .await,
            );
        }
    };
    // NOW is 08:00 of a day, so the first day has sixteen more hours.
    log_in(&fixture.browser(), "ada").await;
    guess(7).await;
    fixture.clock.advance(Duration::from_secs(3_600));
    assert!(
        accounts
            .authenticate("ada", PASSWORD, &visitor())
            .await
            .unwrap()
            .is_some()
    );
    log_in(&fixture.browser(), "ada").await;
    fixture.clock.advance(Duration::from_secs(16 * 3_600));
    log_in(&fixture.browser(), "ada").await;

    let hours = accounts.activity(ActivityStep::Hour, 24).await.unwrap();
    assert_eq!(hours.len(), 24);
    for pair in hours.windows(2) {
        assert_eq!(
            pair[1].begins_at,
            pair[0].begins_at + Duration::from_secs(3_600)
        );
    }
    let by_hour: Vec<_> = hours
        .iter()
        .map(|hour| (hour.logins, hour.failed, hour.throttled))
        .collect();
    assert_eq!(hours[6].begins_at, NOW);
    let mut expected = vec![(0, 0, 0); 24];
    (expected[6], expected[7], expected[23]) = ((1, 5, 2), (2, 0, 0), (1, 0, 0));
    assert_eq!(by_hour, expected);

    let days = accounts.activity(ActivityStep::Day, 2).await.unwrap();
    let by_day: Vec<_> = days
        .iter()
        .map(|day| (day.logins, day.failed, day.throttled))
        .collect();
    assert_eq!(by_day, [(3, 5, 2), (1, 0, 0)]);
    assert_eq!(days[0].begins_at, NOW - Duration::from_secs(8 * 3_600));

    for (step, asked, answered) in [
        (ActivityStep::Day, 90, 90),
        (ActivityStep::Day, u32::MAX, 90),
        (ActivityStep::Hour, u32::MAX, 2_160),
        (ActivityStep::Hour, 0, 1),
    ] {
        let series = accounts.activity(step, asked).await.unwrap();
        assert_eq!(series.len(), answered);
        let expected = if answered == 1 { (1, 0, 0) } else { (4, 5, 2) };
        assert_eq!(total(&series), expected);
    }
}
