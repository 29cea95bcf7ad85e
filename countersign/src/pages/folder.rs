use std::fs;
use std::path::Path;

use super::TemplateError;

/// What an application puts in the place of the pages' own, or beside it.
#[derive(Clone, Debug, Default)]
pub(super) struct Folder {
    /// Names and sources; a name is a path with slashes.
    pub(super) templates: Vec<(String, String)>,
    /// Languages and sources.
    pub(super) messages: Vec<(String, String)>,
    pub(super) style: Option<String>,
    pub(super) theme: Option<String>,
    pub(super) icon: Option<String>,
}

impl Folder {
    pub(super) fn read(path: &Path) -> Result<Self, TemplateError> {
        let mut folder = Self::default();
        folder.read_into(path, "", DEEPEST)?;
        Ok(folder)
    }

    fn read_into(&mut self, path: &Path, prefix: &str, depth: u8) -> Result<(), TemplateError> {
        let unreadable = |source| TemplateError::Unreadable {
            path: path.to_owned(),
            source,
        };
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let Ok(file) = entry.file_name().into_string() else {
                continue;
            };
            let name = format!("{prefix}{file}");
            if path.is_dir() {
                if depth > 0 {
                    self.read_into(&path, &format!("{name}/"), depth - 1)?;
                }
                continue;
            }
            self.take(&path, name)?;
        }
        Ok(())
    }

    fn take(&mut self, path: &Path, name: String) -> Result<(), TemplateError> {
        let text = || {
            fs::read_to_string(path).map_err(|source| TemplateError::Unreadable {
                path: path.to_owned(),
                source,
            })
        };
        match name.as_str() {
            "countersign.css" => self.style = Some(text()?),
            "theme.css" => self.theme = Some(text()?),
            "countersign.svg" => self.icon = Some(text()?),
            _ if name.ends_with(".html") => self.templates.push((name, text()?)),
            _ => {
                if let Some(tag) = name.strip_suffix(".ftl") {
                    self.messages.push((tag.to_owned(), text()?));
                }
            }
        }
        Ok(())
    }
}

/// How many folders may lie in one another: a link that leads back to itself ends somewhere.
const DEEPEST: u8 = 8;
