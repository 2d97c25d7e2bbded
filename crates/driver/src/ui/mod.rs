//! Output for people: progress on the terminal, lists, and quoted commands.

pub mod list;
pub mod reporter;
pub mod shell;
pub mod status_line;
pub mod terminal;
pub mod watch;
