//! Explorations with a known true result.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use bakeoff_protocol::results::{Pair, Results, Verdict};
use bakeoff_stats::{median, proportion::clopper_pearson};

use crate::Settings;
use crate::load::Load;

/// Three identical variants.
const IDENTICAL: &str =
    r#"{"a": {"strategy": "lru"}, "b": {"strategy": "lru"}, "c": {"strategy": "lru"}}"#;
/// Spins per 64 requests in the calibration: a slowdown that is easy to measure.
const CALIBRATION_SPINS: u32 = 2000;

/// Counts recommendations among identical variants.
pub fn identical(runs: u32, settings: &Settings, load: bool) -> anyhow::Result<()> {
    let (mut recommended, mut with_difference, mut unconfirmed) = (0, 0, 0);
    for run in 0..runs {
        let started = Instant::now();
        let busy = (load && run % 2 == 1).then(Load::start);
        let results = settings.explore(
            "calibration-aa",
            IDENTICAL,
            "quick",
            settings.seed + u64::from(run),
        )?;
        let loaded = busy.is_some();
        drop(busy);
        let named: Vec<&str> = results.scenarios.iter().filter_map(|of| of.recommended()).collect();
        let different = results.pairs().filter(|pair| is_directional(pair)).count();
        recommended += u64::from(!named.is_empty());
        with_difference += u64::from(different > 0);
        unconfirmed += u64::from(results.scenarios.iter().any(|of| !of.confirmed));
        println!(
            "run {run}: {:.0} s, loaded {loaded}, recommended {named:?}, pairs with a difference {different}, {}",
            started.elapsed().as_secs_f64(),
            confirmation(&results)
        );
    }
    println!("recommended a variant: {}", share(recommended, runs));
    println!("found a difference: {}", share(with_difference, runs));
    println!("unconfirmed: {}", share(unconfirmed, runs));
    Ok(())
}

/// Counts the runs that find the slowed variant slower.
pub fn slowed(percent: f64, runs: u32, settings: &Settings) -> anyhow::Result<()> {
    make_variant(settings)?;
    let spins = calibrate(percent, settings)?;
    let variants = pair_of(spins);
    let mut found = 0;
    let mut seen = Vec::new();
    for run in 0..runs {
        let started = Instant::now();
        let results = settings.explore(
            "calibration-slowed",
            &variants,
            "standard",
            settings.seed + u64::from(run),
        )?;
        let pair = slowed_pair(&results)?;
        let confirmed = results.scenarios.iter().all(|of| of.confirmed);
        let is_found =
            confirmed && matches!(pair.verdict, Verdict::Slower | Verdict::SlightlySlower);
        found += u64::from(is_found);
        seen.push(pair.ratio);
        println!(
            "run {run}: {:.0} s, {} rounds, {:?}, {:+.2} % [{:+.2}, {:+.2}], {}",
            started.elapsed().as_secs_f64(),
            pair.rounds,
            pair.verdict,
            (pair.ratio - 1.0) * 100.0,
            (pair.low - 1.0) * 100.0,
            (pair.high - 1.0) * 100.0,
            confirmation(&results)
        );
    }
    let middle = median(&seen).context("no run")?;
    println!("median of all runs: {:+.2} %", (middle - 1.0) * 100.0);
    println!("found slower: {}", share(found, runs));
    Ok(())
}

/// Counts confirmed regressions of a commit against itself.
pub fn compared(runs: u32, settings: &Settings) -> anyhow::Result<()> {
    let mut regressions = 0;
    for run in 0..runs {
        let seed = (settings.seed + u64::from(run)).to_string();
        let profile = settings.profile.as_deref().unwrap_or("quick");
        let gate = "throughput -2%, hit-ratio -0.1pp";
        let mut arguments = vec!["compare", "HEAD", "HEAD", "--strategy", "lru", "--restart"];
        arguments.extend(["--name", "calibration-compare", "--gate", gate, "--seed", &seed]);
        arguments.extend(["--profile", profile, "--scenarios", &settings.scenario]);
        let code = settings.call(&arguments)?.code();
        println!("run {run}: exit code {code:?}");
        match code {
            Some(0) => {}
            Some(4) => regressions += 1,
            _ => bail!("bakeoff compare ended with exit code {code:?}; expected 0 or 4"),
        }
    }
    println!("confirmed a regression: {}", share(regressions, runs));
    Ok(())
}

fn is_directional(pair: &Pair) -> bool {
    !matches!(pair.verdict, Verdict::Equivalent | Verdict::Inconclusive)
}

fn confirmation(results: &Results) -> String {
    let doubts: Vec<String> = results
        .scenarios
        .iter()
        .flat_map(|of| &of.unconfirmed_because)
        .map(|reason| format!("{reason:?}"))
        .collect();
    if doubts.is_empty() { String::from("confirmed") } else { doubts.join("; ") }
}

fn share(seen: u64, of: u32) -> String {
    let interval = clopper_pearson(seen, of.into(), 0.05);
    format!(
        "{seen} of {of}; the true rate is between {:.1} and {:.1} % (95 %, Clopper–Pearson)",
        interval.low * 100.0,
        interval.high * 100.0
    )
}

fn pair_of(spins: u32) -> String {
    format!(
        r#"{{"plain": {{"strategy": "slowed"}},
            "slowed": {{"strategy": "slowed", "options": {{"spins": {spins}}}}}}}"#
    )
}

/// Returns the comparison of the slowed with the plain variant.
fn slowed_pair(results: &Results) -> anyhow::Result<Pair> {
    let pair = results.pairs().next().context("the results contain no pair")?;
    Ok(if pair.variant == "slowed" { pair.clone() } else { pair.inverted() })
}

/// Returns the number of spins for a slowdown, which grows in proportion to the number of spins.
fn calibrate(percent: f64, settings: &Settings) -> anyhow::Result<u32> {
    // A large difference needs no long profile.
    let quickly = Settings { profile: None, ..settings.clone() };
    let results =
        quickly.explore("calibration-spins", &pair_of(CALIBRATION_SPINS), "standard", 0)?;
    let grown = 1.0 / slowed_pair(&results)?.ratio - 1.0;
    let wanted = 1.0 / (1.0 - percent / 100.0) - 1.0;
    let spins = (f64::from(CALIBRATION_SPINS) * wanted / grown).round();
    println!(
        "{CALIBRATION_SPINS} spins add {:+.1} % of time; {spins} for {percent} %",
        grown * 100.0
    );
    if !(1.0..f64::from(u32::MAX)).contains(&spins) {
        bail!("cannot calibrate a slowdown of {percent} %: {spins} spins would be needed");
    }
    Ok(spins as u32)
}

/// Creates a copy of `lru` with extra work, if it does not exist.
fn make_variant(settings: &Settings) -> anyhow::Result<()> {
    let folder = settings.workspace.join("variants/slowed");
    if folder.exists() {
        return Ok(());
    }
    if !settings.call(&["new-variant", "slowed", "--from", "lru"])?.success() {
        bail!("cannot create a variant in {}", settings.workspace.display());
    }
    let library = folder.join("src/lib.rs");
    let mut text = fs::read_to_string(&library)?;
    for (from, to) in CHANGES {
        if !text.contains(from) {
            bail!("cannot find {from:?} in {}; adapt this example", library.display());
        }
        text = text.replacen(from, to, 1);
    }
    fs::write(&library, text + SPIN)?;
    declare_options(&folder.join("variant.toml"))
}

fn declare_options(manifest: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(manifest)?;
    let option = "\n[options]\nspins = \"multiplications for every 64 reads (default 0)\"\n";
    Ok(fs::write(manifest, text.replace("default = true", "default = false") + option)?)
}

/// Changes to the copy of `lru`: a text to find and its replacement.
const CHANGES: [(&str, &str); 5] = [
    ("    state: Mutex<State>,\n", "    state: Mutex<State>,\n    spin: Spin,\n"),
    ("config.options.reject_unknown(&[])?;", "config.options.reject_unknown(&[\"spins\"])?;"),
    (
        "    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {\n",
        "    fn get(&self, key: Key) -> Ready<Result<Option<Value>, Infallible>> {\n        self.spin.turn();\n",
    ),
    ("evictions: 0 }) })", "evictions: 0 }), spin })"),
    (
        "    let hasher =",
        "    let spin = Spin { spins: config.options.get(\"spins\", 0)?, reads: Default::default() };\n    let hasher =",
    ),
];

/// Code added to the copy. Every 64th read spins, so that a slowdown of a few percent is possible.
const SPIN: &str = "
/// Extra work of a read.
#[derive(Debug)]
struct Spin {
    spins: u32,
    reads: std::sync::atomic::AtomicU64,
}

impl Spin {
    #[inline]
    fn turn(&self) {
        let read = self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if read % 64 == 0 {
            let mut product = read | 1;
            for _ in 0..self.spins {
                product = std::hint::black_box(product.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            }
        }
    }
}
";
