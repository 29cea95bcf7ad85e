/// Makes room for so many connections: each is an open file, and by default a program may have 1,024 of them.
pub(super) fn allow(connections: usize) {
    #[cfg(unix)]
    raise(connections as u64 + RESERVE);
    #[cfg(not(unix))]
    let _ = connections;
}

#[cfg(unix)]
fn raise(wanted: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limits = getrlimit(Resource::Nofile);
    // `None` is no limit.
    if limits.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let possible = limits.maximum.map_or(wanted, |maximum| maximum.min(wanted));
    let raised = Rlimit {
        current: Some(possible),
        maximum: limits.maximum,
    };
    let is_raised = setrlimit(Resource::Nofile, raised).is_ok();
    if !is_raised || possible < wanted {
        tracing::warn!(
            wanted,
            possible,
            "there may be fewer open files than connections: raise the limit (LimitNOFILE, ulimit -n), or lower \
             `limits.connections`"
        );
    }
}

/// For the database, the certificates, the log and what else is no connection.
#[cfg(unix)]
const RESERVE: u64 = 256;
