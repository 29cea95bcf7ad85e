use std::path::PathBuf;

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::process::Command;

/// The program `curl` with a cookie jar, which goes when this value goes.
#[derive(Debug)]
pub struct Curl {
    folder: TempDir,
}

impl Curl {
    /// An empty cookie jar.
    pub fn new() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("a folder for the cookie jar")?;
        Ok(Self { folder })
    }

    /// A second jar that holds what this one holds now: for a cookie that was stolen, or kept.
    pub fn copy(&self) -> anyhow::Result<Self> {
        let copy = Self::new()?;
        if self.jar().is_file() {
            std::fs::copy(self.jar(), copy.jar()).context("the cookie jar")?;
        }
        Ok(copy)
    }

    /// Gets a page. Redirects are answers like others; they are not followed.
    pub async fn get(&self, url: &str) -> anyhow::Result<Answer> {
        self.run(&[url]).await
    }

    /// Gets a page, as a browser whose user typed its address.
    pub async fn browse(&self, url: &str) -> anyhow::Result<Answer> {
        self.run(&["--header", "Accept: text/html", url]).await
    }

    /// Posts a form, as a page's form does.
    pub async fn post(&self, url: &str, fields: &[(&str, &str)]) -> anyhow::Result<Answer> {
        let fields: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut arguments = vec!["--request", "POST", url];
        for field in &fields {
            arguments.extend(["--data-urlencode", field]);
        }
        self.run(&arguments).await
    }

    /// Runs curl with arguments of its own, and the jar.
    pub async fn run(&self, arguments: &[&str]) -> anyhow::Result<Answer> {
        let output = Command::new("curl")
            // A proxy of this machine has no part in the test.
            .args(["--silent", "--show-error", "--include", "--noproxy", "*"])
            .args(["--max-time", MAXIMUM_SECONDS])
            .arg("--cookie")
            .arg(self.jar())
            .arg("--cookie-jar")
            .arg(self.jar())
            .args(arguments)
            .kill_on_drop(true)
            .output()
            .await
            .context("curl did not start; `cargo xtask test` installs it")?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            bail!("curl ended with {}: {}", output.status, complaint.trim());
        }
        Answer::parse(&output.stdout)
    }

    /// The value of a cookie in the jar.
    pub fn cookie(&self, name: &str) -> anyhow::Result<Option<String>> {
        let jar = std::fs::read_to_string(self.jar()).context("the cookie jar")?;
        // Seven fields a line, with tabs between: https://curl.se/docs/http-cookies.html.
        let mut cookies = jar.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let cookie = cookies.find(|fields| fields.len() == 7 && fields[5] == name);
        Ok(cookie.map(|fields| fields[6].to_owned()))
    }

    fn jar(&self) -> PathBuf {
        self.folder.path().join("cookies.txt")
    }
}

/// What a server answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The protocol and its version, such as `HTTP/1.1` or `HTTP/2`.
    pub protocol: String,
    /// The status (RFC 9110, section 15).
    pub status: u16,
    /// Names and values of the header fields, in their order.
    pub headers: Vec<(String, String)>,
    /// The body. Bytes that are no UTF-8 are replaced.
    pub body: String,
}

impl Answer {
    /// The first value of a header field, whose name may be written in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers_named(name).next()
    }

    /// All values of a header field.
    pub fn headers_named(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Reads what `curl --include` writes: the heads of interim answers (100 to 199), the head, and the body.
    fn parse(output: &[u8]) -> anyhow::Result<Self> {
        let mut rest = String::from_utf8_lossy(output).into_owned();
        loop {
            let (head, body) = rest.split_once("\r\n\r\n").context("no answer's head")?;
            let mut lines = head.split("\r\n");
            let status_line = lines.next().unwrap_or_default();
            let status = status_line
                .split(' ')
                .nth(1)
                .and_then(|status| status.parse().ok())
                .with_context(|| format!("no status in “{status_line}”"))?;
            if (100..200).contains(&status) && status != SWITCHING_PROTOCOLS {
                rest = body.to_owned();
                continue;
            }
            let headers = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
                .collect();
            let protocol = status_line.split(' ').next().unwrap_or_default().to_owned();
            return Ok(Self {
                protocol,
                status,
                headers,
                body: body.to_owned(),
            });
        }
    }
}

/// Decides only when to give up.
const MAXIMUM_SECONDS: &str = "60";

/// The one interim status after which no other answer comes (RFC 9110, section 15.2.2).
const SWITCHING_PROTOCOLS: u16 = 101;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_past_interim_ones() {
        let answer = Answer::parse(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 303 See Other\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\n\r\nbody\r\n\r\n",
        )
        .unwrap();
        assert_eq!(answer.status, 303);
        assert_eq!(
            answer.headers_named("Set-Cookie").collect::<Vec<_>>(),
            ["a=1", "b=2"]
        );
        assert_eq!(answer.header("location"), None);
        assert_eq!(answer.body, "body\r\n\r\n");
    }

    #[test]
    fn what_is_no_answer_is_an_error() {
        assert!(Answer::parse(b"").is_err());
        assert!(Answer::parse(b"hello\r\n\r\n").is_err());
    }
}
