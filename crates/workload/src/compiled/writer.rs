//! Writes a compiled workload in one pass; memory grows with the keys, not with the requests.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bakeoff_compiled::{ColumnKind, HEADER_BYTES, Header, MAGIC, Op, VERSION};
use bytemuck::Zeroable;
use tempfile::NamedTempFile;

use super::TEMPORARY_PREFIX;
use super::file_layout::{ColumnList, append_column, append_keys, compute_digest, header_bytes};
use super::monotonic_times::MonotonicTimes;
use super::optional_column::OptionalColumn;
use super::unknown_sizes::UnknownSizes;
use crate::atomic_file::{self, USER_FILE};
use crate::intern::{InternError, Interner};
use crate::source::{Sink, SinkStop, SourceKey, SourceRequest, WriteError};

/// Number of ids buffered before a write.
const BUFFERED: usize = 64 * 1024;
/// Number of requests that are collected so that their table slots can be prefetched together.
///
/// With a million keys or more, the interner's table exceeds the processor's caches. Without
/// prefetching, memory latency would then dominate compilation.
const PREFETCHED_SLOTS: usize = 64;
/// Number of upcoming requests whose keys, found through the table slots, are prefetched.
const PREFETCHED_KEYS: usize = 16;
/// Total length of pending textual keys, in bytes, at which they are stored immediately.
const MAX_PENDING_BYTES: usize = 64 * 1024;

impl From<InternError> for WriteError {
    fn from(error: InternError) -> Self {
        match error {
            InternError::MixedKeys => Self::MixedKeys,
            InternError::TooManyKeys => Self::TooManyKeys,
        }
    }
}

/// Sink that writes its requests to a compiled workload.
#[derive(Debug)]
pub struct WorkloadWriter {
    output: PathBuf,
    folder: PathBuf,
    file: NamedTempFile,
    ids: Vec<u32>,
    keys: Option<Interner>,
    default_bytes: u32,
    limit: u64,
    accepted: u64,
    pending: Vec<PendingRequest>,
    /// Textual keys of the pending requests, concatenated.
    pending_text: Vec<u8>,
    /// Number of requests, indexed by [`Op`].
    counts: [u64; 3],
    request_bytes: u64,
    arrival_times: MonotonicTimes,
    ops: OptionalColumn<u8>,
    sizes: OptionalColumn<u32>,
    ttls: OptionalColumn<u32>,
    times: OptionalColumn<u64>,
    tenants: OptionalColumn<u16>,
    groups: OptionalColumn<u32>,
    last_sizes: Vec<u32>,
    unknown_sizes: UnknownSizes,
}

impl WorkloadWriter {
    /// Starts a workload that appears at `output` when it is finished.
    ///
    /// The directory of `output` must exist. `default_bytes` is assumed for values whose size the
    /// source does not record.
    ///
    /// # Errors
    /// [`WriteError::Io`] if the directory is not writable.
    pub fn create(output: &Path, default_bytes: u32) -> Result<Self, WriteError> {
        let io = |source| WriteError::Io { path: output.to_owned(), source };
        let folder = atomic_file::folder_of(output).to_owned();
        let mut file =
            atomic_file::create_temporary(&folder, TEMPORARY_PREFIX, USER_FILE).map_err(io)?;
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
            pending: Vec::with_capacity(PREFETCHED_SLOTS),
            pending_text: Vec::new(),
            counts: [0; 3],
            request_bytes: 0,
            arrival_times: MonotonicTimes::default(),
            ops: OptionalColumn::new(Some(Op::Read as u8)),
            sizes: OptionalColumn::new(None),
            ttls: OptionalColumn::new(Some(0)),
            times: OptionalColumn::new(Some(0)),
            tenants: OptionalColumn::new(Some(0)),
            groups: OptionalColumn::new(Some(0)),
            last_sizes: Vec::new(),
            unknown_sizes: UnknownSizes::default(),
        })
    }

    /// Declares that every key is a number below `limit`, which makes interning cheaper.
    #[must_use]
    pub fn with_key_limit(mut self, limit: u64) -> Self {
        self.keys = Some(Interner::with_limit(limit));
        self
    }

    /// Sets the maximum number of requests.
    ///
    /// Further requests are refused with [`SinkStop::LimitReached`].
    #[must_use]
    pub fn with_request_limit(mut self, requests: u64) -> Self {
        self.limit = requests;
        self
    }

    /// Describes requests that are out of order; `None` if there are none.
    pub(crate) fn order_note(&self) -> Option<String> {
        self.arrival_times.note()
    }

    fn io(&self, source: io::Error) -> WriteError {
        WriteError::Io { path: self.output.clone(), source }
    }

    fn flush_ids(&mut self) -> Result<(), WriteError> {
        let written = self.file.as_file_mut().write_all(bytemuck::cast_slice(&self.ids));
        self.ids.clear();
        written.map_err(|source| self.io(source))
    }

    /// Returns the last size of a known key, used for requests without a size.
    #[inline]
    fn last_size(&self, id: u32) -> u32 {
        let first = || self.sizes.default_value().unwrap_or(self.default_bytes);
        self.last_sizes.get(id as usize).copied().unwrap_or_else(first)
    }

    /// Stores the last size of a key; does nothing while all sizes are equal.
    #[inline]
    fn store_last_size(&mut self, id: u32, bytes: u32) {
        if self.sizes.uniform().is_some() {
            return;
        }
        if self.last_sizes.len() <= id as usize {
            // Until sizes first differ, all keys have the first size.
            let first = self.sizes.default_value().unwrap_or(self.default_bytes);
            let keys = self.keys.as_ref().map_or(0, Interner::len);
            self.last_sizes.resize(keys, first);
        }
        self.last_sizes[id as usize] = bytes;
    }

    /// Writes the remaining parts and the digest, and renames the file to its final name.
    ///
    /// # Errors
    /// [`WriteError::Empty`] if there are no requests; [`WriteError::Io`] if writing fails.
    pub fn finish(self) -> Result<Header, WriteError> {
        let output = self.output.clone();
        let (header, file) = self.finish_temporary()?;
        atomic_file::persist(file, &output)
            .map_err(|source| WriteError::Io { path: output, source })?;
        Ok(header)
    }

    /// Completes the file like [`Self::finish`], but leaves it under its temporary name.
    pub(crate) fn finish_temporary(mut self) -> Result<(Header, NamedTempFile), WriteError> {
        self.store_pending()?;
        if self.counts == [0; 3] {
            return Err(WriteError::Empty);
        }
        self.flush_ids()?;
        let output = self.output.clone();
        self.assemble().map_err(|source| WriteError::Io { path: output, source })
    }

    fn assemble(mut self) -> io::Result<(Header, NamedTempFile)> {
        let requests: u64 = self.counts.iter().sum();
        let keys = self.keys.take().unwrap_or_else(Interner::for_numbers);
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
        header.unsized_requests = self.unknown_sizes.unsized_requests();
        if header.unsized_requests > 0 {
            header.unsized_keys = self.unknown_sizes.unsized_keys(keys.len());
            header.assumed_bytes = u64::from(self.default_bytes);
        }
        let mut columns = ColumnList::default();
        let file = self.file.as_file_mut();
        columns.add(&mut header, ColumnKind::Ids, 4, requests, HEADER_BYTES as u64);
        append_column(file, &mut header, &mut columns, ColumnKind::Ops, self.ops)?;
        append_column(file, &mut header, &mut columns, ColumnKind::Sizes, self.sizes)?;
        append_column(file, &mut header, &mut columns, ColumnKind::TtlsMs, self.ttls)?;
        append_column(file, &mut header, &mut columns, ColumnKind::TimesUs, self.times)?;
        append_column(file, &mut header, &mut columns, ColumnKind::Tenants, self.tenants)?;
        append_column(file, &mut header, &mut columns, ColumnKind::Groups, self.groups)?;
        append_keys(file, &mut header, &mut columns, &keys)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header_bytes(&header))?;
        header.digest = compute_digest(file, &header)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header_bytes(&header))?;
        Ok((header, self.file))
    }
}

impl Sink for WorkloadWriter {
    #[inline]
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), SinkStop> {
        if self.accepted == self.limit {
            return Err(SinkStop::LimitReached);
        }
        self.accepted += 1;
        let fields = RequestFields::new(request, self.arrival_times.convert(request.time_us));
        let (key, hash) = match request.key {
            SourceKey::Number(number) => {
                let keys = self.keys.get_or_insert_with(Interner::for_numbers);
                (number, keys.prefetch_slot(number).map_err(WriteError::from)?)
            }
            SourceKey::Text(text) => {
                let keys = self.keys.get_or_insert_with(Interner::for_texts);
                let hash = keys.prefetch_text_slot(text).map_err(WriteError::from)?;
                self.pending_text.extend_from_slice(text);
                (self.pending_text.len() as u64, hash)
            }
        };
        self.pending.push(PendingRequest { key, hash, fields });
        if self.pending.len() == PREFETCHED_SLOTS || self.pending_text.len() >= MAX_PENDING_BYTES {
            self.store_pending()?;
        }
        Ok(())
    }
}

impl WorkloadWriter {
    /// Stores the pending requests in their order.
    fn store_pending(&mut self) -> Result<(), WriteError> {
        let mut pending = std::mem::take(&mut self.pending);
        match self.keys {
            Some(Interner::Texts(_)) => self.store_texts(&pending)?,
            _ => self.store_numbers(&pending)?,
        }
        pending.clear();
        self.pending = pending;
        Ok(())
    }

    /// Stores requests with numeric keys.
    fn store_numbers(&mut self, pending: &[PendingRequest]) -> Result<(), WriteError> {
        let mut hashes_ahead = pending.iter().map(|request| request.hash);
        if let Some(keys) = &self.keys {
            hashes_ahead.by_ref().take(PREFETCHED_KEYS).for_each(|hash| keys.prefetch_key(hash));
        }
        for &PendingRequest { key, hash, fields } in pending {
            let Some(keys) = &mut self.keys else { break };
            if let Some(hash) = hashes_ahead.next() {
                keys.prefetch_key(hash);
            }
            let known_keys = keys.len();
            let id = keys.number_id(key, hash)?;
            self.store(id, known_keys, fields)?;
        }
        Ok(())
    }

    /// Stores requests with textual keys.
    fn store_texts(&mut self, pending: &[PendingRequest]) -> Result<(), WriteError> {
        let mut text = std::mem::take(&mut self.pending_text);
        if let Some(keys) = &self.keys {
            keys.prefetch_texts(pending.iter().map(|request| request.hash));
        }
        let mut start = 0;
        for &PendingRequest { key: end, hash, fields } in pending {
            let Some(keys) = &mut self.keys else { break };
            let end = end as usize;
            let known_keys = keys.len();
            let id = keys.text_id(&text[start..end], hash)?;
            start = end;
            self.store(id, known_keys, fields)?;
        }
        text.clear();
        self.pending_text = text;
        Ok(())
    }

    /// Stores one request; `known_keys` is the number of distinct keys before it.
    #[inline]
    fn store(
        &mut self,
        id: u32,
        known_keys: usize,
        fields: RequestFields,
    ) -> Result<(), WriteError> {
        self.ids.push(id);
        if self.ids.len() == BUFFERED {
            self.flush_ids()?;
        }
        self.counts[fields.op as usize] += 1;
        let bytes = match fields.bytes {
            Some(bytes) => bytes,
            None if id as usize == known_keys => self.default_bytes,
            None => self.last_size(id),
        };
        self.unknown_sizes.record(id, known_keys, fields.bytes.is_some());
        self.request_bytes += u64::from(bytes);
        let folder = &self.folder;
        let pushed = self
            .ops
            .push(fields.op as u8, folder)
            .and_then(|()| self.sizes.push(bytes, folder))
            .and_then(|()| self.ttls.push(fields.ttl_ms, folder))
            .and_then(|()| self.times.push(fields.time_us, folder))
            .and_then(|()| self.tenants.push(fields.tenant, folder))
            .and_then(|()| self.groups.push(fields.group, folder));
        pushed.map_err(|source| self.io(source))?;
        self.store_last_size(id, bytes);
        Ok(())
    }
}

/// Request whose table slot is being prefetched.
#[derive(Clone, Copy, Debug)]
struct PendingRequest {
    /// Numeric key, or the end of the textual key in `pending_text`.
    key: u64,
    hash: u64,
    fields: RequestFields,
}

/// Fields of a [`SourceRequest`] without its key, with the time relative to the first request.
#[derive(Clone, Copy, Debug)]
struct RequestFields {
    op: Op,
    bytes: Option<u32>,
    ttl_ms: u32,
    time_us: u64,
    tenant: u16,
    group: u32,
}

impl RequestFields {
    #[inline]
    fn new(request: &SourceRequest<'_>, time_us: u64) -> Self {
        let SourceRequest { op, bytes, ttl_ms, tenant, group, .. } = *request;
        Self { op, bytes, ttl_ms, time_us, tenant, group }
    }
}
