//! Recorded traces and logs: one reader a format, chosen by name or guessed.

mod access_json;
mod access_log;
mod address;
mod arc;
mod carried;
mod chronology;
mod clock;
mod columns;
mod csv;
mod delimited;
mod error;
mod files;
mod foreign;
mod guess;
mod input;
mod json;
mod jsonl;
mod keys_only;
mod libcachesim_csv;
mod line;
mod lirs;
mod memcached;
mod number;
mod operation;
mod oracle_general;
mod packed;
mod record;
mod redis_monitor;
mod scsi;
mod tenants;
mod text;
mod tsv;
mod twitter_csv;
mod u32_be;
mod u64_be;
mod understood;
mod vscsi;

use std::path::PathBuf;

pub use carried::Carried;
pub use chronology::{Order, chronological};
pub use columns::{Column, ColumnChoice, ColumnError, ROLES};
pub use error::{Place, TraceError, UnknownFormat};
pub use files::{STANDARD_INPUT, files, is_stream};
pub use guess::{Guess, guess};
pub use input::Input;
pub use line::Line;
pub use understood::Understood;

use crate::source::Sink;
use guess::{Likeness, Sample};

/// Raised whenever a reader comes to give other requests for the same bytes.
pub const VERSION: u32 = 3;

/// The formats; a new one adds its line here.
pub const FORMATS: &[Format] = &[
    access_json::FORMAT,
    access_log::FORMAT,
    address::FORMAT,
    arc::FORMAT,
    csv::FORMAT,
    jsonl::FORMAT,
    libcachesim_csv::FORMAT,
    lirs::FORMAT,
    memcached::FORMAT,
    oracle_general::FORMAT,
    redis_monitor::FORMAT,
    tsv::FORMAT,
    twitter_csv::FORMAT,
    u32_be::FORMAT,
    u64_be::FORMAT,
    vscsi::FORMAT,
];

/// What the operations of a format tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpMeaning {
    /// What users asked for: kept as they are.
    Requests,
    /// Loads and stores of blocks or addresses: all are reads unless they are to be honoured.
    Accesses,
}

/// A format that can be read.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name, as in `NAME:PATH`.
    pub name: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// One line for people.
    pub summary: &'static str,
    /// What its operations tell.
    pub ops: OpMeaning,
    /// Hands over every request.
    read: fn(&mut Input, &mut Carried, &mut dyn Sink) -> Result<(), TraceError>,
    /// Says how well the beginning of a file fits.
    recognise: fn(&Sample<'_>) -> Option<Likeness>,
}

impl Format {
    /// Hands every request of the input to the sink; `carried` goes on from the file before.
    ///
    /// # Errors
    /// [`TraceError`] where the input is not of this format, cannot be read, or the sink stops.
    pub fn read(
        &self,
        input: &mut Input,
        carried: &mut Carried,
        sink: &mut dyn Sink,
    ) -> Result<(), TraceError> {
        if text::is_utf16(input.sample().0) {
            return Err(TraceError::Utf16 { path: input.path().to_owned() });
        }
        (self.read)(input, carried, sink)
    }
}

/// The format of a name or an alias.
///
/// # Errors
/// [`UnknownFormat`], which lists those that there are.
pub fn format(name: &str) -> Result<&'static Format, UnknownFormat> {
    FORMATS
        .iter()
        .find(|format| format.name == name || format.aliases.contains(&name))
        .ok_or_else(|| UnknownFormat { name: name.to_owned() })
}

/// Parts `[FORMAT:]PATH`: a prefix counts as a format only if it is one.
#[must_use]
pub fn split(text: &str) -> (Option<&'static Format>, PathBuf) {
    if let Some((prefix, path)) = text.split_once(':')
        && let Ok(found) = format(prefix)
    {
        return (Some(found), PathBuf::from(path));
    }
    (None, PathBuf::from(text))
}

/// The format to read an input with: the named one, or else a guess from content and name.
///
/// # Errors
/// [`TraceError`] if the name is unknown, or nothing fits the input.
pub fn choose(input: &Input, name: Option<&str>) -> Result<Guess, TraceError> {
    match name {
        Some(name) => {
            Ok(Guess { format: format(name)?, reason: String::from("the format was named") })
        }
        None => guess::of_input(input),
    }
}
