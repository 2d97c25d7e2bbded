//! Sources and builds of variants: real repositories, the git command as a second opinion, and real
//! cargo on tiny workspaces.

mod build;
mod checkout;
mod cleanup;
mod facts;
mod fixture;
mod killed;
mod resolve;
mod unusual;
mod work;
