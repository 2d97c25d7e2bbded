//! Checks the page without scripts, on a phone, on paper, with the dark theme, and for
//! accessibility.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::chromium::{Chromium, Page};
use crate::fixture::{Fixture, SyntheticVariant};
use crate::{Rendered, axe, sample, synthetic};

/// Saves a file in the folder `BAKEOFF_KEEP_SHOTS`, if it is set.
fn save(file: &str, bytes: impl FnOnce() -> Vec<u8>) {
    let Ok(folder) = std::env::var("BAKEOFF_KEEP_SHOTS") else { return };
    fs::create_dir_all(&folder).unwrap();
    fs::write(Path::new(&folder).join(file), bytes()).unwrap();
}

fn save_screenshot(page: &Page, name: &str) {
    save(&format!("{name}.png"), || page.picture());
}

/// Runs whose first screen is checked, by the name of their screenshots.
fn runs() -> Vec<(&'static str, Rendered)> {
    let typical = Fixture::typical();
    let unconfirmed = Fixture { aa_ratio: 1.2, ..typical.clone() };
    let untimed = Fixture { rounds: 0, ..typical.clone() };
    let mut nine = Fixture::large();
    nine.scenarios.truncate(3);
    nine.variants.push(SyntheticVariant::new("fifo", 50.0e6, 0.9));
    vec![
        ("default", sample()),
        ("one-scenario", synthetic(&typical)),
        ("nine-variants", synthetic(&nine)),
        ("unconfirmed", synthetic(&unconfirmed)),
        ("untimed", synthetic(&untimed)),
    ]
}

#[test]
fn first_screen_has_answer_charts_and_the_head_of_the_table() {
    let Some(chromium) = Chromium::start() else { return };
    for (name, rendered) in runs() {
        let page = chromium.page(1280, 800);
        page.open(&rendered.file, "");
        save(&format!("first-{name}.png"), || page.screen());
        let below = page.value(
            "[...document.querySelectorAll('h1, .answer, .of-scenario:not([hidden]) .pair svg, \
               .of-scenario:not([hidden]) .matrix thead')].filter((part) => part.checkVisibility() \
               && part.getBoundingClientRect().bottom > innerHeight).map((part) => part.outerHTML)",
        );
        assert_eq!(below, json!([]), "{name}: below the first screen");
        let sentences = page.text("document.querySelector('.answer').textContent");
        let ends = sentences.trim().matches(". ").count() + 1;
        assert!(ends <= 3, "{name}: {sentences}");
    }
}

#[test]
fn phone_shows_answer_charts_and_table_in_the_same_order() {
    let Some(chromium) = Chromium::start() else { return };
    for (name, rendered) in runs() {
        let page = chromium.page(390, 800);
        page.open(&rendered.file, "");
        save_screenshot(&page, &format!("phone-{name}"));
        assert_eq!(page.value(BEYOND_RIGHT_EDGE), json!([]), "{name}");
        assert_eq!(page.value("document.documentElement.scrollWidth <= innerWidth"), json!(true));
        let tops = page.value(
            "[...document.querySelectorAll('h1, .answer, .of-scenario:not([hidden]) figure, \
               .of-scenario:not([hidden]) .matrix')].filter((part) => part.checkVisibility()) \
               .map((part) => part.getBoundingClientRect().top)",
        );
        let tops: Vec<f64> = serde_json::from_value(tops).unwrap();
        assert!(tops.len() >= 4 && tops.is_sorted(), "{name}: {tops:?}");
    }
}

/// Expression for the elements beyond the right edge of the page, which a phone does not show.
const BEYOND_RIGHT_EDGE: &str = "[...document.querySelectorAll('main *, header *, form *')]
    .filter((part) => !part.closest('.scroll, svg') && part.checkVisibility()
      && part.getBoundingClientRect().right > innerWidth + 1)
    .map((part) => part.tagName + '.' + part.className + ' ' + part.textContent.slice(0, 40))";

#[test]
fn page_without_scripts_has_every_figure_and_table() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(1200, 900);
    page.open_without_scripts(&rendered.file);
    assert_eq!(page.value("document.querySelectorAll('form:not([hidden])').length"), json!(0));
    page.value("document.querySelectorAll('.fold').forEach((fold) => { fold.open = true; })");
    let bare = page.value(
        "[...document.querySelectorAll('figure')].filter((figure) =>
           ![...figure.querySelectorAll('svg')].some((svg) => svg.checkVisibility())
           || !figure.querySelector('table')).length",
    );
    assert_eq!(bare, json!(0), "charts that are invisible or have no table");
    let text = page.text("document.body.innerText");
    for expected in ["Use moka", "lowest mean access time", "run checks failed"] {
        assert!(text.contains(expected), "{expected}");
    }
    assert!(page.errors().is_empty(), "{:?}", page.errors());
    save_screenshot(&page, "without-scripts");
}

#[test]
fn charts_of_a_single_scenario_are_wide() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = synthetic(&Fixture::typical());
    let page = chromium.page(1280, 900);
    page.open(&rendered.file, "");
    let narrow = page.value(
        "[...document.querySelectorAll('figure')].filter((figure) => figure.checkVisibility() &&
           figure.getBoundingClientRect().width < 420).map((figure) => figure.textContent.trim())",
    );
    assert_eq!(narrow, json!([]));
    save_screenshot(&page, "one-scenario");
}

#[test]
fn text_of_charts_is_readable_on_a_phone() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(360, 740);
    page.open(&rendered.file, "");
    assert_eq!(page.value(BEYOND_RIGHT_EDGE), json!([]));
    // The narrow drawings are shown, so that their text stays readable.
    let small = page.value(
        "[...document.querySelectorAll('figure svg text')].filter((text) =>
           text.checkVisibility() && text.getBoundingClientRect().height < 9).length",
    );
    assert_eq!(small, json!(0));
}

#[test]
fn printed_page_has_figures_and_no_controls() {
    let Some(chromium) = Chromium::start() else { return };
    let rendered = sample();
    let page = chromium.page(794, 1123);
    page.open(&rendered.file, "#miss=1ms");
    page.media("print", false);
    let controls = page.value(
        "[...document.querySelectorAll('nav.contents, .tabs, .toolbar, .stops, input, .downloads')]
           .filter((part) => part.checkVisibility()).length",
    );
    assert_eq!(controls, json!(0));
    assert_eq!(page.value(BEYOND_RIGHT_EDGE), json!([]));
    assert!(page.text("document.body.innerText").contains("has the lowest mean access time"));
    let pdf = page.printed();
    assert!(pdf.starts_with(b"%PDF") && pdf.len() > 20_000, "{} bytes", pdf.len());
    save("print.pdf", || pdf);
}

#[test]
fn page_has_no_accessibility_violations() {
    let Some(chromium) = Chromium::start() else { return };
    let Some(source) = axe::source() else { return };
    let rendered = sample();
    for (name, width, dark) in [("light", 1200, false), ("dark", 1200, true), ("small", 360, true)]
    {
        let page = chromium.page(width, 900);
        page.media("screen", dark);
        page.open(&rendered.file, "#miss=1ms&baseline=moka");
        assert_eq!(axe::violations(&page, &source), Vec::<String>::new(), "{name}");
        save_screenshot(&page, name);
    }
}
