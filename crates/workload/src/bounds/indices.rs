//! One number a request: in memory, or in a temporary file where there are many.

use std::path::Path;

use memmap2::MmapMut;

/// More numbers than this (64 MiB of them) go to a file, whose pages the system may drop.
const IN_MEMORY: usize = 1 << 24;

/// A list of indices of requests.
pub(super) enum Indices {
    Memory(Vec<u32>),
    File(MmapMut),
}

impl Indices {
    /// So many zeros; a file lies in `folder`, without a name. Where none can be had there, they
    /// are kept in memory.
    pub(super) fn new(count: usize, folder: &Path) -> Self {
        if count > IN_MEMORY
            && let Ok(map) = mapped(count, folder)
        {
            return Self::File(map);
        }
        Self::Memory(vec![0; count])
    }
}

fn mapped(count: usize, folder: &Path) -> std::io::Result<MmapMut> {
    let file = tempfile::tempfile_in(folder)?;
    file.set_len(4 * count as u64)?;
    // SAFETY: the file has no name, so nobody else changes it.
    unsafe { MmapMut::map_mut(&file) }
}

impl AsRef<[u32]> for Indices {
    fn as_ref(&self) -> &[u32] {
        match self {
            Self::Memory(numbers) => numbers,
            // A map begins at a page, and has whole numbers.
            Self::File(map) => bytemuck::cast_slice(map),
        }
    }
}

impl AsMut<[u32]> for Indices {
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
    fn a_file_holds_what_memory_would() {
        let place = tempfile::tempdir().unwrap();
        let mut file = Indices::File(mapped(1_000, place.path()).unwrap());
        file.as_mut()[999] = 7;
        assert_eq!((file.as_ref().len(), file.as_ref()[0], file.as_ref()[999]), (1_000, 0, 7));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "it has no name");
    }
}
