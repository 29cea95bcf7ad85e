//! What is typed in a terminal: passwords that nobody sees, and words that say that somebody means it.

use rexpect::session::{PtySession, spawn_command};

use crate::transcript::{PROGRAM, Transcript, in_folder, text};

#[test]
fn a_password_is_asked_for_twice_and_never_shown() {
    let site = Transcript::new();
    let mut terminal = type_command(&site, "user add Ada");
    terminal.exp_string("New password: ").unwrap();
    terminal.send_line("correct horse battery staple").unwrap();
    terminal.exp_string("The same again: ").unwrap();
    terminal.send_line("correct horse battery staple").unwrap();
    let shown = terminal.exp_string("Ada has an account now").unwrap();
    assert!(!shown.contains("horse"), "{shown}");
    terminal.exp_eof().unwrap();

    let shown = site.quietly("user show Ada", "");
    assert!(text(&shown.stdout).contains("active"));
}

#[test]
fn two_different_passwords_change_nothing() {
    let site = Transcript::new();
    site.quietly("user add Ada --link", "");
    let before = text(&site.quietly("audit --format jsonl", "").stdout);
    let mut terminal = type_command(&site, "user passwd Ada");
    terminal.exp_string("New password: ").unwrap();
    terminal.send_line("correct horse battery staple").unwrap();
    terminal.exp_string("The same again: ").unwrap();
    terminal.send_line("correct horse battery stable").unwrap();
    terminal
        .exp_string("the two passwords are not the same")
        .unwrap();
    terminal.exp_eof().unwrap();
    let after = text(&site.quietly("audit --format jsonl", "").stdout);
    assert_eq!(before, after);
}

#[test]
fn control_c_at_a_prompt_leaves_the_terminal_as_it_was() {
    let site = Transcript::new();
    // `stty` is asked by the shell that runs the command, in the same terminal.
    let line = format!(
        "stty echo; stty -a; '{PROGRAM}' password hash; echo \"left $?\"; stty -a; echo end"
    );
    let mut shell = in_folder(site.folder.path(), "sh");
    shell.args(["-c", &line]);
    let mut terminal = spawn_command(shell, PATIENCE).unwrap();
    let before = settings(&terminal.exp_string("New password: ").unwrap());
    terminal.send_control('c').unwrap();
    terminal.exp_string("left 1").unwrap();
    let after = settings(&terminal.exp_string("end").unwrap());
    assert_eq!(before, after);
    assert!(before.contains(" echo "), "{before}");
}

#[test]
fn an_account_is_deleted_when_its_name_is_typed_and_not_otherwise() {
    let site = Transcript::new();
    site.quietly("user add Ada --link", "");
    let mut terminal = type_command(&site, "user delete ada");
    terminal.exp_string("Type `Ada` to go on: ").unwrap();
    terminal.send_line("yes").unwrap();
    terminal.exp_string("nothing was changed").unwrap();
    terminal.exp_eof().unwrap();
    site.quietly("user show Ada", "");

    let mut terminal = type_command(&site, "user delete ada");
    terminal.exp_string("Type `Ada` to go on: ").unwrap();
    terminal.send_line("Ada").unwrap();
    terminal.exp_string("is deleted").unwrap();
    terminal.exp_eof().unwrap();
    let shown = crate::transcript::run(site.folder.path(), &["user", "show", "Ada"], "");
    assert_eq!(shown.status.code(), Some(3));
}

#[test]
fn the_server_shows_the_first_administrators_link_to_a_terminal_alone() {
    let site = Transcript::new();
    let mut terminal = type_command(&site, "--listen 127.0.0.1:0");
    let shown = terminal.exp_string("Press Ctrl-C").unwrap();
    assert!(shown.contains("/invitation?token="), "{shown}");
    drop(terminal);
    site.quietly("user add Ada --link --role administrator", "");
    let mut terminal = type_command(&site, "--listen 127.0.0.1:0");
    let shown = terminal.exp_string("Press Ctrl-C").unwrap();
    assert!(!shown.contains("token="), "{shown}");
}

fn type_command(site: &Transcript, line: &str) -> PtySession {
    // The terminal shows what is typed, as terminals do, unless the program keeps it from that.
    let mut command = in_folder(site.folder.path(), "sh");
    command
        .args(["-c", "stty echo; exec \"$@\"", "sh", PROGRAM])
        .args(line.split_whitespace());
    spawn_command(command, PATIENCE).unwrap()
}

/// What `stty` says of a terminal.
fn settings(output: &str) -> String {
    let start = output.find("speed").unwrap();
    let end = output.rfind("echoke").unwrap();
    output[start..end].to_owned()
}

/// How long to wait for a text, in milliseconds.
const PATIENCE: Option<u64> = Some(30_000);
