"use strict";
// Sorts a table by the figure that a cell begins with, or by its words; what has no figure stands last.
const PREFIXES = { k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 };
const FIGURE = /^([-+]?\d+(?:\.\d+)?)(?:\/\d+)?\s*(?:([kMGTPE])FLOP)?/;

function sortKey(text) {
  const words = text.trim();
  if (words === "" || words === "–") return null;
  if (words.startsWith(">")) return Infinity;
  const match = FIGURE.exec(words.replaceAll(",", "").replace("−", "-"));
  return match ? Number(match[1]) * (PREFIXES[match[2]] ?? 1) : words.toLowerCase();
}

function compareKeys(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

function sortRows(body, column, isDescending) {
  const keyed = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[column].textContent) }));
  const known = keyed.filter(({ key }) => key !== null).sort((a, b) => compareKeys(a.key, b.key));
  if (isDescending) known.reverse();
  const unknown = keyed.filter(({ key }) => key === null);
  body.append(...[...known, ...unknown].map(({ row }) => row));
}

function setUpSorting(table) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isDescending = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sortRows(table.tBodies[0], column, isDescending);
    });
  });
}

document.querySelectorAll("table[data-sortable]").forEach(setUpSorting);
