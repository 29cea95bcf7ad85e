use crate::transcript::{PASSWORD, Transcript, text};

#[test]
fn accounts_are_made() {
    let mut site = Transcript::new();
    site.run_with("user add Ada --password-stdin", PASSWORD);
    site.run_with(
        "user add Bob --email bob@example.com --email-confirmed --role editor --role administrator --password-stdin --json",
        PASSWORD,
    );
    site.run("user add Cleo --email cleo@example.com --link");
    site.run("user add Dan --link --json");
    // Names that strangers can't have are given away by whoever runs the machine.
    site.run_with("user add admin --password-stdin", PASSWORD);
    site.run("user invite");
    site.run("user invite --email eve@example.com --role editor --lasts 12h --json");
    // Where nobody registers, an invitation is for those who have an account.
    site.run("user invite --registration closed --role editor");
    site.run("user invite --registration closed");
    site.check("accounts_are_made");
}

#[test]
fn accounts_that_can_not_be_made_are_refused_in_a_sentence() {
    let mut site = Transcript::new();
    site.quietly("user add Ada --password-stdin", PASSWORD);
    site.run_with("user add ADA --password-stdin", PASSWORD);
    site.run_with("user add Bob --password-stdin", "short\n");
    site.run_with("user add Bob --password-stdin", "Bob\n");
    site.run_with("user add Bob --password-stdin", "passwordpassword\n");
    site.run_with("user add Bob --password-stdin", "\n");
    site.run_with("user add Bob --password-stdin", "");
    site.run_with("user add Bob --password-stdin", &"x".repeat(2_000));
    site.run_with("user add Bob --email nobody --password-stdin", PASSWORD);
    site.run_arguments(
        &[
            "user",
            "add",
            "Bob",
            "--role",
            "two words",
            "--password-stdin",
        ],
        PASSWORD,
    );
    site.run_arguments(
        &["user", "add", "Bob\u{1b}[31m", "--password-stdin"],
        PASSWORD,
    );
    site.run_arguments(&["user", "add", "", "--password-stdin"], PASSWORD);
    site.run("user add Bob");
    site.run("user add Bob --link --password-stdin");
    site.run("user add Bob --email-confirmed");
    site.run("user add Bob --password secret");
    site.run("user add");
    site.run("user invite --email nobody");
    site.run("user invite --lasts 1y");
    // An administrator's link lasts an hour, whatever is asked for.
    site.run("user invite --role administrator --lasts 90d");
    site.run("user");
    site.run("user list");
    site.check("accounts_refused");
}

#[test]
fn a_password_that_is_no_text_is_refused() {
    let site = Transcript::new();
    let mut command = crate::transcript::countersign(site.folder.path());
    command.args(["user", "add", "Ada", "--password-stdin"]);
    let file = site.folder.path().join("password");
    std::fs::write(&file, b"\xff\xfe\n").unwrap();
    let output = command
        .stdin(std::fs::File::open(file).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("can't be read"));
}

#[test]
fn accounts_are_listed() {
    let mut site = several_accounts();
    site.run("user list");
    site.run("user list --search AD");
    site.run("user list --search example.com");
    site.run("user list --disabled");
    site.run("user list --active --role editor");
    site.run("user list --sort created --descending");
    site.run("user list --sort last-login --limit 1 --json");
    site.run("user list --search nobody");
    site.run("user list --search nobody --json");
    let first = site.run("user list --limit 2");
    let cursor = text(&first.stderr);
    let (_, cursor) = cursor.trim().rsplit_once(' ').unwrap();
    site.run(&format!("user list --limit 2 --after {cursor}"));
    site.check("accounts_are_listed");
}

#[test]
fn a_list_that_makes_no_sense_is_refused() {
    let mut site = several_accounts();
    site.run("user list --sort age");
    site.run("user list --limit 0");
    site.run("user list --limit 1001");
    site.run("user list --after nonsense");
    site.run("user list --active --disabled");
    site.check("lists_refused");
}

#[test]
fn an_account_is_found_by_each_of_its_names() {
    let mut site = several_accounts();
    let shown = text(&site.run("user show Ada --json").stdout);
    let (_, id) = shown.split_once("\"id\": \"").unwrap();
    let id = id[..36].to_owned();
    site.run("user show ＡDA");
    site.run("user show BOB@example.com --history 0");
    site.run(&format!("user show {id}"));
    // An address that nobody confirmed names nobody.
    site.run("user show cleo@example.com");
    site.run("user show Addam");
    site.run("user show adda");
    site.run("user show 01a20955-9931-7fb5-95c2-865ecde39cf9");
    site.run_arguments(&["user", "show", "\u{1b}[31m\u{202e}"], "");
    site.run("user show");
    site.check("accounts_are_found");
}

#[test]
fn passwords_are_set() {
    let mut site = several_accounts();
    site.run_with(
        "user passwd ada --password-stdin",
        "another battery staple horse\n",
    );
    site.run_with(
        "user passwd ada --password-stdin --json",
        "another battery staple\r\n",
    );
    site.run("user passwd Ada --link");
    site.run("user passwd Ada --link --json");
    site.run_with("user passwd Ada --password-stdin", "short\n");
    site.run("user passwd Ada");
    site.run_with("user passwd nobody --password-stdin", PASSWORD);
    site.quietly("user disable Ada", "");
    site.run("user passwd Ada --link");
    site.check("passwords_are_set");
}

#[test]
fn accounts_are_disabled_enabled_unlocked_and_deleted() {
    let mut site = several_accounts();
    site.run("user disable Ada");
    site.run("user disable Ada --json");
    site.run("user enable Ada");
    site.run("user enable Ada --json");
    site.run("user unlock Ada");
    site.run("user unlock Ada --json");
    site.run("user delete Ada");
    site.run("user delete Ada --yes");
    site.run("user delete Ada --yes");
    site.run("user delete Cleo --yes --json");
    for command in ["disable", "enable", "unlock"] {
        site.run(&format!("user {command} nobody"));
    }
    site.check("accounts_are_changed");
}

#[test]
fn whoever_takes_the_last_administrator_away_is_told() {
    let mut site = several_accounts();
    site.quietly("user role grant Bob administrator", "");
    site.run("user role revoke Bob administrator");
    site.quietly("user role grant Bob administrator", "");
    site.run("user disable Bob");
    site.run("user disable Bob");
    site.quietly("user enable Bob", "");
    site.run("user delete Bob --yes");
    site.check("last_administrator");
}

#[test]
fn roles_are_given_and_taken() {
    let mut site = several_accounts();
    site.run("user role grant Ada editor reviewer");
    site.run("user role grant Ada editor");
    site.run("user role list Ada");
    site.run("user role list Ada --json");
    site.run("user role revoke Ada editor reviewer --json");
    site.run("user role revoke Ada editor");
    site.run("user role list Ada");
    site.run("user role grant Ada");
    site.run_arguments(&["user", "role", "grant", "Ada", "two words"], "");
    site.run("user role grant nobody editor");
    site.run("user role");
    site.check("roles");
}

#[test]
fn administrators_are_invited() {
    let mut site = Transcript::new();
    site.run("admin invite");
    site.run("admin invite --json");
    site.run(
        "admin invite --public-url https://login.example.com --registration closed --proxy-trusted 127.0.0.1",
    );
    site.run("admin");
    site.check("administrators");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let site = several_accounts();
    let mut command = crate::transcript::countersign(site.folder.path());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = command
        .args(["user", "list"])
        .stdout(writer)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

/// Ada; Bob, who edits; and Cleo, who is disabled and never confirmed her address.
fn several_accounts() -> Transcript {
    let site = Transcript::new();
    for arguments in [
        "user add Ada --password-stdin",
        "user add Bob --email bob@example.com --email-confirmed --role editor --password-stdin",
        "user add Cleo --email cleo@example.com --password-stdin",
    ] {
        site.quietly(arguments, PASSWORD);
    }
    site.quietly("user disable Cleo", "");
    site
}
