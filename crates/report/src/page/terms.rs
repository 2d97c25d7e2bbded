//! Explanations of terms, taken from `docs/GLOSSARY.md`.

use std::collections::BTreeMap;

const GLOSSARY: &str = include_str!("../../../../docs/GLOSSARY.md");

/// Returns the explanation of every term of the glossary.
pub fn explanations() -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut entry: Option<(String, String)> = None;
    for line in GLOSSARY.lines() {
        if let Some((term, text)) =
            line.strip_prefix("- **").and_then(|rest| rest.split_once("**: "))
        {
            found.extend(entry.replace((term.to_owned(), text.to_owned())));
        } else if let (Some((_, text)), true) = (&mut entry, line.starts_with("  ")) {
            text.push(' ');
            text.push_str(line.trim());
        } else {
            found.extend(entry.take());
        }
    }
    found.extend(entry);
    found.values_mut().for_each(|text| *text = text.replace('`', ""));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_term_of_the_template_is_in_the_glossary() {
        let found = explanations();
        let template = concat!(include_str!("report.html"), include_str!("scenario.html"));
        let used: Vec<&str> = template
            .split("terms[\"")
            .skip(1)
            .filter_map(|rest| rest.split_once('"').map(|(term, _)| term))
            .collect();
        assert!(used.len() >= 6, "{used:?}");
        for term in used {
            assert!(found.get(term).is_some_and(|text| text.len() > 15), "{term}");
        }
        let bound =
            "hit ratio of Belady's algorithm with bypass, which knows the future (clairvoyant)";
        assert_eq!(found["optimal bound"], bound);
    }
}
