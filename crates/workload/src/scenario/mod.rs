//! Scenarios: a workload, cache capacities, load, and what to measure.

mod capacity_spec;
pub mod catalogue;
mod decision_plan;
mod definition;
mod error;
mod generated_plan;
mod generator;
mod measurement_plan;
mod paced_plan;
mod parse;
mod scenario_files;
mod trace_source;
mod value_distributions;

pub use capacity_spec::{CapacitySpec, CapacitySpecError};
pub use decision_plan::DecisionPlan;
pub use definition::{SCHEMA, ScenarioDefinition, WorkloadPlan};
pub use error::ScenarioError;
pub use generated_plan::{
    ArrivalPlan, Bursts, GeneratedPlan, OperationMix, PopularityChanges, RequestStream,
    WorkloadPhase,
};
pub use generator::{Generator, ReusePlan};
pub use measurement_plan::{CapacityPlan, LoadPlan, MeasurePlan, ServicePlan};
pub use paced_plan::PacedPlan;
pub use scenario_files::{ScenarioFile, find_scenario, list_scenarios};
pub use trace_source::TraceSource;
pub use value_distributions::{SizeDistribution, TtlDistribution};
