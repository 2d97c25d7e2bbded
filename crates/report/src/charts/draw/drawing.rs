//! Finished drawing of a chart.

use super::canvas::Canvas;

/// Drawing of a chart as SVG content.
#[derive(Clone, Debug)]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    pub content: String,
}

impl Drawing {
    /// Draws on a canvas of that size.
    pub fn new(
        width: f64,
        height: f64,
        draw: impl FnOnce(&mut Canvas<'_>),
    ) -> Result<Self, String> {
        let mut content = String::new();
        let mut canvas = Canvas::new(&mut content, width, height);
        draw(&mut canvas);
        canvas.finish()?;
        Ok(Self { width, height, content })
    }
}
