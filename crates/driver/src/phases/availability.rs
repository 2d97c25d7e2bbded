//! Who takes part: those that are asked for, and whose services can be had.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::Exploration;
use bakeoff_protocol::progress::{Failure, Status};

use crate::phases::context::Context;
use crate::record::progress::Event;
use crate::request::Entrant;
use crate::stop::Stop;

/// Entrants to work on whose services can be had; the others are skipped, with the reason.
pub(crate) fn able(context: &Context<'_>, record: &mut Exploration) -> Result<Vec<Entrant>, Stop> {
    let mut able = Vec::new();
    let mut versions: BTreeMap<&str, Result<String, String>> = BTreeMap::new();
    for entrant in wanted(context, record) {
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
            None => able.push(entrant.clone()),
            Some(message) => {
                let failure = Failure {
                    kind: String::from("service"),
                    message,
                    hint: String::from(
                        "`bakeoff doctor` shows what is missing; the others went on",
                    ),
                    log: String::new(),
                };
                context.recorder.apply(&entrant.variant.name, Event::Skipped(failure))?;
            }
        }
    }
    Ok(able)
}

/// With `--only`, those that it names and the baseline.
fn wanted<'a>(context: &'a Context<'_>, record: &Exploration) -> Vec<&'a Entrant> {
    let states = context.recorder.progress();
    let went_on = |entrant: &&Entrant| {
        states.get(&entrant.variant.name).is_none_or(|state| state.status != Status::Failed)
    };
    let is_wanted = |entrant: &&Entrant| match &context.spec.only {
        None => true,
        Some(only) => {
            only.contains(&entrant.variant.name) || record.baseline == entrant.variant.name
        }
    };
    context.spec.entrants.iter().filter(is_wanted).filter(went_on).collect()
}
