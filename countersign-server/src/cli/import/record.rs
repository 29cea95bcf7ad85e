//! One row, as it was read: texts, and where it stands.

use super::mapping::Field;

/// What was read of one account.
pub(super) struct Record {
    pub(super) position: Position,
    values: [Option<String>; Field::ALL.len()],
}

/// Where a row stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Position {
    /// In a file; the first line is 1.
    Line(u64),
    /// In a table; the first that is read is 1.
    Row(u64),
}

/// A row that can't be understood.
#[derive(Debug)]
pub(super) struct BadRow {
    pub(super) position: Position,
    /// Its id, as far as it is known.
    pub(super) id: Option<String>,
    pub(super) reason: String,
}

/// What reading one row comes to. An `Err` is skipped.
pub(super) type Row = Result<Record, BadRow>;

impl Record {
    pub(super) fn new(position: Position) -> Self {
        Self {
            position,
            values: Default::default(),
        }
    }

    pub(super) fn set(&mut self, field: Field, value: Option<String>) {
        self.values[field as usize] = value;
    }

    /// A value; `None` where there is none, or nothing but white space.
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        let value = self.values[field as usize].as_deref().map(str::trim);
        value.filter(|value| !value.is_empty())
    }

    /// What tells it from all others: its id, or where there is none, what it logs in by.
    pub(super) fn id(&self) -> Option<&str> {
        [Field::Id, Field::Name, Field::Email]
            .into_iter()
            .find_map(|field| self.get(field))
    }

    pub(super) fn bad(&self, reason: impl Into<String>) -> BadRow {
        BadRow {
            position: self.position,
            id: self.id().map(str::to_owned),
            reason: reason.into(),
        }
    }
}

impl BadRow {
    pub(super) fn new(position: Position, reason: impl Into<String>) -> Self {
        Self {
            position,
            id: None,
            reason: reason.into(),
        }
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(number) => write!(f, "line {number}"),
            Self::Row(number) => write!(f, "row {number}"),
        }
    }
}
