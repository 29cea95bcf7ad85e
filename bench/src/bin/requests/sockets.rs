//! Requests over the loopback interface, to servers in processes of their own.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use countersign_bench::client::{Connection, get};
use countersign_bench::cores::{Cores, stay_on};
use countersign_bench::server::Server;

use crate::apps::{App, USERS};

/// An application's server, and the cookies of its users.
pub(crate) struct Running {
    pub(crate) app: App,
    server: Server,
    cookies: Vec<String>,
}

/// What a number of requests cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    /// CPU time of the server for each request.
    pub(crate) cpu: Duration,
    /// Time on the clock.
    pub(crate) elapsed: Duration,
}

impl Running {
    /// Starts a server and logs all its users in.
    pub(crate) fn start(app: App) -> io::Result<Self> {
        let server = Server::start(app.name())?;
        let mut connection = Connection::open(server.address)?;
        let mut log_in = |id| {
            let answer = connection.ask(&get(&format!("/log-in/{id}"), ""))?;
            assert_eq!(answer.status, 200, "{}", answer.head);
            Ok(answer.cookies())
        };
        let cookies = (0..USERS).map(&mut log_in).collect::<io::Result<_>>()?;
        Ok(Self {
            app,
            server,
            cookies,
        })
    }

    /// What the first user is answered: the status, the sorted headers without the date, and the body.
    pub(crate) fn answer(&self, path: &str) -> io::Result<(u16, Vec<String>, String)> {
        let mut connection = Connection::open(self.server.address)?;
        let answer = connection.ask(&get(path, &self.cookies[0]))?;
        let mut headers: Vec<_> = answer
            .head
            .lines()
            .map(str::to_ascii_lowercase)
            .filter(|line| !line.starts_with("date:"))
            .collect();
        headers.sort();
        let body = String::from_utf8_lossy(answer.body).into_owned();
        Ok((answer.status, headers, body))
    }

    /// Sends that many requests over as many connections as there are users. Another one is on its way over each of
    /// them all the time.
    pub(crate) fn measure(&mut self, path: &str, requests: usize) -> io::Result<Cost> {
        let cores = Cores::of_this_process().client;
        let clients: Vec<_> = self
            .cookies
            .chunks(self.cookies.len().div_ceil(cores.len()))
            .map(|cookies| {
                let open = |cookies: &String| {
                    Ok((Connection::open(self.server.address)?, get(path, cookies)))
                };
                cookies.iter().map(open).collect::<io::Result<Vec<_>>>()
            })
            .collect::<io::Result<_>>()?;
        let each = requests / self.cookies.len();
        let before = self.server.usage()?;
        let start = Instant::now();
        thread::scope(|scope| {
            let clients: Vec<_> = clients
                .into_iter()
                .zip(cores)
                .map(|(connections, core)| scope.spawn(move || ask(connections, each, core)))
                .collect();
            for client in clients {
                client.join().expect("a client does not panic")?;
            }
            io::Result::Ok(())
        })?;
        let elapsed = start.elapsed();
        let used = self.server.usage()?.cpu - before.cpu;
        Ok(Cost {
            cpu: used / u32::try_from(each * self.cookies.len()).expect("it is a small number"),
            elapsed,
        })
    }
}

/// Goes from connection to connection, takes an answer and sends the next request.
fn ask(mut connections: Vec<(Connection, Vec<u8>)>, each: usize, core: usize) -> io::Result<()> {
    stay_on(&[core]);
    for (connection, request) in &mut connections {
        connection.send(request)?;
    }
    for turn in 1..=each {
        for (connection, request) in &mut connections {
            let status = connection.receive()?.status;
            if status != 200 {
                return Err(io::Error::other(format!("the server answered {status}")));
            }
            if turn < each {
                connection.send(request)?;
            }
        }
    }
    Ok(())
}
