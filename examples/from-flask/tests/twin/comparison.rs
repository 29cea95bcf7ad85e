//! Sequences taken at one application, and at others, step by step.

use anyhow::Context as _;
use countersign_interop::Server;

use crate::answer::Answer;
use crate::sequence::{Sequence, Step};
use crate::visitor::Visitor;

/// What the answers to a sequence's requests are, at Flask alone.
pub(crate) type Reference = Vec<Answer>;

/// Goes through a sequence at one server, or at several in turn, with a new visitor.
pub(crate) async fn answers(sequence: &Sequence, turns: &[&Server]) -> anyhow::Result<Vec<Answer>> {
    answers_to(&mut Visitor::new(), sequence, turns).await
}

/// Goes through a sequence with a visitor who has been there before.
pub(crate) async fn answers_to(
    visitor: &mut Visitor,
    sequence: &Sequence,
    turns: &[&Server],
) -> anyhow::Result<Vec<Answer>> {
    let mut answers = Vec::new();
    for step in &sequence.steps {
        let server = turns[answers.len() % turns.len()];
        let answer = visitor.take(step, server).await;
        let answer = answer.with_context(|| format!("{}, at {step:?}", sequence.name))?;
        answers.extend(answer);
    }
    Ok(answers)
}

/// Whether Flask answered what the sequence says. What fails at both servers shows nothing.
pub(crate) fn complaint(
    sequence: &Sequence,
    reference: &Reference,
) -> anyhow::Result<Option<String>> {
    if let Some(failed) = reference.iter().find(|answer| answer.status >= 500) {
        return Ok(Some(format!("{}: {}", sequence.name, failed.describe())));
    }
    let mut asked = 0;
    for step in &sequence.steps {
        match step {
            Step::Ask(_) => asked += 1,
            Step::Expect(who) => {
                let found = reference[asked - 1].whoami()?;
                if found != *who {
                    let complaint = format!(
                        "{}: request {asked} says “{found}” and not “{who}”",
                        sequence.name
                    );
                    return Ok(Some(complaint));
                }
            }
            _ => {}
        }
    }
    Ok(None)
}

/// The first difference, for people: the sequence, the step, and both answers.
pub(crate) fn difference(
    sequence: &Sequence,
    reference: &Reference,
    answers: &[Answer],
    turns: &str,
) -> Option<String> {
    let mut requests = sequence
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| matches!(step, Step::Ask(_)));
    let pairs = reference.iter().zip(answers);
    for (expected, given) in pairs {
        let (last, step) = requests.next()?;
        if expected == given {
            continue;
        }
        let before = sequence.steps[..last].iter();
        let before: String = before.map(|step| format!("  after {step:?}\n")).collect();
        return Some(format!(
            "{} ({turns})\n{before}  {step:?}\nFlask: {}\nhere:  {}",
            sequence.name,
            expected.describe(),
            given.describe()
        ));
    }
    None
}
