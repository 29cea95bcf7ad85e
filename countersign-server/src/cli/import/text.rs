//! Files of texts: CSV and JSON Lines.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::PathBuf;

use serde_json::Value;

use super::ImportError;
use super::mapping::{Column, Field, Mapping};
use super::record::{BadRow, Position, Record, Row};
use super::understanding::contrary;

/// A CSV file (RFC 4180) with a head.
pub(super) struct CsvFile {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<String>,
    delimiter: u8,
    ends_by_two: bool,
}

/// The rows of a CSV file.
pub(super) struct CsvRows {
    path: PathBuf,
    reader: csv::Reader<BufReader<File>>,
    record: csv::ByteRecord,
    /// What has to be added to the number of a line: where lines end by two characters, the `csv` crate counts the second one to the next
    /// line.
    uncounted: u64,
    fields: Vec<(Field, Column)>,
    columns: usize,
}

impl CsvFile {
    pub(super) fn open(path: PathBuf, delimiter: u8) -> Result<Self, ImportError> {
        let mut file = Self {
            path,
            columns: Vec::new(),
            delimiter,
            ends_by_two: false,
        };
        let mut reader = file.reader()?;
        let beginning = reader.get_mut().fill_buf();
        let beginning = beginning.map_err(|error| file.failed(error.into()))?;
        let mut lines = beginning.split(|byte| *byte == b'\n');
        file.ends_by_two = lines.next().is_some_and(|line| line.ends_with(b"\r"));
        let head = reader.byte_headers().map_err(|error| file.failed(error))?;
        let names: Result<Vec<_>, _> = head
            .iter()
            .map(|name| str::from_utf8(name).map(|name| name.trim().to_owned()))
            .collect();
        let Ok(names) = names else {
            return Err(file.malformed(NOT_UTF8));
        };
        if names.iter().all(String::is_empty) {
            return Err(file.malformed("its first line has to name the columns"));
        }
        file.columns = names;
        Ok(file)
    }

    pub(super) fn rows(&self, mapping: &Mapping) -> Result<CsvRows, ImportError> {
        Ok(CsvRows {
            path: self.path.clone(),
            reader: self.reader()?,
            record: csv::ByteRecord::new(),
            uncounted: u64::from(self.ends_by_two),
            fields: fields(mapping),
            columns: self.columns.len(),
        })
    }

    /// The `csv` crate leaves out what some programs put before the first character (U+FEFF).
    fn reader(&self) -> Result<csv::Reader<BufReader<File>>, ImportError> {
        let file = BufReader::new(open(&self.path)?);
        let mut reader = csv::ReaderBuilder::new();
        // A row that is too short or too long is one bad row, and not the end.
        reader.delimiter(self.delimiter).flexible(true);
        Ok(reader.from_reader(file))
    }

    fn malformed(&self, problem: &str) -> ImportError {
        ImportError::Malformed {
            path: self.path.clone(),
            problem: problem.to_owned(),
        }
    }

    fn failed(&self, error: csv::Error) -> ImportError {
        self.malformed(&error.to_string())
    }
}

impl CsvRows {
    pub(super) fn next(&mut self) -> Result<Option<Row>, ImportError> {
        let read = self.reader.read_byte_record(&mut self.record);
        let is_there = read.map_err(|error| ImportError::Malformed {
            path: self.path.clone(),
            problem: error.to_string(),
        })?;
        if !is_there {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        Ok(Some(self.row(Position::Line(line + self.uncounted))))
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    fn row(&self, position: Position) -> Row {
        let mut record = Record::new(position);
        for (field, column) in &self.fields {
            let value = self.record.get(column.index).unwrap_or_default();
            match str::from_utf8(value) {
                Ok(value) => record.set(*field, with_negation(column, value.to_owned())),
                Err(_) => return Err(record.bad(NOT_UTF8)),
            }
        }
        match self.record.len() {
            found if found == self.columns => Ok(record),
            found => Err(record.bad(format!(
                "it has {found} values, and the head names {}: is something quoted as it should not be?",
                self.columns
            ))),
        }
    }
}

/// A file of JSON objects, one a line.
pub(super) struct JsonLinesFile {
    pub(super) path: PathBuf,
    /// The names in its first objects.
    pub(super) columns: Vec<String>,
}

/// The objects of such a file.
pub(super) struct JsonLinesRows {
    lines: Lines,
    fields: Vec<(Field, Column)>,
    columns: Vec<String>,
}

impl JsonLinesFile {
    pub(super) fn open(path: PathBuf) -> Result<Self, ImportError> {
        let mut lines = Lines::of(path.clone())?;
        let mut columns: Vec<String> = Vec::new();
        for _ in 0..LOOKED_AT {
            let Some(line) = lines.next()? else { break };
            match line.map(|(_, text)| serde_json::from_str(&text)) {
                Ok(Ok(Value::Object(object))) => {
                    let new = object.into_iter().map(|(name, _)| name);
                    let new: Vec<_> = new.filter(|name| !columns.contains(name)).collect();
                    columns.extend(new);
                }
                _ if columns.is_empty() => {
                    return Err(ImportError::Malformed {
                        path,
                        problem: NO_OBJECT.to_owned(),
                    });
                }
                // It is told when it is its turn.
                _ => {}
            }
        }
        Ok(Self { path, columns })
    }

    pub(super) fn rows(&self, mapping: &Mapping) -> Result<JsonLinesRows, ImportError> {
        Ok(JsonLinesRows {
            lines: Lines::of(self.path.clone())?,
            fields: fields(mapping),
            columns: self.columns.clone(),
        })
    }
}

impl JsonLinesRows {
    pub(super) fn next(&mut self) -> Result<Option<Row>, ImportError> {
        Ok(self.lines.next()?.map(|line| {
            let (position, text) = line?;
            self.row(position, &text)
        }))
    }

    pub(super) fn position(&self) -> u64 {
        self.lines.bytes
    }

    fn row(&self, position: Position, text: &str) -> Row {
        let Ok(Value::Object(object)) = serde_json::from_str(text) else {
            return Err(BadRow::new(position, "it is no JSON object"));
        };
        let mut record = Record::new(position);
        for (field, column) in &self.fields {
            let value = match object.get(&self.columns[column.index]) {
                None | Some(Value::Null) => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
                Some(value @ Value::Array(_)) if *field == Field::Roles => value.to_string(),
                Some(_) => {
                    let flag = field.flag();
                    return Err(
                        record.bad(format!("the value for --{flag} is an array or an object"))
                    );
                }
            };
            record.set(*field, with_negation(column, value));
        }
        Ok(record)
    }
}

/// Where a line stands, and what is in it.
type Line = Result<(Position, String), BadRow>;

/// The lines of a file that are not empty.
struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    line: u64,
    bytes: u64,
}

impl Lines {
    fn of(path: PathBuf) -> Result<Self, ImportError> {
        let reader = BufReader::new(open(&path)?);
        Ok(Self {
            path,
            reader,
            line: 0,
            bytes: 0,
        })
    }

    fn next(&mut self) -> Result<Option<Line>, ImportError> {
        loop {
            let mut line = Vec::new();
            let read = self.read(&mut line).map_err(|source| ImportError::File {
                path: self.path.clone(),
                source,
            })?;
            if read == 0 {
                return Ok(None);
            }
            self.line += 1;
            let position = Position::Line(self.line);
            if read > LONGEST_LINE {
                return Ok(Some(Err(BadRow::new(position, "the line is too long"))));
            }
            let line = match self.line {
                1 => line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&line),
                _ => &line,
            };
            if line.trim_ascii().is_empty() {
                continue;
            }
            let text = String::from_utf8(line.to_owned());
            let text = text.map_err(|_| BadRow::new(position, NOT_UTF8));
            return Ok(Some(text.map(|text| (position, text))));
        }
    }

    /// Reads a line, and of one that is too long only the beginning. Answers how long it is.
    fn read(&mut self, line: &mut Vec<u8>) -> io::Result<usize> {
        let mut read = (&mut self.reader)
            .take(LONGEST_LINE as u64)
            .read_until(b'\n', line)?;
        if read == LONGEST_LINE && line.last() != Some(&b'\n') {
            read += self.reader.skip_until(b'\n')?.max(1);
        }
        self.bytes += read as u64;
        Ok(read)
    }
}

fn open(path: &PathBuf) -> Result<File, ImportError> {
    File::open(path).map_err(|source| ImportError::File {
        path: path.clone(),
        source,
    })
}

fn fields(mapping: &Mapping) -> Vec<(Field, Column)> {
    mapping
        .columns()
        .map(|(field, column)| (field, column.clone()))
        .collect()
}

/// A value as it is meant.
pub(super) fn with_negation(column: &Column, value: String) -> Option<String> {
    match column.is_negated {
        true => Some(contrary(&value)),
        false => Some(value),
    }
}

/// How many objects are looked at for the names in them.
const LOOKED_AT: usize = 1_000;

/// In bytes. No account has as much.
const LONGEST_LINE: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const NOT_UTF8: &str =
    "it is not written in UTF-8: convert the file, such as by `iconv -f WINDOWS-1252 -t UTF-8`";

const NO_OBJECT: &str =
    "it has to hold one JSON object a line; `jq -c '.[]'` makes that of a JSON array";
