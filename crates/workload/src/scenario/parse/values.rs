//! `[values]`: sizes and times to live.

use super::super::document::{Item, Section};
use super::super::{Lifetime, ScenarioError, Values};

const SHAPES: &str = "\"uniform\", \"log-normal\", \"pareto\" or \"histogram\"";
const ALL: [&str; 9] =
    ["bytes", "distribution", "min", "max", "median", "sigma", "shape", "bins", "ttl_seconds"];

/// Sizes and times to live.
pub(super) fn values(item: &Item<'_>) -> Result<(Values, Lifetime), ScenarioError> {
    let section = item.section("[values]", &ALL)?;
    let lifetime = section.get("ttl_seconds").map(|item| lifetime(&item)).transpose()?;
    Ok((sizes(item, &section)?, lifetime.unwrap_or_default()))
}

/// One number of seconds, or the shortest and the longest.
fn lifetime(item: &Item<'_>) -> Result<Lifetime, ScenarioError> {
    let milliseconds =
        |item: &Item<'_>| item.number(0.001, 4_000_000.0).map(|seconds| (seconds * 1_000.0) as u32);
    if item.value.as_array().is_none() {
        return Ok(Lifetime::Fixed { milliseconds: milliseconds(item)? });
    }
    let [shortest, longest] = item.items()?.try_into().map_err(|_| {
        item.error("one number of seconds, or the shortest and the longest as in [60, 600]")
    })?;
    let (min_ms, max_ms) = (milliseconds(&shortest)?, milliseconds(&longest)?);
    if min_ms > max_ms {
        return Err(item.error("the shortest comes first"));
    }
    Ok(Lifetime::Uniform { min_ms, max_ms })
}

fn bytes(section: &Section<'_>, key: &str, low: u64) -> Result<u32, ScenarioError> {
    let number = section.require(key, "bytes")?.whole(low..=u64::from(u32::MAX))?;
    Ok(number as u32)
}

fn sizes(item: &Item<'_>, section: &Section<'_>) -> Result<Values, ScenarioError> {
    let Some(distribution) = section.get("distribution") else {
        if section.get("ttl_seconds").is_some() && section.get("bytes").is_none() {
            item.section("[values] without `distribution`", &["ttl_seconds"])?;
            return Ok(Values::default());
        }
        let section = item.section("[values] without `distribution`", &["bytes", "ttl_seconds"])?;
        return Ok(Values::Fixed { bytes: bytes(&section, "bytes", 0)? });
    };
    let only = |title: &str, keys: &[&str]| {
        let mut known = vec!["distribution", "ttl_seconds"];
        known.extend(keys);
        item.section(title, &known)
    };
    match distribution.text()? {
        "uniform" => {
            let section = only("[values], uniform", &["min", "max"])?;
            let (min, max) = (bytes(&section, "min", 0)?, bytes(&section, "max", 0)?);
            ordered(&section, min, max)?;
            Ok(Values::Uniform { min, max })
        }
        "log-normal" => {
            let section = only("[values], log-normal", &["median", "sigma", "max"])?;
            let sigma = section.require("sigma", "the spread of the logarithm, such as 0.8")?;
            Ok(Values::LogNormal {
                median: bytes(&section, "median", 1)?,
                sigma: sigma.number(0.0, 20.0)?,
                max: bytes(&section, "max", 1)?,
            })
        }
        "pareto" => {
            let section = only("[values], pareto", &["min", "shape", "max"])?;
            let shape = section.require("shape", "how fast the tail falls, such as 1.5")?;
            let (min, max) = (bytes(&section, "min", 1)?, bytes(&section, "max", 1)?);
            ordered(&section, min, max)?;
            Ok(Values::Pareto { min, shape: shape.number(0.01, 100.0)?, max })
        }
        "histogram" => {
            let section = only("[values], histogram", &["bins"])?;
            let expected = "pairs of a largest size and a share, such as [[100, 0.5], [1000, 0.5]]";
            let bins = super::generator::pairs(&section.require("bins", expected)?, 0)?;
            let bins = bins.into_iter().map(|(size, share)| (size as u32, share)).collect();
            Ok(Values::Histogram { bins })
        }
        other => Err(distribution.error(format!("{other:?}: {SHAPES}"))),
    }
}

fn ordered(section: &Section<'_>, min: u32, max: u32) -> Result<(), ScenarioError> {
    if min > max {
        return Err(section.error(format!("`min` {min} is above `max` {max}")));
    }
    Ok(())
}
