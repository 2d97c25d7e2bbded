// Numbers as the rest of the page writes them: three significant digits, units once.
"use strict";

function decimals(value) {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(size)) return 0;
  const rounded = Number(size.toExponential(2));
  return Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(rounded) + 1e-12)));
}

function fixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  const [whole, fraction] = text.split(".");
  const sign = value < 0 && /[1-9]/.test(text) ? "−" : "";
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return sign + grouped + (fraction ? "." + fraction : "");
}

function figures(value) {
  return fixed(value, decimals(value));
}

// Nanoseconds as a duration.
function duration(ns) {
  if (ns < 1e3) return figures(ns) + " ns";
  if (ns < 1e6) return figures(ns / 1e3) + " µs";
  if (ns < 1e9) return figures(ns / 1e6) + " ms";
  return figures(ns / 1e9) + " s";
}

// Nanoseconds with an interval, in one unit.
function cost(ns, low, high) {
  const [divisor, unit] = ns < 1e3 ? [1, "ns"] : ns < 1e5 ? [1e3, "µs"] : ns < 1e9 ? [1e6, "ms"] : [1e9, "s"];
  const digits = decimals(ns / divisor);
  return `${figures(ns / divisor)} ${unit} [${fixed(low / divisor, digits)}, ${fixed(high / divisor, digits)}]`;
}

// An interval that is as narrow as what is written says nothing more.
function withoutPoint(said) {
  const [, value, low, high] = /^(\S+) \S+ \[(\S+), (\S+)\]$/.exec(said) || [];
  return value !== undefined && value === low && value === high ? said.slice(0, said.indexOf(" [")) : said;
}

// A duration without needless zeros, for ticks, stops and links: 5 ms.
function short(ns) {
  const [divisor, unit] = ns < 1e3 ? [1, "ns"] : ns < 1e6 ? [1e3, "µs"] : ns < 1e9 ? [1e6, "ms"] : [1e9, "s"];
  return `${Number((ns / divisor).toFixed(3))} ${unit}`;
}

function listed(names) {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}

// What a cell says, as a number that sorts it within its column; NaN where it says none.
function sortable(text) {
  const units = { "ns": 1e-9, "µs": 1e-6, "ms": 1e-3, "s": 1, "min": 60, "h": 3600, "B": 1,
    "KiB": 1024, "MiB": 1048576, "GiB": 1073741824, "k": 1e3, "M": 1e6, "G": 1e9 };
  const found = /^(?:under |over )?([+−]?)([\d,]*\.?\d+)\s*(%|× less|×|[a-zA-Zµ]+)?/.exec(text.trim());
  if (!found) return text.trim() === "baseline" ? 1 : NaN;
  const value = Number(found[2].replace(/,/g, "")) * (found[1] === "−" ? -1 : 1);
  if (found[3] === "× less") return 1 / value;
  // A difference in per cent stands among factors.
  return found[3] === "%" ? 1 + value / 100 : value * (units[found[3]] || 1);
}
