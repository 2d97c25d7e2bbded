//! Parser of `[values]`: value sizes and times to live.

use super::document::{Section, TomlValue};
use super::generator::parse_histogram;
use crate::scenario::error::ScenarioError;
use crate::scenario::value_distributions::{SizeDistribution, TtlDistribution};

const DISTRIBUTIONS: &str = "\"uniform\", \"log-normal\", \"pareto\", \"histogram\"";
const KEYS: [&str; 9] =
    ["bytes", "distribution", "min", "max", "median", "sigma", "shape", "bins", "ttl_seconds"];

pub(super) fn parse_values(
    item: &TomlValue<'_>,
) -> Result<(SizeDistribution, TtlDistribution), ScenarioError> {
    let section = item.section("[values]", &KEYS)?;
    let ttls = section.get("ttl_seconds").map(|item| parse_ttl(&item)).transpose()?;
    Ok((parse_sizes(item, &section)?, ttls.unwrap_or_default()))
}

/// Parses a number of seconds, or a pair of minimum and maximum.
fn parse_ttl(item: &TomlValue<'_>) -> Result<TtlDistribution, ScenarioError> {
    let milliseconds = |item: &TomlValue<'_>| {
        item.number(0.001, 4_000_000.0).map(|seconds| (seconds * 1_000.0) as u32)
    };
    if item.value.as_array().is_none() {
        return Ok(TtlDistribution::Fixed { ttl_ms: milliseconds(item)? });
    }
    let [min, max] = item.items()?.try_into().map_err(|_| {
        item.error("expected a number of seconds, or minimum and maximum as in [60, 600]")
    })?;
    let (min_ms, max_ms) = (milliseconds(&min)?, milliseconds(&max)?);
    if min_ms > max_ms {
        return Err(item.error("the minimum must come first"));
    }
    Ok(TtlDistribution::Uniform { min_ms, max_ms })
}

fn bytes(section: &Section<'_>, key: &str, low: u64) -> Result<u32, ScenarioError> {
    let number =
        section.require(key, "write a number of bytes")?.integer(low..=u64::from(u32::MAX))?;
    Ok(number as u32)
}

fn parse_sizes(
    item: &TomlValue<'_>,
    section: &Section<'_>,
) -> Result<SizeDistribution, ScenarioError> {
    let Some(distribution) = section.get("distribution") else {
        if section.get("ttl_seconds").is_some() && section.get("bytes").is_none() {
            item.section("[values] without `distribution`", &["ttl_seconds"])?;
            return Ok(SizeDistribution::default());
        }
        let section = item.section("[values] without `distribution`", &["bytes", "ttl_seconds"])?;
        return Ok(SizeDistribution::Fixed { bytes: bytes(&section, "bytes", 0)? });
    };
    let section_with = |title: &str, keys: &[&str]| {
        let mut known = vec!["distribution", "ttl_seconds"];
        known.extend(keys);
        item.section(title, &known)
    };
    match distribution.text()? {
        "uniform" => {
            let section = section_with("[values] uniform", &["min", "max"])?;
            let (min, max) = (bytes(&section, "min", 0)?, bytes(&section, "max", 0)?);
            check_order(&section, min, max)?;
            Ok(SizeDistribution::Uniform { min, max })
        }
        "log-normal" => {
            let section = section_with("[values] log-normal", &["median", "sigma", "max"])?;
            let sigma = section
                .require("sigma", "write the standard deviation of the logarithm, such as 0.8")?;
            Ok(SizeDistribution::LogNormal {
                median: bytes(&section, "median", 1)?,
                sigma: sigma.number(0.0, 20.0)?,
                max: bytes(&section, "max", 1)?,
            })
        }
        "pareto" => {
            let section = section_with("[values] pareto", &["min", "shape", "max"])?;
            let shape = section.require("shape", "write the Pareto shape, such as 1.5")?;
            let (min, max) = (bytes(&section, "min", 1)?, bytes(&section, "max", 1)?);
            check_order(&section, min, max)?;
            Ok(SizeDistribution::Pareto { min, shape: shape.number(0.01, 100.0)?, max })
        }
        "histogram" => {
            let section = section_with("[values] histogram", &["bins"])?;
            let remedy =
                "write pairs of a largest size and a share, such as [[100, 0.5], [1000, 0.5]]";
            let bins = parse_histogram(&section.require("bins", remedy)?, 0)?;
            let bins = bins.into_iter().map(|(size, share)| (size as u32, share)).collect();
            Ok(SizeDistribution::Histogram { bins })
        }
        other => Err(distribution
            .error(format!("unknown distribution {other:?}; available: {DISTRIBUTIONS}"))),
    }
}

fn check_order(section: &Section<'_>, min: u32, max: u32) -> Result<(), ScenarioError> {
    if min > max {
        return Err(section.error(format!("`min` {min} is above `max` {max}")));
    }
    Ok(())
}
