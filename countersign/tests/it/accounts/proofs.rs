//! Proofs: who brings one may write to the database, once and within a minute.

use std::time::Duration;

use countersign::accounts::{DatabaseProof, Invitation, Invited};
use countersign::clock::Timestamp;

use super::{Fixture, NOW, administrator};

#[tokio::test]
async fn a_proof_counts_once_and_for_its_own_database() {
    let (fixture, other) = (Fixture::new().await, Fixture::new().await);
    let proof = fixture.accounts.make_proof().await.unwrap();
    assert_eq!(format!("{proof:?}"), "DatabaseProof([redacted])");
    let text = proof.reveal();
    for nonsense in ["", "nonsense", &"A".repeat(46), &text[..45]] {
        assert!(!fixture.accounts.use_proof(nonsense).await.unwrap());
    }
    assert!(!other.accounts.use_proof(&text).await.unwrap());
    assert!(!fixture.accounts.proof_was_used(&proof).await.unwrap());

    let tries = at_once(&fixture, &text).await;
    assert_eq!(tries.iter().filter(|used| **used).count(), 1, "{tries:?}");
    assert!(fixture.accounts.proof_was_used(&proof).await.unwrap());
}

/// Eight tries at once.
async fn at_once(fixture: &Fixture, text: &str) -> Vec<bool> {
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (accounts, text) = (fixture.accounts.clone(), text.to_owned());
        tries.spawn(async move { accounts.use_proof(&text).await.unwrap() });
    }
    tries.join_all().await
}

#[tokio::test]
async fn a_proof_lasts_a_minute() {
    let fixture = Fixture::new().await;
    let proof = fixture.accounts.make_proof().await.unwrap();
    fixture
        .clock
        .advance(DatabaseProof::LASTS - Duration::from_millis(1));
    assert!(!fixture.accounts.proof_was_used(&proof).await.unwrap());
    fixture.clock.advance(Duration::from_millis(1));
    assert!(!fixture.accounts.use_proof(&proof.reveal()).await.unwrap());
    assert!(fixture.accounts.proof_was_used(&proof).await.unwrap());
}

#[tokio::test]
async fn a_proof_is_no_invitation_and_an_invitation_no_proof() {
    let fixture = Fixture::new().await;
    let invitation = Invitation::default();
    let invited = fixture.accounts.invite(invitation, &administrator()).await;
    let Invited::Token(invitation) = invited.unwrap() else {
        panic!("it was refused");
    };
    let proof = fixture.accounts.make_proof().await.unwrap();
    let accounts = &fixture.accounts;
    assert!(!accounts.use_proof(&invitation.reveal()).await.unwrap());
    let found = accounts.invitation(&proof.reveal()).await.unwrap();
    assert_eq!(found, None);
}

#[tokio::test]
async fn the_newest_moment_is_that_of_the_newest_entry() {
    let fixture = Fixture::new().await;
    let newest = async || fixture.accounts.newest_moment().await.unwrap();
    assert_eq!(newest().await, None, "an empty database");
    fixture.register("ada").await;
    assert_eq!(newest().await, Some(NOW));
    fixture.clock.advance(Duration::from_secs(5));
    let proof = fixture.accounts.make_proof().await.unwrap();
    assert_eq!(newest().await, Some(NOW), "a question is no entry");
    drop(proof);
    fixture.register("bob").await;
    let later = Timestamp::from_millis(NOW.as_millis() + 5_000);
    assert_eq!(newest().await, Some(later));
    fixture.clock.set(NOW);
    fixture.register("eve").await;
    assert_eq!(newest().await, Some(later), "also when the clock went back");
}
