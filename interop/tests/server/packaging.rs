//! What the server is brought to machines by: a unit for systemd, and an image.

use std::path::{Path, PathBuf};
use std::process::Output;

use anyhow::Context as _;
use tokio::process::Command;

#[tokio::test]
async fn systemd_understands_the_unit() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("countersign.service");
    let unit = unit()?;
    let program = "ExecStart=/usr/local/bin/countersign";
    assert_eq!(unit.lines().filter(|line| *line == program).count(), 1);
    // The program is not installed here.
    std::fs::write(&file, unit.replace(program, "ExecStart=/bin/true"))?;
    let verified = analyze(&["verify", "--man=no"], &file).await?;
    let complaints = String::from_utf8_lossy(&verified.stderr);
    let own: Vec<&str> = complaints
        .lines()
        .filter(|line| line.contains("countersign.service"))
        .collect();
    assert!(own.is_empty(), "{complaints}");
    Ok(())
}

#[tokio::test]
async fn the_unit_gives_the_program_no_more_than_it_needs() -> anyhow::Result<()> {
    let file = root().join(UNIT);
    // In tenths: of ten that the worst services have.
    let assessed = analyze(&["security", "--offline=true", "--threshold=20"], &file).await?;
    let table = String::from_utf8_lossy(&assessed.stdout);
    assert!(assessed.status.success(), "{table}");
    assert!(table.contains("Overall exposure level"), "{table}");
    Ok(())
}

#[test]
fn the_image_is_made_of_what_there_is() -> anyhow::Result<()> {
    let image = std::fs::read_to_string(root().join("Containerfile"))?;
    let ignored = std::fs::read_to_string(root().join(".containerignore"))?;
    let copies = image.lines().filter_map(|line| line.strip_prefix("COPY "));
    let mut members = 0;
    for copy in copies.filter(|copy| !copy.starts_with("--from")) {
        let mut paths: Vec<&str> = copy.split(' ').collect();
        paths.pop().context("a place to copy to")?;
        for path in paths {
            assert!(root().join(path).exists(), "{path}");
            assert!(
                ignored.lines().any(|line| line == format!("!{path}")),
                "{path}"
            );
            members += usize::from(root().join(path).is_dir());
        }
    }
    // Cargo refuses a workspace of which a member is missing.
    let manifest = std::fs::read_to_string(root().join("Cargo.toml"))?;
    let listed = manifest.lines().find(|line| line.starts_with("members = "));
    let listed = listed.context("the members")?;
    assert_eq!(members, listed.matches(", ").count() + 1, "{listed}");
    let program = "COPY --from=build /source/target/release/countersign /usr/local/bin/countersign";
    assert!(image.lines().any(|line| line == program));
    let server = std::fs::read_to_string(root().join("countersign-server/Cargo.toml"))?;
    assert!(
        server.contains("name = \"countersign-server\"")
            && server.contains("name = \"countersign\"")
    );
    assert!(image.contains("--package countersign-server"));
    Ok(())
}

#[test]
fn the_image_is_built_by_a_rust_that_is_new_enough() -> anyhow::Result<()> {
    let image = std::fs::read_to_string(root().join("Containerfile"))?;
    let manifest = std::fs::read_to_string(root().join("Cargo.toml"))?;
    let built_by = between(&image, "library/rust:", "-slim")?;
    let needed = between(&manifest, "rust-version = \"", "\"")?;
    assert!(
        version(built_by)? >= version(needed)?,
        "{built_by} < {needed}"
    );
    Ok(())
}

#[test]
fn the_image_runs_as_nobody_in_particular() -> anyhow::Result<()> {
    let image = std::fs::read_to_string(root().join("Containerfile"))?;
    let (_, last) = image.rsplit_once("\nFROM ").context("a last stage")?;
    for line in [
        "USER 10001:10001",
        "VOLUME /var/lib/countersign",
        "EXPOSE 3000",
    ] {
        assert!(last.lines().any(|present| present == line), "{line}");
    }
    // Nothing is run as root once the image is put together.
    assert!(!last.lines().any(|line| line.starts_with("RUN ")), "{last}");
    let check = last
        .lines()
        .find(|line| line.trim_start().starts_with("CMD ["));
    let check = check.context("a health check")?.trim_start();
    let words: Vec<String> = serde_json::from_str(check.trim_start_matches("CMD "))?;
    assert_eq!(words.len(), 3);
    assert!(
        words[2].contains("GET /readyz HTTP/1.0\\r\\n"),
        "{}",
        words[2]
    );
    Ok(())
}

async fn analyze(arguments: &[&str], file: &Path) -> anyhow::Result<Output> {
    Command::new("systemd-analyze")
        .args(arguments)
        .arg(file)
        .env("SYSTEMD_PAGER", "")
        .env("SYSTEMD_COLORS", "0")
        .output()
        .await
        .context("systemd-analyze did not start; `cargo xtask test` installs it")
}

fn unit() -> anyhow::Result<String> {
    Ok(std::fs::read_to_string(root().join(UNIT))?)
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> anyhow::Result<&'a str> {
    let (_, rest) = text.split_once(begin).with_context(|| begin.to_owned())?;
    Ok(rest.split(end).next().unwrap_or_default())
}

fn version(text: &str) -> anyhow::Result<Vec<u32>> {
    let numbers = text.split('.').map(str::parse);
    Ok(numbers.collect::<Result<_, _>>()?)
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

const UNIT: &str = "countersign-server/packaging/countersign.service";
