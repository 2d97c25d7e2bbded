//! What draws keys, what is done to them, and how their popularity changes.

use super::super::document::{Item, Section};
use super::super::{Bursts, Changes, Generator, Mix, ReusePlan, ScenarioError, Stream};

/// The keys that a stream may have.
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
    "births",
    "distances",
    "counts",
    "mix",
    "drift",
    "churn",
    "bursts",
];

/// Generators, and the keys that only they and some others have.
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
    ("reuse", &["births", "distances", "counts"]),
];
/// Keys are numbered below this, so that adding up key numbers never overflows.
const KEY_LIMIT: u64 = 1 << 62;

/// The generators, for messages.
pub(super) fn names() -> String {
    let names: Vec<String> = GENERATORS.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    names.join(", ")
}

/// A stream; its keys begin at `first_key` where it does not say.
pub(super) fn stream(
    section: &Section<'_>,
    default_mix: Mix,
    first_key: u64,
) -> Result<Stream, ScenarioError> {
    let mix = section.get("mix").map(|item| mix(&item)).transpose()?.unwrap_or(default_mix);
    Ok(Stream {
        name: None,
        weight: 1.0,
        generator: generator(section, first_key)?,
        mix,
        changes: changes(section)?,
    })
}

fn generator(section: &Section<'_>, first_key: u64) -> Result<Generator, ScenarioError> {
    let named = section.require("generator", &names())?;
    let name = named.text()?;
    let Some((_, own)) = GENERATORS.iter().find(|(known, _)| *known == name) else {
        return Err(named.error(format!("{name:?} is no generator: {}", names())));
    };
    for &key in GENERATORS.iter().flat_map(|(_, keys)| *keys) {
        if let Some(item) = section.get(key).filter(|_| !own.contains(&key)) {
            let with = GENERATORS.iter().filter(|(_, keys)| keys.contains(&key));
            let with: Vec<String> = with.map(|(name, _)| format!("\"{name}\"")).collect();
            return Err(item.error(format!("only {} has this, not {name:?}", with.join(", "))));
        }
    }
    let keys = section.require("keys", "the number of keys")?.whole(1..=KEY_LIMIT)?;
    let first_key = section.whole_or("first_key", 0..=KEY_LIMIT, first_key)?;
    let number = |key: &str, expected: &str, low: f64, high: f64| {
        section.require(key, expected)?.number(low, high)
    };
    let exponent = || number("exponent", "0 for uniform, about 1 for web traffic", 0.0, 100.0);
    Ok(match name {
        "zipf" => Generator::Zipf { keys, exponent: exponent()?, first_key },
        "scrambled-zipf" => Generator::ScrambledZipf { keys, exponent: exponent()?, first_key },
        "uniform" => Generator::Uniform { keys, first_key },
        "hotspot" => Generator::Hotspot {
            keys,
            hot_keys: number("hot_keys", "the share of hot keys, such as 0.2", 0.0, 1.0)?,
            hot_requests: number("hot_requests", "their share of requests", 0.0, 1.0)?,
            first_key,
        },
        "exponential" => Generator::Exponential {
            keys,
            percentile: number("percentile", "percent of the requests, such as 95", 0.01, 99.999)?,
            share: number("share", "of the keys, that gets them", 1e-9, 1e9)?,
            first_key,
        },
        "latest" => Generator::Latest { keys, exponent: exponent()?, first_key },
        "scan" => Generator::Scan { keys, first_key },
        "loop" => Generator::Loop { keys, first_key },
        "related" => Generator::Related {
            keys,
            exponent: exponent()?,
            children: children(section)?,
            first_key,
        },
        _ => Generator::Reuse { keys, first_key, plan: Box::new(reuse(section)?) },
    })
}

fn children(section: &Section<'_>) -> Result<Vec<u32>, ScenarioError> {
    let item = section.require("children", "a list such as [3, 5]: of each key, level by level")?;
    let children: Vec<u32> = item
        .items()?
        .iter()
        .map(|item| item.whole(1..=10_000).map(|number| number as u32))
        .collect::<Result<_, _>>()?;
    if children.is_empty() || children.len() > 8 {
        return Err(item.error("one to eight levels"));
    }
    Ok(children)
}

fn reuse(section: &Section<'_>) -> Result<ReusePlan, ScenarioError> {
    let births = section.require("births", "shares of requests for new keys")?;
    let shares: Vec<f64> =
        births.items()?.iter().map(|item| item.number(0.0, 1.0)).collect::<Result<_, _>>()?;
    if shares.is_empty() {
        return Err(births.error("needs at least one share"));
    }
    let distances = section.require("distances", "pairs of a depth and a share")?;
    let counts = section.require("counts", "pairs of a number of requests and a share")?;
    Ok(ReusePlan { births: shares, distances: pairs(&distances, 1)?, counts: pairs(&counts, 1)? })
}

/// Pairs of a number and a share; the numbers rise, and some share is above 0.
pub(super) fn pairs(item: &Item<'_>, low: u64) -> Result<Vec<(u64, f64)>, ScenarioError> {
    let mut pairs: Vec<(u64, f64)> = Vec::new();
    for pair in item.items()? {
        let [number, share] = pair
            .items()?
            .try_into()
            .map_err(|_| pair.error("a pair of a number and a share, such as [100, 0.5]"))?;
        let low = pairs.last().map_or(low, |&(last, _)| last + 1);
        let number = number.whole(low..=u64::from(u32::MAX) - 1)?;
        pairs.push((number, share.number(0.0, 1e18)?));
    }
    if pairs.iter().map(|&(_, share)| share).sum::<f64>() > 0.0 {
        Ok(pairs)
    } else {
        Err(item.error("needs at least one pair with a share above 0"))
    }
}

fn changes(section: &Section<'_>) -> Result<Changes, ScenarioError> {
    let rate = |key: &str| section.get(key).map_or(Ok(0.0), |item| item.number(0.0, 1.0));
    let bursts = |item: Item<'_>| {
        let section = item.section("`bursts`", &["every", "length", "share", "keys"])?;
        let whole = |key: &str, expected: &str| {
            section.require(key, expected)?.whole(1..=u64::from(u32::MAX))
        };
        Ok(Bursts {
            every: whole("every", "requests from one burst to the next, on average")?,
            length: whole("length", "requests that a burst lasts")?,
            share: section.require("share", "of its requests, for its keys")?.number(0.0, 1.0)?,
            keys: section.whole_or("keys", 1..=1_000_000, 1)?,
        })
    };
    Ok(Changes {
        drift: rate("drift")?,
        churn: rate("churn")?,
        bursts: section.get("bursts").map(bursts).transpose()?,
    })
}

/// Shares of actions.
pub(super) fn mix(item: &Item<'_>) -> Result<Mix, ScenarioError> {
    let known = ["reads", "writes", "deletes", "inserts", "scans", "modifies", "scan_length"];
    let section = item.section("[mix]", &known)?;
    let share = |key: &str| section.get(key).map(|item| item.number(0.0, 1.0)).transpose();
    let mut mix = Mix::READS;
    mix.writes = share("writes")?.unwrap_or(0.0);
    mix.deletes = share("deletes")?.unwrap_or(0.0);
    mix.inserts = share("inserts")?.unwrap_or(0.0);
    mix.scans = share("scans")?.unwrap_or(0.0);
    mix.modifies = share("modifies")?.unwrap_or(0.0);
    let others = mix.writes + mix.deletes + mix.inserts + mix.scans + mix.modifies;
    mix.reads = share("reads")?.unwrap_or(1.0 - others);
    mix.scan_length = section.whole_or("scan_length", 1..=1_000_000, 100)? as u32;
    let sum = mix.reads + others;
    if mix.reads < -1e-9 || (sum - 1.0).abs() > 1e-9 {
        return Err(section.error(format!("the shares must add up to 1; these add up to {sum}")));
    }
    mix.reads = mix.reads.max(0.0);
    Ok(mix)
}
