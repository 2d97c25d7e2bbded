//! Tests of the public interface of `bakeoff-stats`.

mod joint_confidence;
mod known_answers;
mod power;
