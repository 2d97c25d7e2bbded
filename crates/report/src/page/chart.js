// The chart of mean time against the cost of a miss, drawn anew where a slider moves.

const steps = Array.from({ length: 61 }, (_, step) => least * 10 ** (step / 10));

function element(name, attributes, text) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Powers of ten within a range, thinned out to at most `room` of them.
function powers([low, high], room) {
  const from = Math.ceil(Math.log10(low) - 1e-9), to = Math.floor(Math.log10(high) + 1e-9);
  const every = Math.max(1, Math.ceil((to - from + 1) / room));
  const all = [];
  for (let power = from; power <= to; power += every) all.push(10 ** power);
  return all;
}

// Places along a line at least `gap` apart, none beyond the limits as long as they fit.
function spread(wanted, gap, [top, bottom]) {
  const order = wanted.map((_, index) => index).sort((a, b) => wanted[a] - wanted[b]);
  const places = [];
  let last = top - gap;
  for (const index of order) last = places[index] = Math.max(wanted[index], last + gap);
  let next = bottom + gap;
  for (const index of order.reverse()) next = places[index] = Math.min(places[index], next - gap);
  return places;
}

// One drawing. `marks` are the variants' marks as they stand in the tables.
function costChart(scenario, names, marks, shown, { miss, distance }, width) {
  const narrow = width < 400, height = narrow ? 300 : 340;
  const lines = scenario.lines.filter((line) => shown(line.place));
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "moving",
    "aria-label": `${turningSentence(scenario, names, distance)} The table beside it says the same for one cost.` });
  if (lines.length === 0) return svg;
  const right = width - (narrow ? 108 : 140);
  const across = [58, right], down = [30, height - 46];
  const ends = lines.flatMap((line) => [meanAt(line, least, distance)[0], meanAt(line, most, distance)[0]]);
  const times = [Math.min(...ends) / 1.4, Math.max(...ends) * 1.4];
  const log = (value, [low, high], [from, to]) =>
    from + (Math.log(value / low) / Math.log(high / low)) * (to - from);
  const x = (value) => log(value, [least, most], across);
  const y = (value) => log(value, times, [down[1], down[0]]);
  const text = (said, at, anchor, role) => svg.append(element("text",
    { x: at[0], y: at[1], "text-anchor": anchor, class: role, "dominant-baseline": "central" }, said));
  const stroke = (points, colour, thick, more) => svg.append(element("polyline", { fill: "none", stroke: colour,
    "stroke-width": thick, points: points.map((point) => point.map((v) => v.toFixed(1)).join(",")).join(" "), ...more }));

  for (const value of powers([least, most], narrow ? 4 : 7)) {
    stroke([[x(value), down[0]], [x(value), down[1]]], "var(--c-grid)", 1);
    text(short(value), [x(value), down[1] + 14], "middle", "tick");
  }
  for (const value of powers(times, 6)) {
    stroke([[across[0], y(value)], [across[1], y(value)]], "var(--c-grid)", 1);
    text(short(value), [across[0] - 8, y(value)], "end", "tick");
  }
  text("what a miss costs", [(across[0] + across[1]) / 2, down[1] + 34], "middle", "tick");
  text("mean time a request", [2, down[0] - 16], "start", "tick");

  stroke([[x(miss), down[0] - 4], [x(miss), down[1]]], "var(--c-ink)", 1, { "stroke-dasharray": "4 3" });
  const winner = (cost) => ranked(scenario, cost, distance).find((line) => line.eligible);
  const points = (line, costs) => costs.map((cost) => [x(cost), y(meanAt(line, cost, distance)[0])]);
  for (const line of lines) {
    const colour = `var(--c-v${line.place % 8})`;
    stroke(points(line, steps), colour, 1.5, { "data-line": names[line.place] });
    const won = scenario.proven ? steps.filter((cost) => winner(cost) === line) : [];
    if (won.length > 1) stroke(points(line, won), colour, 4);
    svg.append(element("circle", { cx: x(miss), cy: y(meanAt(line, miss, distance)[0]), r: 3.5, fill: colour }));
  }
  const wanted = lines.map((line) => y(meanAt(line, most, distance)[0]));
  spread(wanted, 16, down).forEach((place, index) => {
    const line = lines[index];
    stroke([[across[1], wanted[index]], [right + 8, wanted[index]], [right + 13, place]], "var(--c-grid)", 1);
    const mark = marks[line.place].cloneNode(true);
    for (const [key, value] of [["x", right + 16], ["y", place - 6], ["width", 12], ["height", 12]]) mark.setAttribute(key, value);
    svg.append(mark);
    const room = narrow ? 11 : 15, name = names[line.place];
    text(name.length > room ? name.slice(0, room - 1) + "…" : name, [right + 32, place], "start", "label");
  });
  return svg;
}
