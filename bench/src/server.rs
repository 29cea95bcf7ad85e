//! Servers in processes of their own, so that their CPU time and their memory are nobody else's.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use axum::Router;
use rustix::time::{ClockId, clock_gettime};
use tokio::sync::oneshot;

use crate::cores::{Cores, stay_on};

/// The server of a candidate, which this same program runs in a process of its own. It ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    process: Child,
    answers: BufReader<ChildStdout>,
}

/// What a server has used.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// CPU time of all its threads, in the program and in the kernel.
    pub cpu: Duration,
    /// Resident memory in mebibytes, now.
    pub memory: f64,
    /// The most resident memory that there has been, in mebibytes.
    pub peak: f64,
}

/// The first argument of a program that is to be a server. The second is the candidate's name.
pub const SERVE: &str = "serve";

impl Server {
    /// Starts this program again as the server of a candidate, and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(candidate: &str) -> io::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args([SERVE, candidate])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut answers = BufReader::new(process.stdout.take().expect("it was asked for"));
        let address = line(&mut answers)?
            .parse()
            .map_err(|_| io::Error::other("the server did not start"))?;
        Ok(Self {
            address,
            process,
            answers,
        })
    }

    /// What it has used since it started.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&mut self) -> io::Result<Usage> {
        let questions = self.process.stdin.as_mut().expect("it is open");
        questions.write_all(b"\n")?;
        let line = line(&mut self.answers)?;
        let figures: Vec<f64> = line
            .split_whitespace()
            .filter_map(|figure| figure.parse().ok())
            .collect();
        match *figures {
            [cpu, memory, peak] => Ok(Usage {
                cpu: Duration::from_secs_f64(cpu),
                memory,
                peak,
            }),
            _ => Err(io::Error::other("the server does not say what it has used")),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nobody asks any more: this closes its standard input, on which it ends.
        if let Err(error) = self.process.wait() {
            eprintln!("a server did not end: {error}");
        }
    }
}

impl Usage {
    /// What this process has used.
    pub fn of_this_process() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            cpu: cpu_time(ClockId::ProcessCPUTime),
            memory: mebibytes(&status, "VmRSS:"),
            peak: mebibytes(&status, "VmHWM:"),
        }
    }
}

/// The CPU time that this thread has used.
pub fn cpu_time_of_this_thread() -> Duration {
    cpu_time(ClockId::ThreadCPUTime)
}

/// Is the server: on its cores, with a thread of tokio's for each, until the program that started it ends.
///
/// `tells_peer`: whether the application needs to know who connects, which costs a little.
///
/// # Errors
/// When it can't listen.
pub fn serve(app: impl Future<Output = Router>, tells_peer: bool) -> io::Result<()> {
    stay_on(&Cores::of_this_process().server);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let app = app.await;
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        let (end, ended) = oneshot::channel();
        thread::spawn(|| tell_usage_until_the_end(end));
        let served = async {
            if tells_peer {
                let app = app.into_make_service_with_connect_info::<SocketAddr>();
                axum::serve(listener, app).await
            } else {
                axum::serve(listener, app).await
            }
        };
        tokio::select! {
            served = served => served,
            _ = ended => Ok(()),
        }
    })
}

fn tell_usage_until_the_end(end: oneshot::Sender<()>) {
    for _question in io::stdin().lines() {
        let Usage { cpu, memory, peak } = Usage::of_this_process();
        println!("{} {memory} {peak}", cpu.as_secs_f64());
    }
    // Nobody listens when the server has failed before.
    let _ = end.send(());
}

fn line(answers: &mut BufReader<ChildStdout>) -> io::Result<String> {
    let mut line = String::new();
    answers.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn cpu_time(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    let (seconds, nanoseconds) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanoseconds)
}

fn mebibytes(status: &str, field: &str) -> f64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .and_then(|value| value.split_whitespace().next())
        .and_then(|kibibytes| kibibytes.parse::<f64>().ok())
        .map_or(0.0, |kibibytes| kibibytes / 1024.0)
}
