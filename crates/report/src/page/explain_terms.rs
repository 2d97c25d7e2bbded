//! Adds explanations of glossary terms to the running text of the page.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::HtmlEscape;

/// Elements of running text.
const TEXT_ELEMENTS: [&str; 3] = ["p", "dd", "li"];
/// Elements whose text stays as it is: controls, code, drawings and names.
const SKIPPED_ELEMENTS: [&str; 4] = ["a", "code", "figure", "strong"];
/// Classes of paragraphs whose text the scripts replace.
const REWRITTEN_CLASSES: [&str; 2] = ["class=\"ranking\"", "class=\"crossovers\""];

/// Explains each term at its first use in the running text of a section or scenario.
///
/// As for a column head, the title of the element has the explanation.
pub fn explain_terms(page: &str, terms: &BTreeMap<String, String>) -> String {
    let parts = page.split_once("<main>").and_then(|(before, rest)| {
        let (main, after) = rest.split_once("</main>")?;
        Some((before, main, after))
    });
    let Some((before, main, after)) = parts else { return page.to_owned() };
    let mut explainer = Explainer::new(terms);
    let mut text = String::with_capacity(main.len() + main.len() / 8);
    let mut rest = main;
    while let Some(start) = rest.find('<') {
        let (plain, tagged) = rest.split_at(start);
        let end = tagged.find('>').map_or(tagged.len(), |end| end + 1);
        let (tag, following) = tagged.split_at(end);
        explainer.add_text(plain, &mut text);
        explainer.enter(tag);
        text.push_str(tag);
        rest = following;
    }
    text.push_str(rest);
    format!("{before}<main>{text}</main>{after}")
}

struct Explainer<'a> {
    /// Terms as the markup writes them, each with its explanation.
    terms: Vec<(String, &'a str)>,
    /// Explanations that the current section already has.
    given: BTreeSet<&'a str>,
    is_in_text: bool,
    /// Number of open elements whose text stays as it is.
    left_out: usize,
}

impl<'a> Explainer<'a> {
    fn new(terms: &'a BTreeMap<String, String>) -> Self {
        // A template escapes the slash of a value, but not that of its own text.
        let written = terms.iter().flat_map(|(term, explanation)| {
            [term.clone(), HtmlEscape(term).to_string()].map(|form| (form, explanation.as_str()))
        });
        let mut terms: Vec<(String, &str)> = written.collect();
        terms.dedup();
        Self { terms, given: BTreeSet::new(), is_in_text: false, left_out: 0 }
    }

    /// Notes the start or end of an element.
    fn enter(&mut self, tag: &str) {
        let inside = tag.trim_start_matches('<').trim_end_matches('>');
        let closes = inside.starts_with('/');
        let name = inside.trim_start_matches('/').split([' ', '\n']).next().unwrap_or_default();
        if TEXT_ELEMENTS.contains(&name) {
            self.is_in_text =
                !closes && !REWRITTEN_CLASSES.iter().any(|class| inside.contains(class));
        } else if SKIPPED_ELEMENTS.contains(&name) {
            self.left_out =
                if closes { self.left_out.saturating_sub(1) } else { self.left_out + 1 };
        } else if name == "section" || inside.contains("class=\"of-scenario\"") {
            self.given.clear();
        }
    }

    /// Appends a text to the page, with the explanations of terms that the section does not have.
    fn add_text(&mut self, text: &str, page: &mut String) {
        if !self.is_in_text || self.left_out > 0 {
            page.push_str(text);
            return;
        }
        let (mut written, mut end) = (0, 0);
        for (at, _) in text.char_indices() {
            if at < end || !starts_word(&text[..at]) {
                continue;
            }
            let Some((length, explanation)) = self.longest_term(&text[at..]) else { continue };
            end = at + length;
            if self.given.insert(explanation) {
                page.push_str(&text[written..at]);
                page.push_str(&format!(
                    "<dfn tabindex=\"0\" title=\"{}\">{}</dfn>",
                    HtmlEscape(explanation),
                    &text[at..end]
                ));
                written = end;
            }
        }
        page.push_str(&text[written..]);
    }

    /// Returns length and explanation of the longest term at the start of a text.
    fn longest_term(&self, text: &str) -> Option<(usize, &'a str)> {
        let found = self.terms.iter().filter_map(|(term, explanation)| {
            let start = text.get(..term.len())?;
            let rest = &text[term.len()..];
            let plural = usize::from(rest.starts_with('s'));
            let is_found = start.eq_ignore_ascii_case(term) && ends_word(&rest[plural..]);
            is_found.then_some((term.len() + plural, *explanation))
        });
        found.max_by_key(|(length, _)| *length)
    }
}

/// Returns true if a word can start after this text.
fn starts_word(before: &str) -> bool {
    before.chars().next_back().is_none_or(|last| last.is_whitespace() || last == '(')
}

/// Returns true if a word ends before this text. The full stop of a file name ends no word.
fn ends_word(after: &str) -> bool {
    let mut letters = after.chars();
    match letters.next() {
        None => true,
        Some('.') => !letters.next().is_some_and(char::is_alphanumeric),
        Some(letter) => letter.is_whitespace() || [',', ';', ':', ')', '?'].contains(&letter),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the terms that are explained in the main part of a page, with their explanations.
    fn found(main: &str) -> Vec<(String, String)> {
        let terms = [
            ("A/A control", "a second \"baseline\""),
            ("round", "one trial of each cell"),
            ("round trip", "a request over the network"),
            ("saturated", "at its limit"),
            ("load generator saturated", "the client is at its limit"),
        ];
        let terms: BTreeMap<String, String> =
            terms.map(|(term, text)| (term.to_owned(), text.to_owned())).into();
        let page = explain_terms(&format!("<p>round</p><main>{main}</main><p>round</p>"), &terms);
        let parts = page.split("<dfn tabindex=\"0\" title=\"").skip(1).map(|part| {
            let (title, rest) = part.split_once("\">").unwrap();
            (rest.split("</dfn>").next().unwrap().to_owned(), title.to_owned())
        });
        parts.collect()
    }

    fn words(main: &str) -> Vec<String> {
        found(main).into_iter().map(|(word, _)| word).collect()
    }

    #[test]
    fn first_use_in_each_section_is_explained() {
        let twice = "<section><p>Rounds, then a round</p><li>(round)</li></section>";
        assert_eq!(words(twice), ["Rounds"]);
        assert_eq!(words(&twice.repeat(2)), ["Rounds", "Rounds"]);
        let panel = "<div class=\"of-scenario\"><dd>12 rounds.</dd></div>";
        assert_eq!(words(&panel.repeat(2)), ["rounds", "rounds"]);
        let escaped = found("<p>passed A&#x2f;A control; A/A control</p>");
        let control = ("A&#x2f;A control", "a second &quot;baseline&quot;");
        assert_eq!(escaped, [control].map(|(word, text)| (word.to_owned(), text.to_owned())));
    }

    #[test]
    fn longest_term_is_explained_and_its_parts_are_not() {
        assert_eq!(words("<p>load generator saturated</p>"), ["load generator saturated"]);
        assert_eq!(words("<p>two round trips and a round</p>"), ["round trips", "round"]);
        assert_eq!(words("<p>round trip, round trip</p>"), ["round trip"]);
    }

    #[test]
    fn other_words_and_other_elements_stay_as_they_are() {
        for main in [
            "<p>around rounded round-trip round.jsonl</p>",
            "<p><code>round</code> <a href=\"#x\">round</a> <strong>round</strong></p>",
            "<figure><p>round</p></figure><h2>round</h2><td>round</td>",
            "<p class=\"ranking\">round</p>",
            "<p>no</p>round",
        ] {
            assert_eq!(words(main), Vec::<String>::new(), "{main}");
        }
    }
}
