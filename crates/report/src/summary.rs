//! Writes `summary.md`, the results in a form that fits a pull request.

use bakeoff_protocol::results::{Results, ScenarioResults};

use crate::paced_replay_table::{self, paced_table};
use crate::sentences::answer::answer;
use crate::sentences::choice::choice;
use crate::sentences::confidence::RunQuality;
use crate::sentences::quantity;
use crate::sentences::run_checks::checks_in_one_line;
use crate::tables;
use crate::text::markdown::{escaped, table};
use crate::text::number::{count, percent};
use crate::text::phrases::MISSING;

/// Returns the summary in Markdown: the answer, and the table of each scenario.
pub fn summary(results: &Results) -> String {
    let answer = answer(results);
    let sentences = answer.sentences.join(" ");
    let mut text = format!(
        "# {}: {}\n\n{}\n\n",
        escaped(&results.name),
        escaped(&answer.headline),
        escaped(&sentences)
    );
    for one in &answer.alternatives {
        text.push_str(&format!("- **{}** {}\n", escaped(&one.variants), escaped(&one.text)));
    }
    for of in &results.scenarios {
        text.push_str(&scenario(results, of));
    }
    text.push_str(&absences(results));
    text.push_str(&format!(
        "\n{} Again: `{}`\n",
        escaped(&checks_in_one_line(results)),
        results.exploration.command.replace('`', "'").replace('\n', " ")
    ));
    text
}

fn scenario(results: &Results, of: &ScenarioResults) -> String {
    let quality = RunQuality::from_results(of).badge();
    let choice = choice(of).map_or_else(String::new, |choice| format!("{choice}, "));
    format!(
        "\n**{}** ({}{quality}): {}\n\n{}\n{}",
        escaped(&of.scenario.name),
        escaped(&choice),
        escaped(&of.scenario.question),
        measured_table(results, of),
        paced_section(of)
    )
}

/// Returns the tables of paced replays in Markdown, with profile, date and machine.
pub fn paced_summary(results: &Results) -> String {
    let exploration = &results.exploration;
    let mut text = format!(
        "Profile {}, {}, on {}; {}.\n",
        escaped(&exploration.profile),
        exploration.created.strftime("%Y-%m-%d"),
        escaped(&exploration.machine.cpu),
        escaped(&exploration.services.values().cloned().collect::<Vec<_>>().join(", ")),
    );
    for of in &results.scenarios {
        let table = paced_section(of);
        if !table.is_empty() {
            text.push_str(&format!(
                "\n**{}**: {}\n\n{table}",
                of.scenario.name,
                escaped(&of.scenario.summary)
            ));
        }
    }
    text
}

/// Returns a table of paced replays, without columns that are zero for every variant; empty without
/// replays.
fn paced_section(of: &ScenarioResults) -> String {
    let Some(found) = paced_table(of) else { return String::new() };
    let zeros = [percent(0.0), count(0), MISSING.to_owned()];
    let is_zero = |column: usize| found.rows.iter().all(|row| zeros.contains(&row.cells[column]));
    let (left_out, shown): (Vec<usize>, Vec<usize>) =
        (0..paced_replay_table::HEAD.len()).partition(|&column| is_zero(column));
    let names = |columns: &[usize]| -> Vec<&str> {
        columns.iter().map(|&column| paced_replay_table::HEAD[column]).collect()
    };
    let head: Vec<&str> = std::iter::once("variant").chain(names(&shown)).collect();
    let numbers: Vec<bool> = (0..head.len()).map(|column| column > 0).collect();
    let rows: Vec<Vec<String>> = found
        .rows
        .iter()
        .map(|row| {
            let cells = shown.iter().map(|&column| row.cells[column].clone());
            std::iter::once(row.variant.to_owned()).chain(cells).collect()
        })
        .collect();
    let zero = match left_out.as_slice() {
        [] => String::new(),
        columns => format!("Zero or none for every variant: {}.\n\n", names(columns).join(", ")),
    };
    format!("{}\n\n{zero}{}\n", found.caption, table(&head, &numbers, &rows))
}

/// Returns the table of measured figures of one scenario.
pub(crate) fn measured_table(results: &Results, of: &ScenarioResults) -> String {
    let rate_head = tables::rate_head(of);
    let against = format!("vs {}", results.exploration.baseline);
    let head = [
        "variant",
        "hit ratio",
        "of optimal",
        &rate_head,
        &against,
        "verdict",
        "p99",
        tables::memory_head(of),
        "note",
    ];
    let rows: Vec<Vec<String>> = tables::measured_rows(results, of)
        .into_iter()
        .map(|row| {
            let rate = format!("{} {}", row.requests_per_second, row.interval);
            let rate = rate.trim_end().to_owned();
            let (p99, memory, note) = (row.p99, row.memory, row.note);
            vec![
                row.variant,
                row.hit_ratio,
                row.share_of_optimal,
                rate,
                row.against,
                row.verdict,
                p99,
                memory,
                note,
            ]
        })
        .collect();
    let mut numbers = vec![false, true, true, true, true, false, true, true, false];
    let (mut head, mut rows) = (head.to_vec(), rows);
    for (position, (name, cells)) in (1..).zip(quantity::columns(of)) {
        head.insert(position, name);
        numbers.insert(position, true);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.insert(position, cell);
        }
    }
    let caption = escaped(&tables::caption(of));
    format!("{caption}\n\n{}", without_empty_columns(&head, &numbers, rows))
}

/// Formats a table and leaves out empty columns.
fn without_empty_columns(head: &[&str], numbers: &[bool], rows: Vec<Vec<String>>) -> String {
    let kept: Vec<usize> = (0..head.len())
        .filter(|&column| {
            column == 0 || rows.iter().any(|row| !row[column].is_empty() && row[column] != MISSING)
        })
        .collect();
    let head: Vec<&str> = kept.iter().map(|&column| head[column]).collect();
    let numbers: Vec<bool> = kept.iter().map(|&column| numbers[column]).collect();
    let rows: Vec<Vec<String>> = rows
        .into_iter()
        .map(|row| kept.iter().map(|&column| row[column].clone()).collect())
        .collect();
    table(&head, &numbers, &rows)
}

/// Returns the table of the properties of all variants.
pub(crate) fn properties_table(results: &Results) -> String {
    let head = [
        "variant",
        "memory safety",
        "distribution",
        "survives a restart",
        "lines of code",
        "dependencies",
        "build time",
    ];
    let rows = tables::properties_rows(results)
        .into_iter()
        .map(|row| {
            vec![
                row.variant,
                row.memory_safety,
                row.distribution,
                row.survives_restart,
                row.lines_of_code,
                row.dependencies,
                row.build_time,
            ]
        })
        .collect();
    let numbers = [false, false, false, false, true, false, true];
    without_empty_columns(&head, &numbers, rows)
}

/// Returns a section on missing and disqualified variants; empty if there are none.
fn absences(results: &Results) -> String {
    let absences = tables::absent_variants(results);
    if absences.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nMissing or disqualified:\n\n");
    for (variant, reason) in absences {
        text.push_str(&format!("- **{}**: {}", escaped(&variant.name), escaped(&reason)));
        if let Some(error) = &variant.error {
            text.push_str(&format!(" To do: {}", escaped(&error.hint)));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}
