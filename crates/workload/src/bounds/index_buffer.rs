//! Buffer with one index per request, in memory or in a temporary file.

use std::path::Path;

use memmap2::MmapMut;

/// Largest number of indices kept in memory (64 MiB).
///
/// Longer buffers are mapped files, whose pages the operating system can evict.
const MAX_IN_MEMORY: usize = 1 << 24;

/// Mutable array of request indices.
pub(super) enum IndexBuffer {
    Memory(Vec<u32>),
    File(MmapMut),
}

impl IndexBuffer {
    /// Creates a buffer of `count` zeros.
    ///
    /// A large buffer is an unnamed file in `folder`, or memory if no file can be created there.
    pub(super) fn new(count: usize, folder: &Path) -> Self {
        if count > MAX_IN_MEMORY
            && let Ok(map) = map_temporary_file(count, folder)
        {
            return Self::File(map);
        }
        Self::Memory(vec![0; count])
    }
}

fn map_temporary_file(count: usize, folder: &Path) -> std::io::Result<MmapMut> {
    let file = tempfile::tempfile_in(folder)?;
    file.set_len(4 * count as u64)?;
    // SAFETY: the file has no name, so no other process can change it.
    unsafe { MmapMut::map_mut(&file) }
}

impl AsRef<[u32]> for IndexBuffer {
    fn as_ref(&self) -> &[u32] {
        match self {
            Self::Memory(numbers) => numbers,
            // Cannot panic: a map is page-aligned, and its length is a multiple of 4.
            Self::File(map) => bytemuck::cast_slice(map),
        }
    }
}

impl AsMut<[u32]> for IndexBuffer {
    fn as_mut(&mut self) -> &mut [u32] {
        match self {
            Self::Memory(numbers) => numbers,
            Self::File(map) => bytemuck::cast_slice_mut(map),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_file_works_like_memory() {
        let folder = tempfile::tempdir().unwrap();
        let mut file = IndexBuffer::File(map_temporary_file(1_000, folder.path()).unwrap());
        file.as_mut()[999] = 7;
        assert_eq!((file.as_ref().len(), file.as_ref()[0], file.as_ref()[999]), (1_000, 0, 7));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
    }
}
