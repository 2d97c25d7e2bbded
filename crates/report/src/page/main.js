// Unpacks the data, connects the controls, and keeps page, controls and address in sync.

const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const one = (selector, from = document) => from.querySelector(selector);

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

function start(data) {
  const names = data.variants;
  const baselines = new Set(all("#baseline option").map((option) => option.value || option.textContent));
  const scenarios = new Map(data.scenarios.map((scenario) => [scenario.name, scenario]));
  const known = { baselines, scenarios, variants: new Set(names),
    misses: data.miss_costs.map(({ text }) => text.replace(" ", "").replace("µ", "u")),
    distances: data.distances.map(({ name }) => name) };
  const defaults = { baseline: data.baseline, scenario: data.scenarios.length ? data.scenarios[0].name : "", miss: data.default_miss, distance: 0, anchor: "" };
  const marks = names.map((_, index) => one(`#properties [data-variant="${index}"] .mark`));
  const tables = all("main table").filter((table) => table.tHead);
  const plain = new Map(tables.map((table) => [table, rowsOf(table)]));
  const shown = (index) => !state.hidden.has(names[index]);
  const [miss, distance] = [one("#miss"), one("#distance")];
  let state = readState(location.hash, defaults, known);

  function set(change) {
    Object.assign(state, change);
    history.replaceState(null, "", writeState(state, defaults, known) || location.pathname + location.search);
    show();
  }

  function showFilter() {
    for (const part of all("[data-scenario]")) {
      part.hidden = state.scenario !== "" && part.dataset.scenario !== state.scenario;
    }
    for (const part of all("[data-variant]")) part.hidden = !shown(Number(part.dataset.variant));
    names.forEach((name, index) => {
      const sharing = names.some((_, other) => other % 8 === index % 8 && shown(other));
      for (const role of [`--c-v${index % 8}`, `--c-l${index % 8}`]) {
        if (sharing) one("main").style.removeProperty(role);
        else one("main").style.setProperty(role, "transparent");
      }
    });
    for (const box of all(".toolbar [data-index]")) box.checked = shown(Number(box.dataset.index));
    for (const tab of all("[data-pick]")) tab.setAttribute("aria-current", String(tab.dataset.pick === state.scenario));
  }

  function showBaseline() {
    one("#baseline").value = state.baseline;
    for (const table of all(".matrix")) {
      const scenario = scenarios.get(table.closest("[data-scenario]").dataset.scenario);
      showDifferences(table, scenario, names, state.baseline);
    }
    for (const figure of all("#pairs figure")) {
      const drawn = scenarios.get(figure.dataset.scenario).differences[state.baseline];
      if (!drawn || figure.dataset.baseline === state.baseline) continue;
      const open = one("details", figure).open;
      const fresh = document.createRange().createContextualFragment(drawn).firstElementChild;
      fresh.dataset.baseline = state.baseline;
      one("details", fresh).open = open;
      figure.replaceWith(fresh);
    }
  }

  function showAccessTimes() {
    if (!miss) return;
    const [cost, far] = [data.miss_costs[state.miss], data.distances[state.distance]];
    for (const [slider, value, text] of [[miss, state.miss, cost.text], [distance, state.distance, far.text]]) {
      slider.value = value;
      slider.setAttribute("aria-valuetext", text);
      one(`#${slider.id}-value`).textContent = text;
    }
    for (const stop of all("[data-miss]")) stop.setAttribute("aria-pressed", String(Number(stop.dataset.miss) === state.miss));
    for (const stop of all("[data-distance]")) stop.setAttribute("aria-pressed", String(Number(stop.dataset.distance) === state.distance));
    for (const block of all(".ranked")) {
      const scenario = scenarios.get(block.dataset.scenario);
      const ranking = scenario.distances[state.distance];
      const segment = segmentAt(ranking, cost.ns);
      one(".ranking", block).textContent = segment.sentence;
      one(".crossovers", block).textContent = ranking.sentence;
      const body = one("tbody", block);
      for (const index of segment.ranking) {
        const line = scenario.lines.find((line) => line.index === index);
        const row = one(`[data-variant="${index}"]`, body);
        one(".mean", row).textContent = (line.texts[state.distance] || line.texts[0])[state.miss];
        body.append(row);
      }
      const drawn = one(".drawn figure", block);
      for (const [size, width] of [[".wide", 560], [".narrow", 340]]) {
        one(size, drawn).replaceChildren(accessTimeChart(data, scenario, marks, shown, state, width));
      }
      one("figcaption strong", drawn).textContent = ranking.title;
    }
  }

  function showOrder() {
    for (const [table, rows] of plain) {
      if (!table.isConnected || table.closest(".ranked")) continue;
      const order = state.sort.find(([id]) => id === table.id);
      if (order) sortBy(table, Number(order[1]), order[2] === "up" ? "ascending" : "descending");
      else table.tBodies[0].append(...rows);
    }
  }

  function show() {
    showBaseline();
    showFilter();
    showAccessTimes();
    showOrder();
  }

  function sorted(table, column, direction) {
    const others = state.sort.filter(([id]) => id !== table.id);
    set({ sort: [...others, [table.id, String(column), direction === "ascending" ? "up" : "down"]] });
  }

  for (const table of tables) if (table.id) makeSortable(table, sorted);
  for (const table of all(".matrix")) makePickable(table, names, baselines, (baseline) => set({ baseline }));
  one("#baseline").addEventListener("change", (event) => set({ baseline: event.target.value }));
  for (const tab of all("[data-pick]")) {
    tab.addEventListener("click", (event) => {
      event.preventDefault();
      set({ scenario: tab.dataset.pick });
    });
  }
  for (const box of all(".toolbar [data-index]")) {
    box.addEventListener("change", () => {
      const hidden = new Set(state.hidden);
      hidden[box.checked ? "delete" : "add"](names[Number(box.dataset.index)]);
      set({ hidden });
    });
  }
  if (miss) {
    miss.addEventListener("input", () => set({ miss: Number(miss.value) }));
    distance.addEventListener("input", () => set({ distance: Number(distance.value) }));
    for (const stop of all("[data-miss]")) stop.addEventListener("click", () => set({ miss: Number(stop.dataset.miss) }));
    for (const stop of all("[data-distance]")) stop.addEventListener("click", () => set({ distance: Number(stop.dataset.distance) }));
  }
  // A link within the page keeps the state.
  for (const link of all('a[href^="#"]:not([data-pick])')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const anchor = link.getAttribute("href").slice(1);
      set({ anchor });
      goTo(anchor);
    });
  }
  window.addEventListener("hashchange", () => {
    state = readState(location.hash, defaults, known);
    show();
    goTo(state.anchor);
  });
  for (const form of all(".toolbar, .sliders")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
  }
  document.documentElement.classList.add("scripted");
  explainTerms();
  show();
  goTo(state.anchor);
  document.documentElement.dataset.ready = "yes";
}

function goTo(anchor) {
  const target = anchor && document.getElementById(anchor);
  if (!target) return;
  for (let fold = target.closest("details") || one("details.fold", target); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.scrollIntoView();
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

// A browser that cannot unpack the data shows the static page.
if (typeof DecompressionStream === "function") unpacked(one("#data").textContent).then(start);
