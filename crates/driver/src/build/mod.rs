//! Builds of runners.
//!
//! All runners of a tree come from one call of cargo with one fixed selection of packages, so that
//! cargo unifies features in the same way whichever strategies take part. Each tree has its own
//! target directory. Runners are cached by the content that they were compiled from: an unchanged
//! strategy keeps its runner, and an unchanged tree needs no build. Every new runner is started
//! once and must report its tree.

mod builder;
mod cache;
mod cache_insert;
mod cargo;
mod context;
mod error;
mod external;
pub mod facts;
mod handshake;
mod key;
mod lines_of_code;
mod process;
pub mod provider;
mod request;
mod runner;

pub use builder::Builder;
pub use error::{BuildError, BuildFailure};
pub use request::{BuildRequest, POSTGRES, SQLITE};
pub use runner::{BuildKind, Built, Runners, TreeBuild};
