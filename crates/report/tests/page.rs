//! The page and the files beside it, from invented samples.

mod fixture;

use std::fs;

use bakeoff_report::{Rendered, render};
use fixture::Fixture;

fn rendered(fixture: &Fixture) -> (tempfile::TempDir, Rendered) {
    let folder = tempfile::tempdir().unwrap();
    fixture.write(folder.path());
    let rendered = render(folder.path()).unwrap();
    (folder, rendered)
}

#[test]
fn a_typical_run() {
    let (folder, rendered) = rendered(&Fixture::typical());
    let page = fs::read_to_string(&rendered.page).unwrap();
    assert!(page.contains("cache-strategy"));
    if let Ok(keep) = std::env::var("BAKEOFF_KEEP_PAGES") {
        let to = std::path::Path::new(&keep).join("typical");
        let _ = fs::remove_dir_all(&to);
        fs::rename(folder.path(), &to).unwrap();
    }
}
