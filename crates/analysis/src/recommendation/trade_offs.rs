//! What a winner's users and origin put up with in a paced replay, and those of another would not:
//! speed and hit ratio, by which variants are named, know nothing of it.

use bakeoff_protocol::PacedOutcome;
use bakeoff_protocol::results::{Cell, Drawback, DrawbackKind, Place, Standing};

/// What was seen, and by how much more of it than another's a winner is held back.
struct Rule {
    kind: DrawbackKind,
    of: fn(&PacedOutcome) -> f64,
    more: f64,
    /// What is said of it: what is compared, but for shares too small to be seen in per cent.
    said: fn(&PacedOutcome) -> f64,
}

const RULES: [Rule; 4] = [
    // Shares that differ by less than a point are as good as each other.
    Rule {
        kind: DrawbackKind::OldAnswers,
        of: PacedOutcome::stale_share,
        more: 0.01,
        said: PacedOutcome::stale_share,
    },
    Rule {
        kind: DrawbackKind::Unanswered,
        of: PacedOutcome::error_share,
        more: 0.01,
        said: PacedOutcome::error_share,
    },
    // One that may not be lost is one too many.
    Rule { kind: DrawbackKind::LostWrites, of: lost_share, more: 0.0, said: lost_writes },
    // Two or three readers of a key meet by chance.
    Rule { kind: DrawbackKind::Stampedes, of: stampede_factor, more: 9.0, said: stampede_factor },
];

/// The drawbacks of a winner; none where nothing was seen of users.
pub fn of(winner: &str, cells: &[Cell], standings: &[Standing]) -> Vec<Drawback> {
    let seen = |name: &str| {
        let mut own = cells.iter().filter(|cell| cell.variant == name);
        own.find_map(|cell| cell.behaviour.as_deref())
    };
    let Some(own) = seen(winner) else { return Vec::new() };
    let others: Vec<(&str, &PacedOutcome)> = standings
        .iter()
        .filter(|standing| standing.place == Place::Eligible && standing.variant != winner)
        .filter_map(|standing| Some((standing.variant.as_str(), seen(&standing.variant)?)))
        .collect();
    let found = RULES.iter().filter_map(|&Rule { kind, of, more, said }| {
        let (by, best) = others.iter().min_by(|(_, a), (_, b)| of(a).total_cmp(&of(b)))?;
        let (amount, least) = (said(own), said(best));
        (of(own) - of(best) > more).then(|| Drawback { kind, amount, least, by: (*by).to_owned() })
    });
    found.collect()
}

/// Lost writes by all requests that were due.
fn lost_share(seen: &PacedOutcome) -> f64 {
    seen.lost.writes as f64 / seen.users.due().max(1) as f64
}

fn lost_writes(seen: &PacedOutcome) -> f64 {
    seen.lost.writes as f64
}

fn stampede_factor(seen: &PacedOutcome) -> f64 {
    seen.origin.stampede_factor as f64
}
