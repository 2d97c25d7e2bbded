//! Theme of all charts: colours, shapes and text sizes.

use plotters::style::RGBColor;

/// Role of a colour in a chart.
///
/// Charts are drawn with the light colours. Each colour is then replaced by the CSS variable of its
/// role, so that one drawing serves light and dark themes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Text and important marks.
    Ink,
    /// Secondary text, axis lines.
    Muted,
    /// Gridlines.
    Grid,
    /// Area up to a bound, band of ±δ.
    Area,
    /// Background of the chart, ring around a mark.
    Ground,
    /// A variant, by its index in the user's order.
    Variant(usize),
    /// A variant's name: as dark as ink, but a separate role, so that a page can hide it.
    Label(usize),
}

/// Name, light colour and dark colour of each role.
///
/// Variants use the colours of Okabe and Ito (2008), yellow last. The dark theme lightens dark
/// colours to keep a contrast of 3:1. Label colours differ from ink by one step, which is
/// invisible, because [`with_variables`] finds roles by their colour.
pub const ROLES: [(&str, [u8; 3], [u8; 3]); 21] = [
    ("ink", [0x1B, 0x1F, 0x24], [0xE8, 0xEA, 0xED]),
    ("muted", [0x5B, 0x63, 0x6E], [0xA3, 0xAB, 0xB5]),
    ("grid", [0xE6, 0xE8, 0xEB], [0x2E, 0x34, 0x3B]),
    ("area", [0xEE, 0xF1, 0xF4], [0x22, 0x28, 0x2F]),
    ("ground", [0xFF, 0xFF, 0xFF], [0x15, 0x19, 0x1E]),
    ("v0", [0x00, 0x72, 0xB2], [0x4B, 0xA3, 0xE3]),
    ("v1", [0xD5, 0x5E, 0x00], [0xF0, 0x83, 0x2E]),
    ("v2", [0x00, 0x9E, 0x73], [0x2C, 0xC4, 0x98]),
    ("v3", [0xCC, 0x79, 0xA7], [0xE0, 0x94, 0xBF]),
    ("v4", [0xE6, 0x9F, 0x00], [0xF2, 0xB5, 0x2C]),
    ("v5", [0x56, 0xB4, 0xE9], [0x8C, 0xD3, 0xFF]),
    ("v6", [0x1A, 0x1A, 0x1A], [0xF5, 0xF5, 0xF5]),
    ("v7", [0xD9, 0xC9, 0x1A], [0xF0, 0xE4, 0x42]),
    ("l0", [0x1B, 0x1F, 0x25], [0xE8, 0xEA, 0xED]),
    ("l1", [0x1B, 0x1F, 0x26], [0xE8, 0xEA, 0xED]),
    ("l2", [0x1B, 0x1F, 0x27], [0xE8, 0xEA, 0xED]),
    ("l3", [0x1B, 0x1F, 0x28], [0xE8, 0xEA, 0xED]),
    ("l4", [0x1B, 0x1F, 0x29], [0xE8, 0xEA, 0xED]),
    ("l5", [0x1B, 0x1F, 0x2A], [0xE8, 0xEA, 0xED]),
    ("l6", [0x1B, 0x1F, 0x2B], [0xE8, 0xEA, 0xED]),
    ("l7", [0x1B, 0x1F, 0x2C], [0xE8, 0xEA, 0xED]),
];

/// Number of variant colours; further variants reuse them with other shapes.
pub const VARIANT_COLOURS: usize = 8;
const FIRST_VARIANT: usize = 5;
const FIRST_LABEL: usize = FIRST_VARIANT + VARIANT_COLOURS;

impl Role {
    fn index(self) -> usize {
        match self {
            Self::Ink => 0,
            Self::Muted => 1,
            Self::Grid => 2,
            Self::Area => 3,
            Self::Ground => 4,
            Self::Variant(place) => FIRST_VARIANT + place % VARIANT_COLOURS,
            Self::Label(place) => FIRST_LABEL + place % VARIANT_COLOURS,
        }
    }

    /// Returns the colour in which the role is drawn, that of the light theme.
    #[must_use]
    pub fn colour(self) -> RGBColor {
        let [red, green, blue] = ROLES[self.index()].1;
        RGBColor(red, green, blue)
    }
}

/// Returns the CSS custom properties of all roles for one theme: `--c-ink:#…;…`.
#[must_use]
pub fn custom_properties(dark: bool) -> String {
    ROLES
        .iter()
        .map(|(name, light, in_dark)| {
            let [red, green, blue] = if dark { in_dark } else { light };
            format!("--c-{name}:#{red:02X}{green:02X}{blue:02X};")
        })
        .collect()
}

/// Replaces the colours of an SVG with CSS variables.
///
/// With `fallback`, each variable includes the colour for viewers that do not support variables.
#[must_use]
pub fn with_variables(svg: &str, fallback: bool) -> String {
    let mut text = svg.to_owned();
    for (name, [red, green, blue], _) in ROLES {
        let hex = format!("#{red:02X}{green:02X}{blue:02X}");
        let or_else = if fallback { format!(",{hex}") } else { String::new() };
        let drawn = format!("=\"{hex}\"");
        let variable = format!("=\"var(--c-{name}{or_else})\"");
        text = text.replace(&drawn, &variable);
    }
    text
}

/// Shape of a variant's mark: colour is never the only difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// ●
    Circle,
    /// ■
    Square,
    /// ▲
    Triangle,
    /// ◆
    Diamond,
    /// ▼
    TriangleDown,
    /// ⬟
    Pentagon,
    /// ✕
    Cross,
    /// ✚
    Plus,
}

/// All shapes, in the order of variants.
pub const SHAPES: [Shape; 8] = [
    Shape::Circle,
    Shape::Square,
    Shape::Triangle,
    Shape::Diamond,
    Shape::TriangleDown,
    Shape::Pentagon,
    Shape::Cross,
    Shape::Plus,
];

impl Shape {
    /// Returns the shape of the variant with the index `place`.
    #[must_use]
    pub fn of(place: usize) -> Self {
        // Variants with the same colour get different shapes.
        SHAPES[(place + 3 * (place / VARIANT_COLOURS)) % SHAPES.len()]
    }

    /// Returns the corners of the shape around (0, 0) for a radius in pixels; none for the circle.
    #[must_use]
    pub fn corners(self, radius: f64) -> Vec<(f64, f64)> {
        let r = radius;
        let polygon = |count: usize, turn: f64, r: f64| {
            (0..count)
                .map(|corner| {
                    let angle = turn + std::f64::consts::TAU * corner as f64 / count as f64;
                    (r * angle.sin(), -r * angle.cos())
                })
                .collect()
        };
        match self {
            Self::Circle => Vec::new(),
            Self::Square => vec![(-r, -r), (r, -r), (r, r), (-r, r)],
            Self::Triangle => polygon(3, 0.0, r * 1.3),
            Self::TriangleDown => polygon(3, std::f64::consts::PI, r * 1.3),
            Self::Diamond => polygon(4, 0.0, r * 1.3),
            Self::Pentagon => polygon(5, 0.0, r * 1.15),
            Self::Plus | Self::Cross => {
                let (long, short) = (r * 1.2, r * 0.45);
                let plus = [
                    (-short, -long),
                    (short, -long),
                    (short, -short),
                    (long, -short),
                    (long, short),
                    (short, short),
                    (short, long),
                    (-short, long),
                    (-short, short),
                    (-long, short),
                    (-long, -short),
                    (-short, -short),
                ];
                if self == Self::Plus {
                    return plus.to_vec();
                }
                let half = std::f64::consts::FRAC_1_SQRT_2;
                plus.iter().map(|(x, y)| ((x - y) * half, (x + y) * half)).collect()
            }
        }
    }
}

/// Text size of variant names, in pixels.
pub const LABEL_SIZE: f64 = 13.0;
/// Text size of tick labels, in pixels.
pub const TICK_SIZE: f64 = 12.0;
/// Radius of a variant's mark, in pixels.
pub const MARK_RADIUS: f64 = 5.0;

/// Estimates the width of a text in pixels, a little too wide rather than too narrow.
#[must_use]
pub fn text_width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|letter| match letter {
            'i' | 'j' | 'l' | '.' | ',' | '\'' | '|' | ' ' | 'f' | 't' | 'I' | '(' | ')' => 0.34,
            'm' | 'w' | 'M' | 'W' | '%' | '×' => 0.88,
            letter if letter.is_ascii() => 0.58,
            letter if (letter as u32) < 0x2E80 => 0.62,
            _ => 1.05,
        })
        .sum::<f64>()
        * size
}

/// Cuts a name to a width in pixels, with an ellipsis if it is too long.
#[must_use]
pub fn shortened(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    for letter in text.chars() {
        if text_width(&short, size) + text_width("m…", size) > width {
            break;
        }
        short.push(letter);
    }
    format!("{}…", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_colours_become_variables_and_text_stays() {
        let svg =
            "<path fill=\"#0072B2\"/><text fill=\"#1B1F24\">&quot;#0072B2&quot; #0072B2</text>";
        assert_eq!(
            with_variables(svg, true),
            "<path fill=\"var(--c-v0,#0072B2)\"/><text fill=\"var(--c-ink,#1B1F24)\">&quot;#0072B2&quot; #0072B2</text>"
        );
    }

    #[test]
    fn sixteen_variants_differ_in_colour_or_shape() {
        let looks: std::collections::HashSet<String> = (0..16)
            .map(|place| format!("{:?}{:?}", Role::Variant(place).colour(), Shape::of(place)))
            .collect();
        assert_eq!(looks.len(), 16);
    }

    #[test]
    fn long_names_are_cut_to_the_width() {
        assert_eq!(shortened("lru", 13.0, 60.0), "lru");
        let short = shortened("a-very-long-name-for-a-variant-indeed", 13.0, 90.0);
        assert!(short.ends_with('…') && text_width(&short, 13.0) <= 90.0, "{short}");
    }
}
