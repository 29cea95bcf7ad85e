//! Which processor cores do what: a server has one half of them, and those who ask it the other, so that neither takes
//! time from the other.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores of this process, divided.
#[derive(Clone, Debug)]
pub struct Cores {
    /// For the server; never none.
    pub server: Vec<usize>,
    /// For those who ask it; never none.
    pub client: Vec<usize>,
}

impl Cores {
    /// Divides the cores that this process may use. A single core is shared.
    pub fn of_this_process() -> Self {
        let allowed =
            sched_getaffinity(None).expect("the kernel says which cores a process may use");
        let cores: Vec<_> = (0..CpuSet::MAX_CPU)
            .filter(|core| allowed.is_set(*core))
            .collect();
        let (server, client) = cores.split_at(cores.len() / 2);
        let server = if server.is_empty() { client } else { server };
        Self {
            server: server.to_vec(),
            client: client.to_vec(),
        }
    }
}

/// Ties this thread, and those that it starts, to cores.
pub fn stay_on(cores: &[usize]) {
    let mut set = CpuSet::new();
    for core in cores {
        set.set(*core);
    }
    sched_setaffinity(None, &set).expect("a thread may be tied to cores that it may use");
}
