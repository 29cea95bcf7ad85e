use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::sync::Arc;

use countersign::clock::{Clock, Timestamp};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::LogFormat;
use super::fields::{Fields, Value};

/// Writes the log, one line for each thing that is said.
///
/// A line holds nothing that could be taken for another line or for a terminal's command: whatever is not plainly printable
/// is written as an escape, in both formats.
pub(super) struct Lines<W = fn(&[u8])> {
    format: LogFormat,
    is_coloured: bool,
    clock: Arc<dyn Clock>,
    write: W,
}

impl Lines {
    /// Lines on standard error.
    pub(super) fn new(format: LogFormat, is_coloured: bool, clock: Arc<dyn Clock>) -> Self {
        Self {
            format,
            is_coloured,
            clock,
            write: write_to_standard_error,
        }
    }
}

impl<S, W> Layer<S> for Lines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: Fn(&[u8]) + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        let scope = context.event_scope(event);
        for span in scope.into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.extend(of_span);
            }
        }
        event.record(&mut fields);
        let line = Line {
            time: self.clock.now(),
            level: event.metadata().level(),
            target: event.metadata().target(),
            message: fields.take_message(),
            fields,
        };
        let mut text = match self.format {
            LogFormat::Json => line.json(),
            LogFormat::Text => line.text(self.is_coloured),
        };
        text.push('\n');
        (self.write)(text.as_bytes());
    }
}

/// What one line says.
struct Line<'a> {
    time: Timestamp,
    level: &'a Level,
    target: &'a str,
    message: String,
    fields: Fields,
}

impl Line<'_> {
    fn json(&self) -> String {
        let mut text = String::with_capacity(256);
        text.push_str("{\"time\":");
        push_json(&mut text, &rfc_3339(self.time));
        for (name, value) in [
            ("level", self.level.as_str()),
            ("target", self.target),
            ("message", &self.message),
        ] {
            let _ = write!(text, ",\"{name}\":");
            push_json(&mut text, value);
        }
        for (name, value) in self.shown_fields() {
            text.push(',');
            // What stands in every line can't be said twice.
            match name {
                "time" | "level" | "target" => push_json(&mut text, &format!("{name}_")),
                _ => push_json(&mut text, name),
            }
            text.push(':');
            match value {
                Value::Text(value) => push_json(&mut text, value),
                // JSON knows no infinity (RFC 8259, section 6).
                Value::Number(value) if !value.is_finite() => text.push_str("null"),
                value => {
                    let _ = write!(text, "{value}");
                }
            }
        }
        text.push('}');
        text
    }

    fn text(&self, is_coloured: bool) -> String {
        let (colour, dim, plain) = match is_coloured {
            true => (colour_of(self.level), "\x1b[2m", "\x1b[0m"),
            false => ("", "", ""),
        };
        let level = self.level;
        let time = rfc_3339(self.time);
        let mut text = format!("{dim}{time}{plain} {colour}{level:>5}{plain}");
        if !self.message.is_empty() {
            text.push(' ');
            push_printable(&mut text, &self.message);
        }
        for (name, value) in self.shown_fields() {
            let _ = write!(text, " {dim}{name}={plain}");
            match value {
                Value::Text(value) if !is_one_word(value) => {
                    text.push('"');
                    push_printable(&mut text, &value.replace('\\', "\\\\").replace('"', "\\\""));
                    text.push('"');
                }
                value => {
                    let _ = write!(text, "{value}");
                }
            }
        }
        text
    }

    /// The fields, without those whose names have dots: the names of OpenTelemetry, which say the same once more for traces.
    /// The one of sqlx's says what was asked of the database.
    fn shown_fields(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        self.fields
            .iter()
            .filter(|(name, _)| !name.contains('.') || *name == "db.statement")
    }
}

/// A moment as RFC 3339 writes it, in UTC.
fn rfc_3339(time: Timestamp) -> String {
    match jiff::Timestamp::from_millisecond(time.as_millis()) {
        Ok(time) => format!("{time:.3}"),
        Err(_) => "9999-12-31T23:59:59.999Z".to_owned(),
    }
}

/// Adds a JSON text (RFC 8259, section 7). Terminals obey some characters that JSON allows: they are escaped, too.
fn push_json(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            character if is_printable(character) => text.push(character),
            character => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    let _ = write!(text, "\\u{unit:04x}");
                }
            }
        }
    }
    text.push('"');
}

fn push_printable(text: &mut String, value: &str) {
    for character in value.chars() {
        match is_printable(character) {
            true => text.push(character),
            false => text.extend(character.escape_default()),
        }
    }
}

/// Whether a character is seen as itself and moves nothing else: no control, no line's end, no mark that turns the direction
/// of the text around.
fn is_printable(character: char) -> bool {
    matches!(character, '"' | '\'' | '\\') || character.escape_debug().len() == 1
}

/// Whether a value needs no quotes.
fn is_one_word(value: &str) -> bool {
    !value.is_empty()
        && value
            .chars()
            .all(|character| character.is_ascii_graphic() && !matches!(character, '"' | '=' | '\\'))
}

fn colour_of(level: &Level) -> &'static str {
    match *level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    }
}

/// In one call, so that lines of several threads don't mix. When nobody reads them any more, the server goes on.
fn write_to_standard_error(line: &[u8]) {
    drop(io::stderr().lock().write_all(line));
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign::clock::ManualClock;
    use std::sync::Mutex;
    use tracing_subscriber::layer::SubscriberExt as _;

    #[test]
    fn a_line_of_json_is_flat_and_says_when_in_utc() {
        let log = said(LogFormat::Json, || {
            let span =
                tracing::info_span!("request", request_id = "7f", user = tracing::field::Empty);
            span.record("user", "ada");
            let _entered = span.enter();
            tracing::warn!(
                count = 3,
                share = 0.5,
                is_late = true,
                time = "its own",
                "a {}",
                "word"
            );
        });
        let target = module_path!();
        assert_eq!(
            log,
            format!(
                "{{\"time\":\"2026-11-23T16:23:47.005Z\",\"level\":\"WARN\",\"target\":\"{target}\",\
                 \"message\":\"a word\",\"request_id\":\"7f\",\"user\":\"ada\",\"count\":3,\"share\":0.5,\
                 \"is_late\":true,\"time_\":\"its own\"}}\n"
            )
        );
    }

    #[test]
    fn a_line_of_text_reads_like_a_sentence() {
        let log = said(LogFormat::Text, || {
            tracing::info!(
                address = "192.0.2.1",
                why = "two words",
                none = "",
                "a login failed"
            );
        });
        assert_eq!(
            log,
            "2026-11-23T16:23:47.005Z  INFO a login failed address=192.0.2.1 why=\"two words\" none=\"\"\n"
        );
    }

    #[test]
    fn nothing_that_is_said_can_pass_for_a_line_or_a_command() {
        let evil =
            "a\n2026-11-23T16:23:47.005Z ERROR forged\r\x1b[2J\u{9b}31m\u{202e}\u{2028}\0\" b=\"\\";
        for format in [LogFormat::Text, LogFormat::Json] {
            let log = said(format, || tracing::info!(evil, "said {evil}"));
            assert_eq!(log.matches('\n').count(), 1, "{log}");
            let line = log.trim_end_matches('\n');
            assert!(line.chars().all(is_printable), "{line}");
            if format == LogFormat::Json {
                let read: serde_json::Value = serde_json::from_str(line).unwrap();
                assert_eq!(read["evil"], evil);
                assert_eq!(read["message"], format!("said {evil}"));
            } else {
                assert!(line.ends_with("\\u{0}\\\" b=\\\"\\\\\""), "{line}");
            }
        }
    }

    #[test]
    fn numbers_that_json_does_not_know_are_null() {
        let log = said(LogFormat::Json, || tracing::info!(share = f64::NAN, "said"));
        assert!(log.contains("\"share\":null"), "{log}");
    }

    fn said(format: LogFormat, say: impl FnOnce()) -> String {
        let log = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&log);
        let lines = Lines {
            format,
            is_coloured: false,
            clock: Arc::new(ManualClock::at(Timestamp::from_millis(1_795_451_027_005))),
            write: move |line: &[u8]| copy.lock().unwrap().extend_from_slice(line),
        };
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, say);
        String::from_utf8(log.lock().unwrap().clone()).unwrap()
    }
}
