//! What commands print when nobody reads it, and when strangers chose what stands in it.

use crate::transcript::{Transcript, countersign, run, text};

/// A full disk, where the log of a job goes.
#[cfg(target_os = "linux")]
#[test]
fn the_exit_code_tells_what_is_wrong_when_nobody_hears_it() {
    let site = Transcript::new();
    site.quietly("user add Ada --link", "");
    for (arguments, code) in [
        (&["user", "show", "nobody"][..], 3),
        (&["user", "show"], 2),
        (&["config", "check", "--listen", "nowhere"], 2),
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let status = countersign(site.folder.path())
            .args(arguments)
            .stderr(full.unwrap())
            .status();
        assert_eq!(status.unwrap().code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn nothing_that_is_typed_plays_tricks_on_a_terminal() {
    let site = Transcript::new();
    site.quietly("user add Ada --link", "");
    for arguments in [
        &["audit", "--kind", "\u{1b}[31mred"][..],
        &["sessions", "end", "\u{1b}[31mred"],
        &["\u{1b}[31mred"],
        &["--\u{1b}[31mred"],
        &["user", "show", "\u{1b}[31mred"],
        &["user", "list", "--data", "\u{1b}[31mred"],
        &["config", "check", "--config", "\u{1b}[31mred"],
        &["config", "check", "--log-level", "\u{1b}[31mred"],
    ] {
        let output = run(site.folder.path(), arguments, "");
        let said = text(&output.stderr);
        assert!(said.contains("[31mred"), "{arguments:?}: {said}");
        assert!(!said.contains('\u{1b}'), "{arguments:?}: {said:?}");
    }
}
