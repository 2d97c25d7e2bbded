//! The checklist of a cache that holds in production, each line ticked by what was measured and
//! never by what a variant declares.

use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{AppliedEvent, PacedOutcome};

use crate::behaviour::{Budget, ended_stale_ms, instances};
use crate::tables;
use bakeoff_analysis::figures::{Entrant, Report, Row, ScenarioFigures};
use bakeoff_analysis::number::{bytes, count, counted, duration, percent, percent_with};

/// Failed requests that an outage may cost, as a share of those that were due in it.
const ERROR_BUDGET: f64 = 0.01;
/// How long an instance may go on with what another has written over (99 of 100 old values): a
/// user who saves and looks again is not quicker.
const TOLD_WITHIN_MS: f64 = 1_000.0;
/// Loads of one key at once that an instance without protection must have begun, or share of the
/// requests that joined the load of another, for a scenario to show a stampede and not two readers
/// who came together.
const MANY_LOADS: u64 = 10;
const MANY_JOINED: f64 = 0.01;
/// Share of the time after the last event that must be without trouble for it to count as over.
const QUIET: f64 = 0.25;

/// What was found of one item.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// It held, with the figure and the scenario.
    Held(String),
    /// It did not.
    Failed(String),
    /// Nothing was measured that shows it.
    NotMeasured,
}

/// One item of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    /// Nothing old is answered for good.
    TimeToLive,
    /// Few loads of one key at once.
    Stampede,
    /// Users are served while the cache cannot be reached.
    Outage,
    /// It keeps its limit.
    Bounded,
    /// Other instances hear of a write.
    Invalidation,
}

impl Item {
    /// All, in the order of the list.
    pub const ALL: [Self; 5] =
        [Self::TimeToLive, Self::Stampede, Self::Outage, Self::Bounded, Self::Invalidation];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimeToLive => "TTL on every key",
            Self::Stampede => "stampede protection",
            Self::Outage => "behaviour with the cache unavailable",
            Self::Bounded => "bounded memory",
            Self::Invalidation => "invalidation told",
        }
    }

    /// When it is ticked.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::TimeToLive => {
                "rows changed behind the cache, and no answer was old any more in the last quarter \
                 of the time after that"
            }
            Self::Stampede => {
                "where many asked for a key that was being loaded, each instance loaded it once, or \
                 twice where keys were written meanwhile: who comes after a write must not be \
                 answered by a load from before it"
            }
            Self::Outage => {
                "while the server of the cache was away (Redis; PostgreSQL, and with it an origin \
                 that lies there) no more than 1 % of the requests failed or found nobody, and none \
                 did in the last quarter of the time after it"
            }
            Self::Bounded => "it held no more than it was allowed, within 5 %",
            Self::Invalidation => {
                "of the values that another instance wrote over, 99 of 100 were answered no longer \
                 than 1 s"
            }
        }
    }

    /// The bundled scenario that shows it of a variant.
    #[must_use]
    pub fn scenario(self, entrant: &Entrant) -> &'static str {
        match self {
            Self::TimeToLive => "forgotten-invalidation",
            Self::Stampede => "stampede",
            Self::Outage if needs(entrant, "postgres") => "postgres-outage",
            Self::Outage => "redis-outage",
            Self::Bounded => "user-profiles",
            Self::Invalidation => "three-instances",
        }
    }

    /// What the measurements say of it for one variant: the worst over all scenarios that show it.
    #[must_use]
    pub fn found(self, report: &Report, entrant: &Entrant) -> Found {
        if self == Self::Bounded {
            return bounded(report, entrant);
        }
        let shown = report.scenarios.iter().filter_map(|of| {
            let row = of.rows.get(entrant.place)?;
            let seen = row.behaviour.as_deref()?;
            match self {
                Self::TimeToLive => expires(of, seen),
                Self::Stampede => coalesces(of, seen),
                Self::Outage => endures(of, seen, entrant),
                Self::Invalidation | Self::Bounded => told(of, seen),
            }
        });
        shown.max_by(|a, b| a.0.total_cmp(&b.0)).map_or(Found::NotMeasured, |(_, found)| found)
    }
}

/// What one scenario shows, with how bad it is: above 1 it does not hold.
type Shown = Option<(f64, Found)>;

fn judged(badness: f64, figure: String) -> Shown {
    Some((badness, if badness <= 1.0 { Found::Held(figure) } else { Found::Failed(figure) }))
}

fn ms(ms: f64) -> String {
    duration(ms / 1e3)
}

fn expires(of: &ScenarioFigures, seen: &PacedOutcome) -> Shown {
    let changes = seen.events.iter().filter(|event| event.kind == FaultKind::Overwrite);
    let last = changes.map(|event| event.at_ms).max()?;
    let name = &of.scenario.name;
    let Some(ended) = ended_stale_ms(seen) else {
        return judged(0.0, format!("no old answer, though rows changed behind it ({name})"));
    };
    let left = seen.covered_ms.checked_sub(last).filter(|&left| left > 0)? as f64;
    let oldest = ms(seen.freshness.age.longest_us as f64 / 1e3);
    let holds = (ended.saturating_sub(last)) as f64 <= left * (1.0 - QUIET);
    let figure = if holds {
        format!("old answers ended by themselves, the oldest after {oldest} ({name})")
    } else {
        format!(
            "still answered with rows that had changed up to {oldest} before when {name} ended: \
             nothing had let them expire"
        )
    };
    judged(if holds { 0.5 } else { 2.0 }, figure)
}

fn coalesces(of: &ScenarioFigures, seen: &PacedOutcome) -> Shown {
    let all = || of.rows.iter().filter_map(|row| Some((row, row.behaviour.as_deref()?)));
    let met = |seen: &PacedOutcome| {
        let joined: u64 = seen.timeline.iter().map(|moment| moment.joined).sum();
        seen.origin.stampede_factor >= MANY_LOADS * instances(seen)
            || joined as f64 > MANY_JOINED * seen.users.requests as f64
    };
    if !all().any(|(_, seen)| met(seen)) {
        return None;
    }
    let (factor, instances) = (seen.origin.stampede_factor, instances(seen));
    let allowed = if seen.origin.writes > 0 { 2 * instances } else { instances };
    let most = all().max_by_key(|(_, seen)| seen.origin.stampede_factor);
    let beside = match most {
        Some((row, other)) if other.origin.stampede_factor > factor => {
            format!("; {} began {}", row.variant, count(other.origin.stampede_factor))
        }
        _ => String::new(),
    };
    let over = if instances > 1 {
        format!(" by {}", counted(instances, "instance"))
    } else {
        String::new()
    };
    let figure = format!(
        "{} of one key at once{over} at the most ({}{beside})",
        counted(factor, "load"),
        of.scenario.name
    );
    judged(factor as f64 / allowed as f64, figure)
}

fn needs(entrant: &Entrant, service: &str) -> bool {
    entrant.manifest.services.iter().any(|needed| needed == service)
}

/// Whether an event takes the cache of a variant away. One that needs no server is asked what the
/// loss of the usual one means to its users; one over PostgreSQL learns nothing from that.
fn takes_cache(entrant: &Entrant, event: &AppliedEvent) -> bool {
    match event.kind {
        FaultKind::RedisDown | FaultKind::RedisUnreachable => {
            needs(entrant, "redis") || entrant.manifest.services.is_empty()
        }
        FaultKind::PostgresDown => needs(entrant, "postgres"),
        _ => false,
    }
}

fn endures(of: &ScenarioFigures, seen: &PacedOutcome, entrant: &Entrant) -> Shown {
    let outages = || seen.events.iter().filter(|event| takes_cache(entrant, event));
    let what = outages().next()?.kind;
    let over = outages().filter_map(|event| event.until_ms).max()?;
    let within = Budget::within(seen, |event| takes_cache(entrant, event))?;
    let left = seen.covered_ms.checked_sub(over)? as f64;
    let recovered = Budget::last_failure_ms(seen)
        .is_none_or(|last| last.saturating_sub(over) as f64 <= left * (1.0 - QUIET));
    let mut figure = format!(
        "{} failed or not served and {} slow while it lasted ({what}, {})",
        percent(within.failed + within.unserved),
        percent(within.slow),
        of.scenario.name,
    );
    match (recovered, seen.users.recovery_ms) {
        (false, _) => figure.push_str("; requests still failed when the replay ended"),
        (true, Some(after)) => {
            figure.push_str(&format!("; as before {} after it began", ms(after as f64)));
        }
        (true, None) => {}
    }
    let badness = (within.failed + within.unserved) / ERROR_BUDGET;
    judged(if recovered { badness } else { badness.max(2.0) }, figure)
}

fn told(of: &ScenarioFigures, seen: &PacedOutcome) -> Shown {
    let faults = seen.events.iter().any(|event| event.kind.is_failure());
    let removed = seen.events.iter().any(|event| event.kind == FaultKind::Invalidate);
    if instances(seen) < 2 || faults || !(seen.origin.writes > 0 || removed) {
        return None;
    }
    let name = &of.scenario.name;
    let Some(p99) = seen.invalidation.quantile_ms(0.99) else {
        return judged(0.0, format!("no old answer from any instance ({name})"));
    };
    let figure = format!(
        "an instance went on with an old value for {} (p99), and {} of the answers were old ({name})",
        ms(p99),
        percent(seen.stale_share()),
    );
    judged(p99 / TOLD_WITHIN_MS, figure)
}

fn bounded(report: &Report, entrant: &Entrant) -> Found {
    if let Some(reason) = &entrant.disqualified {
        return Found::Failed(reason.clone());
    }
    let rows = || {
        let row = |of: &'_ ScenarioFigures| of.rows.get(entrant.place).cloned();
        report.scenarios.iter().filter_map(move |of| Some((of.scenario.name.as_str(), row(of)?)))
    };
    if rows().any(|(_, row)| row.as_configured) {
        return Found::NotMeasured;
    }
    let held = |row: &Row| row.held_entries.map(|held| (held, row.growth_bytes.unwrap_or(0)));
    let limited =
        rows().filter_map(|(name, row)| Some((name, row.allowed_entries?, held(&row)?.0)));
    let fullest = limited.max_by(|a, b| {
        let share = |of: &(&str, u64, u64)| of.2 as f64 / of.1.max(1) as f64;
        share(a).total_cmp(&share(b))
    });
    if let Some((name, allowed, most)) = fullest {
        let over = most as f64 / allowed.max(1) as f64 - 1.0;
        let by =
            if over > 0.0 { format!(", {} over", percent_with(over, 1)) } else { String::new() };
        let figure =
            format!("held {} of {} entries allowed{by} ({name})", count(most), count(allowed));
        return match tables::kept_its_limit(report, entrant) {
            Some(true) => Found::Held(figure),
            _ => Found::Failed(figure),
        };
    }
    let grown = rows().filter_map(|(name, row)| Some((held(&row)?, name))).max();
    grown.map_or(Found::NotMeasured, |((most, size), name)| {
        let size = if size > 0 { format!(" (+{})", bytes(size as f64)) } else { String::new() };
        Found::Failed(format!("grew to {} entries{size} without a limit ({name})", count(most)))
    })
}
