// Redraws the chart of mean access time by miss cost for the chosen network distance.

function element(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Selects at most `room` evenly spaced ticks within a range.
function ticksWithin(ticks, [low, high], room) {
  const inside = ticks.filter(({ ns }) => ns >= low * (1 - 1e-9) && ns <= high * (1 + 1e-9));
  const every = Math.max(1, Math.ceil(inside.length / room));
  return inside.filter((_, index) => index % every === 0);
}

// Moves positions at least `gap` apart, and keeps them within the limits if they fit.
function spread(wanted, gap, [top, bottom]) {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b]);
  const places = [];
  let last = top - gap;
  for (const index of order) last = places[index] = Math.max(wanted[index], last + gap);
  let next = bottom + gap;
  for (const index of order.reverse()) next = places[index] = Math.min(places[index], next - gap);
  return places;
}

// Draws the chart in one width; `marks` are the variants' marks from the properties table.
function accessTimeChart(data, scenario, marks, shown, { miss, distance }, width) {
  const narrow = width < 400, height = narrow ? 300 : 340;
  const ranking = scenario.distances[distance];
  const lines = scenario.lines.filter((line) => shown(line.index));
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "moving", "aria-label": ranking.label });
  if (lines.length === 0) return svg;
  const costs = data.miss_costs.map(({ ns }) => ns);
  const means = (line) => line.means[distance] || line.means[0];
  const right = width - (narrow ? 108 : 140);
  const across = [58, right], down = [30, height - 46];
  const ends = lines.flatMap((line) => [means(line)[0], means(line)[costs.length - 1]]);
  const costRange = [costs[0], costs[costs.length - 1]];
  const timeRange = [Math.min(...ends) / 1.4, Math.max(...ends) * 1.4];
  const log = (value, [low, high], [from, to]) =>
    from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
  const x = (value) => log(value, costRange, across);
  const y = (value) => log(value, timeRange, [down[1], down[0]]);
  const text = (content, at, anchor, role) => svg.append(element("text",
    { x: at[0], y: at[1], "text-anchor": anchor, class: role, "dominant-baseline": "central" }, content));
  const stroke = (points, color, thick, more) => svg.append(element("polyline", { fill: "none", stroke: color,
    "stroke-width": thick, points: points.map((point) => point.map((v) => v.toFixed(1)).join(",")).join(" "), ...more }));

  for (const tick of ticksWithin(data.ticks, costRange, narrow ? 4 : 7)) {
    stroke([[x(tick.ns), down[0]], [x(tick.ns), down[1]]], "var(--c-grid)", 1);
    text(tick.text, [x(tick.ns), down[1] + 14], "middle", "tick");
  }
  for (const tick of ticksWithin(data.ticks, timeRange, 6)) {
    stroke([[across[0], y(tick.ns)], [across[1], y(tick.ns)]], "var(--c-grid)", 1);
    text(tick.text, [across[0] - 8, y(tick.ns)], "end", "tick");
  }
  text(data.axes[0], [(across[0] + across[1]) / 2, down[1] + 34], "middle", "tick");
  text(data.axes[1], [2, down[0] - 16], "start", "tick");

  stroke([[x(costs[miss]), down[0] - 4], [x(costs[miss]), down[1]]], "var(--c-ink)", 1, { "stroke-dasharray": "4 3" });
  const points = (line, steps) => steps.map((step) => [x(costs[step]), y(means(line)[step])]);
  const steps = costs.map((_, step) => step);
  for (const line of lines) {
    const color = `var(--c-v${line.index % 8})`;
    stroke(points(line, steps), color, 1.5, { "data-line": data.variants[line.index] });
    const lowest = scenario.confirmed
      ? steps.filter((step) => segmentAt(ranking, costs[step]).lowest === line.index) : [];
    if (lowest.length > 1) stroke(points(line, lowest), color, 4);
    svg.append(element("circle", { cx: x(costs[miss]), cy: y(means(line)[miss]), r: 3.5, fill: color }));
  }
  const wanted = lines.map((line) => y(means(line)[costs.length - 1]));
  spread(wanted, 16, down).forEach((place, index) => {
    const line = lines[index];
    stroke([[across[1], wanted[index]], [right + 8, wanted[index]], [right + 13, place]], "var(--c-grid)", 1);
    const mark = marks[line.index].cloneNode(true);
    for (const [key, value] of [["x", right + 16], ["y", place - 6], ["width", 12], ["height", 12]]) mark.setAttribute(key, value);
    svg.append(mark);
    const room = narrow ? 11 : 15, name = data.variants[line.index];
    text(name.length > room ? name.slice(0, room - 1) + "…" : name, [right + 32, place], "start", "label");
  });
  return svg;
}

// Finds the precomputed segment that contains a miss cost.
function segmentAt(ranking, cost) {
  return ranking.segments.find(({ to }) => cost <= to) || ranking.segments[ranking.segments.length - 1];
}
