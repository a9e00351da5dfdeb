"use strict";
// Sorts a table by the number that a cell begins with, a bound by its own, or by words; what has no number stands last.
const PREFIXES = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
const FIGURE = /^(?:≤ )?([-+]?\d+(?:\.\d+)?)(?:\/\d+)?\s*(?:([kMGTPE])FLOP)?/;

function sortKey(text) {
  const words = text.trim();
  if (words === "" || words === "–") return null;
  if (words.startsWith(">")) return Infinity;
  const match = FIGURE.exec(words.replaceAll(",", "").replace("−", "-"));
  return match ? Number(match[1]) * (PREFIXES[match[2]] ?? 1) : words.replace(/(\d),(?=\d{3})/g, "$1").toLowerCase();
}

function compareKeys(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function sortRows(body, column, isDescending) {
  const keyed = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[column].textContent) }));
  // Turned round by the sign and not by `reverse`: equal rows keep their order however often this runs.
  const sign = isDescending ? -1 : 1;
  const known = keyed.filter(({ key }) => key !== null).sort((a, b) => sign * compareKeys(a.key, b.key));
  const unknown = keyed.filter(({ key }) => key === null);
  body.append(...[...known, ...unknown].map(({ row }) => row));
}

// Puts the rows into the order that the headings tell of; whoever changes cells calls this.
function sortAsTold(table) {
  const headings = [...table.tHead.rows[0].cells];
  const column = headings.findIndex((heading) => heading.hasAttribute("aria-sort"));
  if (column >= 0) sortRows(table.tBodies[0], column, headings[column].getAttribute("aria-sort") === "descending");
}

function setUpSorting(table) {
  const headings = [...table.tHead.rows[0].cells];
  for (const heading of headings) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isDescending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sortAsTold(table);
    });
  }
}

document.querySelectorAll("table[data-sortable]").forEach(setUpSorting);
