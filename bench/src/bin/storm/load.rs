//! The two loads: logins one after another over many connections, and the probe.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use countersign_bench::client::{Connection, get, log_in};
use countersign_bench::cores::{Cores, stay_on};
use countersign_bench::users::PASSWORD;

/// When a measurement begins and ends. Before, the load is there already and is not counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) begin: Instant,
    pub(crate) end: Instant,
}

impl Window {
    fn holds(&self, moment: Instant) -> bool {
        (self.begin..self.end).contains(&moment)
    }
}

/// Logs in until the window ends: each client over a connection, at an address and as a user of its own, and as soon as
/// the last login is answered. Answers how many were answered within the window.
pub(crate) fn storm(server: SocketAddr, clients: usize, window: Window) -> io::Result<u64> {
    let logins = AtomicU64::new(0);
    let client = |number: usize| {
        let request = login_of(number);
        let mut connection = Connection::open(server)?;
        while Instant::now() < window.end {
            let answer = connection.ask(&request)?;
            if answer.status != 303 {
                let body = String::from_utf8_lossy(answer.body);
                return Err(io::Error::other(format!("a login was refused: {body}")));
            }
            if window.holds(Instant::now()) {
                logins.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(())
    };
    all(clients, client)?;
    Ok(logins.into_inner())
}

/// The form of a client with that number.
pub(crate) fn login_of(number: usize) -> Vec<u8> {
    let form = format!("username={number}&password={}", PASSWORD.replace(' ', "+"));
    let address = format!("198.51.{}.{}", 100 + number / 250, 1 + number % 250);
    log_in("/login", &form, &address)
}

/// Asks for a page at a steady pace, whatever the server does. Answers how many milliseconds each answer took that was
/// due within the window.
///
/// The time counts from the moment at which the request was due, so that a server that stalls has to answer for all
/// who came meanwhile; but where the probe itself wakes up late, from the moment at which it is sent.
pub(crate) fn probe(server: SocketAddr, cookies: &str, window: Window) -> io::Result<Vec<f64>> {
    let request = get("/page", cookies);
    let start = Instant::now();
    let times = std::sync::Mutex::new(Vec::new());
    let prober = |number: usize| {
        let mut connection = Connection::open(server)?;
        for turn in 0.. {
            let due = start + PACE * (number + turn * PROBERS) as u32;
            if due >= window.end {
                break;
            }
            let free = Instant::now();
            thread::sleep(due.saturating_duration_since(free));
            let from = if free < due { Instant::now() } else { due };
            let status = connection.ask(&request)?.status;
            if status != 200 {
                return Err(io::Error::other(format!("the probe was answered {status}")));
            }
            if window.holds(due) {
                let time = from.elapsed().as_secs_f64() * 1e3;
                times.lock().expect("no prober panics").push(time);
            }
        }
        Ok(())
    };
    all(PROBERS, prober)?;
    Ok(times.into_inner().expect("no prober panics"))
}

/// Runs so many threads on the client's cores, and waits for all of them.
fn all(number: usize, run: impl Fn(usize) -> io::Result<()> + Sync) -> io::Result<()> {
    let cores = Cores::of_this_process().client;
    thread::scope(|scope| {
        let (run, cores) = (&run, &cores);
        let threads: Vec<_> = (0..number)
            .map(|number| {
                scope.spawn(move || {
                    stay_on(cores);
                    run(number)
                })
            })
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().expect("a client does not panic"))
    })
}

/// From one request of the probe to the next: 200 a second.
const PACE: Duration = Duration::from_millis(5);
/// They take turns, so that one that waits does not hold the others up.
const PROBERS: usize = 40;
