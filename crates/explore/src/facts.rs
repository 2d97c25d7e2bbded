//! What can be said of a strategy without running it: lines of code, and dependencies.
