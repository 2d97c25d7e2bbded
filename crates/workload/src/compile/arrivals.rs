//! Requests whose time lies before that of an earlier one.

use crate::compiled::Writer;
use crate::source::{Sink, SourceRequest, Stop};

/// Passes requests on to the writer, for which time never goes back, and counts where it did.
pub(super) struct Arrivals<'a> {
    writer: &'a mut Writer,
    latest_us: u64,
    late: u64,
    furthest_us: u64,
}

impl<'a> Arrivals<'a> {
    pub(super) fn new(writer: &'a mut Writer) -> Self {
        Self { writer, latest_us: 0, late: 0, furthest_us: 0 }
    }

    /// What is to be said of them.
    pub(super) fn note(&self) -> Option<String> {
        (self.late > 0).then(|| {
            format!(
                "{} requests are earlier than those before them, by up to {}: they are replayed at the time of those before",
                self.late,
                span(self.furthest_us)
            )
        })
    }
}

impl Sink for Arrivals<'_> {
    #[inline]
    fn accept(&mut self, request: &SourceRequest<'_>) -> Result<(), Stop> {
        self.writer.accept(request)?;
        if request.time_us >= self.latest_us {
            self.latest_us = request.time_us;
        } else if request.time_us > 0 {
            // 0 stands for no time, which is not an early one.
            self.late += 1;
            self.furthest_us = self.furthest_us.max(self.latest_us - request.time_us);
        }
        Ok(())
    }
}

/// A span of time for people.
fn span(us: u64) -> String {
    let seconds = us as f64 / 1e6;
    match seconds {
        ..1.0 => format!("{:.3} ms", seconds * 1e3),
        ..120.0 => format!("{seconds:.1} s"),
        ..7_200.0 => format!("{:.1} min", seconds / 60.0),
        ..172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}
