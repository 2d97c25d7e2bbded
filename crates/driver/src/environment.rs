//! Interfaces to the outside world: repositories, compilers, servers, and the user.

use crate::build::provider::BuildProvider;
use crate::interrupt::Interrupt;
use crate::phases::generate::shell::Shell;
use crate::record::locks::machine_lock::MachineLock;
use crate::resources::servers::ServerProvider;
use crate::source::provider::SourceProvider;
use crate::ui::reporter::Reporter;

/// Everything that an exploration needs from outside; tests replace each part.
#[derive(Clone, Copy)]
pub struct Environment<'a> {
    /// Source code of the variants.
    pub source: &'a dyn SourceProvider,
    /// Builds runners.
    pub builder: &'a dyn BuildProvider,
    /// Runs the command of `--generate-cmd`.
    pub shell: &'a dyn Shell,
    /// Starts or connects to servers.
    pub servers: &'a dyn ServerProvider,
    /// Receives progress events.
    pub reporter: &'a dyn Reporter,
    /// Set when the user asks to stop.
    pub interrupt: &'a Interrupt,
    /// Lock that serializes timed trials of all explorations on this machine.
    pub machine: &'a MachineLock,
}
