// What is shown, as it stands in the address: #section&baseline=lru&miss=5ms&distance=0.5ms&…

function timeOf(text) {
  const found = /^([\d.]+)(ns|µs|us|ms|s)$/.exec(text || "");
  const units = { ns: 1, "µs": 1e3, us: 1e3, ms: 1e6, s: 1e9 };
  return found ? Number(found[1]) * units[found[2]] : NaN;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

function timeWord(ns) {
  return short(ns).replace(" ", "").replace("µ", "u");
}

// The state that an address asks for; what it gets wrong is left at its default.
function readState(hash, defaults, known) {
  const state = { ...defaults, hidden: new Set(), sort: [] };
  const [anchor, ...pairs] = decoded(hash.replace(/^#/, "")).split("&");
  if (anchor.includes("=")) pairs.unshift(anchor);
  else state.anchor = anchor;
  for (const pair of pairs) {
    const [key, value = ""] = pair.split("=");
    const time = timeOf(value);
    if (key === "baseline" && known.baselines.has(value)) state.baseline = value;
    if (key === "load" && known.loads.includes(value)) state.load = value;
    if (key === "scenario" && known.scenarios.has(value)) state.scenario = value;
    if (key === "miss" && time >= least && time <= most) state.miss = time;
    if (key === "distance" && time >= 0 && time <= 1e8) state.distance = time;
    if (key === "hide") value.split(",").filter((name) => known.variants.has(name)).forEach((name) => state.hidden.add(name));
    if (key === "sort") state.sort = value.split(",").map((one) => one.split(":")).filter((one) => one.length === 3);
  }
  return state;
}

// Only what differs from the default is said.
function writeState(state, defaults) {
  const parts = [state.anchor];
  if (state.baseline !== defaults.baseline) parts.push(`baseline=${state.baseline}`);
  if (state.scenario) parts.push(`scenario=${state.scenario}`);
  if (state.load !== defaults.load) parts.push(`load=${encodeURIComponent(state.load)}`);
  if (state.miss !== defaults.miss) parts.push(`miss=${timeWord(state.miss)}`);
  if (state.distance !== 0) parts.push(`distance=${timeWord(state.distance)}`);
  if (state.hidden.size) parts.push(`hide=${[...state.hidden].join(",")}`);
  if (state.sort.length) parts.push(`sort=${state.sort.map((one) => one.join(":")).join(",")}`);
  const said = parts.join("&").replace(/^&/, "");
  return said ? `#${said}` : "";
}
