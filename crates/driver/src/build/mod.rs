//! Builds and caches runners, the executables of strategies.
//!
//! One call of cargo builds all runners of a tree. It always selects the same packages, so that
//! cargo unifies features in the same way for any set of strategies. Each tree has its own target
//! directory. Runners are cached by the content that they were compiled from: an unchanged strategy
//! keeps its runner, and an unchanged tree needs no build. Every new runner is started once and
//! must report its tree.

mod builder;
mod cache;
mod cargo;
mod context;
mod error;
pub mod facts;
mod handshake;
mod non_rust;
mod process;
pub mod provider;
mod request;
mod runner;

pub use builder::RunnerBuilder;
pub use error::{BuildError, BuildFailure};
pub use request::{BuildRequest, POSTGRES_FEATURE, SQLITE_FEATURE};
pub use runner::{BuildKind, BuiltRunner, Runners, TreeBuild};
