//! The page in a real browser: what it shows, what its controls change, and that it asks for
//! nothing.
//!
//! Without Chromium these tests say so and pass, unless `CI=true`. With `BAKEOFF_KEEP_SHOTS=FOLDER`
//! every view is photographed there, to be looked at.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at what it did not expect"
)]

mod axe;
mod chromium;
#[path = "../report/fixture/mod.rs"]
#[allow(dead_code, reason = "a part of the fixture")]
mod fixture;
mod looks;
#[path = "../report/sample_run/mod.rs"]
#[allow(dead_code, reason = "a part of the fixture")]
mod sample_run;
mod turns;

use std::path::PathBuf;

use bakeoff_analysis::crossovers::{Costs, mean};
use bakeoff_report::{Report, render, tables};
use chromium::{Chromium, Page};
use fixture::{Fixture, Invented};
use serde_json::json;

/// A rendered page, and what it was made of.
struct Rendered {
    _folder: tempfile::TempDir,
    file: PathBuf,
    report: Report,
}

/// The page of the real run that is kept for tests.
fn sample() -> Rendered {
    let folder = tempfile::tempdir().unwrap();
    sample_run::write(folder.path());
    of(folder)
}

fn invented(fixture: &Fixture) -> Rendered {
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    of(folder)
}

fn of(folder: tempfile::TempDir) -> Rendered {
    let rendered = render(folder.path()).unwrap();
    Rendered { file: rendered.page.clone(), report: rendered.report, _folder: folder }
}

fn quiet(page: &Page, of: &Rendered) {
    assert_eq!(page.errors(), Vec::<String>::new());
    let own = format!("file://{}", of.file.display());
    let others: Vec<String> =
        page.requests().into_iter().filter(|url| !url.starts_with(&own)).collect();
    assert_eq!(others, Vec::<String>::new(), "the page asked for something");
}

#[test]
fn every_chart_is_drawn_and_nothing_is_asked_for() {
    let Some(chromium) = Chromium::start() else { return };
    for rendered in [sample(), invented(&Fixture::typical())] {
        let page = chromium.page(1200, 900);
        page.open(&rendered.file, "");
        // A drawing that is seen, with marks within its frame.
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
        assert!(figures as usize >= 6 * rendered.report.scenarios.len(), "{figures} charts");
        quiet(&page, &rendered);
    }
}

#[test]
fn the_sliders_rank_as_the_computation_does() {
    let Some(chromium) = Chromium::start() else { return };
    let typical = Fixture::typical();
    let doubted = invented(&Fixture { twin: 1.2, ..typical.clone() });
    // Two that are as good as each other, and one that is so but for a few hits.
    let mut alike = typical.clone();
    alike.variants.extend(
        [("two", 0.95), ("three", 0.9504)]
            .map(|(name, skill)| Invented::new(name, alike.variants[1].rate, skill)),
    );
    for rendered in [sample(), invented(&typical), doubted, invented(&alike)] {
        let page = chromium.page(1200, 900);
        page.open(&rendered.file, "");
        for (miss, distance) in [(0, 0), (70, 0), (104, 1), (250, 171), (370, 300), (600, 401)] {
            page.value(&format!(
                "(() => {{ for (const [id, place] of [['miss', {miss}], ['distance', {distance}]]) {{
                   const slider = document.getElementById(id); slider.value = place;
                   slider.dispatchEvent(new Event('input')); }} }})()"
            ));
            // What stands in the address is what the page works with.
            let (miss_ns, distance_ns) = (shown(&page, "miss"), shown(&page, "distance"));
            for of in &rendered.report.scenarios {
                let costs = Costs::of(&rendered.report, of);
                let scenario = &of.scenario.name;
                let at = format!(".ranked[data-scenario=\"{scenario}\"]");
                let said = |part: &str| {
                    page.text(&format!("document.querySelector('{at} .{part}').textContent"))
                };
                assert_eq!(said("ranking"), costs.ranking_sentence(miss_ns, distance_ns));
                assert_eq!(said("turning"), costs.turning_sentence(distance_ns));
                let rows = page.value(&format!(
                    "[...document.querySelectorAll('{at} .drawn ~ *, {at} tbody tr')]
                       .filter((row) => row.querySelector('.mean'))
                       .map((row) => [row.querySelector('.name').textContent,
                                      row.querySelector('.mean').textContent])"
                ));
                let ranked = costs.ranked(miss_ns, distance_ns);
                let expected: Vec<[String; 2]> = ranked
                    .iter()
                    .map(|line| [line.variant.clone(), mean(line, miss_ns, distance_ns)])
                    .collect();
                assert_eq!(rows, json!(expected), "{scenario} at {miss_ns} and {distance_ns} ns");
            }
        }
        quiet(&page, &rendered);
    }
}

/// What a slider stands at, in nanoseconds, read from the page's own words.
fn shown(page: &Page, slider: &str) -> f64 {
    let text = page.text(&format!("document.getElementById('{slider}-said').textContent"));
    let mut words = text.split(' ');
    let (Some(value), Some(unit)) = (words.next(), words.next()) else { panic!("{text}") };
    let unit = match unit {
        "ns" => 1.0,
        "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return 0.0,
    };
    value.parse::<f64>().unwrap() * unit
}

#[test]
fn a_click_on_a_row_tells_every_figure_against_it() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open(&rendered.file, "");
    for baseline in ["moka", "redis", "lru"] {
        page.value(&format!(
            "[...document.querySelectorAll('.matrix .pick')]
               .find((pick) => pick.textContent === '{baseline}').click()"
        ));
        for of in &rendered.report.scenarios {
            let rows = page.value(&format!(
                "[...document.querySelectorAll('.of-scenario[data-scenario=\"{}\"] tbody tr')]
                   .map((row) => [row.querySelector('.name').textContent,
                     row.querySelector('.against').textContent,
                     row.querySelector('.word').textContent])",
                of.scenario.name
            ));
            let expected: Vec<[String; 3]> = of
                .rows
                .iter()
                .map(|row| {
                    let [against, word] = tables::against(of, &row.variant, baseline);
                    [row.variant.clone(), against, word]
                })
                .collect();
            assert_eq!(rows, json!(expected), "against {baseline}");
        }
        let drawn = page.text("document.querySelector('#pairs figure figcaption').textContent");
        assert!(drawn.contains(&format!("each variant against {baseline}")), "{drawn}");
        let pressed = "document.querySelector('.pick[aria-pressed=true]').textContent";
        assert_eq!(page.text(pressed), baseline);
        assert_eq!(page.text("document.getElementById('baseline').value"), baseline);
    }
    quiet(&page, &rendered);
}

#[test]
fn an_address_brings_the_same_view_back() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open(&rendered.file, "");
    page.value(
        "(() => {
           const pick = (selector, value) => { const at = document.querySelector(selector);
             at.value = value; at.dispatchEvent(new Event('change')); };
           pick('#baseline', 'moka');
           pick('#scenario', 'user-profiles');
           document.querySelector('[data-miss=\"1000000\"]').click();
           document.querySelector('[data-distance=\"500000\"]').click();
           document.querySelector('.toolbar [data-place=\"0\"]').click();
           document.querySelector('#figures-2 thead th:nth-child(2) .sort').click();
           document.querySelector('nav a[href=\"#cost\"]').click();
         })()",
    );
    let hash = page.text("location.hash");
    let view = "JSON.stringify([document.querySelector('main').innerText, location.hash,
       [...document.querySelectorAll('.toolbar input, .toolbar select, .sliders input')]
         .map((control) => control.type === 'checkbox' ? control.checked : control.value)])";
    let before = page.text(view);
    assert_eq!(
        hash,
        "#cost&baseline=moka&scenario=user-profiles&miss=1ms&distance=500us&hide=dict&sort=figures-2:1:down"
    );

    let again = chromium.page(1200, 900);
    again.open(&rendered.file, &hash);
    assert_eq!(again.text(view), before);
    let hidden = again.value(
        "[...document.querySelectorAll('[data-variant=\"0\"], .answer[data-scenario=smoke]')]
           .filter((part) => part.checkVisibility()).length",
    );
    assert_eq!(hidden, json!(0));

    // What nobody could mean is passed over.
    let odd = chromium.page(1200, 900);
    odd.open(&rendered.file, "#baseline=nobody&miss=5years&distance=-1s&hide=x&sort=a:b&<b>&%");
    let shown = odd.text("document.getElementById('baseline').value");
    assert_eq!(shown, "lru");
    quiet(&page, &rendered);
    quiet(&odd, &rendered);
}

#[test]
fn columns_sort_by_what_they_say() {
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
    let said = page.text("document.querySelector('#properties th').getAttribute('aria-sort')");
    assert_eq!(said, "ascending");
}

#[test]
fn everything_can_be_reached_by_the_keyboard() {
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
