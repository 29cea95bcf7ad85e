//! What the measurements share: medians, and what the system says about a process's memory.
//!
//! Machines drift while they are measured, so every program here alternates its candidates round by round, compares
//! within a round, and prints ratios.

/// The value in the middle; the mean of the two in the middle when their number is even. Zero when there are none.
///
/// ```
/// assert_eq!(countersign_bench::median(vec![9.0, 1.0, 3.0]), 3.0);
/// assert_eq!(countersign_bench::median(vec![1.0, 2.0]), 1.5);
/// ```
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[length / 2],
        length => (values[length / 2 - 1] + values[length / 2]) / 2.0,
    }
}

/// A process's resident memory in mebibytes, as the kernel counts it. Zero where there is no `/proc`.
#[derive(Clone, Copy, Debug)]
pub struct Resident {
    /// Now.
    pub now: f64,
    /// The most there has been.
    pub peak: f64,
}

impl Resident {
    /// This process's resident memory.
    pub fn of_this_process() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            now: mebibytes(&status, "VmRSS:"),
            peak: mebibytes(&status, "VmHWM:"),
        }
    }
}

fn mebibytes(status: &str, field: &str) -> f64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|value| value.split_whitespace().next())
        .and_then(|kibibytes| kibibytes.parse::<f64>().ok())
        .map_or(0.0, |kibibytes| kibibytes / 1024.0)
}
