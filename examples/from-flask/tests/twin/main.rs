//! The application in Flask and the one in Rust, asked the same: nobody who asks can tell them apart, not even when each
//! request of his goes to the other one.

mod answer;
mod comparison;
mod forgery;
mod moving;
mod sequence;
mod sequences;
mod servers;
mod visitor;

use std::collections::HashSet;

use crate::comparison::{answers, complaint, difference};
use crate::sequence::Step;
use crate::servers::Language::{Python, Rust};
use crate::servers::{Protection, Servers};

#[tokio::test]
async fn without_protection_both_answer_the_same() -> anyhow::Result<()> {
    compare(Protection::None).await
}

#[tokio::test]
async fn with_basic_protection_both_answer_the_same() -> anyhow::Result<()> {
    compare(Protection::Basic).await
}

#[tokio::test]
async fn with_strong_protection_both_answer_the_same() -> anyhow::Result<()> {
    compare(Protection::Strong).await
}

/// The harness itself: what differs by chance or by the time, and not by the program, would differ here.
#[tokio::test]
async fn two_programs_of_flask_answer_the_same() -> anyhow::Result<()> {
    let one = Servers::start(Protection::Strong, &[Python]).await?;
    let other = Servers::start(Protection::Strong, &[Python]).await?;
    let mut differences = Vec::new();
    for sequence in sequences::all() {
        let reference = answers(&sequence, &one.turns(&[Python])).await?;
        differences.extend(complaint(&sequence, &reference)?);
        let again = answers(&sequence, &other.turns(&[Python])).await?;
        differences.extend(difference(&sequence, &reference, &again, "Flask"));
    }
    report(&differences)
}

#[test]
fn each_sequence_has_a_name_of_its_own_and_asks_for_something() {
    let sequences = sequences::all();
    // The README says so.
    assert!(sequences.len() > 200, "{}", sequences.len());
    let names: HashSet<_> = sequences.iter().map(|sequence| sequence.name).collect();
    assert_eq!(names.len(), sequences.len());
    for sequence in &sequences {
        let mut steps = sequence.steps.iter();
        assert!(
            steps.any(|step| matches!(step, Step::Ask(_))),
            "{}",
            sequence.name
        );
    }
}

/// Takes each sequence at Flask alone, which says what is right; then at Rust alone, on a database of its own; and then in
/// turns at both, on one database.
async fn compare(protection: Protection) -> anyhow::Result<()> {
    let flask = Servers::start(protection, &[Python]).await?;
    let rust = Servers::start(protection, &[Rust]).await?;
    let both = Servers::start(protection, &[Python, Rust]).await?;
    let mut differences = Vec::new();
    for sequence in sequences::all() {
        let (flask, rust) = (flask.turns(&[Python]), rust.turns(&[Rust]));
        let (reference, at_rust) =
            tokio::try_join!(answers(&sequence, &flask), answers(&sequence, &rust))?;
        differences.extend(complaint(&sequence, &reference)?);
        let turns = format!("{protection:?}, Rust alone");
        differences.extend(difference(&sequence, &reference, &at_rust, &turns));
        for turns in [[Python, Rust], [Rust, Python]] {
            let given = answers(&sequence, &both.turns(&turns)).await?;
            let turns = format!("{protection:?}, in turns {turns:?}");
            differences.extend(difference(&sequence, &reference, &given, &turns));
        }
    }
    report(&differences)
}

fn report(differences: &[String]) -> anyhow::Result<()> {
    anyhow::ensure!(
        differences.is_empty(),
        "{} differences:\n\n{}",
        differences.len(),
        differences.join("\n\n")
    );
    Ok(())
}
