//! Answers a read of several keys as the answers come: what it holds first.

use bakeoff_strategy::{Read, Source};

use crate::fault::Fault;

/// Answers a read of several keys as the answers come: what it holds first.
#[derive(Debug, Default)]
pub struct HitsFirst;

impl Fault for HitsFirst {
    fn rule(&self) -> &'static str {
        "read-many"
    }

    fn together(&self, mut reads: Vec<Read>) -> Vec<Read> {
        reads.sort_by_key(|read| !matches!(read.source, Source::Hit { .. }));
        reads
    }
}
