//! Files of texts: CSV and JSON Lines.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::ImportError;
use super::mapping::{Column, Field, Mapping};
use super::record::{BadRow, Position, Record, Row};
use super::understanding::contrary;

/// A CSV file (RFC 4180) with a head.
pub(super) struct CsvFile {
    pub(super) path: PathBuf,
    pub(super) columns: Vec<String>,
    ends_by_two: bool,
    /// Behind the head. A pipe can't be opened twice, and what was read of it does not come again.
    reader: csv::Reader<Bounded>,
}

/// The rows of a CSV file.
pub(super) struct CsvRows<'a> {
    path: &'a Path,
    reader: &'a mut csv::Reader<Bounded>,
    record: csv::ByteRecord,
    /// What has to be added to the number of a line: where lines end by two characters, the `csv` crate counts the second one to the next
    /// line.
    uncounted: u64,
    fields: Vec<(Field, Column)>,
    columns: usize,
}

impl CsvFile {
    pub(super) fn open(path: PathBuf, delimiter: u8) -> Result<Self, ImportError> {
        let malformed = |problem: &str| ImportError::Malformed {
            path: path.clone(),
            problem: problem.to_owned(),
        };
        let mut reader = csv::ReaderBuilder::new();
        // A row that is too short or too long is one bad row, and not the end. What some programs put before the first character
        // (U+FEFF) is left out.
        let reader = reader.delimiter(delimiter).flexible(true);
        let mut reader = reader.from_reader(Bounded::new(open(&path)?));
        let beginning = reader.get_mut().inner.fill_buf();
        let beginning = beginning.map_err(|error| malformed(&error.to_string()))?;
        let mut lines = beginning.split(|byte| *byte == b'\n');
        let ends_by_two = lines.next().is_some_and(|line| line.ends_with(b"\r"));
        let head = reader.byte_headers();
        let head = head.map_err(|error| malformed(&error.to_string()))?;
        let names: Result<Vec<_>, _> = head
            .iter()
            .map(|name| str::from_utf8(name).map(|name| name.trim().to_owned()))
            .collect();
        let Ok(names) = names else {
            return Err(malformed(NOT_UTF8));
        };
        if names.iter().all(String::is_empty) {
            return Err(malformed("its first line has to name the columns"));
        }
        Ok(Self {
            path,
            columns: names,
            ends_by_two,
            reader,
        })
    }

    /// Its rows, once.
    pub(super) fn rows(&mut self, mapping: &Mapping) -> CsvRows<'_> {
        CsvRows {
            path: &self.path,
            reader: &mut self.reader,
            record: csv::ByteRecord::new(),
            uncounted: u64::from(self.ends_by_two),
            fields: fields(mapping),
            columns: self.columns.len(),
        }
    }
}

impl CsvRows<'_> {
    pub(super) fn next(&mut self) -> Result<Option<Row>, ImportError> {
        let before = self.reader.position().line() + self.uncounted;
        self.reader.get_mut().left = LONGEST_ROW;
        let read = self.reader.read_byte_record(&mut self.record);
        let is_there = read.map_err(|error| ImportError::Malformed {
            path: self.path.to_owned(),
            problem: format!("line {before}: {error}"),
        })?;
        if !is_there {
            return Ok(None);
        }
        let line = self.record.position().map_or(0, csv::Position::line);
        let position = Position::Line(line + self.uncounted);
        let is_of_many_lines = self.reader.position().line() > line + 1;
        let row = self.row(position);
        // Nothing of what stands behind such a mark was read, and nobody would hear of it.
        match is_of_many_lines && self.reader.get_ref().ended_within_quotes() {
            true => Ok(Some(row.and_then(|record| Err(record.bad(NO_END))))),
            false => Ok(Some(row)),
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    fn row(&self, position: Position) -> Row {
        let mut record = Record::new(position);
        for (field, column) in &self.fields {
            let value = self.record.get(column.index).unwrap_or_default();
            match str::from_utf8(value) {
                Ok(value) => record.set(*field, with_negation(*field, column, value.to_owned())),
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

/// A file of which only so much is read as one row may have: a quotation mark without its end would have all the rest in memory.
struct Bounded {
    inner: BufReader<File>,
    left: usize,
    has_odd_quotes: bool,
    is_at_end: bool,
}

impl Bounded {
    fn new(file: File) -> Self {
        Self {
            inner: BufReader::new(file),
            left: LONGEST_ROW,
            has_odd_quotes: false,
            is_at_end: false,
        }
    }

    fn ended_within_quotes(&self) -> bool {
        self.is_at_end && self.has_odd_quotes
    }
}

impl io::Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(NO_END));
        }
        let room = buffer.len().min(self.left);
        let read = self.inner.read(&mut buffer[..room])?;
        let quotes = buffer[..read].iter().filter(|byte| **byte == b'"').count();
        self.left -= read;
        self.has_odd_quotes ^= quotes % 2 == 1;
        self.is_at_end = read == 0;
        Ok(read)
    }
}

/// A file of JSON objects, one a line.
pub(super) struct JsonLinesFile {
    pub(super) path: PathBuf,
    /// The names in its first objects.
    pub(super) columns: Vec<String>,
    lines: Lines,
}

/// The objects of such a file.
pub(super) struct JsonLinesRows<'a> {
    lines: &'a mut Lines,
    fields: Vec<(Field, Column)>,
    columns: &'a [String],
}

impl JsonLinesFile {
    pub(super) fn open(path: PathBuf) -> Result<Self, ImportError> {
        let mut lines = Lines::of(path.clone())?;
        let mut columns: Vec<String> = Vec::new();
        let mut looked_at = VecDeque::new();
        while looked_at.len() < LOOKED_AT && lines.bytes < LOOKED_AT_BYTES {
            let Some(line) = lines.next()? else { break };
            match line.as_ref().map(|(_, text)| serde_json::from_str(text)) {
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
            looked_at.push_back(line);
        }
        lines.looked_at = looked_at;
        Ok(Self {
            path,
            columns,
            lines,
        })
    }

    /// Its objects, once.
    pub(super) fn rows(&mut self, mapping: &Mapping) -> JsonLinesRows<'_> {
        JsonLinesRows {
            lines: &mut self.lines,
            fields: fields(mapping),
            columns: &self.columns,
        }
    }
}

impl JsonLinesRows<'_> {
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
            record.set(*field, with_negation(*field, column, value));
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
    /// Those that were read already, and are read first.
    looked_at: VecDeque<Line>,
}

impl Lines {
    fn of(path: PathBuf) -> Result<Self, ImportError> {
        let reader = BufReader::new(open(&path)?);
        Ok(Self {
            path,
            reader,
            line: 0,
            bytes: 0,
            looked_at: VecDeque::new(),
        })
    }

    fn next(&mut self) -> Result<Option<Line>, ImportError> {
        if let Some(line) = self.looked_at.pop_front() {
            return Ok(Some(line));
        }
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
pub(super) fn with_negation(field: Field, column: &Column, value: String) -> Option<String> {
    match column.is_negated {
        // Who is not said to be banned is active; but nothing makes nobody an administrator, and no address confirmed.
        true if field != Field::Active && value.trim().is_empty() => None,
        true => Some(contrary(&value)),
        false => Some(value),
    }
}

/// How many objects are looked at for the names in them.
const LOOKED_AT: usize = 1_000;

/// They are kept until it is their turn.
const LOOKED_AT_BYTES: u64 = 4 << 20;

/// In bytes. No account has as much.
const LONGEST_LINE: usize = 1 << 20;

/// In bytes; pictures and what people write of themselves may stand beside an account.
const LONGEST_ROW: usize = 16 << 20;

const NO_END: &str = "a quotation mark that begins a value has no end, or the row is longer than 16 MiB: mend it, as nothing behind it was read";

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const NOT_UTF8: &str =
    "it is not written in UTF-8: convert the file, such as by `iconv -f WINDOWS-1252 -t UTF-8`";

const NO_OBJECT: &str =
    "it has to hold one JSON object a line; `jq -c '.[]'` makes that of a JSON array";
