//! Facts about a strategy that it declares, as opposed to the pros and cons that its author states.

use bakeoff_protocol::results::VariantResults;
use bakeoff_protocol::{Eviction, Properties};

use crate::text::number::count;

/// Returns one sentence per fact: policy, limit, releases, broken rules and missing texts.
pub fn strategy_facts(variant: &VariantResults) -> Vec<String> {
    let manifest = &variant.manifest;
    let mut facts = Vec::new();
    if let Some(properties) = &variant.properties {
        facts.extend(policy(properties.evicts).map(|policy| format!("Evicts by {policy}.")));
        facts.extend(limit(properties));
    }
    let maintained = match manifest.maintained {
        Some(true) => "maintained",
        Some(false) => "no longer maintained",
        None => "maintenance unknown",
    };
    facts.extend(manifest.last_release.map(|date| format!("Last release {date}, {maintained}.")));
    facts.extend(manifest.known_failures.iter().map(|(rule, observed)| {
        format!("Known failure of the conformance rule `{rule}`: {observed}.")
    }));
    let unwritten = manifest.unwritten();
    if !unwritten.is_empty() {
        facts.push(format!("Texts still missing in its variant.toml: {}.", unwritten.join(", ")));
    }
    facts
}

const fn policy(evicts: Eviction) -> Option<&'static str> {
    match evicts {
        Eviction::Lru => Some("LRU"),
        Eviction::Fifo => Some("FIFO"),
        Eviction::Clock => Some("CLOCK"),
        Eviction::Sieve => Some("SIEVE"),
        Eviction::S3Fifo => Some("S3-FIFO or a policy derived from it"),
        Eviction::Lfu => Some("LFU"),
        Eviction::TinyLfu => Some("LRU with admission by frequency (TinyLFU)"),
        Eviction::SampledLru => Some("LRU among a sample of entries"),
        Eviction::None | Eviction::Other => None,
    }
}

/// Describes a limit that is not exact.
fn limit(properties: &Properties) -> Option<String> {
    let above = (properties.capacity_overshoot > 0).then(|| {
        format!(
            "may hold up to {} entries above its capacity",
            count(properties.capacity_overshoot)
        )
    });
    let batch = properties.eviction_batch.map(|batch| {
        format!("may hold up to {} entries more until it evicts a batch", count(batch))
    });
    let early = properties.lossy.then(|| String::from("may drop entries before it is full"));
    let parts: Vec<String> = above.into_iter().chain(batch).chain(early).collect();
    (!parts.is_empty()).then(|| format!("It {}.", parts.join(", and ")))
}
