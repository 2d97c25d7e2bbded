//! The voice of the driver and of whoever watches it: bars on a terminal, one line per event
//! elsewhere.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, PoisonError};

use bakeoff_protocol::progress::Progress;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::is_final;
use crate::reporter::{News, Reporter};
use crate::standing::{Seen, end, figures, remaining, under_way};

/// Tells a person what goes on.
pub enum Terminal {
    /// Bars that are drawn over and over.
    Bars(Bars),
    /// Lines that stay.
    Lines(Lines),
}

impl Terminal {
    /// Bars if stderr is a terminal that can draw them, else lines.
    #[must_use]
    pub fn on_stderr() -> Self {
        let target = ProgressDrawTarget::stderr();
        Self::on(io::stderr().is_terminal(), target, Box::new(io::stderr()))
    }

    /// The same on stdout, for a command whose output this is.
    #[must_use]
    pub fn on_stdout() -> Self {
        let target = ProgressDrawTarget::stdout();
        Self::on(io::stdout().is_terminal(), target, Box::new(io::stdout()))
    }

    fn on(is_terminal: bool, target: ProgressDrawTarget, sink: Box<dyn Write + Send>) -> Self {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        if is_terminal && !dumb {
            let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
            Self::Bars(Bars::new(target, colour))
        } else {
            Self::Lines(Lines::to(sink))
        }
    }
}

impl Reporter for Terminal {
    fn hear(&self, news: &News<'_>) {
        match self {
            Self::Bars(bars) => bars.hear(news),
            Self::Lines(lines) => lines.hear(news),
        }
    }
}

/// One bar a variant, and one for the rounds.
pub struct Bars {
    all: MultiProgress,
    variants: Mutex<BTreeMap<String, Bar>>,
    rounds: Mutex<Option<ProgressBar>>,
    colour: bool,
}

struct Bar {
    bar: ProgressBar,
    seen: Seen,
}

impl Bars {
    fn new(target: ProgressDrawTarget, colour: bool) -> Self {
        Self {
            all: MultiProgress::with_draw_target(target),
            variants: Mutex::new(BTreeMap::new()),
            rounds: Mutex::new(None),
            colour,
        }
    }

    fn style(&self, template: &str) -> ProgressStyle {
        let template =
            if self.colour { template.to_owned() } else { template.replace(".green", "") };
        // The templates are ours; were one broken, the plain bar is still a bar.
        ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .progress_chars("━╸ ")
    }

    fn enter(&self, names: &[String]) {
        let width = names.iter().map(String::len).max().unwrap_or(0);
        let template =
            format!("{{prefix:{width}}} {{bar:24.green}} {{percent:>3}} %  {{wide_msg}}");
        let mut bars = self.variants.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if bars.contains_key(name) {
                continue;
            }
            let bar = self.all.add(ProgressBar::new(100));
            bar.set_style(self.style(&template));
            bar.set_prefix(name.clone());
            bars.insert(name.clone(), Bar { bar, seen: Seen::default() });
        }
    }

    fn variant(&self, progress: &Progress) {
        let mut bars = self.variants.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(Bar { bar, seen }) = bars.get_mut(&progress.variant) else { return };
        seen.take(progress);
        bar.set_position(progress.percent as u64);
        let ended = is_final(progress.status);
        if ended && !bar.is_finished() {
            bar.abandon_with_message(figures(progress, seen, end(progress)));
        } else if !ended {
            bar.set_message(figures(progress, seen, under_way(progress)));
        }
    }

    fn hear(&self, news: &News<'_>) {
        match news {
            News::Note(note) => {
                // A terminal that is gone has nobody to read the note.
                let _ = self.all.println(note);
            }
            News::Variants(names) => self.enter(names),
            News::Variant(progress) => self.variant(progress),
            News::Rounds { done, total, scenario, eta_seconds } => {
                let mut rounds = self.rounds.lock().unwrap_or_else(PoisonError::into_inner);
                let bar = rounds.get_or_insert_with(|| {
                    let bar = self.all.add(ProgressBar::new(u64::from(*total)));
                    bar.set_style(self.style("rounds {bar:24.green} {pos}/{len} {wide_msg}"));
                    bar
                });
                bar.set_position(u64::from(*done));
                bar.set_message(format!("{scenario}{}", remaining(*eta_seconds)));
            }
        }
    }
}

/// One line an event, for pipes and logs.
pub struct Lines {
    to: Mutex<Output>,
}

struct Output {
    sink: Box<dyn Write + Send>,
    said: BTreeMap<String, String>,
}

impl Lines {
    /// Lines to any sink.
    #[must_use]
    pub fn to(sink: Box<dyn Write + Send>) -> Self {
        Self { to: Mutex::new(Output { sink, said: BTreeMap::new() }) }
    }

    fn hear(&self, news: &News<'_>) {
        let mut output = self.to.lock().unwrap_or_else(PoisonError::into_inner);
        match news {
            News::Note(note) => output.line(note),
            News::Variants(names) => output.line(&format!("variants: {}", names.join(", "))),
            News::Variant(progress) => {
                let ended = is_final(progress.status);
                let says = if ended { end(progress) } else { under_way(progress) };
                output.once(&progress.variant, says);
            }
            News::Rounds { done, total, scenario, eta_seconds } => {
                let round = done + 1;
                let left = remaining(*eta_seconds);
                output.line(&format!("round {round} of {total}: {scenario}{left}"));
            }
        }
    }
}

impl Output {
    fn once(&mut self, variant: &str, says: String) {
        if says.is_empty() || self.said.get(variant) == Some(&says) {
            return;
        }
        self.line(&format!("{variant}: {says}"));
        self.said.insert(variant.to_owned(), says);
    }

    /// A reader that hung up must not stop an exploration.
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.sink, "{line}");
        let _ = self.sink.flush();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use bakeoff_protocol::progress::{Phase, Status};

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
    fn a_pipe_gets_one_line_for_each_thing_that_happens() {
        let sink = Shared::default();
        let lines = Lines::to(Box::new(sink.clone()));
        let mut progress = crate::progress::tests::pending_variant();
        let mut tell = |status, phase, percent| {
            progress.status = status;
            progress.phase = phase;
            progress.percent = percent;
            lines.hear(&News::Variant(&progress));
        };
        tell(Status::Pending, Phase::Preparing, 0.0);
        tell(Status::Running, Phase::Building, 1.0);
        tell(Status::Running, Phase::Building, 2.0);
        tell(Status::Completed, Phase::Done, 100.0);
        let eta_seconds = Some(83.0);
        lines.hear(&News::Rounds { done: 2, total: 12, scenario: "scan", eta_seconds });
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert_eq!(text, "lru: building\nlru: completed\nround 3 of 12: scan, about 1:23 left\n");
    }
}
