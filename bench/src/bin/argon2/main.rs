//! Compares the implementations of Argon2id that can be had as crates: how fast they are, on one thread and on every
//! core, and how much memory they keep. It chose the one that `countersign::password` uses.
//!
//! `cargo run --release -p countersign-bench --bin argon2`

use std::process::Command;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use candidates::{CANDIDATES, Candidate};
use countersign_bench::{Resident, median};

mod candidates;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => compare(),
        Some("memory") => report_memory(&arguments.next().unwrap_or_default()),
        Some(rounds) => match rounds.parse() {
            Ok(rounds) => compare_in(rounds),
            Err(_) => eprintln!("usage: argon2 [rounds]"),
        },
    }
}

fn compare() {
    compare_in(ROUNDS);
}

fn compare_in(rounds: usize) {
    let cores = cores();
    candidates::must_agree();
    println!(
        "Argon2id, m={} KiB t={} p=1, {rounds} alternating rounds, {cores} cores",
        candidates::MEMORY_KIB,
        candidates::PASSES
    );
    println!(
        "Hashes per second as a ratio to the first line in the same round: median (least to most).\n"
    );
    println!(
        "{:<34} {:>20} {:>20} {:>22}",
        "", "one thread", "every core", "MiB resident"
    );
    let one = ratios(rounds, 1);
    let all = ratios(rounds, cores);
    for ((candidate, one), all) in CANDIDATES.iter().zip(one).zip(all) {
        println!(
            "{:<34} {:>20} {:>20} {:>22}",
            candidate.name,
            spread(one),
            spread(all),
            memory_of(candidate)
        );
    }
    println!(
        "\nResident: before, at the peak, and when the workers are idle again, in a process of its own."
    );
}

/// For each candidate, its rate in each round as a ratio to the first candidate's rate in that round.
fn ratios(rounds: usize, threads: usize) -> Vec<Vec<f64>> {
    let mut ratios = vec![Vec::new(); CANDIDATES.len()];
    for round in 0..rounds {
        let mut rates = vec![0.0; CANDIDATES.len()];
        for position in 0..CANDIDATES.len() {
            // Each round begins with another candidate, so that none always runs on a machine just warmed up.
            let turn = (position + round) % CANDIDATES.len();
            rates[turn] = rate(&CANDIDATES[turn], threads);
        }
        for (ratios, rate) in ratios.iter_mut().zip(&rates) {
            ratios.push(rate / rates[0]);
        }
    }
    ratios
}

/// Hashes per second on that many threads, each with a hasher of its own that has hashed once before.
fn rate(candidate: &Candidate, threads: usize) -> f64 {
    let barrier = Arc::new(Barrier::new(threads + 1));
    let workers: Vec<_> = (0..threads)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            let hasher = candidate.hasher;
            thread::spawn(move || {
                let mut hash = hasher();
                hash(b"warm up");
                barrier.wait();
                for turn in 0..HASHES {
                    hash(&turn.to_le_bytes());
                }
            })
        })
        .collect();
    barrier.wait();
    let start = Instant::now();
    for worker in workers {
        worker.join().expect("no candidate panics");
    }
    (threads * HASHES) as f64 / start.elapsed().as_secs_f64()
}

/// Runs a candidate in a process of its own, because an allocator keeps what earlier candidates left behind.
fn memory_of(candidate: &Candidate) -> String {
    let program = std::env::current_exe().expect("the program's own path is known");
    let output = Command::new(program)
        .args(["memory", candidate.name])
        .output()
        .expect("the program can start itself");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn report_memory(name: &str) {
    let Some(candidate) = CANDIDATES.iter().find(|candidate| candidate.name == name) else {
        return;
    };
    let before = Resident::of_this_process();
    rate(candidate, cores());
    let after = Resident::of_this_process();
    println!("{:.0} / {:.0} / {:.0}", before.now, after.peak, after.now);
}

fn spread(mut ratios: Vec<f64>) -> String {
    ratios.sort_by(f64::total_cmp);
    let (least, most) = (ratios.first(), ratios.last());
    format!(
        "{:.2} ({:.2}-{:.2})",
        median(ratios.clone()),
        least.unwrap_or(&0.0),
        most.unwrap_or(&0.0)
    )
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get())
}

const ROUNDS: usize = 9;
/// Per thread and round: about a fifth of a second at 15 ms a hash.
const HASHES: usize = 12;
