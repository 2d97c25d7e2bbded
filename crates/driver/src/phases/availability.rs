//! Selects the variants to process: those that are requested and whose services are available.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::{Failure, Status};

use crate::phases::context::PhaseContext;
use crate::record::progress::VariantEvent;
use crate::request::ResolvedVariant;
use crate::stop::StopReason;

/// Returns the variants to process; records why those with missing services are skipped.
pub(crate) fn available_variants(
    context: &PhaseContext<'_>,
    record: &mut Exploration,
) -> Result<Vec<ResolvedVariant>, StopReason> {
    let mut available = Vec::new();
    let mut versions: BTreeMap<&str, Result<String, String>> = BTreeMap::new();
    for resolved in requested(context, record) {
        let mut missing = None;
        for service in &resolved.variant.manifest.services {
            let version = versions.entry(service).or_insert_with(|| {
                context.environment.servers.version(service).map_err(|error| error.to_string())
            });
            match version {
                Ok(version) => drop(record.services.insert(service.clone(), version.clone())),
                Err(why) => missing = Some(why.clone()),
            }
        }
        match missing {
            None => available.push(resolved.clone()),
            Some(message) => {
                let failure = Failure {
                    kind: String::from("service"),
                    message,
                    hint: String::from(
                        "run `bakeoff doctor` to see what is missing; other variants continue",
                    ),
                    log: String::new(),
                };
                context.recorder.apply(&resolved.variant.name, VariantEvent::Skipped(failure))?;
            }
        }
    }
    Ok(available)
}

/// Returns the requested variants that have not failed.
///
/// With `--only`, these are the listed variants and the baseline.
fn requested<'a>(context: &'a PhaseContext<'_>, record: &Exploration) -> Vec<&'a ResolvedVariant> {
    let states = context.recorder.progress();
    let has_not_failed = |resolved: &&ResolvedVariant| {
        states.get(&resolved.variant.name).is_none_or(|state| state.status != Status::Failed)
    };
    let is_requested = |resolved: &&ResolvedVariant| match &context.spec.only {
        None => true,
        Some(only) => {
            only.contains(&resolved.variant.name) || record.baseline == resolved.variant.name
        }
    };
    context.spec.variants.iter().filter(is_requested).filter(has_not_failed).collect()
}
