//! Virtual clock of servers: a shared page with the time, and a preloaded library that follows it.
//!
//! The driver starts a server with the library, and the runner advances the page as it replays the
//! workload. So the server ages its entries as in production, however fast the replay is.

mod layout;
mod library;
mod page;

pub use library::LIBRARY;
pub use page::ClockPage;

/// Environment variable with the path of a server's clock page.
pub const PAGE_VARIABLE: &str = "BAKEOFF_CLOCK_PAGE";
