//! When requests come, on a clock that never goes back.

/// Times since the first request. A clock that went back would make gaps negative: time stands
/// still instead, and that is counted.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    first_us: Option<u64>,
    latest_us: u64,
    early: u64,
    furthest_us: u64,
}

impl Arrivals {
    /// The time of the next request since the first, both on the source's clock; 0 stands for no
    /// time, which is not an early one.
    #[inline]
    pub(super) fn next(&mut self, time_us: u64) -> u64 {
        let first = *self.first_us.get_or_insert(time_us);
        let latest = first + self.latest_us;
        if time_us > latest {
            self.latest_us = time_us - first;
        } else if time_us < latest && time_us > 0 {
            self.early += 1;
            self.furthest_us = self.furthest_us.max(latest - time_us);
        }
        self.latest_us
    }

    /// What is to be said of requests that are earlier than those before them.
    pub(super) fn note(&self) -> Option<String> {
        (self.early > 0).then(|| {
            format!(
                "{} requests are earlier than those before them, by up to {}: they are replayed at the time of those before",
                self.early,
                span(self.furthest_us)
            )
        })
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
