//! `bakeoff list`: explorations with status, age and size.

use bakeoff_driver::ui::list::{ListedExploration, list};
use bakeoff_protocol::progress::Status;
use jiff::Timestamp;

use crate::exit::Exit;
use crate::{output, workspace};

/// Arguments of `list`.
#[derive(clap::Args)]
pub struct Args {
    /// Print one JSON array instead of text.
    #[arg(long)]
    json: bool,
}

/// Prints the list.
pub fn run(args: &Args) -> anyhow::Result<Exit> {
    let listed = list(&workspace::root()?)?;
    if args.json {
        output::json(&listed)?;
    } else if listed.is_empty() {
        output::text("no explorations yet; create one with `make parallel-explore`")?;
    } else {
        output::text(&table(&listed, Timestamp::now()))?;
    }
    Ok(Exit::Done)
}

/// Formats a header and one line per exploration.
fn table(listed: &[ListedExploration], now: Timestamp) -> String {
    let head = ["name", "status", "variants", "age", "size", "scenarios"].map(String::from);
    let rows: Vec<[String; 6]> =
        std::iter::once(head).chain(listed.iter().map(|one| row(one, now))).collect();
    let width =
        |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2, 3, 4, 5].map(width);
    let line = |row: &[String; 6]| {
        let cell = |(column, text): (usize, &String)| {
            let room = widths[column];
            // Counts, ages and sizes are right-aligned.
            if (2..5).contains(&column) {
                format!("{text:>room$}")
            } else {
                format!("{text:room$}")
            }
        };
        let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn row(one: &ListedExploration, now: Timestamp) -> [String; 6] {
    let completed = one.variants.iter().filter(|v| v.status == Status::Completed).count();
    [
        one.name.clone(),
        one.status.to_owned(),
        format!("{completed}/{}", one.variants.len()),
        one.updated.map_or_else(String::new, |at| age(now.as_second() - at.as_second())),
        format!("{:.1} MiB", one.bytes as f64 / f64::from(1 << 20)),
        one.scenarios.join(", "),
    ]
}

/// Formats an age in its largest unit.
fn age(seconds: i64) -> String {
    match seconds {
        s if s < 60 => String::from("now"),
        s if s < 3_600 => format!("{} min", s / 60),
        s if s < 86_400 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let one = |name: &str, seconds_ago: i64, bytes: u64| ListedExploration {
            name: name.to_owned(),
            status: "completed",
            created: None,
            updated: Timestamp::from_second(1_000_000 - seconds_ago).ok(),
            variants: Vec::new(),
            scenarios: vec![String::from("smoke"), String::from("scan")],
            bytes,
        };
        let text = table(&[one("a", 30, 1 << 20), one("longer", 200_000, 300 << 20)], now);
        let expected = "\
name    status     variants  age       size  scenarios
a       completed       0/0  now    1.0 MiB  smoke, scan
longer  completed       0/0  2 d  300.0 MiB  smoke, scan";
        assert_eq!(text, expected);
    }
}
