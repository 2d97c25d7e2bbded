//! Virtual clock of a private server.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use bakeoff_clock::{ClockPage, LIBRARY, PAGE_VARIABLE};

use crate::unprivileged::RunAs;

const PRELOAD_VARIABLE: &str = "LD_PRELOAD";

/// Clock of a private server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerTime {
    /// Clock of the system.
    Real,
    /// Clock with a fixed time until the owner of its page advances it.
    ///
    /// The server follows the clock of the system if preloading is not supported.
    Virtual,
}

/// Clock page of a server, and the library that makes the server follow it.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    page: ClockPage,
    path: PathBuf,
    library: PathBuf,
}

impl VirtualClock {
    /// Creates the files in a server's directory, readable for the user that runs the server.
    ///
    /// Returns `None` for real time, and where preloading is not supported.
    pub(crate) fn create_in(
        folder: &Path,
        time: ServerTime,
        owner: RunAs,
    ) -> io::Result<Option<Self>> {
        let (ServerTime::Virtual, Some(bytes)) = (time, LIBRARY) else { return Ok(None) };
        let (path, library) = (folder.join("clock"), folder.join("clock.so"));
        fs::write(&library, bytes)?;
        let page = ClockPage::create(&path)?;
        owner.make_owner_of(&path)?;
        owner.make_owner_of(&library)?;
        Ok(Some(Self { page, path, library }))
    }

    /// Makes a command start its program with this clock.
    pub(crate) fn apply_to(&self, command: &mut Command) {
        let mut libraries = OsString::from(&self.library);
        if let Some(others) = std::env::var_os(PRELOAD_VARIABLE).filter(|list| !list.is_empty()) {
            libraries.push(":");
            libraries.push(others);
        }
        command.env(PRELOAD_VARIABLE, libraries).env(PAGE_VARIABLE, &self.path);
    }

    /// Returns the path of the page if a started server follows it.
    ///
    /// A statically linked program does not follow it, and neither does a server whose directory
    /// does not allow the loading of libraries.
    pub(crate) fn followed_page(&self) -> Option<&Path> {
        self.page.has_followers().then_some(&*self.path)
    }
}
