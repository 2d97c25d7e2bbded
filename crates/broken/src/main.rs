//! A runner of one of the broken strategies: `bakeoff-broken NAME`.

fn main() {}
