//! Sentences on one scenario: recommendation, notes, excluded variants, and what would change it.

use bakeoff_protocol::results::{
    Conclusion, Crossover, Eligibility, Note, Pair, Recommendation, Reversal, ScenarioResults,
    TradeOff, TradeOffKind, UpperLimit, VariantEligibility, Verdict,
};

use super::access_time::crossover_sentence;
use super::response_time::highest_rates;
use super::unconfirmed;
use crate::text::number::{
    cost, count, counted, duration, figures, fixed, interval, percent, with_interval,
};
use crate::text::phrases::{
    alternatives, conditions, grouped, listed, miss_cost_range, not_comparable,
};

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
        Conclusion::NotComparable { variant, rival, reason } => format!(
            "No recommendation for {scenario}: {variant} and {rival} cannot be compared, because {}.",
            not_comparable(reason)
        ),
        Conclusion::TooClose { variants, faster, than } => format!(
            "No single recommendation for {scenario}: the differences between {} are too small. \
             {faster} has {}, the hit ratios are about equal, and differences in throughput below \
             {} % do not count.",
            listed(variants),
            speed(of.pair(faster, than).as_ref(), than),
            figures(of.scenario.delta * 100.0)
        ),
        Conclusion::Inconclusive { variants, pair } => inconclusive(of, variants, pair.as_ref()),
    }
}

fn inconclusive(of: &ScenarioResults, variants: &[String], pair: Option<&[String; 2]>) -> String {
    let start = format!(
        "No recommendation for {}: the measurements do not separate {}.",
        of.scenario.name,
        listed(variants)
    );
    let Some([faster, than]) = pair else { return start };
    let Some(pair) = of.pair(faster, than) else { return start };
    let forecast = pair.more_rounds.map_or_else(
        || String::from("No affordable number of rounds would separate them."),
        |more| {
            format!("About {} would probably separate them.", counted(more.into(), "more round"))
        },
    );
    format!(
        "{start} After {}, {faster} has {}. {forecast}",
        counted(pair.rounds.into(), "round"),
        speed(Some(&pair), than)
    )
}

fn recommended(of: &ScenarioResults, recommendation: &Recommendation) -> String {
    let variant = &recommendation.variant;
    let condition = condition(recommendation);
    let start = format!("Use {variant} for {}{condition}", of.scenario.name);
    let because = because(of, recommendation);
    let start =
        if because.is_empty() { format!("{start}.") } else { format!("{start}: {because}.") };
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
    format!("{start}{above}{below}")
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

/// Formats the advantage over the closest rival; empty without a rival.
fn because(of: &ScenarioResults, recommendation: &Recommendation) -> String {
    let Some(closest) = &recommendation.closest_rival else { return String::new() };
    let rival = &closest.variant;
    let pair = of.pair(&recommendation.variant, rival);
    let speed = speed(pair.as_ref(), rival);
    // Rounded to the two decimals of a point that are shown.
    let gain = closest.hit_ratio_gain.map(|gain| (gain * 1e4).round() / 1e4);
    let points = format!("{} points", fixed(gain.unwrap_or(0.0).abs() * 100.0, 2));
    let verdict = pair.as_ref().map_or(Verdict::Inconclusive, |pair| pair.verdict);
    match (verdict, gain) {
        (Verdict::Inconclusive, Some(gain)) if gain > 0.0 => {
            format!("its hit ratio is {points} higher than that of {rival}")
        }
        (Verdict::Inconclusive, _) => {
            let less = duration(-closest.time_difference_ns / 1e9);
            format!(
                "it takes {less} less per request than {rival}, although its hit ratio is {points} lower"
            )
        }
        (Verdict::Equivalent, _) => format!(
            "its hit ratio is {points} higher than that of {rival}, at the same throughput (within \
             {} %)",
            figures(of.scenario.delta * 100.0)
        ),
        (Verdict::Slower | Verdict::SlightlySlower, _) => format!(
            "its hit ratio is {points} higher than that of {rival}, although {}",
            slowness(pair.as_ref(), rival)
        ),
        (_, None) => format!("it has {speed}"),
        (_, Some(0.0)) => format!("it has {speed}, at the same hit ratio"),
        (_, Some(gain)) if gain > 0.0 => {
            format!("it has {speed}, and its hit ratio is {points} higher")
        }
        (_, Some(_)) => format!("it has {speed}, although its hit ratio is {points} lower"),
    }
}

/// Formats a ratio of throughputs: `21.7 times the throughput of moka [21.0, 22.4]`.
fn speed(pair: Option<&Pair>, rival: &str) -> String {
    let Some(&Pair { ratio, low, high, .. }) = pair else { return String::new() };
    if (0.5..=2.0).contains(&ratio) {
        let (word, sign) = if ratio >= 1.0 { ("more", 1.0) } else { ("less", -1.0) };
        let share = |ratio: f64| sign * (ratio - 1.0) * 100.0;
        let (from, to) = if ratio >= 1.0 { (low, high) } else { (high, low) };
        format!(
            "{} % {word} throughput than {rival} {}",
            fixed(share(ratio), 1),
            interval(share(from), share(to), 1)
        )
    } else {
        let text = with_interval(ratio, low, high);
        let (figure, interval) = text.split_once(' ').unwrap_or((&text, ""));
        format!("{figure} times the throughput of {rival} {interval}")
    }
}

/// Formats a lower throughput; as a multiple of it if the rival is more than twice as fast.
fn slowness(pair: Option<&Pair>, rival: &str) -> String {
    let Some(found) = pair else { return String::new() };
    let &Pair { ratio, low, high, .. } = found;
    if ratio >= 0.5 {
        return format!("it has {}", speed(pair, rival));
    }
    let text = with_interval(ratio.recip(), high.recip(), low.recip());
    let (figure, interval) = text.split_once(' ').unwrap_or((&text, ""));
    format!("{rival} has {figure} times its throughput {interval}")
}

/// Returns further facts, a sentence each: notes and excluded variants.
pub fn remarks(of: &ScenarioResults) -> Vec<String> {
    let about_variants =
        |note: &&Note| matches!(note, Note::Unbounded { .. } | Note::ThroughputNotCompared { .. });
    let mut remarks: Vec<String> =
        of.notes.iter().filter(about_variants).map(|one| note(of, one)).collect();
    remarks.extend(exclusions(&of.eligibility));
    remarks.extend(highest_rates(of));
    let about_run = |note: &&Note| !about_variants(note);
    remarks.extend(of.notes.iter().filter(about_run).map(|one| note(of, one)));
    remarks
}

fn note(of: &ScenarioResults, note: &Note) -> String {
    match note {
        Note::Unbounded { variant, compared_with, verdict } => match verdict {
            Verdict::Faster | Verdict::SlightlyFaster => format!(
                "{variant} is excluded because it has no size limit; it has {}.",
                speed(of.pair(variant, compared_with).as_ref(), compared_with)
            ),
            Verdict::Inconclusive => {
                format!("{variant} is excluded because it has no size limit.")
            }
            _ => format!(
                "{variant} is excluded because it has no size limit; it is not faster than \
                 {compared_with}."
            ),
        },
        Note::ThroughputNotCompared { variant, rival, reason } => format!(
            "The throughputs of {variant} and {rival} are not compared, because {}. The choice \
             between them rests on mean access time, whose intervals allow for this difference.",
            not_comparable(reason)
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

/// Sentences on the excluded variants; those not measured for the same reason share a sentence.
fn exclusions(eligibility: &[VariantEligibility]) -> Vec<String> {
    let mut sentences = Vec::new();
    let mut not_measured = Vec::new();
    for VariantEligibility { variant, eligibility } in eligibility {
        match eligibility {
            Eligibility::WrongAnswers { .. } | Eligibility::MemoryBudgetExceeded { .. } => {
                sentences.push(format!("{variant} is disqualified: {}.", reason(eligibility)));
            }
            Eligibility::ConformanceFailed { .. }
            | Eligibility::TrialFailed { .. }
            | Eligibility::RequestsFailed { .. } => {
                sentences.push(format!("{variant} failed: {}.", reason(eligibility)));
            }
            Eligibility::ServerCapacity
            | Eligibility::NotTimed
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
        Eligibility::ConformanceFailed { case } => format!("conformance case {case} failed"),
        Eligibility::RequestsFailed { share } => {
            format!("{} % of its requests failed", fixed(share * 100.0, 1))
        }
        Eligibility::NotTimed => String::from("not timed in any complete round"),
        Eligibility::HitRatioUnknown => String::from("exact hit ratio unknown"),
        Eligibility::PropertiesUnknown => String::from("properties not declared"),
        Eligibility::HarnessOnly => String::from("measures only the harness"),
    }
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
        TradeOffKind::Stampedes => format!(
            "Choose {by} if the origin cannot handle stampedes: it had up to {} concurrent loads of \
             one key, against {} with {recommended}.",
            number(*least),
            number(*amount)
        ),
    }
}
