use std::path::Path;

use countersign::accounts::{Accounts, By};

use crate::server::Server;
use crate::transcript::{PASSWORD, Transcript, text};

#[test]
fn the_audit_tells_what_was_done_and_by_whom() {
    let mut site = Transcript::new();
    site.quietly("user add Ada --role editor --password-stdin", PASSWORD);
    site.quietly("user add Bob --password-stdin", PASSWORD);
    site.quietly("user disable Bob", "");
    let server = Server::start(site.folder.path());
    // A client who would like to be worked out by a spreadsheet.
    assert_eq!(
        server.log_in("Ada", PASSWORD, "=HYPERLINK(\"https://x.example\")"),
        303
    );
    let gone = text(&site.quietly("user show Bob --json", "").stdout);
    let id = gone.split_once("\"id\": \"").unwrap().1[..36].to_owned();
    site.quietly("user delete Bob --yes", "");

    for command in [
        "audit --kind disabled --kind logged_in --json",
        "audit --kind logged_in --format csv",
        "audit --user ada --format jsonl",
        "audit --limit 1 --json",
        "audit --since 1h --until 2100-01-01 --kind role_granted --format jsonl",
        "audit --until 2020-01-01T00:00:00Z",
        "audit --until 2020-01-01 --format csv --all",
        "audit --until 2020-01-01 --format jsonl --all",
        "audit --address 127.0.0.0/8 --format jsonl",
        "audit --address 127.0.0.1 --actor account:ada --format jsonl",
        "audit --actor anonymous --json",
        &format!("audit --user {id} --kind deleted --json"),
    ] {
        site.run(command);
    }
    site.check("audit");

    // All of it once, in either way, and the same for people.
    let table = text(&site.quietly("audit", "").stdout);
    let lines = text(&site.quietly("audit --all --format jsonl", "").stdout);
    let csv = text(&site.quietly("audit --all --format csv", "").stdout);
    assert_eq!(table.lines().count(), lines.lines().count() + 1, "{table}");
    assert_eq!(csv.lines().count(), lines.lines().count() + 1, "{csv}");
    assert!(table.contains("system:command by "), "{table}");
    let actor = lines.split_once("\"actor\":\"").unwrap().1;
    let actor = actor.split_once('"').unwrap().0;
    let output = crate::transcript::run(
        site.folder.path(),
        &["audit", "--actor", actor, "--format", "jsonl"],
        "",
    );
    assert!(text(&output.stdout).contains("\"disabled\""), "{actor}");
}

#[test]
fn what_an_administrator_did_on_a_page_is_found_by_his_name() {
    let site = Transcript::new();
    site.quietly(
        "user add Ada --role administrator --password-stdin",
        PASSWORD,
    );
    site.quietly("user add Bob --password-stdin", PASSWORD);
    disable_as_the_pages_do(
        &site.folder.path().join("data/countersign.db"),
        "Ada",
        "Bob",
    );

    let table = text(&site.quietly("audit --kind disabled", "").stdout);
    assert!(table.contains("  administrator:Ada"), "{table}");
    let found = site.quietly("audit --actor administrator:ada --format jsonl", "");
    let found = text(&found.stdout);
    assert!(found.contains("\"kind\":\"disabled\""), "{found}");
    assert_eq!(found.lines().count(), 1, "{found}");
    // And as it is written there.
    let actor = found.split_once("\"actor\":\"").unwrap().1;
    let actor = actor.split_once('"').unwrap().0;
    let again = site.quietly(&format!("audit --actor {actor} --format jsonl"), "");
    assert_eq!(text(&again.stdout), found);
}

/// Disables an account, and has the administrator written down as the admin pages do: by the id of his account.
fn disable_as_the_pages_do(database: &Path, administrator: &str, name: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let accounts = Accounts::open(database).await.unwrap();
        let find = async |name| accounts.find_by_name(name).await.unwrap().unwrap().id;
        let by = By::administrator(find(administrator).await.to_string(), Default::default());
        assert!(accounts.disable(find(name).await, &by).await.unwrap());
        accounts.pool().close().await;
    });
}

#[test]
fn an_audit_that_makes_no_sense_is_refused() {
    let mut site = Transcript::new();
    site.quietly("user add Ada --password-stdin", PASSWORD);
    for command in [
        "audit --user nobody",
        "audit --kind nothing",
        "audit --actor ada",
        "audit --actor account:nobody",
        "audit --address nowhere",
        "audit --since yesterday",
        "audit --limit 100000",
        "audit --format xml",
        "audit --all",
        "audit --all --json",
        "audit --json --format csv",
    ] {
        site.run(command);
    }
    site.check("audit_refused");
}
