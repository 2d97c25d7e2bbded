//! Self-contained HTML page with the characteristics of a workload.

use std::fmt::Write;

use bakeoff_workload::profile::{Quantiles, WorkloadProfile};

/// Size of a plot and of its margins, in pixels.
const WIDTH: f64 = 460.0;
const HEIGHT: f64 = 260.0;
const MARGIN: f64 = 56.0;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem}\
table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left;font-variant-numeric:tabular-nums}\
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(22rem,1fr));gap:1.5rem}\
figure{margin:0}svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:currentColor}\
.line{fill:none;stroke:#2266bb;stroke-width:2}.frame{fill:none;stroke:currentColor;opacity:.4}\
@media(prefers-color-scheme:dark){body{background:#16181c;color:#e4e4e4}.line{stroke:#6fb1ff}}";

/// Axis of a plot.
struct Axis {
    title: &'static str,
    logarithmic: bool,
}

/// Returns the page.
pub fn page(name: &str, portrait: &WorkloadProfile) -> String {
    let name = escaped(name);
    let mut plots = String::new();
    for plot in plots_of(portrait) {
        plots.push_str(&plot);
    }
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <title>{name}: workload characteristics</title><style>{STYLE}</style>\
         <h1>{name}</h1>\n{}\n<div class=\"plots\">{plots}</div></html>\n",
        table(portrait)
    )
}

fn table(portrait: &WorkloadProfile) -> String {
    let info = &portrait.info;
    let mut rows = vec![
        ("requests", info.requests.to_string()),
        ("keys", info.unique_keys.to_string()),
        ("reads", percent(portrait.read_share)),
        ("keys with one request", percent(portrait.one_hit_share)),
    ];
    if let Some(skew) = &portrait.skew {
        rows.push(("Zipf exponent", format!("{:.3} (R² {:.3})", skew.exponent, skew.r_squared)));
        rows.push(("requests for the top 1 % of the keys", percent(skew.top_percent_share)));
    }
    if let Some(distances) = &portrait.reuse_distances {
        rows.push(("reuse distance, keys", quantiles(distances)));
    }
    if let Some(sizes) = &portrait.sizes {
        rows.push(("size, bytes", quantiles(sizes)));
    }
    if portrait.info.unsized_requests > 0 {
        rows.push(("sizes", portrait.size_coverage()));
    }
    if let Some(ttl) = &portrait.ttl_seconds {
        rows.push(("time to live, s", quantiles(ttl)));
    }
    if let Some(arrivals) = &portrait.arrivals {
        rows.push(("requests per second", format!("{:.1}", arrivals.mean_rate)));
        rows.push(("peak / mean", format!("{:.2}", arrivals.peak_to_mean)));
        if let Some(dispersion) = arrivals.dispersion {
            rows.push(("dispersion (1: random)", format!("{dispersion:.2}")));
        }
    }
    let rows: String = rows
        .into_iter()
        .map(|(name, value)| format!("<tr><th scope=\"row\">{name}<td>{value}"))
        .collect();
    format!("<table>{rows}</table>")
}

fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

fn quantiles(quantiles: &Quantiles) -> String {
    let Quantiles { p10, p50, p90, p99, max, .. } = quantiles;
    format!("median {p50}, p10 {p10}, p90 {p90}, p99 {p99}, maximum {max}")
}

fn plots_of(portrait: &WorkloadProfile) -> Vec<String> {
    let log = |title| Axis { title, logarithmic: true };
    let linear = |title| Axis { title, logarithmic: false };
    let mut plots = Vec::new();
    if let Some(skew) = &portrait.skew {
        let points = skew.ranks.iter().map(|&(rank, count)| (rank as f64, count as f64));
        plots.push(plot("Popularity", &log("rank"), &log("requests"), points.collect()));
    }
    let points =
        portrait.lru_curve.iter().map(|p| (p.capacity_entries as f64, p.hit_ratio * 100.0));
    let hits = linear("hit ratio, %");
    plots.push(plot("LRU hit ratio", &log("capacity, entries"), &hits, points.collect()));
    let set = |of: fn(&bakeoff_workload::profile::WorkingSetInterval) -> u64| {
        portrait.working_set.iter().map(|s| (s.end as f64, of(s) as f64)).collect()
    };
    let (requests, keys) = (linear("requests"), linear("keys"));
    plots.push(plot("Working set", &requests, &keys, set(|s| s.unique_keys)));
    plots.push(plot("Keys so far", &requests, &keys, set(|s| s.unique_keys_so_far)));
    if let Some(arrivals) = &portrait.arrivals {
        let points = (0..).zip(&arrivals.rates).map(|(at, &rate)| (f64::from(at), rate));
        let (time, rate) = (linear("time"), linear("requests per second"));
        plots.push(plot("Arrivals", &time, &rate, points.collect()));
    }
    if let Some(Quantiles { min, p10, p25, p50, p75, p90, p99, max, .. }) = portrait.sizes {
        let shares = [0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 100.0];
        let sizes = [min, p10, p25, p50, p75, p90, p99, max].map(|size| size.max(1.0));
        let points = sizes.into_iter().zip(shares).collect();
        plots.push(plot("Sizes", &log("bytes"), &linear("cumulative requests, %"), points));
    }
    plots
}

/// Returns an HTML figure with a line through the points.
fn plot(title: &str, x: &Axis, y: &Axis, points: Vec<(f64, f64)>) -> String {
    let scaled =
        |axis: &Axis, value: f64| if axis.logarithmic { value.max(1e-9).ln() } else { value };
    let range = |axis: &Axis, values: &mut dyn Iterator<Item = f64>| {
        let (low, high) =
            values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)));
        let low = if axis.logarithmic { low } else { low.min(0.0) };
        (low, if high > low { high } else { low + 1.0 })
    };
    let (left, right) = range(x, &mut points.iter().map(|point| point.0));
    let (bottom, top) = range(y, &mut points.iter().map(|point| point.1));
    let place = |axis: &Axis, value: f64, low: f64, high: f64| {
        (scaled(axis, value) - scaled(axis, low)) / (scaled(axis, high) - scaled(axis, low))
    };
    let mut line = String::new();
    for &(at, value) in &points {
        let across = MARGIN + place(x, at, left, right) * (WIDTH - MARGIN - 12.0);
        let down = HEIGHT - 40.0 - place(y, value, bottom, top) * (HEIGHT - 52.0);
        // Writing to a string cannot fail.
        let _ = write!(line, "{across:.1},{down:.1} ");
    }
    let (end, base) = (WIDTH - 12.0, HEIGHT - 40.0);
    format!(
        "<figure><figcaption>{title}</figcaption>\
         <svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">\
         <path class=\"frame\" d=\"M{MARGIN} 12V{base}H{end}\"/>\
         <polyline class=\"line\" points=\"{line}\"/>\
         <text x=\"{MARGIN}\" y=\"{}\">{}</text>\
         <text x=\"{end}\" y=\"{}\" text-anchor=\"end\">{}</text>\
         <text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>\
         <text x=\"{}\" y=\"{base}\" text-anchor=\"end\">{}</text>\
         <text x=\"{}\" y=\"22\" text-anchor=\"end\">{}</text>\
         <text x=\"{}\" y=\"10\">{}</text></svg></figure>\n",
        base + 16.0,
        number(left),
        base + 16.0,
        number(right),
        (MARGIN + end) / 2.0,
        base + 32.0,
        x.title,
        MARGIN - 6.0,
        number(bottom),
        MARGIN - 6.0,
        number(top),
        MARGIN + 4.0,
        y.title,
    )
}

/// Formats a number briefly, for an axis.
fn number(value: f64) -> String {
    match value.abs() {
        1e9.. => format!("{:.1} G", value / 1e9),
        1e6.. => format!("{:.1} M", value / 1e6),
        1e4.. => format!("{:.0} k", value / 1e3),
        10.0.. => format!("{value:.0}"),
        _ => format!("{value:.3}").trim_end_matches('0').trim_end_matches('.').to_owned(),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn numbers_on_axes_are_short() {
        let shown = [0.0, 0.25, 12.0, 45_600.0, 7_200_000.0].map(number);
        assert_eq!(shown, ["0", "0.25", "12", "46 k", "7.2 M"]);
    }
}
