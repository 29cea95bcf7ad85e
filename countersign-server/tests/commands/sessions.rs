use crate::server::Server;
use crate::transcript::{PASSWORD, Transcript, text};

#[test]
fn sessions_are_listed_and_ended_while_the_server_runs() {
    let mut site = Transcript::new();
    site.quietly("user add Ada --password-stdin", PASSWORD);
    site.quietly("user add Bob --password-stdin", PASSWORD);
    site.run("sessions list");
    site.run("sessions list --json");

    let server = Server::start(site.folder.path());
    // The last name has what turns the direction of a terminal.
    for (name, user_agent) in [
        ("Bob", "curl/8"),
        ("Ada", "Firefox/1"),
        ("Ada", "\u{202e}xoferiF"),
    ] {
        assert_eq!(server.log_in(name, PASSWORD, user_agent), 303, "{name}");
    }
    site.run("sessions list");
    site.run("sessions list ada --json");
    let first = site.run("sessions list --limit 1");
    let (_, cursor) = text(&first.stderr)
        .trim()
        .rsplit_once(' ')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .unwrap();
    site.run(&format!("sessions list --limit 2 --after {cursor}"));
    site.run("user show Ada");

    let shown = text(&site.quietly("sessions list Bob", "").stdout);
    let id = shown.trim().rsplit_once(' ').unwrap().1.to_owned();
    site.run(&format!("sessions end {id}"));
    site.run(&format!("sessions end {id}"));
    site.run("sessions end --user Ada --json");
    site.run("sessions list");
    site.run("sessions end --all");
    site.run("sessions end --all --yes");
    site.check("sessions");
}

#[test]
fn sessions_that_can_not_be_listed_or_ended_are_refused() {
    let mut site = Transcript::new();
    site.quietly("user add Ada --password-stdin", PASSWORD);
    site.run("sessions list nobody");
    site.run("sessions end");
    site.run("sessions end nonsense");
    site.run("sessions end 01a20955-9931-7fb5-95c2-865ecde39cf9");
    site.run("sessions end --user nobody");
    site.run("sessions end --user Ada --all");
    site.run("sessions end 01a20955-9931-7fb5-95c2-865ecde39cf9 --yes");
    site.run("sessions");
    site.check("sessions_refused");
}
