//! A column that takes no space until its elements differ from what its absence means.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use bytemuck::Pod;

/// Elements that are gathered before they are written.
const BUFFERED: usize = 16 * 1024;

/// An optional column under way: nothing is written while all elements are equal.
#[derive(Debug)]
pub(super) struct LazyColumn<T> {
    same: Option<T>,
    count: u64,
    spill: Option<Spill<T>>,
}

#[derive(Debug)]
struct Spill<T> {
    file: File,
    buffer: Vec<T>,
}

impl<T: Pod + PartialEq> LazyColumn<T> {
    /// A column whose absence means that every element is `absent`; `None`: whatever the first is.
    pub(super) fn new(absent: Option<T>) -> Self {
        Self { same: absent, count: 0, spill: None }
    }

    /// Adds an element; `folder` is where a temporary file goes once one is needed.
    #[inline]
    pub(super) fn push(&mut self, value: T, folder: &Path) -> io::Result<()> {
        if self.spill.is_none() {
            if *self.same.get_or_insert(value) == value {
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
        let mut spill =
            Spill { file: tempfile::tempfile_in(folder)?, buffer: Vec::with_capacity(BUFFERED) };
        if let Some(same) = self.same {
            for _ in 0..self.count {
                spill.push(same)?;
            }
        }
        self.spill = Some(spill);
        Ok(())
    }

    /// What every element is, while they are all equal; `None` before the first of a column
    /// without a stated absence, and once they differ.
    pub(super) fn uniform(&self) -> Option<T> {
        if self.spill.is_some() { None } else { self.same }
    }

    /// What the absence stands for: the stated one, or else the first element.
    pub(super) fn absent(&self) -> Option<T> {
        self.same
    }

    /// Number of elements.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Appends the elements to `target`, if the column is needed; says whether it was.
    pub(super) fn append_to(self, target: &mut File) -> io::Result<bool> {
        let Some(mut spill) = self.spill else { return Ok(false) };
        spill.flush()?;
        spill.file.seek(SeekFrom::Start(0))?;
        io::copy(&mut spill.file, target)?;
        Ok(true)
    }
}

impl<T: Pod> Spill<T> {
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
