//! The audit, searched and exported.

use std::time::Duration;

use countersign::accounts::{Actor, AuditEvent, AuditFilter, AuditKind, AuditPosition, By};
use countersign::session::ClientRecord;

use super::{Fixture, NOW, administrator};

/// Twelve events, a second apart, by four actors from four addresses in turn: six grants, six revocations.
async fn with_events() -> (Fixture, [Actor; 4]) {
    let fixture = Fixture::new().await;
    let ada = fixture.register("ada").await.id;
    let bob = fixture.register("bob").await.id;
    sqlx::raw_sql("DELETE FROM countersign_audit")
        .execute(fixture.pool())
        .await
        .unwrap();
    let actors = [
        Actor::Account(ada),
        Actor::Administrator("Grace".into()),
        Actor::System("a command".into()),
        Actor::Anonymous,
    ];
    let addresses = [
        "192.0.2.7",
        "192.0.2.70",
        "2001:db8:0:1::5",
        "::ffff:198.51.100.1",
    ];
    for number in 0..6 {
        let place = number % 4;
        let client = ClientRecord::new(addresses[place].parse().ok(), None);
        let by = By::new(actors[place].clone(), client);
        let account = [ada, bob][number % 2];
        let accounts = &fixture.accounts;
        assert!(accounts.grant_role(account, "editor", &by).await.unwrap());
        fixture.clock.advance(Duration::from_secs(1));
        assert!(accounts.revoke_role(account, "editor", &by).await.unwrap());
        fixture.clock.advance(Duration::from_secs(1));
    }
    (fixture, actors)
}

async fn found(fixture: &Fixture, filter: &AuditFilter) -> Vec<AuditEvent> {
    fixture.accounts.audit(filter.clone()).await.unwrap()
}

async fn exported(fixture: &Fixture, filter: &AuditFilter) -> Vec<AuditEvent> {
    let mut export = fixture.accounts.export_audit(filter.clone());
    let mut all = Vec::new();
    while let Some(events) = export.next().await.unwrap() {
        assert!(events.len() <= filter.limit as usize);
        all.extend(events);
    }
    assert!(export.next().await.unwrap().is_none());
    all
}

#[tokio::test]
async fn each_filter_finds_what_fits_it_and_the_export_is_the_same_the_other_way_round() {
    let (fixture, actors) = with_events().await;
    let all = found(&fixture, &AuditFilter::default()).await;
    assert_eq!(all.len(), 12);
    let filter = AuditFilter::default;
    let network = |text: &str| AuditFilter {
        network: Some(text.parse().unwrap()),
        ..filter()
    };
    let by = |actor: usize| AuditFilter {
        actor: Some(actors[actor].clone()),
        ..filter()
    };
    let kinds = |kinds: &[AuditKind]| AuditFilter {
        kinds: kinds.to_vec(),
        ..filter()
    };
    let later = |seconds| Some(NOW + Duration::from_secs(seconds));
    let all_fit: fn(&AuditEvent) -> bool = |_| true;
    type Fits<'a> = Box<dyn Fn(&AuditEvent) -> bool + 'a>;
    let from = |addresses: &'static [&str]| -> Fits<'_> {
        Box::new(move |event| {
            let address = event.client.address.map(|address| address.to_string());
            addresses.contains(&address.unwrap().as_str())
        })
    };
    let cases: Vec<(AuditFilter, usize, Fits<'_>)> = vec![
        (filter(), 12, Box::new(all_fit)),
        (
            kinds(&[AuditKind::RoleGranted]),
            6,
            Box::new(|event| event.kind == AuditKind::RoleGranted),
        ),
        (
            kinds(&[AuditKind::RoleRevoked, AuditKind::RoleGranted]),
            12,
            Box::new(all_fit),
        ),
        (kinds(&[AuditKind::Deleted]), 0, Box::new(all_fit)),
        (by(0), 4, Box::new(|event| event.actor == actors[0])),
        (by(1), 4, Box::new(|event| event.actor == actors[1])),
        (by(3), 2, Box::new(|event| event.actor == actors[3])),
        (network("192.0.2.7/32"), 4, from(&["192.0.2.7"])),
        (
            network("192.0.2.0/24"),
            8,
            from(&["192.0.2.7", "192.0.2.70"]),
        ),
        (network("192.0.2.64/26"), 4, from(&["192.0.2.70"])),
        (
            network("0.0.0.0/0"),
            10,
            from(&["192.0.2.7", "192.0.2.70", "198.51.100.1"]),
        ),
        (network("2001:db8::/64"), 0, from(&[])),
        (network("2001:db8:0:1::/64"), 2, from(&["2001:db8:0:1::5"])),
        (
            network("2001:db8:0:1::5/128"),
            2,
            from(&["2001:db8:0:1::5"]),
        ),
        (network("198.51.100.1/32"), 2, from(&["198.51.100.1"])),
        (
            AuditFilter {
                since: later(3),
                until: later(7),
                ..filter()
            },
            4,
            Box::new(|event| (3..7).contains(&event.at.since(NOW).as_secs())),
        ),
        (
            AuditFilter {
                account: all[0].account,
                since: later(4),
                ..by(1)
            },
            2,
            Box::new(|event| {
                event.account == all[0].account
                    && event.actor == actors[1]
                    && event.at.since(NOW).as_secs() >= 4
            }),
        ),
    ];
    for (mut filter, count, fits) in cases {
        let expected: Vec<_> = all.iter().filter(|event| fits(event)).cloned().collect();
        let events = found(&fixture, &filter).await;
        if count > 0 {
            assert_eq!(events, expected, "{filter:?}");
        }
        assert_eq!(events.len(), count, "{filter:?}");
        // The same in pages of one, and in an export.
        filter.limit = 1;
        let mut paged = Vec::new();
        loop {
            let page = found(&fixture, &filter).await;
            let Some(last) = page.last() else { break };
            filter.before = Some(last.position().to_string().parse().unwrap());
            paged.extend(page);
        }
        assert_eq!(paged, events, "{filter:?}");
        filter.before = None;
        for limit in [1, 3, 12, 1_000] {
            filter.limit = limit;
            let mut export = exported(&fixture, &filter).await;
            export.reverse();
            assert_eq!(export, events, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn an_export_ends_though_events_go_on() {
    let (fixture, _) = with_events().await;
    let mut export = fixture.accounts.export_audit(AuditFilter {
        limit: 2,
        ..AuditFilter::default()
    });
    let mut events = 0;
    while let Some(page) = export.next().await.unwrap() {
        events += page.len();
        assert!(events <= 12);
        for _ in 0..3 {
            let defined = fixture
                .accounts
                .define_role("editor", ["write"], &administrator())
                .await;
            defined.unwrap();
        }
    }
    assert_eq!(events, 12);
}

#[tokio::test]
async fn events_of_one_moment_are_each_read_once() {
    let fixture = Fixture::new().await;
    for number in 0..7 {
        let role = format!("role{number}");
        let defined = fixture
            .accounts
            .define_role(&role, ["write"], &administrator())
            .await;
        defined.unwrap();
    }
    let filter = AuditFilter {
        limit: 3,
        ..AuditFilter::default()
    };
    let roles: Vec<_> = exported(&fixture, &filter)
        .await
        .into_iter()
        .map(|event| event.detail.unwrap())
        .collect();
    assert_eq!(
        roles,
        [
            "role0", "role1", "role2", "role3", "role4", "role5", "role6"
        ]
    );
}

#[test]
fn kinds_and_positions_are_found_by_their_texts() {
    for kind in AuditKind::ALL {
        assert_eq!(AuditKind::named(kind.name()), Some(*kind));
    }
    for text in ["", "-", "1", "1-", "-1", "1-x", "1-2-"] {
        assert!(text.parse::<AuditPosition>().is_err(), "{text}");
    }
    let early: AuditPosition = "-5-7".parse().unwrap();
    assert_eq!(early.to_string(), "-5-7");
}
