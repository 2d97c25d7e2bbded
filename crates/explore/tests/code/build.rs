//! Real cargo on tiny workspaces.
