use serde::{Serialize, Serializer};

/// One thing that the doctor looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    /// What was looked at: a name for programs, the same in every release.
    pub(crate) check: &'static str,
    #[serde(rename = "result")]
    pub(crate) verdict: Verdict,
    /// A sentence.
    pub(crate) found: String,
    /// A sentence or two; `None` where nothing is wrong.
    pub(crate) to_do: Option<String>,
}

/// What the doctor thinks of it. The last one is the worst.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and should be looked at.
    Warning,
    /// Something does not work, or is not safe.
    Mistake,
}

impl Finding {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            verdict: Verdict::Ok,
            found: found.into(),
            to_do: None,
        }
    }

    pub(super) fn warning(
        check: &'static str,
        found: impl Into<String>,
        to_do: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Warning,
            to_do: Some(to_do.into()),
            ..Self::ok(check, found)
        }
    }

    pub(super) fn mistake(
        check: &'static str,
        found: impl Into<String>,
        to_do: impl Into<String>,
    ) -> Self {
        Self {
            verdict: Verdict::Mistake,
            ..Self::warning(check, found, to_do)
        }
    }
}

impl Verdict {
    /// Its name, for people and programs.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Mistake => "mistake",
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
