//! Who may read what should be secret.

use std::io;
use std::path::Path;

use super::Finding;
use crate::configuration::{Certificate, Configuration, Effective};

/// Looks at the files that hold keys.
pub(super) fn examine(configuration: &Configuration) -> Vec<Finding> {
    let file = |path| {
        let mut effective = configuration.effective().iter();
        let setting = effective.find(|effective| effective.key.path == path);
        setting.and_then(Effective::path)
    };
    let key = match &configuration.https.certificate {
        Certificate::Files { key, .. } => Some(key.clone()),
        _ => None,
    };
    let files = [
        ("secret_key.permissions", file("secret_key_file")),
        ("certificate.key", key),
        (
            "flask_security_salt.permissions",
            file("passwords.flask_security_salt_file"),
        ),
        (
            "devise_pepper.permissions",
            file("passwords.devise_pepper_file"),
        ),
    ];
    files
        .into_iter()
        .filter_map(|(check, file)| file_of_ours(check, &file?))
        .collect()
}

/// Judges a file that only its owner should read; `None` where permissions can't be told.
pub(super) fn file_of_ours(check: &'static str, path: &Path) -> Option<Finding> {
    let mode = match mode(path) {
        Ok(mode) => mode?,
        Err(error) => {
            return Some(Finding::mistake(
                check,
                format!("{path:?} can't be read: {error}."),
                "Run this as the server's user, and see that the file is there and that he may read it.",
            ));
        }
    };
    let (found, is_folder) = (format!("{path:?} has the mode {mode:o}"), path.is_dir());
    let right = if is_folder { "700" } else { "600" };
    let to_do = format!("chmod {right} {}", path.display());
    Some(match (mode & 0o007, mode & 0o070) {
        (0, 0) => Finding::ok(check, format!("{path:?} is readable for its owner alone.")),
        (0, _) => Finding::warning(
            check,
            format!("{found}: its group can get at it."),
            format!("If the group has other members than the server: {to_do}"),
        ),
        _ => Finding::mistake(
            check,
            format!("{found}: everybody on this machine can get at it."),
            to_do,
        ),
    })
}

#[cfg(unix)]
fn mode(path: &Path) -> io::Result<Option<u32>> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path)?;
    Ok(Some(metadata.permissions().mode() & 0o777))
}

#[cfg(not(unix))]
fn mode(path: &Path) -> io::Result<Option<u32>> {
    std::fs::metadata(path).map(|_| None)
}
