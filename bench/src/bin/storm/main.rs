//! Storms of logins: how many are served, what happens meanwhile to those who are logged in, and what memory it takes.
//!
//! `cargo run --release -p countersign-bench --bin storm [rounds]`

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use countersign_bench::client::{Connection, log_in};
use countersign_bench::cores::Cores;
use countersign_bench::server::{SERVE, Server, Usage, serve};
use countersign_bench::{Spread, median, percentile};

use apps::App;
use load::{Window, login_of, probe, storm};

mod apps;
mod load;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => compare(ROUNDS),
        Some(SERVE) => {
            let name = arguments.next().unwrap_or_default();
            let app = App::named(&name).expect("the program that starts this one knows the names");
            serve(app.router(), app.asks_for_peer())
        }
        Some(rounds) => match rounds.parse() {
            Ok(rounds) => compare(rounds),
            Err(_) => {
                eprintln!("usage: storm [rounds]");
                Ok(())
            }
        },
    }
}

fn compare(rounds: usize) -> io::Result<()> {
    let cores = Cores::of_this_process();
    println!(
        "{rounds} alternating rounds of {} s, server on {} cores, client on {}.",
        TIME.as_secs(),
        cores.server.len(),
        cores.client.len()
    );
    println!(
        "Logins: per second, and per second of the server's CPU time, as ratios to Argon2id alone in the same round."
    );
    println!(
        "Probe: 200 protected pages a second; its p99 as a ratio to that of bare axum in the same storm and round."
    );
    println!(
        "Median (least to most). Resident: before, at the peak, and when all is idle again.\n"
    );
    for clients in STORMS {
        let mut running = App::ALL
            .into_iter()
            .map(Running::start)
            .collect::<io::Result<Vec<_>>>()?;
        thread::sleep(REST);
        for running in &mut running {
            running.before = running.server.usage()?;
        }
        for round in 0..rounds {
            for position in 0..running.len() {
                let turn = (position + round) % running.len();
                running[turn].measure(clients)?;
            }
        }
        thread::sleep(REST);
        print(clients, &mut running)?;
    }
    Ok(())
}

/// An application's server, and what the rounds gave.
struct Running {
    app: App,
    server: Server,
    /// Of the user who is logged in all the time.
    cookies: String,
    /// What was used before the first storm.
    before: Usage,
    /// Logins a second.
    rate: Vec<f64>,
    /// Logins a second of CPU time.
    efficiency: Vec<f64>,
    /// Milliseconds, by round.
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// The p99 of a probe without a storm.
    calm: Vec<f64>,
}

impl Running {
    fn start(app: App) -> io::Result<Self> {
        let mut server = Server::start(app.name())?;
        let before = server.usage()?;
        let cookies = match app {
            App::Alone => String::new(),
            _ => Connection::open(server.address)?
                .ask(&login_of(apps::USERS as usize - 1))?
                .cookies(),
        };
        Ok(Self {
            app,
            server,
            cookies,
            before,
            rate: Vec::new(),
            efficiency: Vec::new(),
            p50: Vec::new(),
            p99: Vec::new(),
            calm: Vec::new(),
        })
    }

    fn measure(&mut self, clients: usize) -> io::Result<()> {
        let address = self.server.address;
        let calm = window(Duration::ZERO, TIME / 4);
        self.calm
            .push(percentile(probe(address, &self.cookies, calm)?, 99.0));

        let window = window(WARM_UP, TIME);
        let cookies = self.cookies.clone();
        let prober = thread::spawn(move || probe(address, &cookies, window));
        let app = self.app;
        let load = thread::spawn(move || match app {
            App::Alone => hash_alone(address, window),
            _ => storm(address, clients, window).map(|logins| logins as f64),
        });
        thread::sleep(window.begin.saturating_duration_since(Instant::now()));
        let before = self.server.usage()?.cpu;
        thread::sleep(window.end.saturating_duration_since(Instant::now()));
        let used = self.server.usage()?.cpu - before;
        let logins = load.join().expect("the load does not panic")?;
        let times = prober.join().expect("the probe does not panic")?;
        self.rate.push(logins / TIME.as_secs_f64());
        self.efficiency.push(logins / used.as_secs_f64());
        self.p50.push(median(times.clone()));
        self.p99.push(percentile(times, 99.0));
        Ok(())
    }
}

fn window(warm_up: Duration, time: Duration) -> Window {
    let begin = Instant::now() + warm_up;
    Window {
        begin,
        end: begin + time,
    }
}

/// How many hashes fall into the window, of those that are made from now to its end.
fn hash_alone(address: std::net::SocketAddr, window: Window) -> io::Result<f64> {
    let time = window.end.saturating_duration_since(Instant::now());
    let path = format!("/hash/{}", time.as_millis());
    let mut connection = Connection::open(address)?;
    let answer = connection.ask(&log_in(&path, "", "198.51.100.1"))?;
    let hashes: Option<f64> = std::str::from_utf8(answer.body)
        .ok()
        .and_then(|hashes| hashes.parse().ok());
    let hashes = hashes.ok_or_else(|| io::Error::other("nobody said how many hashes were made"))?;
    Ok(hashes * TIME.as_secs_f64() / time.as_secs_f64())
}

fn print(clients: usize, running: &mut [Running]) -> io::Result<()> {
    println!(
        "{:<44} {:>18} {:>18} {:>14} {:>20} {:>12} {:>18}",
        format!("{clients} logins at once"),
        "logins/s",
        "logins/CPU s",
        "p50/p99 ms",
        "p99 ratio",
        "calm p99 ms",
        "MiB resident"
    );
    let find = |app| running.iter().position(|other| other.app == app);
    let alone = find(App::Alone).expect("all applications run");
    let bare = find(App::Bare).expect("all applications run");
    for turn in 0..running.len() {
        let after = running[turn].server.usage()?;
        let (own, alone, bare) = (&running[turn], &running[alone], &running[bare]);
        println!(
            "{:<44} {:>18} {:>18} {:>14} {:>20} {:>12} {:>18}",
            what(own.app),
            ratios(&own.rate, &alone.rate),
            ratios(&own.efficiency, &alone.efficiency),
            format!(
                "{:.2} / {:.2}",
                median(own.p50.clone()),
                median(own.p99.clone())
            ),
            ratios(&own.p99, &bare.p99),
            format!("{:.2}", median(own.calm.clone())),
            format!(
                "{:.0} / {:.0} / {:.0}",
                own.before.memory, after.peak, after.memory
            ),
        );
    }
    println!();
    Ok(())
}

fn ratios(own: &[f64], baseline: &[f64]) -> Spread {
    Spread(
        own.iter()
            .zip(baseline)
            .map(|(own, other)| own / other)
            .collect(),
    )
}

fn what(app: App) -> &'static str {
    match app {
        App::Alone => "Argon2id alone, beside bare axum",
        App::Bare => "bare axum, login by countersign's pool alone",
        App::Countersign => "countersign, MemoryStore",
        App::Peer => "axum-login, MemoryStore, spawn_blocking",
    }
}

const ROUNDS: usize = 5;
const STORMS: [usize; 2] = [16, 64];
const TIME: Duration = Duration::from_secs(4);
/// Until all who log in at once have been served once.
const WARM_UP: Duration = Duration::from_secs(1);
/// Longer than the pool keeps its memory.
const REST: Duration = Duration::from_secs(2);
