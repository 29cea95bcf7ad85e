//! Compares what it costs to read a session cookie of Flask with what can't be avoided for it: its signature, and, where it
//! is compressed, its inflation.
//!
//! `cargo run --release -p countersign-bench --bin flask`

use std::hint::black_box;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use countersign::clock::Timestamp;
use countersign::flask::{
    Dict, IdentifierVersion, Signer, SignerSettings, UrlSafeTimedSerializer, Value,
};
use countersign::secret::SecretKey;
use countersign_bench::server::cpu_time_of_this_thread;
use countersign_bench::{Spread, median};
use flate2::{Decompress, FlushDecompress};

fn main() {
    let rounds = std::env::args().nth(1).map(|rounds| rounds.parse());
    let Ok(rounds) = rounds.unwrap_or(Ok(ROUNDS)) else {
        eprintln!("usage: flask [rounds]");
        return;
    };
    println!("CPU time on one thread, {rounds} alternating rounds of {TIMES} times each");
    println!(
        "The ratio is to the first line of each two in the same round: median (least to most).\n"
    );
    let cookies = Cookies::new();
    let plain: Vec<Contestant<'_>> = vec![
        ("the signature alone", Box::new(|| cookies.sign())),
        (
            "a cookie of 200 bytes",
            Box::new(|| cookies.read(&cookies.plain)),
        ),
    ];
    compare(&plain, rounds);
    let compressed: Vec<Contestant<'_>> = vec![
        ("inflation alone", Box::new(|| cookies.inflate())),
        (
            "a compressed cookie",
            Box::new(|| cookies.read(&cookies.compressed)),
        ),
    ];
    compare(&compressed, rounds);
}

type Contestant<'a> = (&'static str, Box<dyn Fn() + 'a>);

/// Prints the time of each, and its ratio to the first one's.
fn compare(contestants: &[Contestant<'_>], rounds: usize) {
    let mut times = vec![Vec::new(); contestants.len()];
    for round in 0..rounds {
        for position in 0..contestants.len() {
            // Each round begins with another one, so that none always runs on a machine just warmed up.
            let turn = (position + round) % contestants.len();
            times[turn].push(time(&contestants[turn].1));
        }
    }
    for ((name, _), own) in contestants.iter().zip(&times) {
        let ratios = own.iter().zip(&times[0]).map(|(own, first)| own / first);
        let ratios = Spread(ratios.collect());
        println!("{name:<30} {:>8.0} ns {ratios:>20}", median(own.clone()));
    }
    println!();
}

/// In nanoseconds of CPU time.
fn time(work: &dyn Fn()) -> f64 {
    let start = cpu_time_of_this_thread();
    for _ in 0..TIMES {
        work();
    }
    (cpu_time_of_this_thread() - start).as_nanos() as f64 / f64::from(TIMES)
}

struct Cookies {
    serializer: UrlSafeTimedSerializer,
    signer: Signer,
    /// About 200 bytes: a login and a token.
    plain: String,
    /// A login, two messages and where to go from there.
    compressed: String,
    /// What the second one has to inflate.
    stream: Vec<u8>,
    inflated: usize,
}

impl Cookies {
    fn new() -> Self {
        let key = SecretKey::new(KEY).expect("the key is long enough");
        let serializer = UrlSafeTimedSerializer::flask_session(&key);
        let identifier = IdentifierVersion::V0_6.identifier(Some("::1"), None, None);
        let plain: Dict = [
            ("_fresh", Value::from(true)),
            ("_user_id", "1".into()),
            // Random, so that compression would not make it shorter.
            ("token", TOKEN.into()),
        ]
        .into_iter()
        .collect();
        let plain = serializer.dumps(&plain.into(), NOW);
        let plain = plain.expect("what is short can be written");
        assert!(!plain.starts_with('.'), "it is not to be compressed");
        let message = |text: &str| Value::Tuple(vec!["message".into(), text.into()]);
        let compressed: Dict = [
            ("_fresh", Value::from(true)),
            ("_id", identifier.as_str().into()),
            ("_user_id", "1".into()),
            (
                "_flashes",
                Value::List(vec![
                    message("Please log in to access this page."),
                    message("Please reauthenticate to access this page."),
                ]),
            ),
            ("next", "/account/orders?page=2".into()),
        ]
        .into_iter()
        .collect();
        let compressed = serializer.dumps(&compressed.into(), NOW);
        let compressed = compressed.expect("what is short can be written");
        let payload = compressed.strip_prefix('.').expect("it is compressed");
        let (payload, _) = payload.split_once('.').expect("it is signed");
        let stream = URL_SAFE_NO_PAD.decode(payload).expect("it is base64");
        let mut cookies = Self {
            serializer,
            signer: Signer::new(&key, SignerSettings::flask_session()),
            plain,
            compressed,
            stream,
            inflated: 0,
        };
        cookies.inflated = cookies.inflated();
        println!(
            "{} bytes uncompressed; {} bytes compressed, of {} bytes of JSON\n",
            cookies.plain.len(),
            cookies.compressed.len(),
            cookies.inflated
        );
        cookies
    }

    fn read(&self, cookie: &str) {
        let session = self
            .serializer
            .loads(black_box(cookie), NOW, Duration::ZERO);
        black_box(session).expect("it is signed");
    }

    fn sign(&self) {
        black_box(self.signer.signature(black_box(&self.plain)));
    }

    fn inflate(&self) {
        black_box(self.inflated());
    }

    fn inflated(&self) -> usize {
        let mut json = Vec::with_capacity(4096);
        let mut inflate = Decompress::new(true);
        let status =
            inflate.decompress_vec(black_box(&self.stream), &mut json, FlushDecompress::Finish);
        status.expect("it is a stream");
        json.len()
    }
}

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const KEY: &str = "6c7a1c1a7d9de7f6f0b8ae5f7a3d8c0f";

const TOKEN: &str =
    "pZ0qW3vJk8xYtR5nLm2cHf7bGd4sAa9eUi1oPyXhVwQzNlCrTgKjEuMvSb6DqFiOaWtYkRnBxLpZcHe0f3";

const ROUNDS: usize = 21;
const TIMES: u32 = 20_000;
