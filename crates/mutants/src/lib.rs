//! Strategies with one planted defect each, and the correct strategy that they are derived from.
//!
//! They show that the conformance kit catches each kind of defect by the intended rule: in the
//! tests of this crate, and through `bakeoff check` with `bakeoff-mutants NAME` as the runner.

mod behavior;
mod catalogue;
mod defect;
mod mutant;
mod store;

pub use catalogue::{CATALOGUE, CatalogueEntry, find};
pub use defect::RefusedOperation;
pub use mutant::{Mutant, OPTION};
