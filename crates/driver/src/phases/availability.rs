//! Selection of the variants to process: those requested whose services are available.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::{Failure, Status};

use crate::phases::context::Context;
use crate::record::progress::VariantEvent;
use crate::request::ResolvedVariant;
use crate::stop::StopReason;

/// Returns the variants to process; skips those whose services are missing, with the reason.
pub(crate) fn available_variants(
    context: &Context<'_>,
    record: &mut Exploration,
) -> Result<Vec<ResolvedVariant>, StopReason> {
    let mut available = Vec::new();
    let mut versions: BTreeMap<&str, Result<String, String>> = BTreeMap::new();
    for entrant in requested(context, record) {
        let mut missing = None;
        for service in &entrant.variant.manifest.services {
            let version = versions.entry(service).or_insert_with(|| {
                context.environment.servers.version(service).map_err(|error| error.to_string())
            });
            match version {
                Ok(version) => drop(record.services.insert(service.clone(), version.clone())),
                Err(why) => missing = Some(why.clone()),
            }
        }
        match missing {
            None => available.push(entrant.clone()),
            Some(message) => {
                let failure = Failure {
                    kind: String::from("service"),
                    message,
                    hint: String::from(
                        "run `bakeoff doctor` to see what is missing; other variants continue",
                    ),
                    log: String::new(),
                };
                context.recorder.apply(&entrant.variant.name, VariantEvent::Skipped(failure))?;
            }
        }
    }
    Ok(available)
}

/// Returns all variants that have not failed; with `--only`, the listed ones and the baseline.
fn requested<'a>(context: &'a Context<'_>, record: &Exploration) -> Vec<&'a ResolvedVariant> {
    let states = context.recorder.progress();
    let has_not_failed = |entrant: &&ResolvedVariant| {
        states.get(&entrant.variant.name).is_none_or(|state| state.status != Status::Failed)
    };
    let is_requested = |entrant: &&ResolvedVariant| match &context.spec.only {
        None => true,
        Some(only) => {
            only.contains(&entrant.variant.name) || record.baseline == entrant.variant.name
        }
    };
    context.spec.variants.iter().filter(is_requested).filter(has_not_failed).collect()
}
