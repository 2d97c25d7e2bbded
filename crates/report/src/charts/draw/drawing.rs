//! Finished drawing of a chart with its size.

use super::canvas::Canvas;

/// SVG content of a chart with its size in pixels.
#[derive(Clone, Debug)]
pub struct Drawing {
    pub width: f64,
    pub height: f64,
    pub content: String,
}

impl Drawing {
    /// Calls `draw` with a canvas of `width` × `height` pixels.
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
