//! One entrant: what it is, what it declares, and what was found by trying.

use bakeoff_protocol::Properties;
use bakeoff_protocol::exploration::Variant;
use bakeoff_protocol::progress::{Failure, Status};
use bakeoff_protocol::sample::{BuildRecord, CheckRecord, Record, StaticFacts};
use bakeoff_protocol::variant::Manifest;

use crate::Input;

/// A property that was tried with further processes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// What the strategy declares.
    pub declared: bool,
    /// What was seen.
    pub observed: bool,
    /// How it was tried.
    pub detail: String,
}

/// One entrant of the exploration.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// Place in the user's order, from 0; decides colour and shape over the whole page.
    pub place: usize,
    /// Its name.
    pub name: String,
    /// What its user says of it.
    pub description: String,
    /// The folder under `variants/`.
    pub strategy: String,
    /// The git ref that was asked for.
    pub git_ref: String,
    /// The commit that was built.
    pub commit: String,
    /// Its `variant.toml`.
    pub manifest: Manifest,
    /// What its runner declares.
    pub properties: Option<Properties>,
    /// Where it stands.
    pub status: Status,
    /// Why it may not be named winner, though it left figures.
    pub disqualified: Option<String>,
    /// Why it failed or was skipped.
    pub error: Option<Failure>,
    /// Lines of code and dependencies.
    pub facts: Option<StaticFacts>,
    /// Its last build.
    pub build: Option<BuildRecord>,
    /// Its last conformance check.
    pub check: Option<CheckRecord>,
    /// Whether a second process sees what the first has put.
    pub shared: Option<Tried>,
    /// Whether entries outlive the process.
    pub survives_restart: Option<Tried>,
}

impl Entrant {
    pub(crate) fn gather(place: usize, variant: &Variant, input: &Input) -> Self {
        let progress = input.progress.get(&variant.name);
        let mut entrant = Self {
            place,
            name: variant.name.clone(),
            description: variant.description.clone(),
            strategy: variant.strategy.clone(),
            git_ref: variant.git_ref.clone(),
            commit: variant.commit.clone(),
            manifest: variant.manifest.clone(),
            properties: variant.properties.clone(),
            status: progress.map_or(Status::Pending, |progress| progress.status),
            disqualified: progress.and_then(|progress| progress.disqualified.clone()),
            error: progress.and_then(|progress| progress.error.clone()),
            facts: None,
            build: None,
            check: None,
            shared: None,
            survives_restart: None,
        };
        for record in &input.records {
            entrant.take(record);
        }
        entrant
    }

    /// Later records of the same kind replace earlier ones.
    fn take(&mut self, record: &Record) {
        match record {
            Record::Facts(facts) if facts.variant == self.name => self.facts = Some(facts.clone()),
            Record::Build(build) if build.variant == self.name => self.build = Some(build.clone()),
            Record::Check(check) if check.variant == self.name => self.check = Some(check.clone()),
            Record::Probe(probe) if probe.variant == self.name => {
                let tried = Tried {
                    declared: probe.declared,
                    observed: probe.observed,
                    detail: probe.detail.clone(),
                };
                match probe.property.as_str() {
                    "shared" => self.shared = Some(tried),
                    "survives-restart" => self.survives_restart = Some(tried),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    /// Why there are no figures of it, or why they do not count; `None` where all is well.
    #[must_use]
    pub fn absence(&self) -> Option<String> {
        let why = |fallback: &str| {
            self.error.as_ref().map_or_else(|| fallback.to_owned(), |error| error.message.clone())
        };
        match self.status {
            Status::Failed => Some(format!("failed: {}", why("no reason was recorded"))),
            Status::Skipped => Some(format!("skipped: {}", why("no reason was recorded"))),
            Status::Completed => {
                self.disqualified.as_ref().map(|reason| format!("disqualified: {reason}"))
            }
            Status::Pending => Some(String::from("not begun yet")),
            Status::Running => Some(String::from("still under way")),
        }
    }

    /// Whether its size is limited, as it declares; `None` before its runner was asked.
    #[must_use]
    pub fn bounded(&self) -> Option<bool> {
        self.properties.as_ref().map(|properties| properties.bound.is_bounded())
    }

    /// Seconds that building it took: of its own dependency closure where that was measured.
    #[must_use]
    pub fn build_seconds(&self) -> Option<f64> {
        self.build.as_ref().map(|build| build.cpu_seconds.unwrap_or(build.seconds))
    }
}
