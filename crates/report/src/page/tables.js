// Sorts tables by a click on a column head, and changes the baseline by a click on a variant name.
"use strict";

function rowsOf(table) {
  return [...table.tBodies[0].rows];
}

// Turns every head of a table into a button that sorts by its column.
function makeSortable(table, sorted) {
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const again = head.getAttribute("aria-sort");
      sortBy(table, column, again === "descending" || (again === null && column === 0) ? "ascending" : "descending");
      sorted(table, column, head.getAttribute("aria-sort"));
    });
  });
}

// Cells without a number come last in both directions.
function sortBy(table, column, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  const key = (row) => (row.cells[column].dataset.full || row.cells[column].innerText).trim();
  const compare = (a, b) => {
    const [one, other] = [sortable(key(a)), sortable(key(b))];
    if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) ? 1 : -1;
    return sign * (Number.isNaN(one) ? key(a).localeCompare(key(b)) : one - other);
  };
  [...table.tHead.rows[0].cells].forEach((head, index) => {
    if (index === column) head.setAttribute("aria-sort", direction);
    else head.removeAttribute("aria-sort");
  });
  table.tBodies[0].append(...rowsOf(table).sort(compare));
}

// Turns the name of every variant that can be the baseline into a button that selects it.
function makePickable(table, names, possible, pick) {
  for (const row of rowsOf(table)) {
    const name = row.querySelector(".name");
    const index = Number(row.dataset.variant);
    if (!possible.has(names[index])) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.setAttribute("aria-label", `${names[index]}, compare all with it`);
    button.append(...name.childNodes);
    name.append(button);
    row.classList.add("pickable");
    row.addEventListener("click", () => pick(names[index]));
  }
}

// Fills the column with the difference from the baseline and the verdict.
function showDifferences(table, scenario, names, baseline) {
  table.querySelector(".of-baseline").textContent = baseline;
  const words = scenario.against[baseline];
  for (const row of rowsOf(table)) {
    const index = Number(row.dataset.variant);
    const [short, full, verdict] = words ? words[index] : ["–", "–", ""];
    row.classList.toggle("baseline", names[index] === baseline);
    const pick = row.querySelector(".pick");
    if (pick) pick.setAttribute("aria-pressed", String(names[index] === baseline));
    const cell = row.querySelector(".against");
    const word = document.createElement("span");
    word.className = `verdict ${verdict.replace(/ /g, "-")}`;
    word.textContent = short;
    cell.replaceChildren(word);
    cell.dataset.full = full;
  }
}

// Sort value of a cell: its number in a common unit; NaN if the cell has no number.
function sortable(text) {
  const units = { "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "B": 1,
    "KiB": 1024, "MiB": 1048576, "GiB": 1073741824, "k": 1e3, "M": 1e6, "G": 1e9 };
  const found = /^(?:under |over )?([+−]?)([\d,]*\.?\d+)\s*(%|× less|×|[a-zA-Zµ]+)?/.exec(text.trim());
  if (!found) return text.trim() === "baseline" ? 1 : NaN;
  const value = Number(found[2].replace(/,/g, "")) * (found[1] === "−" ? -1 : 1);
  if (found[3] === "× less") return 1 / value;
  // A column can contain both percentages (+3.1 %) and factors (21.7×).
  return found[3] === "%" ? 1 + value / 100 : value * (units[found[3]] || 1);
}
