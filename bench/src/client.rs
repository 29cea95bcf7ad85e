//! A small HTTP/1.1 client: one connection that is kept open, a request written in one go, an answer with a
//! `Content-Length` read. It blocks, and costs less than the server that it measures.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::ops::Range;

/// A connection to a server.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// How much of `received` is there.
    length: usize,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            received: vec![0; LONGEST_ANSWER],
            length: 0,
        })
    }

    /// Sends a request, and waits for nothing.
    ///
    /// # Errors
    /// When the connection is broken.
    pub fn send(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request)
    }

    /// Waits for the answer to the request that was sent last.
    ///
    /// # Errors
    /// When the connection is broken, or what comes is no answer with a length.
    pub fn receive(&mut self) -> io::Result<Answer<'_>> {
        self.length = 0;
        loop {
            let read = self.stream.read(&mut self.received[self.length..])?;
            if read == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.length += read;
            if let Some(head) = end_of_head(&self.received[..self.length]) {
                let body = head..head + content_length(&self.received[..head])?;
                if body.end <= self.length {
                    return Answer::new(&self.received, body);
                }
            }
        }
    }

    /// Sends a request and waits for its answer.
    ///
    /// # Errors
    /// As [`send`](Self::send) and [`receive`](Self::receive).
    pub fn ask(&mut self, request: &[u8]) -> io::Result<Answer<'_>> {
        self.send(request)?;
        self.receive()
    }
}

/// An answer.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// The status.
    pub status: u16,
    /// The lines before the body.
    pub head: &'a str,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Answer<'a> {
    fn new(received: &'a [u8], body: Range<usize>) -> io::Result<Self> {
        let head = std::str::from_utf8(&received[..body.start]).map_err(|_| no_answer())?;
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        Ok(Self {
            status: status.ok_or_else(no_answer)?,
            head,
            body: &received[body],
        })
    }

    /// The values of a header.
    pub fn header(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The cookies that it sets, as a browser sends them back.
    pub fn cookies(&self) -> String {
        let pairs: Vec<_> = self
            .header("set-cookie")
            .filter_map(|cookie| cookie.split(';').next())
            .collect();
        pairs.join("; ")
    }
}

/// A page that somebody opens in a browser, with these cookies.
pub fn get(path: &str, cookies: &str) -> Vec<u8> {
    let mut request = head("GET", path, cookies);
    request.push_str("\r\n");
    request.into_bytes()
}

/// A login form that somebody sends in a browser, by way of a proxy that says who he is.
pub fn log_in(path: &str, form: &str, client: &str) -> Vec<u8> {
    let mut request = head("POST", path, "");
    request.push_str(&format!(
        "X-Forwarded-For: {client}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n{form}",
        form.len()
    ));
    request.into_bytes()
}

/// The headers of a browser's request.
pub fn browser_headers(cookies: &str) -> impl Iterator<Item = (&'static str, String)> {
    let cookies = (!cookies.is_empty()).then(|| ("Cookie", cookies.to_owned()));
    BROWSER
        .iter()
        .map(|(name, value)| (*name, (*value).to_owned()))
        .chain(cookies)
}

fn head(method: &str, path: &str, cookies: &str) -> String {
    let mut head = format!("{method} {path} HTTP/1.1\r\n");
    for (name, value) in browser_headers(cookies) {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head
}

/// Where the body begins.
fn end_of_head(received: &[u8]) -> Option<usize> {
    received
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|position| position + 4)
}

fn content_length(head: &[u8]) -> io::Result<usize> {
    const NAME: &[u8] = b"content-length:";
    head.split(|byte| *byte == b'\n')
        .filter_map(|line| line.split_at_checked(NAME.len()))
        .find(|(name, _)| name.eq_ignore_ascii_case(NAME))
        .and_then(|(_, value)| std::str::from_utf8(value).ok()?.trim().parse().ok())
        .filter(|length| *length < LONGEST_ANSWER / 2)
        .ok_or_else(no_answer)
}

fn no_answer() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "what the server sent is no answer with a length",
    )
}

/// What Firefox sends with a page that somebody opens on a site with https.
const BROWSER: &[(&str, &str)] = &[
    ("Host", "example.com"),
    (
        "User-Agent",
        "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    ),
    (
        "Accept",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    ),
    ("Accept-Language", "en-GB,en;q=0.5"),
    ("Accept-Encoding", "gzip, deflate, br, zstd"),
    ("Sec-Fetch-Dest", "document"),
    ("Sec-Fetch-Mode", "navigate"),
    ("Sec-Fetch-Site", "same-origin"),
];

const LONGEST_ANSWER: usize = 8_192;
