//! The page and the files beside it, from invented samples.
//!
//! With `BAKEOFF_KEEP_PAGES=FOLDER` every rendered exploration stays there, to be looked at.

use std::fs;
use std::path::Path;

use crate::fixture::{Fixture, Invented};
use crate::markup::{assert_balanced, assert_loads_nothing, text_of};
use bakeoff_protocol::progress::Status;
use bakeoff_report::charts::Kind;
use bakeoff_report::{Rendered, render, terminal};

struct Page {
    _folder: tempfile::TempDir,
    rendered: Rendered,
    html: String,
}

impl Page {
    fn of(case: &str, fixture: &Fixture) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fixture.write(folder.path());
        Self::in_folder(case, folder)
    }

    fn in_folder(case: &str, folder: tempfile::TempDir) -> Self {
        let rendered = render(folder.path()).unwrap();
        let html = fs::read_to_string(&rendered.page).unwrap();
        if let Ok(keep) = std::env::var("BAKEOFF_KEEP_PAGES") {
            copy(folder.path(), &Path::new(&keep).join(case));
        }
        assert_balanced(&html);
        assert_loads_nothing(&html);
        for file in &rendered.files {
            assert!(fs::metadata(file).unwrap().len() > 0, "{} is empty", file.display());
        }
        Self { _folder: folder, rendered, html }
    }

    fn charts(&self) -> Vec<String> {
        self.rendered
            .files
            .iter()
            .filter(|file| file.extension().is_some_and(|ending| ending == "svg"))
            .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
            .collect()
    }

    fn terminal(&self) -> String {
        terminal(&self.rendered.report, Path::new("results/cache-strategy"), 100)
    }

    fn file(&self, name: &str) -> String {
        fs::read_to_string(self.rendered.page.with_file_name(name)).unwrap()
    }
}

/// The page as it stands without scripts.
fn before_scripts(html: &str) -> &str {
    html.split("<script").next().unwrap()
}

/// The same without what its addresses hold: packed, any word may stand in it.
fn without_addresses(html: &str) -> String {
    let (first, others) = html.split_once("\"data:").unwrap_or((html, ""));
    let after =
        |part: &str| part.split_once('"').map_or(String::new(), |(_, rest)| rest.to_owned());
    [first.to_owned()].into_iter().chain(others.split("\"data:").map(after)).collect()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to.join(entry.file_name()));
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_typical_run_has_every_chart_and_every_variant_in_every_table() {
    let page = Page::of("typical", &Fixture::typical());
    use Kind::{Capacity, Cost, Forest, HitRatio, Memory, Throughput, Tradeoff};
    for kind in [Tradeoff, Cost, Capacity, Forest, Throughput, HitRatio, Memory] {
        let name = kind.name();
        assert!(page.charts().iter().any(|chart| chart.starts_with(name)), "no chart {name}");
    }
    for table in before_scripts(&page.html)
        .split("<table")
        .skip(1)
        .map(|rest| rest.split("</table>").next().unwrap())
    {
        if table.contains("id=\"scenarios\"") || table.contains(">made of</th>") {
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
fn a_real_run_answers_for_every_scenario() {
    let folder = tempfile::tempdir().unwrap();
    crate::sample_run::write(folder.path());
    let page = Page::in_folder("sample", folder);
    let text = text_of(&page.html);
    assert_eq!(page.html.matches("class=\"answer proven\"").count(), 2);
    assert!(text.contains("For smoke, take moka: "), "{text}");
    assert!(text.contains("For user-profiles, take moka where a miss costs 100 µs or more: "));
    assert!(text.contains(
        "Take moka where a miss costs 100 µs or more: it is the answer in both scenarios."
    ));
    assert!(text.contains("lru takes least up to "), "{text}");
    assert!(text.contains("If processes must share entries: only redis and tiered did"));
}

#[test]
fn charts_have_marks_titles_axes_and_both_sizes() {
    let page = Page::of("charts", &Fixture::typical());
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
fn the_largest_promised_run_has_all_its_charts_in_under_two_megabytes() {
    let page = Page::of("large", &Fixture::large());
    assert_eq!(page.charts().len(), 6 * 7 + 1);
    assert!(page.html.len() < 2_000_000, "{} bytes", page.html.len());
    assert!(page.terminal().lines().count() <= 25, "{}", page.terminal());
}

#[test]
fn failed_and_skipped_variants_are_rows_with_reasons_and_the_others_have_figures() {
    let mut fixture = Fixture::typical();
    fixture.variants[3] = Invented::new("redis", 1.0, 1.0).on_a_service().ended(
        Status::Skipped,
        "service",
        "no redis-server and no valkey-server is installed",
        "apt-get install redis-server",
    );
    fixture.variants[4] = Invented::new("tiered", 1.0, 1.0).ended(
        Status::Failed,
        "build",
        "error[E0308]: mismatched types\n --> src/lib.rs:7:5",
        "read the log",
    );
    fixture.variants[0].disqualified =
        Some(String::from("exceeded memory budget at 84,112 entries"));
    let page = Page::of("failures", &fixture);
    let text = text_of(&page.html);
    for said in [
        "skipped: no redis-server",
        "apt-get install redis-server",
        "failed: error[E0308]",
        "logs/tiered/build.log",
        "disqualified: exceeded memory budget at 84,112 entries",
    ] {
        assert!(text.contains(said), "{said}");
    }
    assert!(page.file("summary.md").contains("apt-get install redis-server"));
    assert!(page.terminal().contains("redis skipped: no redis-server"), "{}", page.terminal());
    assert!(page.charts().iter().any(|chart| chart.starts_with("throughput")));
}

#[test]
fn before_the_first_round_there_are_hit_ratios_and_no_empty_charts() {
    let mut fixture = Fixture::typical();
    fixture.rounds = 0;
    let page = Page::of("no-rounds", &fixture);
    let charts = page.charts();
    assert!(
        charts.iter().any(|chart| chart.starts_with("hit-ratio-against-capacity")),
        "{charts:?}"
    );
    assert!(!charts.iter().any(|chart| chart.starts_with("throughput")), "{charts:?}");
    assert!(!charts.iter().any(|chart| chart.starts_with("paired")), "{charts:?}");
    assert!(text_of(&page.html).contains("unproven"));
}

#[test]
fn an_exploration_without_any_sample_is_a_page_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    fs::remove_file(folder.path().join("samples.jsonl")).unwrap();
    let page = Page::in_folder("nothing", folder);
    assert_eq!(page.charts(), Vec::<String>::new());
    assert!(text_of(&page.html).contains("no rounds done yet"));
}

#[test]
fn a_torn_last_line_is_left_out_and_said() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    let path = folder.path().join("samples.jsonl");
    let mut text = fs::read_to_string(&path).unwrap();
    text.truncate(text.len() - 30);
    fs::write(&path, text).unwrap();
    let page = Page::in_folder("torn", folder);
    assert!(text_of(&page.html).contains("last line of samples.jsonl was torn"));
}

#[test]
fn extreme_hit_ratios_single_capacities_and_no_limits_draw() {
    for (case, ratio) in [("all-misses", 0.0), ("all-hits", 1.0)] {
        let mut fixture = Fixture::typical();
        fixture.hit_ratio = Some(ratio);
        let page = Page::of(case, &fixture);
        assert!(page.charts().len() >= 4, "{case}: {:?}", page.charts());
        assert!(!without_addresses(before_scripts(&page.html)).contains("NaN"), "{case}");
    }
    let mut one = Fixture::typical();
    one.capacities = vec![one.timed];
    let page = Page::of("one-capacity", &one);
    assert!(page.charts().iter().any(|chart| chart.starts_with("hit-ratio-against-capacity")));

    let mut unbounded = Fixture::typical();
    unbounded.variants = vec![
        Invented::new("dict", 55.0e6, 1.0).unbounded(),
        Invented::new("map", 54.0e6, 1.0).unbounded(),
    ];
    unbounded.baseline = String::from("dict");
    let page = Page::of("unbounded", &unbounded);
    assert!(!page.charts().iter().any(|chart| chart.starts_with("hit-ratio-against-capacity")));
    assert!(text_of(&page.html).contains("unbounded: grew to 100,000 entries"));

    let mut alone = Fixture::typical();
    alone.variants.retain(|variant| variant.name == "lru");
    Page::of("alone", &alone);
}

#[test]
fn an_odd_twin_and_variants_that_cannot_be_told_apart_name_no_winner() {
    let mut fixture = Fixture::typical();
    fixture.twin = 1.2;
    let page = Page::of("odd-twin", &fixture);
    assert!(page.html.contains("answer unproven"));
    assert!(page.terminal().contains("unproven"), "{}", page.terminal());
    assert!(!page.html.contains("is fastest"), "a title names a winner");
    let text = text_of(before_scripts(&page.html));
    for said in ["The cost of a miss: ", " surely less than ", " faster than lru", "bold: "] {
        assert!(!text.contains(said), "{said}");
    }
    assert_eq!(text.matches("by estimate, in a run that cannot be believed.").count(), 2);
    assert!(text.contains("Mean time a request by the cost of a miss"));
    assert!(text.contains("Differences from lru in a run that cannot be believed; lru against"));
    assert!(page.html.contains("<table class=\"matrix doubted\""));
    assert!(!page.file("summary.md").contains("The cost of a miss: "));

    let mut same = Fixture::typical();
    for variant in &mut same.variants {
        (variant.rate, variant.noise, variant.skill) = (40e6, 0.2, 0.95);
    }
    let page = Page::of("inconclusive", &same);
    assert!(text_of(&page.html).contains("inconclusive"));
    assert!(!page.html.contains("is fastest"), "a title names a winner");
}

#[test]
fn what_measures_the_harness_is_no_row_and_no_mark() {
    let mut fixture = Fixture::typical();
    let mut null = Invented::new("null", 800e6, 0.0);
    null.harness = true;
    fixture.variants.push(null);
    let page = Page::of("harness", &fixture);
    assert!(text_of(&page.html).contains("what null takes, which is no cache"));
    assert!(!page.html.contains("</svg>null</th>"), "null stands in a table");
    assert!(!page.file("summary.md").contains("| null |"));
}

#[test]
fn whatever_users_write_stays_text() {
    let mut fixture = Fixture::typical();
    let nasty = "<script>alert(1)</script> \"quoted\" & 'single' $HOME `id` {{ 7*7 }} | pipe";
    let long = "a-name-of-forty-letters-that-is-allowed-a";
    fixture.variants[2] = Invented::new(&long[..40], 1.9e6, 0.985).described(nasty);
    fixture.variants[2].pros = vec![nasty.to_owned()];
    fixture.variants[3] =
        Invented::new("redis", 1.0, 1.0).ended(Status::Failed, "build", nasty, "<b>bold</b>\nline");
    let page = Page::of("nasty", &fixture);
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
fn charts_of_an_earlier_run_go_and_other_files_stay() {
    let folder = tempfile::tempdir().unwrap();
    Fixture::typical().write(folder.path());
    render(folder.path()).unwrap();
    let charts = folder.path().join("charts");
    fs::write(charts.join("throughput-of-old.svg"), "old").unwrap();
    fs::write(charts.join("notes.txt"), "mine").unwrap();
    render(folder.path()).unwrap();
    assert!(!charts.join("throughput-of-old.svg").exists());
    assert!(charts.join("notes.txt").exists());
    let left = fs::read_dir(folder.path())
        .unwrap()
        .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.'));
    assert_eq!(left.count(), 0, "temporary files are left");
}

#[test]
fn the_same_samples_give_the_same_files() {
    let (one, other) =
        (Page::of("once", &Fixture::typical()), Page::of("twice", &Fixture::typical()));
    assert_eq!(one.html, other.html);
    assert_eq!(one.file("results.json"), other.file("results.json"));
}
