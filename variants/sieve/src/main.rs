//! Runner executable of the strategy.

fn main() -> std::process::ExitCode {
    bakeoff_runner::run::<bakeoff_variant_sieve::Sieve>("sieve")
}
