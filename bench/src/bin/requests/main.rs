//! Compares what a request costs the server: bare axum, countersign, and axum-login, on a page that asks nobody who he
//! is and on pages for users.
//!
//! `cargo run --release -p countersign-bench --bin requests [rounds]`

use std::io;

use countersign_bench::cores::Cores;
use countersign_bench::server::{SERVE, serve};
use countersign_bench::{Spread, median};

use apps::App;
use in_process::InProcess;
use sockets::{Cost, Running};

mod apps;
mod in_process;
mod sockets;

fn main() -> io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => compare(ROUNDS),
        Some(SERVE) => {
            let name = arguments.next().unwrap_or_default();
            let app = App::named(&name).expect("the program that starts this one knows the names");
            let folder = tempfile::tempdir()?;
            serve(app.router(folder.path()), app.asks_for_peer())
        }
        Some(rounds) => match rounds.parse() {
            Ok(rounds) => compare(rounds),
            Err(_) => {
                eprintln!("usage: requests [rounds]");
                Ok(())
            }
        },
    }
}

/// A line of the table.
#[derive(Clone, Copy, Debug)]
struct Line {
    what: &'static str,
    app: App,
    path: &'static str,
    /// Which line it is compared with.
    baseline: usize,
}

/// What the rounds gave for a line.
#[derive(Clone, Debug, Default)]
struct Figures {
    /// Microseconds of CPU time a request.
    sockets: Vec<f64>,
    in_process: Vec<f64>,
    /// Requests per second.
    rate: Vec<f64>,
}

fn compare(rounds: usize) -> io::Result<()> {
    let cores = Cores::of_this_process();
    println!(
        "{rounds} alternating rounds, {} connections with a session each, server on {} cores, client on {}.",
        apps::USERS,
        cores.server.len(),
        cores.client.len()
    );
    println!("Ratios to the bare line in the same round: median (least to most).\n");
    let mut running = App::ALL
        .into_iter()
        .map(Running::start)
        .collect::<io::Result<Vec<_>>>()?;
    must_answer_the_same(&running)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    // What SQLite does on threads of its own would not be counted.
    let in_process = App::ALL
        .into_iter()
        .filter(|app| *app != App::Sqlite)
        .map(|app| runtime.block_on(InProcess::new(app, std::path::Path::new(""))))
        .collect::<Vec<_>>();

    let mut figures = vec![Figures::default(); LINES.len()];
    // The first round only warms up.
    for round in 0..=rounds {
        for position in 0..LINES.len() {
            // Each round begins with another one, so that none always runs on a machine just warmed up.
            let turn = (position + round) % LINES.len();
            let line = LINES[turn];
            let server = of(&mut running, |server| server.app == line.app);
            let Cost { cpu, elapsed } = server.measure(line.path, REQUESTS)?;
            let app = in_process.iter().find(|other| other.app == line.app);
            let alone = app.map(|app| app.measure(&runtime, line.path, REQUESTS_IN_PROCESS));
            if round > 0 {
                let figures = &mut figures[turn];
                figures.sockets.push(cpu.as_secs_f64() * 1e6);
                let alone = alone.map(|alone| alone.as_secs_f64() * 1e6);
                figures.in_process.extend(alone);
                figures.rate.push(REQUESTS as f64 / elapsed.as_secs_f64());
            }
        }
    }
    print(&figures);
    Ok(())
}

fn print(figures: &[Figures]) {
    println!(
        "{:<48} {:>18} {:>18} {:>18}",
        "", "CPU over sockets", "CPU in process", "requests/s"
    );
    for (line, own) in LINES.iter().zip(figures) {
        let bare = &figures[line.baseline];
        println!(
            "{:<48} {:>18} {:>18} {:>18}",
            line.what,
            ratios(&own.sockets, &bare.sockets),
            ratios(&own.in_process, &bare.in_process),
            ratios(&own.rate, &bare.rate),
        );
    }
    println!("\nBare axum on this machine, for the scale (of no use for comparing machines):");
    for (line, own) in LINES.iter().zip(figures) {
        if line.app == App::Bare {
            println!(
                "{}: {:.1} ms of CPU for 1,000 requests over sockets, {:.2} ms in process; {:.0} requests/s",
                line.what,
                median(own.sockets.clone()),
                median(own.in_process.clone()),
                median(own.rate.clone())
            );
        }
    }
}

fn ratios(own: &[f64], baseline: &[f64]) -> Spread {
    Spread(
        own.iter()
            .zip(baseline)
            .map(|(own, bare)| own / bare)
            .collect(),
    )
}

/// # Panics
/// When an application answers other bytes than bare axum. axum-login sends no headers for caches, and is compared by
/// status and body.
fn must_answer_the_same(running: &[Running]) -> io::Result<()> {
    for line in LINES {
        let own = running
            .iter()
            .find(|server| server.app == line.app)
            .expect("all applications run")
            .answer(line.path)?;
        let baseline = LINES[line.baseline];
        let bare = running
            .iter()
            .find(|server| server.app == App::Bare)
            .expect("all applications run")
            .answer(baseline.path)?;
        assert_eq!((own.0, &own.2), (bare.0, &bare.2), "{}", line.what);
        if line.app != App::Peer {
            assert_eq!(own.1, bare.1, "{}", line.what);
        }
    }
    Ok(())
}

fn of(running: &mut [Running], wanted: impl Fn(&Running) -> bool) -> &mut Running {
    running
        .iter_mut()
        .find(|server| wanted(server))
        .expect("all applications run")
}

const LINES: &[Line] = &[
    Line {
        what: "open page: bare axum",
        app: App::Bare,
        path: "/open",
        baseline: 0,
    },
    Line {
        what: "open page: countersign, MemoryStore",
        app: App::Memory,
        path: "/open",
        baseline: 0,
    },
    Line {
        what: "open page: axum-login, MemoryStore",
        app: App::Peer,
        path: "/open",
        baseline: 0,
    },
    Line {
        what: "protected page: bare axum",
        app: App::Bare,
        path: "/guarded",
        baseline: 3,
    },
    Line {
        what: "protected by guard: countersign, MemoryStore",
        app: App::Memory,
        path: "/guarded",
        baseline: 3,
    },
    Line {
        what: "protected by extractor: countersign, MemoryStore",
        app: App::Memory,
        path: "/extracted",
        baseline: 3,
    },
    Line {
        what: "protected by extractor: countersign, SqliteStore",
        app: App::Sqlite,
        path: "/extracted",
        baseline: 3,
    },
    Line {
        what: "protected by guard: axum-login, MemoryStore",
        app: App::Peer,
        path: "/guarded",
        baseline: 3,
    },
];

const ROUNDS: usize = 9;
/// A round's, for each line.
const REQUESTS: usize = 64 * 1_000;
const REQUESTS_IN_PROCESS: usize = 64 * 500;
