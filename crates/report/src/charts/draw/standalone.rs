//! Standalone SVG file of a chart, with its texts in the picture.

use super::canvas::{Caption, UNITS_PER_PIXEL, body, escaped};
use super::drawing::Drawing;
use super::theme::{TICK_SIZE, custom_properties, text_width, with_variables};

/// Text size of the title in a file, in pixels.
const TITLE_SIZE: f64 = 15.0;

/// Returns a standalone SVG file, which follows the light or dark theme of the viewer.
///
/// Title, subtitle and footer are part of the picture.
#[must_use]
pub fn standalone(drawing: &Drawing, caption: Caption<'_>, footer: &str) -> String {
    let (width, title) = (drawing.width, wrapped(caption.title, TITLE_SIZE, drawing.width));
    let subtitle = wrapped(caption.description, TICK_SIZE, width);
    let mut texts = String::new();
    let mut top = 0.0;
    for (lines, size, weight, colour) in
        [(&title, TITLE_SIZE, 600, "ink"), (&subtitle, TICK_SIZE, 400, "muted")]
    {
        for line in lines {
            top += size * 1.35;
            texts.push_str(&file_text(line, top, size, weight, colour));
        }
    }
    let top = top + 10.0;
    let height = top + drawing.height + 20.0;
    texts.push_str(&file_text(footer, height - 6.0, TICK_SIZE - 1.0, 400, "muted"));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}\" \
         height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n<title>{}</title>\n<desc>{}</desc>\n\
         <style>:root{{{}}}@media(prefers-color-scheme:dark){{:root{{{}}}}}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"var(--c-ground,#FFFFFF)\"/>\n{texts}\
         <svg y=\"{top}\" width=\"{width}\" height=\"{}\" viewBox=\"0 0 {} {}\">\n{}</svg>\n",
        escaped(caption.title),
        escaped(caption.description),
        custom_properties(false),
        custom_properties(true),
        drawing.height,
        width * UNITS_PER_PIXEL,
        drawing.height * UNITS_PER_PIXEL,
        with_variables(&body(&drawing.content), true)
            .replace("font-family=\"sans-serif\"", "font-family=\"system-ui,sans-serif\""),
    )
}

fn file_text(text: &str, y: f64, size: f64, weight: u32, colour: &str) -> String {
    format!(
        "<text x=\"0\" y=\"{y:.0}\" font-family=\"system-ui,sans-serif\" font-size=\"{size}\" \
         font-weight=\"{weight}\" fill=\"var(--c-{colour})\">{}</text>\n",
        escaped(text)
    )
}

/// Breaks a text into lines of at most `width` pixels.
fn wrapped(text: &str, size: f64, width: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
