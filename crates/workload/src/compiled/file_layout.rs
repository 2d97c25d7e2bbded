//! Layout of a compiled workload: alignment, optional columns, key table, header and digest.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use bakeoff_compiled::{ColumnEntry, ColumnKind, HEADER_BYTES, Header};

use super::optional_column::OptionalColumn;
use crate::intern::Interner;

/// Alignment of columns, in bytes.
const ALIGNMENT: u64 = 64;

/// Adds entries to the header's list of columns.
#[derive(Default)]
pub(super) struct ColumnList {
    next: usize,
}

impl ColumnList {
    pub(super) fn add(
        &mut self,
        header: &mut Header,
        kind: ColumnKind,
        width: u32,
        count: u64,
        offset: u64,
    ) {
        header.columns[self.next] = ColumnEntry { kind: kind as u32, width, offset, count };
        self.next += 1;
    }
}

/// Appends an optional column, unless all its elements equal the default.
pub(super) fn append_column<T: bytemuck::Pod + PartialEq>(
    file: &mut File,
    header: &mut Header,
    columns: &mut ColumnList,
    kind: ColumnKind,
    column: OptionalColumn<T>,
) -> io::Result<()> {
    let (offset, count) = (aligned_end(file)?, column.count());
    if column.append_to(file)? {
        columns.add(header, kind, size_of::<T>() as u32, count, offset);
    }
    Ok(())
}

/// Appends the table of original keys, unless every key equals its id.
pub(super) fn append_keys(
    file: &mut File,
    header: &mut Header,
    columns: &mut ColumnList,
    keys: &Interner,
) -> io::Result<()> {
    match keys {
        Interner::Direct { .. } | Interner::Numbers(_) => {
            let numbers = keys.numeric_keys();
            if numbers.iter().enumerate().all(|(id, &number)| id as u64 == number) {
                return Ok(());
            }
            let offset = aligned_end(file)?;
            file.write_all(bytemuck::cast_slice(numbers))?;
            columns.add(header, ColumnKind::KeyNumbers, 8, numbers.len() as u64, offset);
        }
        Interner::Texts(texts) => {
            let (ends, text) = (texts.ends(), texts.text());
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

/// Pads the file to the alignment of columns and returns its new length.
fn aligned_end(file: &mut File) -> io::Result<u64> {
    let end = file.seek(SeekFrom::End(0))?;
    let aligned = end.next_multiple_of(ALIGNMENT);
    let padding = [0; ALIGNMENT as usize];
    file.write_all(&padding[..(aligned - end) as usize])?;
    Ok(aligned)
}

/// Returns the header's bytes, padded to [`HEADER_BYTES`].
pub(super) fn header_bytes(header: &Header) -> Vec<u8> {
    let mut bytes = bytemuck::bytes_of(header).to_vec();
    bytes.resize(HEADER_BYTES, 0);
    bytes
}

/// Computes the BLAKE3 digest of a file, with the digest field of its header set to zeros.
pub(super) fn compute_digest(file: &mut File, header: &Header) -> io::Result<[u8; 32]> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&header_bytes(&Header { digest: [0; 32], ..*header }));
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
