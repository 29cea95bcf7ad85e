//! Every store of ours through the suite, and the suite itself: a suite that no store fails would prove nothing.

use countersign::session::{MemoryStore, SqliteStore};
use countersign::testing::conformance;

use crate::faulty_stores::{Fault, FaultyStore};
use crate::sqlite::Folder;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_store_keeps_every_promise() {
    conformance::run(async || MemoryStore::new())
        .await
        .assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_sqlite_store_keeps_every_promise() {
    let folder = Folder::new();
    conformance::run(async || SqliteStore::open(folder.fresh_file()).await.unwrap())
        .await
        .assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_sqlite_store_keeps_every_promise_on_one_connection_in_memory() {
    let pool = async || {
        sqlx::sqlite::SqlitePoolOptions::new()
            .max_connections(1)
            .connect("sqlite::memory:")
            .await
            .unwrap()
    };
    conformance::run(async || SqliteStore::from_pool(pool().await).await.unwrap())
        .await
        .assert_passed();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_suite_rejects_a_store_for_each_promise_that_it_breaks() {
    for fault in Fault::ALL {
        let report = conformance::run(async || FaultyStore::new(fault)).await;
        let broken = report.failed_invariants();
        assert!(
            broken.contains(&fault.invariant()),
            "{fault:?} breaks {}, and the suite noticed {broken:?}: {report}",
            fault.invariant(),
        );
        assert!(
            report.to_string().contains("cases failed\n"),
            "the report says what was broken: {report}"
        );
    }
}

#[test]
fn there_is_a_faulty_store_for_each_promise() {
    let broken: std::collections::BTreeSet<_> = Fault::ALL.map(Fault::invariant).into();
    assert_eq!(broken, (1..=10).collect());
}
