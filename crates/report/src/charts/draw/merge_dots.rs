//! Merges thousands of translucent dots into a few SVG paths, which are a tenth of the size.

/// Merges consecutive translucent dots of one colour and radius into a single path.
#[must_use]
pub fn merge_dots(svg: &str) -> String {
    let mut text = String::with_capacity(svg.len());
    let mut open: Option<&str> = None;
    for line in svg.split_inclusive('\n') {
        let dot = faint_dot(line);
        if open.is_some() && open != dot.map(|(_, _, look)| look) {
            text.push_str("\"/>\n");
            open = None;
        }
        let Some((x, y, look)) = dot else {
            text.push_str(line);
            continue;
        };
        if open.is_none() {
            text.push_str(&path_of_dots(look));
            open = Some(look);
        }
        text.push_str(&format!("M{x} {y}h0"));
    }
    if open.is_some() {
        text.push_str("\"/>\n");
    }
    text
}

/// Parses a translucent circle into its centre and attributes; `None` for any other element.
fn faint_dot(line: &str) -> Option<(&str, &str, &str)> {
    let rest = line.strip_prefix("<circle cx=\"")?;
    let (x, rest) = rest.split_once("\" cy=\"")?;
    let (y, look) = rest.split_once("\" ")?;
    look.contains(" opacity=\"0.").then_some((x, y, look.trim_end()))
}

/// Formats the start of a path that draws dots with the attributes of a circle:
/// `r="6" opacity="0.6" fill="#…" …`.
fn path_of_dots(look: &str) -> String {
    let value = |name: &str| {
        let from = look.split_once(&format!("{name}=\"")).map_or("", |(_, rest)| rest);
        from.split('"').next().unwrap_or_default()
    };
    let width = value("r").parse::<f64>().unwrap_or(1.0) * 2.0;
    format!(
        "<path fill=\"none\" stroke=\"{}\" stroke-opacity=\"{}\" stroke-width=\"{width}\" \
         stroke-linecap=\"round\" d=\"",
        value("fill"),
        value("opacity")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_are_merged_and_opaque_marks_stay() {
        let dot = |x: u32, fill: &str| {
            format!("<circle cx=\"{x}\" cy=\"7\" r=\"6\" opacity=\"0.6\" fill=\"{fill}\"/>\n")
        };
        let mark = "<circle cx=\"9\" cy=\"9\" r=\"20\" opacity=\"1\" fill=\"#111\"/>\n";
        let svg = [dot(1, "#111"), dot(2, "#111"), mark.to_owned(), dot(3, "#222")].concat();
        let path = |fill: &str, points: &str| {
            format!(
                "<path fill=\"none\" stroke=\"{fill}\" stroke-opacity=\"0.6\" stroke-width=\"12\" \
                 stroke-linecap=\"round\" d=\"{points}\"/>\n"
            )
        };
        let expected =
            [path("#111", "M1 7h0M2 7h0"), mark.to_owned(), path("#222", "M3 7h0")].concat();
        assert_eq!(merge_dots(&svg), expected);
    }
}
