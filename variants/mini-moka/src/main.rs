//! Runner executable of the strategy.

fn main() -> std::process::ExitCode {
    bakeoff_runner::run::<bakeoff_variant_mini_moka::MiniMoka>("mini-moka")
}
