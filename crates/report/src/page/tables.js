// Tables: sorted by a click on a column's head, told against another baseline by a click on a row.

function rowsOf(table) {
  return [...table.tBodies[0].rows];
}

// Makes every head of a table a button that sorts by its column.
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

// Cells that say no number come last, whichever way.
function sortBy(table, column, direction) {
  const sign = direction === "ascending" ? 1 : -1;
  const key = (row) => row.cells[column].innerText.trim();
  const compare = (a, b) => {
    const [one, other] = [sortable(key(a)), sortable(key(b))];
    if (Number.isNaN(one) !== Number.isNaN(other)) return Number.isNaN(one) ? 1 : -1;
    return sign * (Number.isNaN(one) ? key(a).localeCompare(key(b)) : one - other);
  };
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    if (place === column) head.setAttribute("aria-sort", direction);
    else head.removeAttribute("aria-sort");
  });
  table.tBodies[0].append(...rowsOf(table).sort(compare));
}

// Makes the name in every row that can be one a button that makes it the baseline.
function makePickable(table, names, possible, pick) {
  for (const row of rowsOf(table)) {
    const name = row.querySelector(".name");
    const place = Number(row.dataset.variant);
    if (!possible.has(names[place])) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.title = `Compare all with ${names[place]}`;
    button.append(...name.childNodes);
    name.append(button);
    button.addEventListener("click", () => pick(names[place]));
  }
}

// Tells every row of a table of figures against a baseline.
function tellAgainst(table, scenario, names, baseline) {
  table.querySelector(".of-baseline").textContent = baseline;
  const words = scenario.against[baseline];
  for (const row of rowsOf(table)) {
    const place = Number(row.dataset.variant);
    const [against, verdict] = words ? words[place] : ["–", ""];
    row.classList.toggle("baseline", names[place] === baseline);
    const pick = row.querySelector(".pick");
    if (pick) pick.setAttribute("aria-pressed", String(names[place] === baseline));
    row.querySelector(".against").textContent = against;
    const word = document.createElement("span");
    word.className = `verdict ${verdict.replace(/ /g, "-")}`;
    word.textContent = verdict;
    row.querySelector(".word").replaceChildren(...(verdict ? [word] : []));
  }
}
