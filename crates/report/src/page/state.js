// Reads and writes the state of the page in its address: #section&baseline=lru&miss=5ms&distance=same-zone&…

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

// Parses an address; invalid parts keep their default.
function readState(hash, defaults, known) {
  const state = { ...defaults, hidden: new Set(), sort: [] };
  const [anchor, ...pairs] = decoded(hash.replace(/^#/, "")).split("&");
  if (anchor.includes("=")) pairs.unshift(anchor);
  else state.anchor = anchor;
  for (const pair of pairs) {
    const [key, value = ""] = pair.split("=");
    if (key === "baseline" && known.baselines.has(value)) state.baseline = value;
    if (key === "scenario" && (value === "" || known.scenarios.has(value))) state.scenario = value;
    if (key === "miss" && known.misses.includes(value)) state.miss = known.misses.indexOf(value);
    if (key === "distance" && known.distances.includes(value)) state.distance = known.distances.indexOf(value);
    if (key === "hide") value.split(",").filter((name) => known.variants.has(name)).forEach((name) => state.hidden.add(name));
    if (key === "sort") state.sort = value.split(",").map((one) => one.split(":")).filter((one) => one.length === 3);
  }
  return state;
}

// Formats the state as an address that lists only differences from the defaults.
function writeState(state, defaults, known) {
  const parts = [state.anchor];
  if (state.baseline !== defaults.baseline) parts.push(`baseline=${state.baseline}`);
  if (state.scenario !== defaults.scenario) parts.push(`scenario=${state.scenario}`);
  if (state.miss !== defaults.miss) parts.push(`miss=${known.misses[state.miss]}`);
  if (state.distance !== defaults.distance) parts.push(`distance=${known.distances[state.distance]}`);
  if (state.hidden.size) parts.push(`hide=${[...state.hidden].join(",")}`);
  if (state.sort.length) parts.push(`sort=${state.sort.map((one) => one.join(":")).join(",")}`);
  const hash = parts.join("&").replace(/^&/, "");
  return hash ? `#${hash}` : "";
}
