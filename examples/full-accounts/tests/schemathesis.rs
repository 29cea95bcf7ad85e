//! What the OpenAPI document says is so: requests are made from it, by the thousand, and every answer is one that it describes.

use countersign::accounts::{Accounts, By};
use countersign_interop::{Answers, DescribedApplication, Operation, Server, Visitor};

#[tokio::test]
async fn a_stranger_gets_described_answers_and_nothing_that_needs_a_login() -> anyhow::Result<()> {
    let (application, answers) = examine(Visitor::Stranger).await?;
    for operation in application.operations() {
        let name = &operation.name;
        assert!(answers.count(name, 200..500) > 0, "{name} was never asked");
        if !operation.is_open {
            assert_eq!(answers.count(name, 200..300), 0, "{name}");
        }
    }
    assert!(answers.count("POST /login", 429..430) > 0);
    Ok(())
}

#[tokio::test]
async fn a_member_gets_described_answers_and_everything_works_but_what_is_for_administrators()
-> anyhow::Result<()> {
    let (application, answers) = examine(Visitor::Member).await?;
    assert!(!application.operations().is_empty());
    for Operation { name, .. } in application.operations() {
        if name.contains(" /admin") {
            assert!(
                answers.count(name, 403..404) > 0,
                "{name} was never refused"
            );
            assert_eq!(answers.count(name, 200..300), 0, "{name}");
        } else {
            assert!(answers.count(name, 200..300) > 0, "{name} never worked");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_administrator_gets_described_answers_and_everything_under_admin_works()
-> anyhow::Result<()> {
    let (application, answers) = examine(Visitor::Administrator).await?;
    let operations = application.operations().iter();
    let administration: Vec<_> = operations
        .filter(|operation| operation.name.contains(" /admin"))
        .collect();
    assert!(!administration.is_empty());
    for Operation { name, .. } in administration {
        assert!(answers.count(name, 200..300) > 0, "{name} never worked");
    }
    Ok(())
}

async fn examine(visitor: Visitor) -> anyhow::Result<(DescribedApplication, Answers)> {
    let folder = tempfile::tempdir()?;
    let server = Server::file(env!("CARGO_BIN_EXE_full-accounts"))
        .variable("LISTEN", "127.0.0.1:0")
        .folder(folder.path())
        .start()
        .await?;
    let application = DescribedApplication::read(&server.at("")).await?;
    let accounts = Accounts::open(folder.path().join("accounts.db")).await?;
    let by = By::system("a test");
    let invitation = accounts.invite_administrator(&by).await?;
    let answers = application.examine(visitor, &invitation.reveal()).await?;
    Ok((application, answers))
}
