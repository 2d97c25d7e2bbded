//! Writing a compiled workload: one pass, in memory that does not grow with its length.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytemuck::Zeroable;
use tempfile::NamedTempFile;

use super::arrivals::Arrivals;
use super::column::LazyColumn;
use super::parts::{ColumnList, append, digest, page, write_keys};
use super::told::Told;
use super::{ColumnKind, HEADER_BYTES, Header, MAGIC, Op, VERSION};
use crate::intern::{InternError, Interner};
use crate::source::{Sink, SourceKey, SourceRequest, Stop};

/// Ids that are gathered before they are written.
const BUFFERED: usize = 64 * 1024;
/// Requests that wait until memory has answered what their ids take: a table of a million keys does
/// not fit a processor's cache, and one wait after the other would be most of compiling.
const ANNOUNCED: usize = 64;
/// How many requests ahead the second of those two answers is asked for.
const APPROACHED: usize = 16;

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
    accepted: u64,
    announced: Vec<Announced>,
    counts: [u64; 3],
    request_bytes: u64,
    arrivals: Arrivals,
    ops: LazyColumn<u8>,
    sizes: LazyColumn<u32>,
    ttls: LazyColumn<u32>,
    times: LazyColumn<u64>,
    tenants: LazyColumn<u16>,
    groups: LazyColumn<u32>,
    last_sizes: Vec<u32>,
    told: Told,
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
            accepted: 0,
            announced: Vec::with_capacity(ANNOUNCED),
            counts: [0; 3],
            request_bytes: 0,
            arrivals: Arrivals::default(),
            ops: LazyColumn::new(Some(Op::Read as u8)),
            sizes: LazyColumn::new(None),
            ttls: LazyColumn::new(Some(0)),
            times: LazyColumn::new(Some(0)),
            tenants: LazyColumn::new(Some(0)),
            groups: LazyColumn::new(Some(0)),
            last_sizes: Vec::new(),
            told: Told::default(),
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

    /// What is to be said of requests that are earlier than those before them.
    pub(crate) fn early_note(&self) -> Option<String> {
        self.arrivals.note()
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
        self.settle_announced()?;
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
        header.unsized_requests = self.told.unsized_requests();
        if header.unsized_requests > 0 {
            header.unsized_keys = self.told.unsized_keys(keys.len());
            header.assumed_bytes = u64::from(self.default_bytes);
        }
        let mut columns = ColumnList::default();
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
        if self.accepted == self.limit {
            return Err(Stop::Enough);
        }
        self.accepted += 1;
        let rest = Rest::of(request, self.arrivals.next(request.time_us));
        match request.key {
            SourceKey::Number(number) => {
                let keys = self.keys.get_or_insert_with(Interner::numbers);
                let hash = keys.announce(number).map_err(WriteError::from)?;
                self.announced.push(Announced { number, hash, rest });
                if self.announced.len() == ANNOUNCED {
                    self.settle_announced()?;
                }
            }
            SourceKey::Text(text) => {
                let keys = self.keys.get_or_insert_with(Interner::texts);
                let known = keys.len();
                let id = keys.text_id(text).map_err(WriteError::from)?;
                self.store(id, known, rest)?;
            }
        }
        Ok(())
    }
}

impl Writer {
    /// Stores what was announced, in its order.
    fn settle_announced(&mut self) -> Result<(), WriteError> {
        let mut announced = std::mem::take(&mut self.announced);
        let mut approaching = announced.iter().map(|request| request.hash);
        if let Some(keys) = &self.keys {
            approaching.by_ref().take(APPROACHED).for_each(|hash| keys.approach(hash));
        }
        for &Announced { number, hash, rest } in &announced {
            let Some(keys) = &mut self.keys else { break };
            if let Some(ahead) = approaching.next() {
                keys.approach(ahead);
            }
            let known = keys.len();
            let id = keys.number_id(number, hash)?;
            self.store(id, known, rest)?;
        }
        announced.clear();
        self.announced = announced;
        Ok(())
    }

    /// Adds a request of which the id is known; `known` keys came before it.
    #[inline]
    fn store(&mut self, id: u32, known: usize, rest: Rest) -> Result<(), WriteError> {
        self.ids.push(id);
        if self.ids.len() == BUFFERED {
            self.flush_ids()?;
        }
        self.counts[rest.op as usize] += 1;
        let bytes = match rest.bytes {
            Some(bytes) => bytes,
            None if id as usize == known => self.default_bytes,
            None => self.last_size(id),
        };
        self.told.note(id, known, rest.bytes.is_some());
        self.request_bytes += u64::from(bytes);
        let folder = &self.folder;
        let pushed = self
            .ops
            .push(rest.op as u8, folder)
            .and_then(|()| self.sizes.push(bytes, folder))
            .and_then(|()| self.ttls.push(rest.ttl_ms, folder))
            .and_then(|()| self.times.push(rest.time_us, folder))
            .and_then(|()| self.tenants.push(rest.tenant, folder))
            .and_then(|()| self.groups.push(rest.group, folder));
        pushed.map_err(|source| self.io(source))?;
        self.note_size(id, bytes);
        Ok(())
    }
}

/// A request whose key is a number that the interner was told of.
#[derive(Clone, Copy, Debug)]
struct Announced {
    number: u64,
    hash: u64,
    rest: Rest,
}

/// A request without its key, its time since the first one; see [`SourceRequest`].
#[derive(Clone, Copy, Debug)]
struct Rest {
    op: Op,
    bytes: Option<u32>,
    ttl_ms: u32,
    time_us: u64,
    tenant: u16,
    group: u32,
}

impl Rest {
    #[inline]
    fn of(request: &SourceRequest<'_>, time_us: u64) -> Self {
        let SourceRequest { op, bytes, ttl_ms, tenant, group, .. } = *request;
        Self { op, bytes, ttl_ms, time_us, tenant, group }
    }
}
