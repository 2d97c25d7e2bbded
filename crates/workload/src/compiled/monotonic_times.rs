//! Arrival times relative to the first request, made monotonic.

/// Converts source times to microseconds since the first request.
///
/// A request earlier than its predecessor gets the predecessor's time and is counted.
#[derive(Debug, Default)]
pub(super) struct MonotonicTimes {
    first_us: Option<u64>,
    latest_us: u64,
    early_requests: u64,
    max_lead_us: u64,
}

impl MonotonicTimes {
    /// Converts the time of the next request; 0 means that the source records no time.
    #[inline]
    pub(super) fn convert(&mut self, time_us: u64) -> u64 {
        let first = *self.first_us.get_or_insert(time_us);
        let latest = first + self.latest_us;
        if time_us > latest {
            self.latest_us = time_us - first;
        } else if time_us < latest && time_us > 0 {
            self.early_requests += 1;
            self.max_lead_us = self.max_lead_us.max(latest - time_us);
        }
        self.latest_us
    }

    /// Describes the requests that are out of order; `None` if there are none.
    pub(super) fn note(&self) -> Option<String> {
        (self.early_requests > 0).then(|| {
            format!(
                "{} requests are out of order, by up to {}; each is replayed at the time of the request before it",
                self.early_requests,
                format_duration(self.max_lead_us)
            )
        })
    }
}

fn format_duration(us: u64) -> String {
    let seconds = us as f64 / 1e6;
    match seconds {
        ..1.0 => format!("{:.3} ms", seconds * 1e3),
        ..120.0 => format!("{seconds:.1} s"),
        ..7_200.0 => format!("{:.1} min", seconds / 60.0),
        ..172_800.0 => format!("{:.1} h", seconds / 3_600.0),
        _ => format!("{:.1} days", seconds / 86_400.0),
    }
}
