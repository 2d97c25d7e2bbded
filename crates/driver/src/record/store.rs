//! `samples.jsonl`: append-only, one record a line, synced line by line.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bakeoff_protocol::sample::Record;

use crate::record::atomic_file::{self, FileError};

/// The samples of one exploration, open for appending; one writer at a time (the NAME's lock).
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    file: File,
    /// Bytes of whole lines; a failed append is cut back to here.
    length: u64,
    records: Vec<Record>,
}

/// What opening found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Bytes of a torn last line that were cut off.
    pub torn_bytes: u64,
    /// Whole lines that this version does not understand; they stay in the file.
    pub unknown_lines: u64,
}

impl Store {
    /// Opens (or makes) the file, cuts a torn last line, and reads every record.
    ///
    /// A line of an unknown type, from a newer version of this tool, is kept and passed over.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be read or written.
    pub fn open(path: &Path) -> Result<(Self, Found), FileError> {
        let at = || FileError::at(path);
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(FileError::at(folder))?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(at())?;
        let content = fs::read(path).map_err(at())?;
        let whole = content.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
        let (records, unknown_lines) = parse(&content[..whole]);
        let torn_bytes = (content.len() - whole) as u64;
        if torn_bytes > 0 {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(at())?;
        }
        file.seek(SeekFrom::Start(whole as u64)).map_err(at())?;
        atomic_file::sync_folder(folder)?;
        let store = Self { path: path.to_owned(), file, length: whole as u64, records };
        Ok((store, Found { torn_bytes, unknown_lines }))
    }

    /// Every record, oldest first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Appends a record; when this returns it is on the disk.
    ///
    /// # Errors
    /// [`FileError`] if it could not be written; what was written of it is cut off again.
    pub fn append(&mut self, record: Record) -> Result<(), FileError> {
        let mut line = serde_json::to_vec(&record)
            .map_err(|error| FileError::at(&self.path)(io::Error::other(error)))?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // Best effort: should this fail too, the next start cuts the torn line.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(FileError::at(&self.path)(error));
        }
        self.length += line.len() as u64;
        self.records.push(record);
        Ok(())
    }
}

/// Reads the records of an exploration that someone else may be writing; a torn last line and
/// unknown types are passed over. A file that is not there has none.
///
/// # Errors
/// [`FileError`] if the file is there and cannot be read.
pub fn read(path: &Path) -> Result<Vec<Record>, FileError> {
    match fs::read(path) {
        Ok(content) => {
            let whole = content.iter().rposition(|&byte| byte == b'\n').map_or(0, |last| last + 1);
            Ok(parse(&content[..whole]).0)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(FileError::at(path)(error)),
    }
}

fn parse(lines: &[u8]) -> (Vec<Record>, u64) {
    let mut unknown = 0;
    let records = lines
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .filter_map(|line| serde_json::from_slice(line).map_err(|_| unknown += 1).ok())
        .collect();
    (records, unknown)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn round(number: u32) -> Record {
        Record::Round {
            schema: 1,
            scenario: String::from("s"),
            family: String::from("f"),
            round: number,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn what_is_appended_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/samples.jsonl");
        let (mut store, found) = Store::open(&path).unwrap();
        assert_eq!(found, Found::default());
        store.append(round(0)).unwrap();
        store.append(round(1)).unwrap();
        drop(store);
        let (store, _) = Store::open(&path).unwrap();
        assert_eq!(store.records(), [round(0), round(1)]);
    }

    #[test]
    fn a_line_torn_anywhere_costs_that_line_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        let (mut store, _) = Store::open(&path).unwrap();
        store.append(round(0)).unwrap();
        let first = fs::metadata(&path).unwrap().len();
        store.append(round(1)).unwrap();
        drop(store);
        let whole = fs::read(&path).unwrap();
        for cut in first..whole.len() as u64 {
            fs::write(&path, &whole[..cut as usize]).unwrap();
            let (mut store, found) = Store::open(&path).unwrap();
            assert_eq!(store.records(), [round(0)]);
            assert_eq!(found.torn_bytes, cut - first);
            store.append(round(2)).unwrap();
            drop(store);
            assert_eq!(read(&path).unwrap(), [round(0), round(2)]);
        }
    }

    #[test]
    fn a_record_of_a_newer_version_survives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        fs::write(&path, "{\"type\":\"from-the-future\",\"x\":1}\n").unwrap();
        let (mut store, found) = Store::open(&path).unwrap();
        assert_eq!(found.unknown_lines, 1);
        store.append(round(0)).unwrap();
        assert_eq!(store.records(), [round(0)]);
        assert!(fs::read_to_string(&path).unwrap().contains("from-the-future"));
    }

    #[test]
    fn a_failed_append_leaves_no_half_line() {
        // `/dev/full` takes nothing: what a full disk does to a write.
        let Ok(file) = OpenOptions::new().write(true).open("/dev/full") else { return };
        let mut store =
            Store { path: PathBuf::from("/dev/full"), file, length: 0, records: Vec::new() };
        let error = store.append(round(0)).unwrap_err();
        assert!(error.to_string().contains("/dev/full"), "{error}");
        assert!(store.records().is_empty());
    }
}
