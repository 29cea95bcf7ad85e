//! What the tests need and Cargo does not bring: looked for, installed where that can be done, and named where not.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail};

/// A program that some test drives.
#[derive(Debug)]
pub(crate) struct Need {
    /// What people call it.
    name: &'static str,
    /// Which tests want it, as the end of the sentence "it is needed by …".
    needed_by: &'static str,
    /// Says whether it is there.
    is_there: fn() -> bool,
    /// What brings it.
    source: Source,
    /// How to get it where its source can't bring it: a sentence's end.
    otherwise: &'static str,
}

/// What brings a need.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Source {
    /// A Debian package.
    Debian(&'static str),
    /// An npm package, with its version, which comes into the target folder.
    Npm(&'static str),
}

/// Everything the tests need.
pub(crate) const ALL: &[Need] = &[
    Need {
        name: "Chromium",
        needed_by: "the tests that click through pages in a browser",
        is_there: chromium_is_there,
        source: Source::Debian("chromium"),
        otherwise: "install Chromium or Chrome; the variable CHROMIUM, where it is set, must name its program",
    },
    Need {
        name: "curl",
        needed_by: "the tests that log in from a command line",
        is_there: || is_in_path("curl"),
        source: Source::Debian("curl"),
        otherwise: "install curl, so that it is found in PATH",
    },
    Need {
        name: "OpenSSL's program",
        needed_by: "the tests that make certificates and look at those of a server",
        is_there: || is_in_path("openssl"),
        source: Source::Debian("openssl"),
        otherwise: "install OpenSSL 3, so that openssl is found in PATH",
    },
    Need {
        name: "pebble",
        needed_by: "the tests that get certificates from a certificate authority",
        is_there: || is_in_path("pebble") && is_in_path("pebble-challtestsrv"),
        source: Source::Debian("pebble"),
        otherwise: "build https://github.com/letsencrypt/pebble, so that pebble and pebble-challtestsrv are found in PATH",
    },
    Need {
        name: "systemd-analyze",
        needed_by: "the test that reads the unit for systemd",
        is_there: || is_in_path("systemd-analyze"),
        source: Source::Debian("systemd"),
        otherwise: "install systemd 250 or newer",
    },
    Need {
        name: "mandoc",
        needed_by: "the test that reads the manual pages",
        is_there: || is_in_path("mandoc"),
        source: Source::Debian("mandoc"),
        otherwise: "install mandoc, so that it is found in PATH",
    },
    Need {
        name: "bash",
        needed_by: "the test that reads the completions",
        is_there: || is_in_path("bash"),
        source: Source::Debian("bash"),
        otherwise: "install bash, so that it is found in PATH",
    },
    Need {
        name: "nginx",
        needed_by: "the tests of the server behind a reverse proxy",
        // Debian keeps it where only root looks.
        is_there: || is_in_path("nginx") || Path::new("/usr/sbin/nginx").is_file(),
        source: Source::Debian("nginx"),
        otherwise: "install nginx 1.18 or newer, so that it is found in PATH",
    },
    Need {
        name: "Caddy",
        needed_by: "the tests of the server behind a reverse proxy",
        is_there: || is_in_path("caddy"),
        source: Source::Debian("caddy"),
        otherwise: "install Caddy 2.6 or newer, so that caddy is found in PATH",
    },
    Need {
        name: "PostgreSQL",
        needed_by: "the tests of what is imported from it",
        is_there: || is_in_path("initdb") || Path::new("/usr/lib/postgresql").is_dir(),
        source: Source::Debian("postgresql"),
        otherwise: "install PostgreSQL 14 or newer, so that initdb and postgres are found in PATH",
    },
    Need {
        name: "Python with its modules venv and ensurepip",
        needed_by: "the tests that make requests from the OpenAPI document, and those beside applications in Python",
        is_there: python_is_there,
        source: Source::Debian("python3-venv"),
        otherwise: "install Python 3.11 or newer, so that python3 is found in PATH",
    },
    Need {
        name: "npm",
        needed_by: "what fetches axe-core",
        is_there: || axe_is_there() || is_in_path("npm"),
        source: Source::Debian("npm"),
        otherwise: "install Node.js, which brings npm",
    },
    Need {
        name: "axe-core",
        needed_by: "the tests that look for what keeps people from using pages",
        is_there: axe_is_there,
        source: Source::Npm(AXE),
        otherwise: "install npm, and run this again",
    },
];

/// Installs what is missing, and says so. An error names what is still missing after that and how to get it.
pub(crate) fn provide(needs: &[Need]) -> anyhow::Result<()> {
    let missing = missing(needs);
    if missing.is_empty() {
        return Ok(());
    }
    let installation = install(&missing);
    let still_missing = self::missing(needs);
    if still_missing.is_empty() {
        return Ok(());
    }
    let mut sentence = describe(&still_missing);
    if let Err(error) = installation {
        sentence.push_str(&format!("\nit was not installed here: {error:#}"));
    }
    bail!(sentence)
}

impl Source {
    fn describe(self) -> String {
        match self {
            Self::Debian(package) => format!("On Debian or Ubuntu: apt-get install {package}"),
            Self::Npm(package) => format!(
                "With npm: npm install --prefix {} {package}",
                npm_folder().display()
            ),
        }
    }
}

fn missing(needs: &[Need]) -> Vec<&Need> {
    needs.iter().filter(|need| !(need.is_there)()).collect()
}

fn describe(missing: &[&Need]) -> String {
    let lines: Vec<String> = missing
        .iter()
        .map(|need| {
            format!(
                "{} is missing; it is needed by {}. {}. Elsewhere: {}.",
                need.name,
                need.needed_by,
                need.source.describe(),
                need.otherwise
            )
        })
        .collect();
    lines.join("\n")
}

/// Debian's packages come first: npm is one of them.
fn install(missing: &[&Need]) -> anyhow::Result<()> {
    let (mut debian, mut npm) = (Vec::new(), Vec::new());
    for need in missing {
        match need.source {
            Source::Debian(package) => debian.push(package),
            Source::Npm(package) => npm.push(package),
        }
    }
    if !debian.is_empty() {
        install_from_debian(&debian)?;
    }
    if !npm.is_empty() {
        install_from_npm(&npm)?;
    }
    Ok(())
}

fn install_from_debian(packages: &[&str]) -> anyhow::Result<()> {
    if !is_in_path("apt-get") {
        bail!("there is no apt-get on this machine");
    }
    let as_root = root_prefix()?;
    apt_get(as_root, &["update"])?;
    let install = ["install", "--yes", "--no-install-recommends"];
    apt_get(as_root, &[&install[..], packages].concat())
}

/// Nothing of what is installed runs here: not even what it would run when it is installed.
fn install_from_npm(packages: &[&str]) -> anyhow::Result<()> {
    let folder = npm_folder();
    std::fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    println!("installing: npm install {}", packages.join(" "));
    let status = Command::new("npm")
        .args(["install", "--no-save", "--no-audit", "--no-fund"])
        .args(["--ignore-scripts", "--prefix"])
        .arg(&folder)
        .args(packages)
        .stdin(Stdio::null())
        .status()
        .context("npm")?;
    if !status.success() {
        bail!("npm ended with {status}");
    }
    Ok(())
}

/// What to put before a command so that it runs as root without asking anybody for a password.
fn root_prefix() -> anyhow::Result<&'static [&'static str]> {
    let id = Command::new("id").arg("-u").output().context("id -u")?;
    if id.stdout.trim_ascii() == b"0" {
        return Ok(&[]);
    }
    let sudo = Command::new("sudo")
        .args(["--non-interactive", "true"])
        .stdin(Stdio::null())
        .output();
    match sudo {
        Ok(output) if output.status.success() => Ok(&["sudo", "--non-interactive"]),
        _ => bail!("neither root nor sudo without a password"),
    }
}

fn apt_get(as_root: &[&str], arguments: &[&str]) -> anyhow::Result<()> {
    // `env` because sudo drops variables.
    let line = [
        as_root,
        &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
        // Without a terminal of its own, dpkg draws no progress.
        &["--quiet=2", "--option=Dpkg::Use-Pty=0"],
        arguments,
    ]
    .concat();
    println!("installing: {}", line.join(" "));
    let status = Command::new(line[0])
        .args(&line[1..])
        .stdin(Stdio::null())
        .status()
        .with_context(|| line.join(" "))?;
    if !status.success() {
        bail!("`{}` ended with {status}", line.join(" "));
    }
    Ok(())
}

/// The same rule as the tests' own: what CHROMIUM names, or else a program of one of the usual names.
fn chromium_is_there() -> bool {
    match env::var_os("CHROMIUM") {
        Some(path) => Path::new(&path).is_file(),
        None => CHROMIUM_PROGRAMS.into_iter().any(is_in_path),
    }
}

/// Debian brings Python without what makes virtual environments.
fn python_is_there() -> bool {
    let script = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
    let python = Command::new("python3")
        .args(["-c", script])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status();
    python.is_ok_and(|status| status.success())
}

/// Of this very version: another one has other rules.
fn axe_is_there() -> bool {
    let folder = npm_folder().join("node_modules/axe-core");
    let description = std::fs::read_to_string(folder.join("package.json")).unwrap_or_default();
    let version = AXE.rsplit('@').next().unwrap_or_default();
    description.contains(&format!("\"version\": \"{version}\""))
        && folder.join("axe.min.js").is_file()
}

/// Where the tests look for it.
fn npm_folder() -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"),
        PathBuf::from,
    );
    target.join("npm")
}

/// Whether a program of that name would be found by a shell.
pub(crate) fn is_in_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

const CHROMIUM_PROGRAMS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Under the Mozilla Public License 2.0, and no part of anything that is released.
const AXE: &str = "axe-core@4.14.1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_not_missing() {
        assert!(missing(&[need("present", || true)]).is_empty());
    }

    #[test]
    fn what_is_missing_is_named_with_who_wants_it_and_how_to_get_it() {
        let needs = [need("present", || true), need("absent", || false)];
        let text = describe(&missing(&needs));
        assert_eq!(
            text,
            "absent is missing; it is needed by a test. On Debian or Ubuntu: apt-get install a-package. \
             Elsewhere: build it."
        );
    }

    #[test]
    fn a_program_is_looked_for_in_the_path() {
        assert!(is_in_path("cargo"));
        assert!(!is_in_path("a-program-that-nobody-has"));
    }

    fn need(name: &'static str, is_there: fn() -> bool) -> Need {
        Need {
            name,
            needed_by: "a test",
            is_there,
            source: Source::Debian("a-package"),
            otherwise: "build it",
        }
    }
}
