// Unpacks the data, makes the controls work, keeps page, controls and address in step.

const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const one = (selector, from = document) => from.querySelector(selector);

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

// Places on a slider, a hundred a decade, and the two digits that they stand for.
const rounded = (ns) => Number(ns.toPrecision(2));
const missAt = (place) => rounded(least * 10 ** (place / 100));
const distanceAt = (place) => (place === 0 ? 0 : rounded(1e4 * 10 ** ((place - 1) / 100)));
const placeOf = (ns, from) => Math.round(Math.log10(ns / from) * 100);

function start(data) {
  const names = data.variants;
  const baselines = new Set(all("#baseline option").map((option) => option.value || option.textContent));
  const scenarios = new Map(data.scenarios.map((scenario) => [scenario.name, scenario]));
  const loads = [...new Set(all("[data-detail]").map((figure) => figure.dataset.detail))];
  const known = { baselines, scenarios, variants: new Set(names), loads };
  const defaults = { load: loads[0], baseline: data.baseline, scenario: "", miss: data.miss_ns, distance: 0, anchor: "" };
  const marks = names.map((_, place) => one(`#properties [data-variant="${place}"] .mark`));
  const tables = all("main table").filter((table) => table.tHead);
  const plain = new Map(tables.map((table) => [table, rowsOf(table)]));
  const shown = (place) => !state.hidden.has(names[place]);
  const [miss, distance] = [one("#miss"), one("#distance")];
  let state = readState(location.hash, defaults, known);

  function set(change) {
    Object.assign(state, change);
    history.replaceState(null, "", writeState(state, defaults) || location.pathname + location.search);
    show();
  }

  function showFilter() {
    for (const part of all("[data-scenario]")) {
      part.hidden = (state.scenario !== "" && part.dataset.scenario !== state.scenario)
        || (part.dataset.detail !== undefined && part.dataset.detail !== state.load);
    }
    for (const load of all(".loads button")) load.setAttribute("aria-pressed", String(load.textContent === state.load));
    for (const part of all("[data-variant]")) part.hidden = !shown(Number(part.dataset.variant));
    names.forEach((name, place) => {
      const sharing = names.some((_, other) => other % 8 === place % 8 && shown(other));
      for (const role of [`--c-v${place % 8}`, `--c-l${place % 8}`]) {
        if (sharing) one("main").style.removeProperty(role);
        else one("main").style.setProperty(role, "transparent");
      }
    });
    for (const box of all(".toolbar [data-place]")) box.checked = shown(Number(box.dataset.place));
    if (one("#scenario")) one("#scenario").value = state.scenario;
  }

  function showBaseline() {
    one("#baseline").value = state.baseline;
    for (const table of all(".matrix")) {
      const scenario = scenarios.get(table.closest("[data-scenario]").dataset.scenario);
      tellAgainst(table, scenario, names, state.baseline);
    }
    for (const figure of all("#pairs figure")) {
      const drawn = scenarios.get(figure.dataset.scenario).forest[state.baseline];
      if (!drawn || figure.dataset.baseline === state.baseline) continue;
      const open = one("details", figure).open;
      const fresh = document.createRange().createContextualFragment(drawn).firstElementChild;
      fresh.dataset.baseline = state.baseline;
      one("details", fresh).open = open;
      figure.replaceWith(fresh);
    }
  }

  function showCosts() {
    if (!miss) return;
    miss.value = placeOf(state.miss, least);
    distance.value = state.distance === 0 ? 0 : placeOf(state.distance, 1e4) + 1;
    const far = state.distance === 0 ? "as measured" : `${short(state.distance)} more a round trip`;
    one("#miss-said").textContent = short(state.miss);
    one("#distance-said").textContent = far;
    miss.setAttribute("aria-valuetext", short(state.miss));
    distance.setAttribute("aria-valuetext", far);
    for (const stop of all("[data-miss]")) stop.setAttribute("aria-pressed", String(Number(stop.dataset.miss) === state.miss));
    for (const stop of all("[data-distance]")) stop.setAttribute("aria-pressed", String(Number(stop.dataset.distance) === state.distance));
    for (const block of all(".ranked")) {
      const scenario = scenarios.get(block.dataset.scenario);
      one(".ranking", block).textContent = rankingSentence(scenario, names, state.miss, state.distance);
      one(".turning", block).textContent = turningSentence(scenario, names, state.distance);
      const body = one("tbody", block);
      for (const line of ranked(scenario, state.miss, state.distance)) {
        const row = one(`[data-variant="${line.place}"]`, body);
        one(".mean", row).textContent = withoutPoint(cost(...meanAt(line, state.miss, state.distance)));
        body.append(row);
      }
      const drawn = one(".drawn figure", block);
      for (const [size, width] of [[".wide", 560], [".narrow", 340]]) {
        one(size, drawn).replaceChildren(costChart(scenario, names, marks, shown, state, width));
      }
      // What cannot be believed names nobody in a title.
      if (scenario.proven) one("figcaption strong", drawn).textContent = one(".turning", block).textContent.replace(/\.$/, "");
    }
  }

  function showOrder() {
    for (const [table, rows] of plain) {
      if (!table.isConnected || table.closest(".ranked")) continue;
      const asked = state.sort.find(([id]) => id === table.id);
      if (asked) sortBy(table, Number(asked[1]), asked[2] === "up" ? "ascending" : "descending");
      else table.tBodies[0].append(...rows);
    }
  }

  function show() {
    showBaseline();
    showFilter();
    showCosts();
    showOrder();
  }

  function sorted(table, column, direction) {
    const others = state.sort.filter(([id]) => id !== table.id);
    set({ sort: [...others, [table.id, String(column), direction === "ascending" ? "up" : "down"]] });
  }

  for (const table of tables) if (table.id) makeSortable(table, sorted);
  for (const table of all(".matrix")) makePickable(table, names, baselines, (baseline) => set({ baseline }));
  one("#baseline").addEventListener("change", (event) => set({ baseline: event.target.value }));
  if (one("#scenario")) one("#scenario").addEventListener("change", (event) => set({ scenario: event.target.value }));
  for (const box of all(".toolbar [data-place]")) {
    box.addEventListener("change", () => {
      const hidden = new Set(state.hidden);
      hidden[box.checked ? "delete" : "add"](names[Number(box.dataset.place)]);
      set({ hidden });
    });
  }
  if (miss) {
    miss.addEventListener("input", () => set({ miss: missAt(Number(miss.value)) }));
    distance.addEventListener("input", () => set({ distance: distanceAt(Number(distance.value)) }));
    for (const stop of all("[data-miss]")) stop.addEventListener("click", () => set({ miss: Number(stop.dataset.miss) }));
    for (const stop of all("[data-distance]")) stop.addEventListener("click", () => set({ distance: Number(stop.dataset.distance) }));
  }
  for (const word of loads) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = word;
    button.addEventListener("click", () => set({ load: word }));
    one(".loads").append(button);
    one(".loads").hidden = loads.length < 2;
  }
  // A link within the page keeps what is shown.
  for (const link of all('a[href^="#"]')) {
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
  show();
  goTo(state.anchor);
  document.documentElement.dataset.ready = "yes";
}

function goTo(anchor) {
  const target = anchor && document.getElementById(anchor);
  if (!target) return;
  target.scrollIntoView();
  target.tabIndex = -1;
  target.focus({ preventScroll: true });
}

// A browser too old to unpack the data shows the page as it stands.
if (typeof DecompressionStream === "function") unpacked(one("#data").textContent).then(start);
