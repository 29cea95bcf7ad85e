use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::metrics::TABLE;

/// What the operating system tells of this program. The names are Prometheus's:
/// <https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics>.
#[derive(Clone, Copy, Debug)]
pub(super) struct Process {
    started_at: f64,
}

impl Process {
    /// This program, as of now.
    pub(super) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started_at: since_epoch.map_or(0.0, |since| since.as_secs_f64()),
        }
    }

    /// Adds what is known, in Prometheus's text format.
    pub(super) fn describe(&self, text: &mut String) {
        let mut values = vec![("process_start_time_seconds", Some(self.started_at))];
        #[cfg(target_os = "linux")]
        values.extend(linux::values());
        for (name, value) in values {
            if let (Some(value), Some((kind, meaning))) = (value, described(name)) {
                let _ = write!(
                    text,
                    "# HELP {name} {meaning}\n# TYPE {name} {kind}\n{name} {value}\n\n"
                );
            }
        }
    }
}

/// Kind and meaning of a metric, from the table.
fn described(name: &str) -> Option<(&'static str, &'static str)> {
    TABLE.lines().find_map(|row| {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        (cells.get(1)?.trim_matches('`') == name).then_some((*cells.get(2)?, *cells.get(5)?))
    })
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs;

    /// What proc(5) says of this program.
    pub(super) fn values() -> [(&'static str, Option<f64>); 6] {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let kib = |name| number_after(&status, name).map(|kib| kib * 1024.0);
        [
            ("process_cpu_seconds_total", cpu_seconds()),
            ("process_resident_memory_bytes", kib("VmRSS:")),
            ("process_anonymous_memory_bytes", kib("RssAnon:")),
            ("process_open_fds", open_files()),
            ("process_max_fds", number_after(&limits, "Max open files")),
            ("process_threads", number_after(&status, "Threads:")),
        ]
    }

    /// The first number behind a name at the beginning of a line.
    fn number_after(text: &str, name: &str) -> Option<f64> {
        let mut lines = text.lines();
        let rest = lines.find_map(|line| line.strip_prefix(name))?;
        rest.split_whitespace().next()?.parse().ok()
    }

    fn open_files() -> Option<f64> {
        let count = fs::read_dir("/proc/self/fd").ok()?.count();
        // One of them was open to count them.
        Some(count.saturating_sub(1) as f64)
    }

    fn cpu_seconds() -> Option<f64> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The program's name comes second, in parentheses, and may hold anything. `utime` and `stime` are the 14th and the 15th.
        let (_, rest) = stat.rsplit_once(") ")?;
        let mut fields = rest.split(' ').skip(11);
        let ticks = fields.next()?.parse::<f64>().ok()? + fields.next()?.parse::<f64>().ok()?;
        Some(ticks / rustix::param::clock_ticks_per_second() as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn linux_tells_everything_that_the_table_promises() {
        let mut text = String::new();
        Process::start().describe(&mut text);
        for row in TABLE.lines().filter(|row| row.starts_with("| `process_")) {
            let name = row.split('`').nth(1).unwrap();
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("{name} ")));
            let value: f64 = line
                .expect(name)
                .split(' ')
                .nth(1)
                .unwrap()
                .parse()
                .unwrap();
            assert!(value > 0.0 || name == "process_cpu_seconds_total", "{name}");
            assert!(text.contains(&format!("# HELP {name} ")), "{text}");
        }
    }
}
