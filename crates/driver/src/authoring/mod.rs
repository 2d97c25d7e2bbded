//! Facts about the source code of strategies, and the creation of new ones.

pub mod facts;
pub mod scaffold;
