//! Sentences and phrases of the page, the summary, the decision record and the terminal.

pub mod access_time;
pub mod across_scenarios;
pub mod answer;
pub mod checklist;
pub mod choice;
pub mod conclusion;
pub mod confidence;
pub mod decision;
pub mod gate;
pub mod quantity;
pub mod response_time;
pub mod run_checks;
pub mod strategy_facts;
pub mod unconfirmed;
