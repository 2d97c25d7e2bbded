// Mean time a request: t + trips · distance + misses · cost, and who takes least where.

const least = 1e3, most = 1e9;
// What is said of who takes least where a run is unproven.
const doubt = "by estimate, in a run that cannot be believed";

function middle(line) {
  return (line.misses[0] + line.misses[1]) / 2;
}

function meanAt(line, miss, distance) {
  const far = line.trips * distance;
  return [line.time[0] + far + middle(line) * miss,
    line.time[1] + far + line.misses[0] * miss,
    line.time[2] + far + line.misses[1] * miss];
}

function ranked(scenario, miss, distance) {
  const at = (line) => meanAt(line, miss, distance)[0];
  return [...scenario.lines].sort((a, b) => at(a) - at(b));
}

// The pair's difference, one minus other: time without misses, from low to high; fewer misses.
function between(scenario, one, other) {
  for (const pair of scenario.pairs) {
    if (pair.variant === one && pair.baseline === other) return pair;
    if (pair.variant === other && pair.baseline === one) {
      return { time: -pair.time, low: -pair.high, high: -pair.low, fewer: [-pair.fewer[1], -pair.fewer[0]] };
    }
  }
  return null;
}

// Whether one line surely takes less time than another; null where they were never paired.
function surely(scenario, one, other, miss, distance) {
  const pair = between(scenario, one.place, other.place);
  return pair && pair.high + (one.trips - other.trips) * distance - pair.fewer[0] * miss < 0;
}

// Every cost at which another variant takes over, from the least cost to the most.
function turns(scenario, distance) {
  const eligible = scenario.lines.filter((line) => line.eligible);
  if (eligible.length === 0) return null;
  const start = (line) => meanAt(line, least, distance)[0];
  const first = eligible.reduce((a, b) => (start(b) < start(a) ? b : a));
  const found = [];
  const meeting = (below, above) =>
    (meanAt(above, 0, distance)[0] - meanAt(below, 0, distance)[0]) / (middle(below) - middle(above));
  // The pair knows better than the two medians.
  const turn = (below, above) =>
    ({ at: meeting(below, above), range: null, ...sureTurn(scenario, below, above, distance), below, above });
  for (let best = first, from = least; ;) {
    const next = eligible.filter((line) => middle(line) < middle(best))
      .map((line) => ({ at: meeting(best, line), line }))
      .filter(({ at }) => at >= from && at <= most)
      .sort((a, b) => a.at - b.at || middle(a.line) - middle(b.line))[0];
    if (!next) return { first, found };
    let step = turn(best, next.line);
    // Where pairs put it before the last one, nobody takes least between the two.
    while (found.length > 0 && found[found.length - 1].at >= step.at) step = turn(found.pop().below, next.line);
    found.push(step);
    best = next.line;
    from = next.at;
  }
}

// Where one line passes another, as a range, if it surely does.
function sureTurn(scenario, below, above, distance) {
  const pair = between(scenario, above.place, below.place);
  if (!pair) return {};
  const far = (above.trips - below.trips) * distance;
  const [least, most] = pair.fewer;
  if (pair.low + far <= 0 || least <= 0) return {};
  return { at: (pair.time + far) / ((least + most) / 2), range: [(pair.low + far) / most, (pair.high + far) / least] };
}

function rankingSentence(scenario, names, miss, distance) {
  const [best, ...others] = ranked(scenario, miss, distance).filter((line) => line.eligible);
  if (!best) return "No bounded variant left figures to rank.";
  const mean = duration(meanAt(best, miss, distance)[0]);
  const where = `Where a miss costs ${duration(miss)}, ${names[best.place]} takes`;
  if (others.length === 0) return `${where} ${mean} a request on average; no other bounded variant left figures.`;
  const named = (wanted) => listed(others.filter((other) => surely(scenario, best, other, miss, distance) === wanted)
    .map((line) => names[line.place]));
  const parts = [["surely less than", named(true)], ["not surely less than", named(false)], ["by estimate less than", named(null)]];
  const told = parts.filter(([, said]) => said).map((part) => part.join(" ")).join(", ");
  const sure = scenario.proven ? told : doubt;
  return `${where} least on average: ${mean} a request, ${sure}.`;
}

// What the sentence about turns rests on, where that is no proof; empty where every leader is told apart.
function reservation(scenario, names, { first, found }, distance) {
  if (!scenario.proven) return `, ${doubt}`;
  const leaders = [{ line: first, from: least }, ...found.map(({ above, at }) => ({ line: above, from: at }))];
  // Of two that surely turn, the turn's own range says all.
  const told = found.flatMap(({ above, range }, place) => {
    const below = place === 0 ? first : found[place - 1].above;
    return range ? [[below, above], [above, below]] : [];
  });
  const said = [];
  leaders.forEach(({ line, from }, place) => {
    const to = place < found.length ? found[place].at : most;
    const open = scenario.lines.filter((rival) => rival.eligible && rival !== line)
      .filter((rival) => !told.some(([one, other]) => one === rival && other === line))
      .map((rival) => [rival, openUpTo(scenario, line, rival, from, to, distance)])
      .filter(([, where]) => where !== null);
    for (const [rival] of open) told.push([line, rival]);
    const rivals = open.map(([rival, where]) => names[rival.place] + where);
    if (rivals.length > 0) said.push(`${names[line.place]} is not separated from ${listed(rivals)}`);
  });
  return said.length === 0 ? "" : `, by estimate: ${said.join("; ")}`;
}

// Where the interval of a difference holds zero: all the way, or below some cost where the range begins with it.
function openUpTo(scenario, line, rival, from, to, distance) {
  const pair = between(scenario, line.place, rival.place);
  if (!pair) return null;
  const far = (line.trips - rival.trips) * distance;
  const highest = (miss) => pair.high + far - pair.fewer[0] * miss;
  if (pair.low + far - pair.fewer[1] * from > 0 || highest(from) < 0) return null;
  if (highest(to) >= 0) return "";
  if (from > least) return null;
  return ` below ${duration(from + (to - from) * highest(from) / (highest(from) - highest(to)))}`;
}

function turningSentence(scenario, names, distance) {
  const turned = turns(scenario, distance);
  if (!turned) return "";
  const first = names[turned.first.place];
  const end = `${reservation(scenario, names, turned, distance)}.`;
  if (turned.found.length === 0) return `${first} takes least at every cost from 1 µs to 1 s${end}`;
  const steps = turned.found.map(({ at, range: ends }, place) => {
    const where = ends && scenario.proven ? cost(at, ends[0], ends[1]) : `about ${duration(at)} (not certain)`;
    return place === 0 ? ` up to ${where} a miss` : `, then ${names[turned.found[place - 1].above.place]} up to ${where}`;
  });
  const last = names[turned.found[turned.found.length - 1].above.place];
  return `${first} takes least${steps.join("")}, ${last} above${end}`;
}
