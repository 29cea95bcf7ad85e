//! What somebody typed, and what was answered.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;

/// A folder in which commands are typed, and all that was typed and answered there.
pub(crate) struct Transcript {
    pub(crate) folder: TempDir,
    text: String,
}

impl Transcript {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            text: String::new(),
        }
    }

    /// Types a command, without anything at its standard input.
    pub(crate) fn run(&mut self, line: &str) -> Output {
        self.run_with(line, "")
    }

    /// Types a command, and passes it a text at its standard input.
    pub(crate) fn run_with(&mut self, line: &str, input: &str) -> Output {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        self.run_arguments(&arguments, input)
    }

    /// Types a command some of whose arguments have blanks.
    pub(crate) fn run_arguments(&mut self, arguments: &[&str], input: &str) -> Output {
        let output = run(self.folder.path(), arguments, input);
        let typed = arguments
            .iter()
            .map(|argument| match argument.contains(' ') {
                true => format!("'{argument}'"),
                false => (*argument).to_owned(),
            });
        let typed = typed.collect::<Vec<_>>().join(" ");
        writeln!(self.text, "$ countersign {typed}").unwrap();
        self.text.push_str(&text(&output.stdout));
        for line in text(&output.stderr).lines() {
            writeln!(self.text, "! {line}").unwrap();
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => writeln!(self.text, "exit code {code}").unwrap(),
            None => panic!("{}: it was killed", self.text),
        }
        self.text.push('\n');
        output
    }

    /// Does something that does not belong to what is looked at.
    pub(crate) fn quietly(&self, line: &str, input: &str) -> Output {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let output = run(self.folder.path(), &arguments, input);
        assert!(output.status.success(), "{}", text(&output.stderr));
        output
    }

    /// Does something that is refused, and whose answer is another one each time.
    pub(crate) fn quietly_refused(&self, line: &str) -> String {
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let output = run(self.folder.path(), &arguments, "");
        assert!(!output.status.success(), "{}", text(&output.stdout));
        text(&output.stdout)
    }

    /// Compares it with what is in `snapshots/`.
    pub(crate) fn check(&self, name: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_omit_expression(true);
        settings.set_prepend_module_to_snapshot(false);
        let folder = self.folder.path().canonicalize().unwrap();
        settings.add_filter(&escaped(&folder.to_string_lossy()), "[folder]");
        for (pattern, replacement) in FILTERS {
            settings.add_filter(pattern, *replacement);
        }
        settings.bind(|| insta::assert_snapshot!(name, self.text));
    }
}

/// Runs the program in a folder. No setting of whoever runs the tests reaches it.
pub(crate) fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = countersign(folder);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
    // Beside it, as who answers line by line reads no more while nobody reads his answers. Whoever does not read his input
    // closes it, which is his right.
    let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

/// The program, to be run in a folder.
pub(crate) fn countersign(folder: &Path) -> Command {
    in_folder(folder, PROGRAM)
}

/// Some program, to be run in a folder.
pub(crate) fn in_folder(folder: &Path, program: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_remove("SUDO_USER")
        .env_remove("FLASK_SECRET_KEY");
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("COUNTERSIGN_") {
            command.env_remove(name);
        }
    }
    command
}

/// What a command printed.
pub(crate) fn text(output: &[u8]) -> String {
    String::from_utf8(output.to_vec()).unwrap()
}

fn escaped(text: &str) -> String {
    let escape = |character: char| match character.is_alphanumeric() {
        true => character.to_string(),
        false => format!("\\{character}"),
    };
    text.chars().map(escape).collect()
}

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_countersign");

pub(crate) const PASSWORD: &str = "correct horse battery staple\n";

/// What is different each time. The replacements of what stands in tables are as wide as what they replace.
const FILTERS: &[(&str, &str)] = &[
    (
        "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}",
        "[id]",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "[moment]"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "[moment...........]"),
    (r"\b\d{13}-\d+", "[position]"),
    (r"token=[A-Za-z0-9_-]{46}", "token=[token]"),
    (r"eyJ[A-Za-z0-9_-]+", "[cursor]"),
    (
        r#"command by [^ ,`"\n]+( as [^ ,`"\n]+)?"#,
        "command by [user]",
    ),
    (r"\d+ bytes, which", "[number] bytes, which"),
    (r#""bytes": \d+"#, r#""bytes": [number]"#),
    (
        r"\$argon2id\$v=19\$([a-z0-9=,]+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+",
        "$$argon2id$$v=19$$$1$$[salt]$$[tag]",
    ),
];
