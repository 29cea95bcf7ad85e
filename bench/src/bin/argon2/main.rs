//! Compares the implementations of Argon2id that can be had as crates: how fast they are, on one thread and on every
//! core, and how much memory they keep. It chose the one that `countersign::password` uses. The last line is that
//! module's pool, with logins waiting in its queue.
//!
//! `cargo run --release -p countersign-bench --bin argon2`

use std::process::Command;
use std::thread;

use contest::Contestant;
use countersign_bench::Spread;
use countersign_bench::argon2id::{MEMORY_KIB, PASSES};
use countersign_bench::server::Usage;

mod candidates;
mod contest;

fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        None => compare(ROUNDS),
        Some(MEMORY) => report_memory(&arguments.next().unwrap_or_default()),
        Some(rounds) => match rounds.parse() {
            Ok(rounds) => compare(rounds),
            Err(_) => eprintln!("usage: argon2 [rounds]"),
        },
    }
}

fn compare(rounds: usize) {
    candidates::must_agree();
    let cores = cores();
    println!(
        "Argon2id, m={MEMORY_KIB} KiB t={PASSES} p=1, {rounds} alternating rounds, {cores} cores"
    );
    println!(
        "Hashes per second as a ratio to the first line in the same round: median (least to most)."
    );
    println!(
        "Resident: before, at the peak, and when all is idle again, each in a process of its own.\n"
    );
    println!(
        "{:<38} {:>18} {:>18} {:>16}",
        "", "one thread", "every core", "MiB resident"
    );
    let contestants = contest::contestants();
    let one = ratios(&contestants, rounds, 1);
    let all = ratios(&contestants, rounds, cores);
    for ((contestant, one), all) in contestants.iter().zip(one).zip(all) {
        println!(
            "{:<38} {:>18} {:>18} {:>16}",
            contestant.name(),
            one,
            all,
            memory_of(contestant)
        );
    }
}

/// For each contestant, its rate in each round as a ratio to the first one's rate in that round.
fn ratios(contestants: &[Contestant], rounds: usize, threads: usize) -> Vec<Spread> {
    let mut ratios = vec![Spread::default(); contestants.len()];
    for round in 0..rounds {
        let mut rates = vec![0.0; contestants.len()];
        for position in 0..contestants.len() {
            // Each round begins with another one, so that none always runs on a machine just warmed up.
            let turn = (position + round) % contestants.len();
            rates[turn] = contestants[turn].rate(threads);
        }
        for (ratios, rate) in ratios.iter_mut().zip(&rates) {
            ratios.0.push(rate / rates[0]);
        }
    }
    ratios
}

/// Runs a contestant in a process of its own, because an allocator keeps what earlier ones left behind.
fn memory_of(contestant: &Contestant) -> String {
    let program = std::env::current_exe().expect("the program's own path is known");
    let output = Command::new(program)
        .args([MEMORY, contestant.name()])
        .output()
        .expect("the program can start itself");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn report_memory(name: &str) {
    let contestants = contest::contestants();
    let Some(contestant) = contestants.iter().find(|one| one.name() == name) else {
        return;
    };
    let before = Usage::of_this_process();
    contestant.rate(cores());
    thread::sleep(contest::IDLE);
    let after = Usage::of_this_process();
    println!(
        "{:.0} / {:.0} / {:.0}",
        before.memory, after.peak, after.memory
    );
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, |cores| cores.get())
}

const ROUNDS: usize = 9;
const MEMORY: &str = "memory";
