//! Commands and outputs of docs/TUTORIAL.md.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::report::workspace;

/// Returns the code blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let fence = format!("```{language}\n");
    page.split(&fence).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Runs a command line of the tutorial with the tested executable.
fn run(root: &TempDir, line: &str) -> Output {
    let folder = Path::new(env!("CARGO_BIN_EXE_bakeoff")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("sh");
    command.args(["-c", line]).current_dir(root.path());
    command.env("PATH", format!("{}:{path}", folder.display()));
    for (name, _) in std::env::vars() {
        if name.starts_with("BAKEOFF_") {
            command.env_remove(name);
        }
    }
    command.output().unwrap()
}

#[test]
fn commands_of_the_tutorial_work_as_shown() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(repository.join("docs/TUTORIAL.md")).unwrap();
    let root = workspace(&["tutorial"]);
    let log = "docs/examples/access.log.gz";
    fs::create_dir_all(root.path().join("docs/examples")).unwrap();
    fs::copy(repository.join(log), root.path().join(log)).unwrap();
    fs::create_dir(root.path().join("variants/moka")).unwrap();
    for strategy in ["lru", "moka"] {
        let manifest = Path::new("variants").join(strategy).join("variant.toml");
        fs::copy(repository.join(&manifest), root.path().join(&manifest)).unwrap();
    }
    fs::write(root.path().join("decision.toml"), blocks(&page, "toml")[0]).unwrap();

    let shown = blocks(&page, "console");
    assert_eq!(shown.len(), 3);
    for block in shown {
        let (line, expected) = block.split_once('\n').unwrap();
        let output = run(&root, line.strip_prefix("$ ").unwrap());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected, "{line}");
    }
    let others = blocks(&page, "sh");
    assert_eq!(others.len(), 4);
    for line in others {
        // An exploration takes minutes; its dry run checks the same arguments. Later commands use
        // the sample exploration of the analysis tests.
        let suffix = match line.split(' ').nth(1) {
            Some("explore") => " --name new --dry-run --in-place",
            Some("cleanup") => " --in-place",
            _ => "",
        };
        let line = match suffix.is_empty() {
            true => line.trim().to_owned(),
            false => line.trim().replace(" --name tutorial", "") + suffix,
        };
        let output = run(&root, &line);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{line}: {message}");
    }
}
