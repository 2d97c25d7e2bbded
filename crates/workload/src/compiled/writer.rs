//! Writing a compiled workload: one pass, in memory that does not grow with its length.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::Zeroable;
use tempfile::NamedTempFile;

use super::column::LazyColumn;
use super::{Column, ColumnKind, HEADER_BYTES, Header, MAGIC, Op, VERSION};
use crate::intern::{InternError, Interner};
use crate::source::{Sink, SourceRequest, Stop};

/// Ids that are gathered before they are written.
const BUFFERED: usize = 64 * 1024;
/// Columns begin at multiples of this.
const ALIGNMENT: u64 = 64;

/// Why a workload could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output, or a temporary file beside it, cannot be written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The output.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to replay.
    #[error("the workload has no requests")]
    Empty,
    /// Ids have 32 bits.
    #[error("more than 4,294,967,294 distinct keys")]
    TooManyKeys,
    /// A reader gave numbers and texts.
    #[error("keys that are numbers and keys that are texts in one workload")]
    MixedKeys,
}

impl From<InternError> for WriteError {
    fn from(error: InternError) -> Self {
        match error {
            InternError::MixedKeys => Self::MixedKeys,
            InternError::TooManyKeys => Self::TooManyKeys,
        }
    }
}

/// Takes requests and leaves a compiled workload.
#[derive(Debug)]
pub struct Writer {
    output: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
    ids: Vec<u32>,
    keys: Option<Interner>,
    default_bytes: u32,
    limit: u64,
    counts: [u64; 3],
    request_bytes: u64,
    first_time_us: Option<u64>,
    last_time_us: u64,
    ops: LazyColumn<u8>,
    sizes: LazyColumn<u32>,
    ttls: LazyColumn<u32>,
    times: LazyColumn<u64>,
    tenants: LazyColumn<u16>,
    groups: LazyColumn<u32>,
    last_sizes: Vec<u32>,
}

impl Writer {
    /// Begins a workload that will appear at `output` when it is finished; the folder exists.
    /// `default_bytes` is the size of values of which the source says nothing.
    ///
    /// # Errors
    /// [`WriteError::Io`] if the folder cannot be written.
    pub fn create(output: &Path, default_bytes: u32) -> Result<Self, WriteError> {
        let io = |source| WriteError::Io { path: output.to_owned(), source };
        let folder = match output.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut file = super::temporary_beside(&folder).map_err(io)?;
        file.as_file_mut().seek(SeekFrom::Start(HEADER_BYTES as u64)).map_err(io)?;
        Ok(Self {
            output: output.to_owned(),
            folder,
            file,
            ids: Vec::with_capacity(BUFFERED),
            keys: None,
            default_bytes,
            limit: u64::MAX,
            counts: [0; 3],
            request_bytes: 0,
            first_time_us: None,
            last_time_us: 0,
            ops: LazyColumn::new(Some(Op::Read as u8)),
            sizes: LazyColumn::new(None),
            ttls: LazyColumn::new(Some(0)),
            times: LazyColumn::new(Some(0)),
            tenants: LazyColumn::new(Some(0)),
            groups: LazyColumn::new(Some(0)),
            last_sizes: Vec::new(),
        })
    }

    /// Says that every key is a number below `limit`, which makes finding ids cheaper.
    #[must_use]
    pub fn keys_below(mut self, limit: u64) -> Self {
        self.keys = Some(Interner::below(limit));
        self
    }

    /// Takes at most this many requests, then says [`Stop::Enough`].
    #[must_use]
    pub fn limit(mut self, requests: u64) -> Self {
        self.limit = requests;
        self
    }

    fn io(&self, source: io::Error) -> WriteError {
        WriteError::Io { path: self.output.clone(), source }
    }

    fn flush_ids(&mut self) -> Result<(), WriteError> {
        let written = self.file.as_file_mut().write_all(bytemuck::cast_slice(&self.ids));
        self.ids.clear();
        written.map_err(|source| self.io(source))
    }

    /// The last size of a key that was seen before: a source that says nothing of a size means
    /// the value that is there.
    #[inline]
    fn last_size(&self, id: u32) -> u32 {
        let first = || self.sizes.absent().unwrap_or(self.default_bytes);
        self.last_sizes.get(id as usize).copied().unwrap_or_else(first)
    }

    /// Keeps the last size of every key, from the moment on when sizes differ at all.
    #[inline]
    fn note_size(&mut self, id: u32, bytes: u32) {
        if self.sizes.uniform().is_some() {
            return;
        }
        if self.last_sizes.len() <= id as usize {
            // Keys that were seen before the sizes differed all had the first size.
            let first = self.sizes.absent().unwrap_or(self.default_bytes);
            let keys = self.keys.as_ref().map_or(0, Interner::len);
            self.last_sizes.resize(keys, first);
        }
        self.last_sizes[id as usize] = bytes;
    }

    /// Writes what is left, the digest included, and moves the file to its place.
    ///
    /// # Errors
    /// [`WriteError::Empty`] without requests; [`WriteError::Io`] if the disk refuses.
    pub fn finish(self) -> Result<Header, WriteError> {
        let output = self.output.clone();
        let (header, file) = self.finish_temporary()?;
        super::persist(file, &output).map_err(|source| WriteError::Io { path: output, source })?;
        Ok(header)
    }

    /// As [`Writer::finish`], but leaves the file under its temporary name.
    pub(crate) fn finish_temporary(mut self) -> Result<(Header, NamedTempFile), WriteError> {
        if self.counts == [0; 3] {
            return Err(WriteError::Empty);
        }
        self.flush_ids()?;
        let output = self.output.clone();
        self.assemble().map_err(|source| WriteError::Io { path: output, source })
    }

    fn assemble(mut self) -> io::Result<(Header, NamedTempFile)> {
        let requests: u64 = self.counts.iter().sum();
        let keys = self.keys.take().unwrap_or_else(Interner::numbers);
        let mut header = Header::zeroed();
        header.magic = MAGIC;
        header.version = VERSION;
        header.value_bytes = self.sizes.uniform().unwrap_or(0);
        header.requests = requests;
        header.unique_keys = keys.len() as u64;
        [header.reads, header.writes, header.deletes] = self.counts;
        header.request_bytes = self.request_bytes;
        header.unique_bytes = match self.sizes.uniform() {
            Some(bytes) => u64::from(bytes) * keys.len() as u64,
            None => self.last_sizes.iter().map(|&bytes| u64::from(bytes)).sum(),
        };
        let mut columns = ColumnList { next: 0 };
        let file = self.file.as_file_mut();
        columns.add(&mut header, ColumnKind::Ids, 4, requests, HEADER_BYTES as u64);
        append(file, &mut header, &mut columns, ColumnKind::Ops, self.ops)?;
        append(file, &mut header, &mut columns, ColumnKind::Sizes, self.sizes)?;
        append(file, &mut header, &mut columns, ColumnKind::TtlsMs, self.ttls)?;
        append(file, &mut header, &mut columns, ColumnKind::TimesUs, self.times)?;
        append(file, &mut header, &mut columns, ColumnKind::Tenants, self.tenants)?;
        append(file, &mut header, &mut columns, ColumnKind::Groups, self.groups)?;
        write_keys(file, &mut header, &mut columns, &keys)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page(&header))?;
        header.digest = digest(file, &header)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&page(&header))?;
        Ok((header, self.file))
    }
}

impl Sink for Writer {
    #[inline]
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        if self.counts.iter().sum::<u64>() >= self.limit {
            return Err(Stop::Enough);
        }
        let keys = self.keys.get_or_insert_with(|| Interner::for_key(request.key));
        let known = keys.len();
        let id = keys.id(request.key).map_err(WriteError::from)?;
        self.ids.push(id);
        if self.ids.len() == BUFFERED {
            self.flush_ids()?;
        }
        self.counts[request.op as usize] += 1;
        let bytes = match request.bytes {
            Some(bytes) => bytes,
            None if id as usize == known => self.default_bytes,
            None => self.last_size(id),
        };
        self.request_bytes += u64::from(bytes);
        let first = *self.first_time_us.get_or_insert(request.time_us);
        // A clock that went back would make gaps negative: time stands still instead.
        self.last_time_us = self.last_time_us.max(request.time_us.saturating_sub(first));
        let folder = &self.folder;
        let pushed = self
            .ops
            .push(request.op as u8, folder)
            .and_then(|()| self.sizes.push(bytes, folder))
            .and_then(|()| self.ttls.push(request.ttl_ms, folder))
            .and_then(|()| self.times.push(self.last_time_us, folder))
            .and_then(|()| self.tenants.push(request.tenant, folder))
            .and_then(|()| self.groups.push(request.group, folder));
        pushed.map_err(|source| self.io(source))?;
        self.note_size(id, bytes);
        Ok(())
    }
}

/// Fills the header's list of columns.
struct ColumnList {
    next: usize,
}

impl ColumnList {
    fn add(&mut self, header: &mut Header, kind: ColumnKind, width: u32, count: u64, offset: u64) {
        header.columns[self.next] = Column { kind: kind as u32, width, offset, count };
        self.next += 1;
    }
}

/// Appends an optional column, if it is needed.
fn append<T: bytemuck::Pod + PartialEq>(
    file: &mut File,
    header: &mut Header,
    columns: &mut ColumnList,
    kind: ColumnKind,
    column: LazyColumn<T>,
) -> io::Result<()> {
    let (offset, count) = (aligned_end(file)?, column.count());
    if column.append_to(file)? {
        columns.add(header, kind, size_of::<T>() as u32, count, offset);
    }
    Ok(())
}

/// Appends the table of original keys, unless the keys are their own ids.
fn write_keys(
    file: &mut File,
    header: &mut Header,
    columns: &mut ColumnList,
    keys: &Interner,
) -> io::Result<()> {
    match keys {
        Interner::Direct { .. } | Interner::Numbers(_) => {
            let numbers = keys.by_id();
            if numbers.iter().enumerate().all(|(id, &number)| id as u64 == number) {
                return Ok(());
            }
            let offset = aligned_end(file)?;
            file.write_all(bytemuck::cast_slice(numbers))?;
            columns.add(header, ColumnKind::KeyNumbers, 8, numbers.len() as u64, offset);
        }
        Interner::Texts { ends, text, .. } => {
            let offset = aligned_end(file)?;
            file.write_all(&0_u64.to_le_bytes())?;
            file.write_all(bytemuck::cast_slice(ends))?;
            columns.add(header, ColumnKind::KeyOffsets, 8, ends.len() as u64 + 1, offset);
            let offset = aligned_end(file)?;
            file.write_all(text)?;
            columns.add(header, ColumnKind::KeyText, 1, text.len() as u64, offset);
        }
    }
    Ok(())
}

/// Pads the file to the alignment of columns and leaves it positioned at its end.
fn aligned_end(file: &mut File) -> io::Result<u64> {
    let end = file.seek(SeekFrom::End(0))?;
    let aligned = end.next_multiple_of(ALIGNMENT);
    let padding = [0; ALIGNMENT as usize];
    file.write_all(&padding[..(aligned - end) as usize])?;
    Ok(aligned)
}

/// The header with its padding.
fn page(header: &Header) -> Vec<u8> {
    let mut page = bytemuck::bytes_of(header).to_vec();
    page.resize(HEADER_BYTES, 0);
    page
}

/// BLAKE3 of a file whose header's digest is taken as zeros.
pub(super) fn digest(file: &mut File, header: &Header) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&page(&Header { digest: [0; 32], ..*header }));
    file.seek(SeekFrom::Start(HEADER_BYTES as u64))?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(*hasher.finalize().as_bytes()),
            Ok(read) => {
                hasher.update(&buffer[..read]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
