//! Declares itself immediate, and one of its functions never answers.


use crate::fault::Fault;

/// Declares itself immediate, and one of its functions never answers.
#[derive(Debug, Default)]
pub struct Pends;

impl Fault for Pends {
    const RULE: &'static str = "immediate";

    const ALSO: &'static [&'static str] = &["snapshot"];

    const PENDS: bool = true;
}
