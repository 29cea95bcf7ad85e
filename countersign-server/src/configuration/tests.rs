use std::ffi::OsString;
use std::path::Path;

use countersign::password::Requester;

use super::error::{ConfigurationError, Problem};
use super::key::Kind;
use super::sources::Sources;
use super::*;

#[test]
fn every_default_and_every_example_can_be_read() {
    let sources = Sources::new([], [], File::default());
    Configuration::read(sources).unwrap();
    for key in KEYS {
        let is_of_a_file = key.path.ends_with("_salt_file") || key.path.ends_with("_pepper_file");
        if key.is_secret || key.path == "secret_key_file" || is_of_a_file {
            continue; // Their examples say where a value comes from.
        }
        // Alone it may not make sense, but it is no value that can't be read.
        let problems = match read_flags(&[(key.path, key.example)]) {
            Ok(_) => Vec::new(),
            Err(ConfigurationError::Problems(problems)) => problems,
            Err(error) => panic!("{}: {error}", key.path),
        };
        for problem in problems {
            assert!(!problem.sentence.starts_with("found"), "{problem}");
        }
    }
}

#[test]
fn the_limits_are_the_same_with_and_without_settings() {
    assert_eq!(read_flags(&[]).unwrap().limits, Limits::default());
}

#[test]
fn flags_beat_the_environment_which_beats_the_file() {
    let file = || file("listen = '127.0.0.1:1'");
    let environment = [("COUNTERSIGN_LISTEN", "127.0.0.1:2")];
    let flags = [("listen", "127.0.0.1:3")];
    for (sources, port, origin) in [
        (sources(&[], &[], File::default()), 3000, "default"),
        (sources(&[], &[], file()), 1, "etc/countersign.toml:1"),
        (sources(&[], &environment, file()), 2, "COUNTERSIGN_LISTEN"),
        (sources(&flags, &environment, file()), 3, "--listen"),
    ] {
        let configuration = Configuration::read(sources).unwrap();
        assert_eq!(configuration.listen.port(), port);
        let listen = configuration
            .effective()
            .iter()
            .find(|found| found.key.path == "listen");
        assert_eq!(listen.unwrap().origin.to_string(), origin);
    }
}

#[test]
fn an_empty_variable_is_none() {
    let configuration = Configuration::read(sources(
        &[],
        &[("COUNTERSIGN_PUBLIC_URL", ""), ("COUNTERSIGN_LISTEN", "")],
        File::default(),
    ));
    assert!(configuration.unwrap().public_url.is_none());
}

#[test]
fn every_effective_value_is_told_once_and_in_order() {
    let configuration = read_flags(&[]).unwrap();
    let told: Vec<_> = configuration
        .effective()
        .iter()
        .map(|found| found.key.path)
        .collect();
    let keys: Vec<_> = KEYS.iter().map(|key| key.path).collect();
    assert_eq!(told, keys);
}

#[test]
fn relative_paths_in_the_file_begin_at_its_folder_and_others_do_not() {
    let in_file = Configuration::read(sources(&[], &[], file("data = 'x'"))).unwrap();
    assert_eq!(in_file.data, Path::new("etc/x"));
    let absolute = Configuration::read(sources(&[], &[], file("data = '/x'"))).unwrap();
    assert_eq!(absolute.data, Path::new("/x"));
    let flag = Configuration::read(sources(&[("data", "x")], &[], file("data = 'y'"))).unwrap();
    assert_eq!(flag.data, Path::new("x"));
}

#[test]
fn all_mistakes_are_told_at_once_with_key_origin_finding_and_expectation() {
    let sources = sources(
        &[("log.level", "loud")],
        &[("COUNTERSIGN_LIMITS_HEAD", "10")],
        file(
            "listne = '127.0.0.1:1'\n[limits]\nconnections = 'many'\n\n[https]\nhsts = '1 fortnight'",
        ),
    );
    let text = Configuration::read(sources).unwrap_err().to_string();
    for line in [
        "5 mistakes",
        "listne (etc/countersign.toml:1): there is no such setting; did you mean `listen`?",
        "limits.connections (etc/countersign.toml:3): found a value of the kind string; expected a whole number, such as `2000`",
        "https.hsts (etc/countersign.toml:6): found `1 fortnight`; expected a number and its unit, such as `30s`",
        "limits.head (COUNTERSIGN_LIMITS_HEAD): found `10`; expected a number and its unit",
        "log.level (--log-level): found `loud`; expected `off`, `error`, `warn`, `info`, `debug` or `trace`, or a list such as `info,countersign=debug`",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
}

#[test]
fn names_that_nobody_knows_are_mistakes() {
    for (toml, name) in [
        ("[limit]\nhead = '1s'", "limit"),
        ("[limits]\nhaed = '1s'", "limits.haed"),
        ("[limits.head]\nx = 1", "limits.head"),
        ("[[limits]]\nhead = '1s'", "limits"),
        ("limits = 3", "limits"),
    ] {
        let problems = problems_of(sources(&[], &[], file(toml)));
        assert_eq!(problems.len(), 1, "{toml}: {problems:?}");
        assert_eq!(problems[0].key, name);
    }
    let environment = [
        ("COUNTERSIGN_PUBLICURL", "https://a.example"),
        ("OTHER", "x"),
    ];
    let problems = problems_of(sources(&[], &environment, File::default()));
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].sentence.contains("COUNTERSIGN_PUBLIC_URL"),
        "{}",
        problems[0]
    );
}

#[test]
fn what_does_not_go_together_is_refused_with_what_to_do() {
    let public = ("public_url", "https://a.example");
    let open = ("registration", "open");
    let proxy = ("proxy.trusted", "127.0.0.1");
    let cases: [(&[Flag<'_>], &str, &str); 19] = [
        (&[("limits.connections", "8")], "limits.connections", "16"),
        (&[("listen", "0.0.0.0:80")], "listen", "public_url"),
        (
            &[public, proxy],
            "registration",
            "--registration open`, `invitation` or `closed`",
        ),
        (&[public, open], "proxy.trusted", "https.certificate"),
        (
            &[public, open, ("https.certificate", "a.pem")],
            "https.key",
            "both",
        ),
        (
            &[public, open, ("https.key", "a.pem")],
            "https.certificate",
            "both",
        ),
        (
            &[
                public,
                open,
                ("https.acme", "true"),
                ("https.certificate", "a"),
                ("https.key", "b"),
            ],
            "https.acme",
            "keep one",
        ),
        (&[("https.acme", "true")], "public_url", "https://"),
        (
            &[("https.redirect_from", "127.0.0.1:80")],
            "https.redirect_from",
            "public_url",
        ),
        (
            &[
                public,
                open,
                proxy,
                ("https.redirect_from", "127.0.0.1:3000"),
            ],
            "https.redirect_from",
            "another port",
        ),
        (
            &[("metrics.listen", "127.0.0.1:3000")],
            "metrics.listen",
            "another port",
        ),
        (
            &[("sessions.idle", "8d")],
            "sessions.idle",
            "8days is longer than `sessions.absolute`, which is 7days",
        ),
        (
            &[("sessions.remembered_idle", "31d")],
            "sessions.remembered_idle",
            "remembered_absolute",
        ),
        (
            &[("passwords.memory", "1MiB")],
            "passwords.memory",
            "found `1MiB`; expected at least `7MiB`",
        ),
        (
            &[("secret_key_file", "/does/not/exist")],
            "secret_key_file",
            "can't be read",
        ),
        (
            &[("passwords.flask_security_salt_file", "/does/not/exist")],
            "passwords.flask_security_salt_file",
            "can't be read",
        ),
        (
            &[("passwords.devise_pepper_file", "/dev/null")],
            "passwords.devise_pepper_file",
            "is empty",
        ),
        (
            &[("passwords.flask_security_normalization", "nfc")],
            "passwords.flask_security_normalization",
            "NFC, NFD, NFKC, NFKD or none",
        ),
        (
            &[("passwords.minimum_length", "8")],
            "passwords.minimum_length",
            "from 15",
        ),
    ];
    for (flags, key, text) in cases {
        let problems = match read_flags(flags) {
            Err(ConfigurationError::Problems(problems)) => problems,
            other => panic!("{flags:?}: {other:?}"),
        };
        assert_eq!(problems.len(), 1, "{flags:?}: {problems:?}");
        assert_eq!(problems[0].key, key);
        assert!(problems[0].sentence.contains(text), "{}", problems[0]);
    }
}

#[test]
fn a_public_site_needs_a_certificate_or_a_named_proxy() {
    let public = [
        ("public_url", "https://a.example"),
        ("registration", "closed"),
    ];
    for more in [
        &[("proxy.trusted", "10.0.0.0/8, ::1")][..],
        &[("https.acme", "true")],
        &[("https.certificate", "a.pem"), ("https.key", "b.pem")],
    ] {
        read_flags(&[&public[..], more].concat()).unwrap();
    }
}

#[test]
fn secrets_are_never_repeated() {
    let secret = "a secret that is much too";
    let environment = [
        ("COUNTERSIGN_SECRET_KEY", secret),
        (
            "COUNTERSIGN_TRACES_ENDPOINT",
            "ftp://user:hunter2@example.com",
        ),
        ("COUNTERSIGN_PUBLIC_URL", "https://user:hunter2@example.com"),
    ];
    let text = Configuration::read(sources(&[], &environment, File::default()))
        .unwrap_err()
        .to_string();
    assert!(
        text.contains("COUNTERSIGN_SECRET_KEY") && !text.contains(secret),
        "{text}"
    );
    assert!(
        text.contains("[redacted]@example.com") && !text.contains("hunter2"),
        "{text}"
    );
    let syntax = File::parse(
        Path::new("a.toml"),
        "secret_key = \"a secret that has no end\n",
    )
    .unwrap_err();
    assert!(syntax.to_string().starts_with("a.toml:1: "), "{syntax}");
    assert!(!syntax.to_string().contains("no end"), "{syntax}");

    let long = "kYwR1Tqk0uW9cVb1lB3cN5xZ7aQ2sE4dR6fT8gY0hU2";
    let environment = [
        ("COUNTERSIGN_SECRET_KEY", long),
        (
            "COUNTERSIGN_TRACES_ENDPOINT",
            "http://user:hunter2@example.com",
        ),
    ];
    let configuration = Configuration::read(sources(&[], &environment, File::default())).unwrap();
    let shown: String = configuration
        .effective()
        .iter()
        .map(|found| format!("{} {:?}\n", found.shown(), found.json()))
        .collect();
    assert!(shown.contains("[redacted]@example.com"), "{shown}");
    assert!(
        !shown.contains(long) && !shown.contains("hunter2"),
        "{shown}"
    );
    assert!(!format!("{configuration:?}").contains(long));
}

#[test]
fn the_example_changes_nothing_and_can_be_read_when_it_is_switched_on() {
    let example = example();
    let untouched = File::parse(Path::new("a.toml"), &example).unwrap();
    assert!(untouched.problems.is_empty());
    assert!(KEYS.iter().all(|key| untouched.find(key).is_none()));

    let switched_on: String = example
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    let file = File::parse(Path::new("a.toml"), &switched_on).unwrap();
    assert!(file.problems.is_empty(), "{:?}", file.problems);
    assert!(KEYS.iter().all(|key| file.find(key).is_some()));
}

#[test]
fn the_reference_names_every_key_variable_and_flag() {
    let reference = reference();
    for key in KEYS {
        assert!(reference.contains(&format!("### `{}`", key.path)));
        assert!(reference.contains(&format!("`{}`", key.variable())));
        assert!(key.is_secret || reference.contains(&format!("`--{} ", key.flag().unwrap())));
    }
}

#[test]
fn names_are_unambiguous() {
    for (position, key) in KEYS.iter().enumerate() {
        let others = KEYS.iter().skip(position + 1);
        for other in others {
            assert_ne!(key.variable(), other.variable());
            assert!(key.flag().is_none() || key.flag() != other.flag());
        }
        assert!(key.kind != Kind::List || key.default.is_none());
    }
}

/// A setting's key, and what a flag says of it.
#[tokio::test]
async fn who_comes_from_elsewhere_logs_in_by_the_secrets_in_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, secret: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, secret).unwrap();
        path.to_str().unwrap().to_owned()
    };
    // By Flask-Security-Too 5.9.2, of the password as it was typed, and by Devise 4.8.1.
    let flask_security =
        "flask-security$$2b$04$aAwKV73bTdYKBkaOaqg0SuNC6M/wsVGz07H8XonhaWGizxD2gDory";
    let devise = "devise$$2a$04$2M6q1MRLbmGiXo.JJ8VBLuQnVG7EarAsVDZ0VjN4HazkDEjoYo6Kq";
    let configuration = read_flags(&[
        (
            "passwords.flask_security_salt_file",
            &file("salt", "salt of the site\n"),
        ),
        ("passwords.flask_security_normalization", "none"),
        ("passwords.devise_pepper_file", &file("pepper", "pepper\n")),
    ]);
    let passwords = crate::site::passwords(&configuration.unwrap()).unwrap();
    for (password, stored) in [("pässwörd", flask_security), ("password", devise)] {
        let verdict = passwords.verify(password, Some(stored), Requester::anonymous());
        assert!(verdict.await.unwrap().matches, "{stored}");
    }
}

type Flag<'a> = (&'static str, &'a str);

fn read_flags(flags: &[Flag<'_>]) -> Result<Configuration, ConfigurationError> {
    Configuration::read(sources(flags, &[], File::default()))
}

fn problems_of(sources: Sources) -> Vec<Problem> {
    match Configuration::read(sources) {
        Err(ConfigurationError::Problems(problems)) => problems,
        other => panic!("{other:?}"),
    }
}

fn sources(flags: &[(&'static str, &str)], environment: &[(&str, &str)], file: File) -> Sources {
    let flags = flags
        .iter()
        .map(|(path, value)| (*path, (*value).to_owned()));
    let environment = environment
        .iter()
        .map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Sources::new(flags, environment, file)
}

fn file(text: &str) -> File {
    File::parse(Path::new("etc/countersign.toml"), text).unwrap()
}
