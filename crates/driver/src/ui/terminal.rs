//! Shows progress: as bars on a terminal, as one line per event in pipes and logs.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use bakeoff_protocol::progress::{Phase, Progress};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::record::progress::is_final;
use crate::ui::reporter::{Reporter, ReporterEvent};
use crate::ui::status_line::{
    ThroughputHistory, current_step, final_state, remaining, with_measurements,
};

/// Reporter that shows progress as bars or as lines of text.
pub enum Terminal {
    /// Progress bars, redrawn in place.
    Bars(ProgressBars),
    /// Lines of text.
    Lines(ProgressLines),
}

impl Terminal {
    /// Returns bars if stderr is a terminal that can draw them, else lines.
    #[must_use]
    pub fn on_stderr() -> Self {
        let target = ProgressDrawTarget::stderr();
        Self::on(io::stderr().is_terminal(), target, Box::new(io::stderr()))
    }

    /// Returns bars if stdout is a terminal that can draw them, else lines.
    #[must_use]
    pub fn on_stdout() -> Self {
        let target = ProgressDrawTarget::stdout();
        Self::on(io::stdout().is_terminal(), target, Box::new(io::stdout()))
    }

    fn on(is_terminal: bool, target: ProgressDrawTarget, sink: Box<dyn Write + Send>) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if is_terminal && !dumb {
            let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            Self::Bars(ProgressBars::new(target, colour))
        } else {
            Self::Lines(ProgressLines::to(sink))
        }
    }
}

impl Reporter for Terminal {
    fn report(&self, event: &ReporterEvent<'_>) {
        match self {
            Self::Bars(bars) => bars.report(event),
            Self::Lines(lines) => lines.report(event),
        }
    }
}

/// One bar per variant, and one for the rounds.
pub struct ProgressBars {
    all: MultiProgress,
    variants: Mutex<BTreeMap<String, VariantBar>>,
    rounds: Mutex<Option<ProgressBar>>,
    last_note: Mutex<String>,
    colour: bool,
}

struct VariantBar {
    bar: ProgressBar,
    history: ThroughputHistory,
}

impl ProgressBars {
    fn new(target: ProgressDrawTarget, colour: bool) -> Self {
        Self {
            all: MultiProgress::with_draw_target(target),
            variants: Mutex::new(BTreeMap::new()),
            rounds: Mutex::new(None),
            last_note: Mutex::new(String::new()),
            colour,
        }
    }

    fn style(&self, template: &str) -> ProgressStyle {
        let template =
            if self.colour { template.to_owned() } else { template.replace(".green", "") };
        // The templates are constant; an invalid template would only change the look.
        ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸ ")
    }

    fn enter(&self, names: &[String]) {
        let width = names.iter().map(String::len).max().unwrap_or(0);
        let template =
            format!("{{prefix:{width}}} {{bar:16.green}} {{percent:>3}} %  {{wide_msg}}");
        let mut bars = self.variants.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if bars.contains_key(name) {
                continue;
            }
            let bar = self.all.add(ProgressBar::new(100));
            bar.set_style(self.style(&template));
            bar.set_prefix(name.clone());
            bars.insert(name.clone(), VariantBar { bar, history: ThroughputHistory::default() });
        }
    }

    fn variant(&self, progress: &Progress) {
        let mut bars = self.variants.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(VariantBar { bar, history }) = bars.get_mut(&progress.variant) else { return };
        history.add(progress);
        bar.set_position(progress.percent as u64);
        let ended = is_final(progress.status);
        if ended && !bar.is_finished() {
            bar.abandon_with_message(with_measurements(progress, history, final_state(progress)));
            if progress.error.is_some() {
                // An error may not fit into the line of a bar, so it is printed above the bars.
                let _ =
                    self.all.println(format!("{}: {}", progress.variant, final_state(progress)));
            }
        } else if !ended {
            bar.set_message(with_measurements(progress, history, current_step(progress)));
        }
    }

    fn report(&self, event: &ReporterEvent<'_>) {
        self.apply(event);
        // A bar is cut to the terminal's width when it is drawn. All bars are redrawn, because the
        // width may have changed.
        let variants = self.variants.lock().unwrap_or_else(PoisonError::into_inner);
        let rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
        variants.values().map(|bar| &bar.bar).chain(rounds.as_ref()).for_each(ProgressBar::tick);
    }

    fn apply(&self, event: &ReporterEvent<'_>) {
        match event {
            ReporterEvent::Note(note) => {
                let mut last = self.last_note.lock().unwrap_or_else(PoisonError::into_inner);
                if *last != *note {
                    // A note is lost if the terminal is closed.
                    let _ = self.all.println(note);
                    (*note).clone_into(&mut last);
                }
            }
            ReporterEvent::Samples { .. } => {}
            ReporterEvent::Variants(names) => self.enter(names),
            ReporterEvent::Variant(progress) => self.variant(progress),
            ReporterEvent::Rounds { done, total, scenario, eta_seconds } => {
                let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
                let bar = rounds.get_or_insert_with(|| {
                    let bar = self.all.add(ProgressBar::new(u64::from(*total)));
                    bar.set_style(self.style("rounds {bar:24.green} {pos}/{len} {wide_msg}"));
                    bar
                });
                // The total number of rounds is estimated again after each round.
                bar.set_length(u64::from(*total));
                bar.set_position(u64::from(*done));
                bar.set_message(format!("{scenario}{}", remaining(*eta_seconds)));
            }
        }
    }
}

/// One line per event, for pipes and logs.
pub struct ProgressLines {
    output: Mutex<LineOutput>,
}

struct LineOutput {
    sink: Box<dyn Write + Send>,
    /// Last text of each variant, without the remaining time.
    last: BTreeMap<String, String>,
    last_note: String,
}

impl ProgressLines {
    /// Writes lines to `sink`.
    #[must_use]
    pub fn to(sink: Box<dyn Write + Send>) -> Self {
        Self {
            output: Mutex::new(LineOutput {
                sink,
                last: BTreeMap::new(),
                last_note: String::new(),
            }),
        }
    }

    fn report(&self, event: &ReporterEvent<'_>) {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            ReporterEvent::Note(note) => output.note(note),
            ReporterEvent::Samples { .. } => {}
            ReporterEvent::Variants(names) => {
                output.line(&format!("variants: {}", names.join(", ")))
            }
            ReporterEvent::Variant(progress) => {
                let ended = is_final(progress.status);
                // A round has one line of its own, not one per variant.
                if !ended && progress.phase == Phase::Measuring {
                    return;
                }
                let text = if ended { final_state(progress) } else { current_step(progress) };
                // If only the remaining time has changed, no line is written.
                let timeless = Progress { eta_seconds: None, ..Progress::clone(progress) };
                let content = if ended { text.clone() } else { current_step(&timeless) };
                output.line_if_new(&progress.variant, &text, content);
            }
            ReporterEvent::Rounds { done, total, scenario, eta_seconds } => {
                let round = done + 1;
                let left = remaining(*eta_seconds);
                output.line(&format!("round {round} of {total}: {scenario}{left}"));
            }
        }
    }
}

impl LineOutput {
    /// Writes a note, unless it repeats the last note.
    fn note(&mut self, note: &str) {
        if self.last_note != note {
            self.line(note);
            note.clone_into(&mut self.last_note);
        }
    }

    /// Writes a line about a variant, unless the last line had the same content.
    fn line_if_new(&mut self, variant: &str, text: &str, content: String) {
        if text.is_empty() || self.last.get(variant) == Some(&content) {
            return;
        }
        self.line(&format!("{variant}: {text}"));
        self.last.insert(variant.to_owned(), content);
    }

    /// Writes a line. Errors are ignored: a closed pipe must not stop an exploration.
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.sink, "{line}");
        let _ = self.sink.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU16, Ordering};

    use bakeoff_protocol::progress::Status;
    use indicatif::TermLike;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_pipe_gets_one_line_per_event() {
        let sink = Shared::default();
        let lines = ProgressLines::to(Box::new(sink.clone()));
        let mut progress = crate::record::progress::tests::pending_variant();
        let mut report = |status, phase, percent| {
            progress.status = status;
            progress.phase = phase;
            progress.percent = percent;
            // A change of only the remaining time writes no line.
            progress.eta_seconds = Some(83.0 - percent);
            lines.report(&ReporterEvent::Variant(&progress));
        };
        report(Status::Pending, Phase::Preparing, 0.0);
        report(Status::Running, Phase::Building, 1.0);
        report(Status::Running, Phase::Building, 2.0);
        report(Status::Running, Phase::Measuring, 60.0);
        let wait = "waiting for another build (process 7)";
        lines.report(&ReporterEvent::Note(wait));
        lines.report(&ReporterEvent::Note(wait));
        report(Status::Completed, Phase::Done, 100.0);
        let eta_seconds = Some(83.0);
        lines.report(&ReporterEvent::Rounds { done: 2, total: 12, scenario: "scan", eta_seconds });
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        let expected = "lru: building, about 1:22 left\nwaiting for another build (process 7)\nlru: completed\n\
                        round 3 of 12: scan, about 1:23 left\n";
        assert_eq!(text, expected);
    }

    /// Terminal whose width can change.
    #[derive(Clone, Debug)]
    struct Window(indicatif::InMemoryTerm, Arc<AtomicU16>);

    impl TermLike for Window {
        fn width(&self) -> u16 {
            self.1.load(Ordering::Relaxed)
        }

        fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
            self.0.move_cursor_up(lines)
        }

        fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
            self.0.move_cursor_down(lines)
        }

        fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
            self.0.move_cursor_right(columns)
        }

        fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
            self.0.move_cursor_left(columns)
        }

        fn write_line(&self, line: &str) -> io::Result<()> {
            self.0.write_line(line)
        }

        fn write_str(&self, text: &str) -> io::Result<()> {
            self.0.write_str(text)
        }

        fn clear_line(&self) -> io::Result<()> {
            self.0.clear_line()
        }

        fn flush(&self) -> io::Result<()> {
            self.0.flush()
        }
    }

    #[test]
    fn unchanged_bars_follow_a_new_width() {
        let width = Arc::new(AtomicU16::new(60));
        let screen = indicatif::InMemoryTerm::new(10, 60);
        let window = Window(screen.clone(), Arc::clone(&width));
        let bars = ProgressBars::new(ProgressDrawTarget::term_like(Box::new(window)), false);
        bars.report(&ReporterEvent::Variants(&[String::from("lru"), String::from("moka")]));
        let mut progress = crate::record::progress::tests::pending_variant();
        (progress.status, progress.phase) = (Status::Running, Phase::Measuring);
        progress.step = String::from("a scenario with a name that is wider than the screen is");
        for name in ["lru", "moka"] {
            progress.variant = String::from(name);
            bars.report(&ReporterEvent::Variant(&progress));
        }
        width.store(45, Ordering::Relaxed);
        progress.percent = 7.0;
        bars.report(&ReporterEvent::Variant(&progress));
        // Lines are padded to the width; the screen is wider.
        let shown = screen.contents().replace('\n', "");
        let cut = ["0 %  measuring: a sce", "7 %  measuring: a sce"];
        assert!(cut.iter().all(|line| shown.contains(line)), "{shown}");
        assert!(!shown.contains("measuring: a scen"), "{shown}");
    }

    #[test]
    fn bars_fit_the_terminal_and_failures_are_printed_in_full() {
        let screen = indicatif::InMemoryTerm::new(10, 60);
        let bars =
            ProgressBars::new(ProgressDrawTarget::term_like(Box::new(screen.clone())), false);
        let mut progress = crate::record::progress::tests::pending_variant();
        bars.report(&ReporterEvent::Variants(&[String::from("lru"), String::from("moka")]));
        (progress.status, progress.phase) = (Status::Running, Phase::Measuring);
        progress.step = String::from("a scenario with a name that is wider than the screen is");
        progress.percent = 50.0;
        bars.report(&ReporterEvent::Variant(&progress));
        let shown = screen.contents();
        assert_eq!(shown.lines().count(), 2, "{shown}");
        assert!(shown.contains(" 50 %  measuring: a scenario"), "{shown}");
        assert!(shown.lines().all(|line| line.chars().count() <= 60), "{shown}");

        progress.status = Status::Failed;
        progress.error = Some(bakeoff_protocol::progress::Failure {
            kind: String::from("build"),
            message: String::from("mismatched types in variants/lru/src/lib.rs, line 7"),
            hint: String::from("read the log"),
            log: String::new(),
        });
        bars.report(&ReporterEvent::Variant(&progress));
        let shown = screen.contents().replace('\n', "");
        assert!(shown.contains("lib.rs, line 7; read the log"), "{shown}");
    }
}
