//! What the OpenAPI document says is so: requests are made from it, by the thousand, and every answer is one that it describes.

use countersign_interop::{Answers, DescribedApplication, Server, Visitor};

#[tokio::test]
async fn a_stranger_gets_described_answers_and_nothing_that_needs_a_login() -> anyhow::Result<()> {
    let (application, answers) = examine(Visitor::Stranger).await?;
    for operation in application.operations() {
        let name = &operation.name;
        assert!(is_answered(&answers, operation), "{name}");
        if !operation.is_open {
            assert_eq!(answers.of_class(operation, 2), 0, "{name}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_member_gets_described_answers_and_everything_works() -> anyhow::Result<()> {
    let (application, answers) = examine(Visitor::Member).await?;
    assert!(!application.operations().is_empty());
    for operation in application.operations() {
        let name = &operation.name;
        assert!(answers.of_class(operation, 2) > 0, "{name} never worked");
    }
    Ok(())
}

fn is_answered(answers: &Answers, operation: &countersign_interop::Operation) -> bool {
    (2..=4).any(|class| answers.of_class(operation, class) > 0)
}

async fn examine(visitor: Visitor) -> anyhow::Result<(DescribedApplication, Answers)> {
    let folder = tempfile::tempdir()?;
    let server = Server::file(env!("CARGO_BIN_EXE_full-accounts"))
        .variable("LISTEN", "127.0.0.1:0")
        .folder(folder.path())
        .start()
        .await?;
    let application = DescribedApplication::read(&server.at("")).await?;
    let answers = application.examine(visitor).await?;
    Ok((application, answers))
}
