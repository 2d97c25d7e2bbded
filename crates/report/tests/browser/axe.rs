//! Runs the accessibility checker axe-core in the page.
//!
//! npm installs a fixed version of axe-core, checked by its digest, in the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::chromium::{Page, find, missing};

/// Returns the source code of axe-core.
///
/// If npm is missing or fails, the test is skipped and the result is `None`; if `CI=true`, it
/// fails.
pub fn source() -> Option<String> {
    let Some(npm) = find(&["npm"]) else {
        missing("npm");
        return None;
    };
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("axe");
    let kept = folder.join("node_modules/axe-core/axe.min.js");
    let wanted = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let lock = fs::read_to_string(wanted.join("package-lock.json")).unwrap();
    // Files that were installed for another lock file have another version.
    if !kept.exists() || fs::read_to_string(folder.join("package-lock.json")).ok() != Some(lock) {
        fs::create_dir_all(&folder).unwrap();
        for file in ["package.json", "package-lock.json"] {
            fs::copy(wanted.join(file), folder.join(file)).unwrap();
        }
        let install = Command::new(npm)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        if !install.status.success() {
            missing(&format!("axe-core: {}", String::from_utf8_lossy(&install.stderr)));
            return None;
        }
    }
    Some(fs::read_to_string(kept).unwrap())
}

/// Returns the violations of the current page: rule and elements.
pub fn violations(page: &Page, source: &str) -> Vec<String> {
    page.value(&format!("{source}; true"));
    let found = page.value(
        "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
           violations.map(({ id, nodes }) => ({ id, nodes: nodes.map((node) =>
             `${node.target} ${node.any.map((why) => why.message)}`) })))",
    );
    let line = |violation: &Value| {
        let id = violation["id"].as_str().unwrap_or_default();
        let nodes = violation["nodes"].as_array().cloned().unwrap_or_default();
        let some: Vec<String> = nodes.iter().take(4).map(Value::to_string).collect();
        format!("{id} ({} places): {}", nodes.len(), some.join("; "))
    };
    found.as_array().unwrap().iter().map(line).collect()
}
