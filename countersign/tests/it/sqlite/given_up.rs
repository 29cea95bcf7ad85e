//! Futures that are dropped halfway, as when a client goes away: all or nothing was written, and the next call works.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use countersign::secret::TokenHash;
use countersign::session::{
    Change, Commit, Committed, DataChanges, Lookup, Replaced, SessionData, SessionStore,
    SqliteStore, UserId,
};
use serde_json::json;

use super::{Folder, NOW, load, log_in, login, one_connection};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_begin_that_is_given_up_at_any_point_happened_wholly_or_not_at_all() {
    let (_folder, stores) = stores().await;
    for store in stores {
        let (mut undone, mut done) = (0, 0);
        for polls in 0..POLLS {
            let (_, old) = log_in(&store, "ada").await;
            let (session, new) = login("ada");
            let commit = Commit::Begin {
                session,
                replaces: Some(continues(&old)),
                changes: counted(),
            };
            let committed = GivenUp::after(polls, store.commit(commit, NOW)).await;
            settle(&store).await;
            match (load(&store, &old).await, load(&store, &new).await) {
                (Lookup::Live(loaded), Lookup::Unknown) => {
                    assert!(committed.is_none(), "what was answered has happened");
                    assert_eq!(loaded.data.unwrap(), SessionData::default());
                    undone += 1;
                }
                (Lookup::Ended, Lookup::Live(loaded)) => {
                    assert_eq!(loaded.data.unwrap().get("count"), Some(&json!(1)));
                    done += 1;
                }
                other => panic!("given up after {polls} polls: {other:?}"),
            }
        }
        assert!(
            undone > 0 && done > 0,
            "both were seen: {undone} and {done}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_end_of_all_that_is_given_up_at_any_point_happened_wholly_or_not_at_all() {
    let (_folder, stores) = stores().await;
    for store in stores {
        let (mut undone, mut done) = (0, 0);
        for polls in 0..POLLS {
            let ada = UserId::new("ada");
            let (_, spared) = log_in(&store, "ada").await;
            let (_, other) = log_in(&store, "ada").await;
            GivenUp::after(polls, store.end_all_of(&ada, Some(&spared), NOW)).await;
            settle(&store).await;
            assert!(matches!(load(&store, &spared).await, Lookup::Live(_)));
            match load(&store, &other).await {
                Lookup::Live(_) => undone += 1,
                Lookup::Ended => done += 1,
                other => panic!("given up after {polls} polls: {other:?}"),
            }
        }
        assert!(
            undone > 0 && done > 0,
            "both were seen: {undone} and {done}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_storm_of_tasks_that_are_aborted_leaves_the_store_whole() {
    let (_folder, stores) = stores().await;
    for store in stores {
        let (_, token) = log_in(&store, "ada").await;
        let mut tasks = Vec::new();
        for _ in 0..300 {
            let store = store.clone();
            let answered = Arc::new(AtomicBool::new(false));
            let told = Arc::clone(&answered);
            let task = tokio::spawn(async move {
                let changes = counted();
                let committed = store
                    .commit(Commit::Change { token, changes }, NOW)
                    .await
                    .unwrap();
                assert_eq!(committed, Committed::Done);
                told.store(true, Ordering::SeqCst);
            });
            tasks.push((task, answered));
        }
        // Every other task is aborted, wherever it is just then.
        for (task, _) in tasks.iter().step_by(2) {
            tokio::task::yield_now().await;
            task.abort();
        }
        let (mut answered_tasks, mut given_up) = (0, 0);
        for (task, answered) in tasks {
            match task.await {
                Err(error) => assert!(error.is_cancelled(), "{error}"),
                Ok(()) => assert!(answered.load(Ordering::SeqCst)),
            }
            match answered.load(Ordering::SeqCst) {
                true => answered_tasks += 1,
                false => given_up += 1,
            }
        }
        settle(&store).await;
        let Lookup::Live(loaded) = load(&store, &token).await else {
            panic!("the session is live");
        };
        let count = loaded.data.unwrap().get("count").unwrap().as_u64().unwrap();
        // A commit that was on its way when its task was aborted may have happened.
        assert!(
            (answered_tasks..=answered_tasks + given_up).contains(&count),
            "{count} changes, {answered_tasks} answers, {given_up} given up"
        );
        assert!(
            answered_tasks >= 150,
            "the others all came through: {answered_tasks}"
        );
    }
}

#[tokio::test]
async fn a_change_that_panics_is_undone_and_blocks_nobody() {
    let (_folder, stores) = stores().await;
    for store in stores {
        let (_, token) = log_in(&store, "ada").await;
        let mut changes = counted();
        changes.push(
            "count",
            Change::update(|_| panic!("the application's own function")),
        );
        let panicking = store.clone();
        let commit = Commit::Change { token, changes };
        let task = tokio::spawn(async move { panicking.commit(commit, NOW).await });
        assert!(task.await.unwrap_err().is_panic());
        let changes = counted();
        let committed = store
            .commit(Commit::Change { token, changes }, NOW)
            .await
            .unwrap();
        assert_eq!(committed, Committed::Done);
        let Lookup::Live(loaded) = load(&store, &token).await else {
            panic!("the session is live");
        };
        assert_eq!(loaded.data.unwrap().to_json(), br#"{"count":1}"#);
    }
}

/// A store with the usual connections, and one on an application's pool of one connection.
async fn stores() -> (Folder, [SqliteStore; 2]) {
    let folder = Folder::new();
    let usual = SqliteStore::open(folder.fresh_file()).await.unwrap();
    let narrow = one_connection(&folder).await;
    (folder, [usual, narrow])
}

/// A write that comes through: after it, whatever held the write lock before has committed or rolled back.
async fn settle(store: &SqliteStore) {
    log_in(store, "somebody else").await;
}

fn continues(token: &TokenHash) -> Replaced {
    Replaced {
        token: *token,
        keep_data: true,
        fades: false,
        must_be_live: true,
    }
}

fn counted() -> DataChanges {
    let mut changes = DataChanges::default();
    changes.push(
        "count",
        Change::update(|count| {
            Some(json!(
                count.and_then(|count| count.as_u64()).unwrap_or(0) + 1
            ))
        }),
    );
    changes
}

/// A future that is dropped when it is still not ready after so many polls.
struct GivenUp<F> {
    polls_left: usize,
    future: Option<Pin<Box<F>>>,
}

impl<F: Future> GivenUp<F> {
    fn after(polls: usize, future: F) -> Self {
        Self {
            polls_left: polls,
            future: Some(Box::pin(future)),
        }
    }
}

impl<F: Future> Future for GivenUp<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls_left == 0 {
            self.future = None;
        }
        self.polls_left = self.polls_left.saturating_sub(1);
        match &mut self.future {
            None => Poll::Ready(None),
            Some(future) => future.as_mut().poll(context).map(Some),
        }
    }
}

/// More than any of these futures needs.
const POLLS: usize = 60;
