//! JSON Lines: an object on each line of the standard input, and an answer to each on a line of the standard output.
//!
//! Lines are answered in their order, each as soon as it can be, and none is kept. What is wrong with a line is its
//! answer, and the next line is read.

use std::io::{self, BufRead, Read as _};
use std::pin::pin;

use futures_util::{Stream, StreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::{CommandError, output};

/// What a line asks.
///
/// One that has several structures of fields reads them one after another: `#[serde(flatten)]` would keep the fields that
/// nobody asks for, and refuse those that are nested deeply.
pub(super) trait FromLine: Sized {
    /// Reads the object, and passes over unknown fields.
    fn from_line(line: &[u8]) -> serde_json::Result<Self>;
}

/// Answers every line of the standard input, `at_once` of them at once. A line can have passwords in it.
pub(super) async fn answer_each<Question, Answer, Answering>(
    at_once: usize,
    answer: impl Fn(Question) -> Answering,
) -> Result<(), CommandError>
where
    Question: FromLine,
    Answer: Serialize,
    Answering: Future<Output = Result<Answer, String>>,
{
    let lines = standard_input().map_err(CommandError::Input)?;
    let mut answers = pin!(lines.map(|line| to_line(line, &answer)).buffered(at_once));
    while let Some(line) = answers.next().await {
        output::text(&line?)?;
    }
    Ok(())
}

/// The line that answers a line.
async fn to_line<Question, Answer, Answering>(
    line: io::Result<Line>,
    answer: impl Fn(Question) -> Answering,
) -> Result<String, CommandError>
where
    Question: FromLine,
    Answer: Serialize,
    Answering: Future<Output = Result<Answer, String>>,
{
    let line = line.map_err(CommandError::Input)?;
    let answered = match read(&line) {
        Ok(question) => answer(question).await,
        Err(problem) => Err(problem),
    };
    let id = id_of(&line);
    let json = match answered {
        Ok(answer) => serde_json::to_string(&Named { id, answer }),
        Err(error) => {
            let answer = Failed {
                verdict: "error",
                error,
            };
            serde_json::to_string(&Named { id, answer })
        }
    };
    let json = json.expect("what commands print is JSON");
    Ok(output::harmless_json(&json) + "\n")
}

/// An answer with the name of its question, if that has one.
#[derive(Serialize)]
struct Named<Answer> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Box<RawValue>>,
    #[serde(flatten)]
    answer: Answer,
}

/// The answer to a line that has none.
#[derive(Serialize)]
struct Failed {
    verdict: &'static str,
    error: String,
}

fn read<Question: FromLine>(line: &Line) -> Result<Question, String> {
    let Line::Whole(line) = line else {
        return Err(format!("the line is longer than {LONGEST} bytes"));
    };
    // A list would be taken for an object without names.
    if line.trim_ascii_start().first() != Some(&b'{') {
        return Err("the line is no JSON object".to_owned());
    }
    Question::from_line(line).map_err(|error| {
        let error = error.to_string();
        // Each text has one line.
        let error = without_values(&error).replace(" at line 1 column ", ", column ");
        format!("the line can't be read: {error}")
    })
}

/// What serde thinks of a value of the wrong type, without the value: it may be a password that stands where a box should.
fn without_values(error: &str) -> &str {
    let has_value = ["invalid type: ", "invalid value: "]
        .iter()
        .any(|beginning| error.starts_with(beginning));
    let expected = error.rfind("expected ").filter(|_| has_value);
    &error[expected.unwrap_or(0)..]
}

/// The name of a question as it stands there, also of one in which something else is wrong.
fn id_of(line: &Line) -> Option<Box<RawValue>> {
    #[derive(Deserialize)]
    struct OnlyId {
        id: Option<Box<RawValue>>,
    }
    match line {
        Line::Whole(line) if line.trim_ascii_start().first() == Some(&b'{') => {
            let only: Result<OnlyId, _> = serde_json::from_slice(line);
            only.ok().and_then(|only| only.id)
        }
        _ => None,
    }
}

/// A line without its end.
enum Line {
    Whole(Zeroizing<Vec<u8>>),
    /// It was read, and not kept.
    TooLong,
}

/// A thread of its own reads, so that lines are answered while none comes. It ends with the program.
fn standard_input() -> io::Result<impl Stream<Item = io::Result<Line>>> {
    let (sender, mut receiver) = mpsc::channel(READ_AHEAD);
    std::thread::Builder::new()
        .name("standard-input".to_owned())
        .spawn(move || {
            let mut input = io::stdin().lock();
            while let Some(line) = next_line(&mut input).transpose() {
                let is_last = line.is_err();
                if sender.blocking_send(line).is_err() || is_last {
                    return;
                }
            }
        })?;
    Ok(stream::poll_fn(move |context| receiver.poll_recv(context)))
}

/// The next line, or `None` at the end.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Line>> {
    let mut line = Zeroizing::new(Vec::new());
    let most = u64::try_from(LONGEST + 1).unwrap_or(u64::MAX);
    if input.by_ref().take(most).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    if line.pop_if(|byte| *byte == b'\n').is_some() || line.len() <= LONGEST {
        return Ok(Some(Line::Whole(line)));
    }
    input.skip_until(b'\n')?;
    Ok(Some(Line::TooLong))
}

/// In bytes. What is signed may have 65,536, and what it is made of as JSON 262,144, which the names of types make longer.
const LONGEST: usize = 4 << 20;

/// How many lines are read before they can be answered.
const READ_AHEAD: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::byte_box::ByteBox;

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let long = "x".repeat(LONGEST);
        let mut input = io::Cursor::new(format!("a\r\n\n{long}\n{long}y\nb"));
        let mut next = || match next_line(&mut input).unwrap() {
            Some(Line::Whole(line)) => Some(line.len()),
            Some(Line::TooLong) => Some(usize::MAX),
            None => None,
        };
        assert_eq!(next(), Some(2));
        assert_eq!(next(), Some(0));
        assert_eq!(next(), Some(LONGEST));
        assert_eq!(next(), Some(usize::MAX));
        assert_eq!(next(), Some(1));
        assert_eq!(next(), None);
    }

    #[test]
    fn an_id_is_found_beside_what_can_not_be_read() {
        let id = |line: &str| {
            let id = id_of(&Line::Whole(Zeroizing::new(line.into())));
            id.map(|id| id.get().to_owned())
        };
        let half = r#"{"password": {"str": "\ud83d"}, "id": 7}"#;
        assert_eq!(id(half).as_deref(), Some("7"));
        for written in [
            r#""a""#,
            "1.50",
            "1e400",
            "123456789012345678901234567890",
            r#"{"b":1,"a":2}"#,
            r#""\ud83d""#,
        ] {
            let line = format!(r#"  {{"id": {written}}}"#);
            assert_eq!(id(&line).as_deref(), Some(written));
        }
        for line in ["", "[7]", "7", r#"{"id": 7"#, r#"{"id": null}"#, "{}"] {
            assert_eq!(id(line), None, "{line}");
        }
    }

    #[test]
    fn no_value_stands_in_an_error() {
        #[derive(Deserialize)]
        struct Question {
            #[expect(dead_code, reason = "it is never there")]
            password: ByteBox,
        }
        impl FromLine for Question {
            fn from_line(line: &[u8]) -> serde_json::Result<Self> {
                serde_json::from_slice(line)
            }
        }
        let expected = "the line can't be read: expected an object with `str` or `hex`";
        for (password, expected) in [
            (r#""hunter2""#, expected),
            (r#""hunter2, expected hunter2""#, expected),
            ("70042", expected),
            ("7004.2", expected),
            (
                r#"{"str": 70042}"#,
                "the line can't be read: expected a string",
            ),
            (
                r#"{"hex": "hunter2"}"#,
                "the line can't be read: expected two hexadecimal digits for each byte",
            ),
        ] {
            let line = format!(r#"{{"password": {password}}}"#);
            let problem = read::<Question>(&Line::Whole(Zeroizing::new(line.into()))).err();
            let problem = problem.unwrap_or_default();
            let (text, _column) = problem.rsplit_once(", column ").unwrap_or_default();
            assert_eq!(text, expected);
        }
    }
}
