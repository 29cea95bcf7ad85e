use crate::transcript::{PASSWORD, Transcript, text};

#[test]
fn passwords_are_hashed_and_verified() {
    let mut site = Transcript::new();
    let hash = site.run_with("password hash --password-stdin", PASSWORD);
    let hash = text(&hash.stdout);
    site.run_with("password hash --password-stdin --json", PASSWORD);
    site.run_with(
        "password hash --password-stdin --passwords-memory 24MiB --passwords-iterations 3",
        PASSWORD,
    );
    let verify = format!("password verify {} --password-stdin", hash.trim());
    site.run_with(&verify, PASSWORD);
    // One line is the password, and neither the line's end nor what is behind it.
    site.run_with(&verify, "correct horse battery staple");
    site.run_with(&verify, "correct horse battery staple\r\nanother line\n");
    site.run_with(&verify, "correct horse battery staple \n");
    site.run_with(&format!("{verify} --json"), "a guess\n");
    site.run_with(&format!("{verify} --passwords-iterations 3"), PASSWORD);
    site.run_with(
        &format!("password verify {BCRYPT} --password-stdin"),
        "wrong\n",
    );
    site.run_with(
        &format!("password verify {BCRYPT} --password-stdin --json"),
        "U*U\n",
    );
    site.check("passwords");
}

#[test]
fn what_can_not_be_hashed_or_verified_is_refused() {
    let mut site = Transcript::new();
    site.run("password hash");
    site.run_with("password hash --password-stdin", "\n");
    site.run_with("password hash --password-stdin", &"x".repeat(1_025));
    site.run_with(
        "password hash --password-stdin --passwords-memory 1KiB",
        PASSWORD,
    );
    site.run_with("password verify secret --password-stdin", PASSWORD);
    site.run_with(
        "password verify $argon2id$v=19$m=19456 --password-stdin",
        PASSWORD,
    );
    site.run_with(
        "password verify $argon2id$v=19$m=99999999,t=2,p=1$c2FsdHNhbHQ$dGFndGFndGFndGFn --password-stdin",
        PASSWORD,
    );
    site.run_with(
        &format!("password verify {BCRYPT} --password-stdin --origin flask-security"),
        PASSWORD,
    );
    site.run("password verify");
    site.run("password");
    site.run("password calibrate --target 1h");
    site.run("password calibrate --memory 1MiB");
    site.check("passwords_refused");
}

#[test]
fn a_cost_is_found_that_the_server_takes() {
    let site = Transcript::new();
    let calibrate = "password calibrate --target 50ms --memory 32MiB --passwords-workers 1";
    let printed = text(&site.quietly(calibrate, "").stdout);
    let file = site.folder.path().join("countersign.toml");
    std::fs::write(&file, &printed).unwrap();
    let shown = text(&site.quietly("config show", "").stdout);
    for setting in [
        "passwords.memory",
        "passwords.iterations",
        "passwords.parallelism",
    ] {
        let line = shown.lines().find(|line| line.contains(setting)).unwrap();
        assert!(line.contains("countersign.toml"), "{printed}\n{shown}");
    }
    let report = text(&site.quietly(&format!("{calibrate} --json"), "").stdout);
    for field in [
        "memory",
        "iterations",
        "parallelism",
        "milliseconds",
        "workers",
        "logins_per_second",
        "is_within_target",
    ] {
        assert!(report.contains(&format!("\"{field}\": ")), "{report}");
    }
}

/// Of `U*U`: a test value of Openwall's crypt_blowfish.
const BCRYPT: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
