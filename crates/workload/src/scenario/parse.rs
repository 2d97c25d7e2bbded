//! From the text of a scenario file to a validated [`Scenario`].

use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::document::{Document, Item, Section};
use crate::trace::{ColumnChoice, ROLES};

use super::{
    CapacityPlan, Generator, LoadPlan, MeasurePlan, Mix, Phase, SCHEMA, Scenario, ScenarioError,
    ServicePlan, Size, TraceSource, Values, WorkloadPlan,
};

/// Sections that the design foresees and this version does not replay: refused, never ignored.
const NOT_YET: [&str; 4] = ["origin", "time", "instances", "event"];
const SECTIONS: [&str; 10] = [
    "schema", "summary", "seed", "workload", "mix", "values", "capacity", "load", "services",
    "measure",
];
const GENERATORS: &str = "\"zipf\", \"uniform\", \"scan\" or \"loop\"";
const PHASE_KEYS: [&str; 6] = ["generator", "keys", "exponent", "first_key", "requests", "mix"];
const TRACE_KEYS: [&str; 5] = ["trace", "format", "honour_ops", "limit", "columns"];
/// Keys are numbered below this, so that adding up key numbers never overflows.
const KEY_LIMIT: u64 = 1 << 62;

pub(super) fn scenario(text: &str, path: &Path) -> Result<Scenario, ScenarioError> {
    let document = Document { text, path };
    let root = DeTable::parse(text).map_err(|error| {
        let message = format!("not TOML: {}", error.message().trim());
        document.error(&error.span().unwrap_or(0..0), message)
    })?;
    for (key, _) in root.get_ref().iter() {
        if NOT_YET.contains(&&**key.get_ref()) {
            let message = format!("[{}] is not supported yet; take it out", key.get_ref());
            return Err(document.error(&key.span(), message));
        }
    }
    let top = Section::new(document, "the scenario", root.get_ref(), 0..0, &SECTIONS)?;
    top.require("schema", "write `schema = 1`")?.whole(SCHEMA.into()..=SCHEMA.into())?;
    let summary = top.require("summary", "one line that says what it imitates")?.text()?;
    if summary.trim().is_empty() || summary.contains('\n') {
        return Err(top.error("`summary` is one line that says what it imitates"));
    }
    let mix = top.get("mix").map(|item| mix(&item)).transpose()?;
    let workload = top.require("workload", "a generator, phases or a trace")?;
    let capacity = top.require("capacity", "`sizes` and `timed`")?;
    Ok(Scenario {
        name: path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        summary: summary.to_owned(),
        seed: top.whole_or("seed", 0..=u64::MAX, 0)?,
        workload: workload_plan(&workload, mix, top.get("mix").as_ref())?,
        values: top.get("values").map_or(Ok(Values::default()), |item| values(&item))?,
        capacity: capacity_plan(&capacity)?,
        load: top.get("load").map_or(Ok(LoadPlan::default()), |item| load(&item))?,
        services: top.get("services").map_or(Ok(ServicePlan::default()), |item| services(&item))?,
        measure: top.get("measure").map_or(Ok(MeasurePlan::default()), |item| measure(&item))?,
        digest: blake3::hash(text.as_bytes()).to_hex().to_string(),
    })
}

fn workload_plan(
    item: &Item<'_>,
    mix: Option<Mix>,
    mix_item: Option<&Item<'_>>,
) -> Result<WorkloadPlan, ScenarioError> {
    let mut known = vec!["phase", "repeat"];
    known.extend(PHASE_KEYS);
    known.extend(TRACE_KEYS);
    let section = item.section("[workload]", &known)?;
    let given = |key: &str| section.get(key).is_some();
    if given("trace") {
        // Only what a trace knows may stand beside it.
        item.section("[workload] with `trace`", &TRACE_KEYS)?;
        if let Some(mix) = mix_item {
            return Err(mix.error("a trace brings its own operations; take [mix] out"));
        }
        return trace(&section).map(|source| WorkloadPlan::Trace(Box::new(source)));
    }
    let default_mix = mix.unwrap_or(Mix::READS);
    if given("phase") {
        item.section("[workload] with phases", &["phase", "repeat"])?;
        let phases = section.require("phase", "a list of phases")?.items()?;
        let phases: Vec<Phase> = phases
            .iter()
            .map(|item| phase(&item.section("[[workload.phase]]", &PHASE_KEYS)?, default_mix))
            .collect::<Result<_, _>>()?;
        if phases.is_empty() {
            return Err(section.error("`phase` needs at least one phase"));
        }
        let repeat = section.whole_or("repeat", 1..=1_000_000, 1)?;
        return Ok(WorkloadPlan::Generated { phases, repeat });
    }
    if !given("generator") {
        let what = format!("expected `generator` ({GENERATORS}), [[workload.phase]] or `trace`");
        return Err(section.error(what));
    }
    let section = item.section("[workload]", &PHASE_KEYS)?;
    Ok(WorkloadPlan::Generated { phases: vec![phase(&section, default_mix)?], repeat: 1 })
}

fn trace(section: &Section<'_>) -> Result<TraceSource, ScenarioError> {
    let path = section.require("trace", "the path of a trace")?;
    let format = match section.get("format") {
        None => None,
        Some(item) => {
            let name = item.text()?;
            crate::trace::format(name).map_err(|error| item.error(error))?;
            Some(name.to_owned())
        }
    };
    let paths = match path.value.as_str() {
        Some(text) => vec![PathBuf::from(text)],
        None => path
            .items()?
            .iter()
            .map(|item| item.text().map(PathBuf::from))
            .collect::<Result<Vec<_>, _>>()?,
    };
    if paths.is_empty() {
        return Err(path.error("needs at least one file"));
    }
    Ok(TraceSource {
        paths,
        format,
        honour_ops: section.get("honour_ops").map_or(Ok(false), |item| item.boolean())?,
        limit: section.get("limit").map(|item| item.whole(1..=u64::MAX)).transpose()?,
        columns: section
            .get("columns")
            .map_or(Ok(ColumnChoice::default()), |item| columns(&item))?,
        anonymize: None,
    })
}

fn columns(item: &Item<'_>) -> Result<ColumnChoice, ScenarioError> {
    let section = item.section("`columns`", &ROLES)?;
    let mut choice = ColumnChoice::default();
    for role in ROLES {
        let Some(item) = section.get(role) else { continue };
        let value = match (item.value.as_str(), item.value.as_bool()) {
            (Some(text), _) => text.to_owned(),
            (None, Some(truth)) => truth.to_string(),
            (None, None) => item.whole(1..=65_536)?.to_string(),
        };
        choice.set(role, &value).map_err(|error| item.error(error))?;
    }
    Ok(choice)
}

fn phase(section: &Section<'_>, default_mix: Mix) -> Result<Phase, ScenarioError> {
    let generator = section.require("generator", GENERATORS)?;
    let keys = section.require("keys", "the number of keys")?.whole(1..=KEY_LIMIT)?;
    let first_key = section.whole_or("first_key", 0..=KEY_LIMIT, 0)?;
    let name = generator.text()?;
    let kind = match name {
        "zipf" => {
            let exponent = section.require("exponent", "0 for uniform, about 1 for web traffic")?;
            Generator::Zipf { keys, exponent: exponent.number(0.0, 100.0)?, first_key }
        }
        "uniform" => Generator::Uniform { keys, first_key },
        "scan" => Generator::Scan { keys, first_key },
        "loop" => Generator::Loop { keys, first_key },
        _ => return Err(generator.error(format!("{name:?} is no generator: {GENERATORS}"))),
    };
    if name != "zipf"
        && let Some(exponent) = section.get("exponent")
    {
        return Err(exponent.error(format!("only \"zipf\" has an exponent, not {name:?}")));
    }
    let requests = match (section.get("requests"), name) {
        // A scan that says nothing else reads every key once.
        (None, "scan") => keys,
        (None, _) => return Err(section.error("`requests` is missing: how many to make")),
        (Some(item), _) => item.whole(1..=u64::from(u32::MAX) - 1)?,
    };
    let own_mix = section.get("mix").map(|item| mix(&item)).transpose()?;
    Ok(Phase { generator: kind, requests, mix: own_mix.unwrap_or(default_mix) })
}

fn mix(item: &Item<'_>) -> Result<Mix, ScenarioError> {
    let section = item.section("[mix]", &["reads", "writes", "deletes"])?;
    let share = |key: &str| section.get(key).map(|item| item.number(0.0, 1.0)).transpose();
    let writes = share("writes")?.unwrap_or(0.0);
    let deletes = share("deletes")?.unwrap_or(0.0);
    let reads = share("reads")?.unwrap_or(1.0 - writes - deletes);
    let sum = reads + writes + deletes;
    if reads < 0.0 || (sum - 1.0).abs() > 1e-9 {
        return Err(section.error(format!("the shares must add up to 1; these add up to {sum}")));
    }
    Ok(Mix { reads, writes, deletes })
}

fn values(item: &Item<'_>) -> Result<Values, ScenarioError> {
    let all = ["bytes", "distribution", "min", "max", "median", "sigma"];
    let section = item.section("[values]", &all)?;
    let bytes = |section: &Section<'_>, key: &str, low: u64| {
        let number = section.require(key, "bytes")?.whole(low..=u64::from(u32::MAX))?;
        Ok(number as u32)
    };
    let Some(distribution) = section.get("distribution") else {
        let section = item.section("[values] without `distribution`", &["bytes"])?;
        return Ok(Values::Fixed { bytes: bytes(&section, "bytes", 0)? });
    };
    match distribution.text()? {
        "uniform" => {
            let section = item.section("[values], uniform", &["distribution", "min", "max"])?;
            let (min, max) = (bytes(&section, "min", 0)?, bytes(&section, "max", 0)?);
            if min > max {
                return Err(section.error(format!("`min` {min} is above `max` {max}")));
            }
            Ok(Values::Uniform { min, max })
        }
        "log-normal" => {
            let known = ["distribution", "median", "sigma", "max"];
            let section = item.section("[values], log-normal", &known)?;
            let sigma = section.require("sigma", "the spread of the logarithm, such as 0.8")?;
            Ok(Values::LogNormal {
                median: bytes(&section, "median", 1)?,
                sigma: sigma.number(0.0, 20.0)?,
                max: bytes(&section, "max", 1)?,
            })
        }
        other => Err(distribution.error(format!("{other:?}: \"uniform\" or \"log-normal\""))),
    }
}

fn size(item: &Item<'_>) -> Result<Size, ScenarioError> {
    if let Some(text) = item.value.as_str() {
        return text.parse().map_err(|error| item.error(error));
    }
    item.whole(1..=u64::MAX).map(Size::Entries)
}

fn sizes(item: &Item<'_>) -> Result<Vec<Size>, ScenarioError> {
    let sizes: Vec<Size> = item.items()?.iter().map(size).collect::<Result<_, _>>()?;
    if sizes.is_empty() {
        return Err(item.error("needs at least one capacity"));
    }
    Ok(sizes)
}

fn capacity_plan(item: &Item<'_>) -> Result<CapacityPlan, ScenarioError> {
    let section = item.section("[capacity]", &["sizes", "timed"])?;
    let all = sizes(&section.require("sizes", "a list such as [\"1%\", \"10%\"]")?)?;
    let timed_item = section.require("timed", "the one of `sizes` that is timed")?;
    let timed = size(&timed_item)?;
    if !all.contains(&timed) {
        let written: Vec<String> = all.iter().map(ToString::to_string).collect();
        let message = format!("{timed} is none of `sizes` ({})", written.join(", "));
        return Err(timed_item.error(message));
    }
    Ok(CapacityPlan { sizes: all, timed })
}

fn load(item: &Item<'_>) -> Result<LoadPlan, ScenarioError> {
    let known = ["workers", "in_flight", "connections", "open_loop", "scaling"];
    let section = item.section("[load]", &known)?;
    let open_loop = section.get("open_loop").map(|item| shares(&item)).transpose()?;
    let scaling = section.get("scaling").map(|item| workers(&item)).transpose()?;
    Ok(LoadPlan {
        workers: section.whole_or("workers", 1..=1_024, 1)? as u32,
        in_flight: section.whole_or("in_flight", 1..=65_536, 1)? as u32,
        connections: section.whole_or("connections", 1..=4_096, 1)? as u32,
        open_loop,
        scaling: scaling.unwrap_or_default(),
    })
}

/// Shares of the closed loop, in per cent; an empty list means that no open loop is wanted.
fn shares(item: &Item<'_>) -> Result<Vec<u32>, ScenarioError> {
    let percent = |item: &Item<'_>| Ok((item.number(0.01, 2.0)? * 100.0).round() as u32);
    ascending(item.items()?.iter().map(percent).collect())
}

fn workers(item: &Item<'_>) -> Result<Vec<u32>, ScenarioError> {
    ascending(item.items()?.iter().map(|item| Ok(item.whole(1..=1_024)? as u32)).collect())
}

fn ascending(numbers: Result<Vec<u32>, ScenarioError>) -> Result<Vec<u32>, ScenarioError> {
    let mut numbers = numbers?;
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

fn services(item: &Item<'_>) -> Result<ServicePlan, ScenarioError> {
    let section = item.section("[services]", &["requests", "sizes"])?;
    Ok(ServicePlan {
        requests: section.get("requests").map(|item| item.whole(1..=u64::MAX)).transpose()?,
        sizes: section.get("sizes").map(|item| sizes(&item)).transpose()?,
    })
}

fn measure(item: &Item<'_>) -> Result<MeasurePlan, ScenarioError> {
    let section = item.section("[measure]", &["section", "warmup", "delta"])?;
    let default = MeasurePlan::default();
    let delta = section.get("delta").map(|item| item.number(0.0, 1.0)).transpose()?;
    Ok(MeasurePlan {
        section: section.whole_or("section", 1..=u64::MAX, default.section)?,
        warmup: section.whole_or("warmup", 0..=u64::MAX, default.warmup)?,
        delta: delta.unwrap_or(default.delta),
    })
}
