//! Checks the page and the other rendered files, mostly on synthetic samples.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::fixture::{Fixture, SyntheticVariant};
use crate::markup::{assert_balanced, assert_loads_nothing, text_of};
use bakeoff_protocol::DecidingQuantity;
use bakeoff_protocol::paced::config::FaultKind;
use bakeoff_protocol::paced::outcome::{AppliedEvent, PacedOutcome, TimelineBucket};
use bakeoff_protocol::progress::Status;
use bakeoff_protocol::results::{
    AcrossScenarios, Cell, Conclusion, Measurement, PacedFigures, Results,
};
use bakeoff_report::charts::Kind;
use bakeoff_report::{RenderedFile, render, terminal};

struct Page {
    results: Results,
    files: Vec<RenderedFile>,
    html: String,
}

impl Page {
    fn from_fixture(fixture: &Fixture) -> Self {
        Self::from_results(fixture.results())
    }

    fn from_results(results: Results) -> Self {
        let files = render(&results).unwrap();
        for file in &files {
            assert!(!file.bytes.is_empty(), "{} is empty", file.path.display());
        }
        let html = content(&files, "report.html");
        assert_balanced(&html);
        assert_loads_nothing(&html);
        Self { results, files, html }
    }

    fn charts(&self) -> Vec<String> {
        self.files
            .iter()
            .filter(|file| file.path.extension().is_some_and(|ending| ending == "svg"))
            .map(|file| file.path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    fn terminal(&self) -> String {
        terminal(&self.results, Path::new("results/cache-strategy"), 100)
    }

    fn file(&self, name: &str) -> String {
        content(&self.files, name)
    }
}

fn content(files: &[RenderedFile], name: &str) -> String {
    let file = files.iter().find(|file| file.path == Path::new(name)).unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// Returns the page without its scripts.
fn before_scripts(html: &str) -> &str {
    html.split("<script").next().unwrap()
}

/// Returns the page without data URLs, whose encoded content may contain any word.
fn without_addresses(html: &str) -> String {
    let (first, others) = html.split_once("\"data:").unwrap_or((html, ""));
    let after =
        |part: &str| part.split_once('"').map_or(String::new(), |(_, rest)| rest.to_owned());
    [first.to_owned()].into_iter().chain(others.split("\"data:").map(after)).collect()
}

#[test]
fn typical_run_has_every_chart_and_every_variant_in_every_table() {
    let page = Page::from_fixture(&Fixture::typical());
    use Kind::{AccessTime, Capacity, HitRatio, Memory, PairedDifferences, Throughput, Tradeoff};
    for kind in [Tradeoff, AccessTime, Capacity, PairedDifferences, Throughput, HitRatio, Memory] {
        let name = kind.name();
        assert!(page.charts().iter().any(|chart| chart.starts_with(name)), "no chart {name}");
    }
    for table in before_scripts(&page.html)
        .split("<table")
        .skip(1)
        .map(|rest| rest.split("</table>").next().unwrap())
    {
        if table.contains("id=\"scenarios\"") || table.contains(">parts</th>") {
            continue;
        }
        let text = text_of(table);
        for variant in ["dict", "lru", "moka", "redis", "tiered"] {
            assert!(text.contains(variant), "{variant} is missing in {text}");
        }
    }
    assert!(page.html.len() < 500_000, "{} bytes", page.html.len());
}

#[test]
fn real_run_has_a_recommendation_for_every_scenario() {
    let page = Page::from_results(crate::sample_run::results());
    let text = text_of(&page.html);
    assert_eq!(page.html.matches("class=\"conclusion confirmed\"").count(), 2);
    let across = page.results.across_scenarios.as_ref().unwrap();
    assert_eq!(across.recommendations.len(), 1);
    assert_eq!(across.recommendations[0].variant, "moka");
    assert!(text.contains("Use moka for smoke: "), "{text}");
    assert!(text.contains("Use moka for user-profiles"));
    assert!(
        text.contains("Choose redis or tiered if several processes must share entries"),
        "{text}"
    );
}

#[test]
fn charts_have_marks_titles_axes_and_both_sizes() {
    let page = Page::from_fixture(&Fixture::typical());
    for chart in page.charts() {
        let svg = page.file(&format!("charts/{chart}.svg"));
        assert_balanced(&svg);
        let shapes = ["<polygon", "<circle", "<polyline"].map(|tag| svg.matches(tag).count());
        assert!(shapes.iter().sum::<usize>() >= 5, "{chart} is nearly empty: {shapes:?}");
        assert!(svg.matches("<text").count() >= 8, "{chart} has no labels");
        assert!(svg.contains("role=\"img\"") && svg.contains("<desc>"), "{chart}");
        let title = svg.split("<title>").nth(1).unwrap().split("</title>").next().unwrap();
        assert!(title.len() > 15, "{chart}: {title:?}");
        for size in ["w", "n"] {
            assert!(page.html.contains(&format!("aria-labelledby=\"{chart}-{size}-t ")), "{chart}");
        }
        assert!(!svg.contains("NaN") && !svg.contains("inf,"), "{chart}");
    }
}

#[test]
fn largest_supported_run_has_all_charts_in_under_two_megabytes() {
    let page = Page::from_fixture(&Fixture::large());
    let charts = page.charts();
    for kind in [Kind::HitRatio, Kind::Throughput, Kind::AccessTime, Kind::Capacity, Kind::Samples]
    {
        let name = format!("{}-", kind.name());
        let of_kind = charts.iter().filter(|chart| chart.starts_with(&name));
        assert!(of_kind.count() >= 6, "{name} is missing in {charts:?}");
    }
    assert!(page.html.len() < 2_000_000, "{} bytes", page.html.len());
    assert!(page.terminal().lines().count() <= 20, "{}", page.terminal());
}

#[test]
fn failed_and_skipped_variants_are_listed_with_reasons() {
    let mut fixture = Fixture::typical();
    fixture.variants[3] = SyntheticVariant::new("redis", 1.0, 1.0).on_a_service().ended(
        Status::Skipped,
        "service",
        "no redis-server and no valkey-server is installed",
        "apt-get install redis-server",
    );
    fixture.variants[4] = SyntheticVariant::new("tiered", 1.0, 1.0).ended(
        Status::Failed,
        "build",
        "error[E0308]: mismatched types\n --> src/lib.rs:7:5",
        "read the log",
    );
    fixture.variants[0].disqualified =
        Some(String::from("exceeded memory budget at 84,112 entries"));
    let page = Page::from_fixture(&fixture);
    let text = text_of(&page.html);
    for expected in [
        "skipped: no redis-server",
        "apt-get install redis-server",
        "failed: error[E0308]",
        "logs/tiered/build.log",
        "disqualified: exceeded memory budget at 84,112 entries",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    assert!(page.file("summary.md").contains("apt-get install redis-server"));
    assert!(page.terminal().contains("redis skipped: no redis-server"), "{}", page.terminal());
    assert!(page.charts().iter().any(|chart| chart.starts_with("throughput")));
}

#[test]
fn run_without_rounds_has_hit_ratios_and_no_empty_charts() {
    let mut fixture = Fixture::typical();
    fixture.rounds = 0;
    let page = Page::from_fixture(&fixture);
    let charts = page.charts();
    assert!(
        charts.iter().any(|chart| chart.starts_with("hit-ratio-against-capacity")),
        "{charts:?}"
    );
    assert!(!charts.iter().any(|chart| chart.starts_with("throughput")), "{charts:?}");
    assert!(!charts.iter().any(|chart| chart.starts_with("paired")), "{charts:?}");
    assert!(text_of(&page.html).contains("unconfirmed"));
}

#[test]
fn exploration_without_samples_has_a_page_without_charts() {
    let fixture = Fixture::typical();
    let input = fixture.input_with(fixture.exploration(), Vec::new());
    let page = Page::from_results(bakeoff_analysis::analyze(&input, None));
    assert_eq!(page.charts(), Vec::<String>::new());
    assert!(text_of(&page.html).contains("no complete round yet"));
}

#[test]
fn incomplete_last_line_is_reported() {
    let mut input = Fixture::typical().input();
    input.incomplete_last_line = true;
    let page = Page::from_results(bakeoff_analysis::analyze(&input, None));
    assert!(text_of(&page.html).contains("last line of samples.jsonl was incomplete"));
}

#[test]
fn extreme_hit_ratios_and_capacities_are_drawn() {
    for (case, ratio) in [("all-misses", 0.0), ("all-hits", 1.0)] {
        let mut fixture = Fixture::typical();
        fixture.hit_ratio = Some(ratio);
        let page = Page::from_fixture(&fixture);
        assert!(page.charts().len() >= 4, "{case}: {:?}", page.charts());
        assert!(!without_addresses(before_scripts(&page.html)).contains("NaN"), "{case}");
    }
    let mut one = Fixture::typical();
    one.capacities = vec![one.timed];
    let page = Page::from_fixture(&one);
    assert!(page.charts().iter().any(|chart| chart.starts_with("hit-ratio-against-capacity")));

    let mut unbounded = Fixture::typical();
    unbounded.variants = vec![
        SyntheticVariant::new("dict", 55.0e6, 1.0).unbounded(),
        SyntheticVariant::new("map", 54.0e6, 1.0).unbounded(),
    ];
    unbounded.baseline = String::from("dict");
    let page = Page::from_fixture(&unbounded);
    assert!(!page.charts().iter().any(|chart| chart.starts_with("hit-ratio-against-capacity")));
    assert!(text_of(&page.html).contains("unbounded: grew to 100,000 entries"));

    let mut alone = Fixture::typical();
    alone.variants.retain(|variant| variant.name == "lru");
    Page::from_fixture(&alone);
}

#[test]
fn every_chart_is_drawn_once_whatever_quantity_decides() {
    let mut results = Fixture::typical().results();
    let bucket = TimelineBucket { requests: 100, errors: 3, loads: 40, ..Default::default() };
    let mut paced = PacedOutcome {
        bucket_ms: 1_000,
        timeline: vec![bucket; 10],
        events: vec![AppliedEvent { at_ms: 4_000, until_ms: None, kind: FaultKind::RedisDown }],
        ..PacedOutcome::default()
    };
    (paced.freshness.fresh, paced.freshness.stale) = (97, 3);
    (0..3).for_each(|_| paced.freshness.age.record(10_000));
    let of = &mut results.scenarios[0];
    let lru = of.cells.iter().find(|cell| cell.variant == "lru").unwrap().clone();
    let figures = PacedFigures { paced, samples: Default::default() };
    of.cells.push(Cell { measurement: Measurement::Paced(Box::new(figures)), ..lru });
    for (quantity, first) in [
        (DecidingQuantity::MeanAccessTime, [Kind::HitRatio, Kind::Throughput]),
        (DecidingQuantity::FailedRequests, [Kind::ErrorsOverTime, Kind::OriginLoad]),
        (DecidingQuantity::OriginLoads, [Kind::OriginLoad, Kind::ErrorsOverTime]),
        (DecidingQuantity::StaleReads, [Kind::Staleness, Kind::OriginLoad]),
    ] {
        results.scenarios[0].deciding[0].quantity = quantity;
        let page = Page::from_results(results.clone());
        let markup = before_scripts(&page.html);
        let screen = markup.split("id=\"run-checks\"").next().unwrap();
        let figure = |chart: &str| format!("<figure id=\"{chart}\"");
        for chart in page.charts() {
            assert_eq!(markup.matches(&figure(&chart)).count(), 1, "{chart} with {quantity:?}");
        }
        for kind in first {
            assert!(
                screen.contains(&figure(&format!("{}-user-profiles", kind.name()))),
                "{kind:?}"
            );
        }
        assert_eq!(screen.matches("<figure").count(), 2, "{quantity:?}");
    }
}

#[test]
fn equivalent_variants_and_no_cache_are_answers() {
    let mut fixture = Fixture::typical();
    fixture.scenarios.push(String::from("loops"));
    let mut results = fixture.results();
    results.scenarios.iter_mut().for_each(|of| of.confirmed = true);
    let variants = ["lru", "moka"].map(String::from).to_vec();
    results.scenarios[0].conclusion = Conclusion::Equivalent { variants };
    let lowest = String::from("lru");
    results.scenarios[1].conclusion = Conclusion::NoCache { lowest, ratio: 1.2 };
    let open = ["user-profiles", "loops"].map(String::from).to_vec();
    results.across_scenarios =
        Some(AcrossScenarios { scenarios: 2, recommendations: Vec::new(), open });
    let page = Page::from_results(results);
    assert!(page.html.contains("<h1>Use lru or moka for user-profiles, no cache for loops</h1>"));
    for choice in ["lru or moka", "no cache"] {
        assert!(page.html.contains(&format!("<small class=\"confirmed\">{choice}</small>")));
    }
    assert_eq!(page.html.matches("class=\"conclusion confirmed\"").count(), 2);
    assert!(page.terminal().lines().next().unwrap().contains(" · confirmed"));
    let decision = page.file("decision.md");
    let choices = "**Use lru or moka for user-profiles. Use no cache for loops.**";
    assert!(decision.contains(choices), "{decision}");
    for text in [page.terminal(), page.file("summary.md"), decision] {
        assert!(!text.contains("undecided") && !text.contains("No recommendation"), "{text}");
    }
}

#[test]
fn running_text_explains_each_term_once_per_section() {
    let page = Page::from_fixture(&Fixture::typical());
    let sections = before_scripts(&page.html).split("<section id=\"").skip(1);
    let mut explained: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for section in sections {
        let id = section.split('"').next().unwrap();
        for part in section.split("class=\"of-scenario\"") {
            let mut seen = BTreeSet::new();
            for term in part.split("<dfn ").skip(1) {
                let (attributes, rest) = term.split_once('>').unwrap();
                let title = attributes.strip_prefix("tabindex=\"0\" title=\"").unwrap();
                assert!(seen.insert(title), "{title} is explained twice in {id}");
                let word = rest.split("</dfn>").next().unwrap().to_lowercase();
                explained.entry(id).or_default().push(word);
            }
        }
    }
    for (id, term) in [
        ("recommendation", "mean access time"),
        ("recommendation", "miss costs"),
        ("access-time", "service time"),
        ("access-time", "round trips"),
        ("capacity", "optimal bound"),
        ("pairs", "round"),
        ("method", "variant"),
    ] {
        assert!(explained[id].iter().any(|word| word == term), "{term} in {id}: {explained:?}");
    }
}

fn assert_no_fastest_variant(page: &Page) {
    for claim in ["has the highest throughput", "and the highest throughput"] {
        assert!(!page.html.contains(claim), "a title states a result: {claim}");
    }
}

#[test]
fn unconfirmed_and_inconclusive_runs_state_no_result() {
    let mut fixture = Fixture::typical();
    fixture.aa_ratio = 1.2;
    let page = Page::from_fixture(&fixture);
    assert!(page.html.contains("conclusion unconfirmed"));
    assert!(page.terminal().contains("unconfirmed"), "{}", page.terminal());
    assert_no_fastest_variant(&page);
    let text = text_of(before_scripts(&page.html));
    for claim in ["Miss cost: ", "significantly lower", " faster than lru", "bold: "] {
        assert!(!text.contains(claim), "{claim}");
    }
    assert!(text.contains("Mean access time per request by miss cost"));
    assert!(page.html.contains("<table class=\"matrix unreliable\""));
    assert!(!page.file("summary.md").contains("Miss cost: "));

    let mut same = Fixture::typical();
    for variant in &mut same.variants {
        (variant.rate, variant.noise, variant.skill) = (40e6, 0.2, 0.95);
    }
    let page = Page::from_fixture(&same);
    assert!(text_of(&page.html).contains("inconclusive"));
    assert_no_fastest_variant(&page);
}

#[test]
fn harness_only_strategy_has_neither_row_nor_mark() {
    let mut fixture = Fixture::typical();
    let mut null = SyntheticVariant::new("null", 800e6, 0.0);
    null.harness = true;
    fixture.variants.push(null);
    let page = Page::from_fixture(&fixture);
    assert!(text_of(&page.html).contains("measured with null, which caches nothing"));
    assert!(!page.html.contains("</svg>null</th>"), "null is in a table");
    assert!(!page.file("summary.md").contains("| null |"));
}

#[test]
fn user_text_is_escaped() {
    let mut fixture = Fixture::typical();
    let nasty = "<script>alert(1)</script> \"quoted\" & 'single' $HOME `id` {{ 7*7 }} | pipe";
    let long = "a-name-of-forty-letters-that-is-allowed-a";
    fixture.variants[2] = SyntheticVariant::new(&long[..40], 1.9e6, 0.985).described(nasty);
    fixture.variants[2].pros = vec![nasty.to_owned()];
    fixture.variants[3] = SyntheticVariant::new("redis", 1.0, 1.0).ended(
        Status::Failed,
        "build",
        nasty,
        "<b>bold</b>\nline",
    );
    let page = Page::from_fixture(&fixture);
    assert_eq!(page.html.matches("<script").count(), 2, "markup of a description reached the page");
    assert!(!page.html.contains("<b>"), "markup of a hint reached the page");
    assert!(text_of(&page.html).contains(nasty));
    for file in ["summary.md", "decision.md"] {
        assert!(!page.file(file).contains("<script"), "{file}");
    }
    for line in page.terminal().lines() {
        assert!(line.chars().count() <= 110, "{line}");
    }
}

#[test]
fn rendering_from_the_file_gives_the_same_bytes() {
    let results = Fixture::typical().results();
    let json = bakeoff_report::format(&results, bakeoff_report::Format::Json).unwrap();
    let once: Results = serde_json::from_str(&json).unwrap();
    let json = bakeoff_report::format(&once, bakeoff_report::Format::Json).unwrap();
    let twice: Results = serde_json::from_str(&json).unwrap();
    assert_eq!(render(&once).unwrap(), render(&twice).unwrap());
}
