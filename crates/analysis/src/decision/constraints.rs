//! Checks variants against constraints, by observations rather than declarations.

use bakeoff_protocol::results::decision::{ConstraintViolation, DecisionConfig};
use bakeoff_protocol::results::{ScenarioResults, TestedProperty, VariantResults};

/// Returns the constraints that a variant violates.
pub fn violations(
    scenarios: &[&ScenarioResults],
    config: &DecisionConfig,
    variant: &VariantResults,
) -> Vec<ConstraintViolation> {
    if variant.is_absent() {
        return vec![ConstraintViolation::Absent];
    }
    let constraints = &config.constraints;
    let lacks = |tried: &Option<TestedProperty>| match tried {
        Some(tried) if tried.observed => None,
        tried => Some(tried.is_some()),
    };
    let mut violations = Vec::new();
    if constraints.shared
        && let Some(tried) = lacks(&variant.shared)
    {
        violations.push(ConstraintViolation::NotShared { tried });
    }
    if constraints.survives_restart
        && let Some(tried) = lacks(&variant.survives_restart)
    {
        violations.push(ConstraintViolation::NotPersistent { tried });
    }
    if constraints.bounded && !variant.keeps_limit() {
        violations.push(ConstraintViolation::NotBounded);
    }
    if constraints.no_new_service {
        let services = variant.manifest.services.iter();
        violations.extend(
            services
                .filter(|service| !constraints.operated.contains(service))
                .map(|service| ConstraintViolation::NewService { service: service.clone() }),
        );
    }
    if let Some(limit) = constraints.p99_under_ns {
        let p99_ns = scenarios
            .iter()
            .filter_map(|of| Some(of.latency(&variant.name)?.p99.value))
            .max_by(f64::total_cmp);
        if p99_ns.is_none_or(|p99| p99 >= limit) {
            violations.push(ConstraintViolation::P99 { p99_ns });
        }
    }
    if let Some(limit) = constraints.memory_under_bytes {
        let bytes = filled_bytes(scenarios, variant);
        if bytes.is_none_or(|bytes| bytes >= limit) {
            violations.push(ConstraintViolation::Memory { bytes });
        }
    }
    violations
}

/// Returns the highest memory of the full cache over the scenarios, in bytes.
fn filled_bytes(scenarios: &[&ScenarioResults], variant: &VariantResults) -> Option<f64> {
    scenarios
        .iter()
        .filter_map(|of| {
            let row = of.figures.get(variant.index)?;
            Some(row.bytes_per_entry?.median * row.held_entries? as f64)
        })
        .max_by(f64::total_cmp)
}
