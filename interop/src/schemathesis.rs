use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, bail};
use serde_json::Value;
use tokio::process::Command;
use tokio::time::timeout;

use crate::{Curl, python_environment};

/// An application that [schemathesis](https://schemathesis.readthedocs.io/) asks whatever its OpenAPI document allows, and much
/// that it does not allow. `cargo xtask test` installs that program.
#[derive(Debug)]
pub struct DescribedApplication {
    url: String,
    operations: Vec<Operation>,
}

/// What a document describes: `POST /login`, and who may do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// Method and path.
    pub name: String,
    /// Whether it needs no login.
    pub is_open: bool,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visitor {
    /// Nobody: requests as they are made from the document.
    Stranger,
    /// Somebody who is logged in, and whose every second request says what is true: the password, one of the sessions, a link.
    Member,
    /// Somebody who has the role `administrator` and a fresh login, asks for what is under `/admin` only, and whose every second
    /// request says what is true: the id of an account (in turns another's and his own), one of its sessions, a page's cursor.
    Administrator,
}

/// How often each operation was answered with which status.
#[derive(Debug)]
pub struct Answers(HashMap<String, BTreeMap<u16, u64>>);

impl DescribedApplication {
    /// Reads the document of a running application, whose address has no path.
    pub async fn read(url: &str) -> anyhow::Result<Self> {
        let url = format!("{url}/openapi.json");
        let answer = Curl::new()?.get(&url).await?;
        let document = serde_json::from_str(&answer.body).context(answer.body)?;
        let operations = operations(&document).context("it describes no paths")?;
        Ok(Self { url, operations })
    }

    /// All that the document describes.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// Makes requests, always the same ones, and checks that no answer is a failure of the server (500 to 599) and that each
    /// has a status, a type, header fields and a body that the document describes. An error holds the complaints.
    ///
    /// `invitation` is the token of an invitation to be an administrator. Who takes it is the visitor, or makes links for him.
    pub async fn examine(&self, visitor: Visitor, invitation: &str) -> anyhow::Result<Answers> {
        let folder = tempfile::tempdir().context("a folder to run in")?;
        let counted = folder.path().join("answers.json");
        let program = python_environment("schemathesis")?.join("bin/schemathesis");
        let mut command = Command::new(program);
        command
            .args(["run", &self.url, "--no-color", "--generation-deterministic"])
            .args(["--checks", CHECKS, "--max-examples", visitor.examples()])
            .args(["--include-path-regex", visitor.paths()])
            // More at a time would fill the queue of passwords to hash, which is answered by a 503, as it should be.
            .args(["--workers", "1"])
            // All complaints at once. Smaller examples can't be looked for: no request can be made twice.
            .args(["--continue-on-failure", "--no-shrink"])
            .env("SCHEMATHESIS_HOOKS", Path::new(HOOKS))
            .env("VISITOR", visitor.name())
            .env("INVITATION", invitation)
            .env("ANSWERS", &counted)
            // A proxy of this machine has no part in the test.
            .env("NO_PROXY", "*")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = timeout(PATIENCE, command.output())
            .await
            .context("schemathesis did not end")?
            .context("schemathesis did not start")?;
        if !output.status.success() {
            bail!(
                "schemathesis ended with {}:\n{}{}",
                output.status,
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let counted = std::fs::read(counted).context("what it counted")?;
        Ok(Answers(serde_json::from_slice(&counted)?))
    }
}

impl Visitor {
    fn name(self) -> &'static str {
        match self {
            Self::Stranger => "stranger",
            Self::Member => "member",
            Self::Administrator => "administrator",
        }
    }

    /// How many requests of each operation, beside those at the limits of what the document allows. A stranger's cost little,
    /// and are enough for the throttle to stop his logins; a member is registered for nearly every second one.
    fn examples(self) -> &'static str {
        match self {
            Self::Stranger => "120",
            Self::Member | Self::Administrator => "30",
        }
    }

    /// What he asks for. Anybody can ask for all that an administrator is left out of here.
    fn paths(self) -> &'static str {
        match self {
            Self::Stranger | Self::Member => ".",
            Self::Administrator => "^/admin",
        }
    }
}

impl Answers {
    /// How often an operation, by its name, was answered with a status of a range.
    pub fn count(&self, operation: &str, statuses: Range<u16>) -> u64 {
        let answers = self.0.get(operation).into_iter().flatten();
        answers
            .filter(|(status, _)| statuses.contains(status))
            .map(|(_, count)| count)
            .sum()
    }
}

/// What a document describes; where it says nothing of an operation's security, that of the whole counts (OpenAPI 3.1, 4.8.10).
fn operations(document: &Value) -> Option<Vec<Operation>> {
    let is_open = |described: &Value| {
        let security = described.get("security").or(document.get("security"));
        let alternatives = security.and_then(Value::as_array);
        alternatives.is_none_or(|alternatives| {
            let empty = |needs: &Value| needs.as_object().is_some_and(|needs| needs.is_empty());
            alternatives.is_empty() || alternatives.iter().any(empty)
        })
    };
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object()? {
        for (method, described) in methods.as_object()? {
            operations.push(Operation {
                name: format!("{} {path}", method.to_uppercase()),
                is_open: is_open(described),
            });
        }
    }
    Some(operations)
}

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

const HOOKS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schemathesis/hooks.py");

/// How long to wait for the end. It is long, because it only decides when to give up.
const PATIENCE: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_are_open_if_one_alternative_needs_nothing() {
        let document = serde_json::json!({
            "security": [{ "session": [] }],
            "paths": {
                "/account": { "get": {} },
                "/login": { "post": { "security": [{}] } },
                "/logout": { "post": { "security": [{ "session": [] }, {}] } },
                "/public": { "get": { "security": [] } },
            },
        });
        let operations = operations(&document).unwrap();
        let found: Vec<_> = operations
            .iter()
            .map(|operation| (operation.name.as_str(), operation.is_open))
            .collect();
        assert_eq!(
            found,
            [
                ("GET /account", false),
                ("POST /login", true),
                ("POST /logout", true),
                ("GET /public", true)
            ]
        );
        assert!(super::operations(&serde_json::json!({})).is_none());
    }
}
