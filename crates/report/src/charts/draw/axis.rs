//! Axes of charts: scale, range and ticks.

/// Scale of an axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    Linear,
    /// Logarithmic scale of positive values.
    Log,
    /// Scale of ratios, linear near 1 and logarithmic far from 1, so that +1 % and a factor of 100
    /// fit on one axis.
    Ratio {
        /// Half-width of the linear part (0.01 is 1 %).
        delta: f64,
    },
}

impl Scale {
    /// Returns the position of a value on the axis, in a unit that depends on the scale.
    #[must_use]
    pub fn place(self, value: f64) -> f64 {
        match self {
            Self::Linear => value,
            Self::Log => value.log10(),
            Self::Ratio { delta } => {
                let difference = value.ln();
                difference.signum() * (difference.abs() / delta).ln_1p()
            }
        }
    }
}

/// Axis of a chart.
#[derive(Clone, Debug)]
pub struct Axis {
    pub scale: Scale,
    /// Lowest and highest value on the axis.
    pub range: (f64, f64),
    /// Values of the gridlines with their labels; if not all labels fit, earlier ticks are kept.
    pub ticks: Vec<(f64, String)>,
    /// Title with the unit.
    pub title: String,
}

impl Axis {
    /// Returns the positions of both ends of the range.
    #[must_use]
    pub fn ends(&self) -> (f64, f64) {
        (self.scale.place(self.range.0), self.scale.place(self.range.1))
    }

    /// Creates a linear axis that covers the values, with round ticks. It leaves some space at each
    /// end, but stays within `limits`.
    #[must_use]
    pub fn linear(
        values: (f64, f64),
        limits: (f64, f64),
        ticks: usize,
        title: &str,
        label: impl Fn(f64, f64) -> String,
    ) -> Self {
        let (mut low, mut high) = values;
        if high - low < 1e-9 * high.abs().max(1.0) {
            let room = if high == 0.0 { 1.0 } else { high.abs() * 0.1 };
            (low, high) = ((low - room).max(limits.0), (high + room).min(limits.1));
        }
        let step = round_step((high - low) / ticks.max(1) as f64);
        low = ((low / step - 0.15).floor() * step).max(limits.0);
        high = ((high / step + 0.15).ceil() * step).min(limits.1);
        let first = (low / step - 1e-9).ceil() as i64;
        let last = (high / step + 1e-9).floor() as i64;
        let ticks = (first..=last)
            .map(|index| index as f64 * step)
            .map(|value| (value, label(value, step)))
            .collect();
        Self { scale: Scale::Linear, range: (low, high), ticks, title: title.to_owned() }
    }

    /// Creates a logarithmic axis that covers the values (all positive), with space at both ends.
    #[must_use]
    pub fn log(
        values: (f64, f64),
        ticks: usize,
        title: &str,
        label: impl Fn(f64) -> String,
    ) -> Self {
        let room = (values.1 / values.0).powf(0.06).max(1.15);
        let range = (values.0 / room, values.1 * room);
        let decades = (range.1 / range.0).log10();
        let mut places = Vec::new();
        if decades < 0.5 {
            // Less than half a decade contains too few of the values 1, 2 and 5.
            let step = round_step((range.1 - range.0) / ticks.max(2) as f64);
            let first = (range.0 / step).ceil() as i64;
            places.extend((first..=(range.1 / step) as i64).map(|index| index as f64 * step));
        } else {
            let steps: &[f64] = match ticks as f64 / decades {
                room if room < 1.5 => &[1.0],
                room if room < 3.0 => &[1.0, 3.0],
                _ => &[1.0, 2.0, 5.0],
            };
            let every = (decades / ticks as f64).ceil().max(1.0) as i32;
            let powers = (range.0.log10().floor() as i32)..=(range.1.log10().ceil() as i32);
            for power in powers.filter(|power| steps.len() > 1 || power.rem_euclid(every) == 0) {
                places.extend(steps.iter().map(|step| step * 10f64.powi(power)));
            }
        }
        places.retain(|value| (range.0..=range.1).contains(value));
        let ticks = places.into_iter().map(|value| (value, label(value))).collect();
        Self { scale: Scale::Log, range, ticks, title: title.to_owned() }
    }

    /// Creates an axis of ratios that covers the values and at least 1 ± 3 `delta`.
    #[must_use]
    pub fn ratio(values: (f64, f64), delta: f64, title: &str) -> Self {
        let scale = Scale::Ratio { delta };
        let low = scale.place(values.0.min(1.0 - 3.0 * delta));
        let high = scale.place(values.1.max(1.0 + 3.0 * delta));
        let room = (high - low) * 0.05;
        let from_place = |place: f64| (place.signum() * place.abs().exp_m1() * delta).exp();
        let range = (from_place(low - room), from_place(high + room));
        // In order of importance: if not all labels fit, earlier ticks are kept.
        let candidates = [
            1.0, 0.99, 1.01, 0.01, 100.0, 0.1, 10.0, 0.9, 1.1, 0.5, 2.0, 0.001, 1e3, 1e-4, 1e4,
            0.97, 1.03,
        ];
        let ticks = candidates
            .into_iter()
            .filter(|value| (range.0..=range.1).contains(value))
            .map(|value| (value, ratio_tick(value)))
            .collect();
        Self { scale, range, ticks, title: title.to_owned() }
    }
}

fn ratio_tick(value: f64) -> String {
    if value == 1.0 {
        return String::from("0");
    }
    if (0.6..1.9).contains(&value) {
        let change = ((value - 1.0) * 100.0).round();
        return if change < 0.0 { format!("−{} %", -change) } else { format!("+{change} %") };
    }
    if value < 1.0 { format!("{}× less", value.recip().round()) } else { format!("{value}×") }
}

/// Rounds up to 1, 2 or 5 times a power of ten.
fn round_step(raw: f64) -> f64 {
    let power = 10f64.powf(raw.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|step| step * power)
        .find(|step| *step >= raw * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

/// Returns the lowest and the highest value; `None` without values.
#[must_use]
pub fn extent(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values.into_iter().fold(None, |extent, value| match extent {
        None => Some((value, value)),
        Some((low, high)) => Some((f64::min(low, value), f64::max(high, value))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(axis: &Axis) -> Vec<f64> {
        axis.ticks.iter().map(|tick| (tick.0 * 1e6).round() / 1e6).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_cover_the_values() {
        let axis = Axis::linear((0.62, 0.79), (0.0, 1.0), 5, "", |value, _| value.to_string());
        assert!(axis.range.0 <= 0.62 && axis.range.1 >= 0.79, "{axis:?}");
        assert_eq!(values(&axis), [0.6, 0.65, 0.7, 0.75, 0.8]);
        for value in [0.0, 1.0, 0.5] {
            let axis =
                Axis::linear((value, value), (0.0, 1.0), 5, "", |value, _| value.to_string());
            assert!(axis.range.0 < axis.range.1 && axis.ticks.len() > 1, "{axis:?}");
            assert!(axis.range.0 >= 0.0 && axis.range.1 <= 1.0, "{axis:?}");
        }
    }

    #[test]
    fn logarithmic_ticks_fit_narrow_and_wide_ranges() {
        for (low, high) in [(1.0, 1.0), (40e6, 41e6), (1e5, 4e7), (1.0, 1e9)] {
            let axis = Axis::log((low, high), 5, "", |value| value.to_string());
            assert!(axis.ticks.len() >= 2, "{low} {high} {axis:?}");
            assert!(axis.ticks.len() <= 11, "{low} {high} {axis:?}");
            assert!(axis.range.0 < low && axis.range.1 > high);
        }
    }

    #[test]
    fn a_ratio_axis_shows_one_percent_and_a_hundredfold() {
        let axis = Axis::ratio((0.009, 1.35), 0.01, "");
        let place = |value| axis.scale.place(value);
        let (low, high) = axis.ends();
        let share = (place(1.01) - place(0.99)) / (high - low);
        assert!(share > 0.05, "the band takes {share} of the axis");
        assert!((place(2.0) + place(0.5)).abs() < 1e-12);
        assert_eq!(place(1.0), 0.0);
    }
}
