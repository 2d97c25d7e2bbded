//! Checks the page in a real browser: content, controls, and no network requests.
//!
//! Without Chromium these tests are skipped, or fail if `CI=true`. With `BAKEOFF_KEEP_SHOTS=FOLDER`
//! they save a screenshot of every view in FOLDER.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

mod axe;
mod chromium;
mod devtools;
#[path = "../../../analysis/tests/fixture/mod.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod fixture;
mod looks;
#[path = "../../../analysis/tests/sample_run/mod.rs"]
mod sample_run;

use std::path::{Path, PathBuf};

use bakeoff_protocol::results::{AccessTimeLine, NetworkDistance, Results};
use bakeoff_report::render;
use chromium::{Chromium, Page};
use fixture::Fixture;
use serde_json::json;

/// A rendered page and its results.
struct Rendered {
    _folder: tempfile::TempDir,
    file: PathBuf,
    results: Results,
}

/// Renders the page of the recorded real run.
fn sample() -> Rendered {
    rendered(sample_run::results())
}

fn synthetic(fixture: &Fixture) -> Rendered {
    rendered(fixture.results())
}

fn rendered(results: Results) -> Rendered {
    let folder = tempfile::tempdir().unwrap();
    let files = render(&results).unwrap();
    let page = files.into_iter().find(|file| file.path == Path::new("report.html")).unwrap();
    let file = folder.path().join("report.html");
    std::fs::write(&file, page.bytes).unwrap();
    Rendered { file, results, _folder: folder }
}

fn assert_quiet(page: &Page, of: &Rendered) {
    assert_eq!(page.errors(), Vec::<String>::new());
    let own = format!("file://{}", of.file.display());
    let others: Vec<String> =
        page.requests().into_iter().filter(|url| !url.starts_with(&own)).collect();
    assert_eq!(others, Vec::<String>::new(), "the page made requests");
}

#[test]
fn every_chart_is_visible_and_nothing_is_requested() {
    let Some(chromium) = Chromium::start() else { return };
    for rendered in [sample(), synthetic(&Fixture::typical())] {
        let page = chromium.page(1200, 900);
        page.open(&rendered.file, "#scenario=");
        page.value("document.querySelectorAll('.fold').forEach((fold) => { fold.open = true; })");
        // Every figure must show a drawing with visible marks.
        let empty = page.value(
            "[...document.querySelectorAll('figure')].filter((figure) => {
               const svg = [...figure.querySelectorAll('svg')].find((svg) => svg.checkVisibility());
               if (!svg) return true;
               const marks = [...svg.querySelectorAll('path, polygon, polyline, circle, text')];
               const seen = marks.filter((mark) => { const box = mark.getBoundingClientRect();
                 return box.width + box.height > 0; });
               return svg.getBoundingClientRect().height < 100 || seen.length < 10;
             }).map((figure) => figure.id)",
        );
        assert_eq!(empty, json!([]));
        let figures = page.value("document.querySelectorAll('figure').length").as_u64().unwrap();
        assert!(figures as usize >= 6 * rendered.results.scenarios.len(), "{figures} charts");
        assert_quiet(&page, &rendered);
    }
}

#[test]
fn sliders_rank_by_mean_access_time() {
    let Some(chromium) = Chromium::start() else { return };
    let typical = Fixture::typical();
    let unconfirmed = synthetic(&Fixture { aa_ratio: 1.2, ..typical.clone() });
    for rendered in [sample(), synthetic(&typical), unconfirmed] {
        let page = chromium.page(1200, 900);
        page.open(&rendered.file, "");
        // Slider positions and miss costs: ten per decade from 1 µs.
        for (miss, miss_ns, distance) in
            [(0, 1e3, 0), (7, 5e3, 0), (20, 1e5, 1), (37, 5e6, 2), (43, 2e7, 3), (60, 1e9, 4)]
        {
            page.value(&format!(
                "(() => {{ for (const [id, value] of [['miss', {miss}], ['distance', {distance}]]) {{
                   const slider = document.getElementById(id); slider.value = value;
                   slider.dispatchEvent(new Event('input')); }} }})()"
            ));
            let distance_ns = NetworkDistance::ALL[distance].nanoseconds();
            for of in &rendered.results.scenarios {
                let scenario = &of.scenario.name;
                let at = format!(".ranked[data-scenario=\"{scenario}\"]");
                let rows = page.value(&format!(
                    "[...document.querySelectorAll('{at} tbody tr')]
                       .filter((row) => row.querySelector('.mean'))
                       .map((row) => row.querySelector('.name').textContent)"
                ));
                let mut lines: Vec<&AccessTimeLine> = of.access_time.lines.iter().collect();
                let mean = |line: &AccessTimeLine| line.at(miss_ns, distance_ns)[0];
                lines.sort_by(|a, b| mean(a).total_cmp(&mean(b)));
                let expected: Vec<&str> = lines.iter().map(|line| line.variant.as_str()).collect();
                assert_eq!(rows, json!(expected), "{scenario} at {miss_ns} and {distance_ns} ns");
                let sentence =
                    page.text(&format!("document.querySelector('{at} .ranking').textContent"));
                let lowest = lines.iter().find(|line| line.eligible).unwrap();
                assert!(sentence.starts_with(&lowest.variant), "{sentence}");
            }
        }
        assert_quiet(&page, &rendered);
    }
}

#[test]
fn click_on_a_row_makes_it_the_baseline() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open(&rendered.file, "");
    for baseline in ["moka", "redis", "lru"] {
        page.value(&format!(
            "[...document.querySelectorAll('.matrix .pick')]
               .find((pick) => pick.textContent === '{baseline}').closest('tr').click()"
        ));
        for of in &rendered.results.scenarios {
            let rows = page.value(&format!(
                "[...document.querySelectorAll('.of-scenario[data-scenario=\"{}\"] .matrix tbody tr[data-variant]')]
                   .map((row) => [row.querySelector('.name').textContent,
                     row.querySelector('.against').textContent === 'baseline'])",
                of.scenario.name
            ));
            let expected: Vec<(&str, bool)> = of
                .figures
                .iter()
                .map(|row| (row.variant.as_str(), row.variant == baseline))
                .collect();
            assert_eq!(rows, json!(expected), "against {baseline}");
        }
        let drawn = page.text("document.querySelector('#pairs figure figcaption').textContent");
        assert!(drawn.contains(&format!("each variant against {baseline}")), "{drawn}");
        let pressed = "document.querySelector('.pick[aria-pressed=true]').textContent";
        assert_eq!(page.text(pressed), baseline);
        assert_eq!(page.text("document.getElementById('baseline').value"), baseline);
    }
    assert_quiet(&page, &rendered);
}

#[test]
fn address_restores_the_view() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open(&rendered.file, "");
    page.value(
        "(() => {
           const pick = (selector, value) => { const at = document.querySelector(selector);
             at.value = value; at.dispatchEvent(new Event('change')); };
           pick('#baseline', 'moka');
           document.querySelector('.tabs [data-pick=user-profiles]').click();
           document.querySelector('[data-miss=\"30\"]').click();
           document.querySelector('[data-distance=\"2\"]').click();
           document.querySelector('.toolbar [data-index=\"0\"]').click();
           document.querySelector('#figures-2 thead th:nth-child(2) .sort').click();
           document.querySelector('nav a[href=\"#access-time\"]').click();
         })()",
    );
    let hash = page.text("location.hash");
    let view = "JSON.stringify([document.querySelector('main').innerText, location.hash,
       [...document.querySelectorAll('.toolbar input, .toolbar select, .sliders input')]
         .map((control) => control.type === 'checkbox' ? control.checked : control.value)])";
    let before = page.text(view);
    assert_eq!(
        hash,
        "#access-time&baseline=moka&scenario=user-profiles&miss=1ms&distance=same-zone&hide=dict&sort=figures-2:1:down"
    );

    let again = chromium.page(1200, 900);
    again.open(&rendered.file, &hash);
    assert_eq!(again.text(view), before);
    let hidden = again.value(
        "[...document.querySelectorAll('[data-variant=\"0\"], .of-scenario[data-scenario=smoke]')]
           .filter((part) => part.checkVisibility()).length",
    );
    assert_eq!(hidden, json!(0));

    // Invalid parts of an address are ignored.
    let odd = chromium.page(1200, 900);
    odd.open(&rendered.file, "#baseline=unknown&miss=5years&distance=-1s&hide=x&sort=a:b&<b>&%");
    let shown = odd.text("document.getElementById('baseline').value");
    assert_eq!(shown, "lru");
    assert_quiet(&page, &rendered);
    assert_quiet(&odd, &rendered);
}

#[test]
fn columns_sort_by_their_values() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open(&rendered.file, "");
    let sorted = |table: &str, column: usize| {
        page.value(&format!(
            "(() => {{ document.querySelector('#{table} thead th:nth-child({column}) .sort').click();
               return [...document.querySelectorAll('#{table} tbody .name')]
                 .map((name) => name.textContent); }})()"
        ))
    };
    assert_eq!(sorted("figures-2", 4), json!(["lru", "dict", "moka", "tiered", "redis"]));
    assert_eq!(sorted("figures-2", 4), json!(["redis", "tiered", "moka", "dict", "lru"]));
    assert_eq!(sorted("figures-1", 5), json!(["dict", "lru", "moka", "tiered", "redis"]));
    assert_eq!(sorted("properties", 1), json!(["dict", "lru", "moka", "redis", "tiered"]));
    let direction = page.text("document.querySelector('#properties th').getAttribute('aria-sort')");
    assert_eq!(direction, "ascending");
}

#[test]
fn all_controls_work_with_the_keyboard() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open(&rendered.file, "");
    page.value("document.getElementById('miss').focus()");
    let before = page.text("document.querySelector('.ranked .mean').textContent");
    page.key("ArrowRight");
    page.key("ArrowRight");
    assert_ne!(page.text("document.querySelector('.ranked .mean').textContent"), before);
    page.value(
        "[...document.querySelectorAll('.pick')].find((p) => p.textContent === 'redis').focus()",
    );
    page.key("Enter");
    assert_eq!(page.text("document.getElementById('baseline').value"), "redis");
    let unreachable = page.value(
        "[...document.querySelectorAll('button, select, input, summary, a[href]')]
           .filter((control) => control.tabIndex < 0).length",
    );
    assert_eq!(unreachable, json!(0));
}
