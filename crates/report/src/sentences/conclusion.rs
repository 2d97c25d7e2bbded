//! Sentences on one scenario: recommendation, notes, excluded variants, and what would change it.

use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::deciding::ToleranceUnit;
use bakeoff_protocol::results::{
    Conclusion, Crossover, Eligibility, NeededMeasurement, Note, Pair, Recommendation, Reversal,
    ScenarioResults, TradeOff, TradeOffKind, UpperLimit, VariantEligibility, Verdict,
};

use super::access_time::crossover_sentence;
use super::response_time::highest_rates;
use super::{quantity, unconfirmed};
use crate::text::number::{
    bytes, cost, count, counted, decimals, duration, entry_bytes, figures, fixed, interval,
    percent, percent_with, points, tick_duration,
};
use crate::text::phrases::{ONE_ROUND, alternatives, conditions, grouped, listed, miss_cost_range};

/// Returns the recommendation of a scenario, or the reason why there is none.
pub fn conclusion(of: &ScenarioResults) -> String {
    let scenario = &of.scenario.name;
    match &of.conclusion {
        Conclusion::Unconfirmed => {
            format!(
                "The run is unconfirmed, so no variant is recommended: {}.",
                unconfirmed::reasons(of)
            )
        }
        Conclusion::NoCandidate => {
            format!("No recommendation for {scenario}: no variant is eligible.")
        }
        Conclusion::SingleCandidate { variant } => {
            format!("No comparison for {scenario}: {variant} is the only eligible variant.")
        }
        Conclusion::Recommended(recommendation) => recommended(of, recommendation),
        Conclusion::NoCache { lowest, ratio } => format!(
            "Use no cache for {scenario}: the best variant, {lowest}, has {} times the mean access \
             time without a cache, at a miss cost of {}.",
            figures(*ratio),
            quantity::miss_cost(of)
        ),
        Conclusion::Equivalent { variants } => equivalent(of, variants),
        Conclusion::Undecided { variants, quantity, needed } => {
            undecided(of, variants, *quantity, needed.as_ref())
        }
    }
}

fn equivalent(of: &ScenarioResults, variants: &[String]) -> String {
    let within: Vec<String> = of
        .deciding
        .iter()
        .map(|one| {
            let tolerance = match one.quantity.tolerance_unit() {
                ToleranceUnit::Absolute if one.tolerance == 0.0 => String::from("equal"),
                ToleranceUnit::Absolute => {
                    format!("within {}", quantity::value(one.quantity, one.tolerance))
                }
                ToleranceUnit::Relative => format!("within {}", percent(one.tolerance)),
            };
            format!("{} {tolerance}", quantity::name(of, one.quantity))
        })
        .collect();
    format!(
        "Use {} for {}: they are equivalent ({}).",
        alternatives(variants),
        of.scenario.name,
        within.join(", ")
    )
}

fn undecided(
    of: &ScenarioResults,
    variants: &[String],
    quantity: DecidingQuantity,
    needed: Option<&NeededMeasurement>,
) -> String {
    let start = format!(
        "No recommendation for {} yet: the measurements do not separate {} by {}.",
        of.scenario.name,
        not_separated(variants),
        quantity::name(of, quantity)
    );
    let forecast = match needed {
        None if variants.len() == 1 => String::from("More rounds may decide."),
        Some(needed) => format!(
            "About {} more ({}) would probably decide.",
            duration(needed.minutes * 60.0),
            counted(needed.rounds.into(), "round")
        ),
        None if quantity.is_paced() => {
            String::from("Their replays overlap; more replays may decide.")
        }
        None => String::from("No affordable number of rounds would decide."),
    };
    format!("{start} {forecast}")
}

/// Lists what the measurements do not separate; a single variant is not separated from running
/// without a cache.
pub fn not_separated(variants: &[String]) -> String {
    match variants {
        [only] => format!("{only} and no cache"),
        several => listed(several),
    }
}

fn recommended(of: &ScenarioResults, recommendation: &Recommendation) -> String {
    let variant = &recommendation.variant;
    let condition = condition(recommendation);
    let start = format!("Use {variant} for {}{condition}", of.scenario.name);
    let because = reason_for_choice(of, recommendation);
    let start =
        if because.is_empty() { format!("{start}.") } else { format!("{start}: {because}.") };
    let equivalent = match recommendation.equivalent.as_slice() {
        [] => String::new(),
        names => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!(" {} {verb} equivalent (within {}).", listed(names), tolerance(of))
        }
    };
    let above = recommendation.valid_up_to.as_ref().map_or_else(String::new, |limit| {
        let rival = &limit.rival;
        if limit.rival_is_better {
            format!(" Above that miss cost, {rival} is better because of its higher hit ratio.")
        } else {
            format!(
                " Above that miss cost, {rival} may be better: the replays do not show which of \
                 the two has fewer misses."
            )
        }
    });
    let below = recommendation.better_below.as_ref().map_or_else(String::new, |crossover| {
        let Crossover { better_below, miss_cost_ns, low_ns, high_ns, .. } = crossover;
        let at = cost(*miss_cost_ns, *low_ns, *high_ns);
        format!(" Below a miss cost of {at}, {better_below} is better.")
    });
    format!("{start}{equivalent}{above}{below}")
}

/// Formats the tolerance of the mean access time.
fn tolerance(of: &ScenarioResults) -> String {
    let rule = of.scenario.access_time_rule();
    percent(rule.map_or(of.scenario.delta, |rule| rule.tolerance))
}

/// Returns the conditions of a recommendation, with a leading space; empty without conditions.
pub fn condition(recommendation: &Recommendation) -> String {
    let upper = recommendation.valid_up_to.as_ref().map(upper_limit);
    let miss_cost = miss_cost_range(recommendation.valid_from_miss_ns, upper);
    let kinds: Vec<TradeOffKind> = recommendation.trade_offs.iter().map(|one| one.kind).collect();
    conditions(miss_cost, &kinds)
}

fn upper_limit(limit: &UpperLimit) -> String {
    match limit.interval_ns {
        Some([low, high]) => cost(limit.miss_cost_ns, low, high),
        None => duration(limit.miss_cost_ns / 1e9),
    }
}

/// Formats the advantage over the closest rival in the deciding quantity; empty without a rival.
fn reason_for_choice(of: &ScenarioResults, recommendation: &Recommendation) -> String {
    let Some(closest) = &recommendation.closest_rival else { return String::new() };
    let rival = &closest.variant;
    let decided_by = recommendation.decided_by;
    if decided_by.is_paced() {
        let values = closest.values.map(|values| quantity::comparison(decided_by, values, rival));
        return values.unwrap_or_default();
    }
    let Some([change, low, high]) = closest.access_time_change else { return String::new() };
    let less = -change * 100.0;
    let decimals = decimals(less.abs()).min(2);
    let lead = format!(
        "its mean access time is {} % lower than that of {rival} {} at a miss cost of {}",
        fixed(less, decimals),
        interval(-high * 100.0, -low * 100.0, decimals),
        quantity::miss_cost(of)
    );
    let loads = closest.fewer_origin_loads.map_or_else(String::new, origin_loads);
    format!("{lead}{loads}")
}

/// Formats a difference in loads from the origin as the end of a sentence.
fn origin_loads(fewer: f64) -> String {
    if fewer.abs() < 0.0005 {
        return String::from(", with the same load on the origin");
    }
    let (word, joined) = if fewer > 0.0 { ("fewer", "and") } else { ("more", "although") };
    let share = percent_with(fewer.abs(), 1);
    format!(", {joined} it makes {share} {word} reads from the origin")
}

/// Formats a ratio of throughputs: `21.7 times the throughput of moka [21.0, 22.4]`.
fn throughput_comparison(pair: Option<&Pair>, rival: &str) -> String {
    let Some(&Pair { ratio, low, high, rounds, .. }) = pair else { return String::new() };
    if (0.5..=2.0).contains(&ratio) {
        let (word, sign) = if ratio >= 1.0 { ("more", 1.0) } else { ("less", -1.0) };
        let share = |ratio: f64| sign * (ratio - 1.0) * 100.0;
        let (from, to) = if ratio >= 1.0 { (low, high) } else { (high, low) };
        let range = || interval(share(from), share(to), 1);
        let range = if rounds > 1 { range() } else { ONE_ROUND.to_owned() };
        format!("{} % {word} throughput than {rival} {range}", fixed(share(ratio), 1))
    } else {
        let range = || interval(low, high, decimals(ratio));
        let range = if rounds > 1 { range() } else { ONE_ROUND.to_owned() };
        format!("{} times the throughput of {rival} {range}", figures(ratio))
    }
}

/// Returns further facts, a sentence each: notes and excluded variants.
pub fn remarks(of: &ScenarioResults) -> Vec<String> {
    let about_variants = |note: &&Note| {
        !matches!(note, Note::LowResolution { .. } | Note::DifferentHarnesses { .. })
    };
    // The conclusion itself says it if running without a cache is best.
    let is_concluded = matches!(of.conclusion, Conclusion::NoCache { .. });
    let mut remarks: Vec<String> =
        no_cache_lowest(of).into_iter().filter(|_| !is_concluded).collect();
    remarks.extend(of.notes.iter().filter(about_variants).map(|one| note(of, one)));
    remarks.extend(exclusions(&of.eligibility));
    remarks.extend(highest_rates(of));
    let about_run = |note: &&Note| !about_variants(note);
    remarks.extend(of.notes.iter().filter(about_run).map(|one| note(of, one)));
    remarks
}

fn note(of: &ScenarioResults, note: &Note) -> String {
    match note {
        Note::Unbounded { variant, compared_with, verdict, access_time_ratio } => {
            unbounded(of, [variant, compared_with], *verdict, *access_time_ratio)
        }
        Note::FewHits { hit_ratio } => format!(
            "Even the best cache answers only {} of the reads, so caching hardly reduces the load on \
             the origin.",
            percent(*hit_ratio)
        ),
        Note::WindowsDiffer { variant, windows, workload } => format!(
            "The throughput of {variant} was measured at a hit ratio of {}, but the workload after \
             the warm-up has {}; the interval of its mean access time allows for the difference.",
            percent(*windows),
            percent(*workload)
        ),
        Note::LowResolution { undetected_below } => format!(
            "This is a quick run: for half of the pairs, it can miss differences in throughput below \
             {} %.",
            figures(undetected_below * 100.0)
        ),
        Note::DifferentHarnesses { variant, others } => format!(
            "{variant} and {} were measured by different versions of the harness (`crates/` \
             differs between their refs), which may explain a difference. To use one harness: \
             `bakeoff compare --harness base`, or \"harness\" in VARIANTS.",
            others.join(", ")
        ),
    }
}

/// Returns a sentence on a variant without a size limit.
fn unbounded(
    of: &ScenarioResults,
    [variant, compared_with]: [&String; 2],
    verdict: Verdict,
    access_time_ratio: Option<f64>,
) -> String {
    let lower = access_time_ratio.filter(|ratio| *ratio < 1.0).map(|ratio| {
        let share = percent_with(1.0 - ratio, 1);
        format!(" Its mean access time is {share} lower than that of {compared_with}.")
    });
    let faster = match verdict {
        Verdict::Faster | Verdict::SlightlyFaster => {
            format!(
                "; it has {}",
                throughput_comparison(of.pair(variant, compared_with).as_ref(), compared_with)
            )
        }
        _ => String::new(),
    };
    format!(
        "{variant} is excluded because it has no size limit{faster}.{}",
        lower.unwrap_or_default()
    )
}

/// Sentences on the excluded variants; those not measured for the same reason share a sentence.
fn exclusions(eligibility: &[VariantEligibility]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut not_measured = Vec::new();
    for VariantEligibility { variant, eligibility } in eligibility {
        match eligibility {
            Eligibility::WrongAnswers { .. }
            | Eligibility::MemoryBudgetExceeded { .. }
            | Eligibility::MemoryGrows { .. } => {
                sentences.push(format!("{variant} is disqualified: {}.", reason(eligibility)));
            }
            Eligibility::ConformanceFailed { .. }
            | Eligibility::TrialFailed { .. }
            | Eligibility::RequestsFailed { .. } => {
                sentences.push(format!("{variant} failed: {}.", reason(eligibility)));
            }
            Eligibility::ServerCapacity
            | Eligibility::NotTimed
            | Eligibility::NotReplayed
            | Eligibility::HitRatioUnknown
            | Eligibility::PropertiesUnknown => {
                not_measured.push((reason(eligibility), variant.as_str()));
            }
            Eligibility::Eligible | Eligibility::Unbounded | Eligibility::HarnessOnly => {}
        }
    }
    sentences.extend(grouped(not_measured).into_iter().map(|(reason, names)| {
        let verb = if names.len() == 1 { "is" } else { "are" };
        format!("{} {verb} excluded: {reason}.", listed(&names))
    }));
    sentences
}

/// Explains why a variant is not eligible; empty for an eligible variant.
pub fn reason(eligibility: &Eligibility) -> String {
    match eligibility {
        Eligibility::Eligible => String::new(),
        Eligibility::Unbounded => String::from("no size limit"),
        Eligibility::ServerCapacity => String::from("the server uses its own capacity setting"),
        Eligibility::WrongAnswers { message } => format!("wrong answers: {message}"),
        Eligibility::MemoryBudgetExceeded { message } | Eligibility::TrialFailed { message } => {
            message.clone()
        }
        Eligibility::MemoryGrows { from_bytes, to_bytes, turnovers } => {
            memory_grows(*from_bytes, *to_bytes, *turnovers)
        }
        Eligibility::ConformanceFailed { case } => format!("conformance case {case} failed"),
        Eligibility::RequestsFailed { share } => {
            format!("{} % of its requests failed", fixed(share * 100.0, 1))
        }
        Eligibility::NotTimed => String::from("not timed in any complete round"),
        Eligibility::NotReplayed => String::from("no paced replay was completed"),
        Eligibility::HitRatioUnknown => String::from("exact hit ratio unknown"),
        Eligibility::PropertiesUnknown => String::from("properties not declared"),
        Eligibility::HarnessOnly => String::from("measures only the harness"),
    }
}

/// Describes memory that grows although the cache is full.
pub fn memory_grows(from_bytes: u64, to_bytes: u64, turnovers: f64) -> String {
    format!(
        "memory grows from {} to {} while the content of the full cache is replaced {} times",
        bytes(from_bytes as f64),
        bytes(to_bytes as f64),
        count(turnovers.round() as u64)
    )
}

/// Returns the sentence that running without a cache is fastest; `None` if a variant is faster.
fn no_cache_lowest(of: &ScenarioResults) -> Option<String> {
    let found = of.reference.no_cache_lowest.as_ref()?;
    let certainty = if found.confirmed { "" } else { ", but the difference is not confirmed" };
    Some(format!(
        "The mean access time in {} is lowest without a cache if a miss costs {}: {} per request, \
         against {} with {}{certainty}.",
        of.scenario.name,
        tick_duration(of.reference.miss_cost_ns / 1e9),
        duration(found.access_time_ns / 1e9),
        duration(found.closest_ns[0] / 1e9),
        found.closest
    ))
}

/// Returns the requirements that would change the choice, one sentence each.
pub fn reversals(of: &ScenarioResults) -> Vec<String> {
    of.reversals
        .iter()
        .map(|reversal| match reversal {
            Reversal::MissCost => format!(
                "Miss cost: {}",
                of.access_time
                    .as_measured()
                    .map_or_else(String::new, |ranking| crossover_sentence(of, ranking))
            ),
            Reversal::TradeOff(trade_off) => {
                let recommended = of.recommended().unwrap_or_default();
                trade_off_sentence(recommended, trade_off)
            }
            Reversal::Capacity { .. } => capacity_sentence(of, reversal),
            Reversal::Threads { variant, workers, ratio } => format!(
                "Threads: with {workers}, {variant} has {} times the throughput of {}.",
                figures(*ratio),
                of.leader().unwrap_or_default()
            ),
            Reversal::Scenarios { variant, scenarios } => {
                format!("Other scenarios: use {variant} for {}.", listed(scenarios))
            }
            Reversal::SharedEntries { variants } => {
                format!(
                    "Choose {} if several processes must share entries: no other variant passed \
                     that test.",
                    alternatives(variants)
                )
            }
            Reversal::Persistence { variants } => format!(
                "Choose {} if entries must survive a restart: no other variant passed that test.",
                alternatives(variants)
            ),
        })
        .collect()
}

fn capacity_sentence(of: &ScenarioResults, reversal: &Reversal) -> String {
    let Reversal::Capacity { variant, from_entries, to_entries, open_ended, hit_ratio_gain } =
        reversal
    else {
        return String::new();
    };
    let smallest =
        of.figures.iter().flat_map(|row| &row.curve).filter_map(|it| it.capacity_entries);
    let range = match (*open_ended, smallest.min() == Some(*from_entries)) {
        (true, _) => format!("from {} entries on", count(*from_entries)),
        (false, true) => format!("up to {} entries", count(*to_entries)),
        (false, false) if from_entries == to_entries => {
            format!("at {} entries", count(*to_entries))
        }
        (false, false) => {
            format!("from {} to {} entries", count(*from_entries), count(*to_entries))
        }
    };
    format!(
        "Capacity: {range}, {variant} has a higher hit ratio than {} ({}).",
        of.leader().unwrap_or_default(),
        points(*hit_ratio_gain)
    )
}

fn trade_off_sentence(recommended: &str, trade_off: &TradeOff) -> String {
    let TradeOff { kind, amount, least, by } = trade_off;
    let number = |amount: f64| count(amount as u64);
    match kind {
        TradeOffKind::StaleReads => format!(
            "Choose {by} if stale reads are not acceptable: {} of its answers were stale, against {} \
             with {recommended}.",
            percent(*least),
            percent(*amount)
        ),
        TradeOffKind::Unanswered => format!(
            "Choose {by} if requests must not fail: {} of its requests failed or were not served, \
             against {} with {recommended}.",
            percent(*least),
            percent(*amount)
        ),
        TradeOffKind::LostWrites => format!(
            "Choose {by} if writes must not be lost: it lost {}, {recommended} lost {}.",
            number(*least),
            number(*amount)
        ),
        TradeOffKind::MemoryPerEntry => format!(
            "Choose {by} if memory is scarce: it needs {} per entry, {recommended} {}.",
            entry_bytes(*least),
            entry_bytes(*amount)
        ),
        TradeOffKind::Stampedes => format!(
            "Choose {by} if the origin cannot handle stampedes: it had up to {} concurrent loads of \
             one key, against {} with {recommended}.",
            number(*least),
            number(*amount)
        ),
    }
}
