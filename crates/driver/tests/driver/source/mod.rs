//! Tests of source code and builds, with real repositories, the git command, and real cargo.

mod build;
mod checkout;
mod cleanup;
mod commits;
mod facts;
mod fixture;
mod killed;
mod resolve;
mod unusual;
