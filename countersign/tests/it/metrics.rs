//! What is told to a recorder of metrics.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use countersign::password::{Argon2Cost, Passwords, Requester};
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

#[test]
fn every_metric_is_described_with_kind_and_unit() {
    let recorder = Names::default();
    with_local_recorder(&recorder, countersign::metrics::describe);
    let names = recorder.0.lock().unwrap();
    assert!(
        names.contains("counter countersign_events_total count"),
        "{names:?}"
    );
    assert!(
        names.contains("gauge countersign_password_queue_length count"),
        "{names:?}"
    );
    assert!(
        names.contains("histogram countersign_store_seconds seconds"),
        "{names:?}"
    );
    assert_eq!(names.len(), 9);
}

#[test]
fn what_is_told_outside_of_the_pool_is_told_to_the_recorder_of_the_thread() {
    let recorder = Names::default();
    with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let cost = Argon2Cost::danger_weak(8, 1, 1).unwrap();
        let passwords = Passwords::builder()
            .argon2id(cost)
            .workers(1)
            .build()
            .unwrap();
        let verified = passwords.verify("a guess", None, Requester::anonymous());
        assert!(!runtime.unwrap().block_on(verified).unwrap().matches);
    });
    let names = recorder.0.lock().unwrap();
    assert!(
        names.contains("countersign_password_queue_length"),
        "{names:?}"
    );
}

#[test]
fn threads_can_be_started_before_anybody_logs_in() {
    let passwords = Passwords::builder().workers(2).build().unwrap();
    assert_eq!(passwords.statistics().workers, 0);
    for _ in 0..2 {
        passwords.start_threads().unwrap();
        assert_eq!(passwords.statistics().workers, 2);
    }
}

/// Keeps what it is told.
#[derive(Clone, Debug, Default)]
struct Names(Arc<Mutex<BTreeSet<String>>>);

impl Names {
    fn described(&self, kind: &str, name: &KeyName, unit: Option<Unit>, meaning: &SharedString) {
        assert!(meaning.ends_with('.'), "{meaning}");
        let unit = unit.map_or("none", |unit| unit.as_str());
        let text = format!("{kind} {} {unit}", name.as_str());
        self.0.lock().unwrap().insert(text);
    }

    fn used(&self, key: &Key) {
        self.0.lock().unwrap().insert(key.name().to_owned());
    }
}

impl Recorder for Names {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, meaning: SharedString) {
        self.described("counter", &name, unit, &meaning);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, meaning: SharedString) {
        self.described("gauge", &name, unit, &meaning);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, meaning: SharedString) {
        self.described("histogram", &name, unit, &meaning);
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.used(key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.used(key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.used(key);
        Histogram::noop()
    }
}
