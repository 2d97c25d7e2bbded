//! Where code comes from and how it is built: real repositories, the git command as a second
//! opinion, and real cargo on tiny workspaces.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod build;
mod checkout;
mod cleanup;
mod facts;
mod fixture;
mod killed;
mod resolve;
mod unusual;
mod work;
