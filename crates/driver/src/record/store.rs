//! Reads and appends to `samples.jsonl`, which has one record per line and is synced after each.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bakeoff_protocol::sample::Record;

use crate::record::atomic_file::{self, FileError};

/// Samples of one exploration, open for appending; the lock on the NAME ensures a single writer.
#[derive(Debug)]
pub struct SampleStore {
    path: PathBuf,
    file: File,
    /// Length of the complete lines in bytes; the file is truncated to it after a failed append.
    length: u64,
    records: Vec<Record>,
}

/// Defects of a samples file, found when it is opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SampleFileDefects {
    /// Length of an incomplete last line that was removed, in bytes.
    pub incomplete_bytes: u64,
    /// Number of lines of unknown types; they stay in the file.
    pub unknown_lines: u64,
}

impl SampleStore {
    /// Opens or creates the file, removes an incomplete last line, and reads every record.
    ///
    /// Lines of unknown types, from a newer version of this tool, are kept and skipped.
    ///
    /// # Errors
    /// [`FileError`] if the file cannot be read or written.
    pub fn open(path: &Path) -> Result<(Self, SampleFileDefects), FileError> {
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
        let incomplete_bytes = (content.len() - whole) as u64;
        if incomplete_bytes > 0 {
            file.set_len(whole as u64).and_then(|()| file.sync_all()).map_err(at())?;
        }
        file.seek(SeekFrom::Start(whole as u64)).map_err(at())?;
        atomic_file::sync_folder(folder)?;
        let store = Self { path: path.to_owned(), file, length: whole as u64, records };
        Ok((store, SampleFileDefects { incomplete_bytes, unknown_lines }))
    }

    /// Returns every record, oldest first.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Appends a record; when it returns, the record is on disk.
    ///
    /// # Errors
    /// [`FileError`] if the record cannot be written; a partial line is removed again.
    pub fn append(&mut self, record: Record) -> Result<(), FileError> {
        let mut line = serde_json::to_vec(&record)
            .map_err(|error| FileError::at(&self.path)(io::Error::other(error)))?;
        line.push(b'\n');
        let written = self.file.write_all(&line).and_then(|()| self.file.sync_data());
        if let Err(error) = written {
            // If this fails too, the next start removes the incomplete line.
            let _ = self.file.set_len(self.length);
            let _ = self.file.seek(SeekFrom::Start(self.length));
            return Err(FileError::at(&self.path)(error));
        }
        self.length += line.len() as u64;
        self.records.push(record);
        Ok(())
    }
}

/// Reads the records of an exploration that another process may be writing.
///
/// Skips an incomplete last line and unknown types. A missing file has no records.
///
/// # Errors
/// [`FileError`] if the file exists and cannot be read.
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
            schema: bakeoff_protocol::SCHEMA_VERSION,
            scenario: String::from("s"),
            round_group: String::from("f"),
            round: number,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn appended_records_are_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/samples.jsonl");
        let (mut store, found) = SampleStore::open(&path).unwrap();
        assert_eq!(found, SampleFileDefects::default());
        store.append(round(0)).unwrap();
        store.append(round(1)).unwrap();
        drop(store);
        let (store, _) = SampleStore::open(&path).unwrap();
        assert_eq!(store.records(), [round(0), round(1)]);
    }

    #[test]
    fn an_incomplete_last_line_loses_only_its_own_record() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        let (mut store, _) = SampleStore::open(&path).unwrap();
        store.append(round(0)).unwrap();
        let first = fs::metadata(&path).unwrap().len();
        store.append(round(1)).unwrap();
        drop(store);
        let whole = fs::read(&path).unwrap();
        for cut in first..whole.len() as u64 {
            fs::write(&path, &whole[..cut as usize]).unwrap();
            let (mut store, found) = SampleStore::open(&path).unwrap();
            assert_eq!(store.records(), [round(0)]);
            assert_eq!(found.incomplete_bytes, cut - first);
            store.append(round(2)).unwrap();
            drop(store);
            assert_eq!(read(&path).unwrap(), [round(0), round(2)]);
        }
    }

    #[test]
    fn a_record_of_a_newer_version_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.jsonl");
        fs::write(&path, "{\"type\":\"from-the-future\",\"x\":1}\n").unwrap();
        let (mut store, found) = SampleStore::open(&path).unwrap();
        assert_eq!(found.unknown_lines, 1);
        store.append(round(0)).unwrap();
        assert_eq!(store.records(), [round(0)]);
        assert!(fs::read_to_string(&path).unwrap().contains("from-the-future"));
    }

    #[test]
    fn a_failed_append_leaves_no_partial_line() {
        // Writes to `/dev/full` fail as on a full disk.
        let Ok(file) = OpenOptions::new().write(true).open("/dev/full") else { return };
        let mut store =
            SampleStore { path: PathBuf::from("/dev/full"), file, length: 0, records: Vec::new() };
        let error = store.append(round(0)).unwrap_err();
        assert!(error.to_string().contains("/dev/full"), "{error}");
        assert!(store.records().is_empty());
    }
}
