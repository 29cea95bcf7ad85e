//! What the library counts and measures, for the exporter that the application chooses.
//!
//! With the feature `metrics`, it tells the facade of the crate [`metrics`](https://docs.rs/metrics) what happens. An
//! application installs a recorder, that of `metrics-exporter-prometheus` say, and calls [`describe`] once after that. Without
//! a recorder nothing is kept.
//!
//! No label holds anything that a client sent, so the number of time series is bounded.
//!
#![doc = include_str!("docs/metrics.md")]

use ::metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// Tells the recorder what each metric means, and its unit. Call it once, after the recorder was installed.
pub fn describe() {
    describe_table(include_str!("docs/metrics.md"));
}

/// Tells the recorder what stands in a table like that of this module, which is in Markdown: a row has a name in
/// backticks, what kind of metric it is, its labels, its unit, and its meaning. Rows of another kind are skipped.
pub fn describe_table(table: &'static str) {
    for row in table.lines() {
        let mut cells = row.split('|').map(str::trim).skip(1);
        let (Some(name), Some(kind), Some(_labels), Some(unit), Some(meaning)) = (
            cells.next(),
            cells.next(),
            cells.next(),
            cells.next(),
            cells.next(),
        ) else {
            continue;
        };
        let name = name.trim_matches('`');
        let unit = unit_named(unit);
        match kind {
            "counter" => describe_counter!(name, unit, meaning),
            "gauge" => describe_gauge!(name, unit, meaning),
            "histogram" => describe_histogram!(name, unit, meaning),
            _ => {}
        }
    }
}

fn unit_named(word: &str) -> Unit {
    match word {
        "seconds" => Unit::Seconds,
        "bytes" => Unit::Bytes,
        _ => Unit::Count,
    }
}
