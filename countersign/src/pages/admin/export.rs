//! The audit as a file.
//!
//! It is written while it is read, a page at a time. When the database fails on the way, the answer breaks off, which every client
//! notices: HTTP/1.1 has an end mark for bodies of unknown length, HTTP/2 resets the stream. So that a *file* that was kept all the
//! same does not look complete either, the last line says that it is the last, and how many there are before it.

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue};
use minijinja::context;
use serde::Serialize;
use serde_json::json;

use super::super::openapi::{Administrators, Queries, Reading};
use super::super::{PageError, Templates, moment, no_formula};
use super::audit::AuditLine;
use super::audit_asked::AuditAsked;
use super::query::Asked;
use crate::accounts::{AccountError, AuditEvent, AuditExport, AuditFilter};

/// The audit as a table (RFC 4180), the oldest event first. Its last line has `end` in the place of the number, and tells how many
/// events there are. A text that a spreadsheet would take for a formula has a `'` before it.
#[utoipa::path(get, path = "/admin/audit.csv", operation_id = "export_audit_as_csv", tag = "administration", params(AuditAsked), responses(
    (status = 200, description = "The audit", body = String, content_type = "text/csv"),
    Queries, Administrators, Reading,
))]
pub(super) async fn csv(
    view: Templates,
    Asked(asked): Asked<AuditAsked>,
) -> Result<Response, PageError> {
    export(&view, &asked, FileKind::Csv).await
}

/// The audit as JSON, one event in each line, the oldest first. The last line is `{"end":{"events":…}}`, and tells how many
/// events there are.
#[utoipa::path(get, path = "/admin/audit.jsonl", operation_id = "export_audit_as_json_lines", tag = "administration", params(AuditAsked), responses(
    (status = 200, description = "The audit", body = String, content_type = "application/jsonl"),
    Queries, Administrators, Reading,
))]
pub(super) async fn json_lines(
    view: Templates,
    Asked(asked): Asked<AuditAsked>,
) -> Result<Response, PageError> {
    export(&view, &asked, FileKind::JsonLines).await
}

#[derive(Clone, Copy)]
enum FileKind {
    Csv,
    JsonLines,
}

impl FileKind {
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::JsonLines => "jsonl",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::JsonLines => "application/jsonl",
        }
    }

    fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => csv_lines([COLUMNS.map(str::to_owned)]),
            Self::JsonLines => Vec::new(),
        }
    }

    fn lines(self, events: &[AuditEvent]) -> Vec<u8> {
        let lines = events.iter().map(AuditLine::of);
        match self {
            Self::Csv => csv_lines(lines.map(fields)),
            Self::JsonLines => lines.flat_map(|line| json_line(&line)).collect(),
        }
    }

    fn end(self, events: u64) -> Vec<u8> {
        match self {
            Self::Csv => {
                let mut fields = [const { String::new() }; COLUMNS.len()];
                fields[0] = "end".to_owned();
                fields[COLUMNS.len() - 1] = format!("{events} events");
                csv_lines([fields])
            }
            Self::JsonLines => json_line(&json!({ "end": { "events": events } })),
        }
    }
}

async fn export(
    view: &Templates,
    asked: &AuditAsked,
    kind: FileKind,
) -> Result<Response, PageError> {
    let accounts = view.accounts();
    let filter = match asked.filter(accounts).await? {
        Ok(filter) => AuditFilter {
            limit: AT_ONCE,
            ..filter
        },
        Err(refusal) => {
            let values = context! { values => asked.values() };
            return view.refuse(refusal, "admin-audit.html", values).await;
        }
    };
    let today = moment::iso(accounts.now());
    let day = today.split('T').next().unwrap_or_default();
    let name = format!("attachment; filename=\"audit-{day}.{}\"", kind.extension());
    let name = HeaderValue::try_from(name).expect("a date and a word can stand in a header");
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind.media_type())),
        (CONTENT_DISPOSITION, name),
    ];
    let file = File {
        kind,
        export: accounts.export_audit(filter),
        events: 0,
        written: Written::Nothing,
    };
    let parts = stream::try_unfold(file, File::next);
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// A file that is being written.
struct File {
    kind: FileKind,
    export: AuditExport,
    events: u64,
    written: Written,
}

enum Written {
    Nothing,
    Head,
    All,
}

impl File {
    /// What comes next of it.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, AccountError> {
        let part = match self.written {
            Written::Nothing => {
                self.written = Written::Head;
                self.kind.head()
            }
            Written::Head => match self.export.next().await {
                Ok(Some(events)) => {
                    self.events += events.len() as u64;
                    self.kind.lines(&events)
                }
                Ok(None) => {
                    self.written = Written::All;
                    self.kind.end(self.events)
                }
                Err(error) => {
                    tracing::error!(%error, "an export of the audit broke off");
                    return Err(error);
                }
            },
            Written::All => return Ok(None),
        };
        Ok(Some((part.into(), self)))
    }
}

fn fields(line: AuditLine) -> [String; COLUMNS.len()] {
    [
        line.id.to_string(),
        line.at,
        line.kind.to_owned(),
        line.user.unwrap_or_default(),
        line.actor_kind.to_owned(),
        line.actor.unwrap_or_default(),
        line.address.unwrap_or_default(),
        line.user_agent.unwrap_or_default(),
        line.session.unwrap_or_default(),
        line.detail.unwrap_or_default(),
    ]
}

fn csv_lines(lines: impl IntoIterator<Item = [String; COLUMNS.len()]>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    for line in lines {
        writer
            .write_record(line.map(|field| no_formula(&field)))
            .expect("lines of one length can be written to memory");
    }
    writer
        .into_inner()
        .expect("memory takes all that is written")
}

fn json_line(value: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("texts and numbers can be written as JSON");
    line.push(b'\n');
    line
}

/// As the members of [`AuditLine`].
const COLUMNS: [&str; 10] = [
    "id",
    "at",
    "kind",
    "user",
    "actor_kind",
    "actor",
    "address",
    "user_agent",
    "session",
    "detail",
];

/// How many events are in memory at a time.
const AT_ONCE: u32 = AuditFilter::MOST;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_line_ends_stay_within_their_field() {
        let mut fields = [const { String::new() }; COLUMNS.len()];
        fields[7] = "a \"b\",\r\nc".to_owned();
        let text = String::from_utf8(csv_lines([fields])).unwrap();
        assert_eq!(text, ",,,,,,,\"a \"\"b\"\",\r\nc\",,\r\n");
    }
}
