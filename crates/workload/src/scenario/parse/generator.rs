//! Parser of request streams: generator, mix of operations, popularity changes.

use super::document::{Section, TomlValue};
use crate::scenario::error::ScenarioError;
use crate::scenario::generated_plan::{Bursts, OperationMix, PopularityChanges, RequestStream};
use crate::scenario::generator::{Generator, ReusePlan};

/// TOML keys of a stream.
pub(super) const KEYS: [&str; 16] = [
    "generator",
    "keys",
    "first_key",
    "exponent",
    "hot_keys",
    "hot_requests",
    "percentile",
    "share",
    "children",
    "new_key_shares",
    "reuse_distances",
    "requests_per_key",
    "mix",
    "drift",
    "churn",
    "bursts",
];

/// Names of generators, each with the TOML keys that not all generators have.
const GENERATORS: [(&str, &[&str]); 10] = [
    ("zipf", &["exponent"]),
    ("scrambled-zipf", &["exponent"]),
    ("uniform", &[]),
    ("hotspot", &["hot_keys", "hot_requests"]),
    ("exponential", &["percentile", "share"]),
    ("latest", &["exponent"]),
    ("scan", &[]),
    ("loop", &[]),
    ("related", &["exponent", "children"]),
    ("reuse", &["new_key_shares", "reuse_distances", "requests_per_key"]),
];
/// Largest key and largest number of keys; the sum of both does not overflow.
const KEY_LIMIT: u64 = 1 << 62;

/// Lists the names of all generators, for messages.
pub(super) fn names() -> String {
    let names: Vec<String> = GENERATORS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    names.join(", ")
}

/// Parses a stream; `first_key` is the default for its lowest key.
pub(super) fn parse_stream(
    section: &Section<'_>,
    default_mix: OperationMix,
    first_key: u64,
) -> Result<RequestStream, ScenarioError> {
    let mix = section.get("mix").map(|item| parse_mix(&item)).transpose()?.unwrap_or(default_mix);
    Ok(RequestStream {
        name: None,
        weight: 1.0,
        generator: parse_generator(section, first_key)?,
        mix,
        changes: parse_changes(section)?,
    })
}

fn parse_generator(section: &Section<'_>, first_key: u64) -> Result<Generator, ScenarioError> {
    let item = section.require("generator", &format!("choose one of {}", names()))?;
    let name = item.text()?;
    let Some((_, own_keys)) = GENERATORS.iter().find(|(known, _)| *known == name) else {
        return Err(item.error(format!("unknown generator {name:?}; available: {}", names())));
    };
    for &key in GENERATORS.iter().flat_map(|(_, keys)| *keys) {
        if let Some(item) = section.get(key).filter(|_| !own_keys.contains(&key)) {
            let users = GENERATORS.iter().filter(|(_, keys)| keys.contains(&key));
            let users: Vec<String> = users.map(|(name, _)| format!("\"{name}\"")).collect();
            return Err(item.error(format!(
                "not used by generator {name:?}, only by {}; remove it",
                users.join(", ")
            )));
        }
    }
    let keys = section.require("keys", "write the number of keys")?.integer(1..=KEY_LIMIT)?;
    let first_key = section.integer_or("first_key", 0..=KEY_LIMIT, first_key)?;
    let number = |key: &str, remedy: &str, low: f64, high: f64| {
        section.require(key, remedy)?.number(low, high)
    };
    let exponent =
        || number("exponent", "write 0 for uniform, about 1 for web traffic", 0.0, 100.0);
    Ok(match name {
        "zipf" => Generator::Zipf { keys, exponent: exponent()?, first_key },
        "scrambled-zipf" => Generator::ScrambledZipf { keys, exponent: exponent()?, first_key },
        "uniform" => Generator::Uniform { keys, first_key },
        "hotspot" => Generator::Hotspot {
            keys,
            hot_keys: number("hot_keys", "write the share of hot keys, such as 0.2", 0.0, 1.0)?,
            hot_requests: number(
                "hot_requests",
                "write the share of requests for hot keys, such as 0.8",
                0.0,
                1.0,
            )?,
            first_key,
        },
        "exponential" => Generator::Exponential {
            keys,
            percentile: number(
                "percentile",
                "write the percentage of the requests for `share` of the keys, such as 95",
                0.01,
                99.999,
            )?,
            share: number(
                "share",
                "write the share of the keys that receives `percentile` percent of the requests",
                1e-9,
                1e9,
            )?,
            first_key,
        },
        "latest" => Generator::Latest { keys, exponent: exponent()?, first_key },
        "scan" => Generator::Scan { keys, first_key },
        "loop" => Generator::Loop { keys, first_key },
        "related" => Generator::Related {
            keys,
            exponent: exponent()?,
            children: parse_children(section)?,
            first_key,
        },
        _ => Generator::Reuse { keys, first_key, plan: Box::new(parse_reuse(section)?) },
    })
}

fn parse_children(section: &Section<'_>) -> Result<Vec<u32>, ScenarioError> {
    let item = section.require(
        "children",
        "write the number of children per key for each level, such as [3, 5]",
    )?;
    let children: Vec<u32> = item
        .items()?
        .iter()
        .map(|item| item.integer(1..=10_000).map(|number| number as u32))
        .collect::<Result<_, _>>()?;
    if children.is_empty() || children.len() > 8 {
        return Err(item.error("expected one to eight levels"));
    }
    Ok(children)
}

fn parse_reuse(section: &Section<'_>) -> Result<ReusePlan, ScenarioError> {
    let item = section.require(
        "new_key_shares",
        "write the shares of requests for new keys, such as [0.5, 0.1]",
    )?;
    let new_key_shares: Vec<f64> =
        item.items()?.iter().map(|item| item.number(0.0, 1.0)).collect::<Result<_, _>>()?;
    if new_key_shares.is_empty() {
        return Err(item.error("expected at least one share"));
    }
    let distances = section.require(
        "reuse_distances",
        "write pairs of a distance and its share, such as [[1, 0.5], [9, 0.5]]",
    )?;
    let counts = section.require(
        "requests_per_key",
        "write pairs of a number of requests and its share, such as [[1, 0.9], [5, 0.1]]",
    )?;
    Ok(ReusePlan {
        new_key_shares,
        reuse_distances: parse_histogram(&distances, 1)?,
        requests_per_key: parse_histogram(&counts, 1)?,
    })
}

/// Parses pairs of a number and a share, with ascending numbers from `low` and a positive sum.
pub(super) fn parse_histogram(
    item: &TomlValue<'_>,
    low: u64,
) -> Result<Vec<(u64, f64)>, ScenarioError> {
    let mut pairs: Vec<(u64, f64)> = Vec::new();
    for pair in item.items()? {
        let [number, share] = pair.items()?.try_into().map_err(|_| {
            pair.error("expected a pair of a number and a share, such as [100, 0.5]")
        })?;
        let low = pairs.last().map_or(low, |&(last, _)| last + 1);
        let number = number.integer(low..=u64::from(u32::MAX) - 1)?;
        pairs.push((number, share.number(0.0, 1e18)?));
    }
    if pairs.iter().map(|&(_, share)| share).sum::<f64>() > 0.0 {
        Ok(pairs)
    } else {
        Err(item.error("expected at least one pair with a share above 0"))
    }
}

fn parse_changes(section: &Section<'_>) -> Result<PopularityChanges, ScenarioError> {
    let rate = |key: &str| section.get(key).map_or(Ok(0.0), |item| item.number(0.0, 1.0));
    Ok(PopularityChanges {
        drift: rate("drift")?,
        churn: rate("churn")?,
        bursts: section.get("bursts").map(|item| parse_bursts(&item)).transpose()?,
    })
}

fn parse_bursts(item: &TomlValue<'_>) -> Result<Bursts, ScenarioError> {
    let section = item.section("`bursts`", &["every", "length", "share", "keys"])?;
    let integer =
        |key: &str, remedy: &str| section.require(key, remedy)?.integer(1..=u64::from(u32::MAX));
    Ok(Bursts {
        every: integer("every", "write the mean number of requests between bursts")?,
        length: integer("length", "write the number of requests per burst")?,
        share: section
            .require("share", "write the share of the requests during a burst that go to its keys")?
            .number(0.0, 1.0)?,
        keys: section.integer_or("keys", 1..=1_000_000, 1)?,
    })
}

/// Parses the shares of operations; by default, reads get the rest.
pub(super) fn parse_mix(item: &TomlValue<'_>) -> Result<OperationMix, ScenarioError> {
    let known =
        ["reads", "writes", "deletes", "inserts", "scans", "read_modify_writes", "scan_length"];
    let section = item.section("[mix]", &known)?;
    let share = |key: &str| section.get(key).map(|item| item.number(0.0, 1.0)).transpose();
    let mut mix = OperationMix::READS;
    mix.writes = share("writes")?.unwrap_or(0.0);
    mix.deletes = share("deletes")?.unwrap_or(0.0);
    mix.inserts = share("inserts")?.unwrap_or(0.0);
    mix.scans = share("scans")?.unwrap_or(0.0);
    mix.read_modify_writes = share("read_modify_writes")?.unwrap_or(0.0);
    let others = mix.writes + mix.deletes + mix.inserts + mix.scans + mix.read_modify_writes;
    mix.reads = share("reads")?.unwrap_or(1.0 - others);
    mix.scan_length = section.integer_or("scan_length", 1..=1_000_000, 100)? as u32;
    let sum = mix.reads + others;
    if mix.reads < -1e-9 || (sum - 1.0).abs() > 1e-9 {
        return Err(section.error(format!("the shares must add up to 1, but add up to {sum}")));
    }
    mix.reads = mix.reads.max(0.0);
    Ok(mix)
}
