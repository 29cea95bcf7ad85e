use std::fmt;

/// One setting: its name, and what people read about it in the help, in the example file and in the guide.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its place in the file, such as `https.certificate`. Variable and flag are made from it.
    pub(crate) path: &'static str,
    pub(crate) kind: Kind,
    /// What stands for the value in the help.
    pub(crate) value_name: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    /// What else one should know before changing it; may be empty.
    pub(crate) more: &'static str,
    /// The value that it has when nobody says anything, as it would stand in a variable.
    pub(crate) default: Option<&'static str>,
    /// A value that somebody could write, as it would stand in a variable.
    pub(crate) example: &'static str,
    pub(crate) is_secret: bool,
}

/// What a value is in the file. In variables and flags all are texts, and lists have commas.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Text,
    Number,
    Switch,
    List,
}

impl Key {
    /// The name of the environment's variable: `COUNTERSIGN_HTTPS_CERTIFICATE`.
    pub(crate) fn variable(&self) -> String {
        format!(
            "{VARIABLE_PREFIX}{}",
            self.path.replace('.', "_").to_uppercase()
        )
    }

    /// The flag's name without its dashes, `https-certificate`. Secrets have none: everybody on the machine can read
    /// command lines.
    pub(crate) fn flag(&self) -> Option<String> {
        (!self.is_secret).then(|| self.path.replace(['.', '_'], "-"))
    }

    /// Table and name in the file: `https.certificate` is `certificate` in `[https]`.
    pub(crate) fn table_and_name(&self) -> (Option<&'static str>, &'static str) {
        match self.path.split_once('.') {
            Some((table, name)) => (Some(table), name),
            None => (None, self.path),
        }
    }

    /// A value as it stands in the file.
    pub(crate) fn in_file(&self, value: &str) -> String {
        match self.kind {
            Kind::Text => toml::Value::from(value).to_string(),
            Kind::Number | Kind::Switch => value.to_owned(),
            Kind::List => toml::Value::from(value.split(',').collect::<Vec<_>>()).to_string(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text => "a text in quotes",
            Self::Number => "a whole number",
            Self::Switch => "true or false",
            Self::List => "a list of texts",
        })
    }
}

pub(crate) const VARIABLE_PREFIX: &str = "COUNTERSIGN_";
