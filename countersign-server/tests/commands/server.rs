//! The server itself, asked without any other program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use crate::transcript::countersign;

/// A running server. It is killed when this value goes.
pub(crate) struct Server {
    child: Child,
    /// Host and port.
    authority: String,
}

impl Server {
    /// A server whose data is in that folder.
    pub(crate) fn start(folder: &Path) -> Self {
        let mut child = countersign(folder)
            .args(["--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok);
        let line = lines.find(|line| line.contains("http://")).unwrap();
        // Whatever else it says is said to nobody.
        std::thread::spawn(move || lines.for_each(drop));
        let (_, authority) = line.split_once("http://").unwrap();
        let authority = authority.trim_end_matches('/').to_owned();
        Self { child, authority }
    }

    /// Logs somebody in, as a client of that name. Answers the status.
    pub(crate) fn log_in(&self, name: &str, password: &str, user_agent: &str) -> u16 {
        let password = password.trim_end().replace(' ', "+");
        let body = format!("username={name}&password={password}");
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        write!(
            stream,
            "POST /login HTTP/1.1\r\nHost: {}\r\nUser-Agent: {user_agent}\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            self.authority,
            body.len(),
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, status) = answer.split_once(' ').unwrap();
        status[..3].parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
