//! Finds strategies and reads their manifests at a git ref.

use std::collections::BTreeMap;

use bakeoff_protocol::exploration::Variant;
use bakeoff_protocol::variant::{Manifest, PLACEHOLDER};

use super::variants::VariantRequest;
use super::{InvalidRequest, ResolvedVariant};
use crate::request::name::Name;
use crate::source::Revision;
use crate::source::provider::SourceProvider;

/// Name of the working tree in records; no git ref can have this name.
pub const WORKING_TREE: &str = "(working tree)";

/// Resolves variants, and caches the strategies of each git ref.
pub(super) struct StrategyResolver<'a> {
    code: &'a dyn SourceProvider,
    base_ref: Option<&'a str>,
    /// True if missing strategies are accepted, because a command will generate them.
    may_be_missing: bool,
    refs: BTreeMap<String, (Revision, Vec<String>)>,
}

impl<'a> StrategyResolver<'a> {
    pub(super) fn new(
        code: &'a dyn SourceProvider,
        base_ref: Option<&'a str>,
        may_be_missing: bool,
    ) -> Self {
        Self { code, base_ref, may_be_missing, refs: BTreeMap::new() }
    }

    /// Returns a request for every strategy at the base ref whose manifest has `default = true`.
    pub(super) fn bundled(&mut self) -> Result<Vec<(Name, VariantRequest)>, InvalidRequest> {
        let (at, known) = self.at(self.base_ref)?;
        let mut bundled = Vec::new();
        for strategy in known {
            if self.manifest(&strategy, &at)?.default {
                bundled.push((strategy.parse()?, VariantRequest::default()));
            }
        }
        if bundled.is_empty() {
            return Err(InvalidRequest::NoDefaultStrategy { at: revision_name(&at) });
        }
        Ok(bundled)
    }

    /// Resolves a requested variant to a revision and the manifest of its strategy.
    pub(super) fn resolve_variant(
        &mut self,
        name: &Name,
        requested: &VariantRequest,
    ) -> Result<ResolvedVariant, InvalidRequest> {
        let git_ref = requested.git_ref.as_deref().or(self.base_ref);
        let (mut at, known) = self.at(git_ref)?;
        let strategy = requested.strategy.as_deref().unwrap_or(name);
        let scaffold = !known.iter().any(|known| known == strategy);
        if scaffold && (!self.may_be_missing || strategy.parse::<Name>().is_err()) {
            return Err(unknown(name, strategy, &at, known));
        }
        if let Some(harness) = &requested.harness {
            let (harness, _) = self.at(Some(harness))?;
            at = self.code.combine(&harness, &at, strategy)?;
        }
        let manifest =
            if scaffold { placeholder_manifest(strategy) } else { self.manifest(strategy, &at)? };
        let description = requested.description.clone().unwrap_or_else(|| manifest.summary.clone());
        let variant = Variant {
            name: name.to_string(),
            description,
            strategy: strategy.to_owned(),
            git_ref: git_ref.unwrap_or(WORKING_TREE).to_owned(),
            commit: at.commit.clone(),
            tree: at.tree.clone(),
            harness: at.harness.clone(),
            harness_ref: requested.harness.clone(),
            options: requested.options.clone(),
            manifest,
            properties: None,
            asynchronous: None,
        };
        Ok(ResolvedVariant { variant, at, scaffold })
    }

    /// Returns the notes of all resolved refs, without duplicates.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes: Vec<String> =
            self.refs.values().flat_map(|(at, _)| at.notes.iter().cloned()).collect();
        notes.sort();
        notes.dedup();
        notes
    }

    fn at(&mut self, git_ref: Option<&str>) -> Result<(Revision, Vec<String>), InvalidRequest> {
        let key = git_ref.unwrap_or(WORKING_TREE);
        if let Some(found) = self.refs.get(key) {
            return Ok(found.clone());
        }
        let at = self.code.resolve(git_ref)?;
        let known = self.code.strategies(&at)?;
        self.refs.insert(key.to_owned(), (at.clone(), known.clone()));
        Ok((at, known))
    }

    fn manifest(&self, strategy: &str, at: &Revision) -> Result<Manifest, InvalidRequest> {
        manifest_at(self.code, strategy, at)
    }
}

/// Returns the manifest of a strategy that does not exist yet.
fn placeholder_manifest(strategy: &str) -> Manifest {
    Manifest {
        title: strategy.to_owned(),
        summary: PLACEHOLDER.to_owned(),
        pros: Vec::new(),
        cons: Vec::new(),
        services: Vec::new(),
        default: false,
        harness_only: false,
        years_in_production: None,
        last_release: None,
        maintained: None,
        known_failures: BTreeMap::new(),
        operating_cost: None,
        options: BTreeMap::new(),
        command: None,
    }
}

/// Reads the manifest of a strategy in the working tree.
///
/// # Errors
/// [`InvalidRequest`] if the strategy does not exist, or its manifest cannot be read.
pub fn manifest_in(code: &dyn SourceProvider, strategy: &str) -> Result<Manifest, InvalidRequest> {
    let at = code.resolve(None)?;
    let known = code.strategies(&at)?;
    if known.iter().any(|known| known == strategy) {
        return manifest_at(code, strategy, &at);
    }
    Err(unknown(strategy, strategy, &at, known))
}

/// Reads the manifest of a strategy at a revision.
///
/// # Errors
/// [`InvalidRequest`] if the manifest does not exist or cannot be read.
pub fn manifest_at(
    code: &dyn SourceProvider,
    strategy: &str,
    at: &Revision,
) -> Result<Manifest, InvalidRequest> {
    let wrong = |what: String| InvalidRequest::Manifest {
        strategy: strategy.to_owned(),
        at: revision_name(at),
        what,
    };
    let path = format!("variants/{strategy}/variant.toml");
    let bytes =
        code.read(at, &path)?.ok_or_else(|| wrong(String::from("the file does not exist")))?;
    let text = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
    toml::from_str(&text).map_err(|error| wrong(error.to_string().trim_end().to_owned()))
}

/// Formats a revision for messages.
fn revision_name(at: &Revision) -> String {
    let short = &at.commit[..at.commit.len().min(10)];
    match (at.dirty, short.is_empty()) {
        (_, true) => String::from("this directory"),
        (true, false) => format!("{} with uncommitted changes", at.git_ref),
        (false, false) => format!("{} ({short})", at.git_ref),
    }
}

fn unknown(variant: &str, strategy: &str, at: &Revision, known: Vec<String>) -> InvalidRequest {
    let distance = |name: &String| strsim::osa_distance(name, strategy);
    let near = |name: &&String| distance(name) <= (strategy.chars().count() / 3).clamp(1, 3);
    let nearest = known.iter().min_by_key(|name| distance(name)).filter(near).cloned();
    let make = match strategy.parse::<Name>() {
        Ok(name) => name.to_string(),
        Err(bad) => bad.suggestion,
    };
    InvalidRequest::UnknownStrategy {
        variant: variant.to_string(),
        strategy: strategy.to_owned(),
        at: revision_name(at),
        known,
        nearest,
        make,
    }
}
