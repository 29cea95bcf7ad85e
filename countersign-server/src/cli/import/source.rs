//! What is read: a table or a file, with its columns and its rows.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::ImportError;
use super::address::Address;
use super::mapping::Mapping;
use super::record::Row;
use super::sql::{Rows as SqlRows, Table};
use super::text::{CsvFile, CsvRows, JsonLinesFile, JsonLinesRows};

/// How a source is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "The source")]
pub(super) struct Reading {
    /// The table; in PostgreSQL also with its schema, such as shop.users
    #[arg(long, value_name = "TABLE")]
    table: Option<String>,
    /// What is in the file, where the end of its name does not say it
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// What stands between the values of a CSV file; a tab is written as tab [default: , and in .tsv files a tab]
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    delimiter: Option<u8>,
}

/// What is in a file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    /// Comma-separated values with a head, in UTF-8
    Csv,
    /// One JSON object a line
    Jsonl,
    /// A database of SQLite
    Sqlite,
}

/// Something that accounts are read from.
pub(super) enum Source {
    Table(Table),
    Csv(CsvFile),
    JsonLines(JsonLinesFile),
}

/// The rows of a source, one after the other.
pub(super) enum Rows<'a> {
    Table(SqlRows<'a>),
    Csv(CsvRows<'a>),
    JsonLines(JsonLinesRows<'a>),
}

impl Reading {
    pub(super) fn says_table(&self) -> bool {
        self.table.is_some()
    }
}

impl Source {
    /// Opens what an address names.
    pub(super) async fn open(address: &str, reading: &Reading) -> Result<Self, ImportError> {
        let table = reading.table.as_deref();
        Ok(match Address::parse(address, reading.format)? {
            Address::Sqlite(path) => Self::Table(Table::in_sqlite(&path, table).await?),
            Address::Postgres(options) => Self::Table(Table::in_postgres(*options, table).await?),
            Address::Csv(path) => {
                let delimiter = reading.delimiter.unwrap_or_else(|| usual_delimiter(&path));
                Self::Csv(CsvFile::open(path, delimiter)?)
            }
            Address::JsonLines(path) => Self::JsonLines(JsonLinesFile::open(path)?),
        })
    }

    /// What it is, without a password: the same whenever the same place is named.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Table(table) => table.name(),
            Self::Csv(file) => full(&file.path),
            Self::JsonLines(file) => full(&file.path),
        }
    }

    /// Whether it is a pipe or the like, which has no name of its own.
    pub(super) fn is_pipe(&self) -> bool {
        match self {
            Self::Table(_) => false,
            Self::Csv(CsvFile { path, .. }) | Self::JsonLines(JsonLinesFile { path, .. }) => {
                !path.is_file()
            }
        }
    }

    /// The names of its columns.
    pub(super) fn columns(&self) -> &[String] {
        match self {
            Self::Table(table) => &table.columns,
            Self::Csv(file) => &file.columns,
            Self::JsonLines(file) => &file.columns,
        }
    }

    pub(super) fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            _ => None,
        }
    }

    /// How much there is to be read, in what [`Rows::position`] counts.
    pub(super) async fn length(&self) -> Result<u64, ImportError> {
        match self {
            Self::Table(table) => table.count().await,
            Self::Csv(CsvFile { path, .. }) | Self::JsonLines(JsonLinesFile { path, .. }) => {
                Ok(path.metadata().map_or(0, |metadata| metadata.len()))
            }
        }
    }

    /// Begins to read.
    pub(super) fn rows<'a>(&'a mut self, mapping: &'a Mapping) -> Rows<'a> {
        match self {
            Self::Table(table) => Rows::Table(table.rows(mapping)),
            Self::Csv(file) => Rows::Csv(file.rows(mapping)),
            Self::JsonLines(file) => Rows::JsonLines(file.rows(mapping)),
        }
    }
}

impl Rows<'_> {
    /// The next row; `None` behind the last one.
    pub(super) async fn next(&mut self) -> Result<Option<Row>, ImportError> {
        match self {
            Self::Table(rows) => rows.next().await,
            Self::Csv(rows) => rows.next(),
            Self::JsonLines(rows) => rows.next(),
        }
    }

    /// How much was read: rows of a table, bytes of a file.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Table(rows) => rows.position(),
            Self::Csv(rows) => rows.position(),
            Self::JsonLines(rows) => rows.position(),
        }
    }
}

/// The whole path, so that the same file has one name wherever a command is called.
pub(super) fn full(path: &Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
    full.to_string_lossy().into_owned()
}

fn usual_delimiter(path: &Path) -> u8 {
    match path.extension().is_some_and(|end| end == "tsv") {
        true => b'\t',
        false => b',',
    }
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        b"tab" | b"\\t" | b"\t" => Ok(b'\t'),
        [byte] if byte.is_ascii_punctuation() || *byte == b' ' => Ok(*byte),
        _ => Err("expected one character, such as `;` or `tab`".to_owned()),
    }
}
