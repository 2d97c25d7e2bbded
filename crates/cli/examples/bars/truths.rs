//! Explorations of known truth, in a row.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, bail};
use bakeoff_protocol::results::{Pair, Results, Verdict};
use bakeoff_stats::{median, proportion::clopper_pearson};

use crate::How;
use crate::load::Load;

/// Three that are the same.
const IDENTICAL: &str =
    r#"{"a": {"strategy": "lru"}, "b": {"strategy": "lru"}, "c": {"strategy": "lru"}}"#;
/// Spins of the calibration, for each 64 requests: a slowdown that is measured well.
const CALIBRATION: u32 = 2000;

/// Counts winners among identical variants.
pub fn identical(runs: u32, how: &How, load: bool) -> anyhow::Result<()> {
    let (mut winners, mut words, mut unproven) = (0, 0, 0);
    for run in 0..runs {
        let begun = Instant::now();
        let busy = (load && run % 2 == 1).then(Load::start);
        let results = how.explore("bars-aa", IDENTICAL, "quick", how.seed + u64::from(run))?;
        let loaded = busy.is_some();
        drop(busy);
        let named: Vec<&str> =
            results.scenarios.iter().filter_map(|of| of.winner.as_deref()).collect();
        let told = results.pairs.iter().filter(|pair| !pair.twin && is_directional(pair)).count();
        winners += u64::from(!named.is_empty());
        words += u64::from(told > 0);
        unproven += u64::from(results.scenarios.iter().any(|of| !of.proven));
        println!(
            "run {run}: {:.0} s, loaded {loaded}, winner {named:?}, pairs told apart {told}, {}",
            begun.elapsed().as_secs_f64(),
            standing(&results)
        );
    }
    println!("named a winner: {}", share(winners, runs));
    println!("told a pair apart: {}", share(words, runs));
    println!("unproven: {}", share(unproven, runs));
    Ok(())
}

/// Counts how often a slowed variant is found slower.
pub fn slowed(percent: f64, runs: u32, how: &How) -> anyhow::Result<()> {
    make_variant(how)?;
    let spins = calibrate(percent, how)?;
    let variants = pair_of(spins);
    let mut found = 0;
    let mut seen = Vec::new();
    for run in 0..runs {
        let begun = Instant::now();
        let results =
            how.explore("bars-slowed", &variants, "standard", how.seed + u64::from(run))?;
        let pair = the_pair(&results)?;
        let proven = results.scenarios.iter().all(|of| of.proven);
        let is_found = proven && matches!(pair.verdict, Verdict::Slower | Verdict::SlightlySlower);
        found += u64::from(is_found);
        seen.push(pair.ratio);
        println!(
            "run {run}: {:.0} s, {} rounds, {:?}, {:+.2} % [{:+.2}, {:+.2}], {}",
            begun.elapsed().as_secs_f64(),
            pair.rounds,
            pair.verdict,
            (pair.ratio - 1.0) * 100.0,
            (pair.low - 1.0) * 100.0,
            (pair.high - 1.0) * 100.0,
            standing(&results)
        );
    }
    let middle = median(&seen).context("no run")?;
    println!("the median of all runs: {:+.2} %", (middle - 1.0) * 100.0);
    println!("found slower: {}", share(found, runs));
    Ok(())
}

/// Counts regressions of a commit against itself.
pub fn compared(runs: u32, how: &How) -> anyhow::Result<()> {
    let mut regressions = 0;
    for run in 0..runs {
        let seed = (how.seed + u64::from(run)).to_string();
        let profile = how.profile.as_deref().unwrap_or("quick");
        let gate = "throughput -2%, hit-ratio -0.1pp";
        let mut arguments = vec!["compare", "HEAD", "HEAD", "--strategy", "lru", "--restart"];
        arguments.extend(["--name", "bars-compare", "--gate", gate, "--seed", &seed]);
        arguments.extend(["--profile", profile, "--scenarios", &how.scenario]);
        let code = how.call(&arguments)?.code();
        println!("run {run}: exit code {code:?}");
        match code {
            Some(0) => {}
            Some(4) => regressions += 1,
            _ => bail!("compare ended with {code:?}"),
        }
    }
    println!("proved a regression: {}", share(regressions, runs));
    Ok(())
}

fn is_directional(pair: &Pair) -> bool {
    !matches!(pair.verdict, Verdict::Equivalent | Verdict::Inconclusive)
}

fn standing(results: &Results) -> String {
    let doubts: Vec<String> =
        results.scenarios.iter().flat_map(|of| of.unproven_because.clone()).collect();
    if doubts.is_empty() { String::from("proven") } else { doubts.join("; ") }
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

/// The slowed one against the plain one.
fn the_pair(results: &Results) -> anyhow::Result<Pair> {
    let pair = results.pairs.iter().find(|pair| !pair.twin).context("the two never met")?;
    Ok(if pair.variant == "slowed" { pair.clone() } else { pair.inverted() })
}

/// Spins that cost so much: time grows in proportion to them.
fn calibrate(percent: f64, how: &How) -> anyhow::Result<u32> {
    // A large difference takes no long look, whatever the profile of what it is for.
    let quickly = How { profile: None, ..how.clone() };
    let results = quickly.explore("bars-calibration", &pair_of(CALIBRATION), "standard", 0)?;
    let grown = 1.0 / the_pair(&results)?.ratio - 1.0;
    let wanted = 1.0 / (1.0 - percent / 100.0) - 1.0;
    let spins = (f64::from(CALIBRATION) * wanted / grown).round();
    println!("{CALIBRATION} spins take {:+.1} % of time; {spins} for {percent} %", grown * 100.0);
    if !(1.0..f64::from(u32::MAX)).contains(&spins) {
        bail!("the calibration failed: {spins} spins");
    }
    Ok(spins as u32)
}

/// A copy of `lru` that spins, where it is not there yet.
fn make_variant(how: &How) -> anyhow::Result<()> {
    let folder = how.workspace.join("variants/slowed");
    if folder.exists() {
        return Ok(());
    }
    if !how.call(&["new-variant", "slowed", "--from", "lru"])?.success() {
        bail!("no variant was made in {}", how.workspace.display());
    }
    let library = folder.join("src/lib.rs");
    let mut text = fs::read_to_string(&library)?;
    for (from, to) in CHANGES {
        if !text.contains(from) {
            bail!("{}: {from:?} is no longer there", library.display());
        }
        text = text.replacen(from, to, 1);
    }
    fs::write(&library, text + SPIN)?;
    promise_options(&folder.join("variant.toml"))
}

fn promise_options(manifest: &Path) -> anyhow::Result<()> {
    let text = fs::read_to_string(manifest)?;
    let option = "\n[options]\nspins = \"multiplications for every 64 reads (default 0)\"\n";
    Ok(fs::write(manifest, text.replace("default = true", "default = false") + option)?)
}

/// What is changed in the copy.
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

/// What is added to it. Every 64th read works for all of them, so that a few per cent can be set.
const SPIN: &str = "
/// Work that a read does for nothing.
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
