//! Column of a compiled workload that is omitted if all elements are equal.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use bytemuck::Pod;

/// Number of elements buffered before a write.
const BUFFERED: usize = 16 * 1024;

/// Column that stores nothing while all its elements equal the default.
#[derive(Debug)]
pub(super) struct OptionalColumn<T> {
    default: Option<T>,
    count: u64,
    spill: Option<SpillFile<T>>,
}

#[derive(Debug)]
struct SpillFile<T> {
    file: File,
    buffer: Vec<T>,
}

impl<T: Pod + PartialEq> OptionalColumn<T> {
    /// Creates a column that is omitted if every element equals `default`.
    ///
    /// `None` makes the first element the default.
    pub(super) fn new(default: Option<T>) -> Self {
        Self { default, count: 0, spill: None }
    }

    /// Adds an element; creates a temporary file in `folder` when elements first differ.
    #[inline]
    pub(super) fn push(&mut self, value: T, folder: &Path) -> io::Result<()> {
        if self.spill.is_none() {
            if *self.default.get_or_insert(value) == value {
                self.count += 1;
                return Ok(());
            }
            self.begin_spill(folder)?;
        }
        self.count += 1;
        if let Some(spill) = &mut self.spill {
            spill.push(value)?;
        }
        Ok(())
    }

    #[cold]
    fn begin_spill(&mut self, folder: &Path) -> io::Result<()> {
        let mut spill = SpillFile {
            file: tempfile::tempfile_in(folder)?,
            buffer: Vec::with_capacity(BUFFERED),
        };
        if let Some(default) = self.default {
            for _ in 0..self.count {
                spill.push(default)?;
            }
        }
        self.spill = Some(spill);
        Ok(())
    }

    /// Returns the common value of all elements; `None` if they differ.
    pub(super) fn uniform(&self) -> Option<T> {
        if self.spill.is_some() { None } else { self.default }
    }

    /// Returns the default: the value given to [`Self::new`], or else the first element.
    pub(super) fn default_value(&self) -> Option<T> {
        self.default
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Appends the elements to `target` and returns true; returns false if all are equal.
    pub(super) fn append_to(self, target: &mut File) -> io::Result<bool> {
        let Some(mut spill) = self.spill else { return Ok(false) };
        spill.flush()?;
        spill.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut spill.file, target)?;
        Ok(true)
    }
}

impl<T: Pod> SpillFile<T> {
    #[inline]
    fn push(&mut self, value: T) -> io::Result<()> {
        self.buffer.push(value);
        if self.buffer.len() == BUFFERED { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(bytemuck::cast_slice(&self.buffer))?;
        self.buffer.clear();
        Ok(())
    }
}
