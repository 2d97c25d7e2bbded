//! Tests of the public interface of `bakeoff-stats`.

mod design;
mod known_answers;
mod together;
